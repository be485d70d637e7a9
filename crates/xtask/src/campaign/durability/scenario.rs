//! What happens to a job while a process of its host goes wrong.

use super::site::{Job, Site};
use super::strace::{Fault, Point};
use crate::campaign::wait::wait_until;
use lab::Gate;
use lab::host::processes_below;
use std::fs;

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
}

/// Where in the delivery of a job the agent is killed to prepare for others.
pub(super) struct Marks {
    /// Before it notes a job as begun.
    pub(super) received: Point,
    /// Before it makes the shim.
    pub(super) begun: Point,
}

impl Marks {
    /// As a delivery shows them that went well.
    pub(super) fn of(calls: &[Point]) -> Self {
        let received = calls
            .iter()
            .position(|point| point.line.contains("/started.new"));
        let received = received.expect("a job is noted as begun");
        let begun = calls[received..]
            .iter()
            .find(|point| point.call.starts_with("clone"));
        Self {
            received: calls[received].clone(),
            begun: begun.expect("a shim is made").clone(),
        }
    }
}

impl Scenario {
    pub(super) const ALL: [Self; 11] = [
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
    ];

    /// The end of its job when all goes well.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Enrol
            | Self::Deliver
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

/// A job in its place, and the gate at which it waits.
pub(super) struct Stage {
    pub(super) job: Option<Job>,
    gate: Option<Gate>,
}

impl Stage {
    fn with(job: Job) -> Self {
        Self {
            job: Some(job),
            gate: None,
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
                Stage {
                    job: None,
                    gate: None,
                }
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
            Scenario::Waiting => self.killed_at(&marks.unwrap().received),
            Scenario::Interrupted | Scenario::Shim => self.killed_at(&marks.unwrap().begun),
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

    /// A job during whose delivery the agent was killed at a point.
    fn killed_at(&mut self, point: &Point) -> Stage {
        let job = self.post(true);
        let mut agent = self.agent(Some((Fault::Kill, point)));
        agent.end();
        assert!(
            self.host.job(job.id).join("received").exists(),
            "{}",
            agent.log()
        );
        Stage::with(job)
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
            job: Some(job),
            gate: Some(gate),
        }
    }
}
