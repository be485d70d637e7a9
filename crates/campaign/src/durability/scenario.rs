//! The scenarios: what a host is doing while one of its processes fails.

use super::fixture::FaultFixture;
use super::strace::{Fault, Point};
use crate::tally_job::TallyJob;
use lab::Barrier;
use lab::host::{Identity, processes_below};
use lab::wait::wait_until;
use std::fs;
use std::path::Path;

/// The state of a job when the faulty process starts, and the task of that process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    /// `pilot enrol` gives a host its identity and keys.
    Enrol,
    /// The agent receives a job, begins it, and reports its end.
    Deliver,
    /// The agent finds a job that was received and did not begin.
    Waiting,
    /// The agent finds a running job.
    Running,
    /// The agent finds a running job that was cancelled.
    Cancel,
    /// The agent finds a result.
    Ended,
    /// The agent finds a job whose shim is dead.
    Interrupted,
    /// The agent is offered a job that ended long ago.
    Refuse,
    /// The agent is queried about a job that the disk has lost.
    Lost,
    /// The shim runs a job.
    Shim,
    /// The runner pulls a package and runs a job.
    Runner,
    /// `pilot key rotate` prepares another key for the host.
    Prepare,
    /// The agent finds the next key, and sends it to control.
    Rotate,
}

/// The system calls of a delivery at which the agent is killed to prepare other scenarios.
/// The agent makes these calls only for this job. The number of other calls before them
/// depends on the number of exchanges.
pub(super) struct Marks {
    /// Before a job is noted as begun.
    pub(super) received: Point,
    /// Before that note is safe, which is the last call before the shim is made.
    pub(super) begun: Point,
}

impl Marks {
    /// The marks in the calls of a successful delivery.
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
    /// Whether another host takes the place of the fixture's.
    pub(super) fn replaces_host(self) -> bool {
        self == Self::Enrol
    }

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

    /// The status of its job if nothing fails; empty if it has no job.
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

/// The start of a scenario.
#[derive(Default)]
pub(super) struct ScenarioStart {
    /// The job.
    pub(super) job: Option<TallyJob>,
    /// The barrier at which the job waits.
    barrier: Option<Barrier>,
    /// The host's identity before its key is replaced.
    pub(super) before: Option<Identity>,
}

impl ScenarioStart {
    fn with(job: TallyJob) -> Self {
        Self {
            job: Some(job),
            ..Self::default()
        }
    }

    /// Opens the barrier, if the job waits at one.
    pub(super) fn open(&mut self) {
        if let Some(barrier) = self.barrier.take() {
            barrier.open();
        }
    }
}

impl FaultFixture {
    /// Prepares the start of a scenario; no agent runs afterwards.
    pub(super) fn prepare(&mut self, scenario: Scenario, marks: Option<&Marks>) -> ScenarioStart {
        match scenario {
            Scenario::Enrol => {
                self.replace_host();
                ScenarioStart::default()
            }
            Scenario::Prepare => self.before_another_key(),
            Scenario::Rotate => {
                let start = self.before_another_key();
                let mut prepared = self.start_preparing_key(None);
                assert!(prepared.end().success(), "{}", prepared.log());
                start
            }
            Scenario::Deliver => ScenarioStart::with(self.post(true)),
            Scenario::Refuse => {
                let job = self.post(true);
                self.remember(job.id);
                ScenarioStart::with(job)
            }
            Scenario::Lost => self.lost(),
            Scenario::Runner => {
                self.empty_cache();
                ScenarioStart::with(self.post(true))
            }
            Scenario::Waiting => ScenarioStart::with(self.killed_at(&marks.unwrap().received)),
            Scenario::Interrupted | Scenario::Shim => {
                ScenarioStart::with(self.begun(marks.unwrap()))
            }
            Scenario::Running => self.running(),
            Scenario::Cancel => self.cancelled(),
            Scenario::Ended => self.ended(),
        }
    }

    /// A job that control has as received, and whose folder is gone.
    fn lost(&mut self) -> ScenarioStart {
        let job = self.running().job.unwrap();
        self.power_off();
        fs::remove_dir_all(self.host.job(job.id)).unwrap();
        ScenarioStart::with(job)
    }

    /// A running job that an operator has cancelled.
    fn cancelled(&mut self) -> ScenarioStart {
        let start = self.running();
        let id = start.job.as_ref().unwrap().id;
        self.lab.control.rest().delete(&format!("/job/{id}"));
        start
    }

    /// A job that ended while no agent ran.
    fn ended(&mut self) -> ScenarioStart {
        let mut start = self.running();
        start.open();
        let home = self.host.path("");
        wait_until("the end of the shim", || {
            processes_below(&home).is_empty().then_some(())
        });
        start
    }

    fn before_another_key(&mut self) -> ScenarioStart {
        self.job = None;
        ScenarioStart {
            before: Some(self.host.identity()),
            ..ScenarioStart::default()
        }
    }

    /// A job during whose delivery the agent was killed at a system call.
    fn killed_at(&mut self, point: &Point) -> TallyJob {
        let job = self.post(true);
        let mut agent = self.agent(Some((Fault::Kill, point)));
        agent.end();
        let folder = self.host.job(job.id);
        assert!(folder.join("received").exists(), "{}", agent.log());
        assert_eq!(job.runs(), 0, "{}", agent.log());
        job
    }

    /// A job that was noted as begun, and has no shim.
    fn begun(&mut self, marks: &Marks) -> TallyJob {
        let job = self.killed_at(&marks.begun);
        let folder = self.host.job(job.id);
        assert!(folder.join("started").exists());
        // The agent was killed before this last call, because strace cannot kill it after
        // the call. So it is made here.
        let mut sync = lab::clean(Path::new("sync"));
        let mut sync = self.start(sync.arg(folder), None);
        assert!(sync.end().success(), "{}", sync.log());
        job
    }

    /// A job that control has as received, and that waits at its barrier.
    fn running(&mut self) -> ScenarioStart {
        let job = self.post(false);
        let agent = self.agent(None);
        let barrier = job.reached();
        wait_until("the job to be received", || {
            (job.entry(&self.lab)["status"] == "received").then_some(())
        });
        agent.kill();
        ScenarioStart {
            barrier: Some(barrier),
            ..ScenarioStart::with(job)
        }
    }
}
