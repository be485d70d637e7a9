//! A control service, and a host on which agents of two versions take turns.

use super::manager::Manager;
use super::moment::Moment;
use super::previous::{Version, Versions};
use super::{Case, Outcome, Signal, Way};
use lab::host::{Host, processes_below};
use lab::proxy::Proxy;
use lab::relay::Relay;
use lab::wait::wait_until;
use lab::{Gate, Lab, run};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where a job is, as the host's disk tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
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

/// One host and all that is between it and control.
pub(super) struct Site {
    // Dropped first: it has to find its agent's process id in the host's folder.
    pub(super) manager: Manager,
    pub(super) lab: Lab,
    pub(super) host: Host,
    /// The way to control, so that its address is another one than the registry's.
    pub(super) relay: Relay,
    /// The way to the registry.
    pub(super) proxy: Proxy,
    versions: [Version; 2],
    jobs: Vec<Job>,
    count: u32,
    /// How long a job takes when nothing happens.
    pub(super) pace: Duration,
    outcome: Outcome,
}

/// A job, and what it leaves to be seen.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) id: i64,
    pub(super) gate: PathBuf,
    tally: PathBuf,
}

impl Site {
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
        let mut site = Self {
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
        site.await_connection();
        site.pace = site.measure();
        site
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
    /// When something does not hold.
    pub(super) fn play(&mut self, case: Case) -> Outcome {
        self.jobs.clear();
        self.outcome = Outcome::default();
        // So that the job has to be pulled.
        let _ = fs::remove_dir_all(self.host.state().join("artisan"));
        let (from, to) = match case.way {
            Way::Up => (0, 1),
            Way::Down => (1, 0),
        };
        self.begin_with(from);
        match case.moment {
            Moment::Known(story) => (story.tell)(self, case.signal, to),
            Moment::After(times) => self.at_any_time(times, case.signal, [to, from]),
        }
        self.judge(case.signal);
        std::mem::take(&mut self.outcome)
    }

    /// An agent of this version, connected.
    fn begin_with(&mut self, version: usize) {
        self.put_in_place(version);
        self.end_agent(Signal::Term);
        self.await_agent(version);
    }

    /// As package managers replace programs.
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
        self.note_stage();
        self.end_agent(signal);
        self.await_agent(version);
    }

    /// Notes where the job is.
    pub(super) fn note_stage(&mut self) {
        let stage = match self.jobs.first() {
            Some(job) => stage(&self.host.job(job.id)),
            None => Stage::Elsewhere,
        };
        self.outcome.stages.push(stage);
    }

    /// Ends the agent that runs.
    pub(super) fn end_agent(&mut self, signal: Signal) {
        let agent = wait_until("an agent", || self.manager.agent());
        let began = Instant::now();
        send(signal.flag(), agent);
        let status = self.manager.see_end_of(agent);
        if signal == Signal::Term {
            self.outcome.ends.push(began.elapsed());
            // One that has just been started does not know of signals yet.
            assert!(["0", "143"].contains(&&*status), "TERM ended it: {status}");
        }
    }

    /// Has the agent try control at once, as an operator would who has mended the way.
    pub(super) fn hurry(&self) {
        send("-HUP", wait_until("an agent", || self.manager.agent()));
    }

    /// Waits for an agent of this version, and until it has reached control.
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

    /// Posts a job that counts its run and then goes on if its gate is `open`.
    pub(super) fn post(&mut self, open: bool) -> Job {
        self.post_as("tally", open, &[])
    }

    /// As [`Site::post`], of another function and with more inputs.
    pub(super) fn post_as(&mut self, function: &str, open: bool, more: &[(&str, &str)]) -> Job {
        self.count += 1;
        let [gate, tally] =
            ["gate", "tally"].map(|name| self.lab.path(&format!("{name}{}", self.count)));
        if open {
            fs::write(&gate, "go\n").unwrap();
        } else {
            Gate::make(&gate);
        }
        let (read, count) = (gate.display().to_string(), tally.display().to_string());
        let mut inputs = vec![("GATE", &*read), ("TALLY", &*count)];
        inputs.extend(more);
        self.lab.command(function, &inputs, json!({}));
        let id = self.lab.job(function, &[&self.host])[0];
        let job = Job { id, gate, tally };
        self.jobs.push(job.clone());
        job
    }

    /// Each job has one end, which control recorded once; it ran once.
    fn judge(&mut self, signal: Signal) {
        for job in &self.jobs {
            let told = wait_until("the end of a job", || self.end_of(job));
            let runs = fs::read_to_string(&job.tally).unwrap_or_default();
            let runs = runs.lines().count();
            let never_began =
                told["status"] == "interrupted" && runs == 0 && signal == Signal::Kill;
            assert!(
                never_began || (told["status"] == "succeeded" && runs == 1),
                "it ran {runs} times: {told}\n{}",
                self.manager.service().log()
            );
            wait_until("a word of the result", || {
                (self.records(job) + self.lines(job, "ignored a result") > 0).then_some(())
            });
            // None where the host went away just then: the request ended with its
            // connection before the log was written. The result was in the database, or
            // the next report of it would not have been ignored.
            assert!(self.records(job) <= 1, "recorded again: {told}");
            self.outcome.interrupted += usize::from(never_began);
            self.outcome.jobs += 1;
        }
        let home = self.host.path("");
        wait_until("an end of all processes", || {
            processes_below(&home).is_empty().then_some(())
        });
    }

    /// What control knows of a job, once both sides know of its end.
    fn end_of(&self, job: &Job) -> Option<Value> {
        let told = self.lab.control.rest().get(&format!("/job/{}", job.id));
        let is_over = stage(&self.host.job(job.id)) == Stage::Reported;
        (is_over && !told["completed"].is_null()).then_some(told)
    }

    /// How often control's log says that it has recorded a result of a job.
    pub(super) fn records(&self, job: &Job) -> usize {
        self.lines(job, "recorded a result")
    }

    fn lines(&self, job: &Job, text: &str) -> usize {
        let log = self.lab.control.service().log();
        let is_it = |line: &&str| line.contains(text) && line.contains(&format!("job={} ", job.id));
        log.lines().filter(is_it).count()
    }
}

fn send(flag: &str, process: u32) {
    run(Command::new("kill").args([flag, &process.to_string()]));
}

/// Where a job is whose folder this is.
pub(super) fn stage(folder: &Path) -> Stage {
    let has = |name: &str| folder.join(name).exists();
    if has("reported") {
        return Stage::Reported;
    }
    if has("result") {
        return Stage::Ended;
    }
    match (has("started"), has("received")) {
        (true, _) => phase(&fs::read_to_string(folder.join("phase")).unwrap_or_default()),
        (false, true) => Stage::Received,
        (false, false) => Stage::Elsewhere,
    }
}

fn phase(noted: &str) -> Stage {
    match noted {
        "pull" => Stage::Pull,
        "verify" => Stage::Verify,
        "unpack" => Stage::Unpack,
        "run" => Stage::Run,
        _ => Stage::Started,
    }
}
