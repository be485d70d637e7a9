//! The host around the core: its disk, its children, its clock, and its user.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a job on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDisk {
    Waiting,
    Running,
    Ended,
    Reported,
}

/// The child that runs, and what it will report.
pub(super) enum Child {
    Courier(Begin, Begun),
    Checker(Verdict),
}

pub(super) struct World {
    pub(super) core: Core,
    pub(super) now: Duration,
    /// How far the host's clock is ahead.
    skew: u64,
    /// Whether the core has learnt control's time since it started.
    pub(super) knows_time: bool,
    /// Whether the world injects faults.
    pub(super) has_faults: bool,
    /// Whether control has nothing to do for this host, and answers at once.
    pub(super) is_quiet: bool,
    /// Whether the disk cannot read a result that waits.
    pub(super) is_unreadable: bool,
    /// The last sequence number.
    pub(super) n: u64,
    /// How many exchanges have begun.
    pub(super) exchanges: u32,
    pub(super) child: Option<Child>,
    disk: BTreeMap<i64, OnDisk>,
    /// Reported jobs that were removed from the disk.
    removed: BTreeSet<i64>,
    confirmed: bool,
    /// Whether control's authenticated answer to a ping is being carried out.
    pub(super) acts_on_ping: bool,
    /// The jobs that the envelope which is being carried out cancels.
    pub(super) cancelling: Vec<i64>,
    /// How often each job has begun.
    pub(super) begun: BTreeMap<i64, u32>,
    /// How often control has received each result.
    pub(super) results: BTreeMap<i64, u32>,
}

impl World {
    pub(super) fn new(start: Start) -> Self {
        Self {
            core: Core::new(start),
            now: seconds(1_000),
            skew: 0,
            knows_time: false,
            has_faults: true,
            is_quiet: false,
            is_unreadable: false,
            n: 0,
            exchanges: 0,
            child: None,
            disk: BTreeMap::new(),
            removed: BTreeSet::new(),
            confirmed: false,
            acts_on_ping: false,
            cancelling: vec![],
            begun: BTreeMap::new(),
            results: BTreeMap::new(),
        }
    }

    pub(super) fn goes_wrong(&self, one_in_so_many: u64) -> bool {
        self.has_faults && one_in(one_in_so_many)
    }

    /// The right time, which is control's.
    pub(super) fn unix(&self) -> u64 {
        UNIX + self.now.as_secs()
    }

    fn jobs(&self, state: OnDisk) -> impl Iterator<Item = i64> {
        let held = self.disk.iter().filter(move |(_, held)| **held == state);
        held.map(|(id, _)| *id)
    }

    /// The jobs whose results control has acknowledged, in order.
    pub(super) fn settled(&self) -> impl Iterator<Item = i64> {
        let reported: BTreeSet<i64> = self.jobs(OnDisk::Reported).collect();
        let gone = self.removed.iter().copied();
        let gone: BTreeSet<i64> = gone.filter(|id| !self.disk.contains_key(id)).collect();
        (1..=JOBS).filter(move |id| reported.contains(id) || gone.contains(id))
    }

    fn time(&self) -> Now {
        Now {
            boot: self.now,
            wall: self.unix() + self.skew,
            jobs: JobsNow {
                has_result: self.is_unreadable || self.jobs(OnDisk::Ended).next().is_some(),
                is_asking: !self.confirmed && self.jobs(OnDisk::Waiting).next().is_some(),
                running: self.jobs(OnDisk::Running).next(),
            },
            random: || (draw(1 << 32) as u32).to_le_bytes(),
        }
    }

    pub(super) fn feed(&mut self, input: Input) {
        let actions = self.core.on(input, self.time());
        let count = actions.len();
        for (at, action) in actions.into_iter().enumerate() {
            let is_followed = match action {
                // A list of keys comes before everything that they may have signed.
                Action::TrustKeys(_) | Action::Begin(_) => false,
                _ => at + 1 < count,
            };
            if let Some(input) = self.carry_out(action) {
                assert!(!is_followed, "an action follows {input:?}");
                self.feed(input);
            }
        }
    }

    fn carry_out(&mut self, action: Action) -> Option<Input> {
        let is_refused = self.goes_wrong(6);
        let done = || match is_refused {
            true => Input::Failed("disk full".into()),
            false => Input::Done,
        };
        match action {
            Action::Begin(begin) => return Some(self.begin(begin, is_refused)),
            Action::End(_) => self.child = None,
            Action::Check(..) if is_refused => return Some(done()),
            Action::Check(check, _) => {
                assert!(self.child.is_none(), "two children at once");
                self.child = Some(Child::Checker(self.verdict(check)));
            }
            Action::JumpAbove(_) => return Some(Input::Jumped(!is_refused)),
            Action::TrustKeys(_) => return Some(Input::KeysInForce(Some(1))),
            Action::Admit | Action::TakeNewId | Action::TakeNextKey(_) => return Some(done()),
            Action::PrepareNextKey => return (!is_refused).then_some(Input::NextKeyPrepared),
            action => return self.carry_out_for_jobs(action, is_refused),
        }
        None
    }

