//! Random events in random order: no job runs twice, no result is lost, and the agent always
//! waits for something.
//!
//! The core runs in a simulated world: a disk that refuses writes, a network that loses requests
//! and answers, a control that offers jobs again and forgets them, and restarts of the agent.
//! The world keeps the driver's rules and nothing else.

use super::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use wire::answer::{Reason, Rejection};

const JOBS: i64 = 12;

thread_local! {
    static DRAWN: Cell<u64> = const { Cell::new(1) };
}

/// The next number below `below` (xorshift).
fn draw(below: u64) -> u64 {
    DRAWN.with(|drawn| {
        let mut x = drawn.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        drawn.set(x);
        (x >> 11) % below
    })
}

fn one_in(count: u64) -> bool {
    draw(count) == 0
}

/// The state of a job on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDisk {
    Waiting,
    Running,
    Ended,
    Reported,
}

/// The child that runs, and what it will report.
enum Child {
    Courier(Begin, Begun),
    Checker(Verdict),
}

struct World {
    core: Core,
    now: Duration,
    /// Whether the world injects faults.
    has_faults: bool,
    n: u64,
    child: Option<Child>,
    disk: BTreeMap<i64, OnDisk>,
    confirmed: bool,
    /// How often each job has begun.
    begun: BTreeMap<i64, u32>,
    /// How often control has received each result.
    results: BTreeMap<i64, u32>,
}

