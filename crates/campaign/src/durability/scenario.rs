//! What happens to a job while a process of its host goes wrong.

use super::site::{Job, Site};
use super::strace::{Fault, Point};
use lab::Gate;
use lab::host::{Identity, processes_below};
use lab::wait::wait_until;
use std::fs;
use std::path::Path;

/// Where a job is when the process under fault starts, and what it is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    /// `pilot enrol` gives a host its identity and keys.
    Enrol,
    /// The agent receives a job, begins it, and reports its end.
    Deliver,
    /// The agent finds a job that was received and not begun.
    Waiting,
    /// The agent finds a job that runs.
    Running,
    /// The agent finds a job that runs and that control no longer wants.
    Cancel,
    /// The agent finds a result.
    Ended,
    /// The agent finds a job whose shim is dead.
    Interrupted,
    /// The agent is offered a job that it knows to have ended long ago.
    Refuse,
    /// The agent is asked for a job that the disk has lost.
    Lost,
    /// The shim runs a job.
    Shim,
    /// The runner pulls a package and runs a job.
    Runner,
    /// `pilot key rotate` prepares another key for the host.
    Prepare,
    /// The agent finds a key that was prepared, and tells control of it.
    Rotate,
}

/// Where in the delivery of a job the agent is killed to prepare for others. These
/// are calls that it makes for this job alone: how many others come before them
/// depends on how many exchanges it took.
pub(super) struct Marks {
    /// Before a job is noted as begun.
    pub(super) received: Point,
    /// Before that note is safe, which is the last call before the shim is made.
    pub(super) begun: Point,
}

impl Marks {
    /// As a delivery shows them that went well.
    pub(super) fn of(calls: &[Point]) -> Self {
        let is_noting = |point: &Point| point.is_on_job("fsync", "/started.new");
        let received = calls.iter().position(is_noting);
        let received = received.expect("a job is noted as begun");
        let mut after = calls[received..].iter();
        let begun = after.find(|point| point.is_on_job("fsync", ""));
        Self {
            received: calls[received].clone(),
            begun: begun.expect("the note is synced").clone(),
        }
    }
}

impl Scenario {
    pub(super) const ALL: [Self; 13] = [
        Self::Enrol,
        Self::Deliver,
        Self::Waiting,
        Self::Running,
        Self::Cancel,
        Self::Ended,
        Self::Interrupted,
        Self::Refuse,
        Self::Lost,
        Self::Shim,
        Self::Runner,
        Self::Prepare,
        Self::Rotate,
    ];

    /// The end of its job when all goes well; nothing where there is none.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Enrol | Self::Prepare | Self::Rotate => "",
            Self::Deliver
            | Self::Waiting
            | Self::Running
            | Self::Ended
            | Self::Shim
            | Self::Runner => "succeeded",
            Self::Cancel => "cancelled",
            Self::Interrupted | Self::Lost => "interrupted",
            Self::Refuse => "refused",
        }
    }
}

/// What a scenario begins with.
#[derive(Default)]
pub(super) struct Stage {
    /// A job in its place.
    pub(super) job: Option<Job>,
    /// The gate at which it waits.
    gate: Option<Gate>,
    /// What the host is before its key is replaced.
    pub(super) before: Option<Identity>,
}

impl Stage {
    fn with(job: Job) -> Self {
        Self {
            job: Some(job),
            ..Self::default()
        }
    }

    /// Lets the job go on, if it waits.
    pub(super) fn open(&mut self) {
        if let Some(gate) = self.gate.take() {
            gate.open();
        }
    }
}

impl Site {
    /// Brings a job to where the scenario begins; no agent runs then.
    pub(super) fn prepare(&mut self, scenario: Scenario, marks: Option<&Marks>) -> Stage {
        match scenario {
            Scenario::Enrol => {
                self.replace_host();
                Stage::default()
            }
            Scenario::Prepare => self.before_another_key(),
            Scenario::Rotate => {
                let stage = self.before_another_key();
                let mut prepared = self.start_preparing_key(None);
                assert!(prepared.end().success(), "{}", prepared.log());
                stage
            }
            Scenario::Deliver => Stage::with(self.post(true)),
            Scenario::Refuse => {
                let job = self.post(true);
                self.remember(job.id);
                Stage::with(job)
            }
            Scenario::Lost => {
                let job = self.running().job.unwrap();
                self.power_off();
                fs::remove_dir_all(self.host.job(job.id)).unwrap();
                Stage::with(job)
            }
            Scenario::Runner => {
                self.empty_cache();
                Stage::with(self.post(true))
            }
            Scenario::Waiting => Stage::with(self.killed_at(&marks.unwrap().received)),
            Scenario::Interrupted | Scenario::Shim => Stage::with(self.begun(marks.unwrap())),
            Scenario::Running => self.running(),
            Scenario::Cancel => {
                let stage = self.running();
                let id = stage.job.as_ref().unwrap().id;
                self.lab.control.rest().delete(&format!("/job/{id}"));
                stage
            }
            Scenario::Ended => {
                let mut stage = self.running();
                stage.open();
                let home = self.host.path("");
                wait_until("the end of the shim", || {
                    processes_below(&home).is_empty().then_some(())
                });
                stage
            }
        }
    }

    fn before_another_key(&mut self) -> Stage {
        self.job = None;
        Stage {
            before: Some(self.host.identity()),
            ..Stage::default()
        }
    }

    /// A job during whose delivery the agent was killed at a point.
    fn killed_at(&mut self, point: &Point) -> Job {
        let job = self.post(true);
        let mut agent = self.agent(Some((Fault::Kill, point)));
        agent.end();
        let folder = self.host.job(job.id);
        assert!(folder.join("received").exists(), "{}", agent.log());
        assert_eq!(job.runs(), 0, "{}", agent.log());
        job
    }

    /// A job that was noted as begun, and whose shim was not made.
    fn begun(&mut self, marks: &Marks) -> Job {
        let job = self.killed_at(&marks.begun);
        let folder = self.host.job(job.id);
        assert!(folder.join("started").exists());
        // The agent was killed before this last call. It is made in its place, as
        // there is nothing after it by which strace could know the moment.
        let mut sync = lab::clean(Path::new("sync"));
        let mut sync = self.start(sync.arg(folder), None);
        assert!(sync.end().success(), "{}", sync.log());
        job
    }

    /// A job that control knows to be on the host, and that waits at its gate.
    fn running(&mut self) -> Stage {
        let job = self.post(false);
        let agent = self.agent(None);
        let gate = job.reached();
        wait_until("control's note", || {
            (self.told(&job)["status"] == "received").then_some(())
        });
        agent.kill();
        Stage {
            gate: Some(gate),
            ..Stage::with(job)
        }
    }
}
