//! The part of the agent with descriptors, files and children: it waits for events, passes them
//! to the core, and carries out the core's actions.
//!
//! The core relies on nothing before it is on disk: the driver reports the outcome of an action
//! that has to be durable, and the core goes on from there.

mod checker;
mod courier;
mod events;
mod identity;
mod jobs;
mod settings;

use super::core::{Action, Core, Input, JobsNow, Now, Start};
use super::health::Health;
use super::jobs::Jobs;
use crate::child::Child;
use crate::child::reaper;
use crate::config::{Config, Source};
use crate::courier::connect::PeerMemory;
use crate::failure::{Context, Failure};
use crate::home;
use crate::host::facts::Changeable;
use crate::identity::clock::Floor;
use crate::identity::sequence::Sequence;
use crate::identity::{IdSource, Identity};
use crate::keys::{self, TrustStore};
use crate::log;
use crate::notify;
use crate::sys::clock;
use crate::sys::random::random;
use crate::sys::signals;
use courier::Courier;
use events::{Event, Wakeups};
use std::fs::File;
use std::ops::ControlFlow;

/// The agent.
pub(super) struct Driver {
    core: Core,
    source: Source,
    config: Config,
    id_source: IdSource,
    identity: Identity,
    sequence: Sequence,
    floor: Floor,
    jobs: Jobs,
    peers: PeerMemory,
    /// The changeable facts, as this host registered them last.
    facts: Option<Changeable>,
    health: Health,
    child: Option<Running>,
    wakeups: Wakeups,
    /// The locks of the home, held until the process ends: one agent per home.
    locks: Vec<File>,
}

/// The child that runs.
enum Running {
    Courier(Courier),
    Checker(Child),
}

impl Driver {
    /// Loads the state from the home, whose locks the caller holds.
    ///
    /// # Errors
    /// When configuration, keys or state do not allow the agent to work.
    pub(super) fn new(
        source: Source,
        config: Config,
        id_source: IdSource,
    ) -> Result<Self, Failure> {
        let home = config.home.clone();
        home::make_good(&home);
        let existing = identity::load(&home)?;
        let settings = settings::of(&config, existing.as_ref())?;
        let floor = Floor::load(&home);
        TrustStore::new(&home).expect_job_keys(&config.program_folder)?;
        // Only now, when control's address is known: until then, the disk may become an image,
        // and must hold no key.
        let identity = match existing {
            Some(identity) => identity,
            None => Identity::create(&config, id_source, &[])?,
        };
        let sequence = Sequence::load(&home)?;
        let jobs = Jobs::open(&home)?;
        Ok(Self {
            core: Core::new(Start {
                settings,
                is_enrolled: identity.enrolled,
                // Only now, when all state is loaded: this removes a key that is in force already.
                has_next_key: identity::has_next_key(&identity, &home),
                keys: TrustStore::new(&home).number(),
                floor: floor.unix(),
            }),
            sequence,
            floor,
            jobs,
            health: Health::new(&home),
            wakeups: Wakeups::new()?,
            peers: PeerMemory::default(),
            facts: None,
            child: None,
            locks: Vec::new(),
            source,
            config,
            id_source,
            identity,
        })
    }

    /// Keeps a lock until the process ends.
    pub(super) fn hold(&mut self, lock: File) {
        self.locks.push(lock);
    }

