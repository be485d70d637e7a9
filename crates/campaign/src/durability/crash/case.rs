//! One scenario, one fault, and what has to hold afterwards.

use crate::durability::leftovers::leftovers;
use crate::durability::patience::Patience;
use crate::durability::running::Running;
use crate::durability::scenario::{Marks, Scenario, Stage};
use crate::durability::site::{Job, LOOK, Site};
use crate::durability::strace::{self, Fault, Point};
use lab::host::Identity;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a disk fails.
const OUTAGE: Duration = Duration::from_millis(1_200);

/// How long an operator who has seen to the disk waits before saying so again
/// (SIGHUP): without that, the agent leaves it alone for longer than there is time
/// here. An exchange is broken off by it, so that each time it is twice as long: on
/// any machine one comes to its end at last.
const NUDGE: Duration = Duration::from_secs(4);

/// What a case showed.
pub(super) struct Outcome {
    /// What the process under fault did to files.
    pub(super) trace: String,
    /// Whether the fault came to be.
    pub(super) hit: bool,
    /// How the job ended.
    pub(super) status: String,
}

impl Site {
    /// Plays a scenario with a fault at a point, or without any.
    ///
    /// # Panics
    /// When something does not hold.
    pub(super) fn play(
        &mut self,
        scenario: Scenario,
        marks: Option<&Marks>,
        fault: Option<(Fault, &Point)>,
    ) -> Outcome {
        let mut stage = self.prepare(scenario, marks);
        let (trace, was_killed) = if scenario == Scenario::Runner {
            let trace = self.run_once(&stage, fault);
            // With the runner's end, its shim ends the tracer too, as all else.
            let has_failed = self.told(stage.job.as_ref().unwrap())["status"] == "failed";
            let is_killing = fault.is_some_and(|(kind, _)| kind == Fault::Kill);
            (trace, is_killing && has_failed)
        } else {
            let mut faulty = self.act(scenario, &mut stage, fault);
            self.check_agent(&faulty);
            (faulty.trace(), faulty.was_killed())
        };
        let hit = was_killed || strace::hits(&trace) > 0;
        if let Some(before) = &stage.before {
            self.check_key(before, scenario == Scenario::Rotate);
        }
        let status = stage.job.map_or_else(String::new, |job| {
            let kind = fault.filter(|_| hit).map(|(kind, _)| kind);
            self.check_job(&job, |status, runs| {
                status == scenario.status() || may_end(scenario, status, runs, kind)
            })
        });
        self.end_leftovers();
        Outcome { trace, hit, status }
    }

    /// Has the runner do a job under the fault, and then another one without:
    /// whatever it left behind is no obstacle.
    fn run_once(&mut self, stage: &Stage, fault: Option<(Fault, &Point)>) -> String {
        let trace = self.trace_runner(fault);
        let agent = self.agent(None);
        self.see_through(agent, None, stage.job.as_ref(), None);
        self.release_runner();
        let faulty = self.job;
        let again = self.post(true);
        self.job = faulty;
        let agent = self.agent(None);
        self.see_through(agent, None, Some(&again), None);
        self.check_job(&again, |status, _| status == "succeeded");
        fs::read_to_string(trace).unwrap_or_default()
    }

    /// Starts the process that goes wrong, and an agent that makes up for it.
    fn act(
        &mut self,
        scenario: Scenario,
        stage: &mut Stage,
        fault: Option<(Fault, &Point)>,
    ) -> Running {
        match scenario {
            Scenario::Enrol => {
                let faulty = self.enrol(fault);
                let agent = self.agent(None);
                self.see_through(agent, fault, None, None);
                faulty
            }
            Scenario::Prepare => {
                let mut faulty = self.start_preparing_key(fault);
                faulty.end();
                let agent = self.agent(None);
                self.see_through(agent, fault, None, None);
                faulty
            }
            Scenario::Shim => {
                let shim = self.shim(stage.job.as_ref().unwrap(), fault);
                let agent = self.agent(None);
                self.see_through(agent, fault, stage.job.as_ref(), Some(&shim));
                shim
            }
            _ => {
                let mut agent = self.agent(fault);
                if stage.job.is_some() {
                    agent.says("connected to");
                }
                // What is to be cancelled waits until it is.
                if scenario != Scenario::Cancel {
                    stage.open();
                }
                self.see_through(agent, fault, stage.job.as_ref(), None)
            }
        }
    }

