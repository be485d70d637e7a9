//! A control service, and a host with agents of two versions in turn.

use super::manager::Manager;
use super::moment::Moment;
use super::previous::{Version, Versions};
use super::{Case, Direction, Outcome, Signal};
use crate::tally_job::TallyJob;
use lab::host::{Host, processes_below};
use lab::proxy::Proxy;
use lab::relay::Relay;
use lab::wait::wait_until;
use lab::{Lab, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The state of a job, from its files on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JobState {
    Elsewhere,
    Received,
    Started,
    Pull,
    Verify,
    Unpack,
    Run,
    Ended,
    Reported,
}

/// One host, and everything between it and control.
pub(super) struct UpgradeFixture {
    // Dropped first: it reads the agent's process id in the host's folder.
    pub(super) manager: Manager,
    pub(super) lab: Lab,
    pub(super) host: Host,
    /// The relay to control, which has another address than the registry.
    pub(super) relay: Relay,
    /// The proxy to the registry.
    pub(super) proxy: Proxy,
    versions: [Version; 2],
    jobs: Vec<TallyJob>,
    count: u32,
    /// How long an undisturbed job takes.
    pub(super) pace: Duration,
    outcome: Outcome,
}

impl UpgradeFixture {
    /// An enrolled host with a running agent.
    pub(super) fn new(versions: &Versions) -> Self {
        let lab = Lab::new();
        let relay = Relay::to(lab.control.authority());
        let proxy = Proxy::demanding("host", "of-the-campaign");
        let host = lab.enrolled_host();
        host.configure(&format!(
            "PILOT_CTL_URI={}\nPILOT_HTTP_PROXY=http://host:of-the-campaign@{}\n\
             PILOT_NO_PROXY={}",
            relay.url(),
            proxy.authority(),
            relay.authority()
        ));
        let mut fixture = Self {
            manager: Manager::of(&host),
            lab,
            host,
            relay,
            proxy,
            versions: [versions.old.clone(), versions.new.clone()],
            jobs: Vec::new(),
            count: 0,
            pace: Duration::ZERO,
            outcome: Outcome::default(),
        };
        fixture.await_connection();
        fixture.pace = fixture.measure();
        fixture
    }

    fn measure(&mut self) -> Duration {
        let began = Instant::now();
        let job = self.post(true);
        wait_until("the end of the first job", || self.end_of(&job));
        began.elapsed()
    }

    /// Replaces the agent once.
    ///
    /// # Panics
    /// When an assertion fails.
    pub(super) fn play(&mut self, case: Case) -> Outcome {
        self.jobs.clear();
        self.outcome = Outcome::default();
        // The job has to pull its package.
        let _ = fs::remove_dir_all(self.host.state().join("artisan"));
        let (from, to) = match case.direction {
            Direction::Up => (0, 1),
            Direction::Down => (1, 0),
        };
        self.begin_with(from);
        match case.moment {
            Moment::Named(story) => (story.play)(self, case.signal, to),
            Moment::After(times) => self.at_any_time(times, case.signal, [to, from]),
        }
        self.check(case.signal);
        std::mem::take(&mut self.outcome)
    }

    /// Starts with a connected agent of this version.
    fn begin_with(&mut self, version: usize) {
        self.put_in_place(version);
        self.end_agent(Signal::Term);
        self.await_agent(version);
    }

    /// Replaces the program as package managers do.
    pub(super) fn put_in_place(&self, version: usize) {
        let new = self.host.path("pilot.new");
        fs::copy(&self.versions[version].program, &new).unwrap();
        fs::rename(new, self.host.path("pilot")).unwrap();
    }

    pub(super) fn program(&self, version: usize) -> &Path {
        &self.versions[version].program
    }

    /// Replaces the program, ends the agent, and waits for the next one.
    pub(super) fn replace(&mut self, signal: Signal, version: usize) {
        self.put_in_place(version);
        self.note_job_state();
        self.end_agent(signal);
        self.await_agent(version);
    }

    /// Notes the state of the job.
    pub(super) fn note_job_state(&mut self) {
        let state = match self.jobs.first() {
            Some(job) => job_state(&self.host.job(job.id)),
            None => JobState::Elsewhere,
        };
        self.outcome.job_states.push(state);
    }

    /// Ends the agent that runs.
    pub(super) fn end_agent(&mut self, signal: Signal) {
        let agent = wait_until("an agent", || self.manager.agent());
        let began = Instant::now();
        send(signal.flag(), agent);
        let status = self.manager.see_end_of(agent);
        if signal == Signal::Term {
            self.outcome.ends.push(began.elapsed());
            // An agent that has just started has no signal handlers yet.
            assert!(["0", "143"].contains(&&*status), "TERM ended it: {status}");
        }
    }

    /// Makes the agent retry at once (SIGHUP).
    pub(super) fn hurry(&self) {
        send("-HUP", wait_until("an agent", || self.manager.agent()));
    }

    /// Waits until an agent of this version is connected.
    pub(super) fn await_agent(&self, version: usize) {
        self.await_start(version);
        self.await_connection();
    }

    pub(super) fn await_start(&self, version: usize) {
        let is_there = format!("pilot {} is host", self.versions[version].number);
        self.manager.service().wait_for(&is_there);
    }

    pub(super) fn await_connection(&self) {
        self.manager.service().wait_for("connected to");
    }

    /// Posts a job that counts its run and then goes on if its barrier is `open`.
    pub(super) fn post(&mut self, open: bool) -> TallyJob {
        self.post_as("tally", open, &[])
    }

    /// As [`UpgradeFixture::post`], of another function and with more inputs.
    pub(super) fn post_as(
        &mut self,
        function: &str,
        open: bool,
        more: &[(&str, &str)],
    ) -> TallyJob {
        self.count += 1;
        let at = (&self.lab, &self.host);
        let job = TallyJob::post(at, self.count, function, open, more);
        self.jobs.push(job.clone());
        job
    }

    /// Checks that each job ran once and has one result, which control recorded once.
    fn check(&mut self, signal: Signal) {
        for job in &self.jobs {
            let entry = wait_until("the end of a job", || self.end_of(job));
            let runs = job.runs();
            let never_began =
                entry["status"] == "interrupted" && runs == 0 && signal == Signal::Kill;
            assert!(
                never_began || (entry["status"] == "succeeded" && runs == 1),
                "it ran {runs} times: {entry}\n{}",
                self.manager.service().log()
            );
            wait_until("a word of the result", || {
                (job.records(&self.lab) + job.lines(&self.lab, "ignored a result") > 0)
                    .then_some(())
            });
            // There is no line if the host broke the connection off before control logged it. The
            // result was in the database then, since the next report of it was ignored.
            assert!(job.records(&self.lab) <= 1, "recorded again: {entry}");
            self.outcome.interrupted += usize::from(never_began);
            self.outcome.jobs += 1;
        }
        let home = self.host.path("");
        wait_until("an end of all processes", || {
            processes_below(&home).is_empty().then_some(())
        });
    }

    /// The job at control, once it has ended there and on the host.
    fn end_of(&self, job: &TallyJob) -> Option<Value> {
        let entry = job.entry(&self.lab);
        let is_over = job_state(&self.host.job(job.id)) == JobState::Reported;
        (is_over && !entry["completed"].is_null()).then_some(entry)
    }
}

fn send(flag: &str, process: u32) {
    run(Command::new("kill").args([flag, &process.to_string()]));
}

/// The state of the job with this folder.
pub(super) fn job_state(folder: &Path) -> JobState {
    let has = |name: &str| folder.join(name).exists();
    if has("reported") {
        return JobState::Reported;
    }
    if has("result") {
        return JobState::Ended;
    }
    match (has("started"), has("received")) {
        (true, _) => phase(&fs::read_to_string(folder.join("phase")).unwrap_or_default()),
        (false, true) => JobState::Received,
        (false, false) => JobState::Elsewhere,
    }
}

fn phase(noted: &str) -> JobState {
    match noted {
        "pull" => JobState::Pull,
        "verify" => JobState::Verify,
        "unpack" => JobState::Unpack,
        "run" => JobState::Run,
        _ => JobState::Started,
    }
}