    /// Runs until a signal stops it.
    ///
    /// # Errors
    /// When the jobs cannot be read, or the kernel refuses to wait for events.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        let version = env!("CARGO_PKG_VERSION");
        log::info!(
            "pilot {version} is host {}, state in {}",
            self.identity.host,
            self.config.home.display()
        );
        self.jobs.configure(&self.config);
        self.jobs.resume()?;
        notify::ready();
        loop {
            for event in self.next_events().context("cannot wait for events")? {
                if self.handle(event).is_break() {
                    return Ok(());
                }
            }
        }
    }

    fn handle(&mut self, event: Event) -> ControlFlow<()> {
        match event {
            Event::Signal(signal) => return self.on_signal(signal),
            Event::Job => self.on_job_changed(),
            Event::Child => self.on_child(),
            // The watchdog was due, or an earlier event has moved the deadline.
            Event::Deadline if clock::boottime() < self.deadline() => {}
            Event::Deadline if self.child.is_some() => self.feed(Input::Late),
            Event::Deadline => self.on_due(),
        }
        ControlFlow::Continue(())
    }

    fn on_signal(&mut self, signal: i32) -> ControlFlow<()> {
        match signal {
            signals::SIGTERM | signals::SIGINT => {
                notify::stopping();
                log::info!("stopping; {}", self.jobs.summary());
                return ControlFlow::Break(());
            }
            signals::SIGHUP => self.reload(),
            signals::SIGUSR1 => log::info!(
                "state: {}, {}",
                self.core.describe(self.sequence.last()),
                self.jobs.summary()
            ),
            _ => {
                self.on_job_changed();
                // The job's shim is reaped by now.
                reaper::sweep();
            }
        }
        ControlFlow::Continue(())
    }

    fn on_job_changed(&mut self) {
        let ended = self.jobs.settle();
        self.feed(Input::JobsChanged { ended });
    }

    /// Reads from the child, unless an earlier event has ended it.
    fn on_child(&mut self) {
        match self.child {
            Some(Running::Courier(_)) => self.advance_courier(),
            Some(Running::Checker(_)) => self.advance_checker(),
            None => {}
        }
    }

    /// Before every exchange, the jobs repeat the writes that the disk refused.
    fn on_due(&mut self) {
        self.jobs.settle();
        let facts_changed = self.core.needs_facts(self.now())
            && self
                .facts
                .as_ref()
                .is_some_and(|sent| *sent != Changeable::collect());
        self.feed(Input::Due { facts_changed });
    }

    /// Passes an input to the core, and carries out the actions that it returns. The outcome of
    /// an action goes to the core before the next action is carried out.
    fn feed(&mut self, input: Input) {
        for action in self.core.on(input, self.now()) {
            if let Some(input) = self.carry_out(action) {
                self.feed(input);
            }
        }
    }

    fn now(&self) -> Now {
        Now {
            boot: clock::boottime(),
            wall: clock::wall(),
            jobs: JobsNow {
                has_result: self.jobs.has_result(),
                is_asking: self.jobs.is_asking(),
                running: self.jobs.running(),
            },
            random: || random().unwrap_or_default(),
        }
    }

    /// Carries out an action. Returns its outcome if the core needs it.
    fn carry_out(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Log(level, text) => log::write(level, format_args!("{text}")),
            Action::Good(text) => self.health.good(&text),
            Action::Bad(text) => self.health.bad(&text),
            Action::AwaitAdmission => self.await_admission(),
            Action::WarnOfEndings => self.warn_of_endings(),
            Action::Begin(begin) => return Some(self.begin(&begin)),
            Action::End(peer) => self.end_child(peer),
            Action::Check(check, body) => return self.check(check, body),
            Action::NoteSkew(skew) => self.note_skew(skew),
            Action::KeepFloor(unix) => self.floor.keep(unix),
            Action::JumpAbove(last) => return Some(Input::Jumped(self.sequence.jump_above(last))),
            Action::TrustKeys(keys) => return Some(self.trust(*keys)),
            Action::Admit => return Some(outcome(self.admit())),
            Action::TakeNewId => return Some(outcome(self.take_new_id())),
            Action::PrepareNextKey => return self.prepare_next_key(),
            Action::TakeNextKey(key) => return Some(outcome(self.take_next_key(&key))),
            Action::AcknowledgeOutput => self.jobs.acknowledge_progress(),
            Action::AcknowledgeResult(id, unix) => self.jobs.acknowledge(id, unix),
            Action::ShrinkResult => self.jobs.result_refused(),
            Action::Cancel(id) => self.jobs.cancel(id),
            Action::AccountFor(id) => self.account_for(id),
            Action::Confirm => self.jobs.confirm(),
            Action::Survey(offered) => return Some(self.survey(offered)),
            Action::Take(command) => return Some(self.take(command)),
            Action::Refuse(command, why) => self.refuse(&command, why),
        }
        None
    }

    fn warn_of_endings(&self) {
        for ending in keys::ending_soon(&self.config, self.core.control_time(self.now())) {
            log::warning!("{}: {}; {}", ending.check, ending.text, ending.remedy);
        }
    }
}

fn outcome(result: Result<(), Failure>) -> Input {
    match result {
        Ok(()) => Input::Done,
        Err(failure) => Input::Failed(failure.to_string()),
    }
}