impl World {
    fn new(seed: u64) -> Self {
        DRAWN.set(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        Self {
            core: Core::new(start(1 + seed as usize % 3, !seed.is_multiple_of(4))),
            now: seconds(1_000),
            has_faults: true,
            n: 0,
            child: None,
            disk: BTreeMap::new(),
            confirmed: false,
            begun: BTreeMap::new(),
            results: BTreeMap::new(),
        }
    }

    fn goes_wrong(&self, one_in_so_many: u64) -> bool {
        self.has_faults && one_in(one_in_so_many)
    }

    fn jobs(&self, state: OnDisk) -> impl Iterator<Item = i64> {
        let held = self.disk.iter().filter(move |(_, held)| **held == state);
        held.map(|(id, _)| *id)
    }

    fn feed(&mut self, input: Input) {
        let jobs = JobsNow {
            has_result: self.jobs(OnDisk::Ended).next().is_some(),
            is_asking: !self.confirmed && self.jobs(OnDisk::Waiting).next().is_some(),
            running: self.jobs(OnDisk::Running).next(),
        };
        let now = Now {
            boot: self.now,
            wall: UNIX + self.now.as_secs(),
            jobs,
            random: || (draw(1 << 32) as u32).to_le_bytes(),
        };
        let actions = self.core.on(input, now);
        let count = actions.len();
        for (at, action) in actions.into_iter().enumerate() {
            if let Some(input) = self.carry_out(action) {
                let may_go_first = matches!(
                    input,
                    Input::KeysInForce(_) | Input::Begun(_) | Input::Failed(_)
                );
                assert!(
                    may_go_first || at + 1 == count,
                    "an action follows that must not"
                );
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
            Action::AcknowledgeResult(id, _) => {
                assert!(
                    self.results.contains_key(&id),
                    "control has no result of {id}"
                );
                self.disk.insert(id, OnDisk::Reported);
            }
            Action::AccountFor(id)
                if !is_refused && self.disk.get(&id) == Some(&OnDisk::Reported) =>
            {
                self.disk.insert(id, OnDisk::Ended);
            }
            Action::Confirm => {
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

    fn begin(&mut self, begin: Begin, is_refused: bool) -> Input {
        assert!(self.child.is_none(), "two children at once");
        if is_refused {
            return Input::Failed("no process".into());
        }
        self.n += 1;
        let result = self.jobs(OnDisk::Ended).next();
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
            let begun = self.begun.entry(id).or_default();
            *begun += 1;
            assert_eq!(*begun, 1, "job {id} runs twice");
            self.disk.insert(id, OnDisk::Running);
        }
    }

    fn found(&self, id: i64) -> Found {
        let held = [OnDisk::Waiting, OnDisk::Running];
        Found {
            lookup: match self.disk.get(&id) {
                Some(OnDisk::Reported) if one_in(2) => Lookup::Forgotten,
                Some(_) => Lookup::Held,
                None => Lookup::New,
            },
            is_idle: !held.iter().any(|state| self.jobs(*state).next().is_some()),
            lack: self.goes_wrong(5).then(|| "disk full".into()),
        }
    }

    /// The checker's verdict on control's answer.
    fn verdict(&self, check: Check) -> Verdict {
        if self.goes_wrong(8) {
            return Verdict::Refused("its check broke off".into());
        }
        match check {
            Check::Enrolment if self.goes_wrong(2) => {
                Verdict::Enrolment(Box::new(Enrolment::Clone))
            }
            Check::Enrolment if self.goes_wrong(2) => {
                Verdict::Enrolment(Box::new(Enrolment::Pending))
            }
            Check::Enrolment => Verdict::Enrolment(Box::new(Enrolment::Enrolled {
                interval: 20_000_000_000,
                keys: None,
            })),
            Check::Registration => registered(),
            Check::Rejection => Verdict::Rejected(Rejection {
                reason: if one_in(2) {
                    Reason::Clock
                } else {
                    Reason::Sequence
                },
                error: "no".into(),
                last: Some(self.n + 5),
            }),
            Check::Envelope(_) => Verdict::Ping(Box::new(Answered {
                keys: one_in(5).then(|| Err("old".into())),
                envelope: Ok(self.envelope()),
                unreadable: one_in(9).then(|| "damaged".into()),
            })),
        }
    }

    /// Control offers the oldest job of which it has no result; with faults, also a job whose
    /// result it has forgotten.
    fn envelope(&self) -> Envelope {
        let any = 1 + draw(JOBS as u64) as i64;
        let open = (1..=JOBS).find(|id| !self.results.contains_key(id));
        let offered = if self.goes_wrong(3) { Some(any) } else { open };
        Envelope {
            query: if self.goes_wrong(4) {
                vec![any]
            } else {
                vec![]
            },
            follow: if one_in(4) { vec![any] } else { vec![] },
            rotate: one_in(20),
            ..envelope(offered.unwrap_or_default())
        }
    }

    /// A random event, or the next one that the agent waits for.
    fn step(&mut self) {
        match draw(20) {
            0 => self.end_running(),
            1 if self.has_faults => self.feed(Input::Reloaded(None, one_in(3))),
            2 if self.goes_wrong(4) => self.restart(),
            3 => self.feed(Input::JobsChanged { ended: false }),
            4 if self.has_faults => self.feed(Input::TooLarge),
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

    /// Only the disk survives a restart.
    fn restart(&mut self) {
        self.core = Core::new(start(1 + draw(3) as usize, true));
        self.child = None;
        self.confirmed = false;
    }

    fn go_on(&mut self) {
        match self.child.take() {
            None => {
                let until = self.core.deadline().expect("there is no child");
                self.now = self.now.max(until);
                self.feed(Input::Due {
                    facts_changed: one_in(9),
                });
            }
            Some(child) if self.goes_wrong(8) => {
                self.child = Some(child);
                self.now += seconds(80);
                self.feed(Input::Late);
            }
            Some(Child::Checker(verdict)) => self.feed(Input::Checked(verdict)),
            Some(Child::Courier(begin, begun)) => {
                self.now += seconds(draw(60));
                let arrives = !self.goes_wrong(4);
                let input = self.answer(&begin, &begun, arrives);
                self.child = Some(Child::Courier(begin, begun));
                self.feed(input);
            }
        }
    }

    /// The courier's report. Control has a request that arrived, even if the answer is lost.
    fn answer(&mut self, begin: &Begin, begun: &Begun, arrives: bool) -> Input {
        let unix = UNIX + self.now.as_secs();
        let status = match begin.purpose {
            _ if self.goes_wrong(9) => [401, 404, 413, 503][draw(4) as usize],
            Purpose::Enrol | Purpose::Register => 201,
            Purpose::Rotate => 204,
            Purpose::Ping if one_in(3) => 204,
            Purpose::Ping => 200,
        };
        let is_proxy = self.goes_wrong(9);
        let is_taken = arrives && !is_proxy && (200..300).contains(&status);
        if let (true, Cargo::Result(id)) = (is_taken, &begun.cargo) {
            *self.results.entry(*id).or_default() += 1;
        }
        // The request may have arrived, and the answer be lost.
        match arrives && !self.goes_wrong(5) {
            false => link_failed([Class::Cut, Class::Unreached, Class::Network][draw(3) as usize]),
            true if is_proxy => Input::Answered(raw(status), None),
            true => Input::Answered(raw(status), Some(unix)),
        }
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
        for id in self.begun.keys() {
            let is_held = self.disk.contains_key(id);
            assert!(is_held, "job {id} has begun and is not there");
        }
        for id in self.jobs(OnDisk::Reported) {
            assert!(self.results.contains_key(&id), "the result of {id} is lost");
        }
    }
}

#[test]
fn no_job_runs_twice_and_no_result_is_lost() {
    for seed in 0..60 {
        let mut world = World::new(seed);
        for _ in 0..300 {
            world.step();
        }
        world.has_faults = false;
        for _ in 0..1_000 {
            world.step();
        }
        let reported: Vec<i64> = world.jobs(OnDisk::Reported).collect();
        let all: Vec<i64> = (1..=JOBS).collect();
        assert_eq!(reported, all, "seed {seed}: {:?}", world.core.link);
        assert!(world.begun.len() > 1, "seed {seed}: hardly a job has run");
    }
}
