//! Runs a scenario with a fault, and checks the result.

use crate::durability::fixture::{FaultFixture, LOOK};
use crate::durability::leftovers::leftovers;
use crate::durability::running::Running;
use crate::durability::scenario::{Marks, Scenario, ScenarioStart};
use crate::durability::stall::StallCheck;
use crate::durability::strace::{self, Fault, Point};
use crate::tally_job::TallyJob;
use lab::host::Identity;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a disk fails.
const OUTAGE: Duration = Duration::from_millis(1_200);

/// The first pause between two signals (SIGHUP) that make the agent retry its writes at once.
/// A signal breaks an exchange off, so each pause is twice as long as the one before: at last
/// an exchange is completed on any machine.
const NUDGE: Duration = Duration::from_secs(4);

/// The outcome of a case.
pub(super) struct Outcome {
    /// The trace of the faulty process.
    pub(super) trace: String,
    /// Whether the fault happened.
    pub(super) hit: bool,
    /// The status of the job.
    pub(super) status: String,
}

impl FaultFixture {
    /// Runs a scenario with a fault at a point, or without one.
    ///
    /// # Panics
    /// When a check fails.
    pub(super) fn play(
        &mut self,
        scenario: Scenario,
        marks: Option<&Marks>,
        fault: Option<(Fault, &Point)>,
    ) -> Outcome {
        let mut start = self.prepare(scenario, marks);
        let (trace, was_killed) = if scenario == Scenario::Runner {
            let trace = self.run_once(&start, fault);
            // When the runner ends, its shim kills the tracer too.
            let has_failed = start.job.as_ref().unwrap().entry(&self.lab)["status"] == "failed";
            let is_killing = fault.is_some_and(|(kind, _)| kind == Fault::Kill);
            (trace, is_killing && has_failed)
        } else {
            let mut faulty = self.act(scenario, &mut start, fault);
            self.check_agent(&faulty);
            (faulty.trace(), faulty.was_killed())
        };
        let hit = was_killed || strace::hits(&trace) > 0;
        if let Some(before) = &start.before {
            self.check_key(before, scenario == Scenario::Rotate);
        }
        let status = start.job.map_or_else(String::new, |job| {
            let kind = fault.filter(|_| hit).map(|(kind, _)| kind);
            self.check_job(&job, |status, runs| {
                status == scenario.status() || may_end(scenario, status, runs, kind)
            })
        });
        self.end_leftovers();
        Outcome { trace, hit, status }
    }

    /// Runs a job with the fault in its runner, and then another job without a fault, which the
    /// files left by the first one must not prevent.
    fn run_once(&mut self, start: &ScenarioStart, fault: Option<(Fault, &Point)>) -> String {
        let trace = self.trace_runner(fault);
        let agent = self.agent(None);
        self.see_through(agent, None, start.job.as_ref(), None);
        self.release_runner();
        let faulty = self.job;
        let again = self.post(true);
        self.job = faulty;
        let agent = self.agent(None);
        self.see_through(agent, None, Some(&again), None);
        self.check_job(&again, |status, _| status == "succeeded");
        fs::read_to_string(trace).unwrap_or_default()
    }