    /// Enrols, under the fault and then until it works, with the same code. The
    /// identity comes last: once it is there, an agent can go on by itself.
    fn enrol(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut faulty = self.start_enrolling(fault);
        if !faulty.end().success() && !self.host.state().join("identity").exists() {
            let mut again = self.start_enrolling(None);
            assert!(again.end().success(), "{}", again.log());
        }
        faulty
    }

    /// Runs the agent until all that it holds is reported and noted, nothing is
    /// left, and it has ended well when it was told to; starts another when this
    /// one ends before. Returns the first.
    pub(in crate::durability) fn see_through(
        &mut self,
        first: Running,
        fault: Option<(Fault, &Point)>,
        job: Option<&Job>,
        shim: Option<&Running>,
    ) -> Running {
        let is_killing = fault.is_none_or(|(kind, _)| kind == Fault::Kill);
        let mut agents = vec![first];
        let began = Instant::now();
        let (mut nudge, mut next_nudge) = (NUDGE, began + OUTAGE);
        let mut patience = Patience::new();
        loop {
            let agent = agents.last_mut().unwrap();
            if let Some(status) = agent.ended() {
                let by_fault = agents.len() == 1 && fault.is_some() && shim.is_none();
                assert!(
                    by_fault,
                    "the agent ended: {status}\n{}",
                    agents.last().unwrap().log()
                );
                let next = self.agent(None);
                agents.push(next);
                continue;
            }
            // Where nothing fails, the trace goes on to the end.
            if !is_killing && began.elapsed() > OUTAGE {
                shim.unwrap_or(agent).lift();
            }
            if !is_killing && Instant::now() > next_nudge && agent.is_up() {
                agent.signal("HUP");
                next_nudge = Instant::now() + nudge;
                nudge *= 2;
            }
            let told = job.map(|job| self.told(job));
            let is_told = told
                .as_ref()
                .is_none_or(|told| !told["completed"].is_null());
            if is_told && agent.is_connected() && self.is_in_order() {
                agent.signal("TERM");
                let status = agent.end();
                if status.success() {
                    break;
                }
                assert_eq!(status.signal(), Some(9), "{}", agent.log());
                continue;
            }
            let left = leftovers(&self.host.state());
            assert!(
                patience.lasts(&(&told, &left, agent.pid())),
                "stuck at {told:?}; {left:?} is left; the agent's log:\n{}",
                agent.log()
            );
            sleep(LOOK);
        }
        agents.swap_remove(0)
    }

    fn check_agent(&self, faulty: &Running) {
        let log = faulty.log();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// One key is in force, and it is the host's; the one before is not.
    pub(in crate::durability) fn check_key(&self, before: &Identity, is_prepared: bool) {
        let is_replaced = self.host.fingerprint() != before.key.fingerprint();
        assert!(
            is_replaced || !is_prepared,
            "the key is still the one before"
        );
        assert!(
            !is_replaced || !self.is_in_force(before),
            "the key before is in force as well"
        );
    }

    /// No job runs twice, none is lost, and each has one end.
    pub(in crate::durability) fn check_job(
        &self,
        job: &Job,
        may_end: impl Fn(&str, usize) -> bool,
    ) -> String {
        let told = self.told(job);
        let status = told["status"].as_str().unwrap_or_default().to_owned();
        let runs = job.runs();
        assert!(self.records(job) <= 1, "recorded more than once: {told}");
        assert!(runs <= 1, "the job ran {runs} times");
        assert!(status != "succeeded" || runs == 1, "it never ran: {told}");
        assert!(
            may_end(&status, runs),
            "it ended as {status} after {runs} runs: {told}"
        );
        status
    }
}

/// What a fault may cost: the job, but never without a word. An agent that is
/// killed costs none that has begun.
fn may_end(scenario: Scenario, status: &str, runs: usize, fault: Option<Fault>) -> bool {
    match (fault, status) {
        (None, _) => false,
        (Some(_), "failed") if scenario == Scenario::Runner => true,
        // Noted as begun, and then not begun.
        (Some(Fault::Kill), "interrupted") => scenario == Scenario::Shim || runs == 0,
        (Some(Fault::Kill), _) => false,
        (Some(_), "interrupted" | "failed") => true,
        (Some(_), _) => false,
    }
}