    fn carry_out_for_jobs(&mut self, action: Action, is_refused: bool) -> Option<Input> {
        match action {
            Action::AcknowledgeResult(id, _) => {
                let has_it = self.results.contains_key(&id);
                assert!(has_it, "control has no result of {id}");
                self.disk.insert(id, OnDisk::Reported);
            }
            Action::AccountFor(id) if !is_refused => self.account_for(id),
            Action::Cancel(id) if self.disk.get(&id) == Some(&OnDisk::Waiting) => {
                self.disk.insert(id, OnDisk::Ended);
            }
            Action::Confirm => {
                assert!(self.acts_on_ping, "control has not confirmed the jobs");
                self.confirmed = true;
                self.begin_next();
            }
            Action::Survey(offered) => {
                return Some(Input::Surveyed(offered.map(|id| self.found(id))));
            }
            Action::Take(_) if is_refused => return Some(Input::Taken(false)),
            Action::Take(command) if one_in(9) => {
                return Some(Input::Unfit(command, "unfit".into()));
            }
            Action::Take(command) => {
                let before = self.disk.insert(command.job_id, OnDisk::Waiting);
                assert_eq!(before, None, "job {} is taken twice", command.job_id);
                self.begin_next();
                return Some(Input::Taken(true));
            }
            Action::Refuse(command, _) if !is_refused => {
                self.disk.insert(command.job_id, OnDisk::Ended);
            }
            _ => {}
        }
        None
    }

    fn account_for(&mut self, id: i64) {
        let is_removed = self.removed.contains(&id) && !self.disk.contains_key(&id);
        if is_removed || self.disk.get(&id) == Some(&OnDisk::Reported) {
            self.disk.insert(id, OnDisk::Ended);
        }
    }

    fn begin(&mut self, begin: Begin, is_refused: bool) -> Input {
        assert!(self.child.is_none(), "two children at once");
        self.acts_on_ping = false;
        self.exchanges += 1;
        if is_refused {
            return Input::Failed("no process".into());
        }
        self.n += 1;
        let is_unreadable = self.is_unreadable || self.goes_wrong(6);
        let result = self.jobs(OnDisk::Ended).next().filter(|_| !is_unreadable);
        let cargo = match begin.purpose {
            Purpose::Ping => result.map_or(Cargo::Nothing, Cargo::Result),
            Purpose::Rotate => Cargo::NextKey("AB".into()),
            Purpose::Enrol | Purpose::Register => Cargo::Nothing,
        };
        let begun = || Begun {
            at: self.now,
            n: self.n,
            cargo: cargo.clone(),
        };
        self.child = Some(Child::Courier(begin, begun()));
        Input::Begun(begun())
    }

    fn begin_next(&mut self) {
        let is_idle = self.jobs(OnDisk::Running).next().is_none();
        let waiting = self.jobs(OnDisk::Waiting).next();
        if let Some(id) = waiting.filter(|_| self.confirmed && is_idle) {
            let is_cancelled = self.cancelling.contains(&id);
            assert!(!is_cancelled, "job {id} begins though it is cancelled");
            let begun = self.begun.entry(id).or_default();
            *begun += 1;
            assert_eq!(*begun, 1, "job {id} runs twice");
            self.disk.insert(id, OnDisk::Running);
        }
    }

    fn found(&self, id: i64) -> Found {
        let held = [OnDisk::Waiting, OnDisk::Running];
        Found {
            lookup: match self.disk.contains_key(&id) {
                true => Lookup::Held,
                false if self.removed.contains(&id) => Lookup::Forgotten,
                false => Lookup::New,
            },
            is_idle: !held.iter().any(|state| self.jobs(*state).next().is_some()),
            lack: self.goes_wrong(5).then(|| "disk full".into()),
        }
    }

    /// A random event, or the next one that the agent waits for.
    pub(super) fn step(&mut self) {
        match draw(20) {
            0 => self.end_running(),
            1 if self.has_faults => self.reload(),
            2 if self.goes_wrong(4) => self.restart(),
            3 => self.feed(Input::JobsChanged { ended: false }),
            4 if self.has_faults => self.feed(Input::TooLarge),
            5 if self.has_faults => self.skew = draw(10_000_000),
            6 => self.remove_reported(),
            _ => self.go_on(),
        }
        self.check();
    }

    fn end_running(&mut self) {
        let running = self.jobs(OnDisk::Running).next();
        if let Some(id) = running {
            self.disk.insert(id, OnDisk::Ended);
            self.begin_next();
        }
        self.feed(Input::JobsChanged {
            ended: running.is_some(),
        });
    }

    fn reload(&mut self) {
        let settings = Settings {
            wait: seconds(25 * draw(3)),
            max_backoff: seconds(60 + draw(600)),
            ..start(1 + draw(3) as usize, true).settings
        };
        self.feed(Input::Reloaded(one_in(2).then_some(settings), one_in(3)));
    }

    /// The disk makes room for other jobs.
    fn remove_reported(&mut self) {
        let oldest = self.jobs(OnDisk::Reported).next();
        if let Some(id) = oldest {
            self.disk.remove(&id);
            self.removed.insert(id);
        }
    }

    /// Only the disk survives a restart.
    fn restart(&mut self) {
        self.core = Core::new(start(1 + draw(3) as usize, true));
        self.child = None;
        self.confirmed = false;
        self.knows_time = false;
    }

    /// The next event that the agent waits for.
    pub(super) fn go_on(&mut self) {
        if let Some(child) = self.child.take() {
            return self.child_ends(child);
        }
        let until = self.core.deadline().expect("there is no child");
        self.now = self.now.max(until);
        self.feed(Input::Due {
            facts_changed: self.goes_wrong(9),
        });
    }

    /// Checks what must be true between two inputs.
    fn check(&self) {
        match (&self.child, &self.core.link) {
            (None, Link::Waiting(wait)) => {
                let longest = seconds(3_600) * 5 / 4;
                assert!(wait.until <= self.now + longest, "{:?}", self.core.link);
            }
            (Some(Child::Courier(..)), Link::Exchanging(_)) => {}
            (Some(Child::Checker(..)), Link::Checking(_)) => {}
            (_, link) => panic!("the child does not fit the link: {link:?}"),
        }
        if self.knows_time {
            let off = self.core.control_time(self.time()).abs_diff(self.unix());
            assert!(off <= 70, "the time is {off} s off");
        }
    }
}