    /// Starts the faulty process, and then an agent that recovers.
    fn act(
        &mut self,
        scenario: Scenario,
        start: &mut ScenarioStart,
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
                let shim = self.shim(start.job.as_ref().unwrap(), fault);
                let agent = self.agent(None);
                self.see_through(agent, fault, start.job.as_ref(), Some(&shim));
                shim
            }
            _ => {
                let mut agent = self.agent(fault);
                if start.job.is_some() {
                    agent.wait_for("connected to");
                }
                // A job that is cancelled stays at its barrier.
                if scenario != Scenario::Cancel {
                    start.open();
                }
                self.see_through(agent, fault, start.job.as_ref(), None)
            }
        }
    }

    /// Enrols with the fault; if that fails, again with the same code. The identity is written
    /// last: with it, an agent can go on.
    fn enrol(&mut self, fault: Option<(Fault, &Point)>) -> Running {
        let mut faulty = self.start_enrolling(fault);
        if !faulty.end().success() && !self.host.state().join("identity").exists() {
            let mut again = self.start_enrolling(None);
            assert!(again.end().success(), "{}", again.log());
        }
        faulty
    }

    /// Runs the agent until all jobs are reported, no files are left over, and it has ended well
    /// after SIGTERM; starts another agent if it ends earlier. Returns the first agent.
    pub(in crate::durability) fn see_through(
        &mut self,
        first: Running,
        fault: Option<(Fault, &Point)>,
        job: Option<&TallyJob>,
        shim: Option<&Running>,
    ) -> Running {
        let fails = fault.is_some_and(|(kind, _)| kind != Fault::Kill);
        let mut outage = fails.then(Outage::begin);
        let (mut agents, mut was_restarted) = (vec![first], false);
        let mut stall = StallCheck::new();
        loop {
            let agent = agents.last_mut().unwrap();
            if let Some(status) = agent.ended() {
                let by_fault = !was_restarted && fault.is_some() && shim.is_none();
                assert!(by_fault, "the agent ended: {status}\n{}", agent.log());
                was_restarted = true;
                let next = self.agent(None);
                agents.push(next);
                continue;
            }
            if let Some(outage) = &mut outage {
                outage.step(agent, shim);
            }
            let entry = job.map(|job| job.entry(&self.lab));
            let has_ended = entry
                .as_ref()
                .is_none_or(|entry| !entry["completed"].is_null());
            if has_ended && agent.is_connected() && self.is_in_order() {
                match stops(agent) {
                    true => break,
                    false => continue,
                }
            }
            let left = leftovers(&self.host.state());
            assert!(
                stall.is_moving(&(&entry, &left, agent.pid())),
                "stuck at {entry:?}; {left:?} is left; the agent's log:\n{}",
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

    /// Checks that control accepts the host's key, and not the key before it.
    pub(in crate::durability) fn check_key(&self, before: &Identity, is_prepared: bool) {
        let is_replaced = self.host.fingerprint() != before.key.fingerprint();
        assert!(is_replaced || !is_prepared, "the key was not replaced");
        assert!(
            !is_replaced || !self.is_in_force(before),
            "the key before is still accepted"
        );
    }

    /// Checks that the job ran at most once and has one result.
    pub(in crate::durability) fn check_job(
        &self,
        job: &TallyJob,
        may_end: impl Fn(&str, usize) -> bool,
    ) -> String {
        let entry = job.entry(&self.lab);
        let status = entry["status"].as_str().unwrap_or_default().to_owned();
        let runs = job.runs();
        assert!(
            job.records(&self.lab) <= 1,
            "recorded more than once: {entry}"
        );
        assert!(runs <= 1, "the job ran {runs} times");
        assert!(status != "succeeded" || runs == 1, "it never ran: {entry}");
        assert!(
            may_end(&status, runs),
            "it ended as {status} after {runs} runs: {entry}"
        );
        status
    }
}

/// Stops an agent; returns whether it ended well. One that a fault kills meanwhile did not.
fn stops(agent: &mut Running) -> bool {
    agent.signal("TERM");
    let status = agent.end();
    assert!(
        status.success() || status.signal() == Some(9),
        "{}",
        agent.log()
    );
    status.success()
}

/// A disk that fails for a while.
struct Outage {
    began: Instant,
    pause: Duration,
    next_nudge: Instant,
}

impl Outage {
    fn begin() -> Self {
        let began = Instant::now();
        Self {
            began,
            pause: NUDGE,
            next_nudge: began + OUTAGE,
        }
    }

    /// Ends the outage when it is over, and then has the agent retry now and then.
    fn step(&mut self, agent: &Running, shim: Option<&Running>) {
        if self.began.elapsed() > OUTAGE {
            shim.unwrap_or(agent).lift();
        }
        if Instant::now() > self.next_nudge && agent.is_up() {
            agent.signal("HUP");
            self.next_nudge = Instant::now() + self.pause;
            self.pause *= 2;
        }
    }
}

/// Whether a fault may cause this status. A fault may make a job fail, but not lose it. Killing
/// the agent affects no job that has begun.
fn may_end(scenario: Scenario, status: &str, runs: usize, fault: Option<Fault>) -> bool {
    match (fault, status) {
        (None, _) => false,
        (Some(_), "failed") if scenario == Scenario::Runner => true,
        // Noted as begun, but the function did not begin.
        (Some(Fault::Kill), "interrupted") => scenario == Scenario::Shim || runs == 0,
        (Some(Fault::Kill), _) => false,
        (Some(_), "interrupted" | "failed") => true,
        (Some(_), _) => false,
    }
}
