//! One host behind its cable, and the checks of its jobs.

use lab::host::Host;
use lab::memory::{Watch, peak_kib};
use lab::namespace::{Loss, Namespace};
use lab::{Barrier, Lab};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// More than a debug build of the agent needs, less than a leak would take.
const MOST_AGENT_KIB: u64 = 32 << 10;
const MOST_CHILD_KIB: u64 = 64 << 10;

/// A host and its jobs.
pub(super) struct NetworkFixture<'a> {
    pub(super) lab: &'a Lab,
    pub(super) cable: &'a Namespace,
    /// The address at which every host finds control.
    pub(super) control_ip: &'a str,
    pub(super) host: Host,
    name: &'static str,
    number: usize,
    jobs: Vec<i64>,
    /// How many outages there were.
    outages: usize,
    /// Whether the line is so bad that pulling a package may fail.
    is_lossy: bool,
    watch: Option<Watch>,
}

/// The outcome of a host.
pub(super) struct Outcome {
    pub(super) jobs: usize,
    /// The jobs that did not run, because pulling their package failed.
    pub(super) not_pulled: usize,
    pub(super) warnings: usize,
    pub(super) agent_kib: u64,
    pub(super) child_kib: u64,
}

impl<'a> NetworkFixture<'a> {
    /// An enrolled host whose agent does not run yet.
    pub(super) fn set_up(
        lab: &'a Lab,
        cable: &'a Namespace,
        control_ip: &'a str,
        (number, name): (usize, &'static str),
    ) -> Self {
        let mut host = lab.host();
        host.wrapper = cable.wrapper();
        lab.enrol(&host);
        Barrier::make(&host.path("barrier"));
        let fixture = Self {
            lab,
            cable,
            control_ip,
            host,
            name,
            number,
            jobs: Vec::new(),
            outages: 0,
            is_lossy: false,
            watch: None,
        };
        fixture.define("count", &["TALLY"]);
        fixture.define("tally", &["BARRIER", "TALLY"]);
        fixture
    }

    /// A command under a name that no other host uses.
    fn define(&self, function: &str, inputs: &[&str]) {
        let files = inputs
            .iter()
            .map(|name| self.text(&name.to_ascii_lowercase()));
        let files: Vec<String> = files.collect();
        let inputs = inputs.iter().copied().zip(files.iter().map(String::as_str));
        let inputs: Vec<_> = inputs.collect();
        let key = json!({ "key": self.key(function) });
        self.lab.command(function, &inputs, key);
    }

    fn key(&self, function: &str) -> String {
        format!("{function}-{}", self.number)
    }

    fn text(&self, name: &str) -> String {
        self.host.path(name).display().to_string()
    }

    /// Starts the agent with `settings` and with short timeouts, so that many of them expire.
    pub(super) fn start(&mut self, settings: &str) {
        self.host
            .configure(&format!("PILOT_TIMEOUT=3\nPILOT_WAIT=5\n{settings}"));
        self.start_as_configured();
    }

    pub(super) fn start_as_configured(&mut self) {
        self.host.start();
        self.watch = Some(Watch::over_children_of(self.host.agent().pid()));
    }

    pub(super) fn wait_for(&self, text: &str) {
        self.host.agent().wait_for(text);
    }

    /// Posts a job that counts its run and, for the function `tally`, waits at the barrier.
    pub(super) fn post(&mut self, function: &str) -> i64 {
        let ids = self.lab.job(&self.key(function), &[&self.host]);
        self.jobs.extend(&ids);
        ids[0]
    }

    pub(super) fn barrier(&self) -> PathBuf {
        self.host.path("barrier")
    }

    /// Begins an outage of the cable.
    pub(super) fn lose(&mut self, loss: Loss) {
        self.outages += 1;
        self.is_lossy |= matches!(loss, Loss::PerMille(_));
        self.cable.lose(loss);
    }

    /// Notes an outage of something else.
    pub(super) fn note_outage(&mut self) {
        self.outages += 1;
    }

    pub(super) fn await_end_of(&self, id: i64, patience: Duration) {
        let reported = format!("job {id} is reported");
        self.host.agent().wait_for_up_to(patience, &reported);
    }

    /// Waits until all jobs are reported, and checks everything.
    pub(super) fn close(self, patience: Duration) -> Outcome {
        let reported = |id: &i64| {
            self.host
                .agent()
                .log()
                .contains(&format!("job {id} is reported"))
        };
        for &id in self.jobs.iter().filter(|id| !reported(id)) {
            self.await_end_of(id, patience);
        }
        let not_pulled = self.check_jobs();
        let warnings = self.check_log();
        let agent_kib = peak_kib(&self.host.agent().pid().to_string());
        let child_kib = self.watch.as_ref().map_or(0, Watch::most_kib);
        assert!(agent_kib < MOST_AGENT_KIB, "{}: {agent_kib} KiB", self.name);
        assert!(child_kib < MOST_CHILD_KIB, "{}: {child_kib} KiB", self.name);
        println!(
            "{}: {} jobs, {not_pulled} of them not pulled, {} outages, {warnings} warnings",
            self.name,
            self.jobs.len(),
            self.outages
        );
        Outcome {
            jobs: self.jobs.len(),
            not_pulled,
            warnings,
            agent_kib,
            child_kib,
        }
    }

    /// Checks that each successful job ran once: together they ran as often as there are
    /// successful jobs. On a bad line a pull may fail; then the job did not run.
    fn check_jobs(&self) -> usize {
        let recorded = self.lab.control.service().log();
        let mut not_pulled = 0;
        for id in &self.jobs {
            let entry = self.lab.control.rest().get(&format!("/job/{id}"));
            if self.is_lossy && entry["result"]["Phase"] == "pull" {
                not_pulled += 1;
            } else {
                assert_eq!(entry["status"], "succeeded", "{}: {entry}", self.name);
            }
            let is_it =
                |line: &&str| line.contains("recorded a result") && line.contains(&id.to_string());
            let times = recorded.lines().filter(is_it).count();
            assert_eq!(
                times, 1,
                "{}: job {id} was recorded {times} times",
                self.name
            );
        }
        let runs = fs::read_to_string(self.host.path("tally")).unwrap_or_default();
        let succeeded = self.jobs.len() - not_pulled;
        assert_eq!(runs.lines().count(), succeeded, "{}: runs", self.name);
        not_pulled
    }

    /// Checks that the log has each warning at most once per outage, and at most one recovery per
    /// outage.
    fn check_log(&self) -> usize {
        let log = self.host.agent().log();
        let mut complaints = BTreeMap::<String, usize>::new();
        for line in log.lines().filter(|line| line.contains(" WARN ")) {
            let shape = line.chars().filter(|c| !c.is_ascii_digit()).collect();
            *complaints.entry(shape).or_default() += 1;
        }
        for (complaint, &times) in &complaints {
            assert!(
                times <= self.outages,
                "{}: {times} times, of {} outages: {complaint}\n{log}",
                self.name,
                self.outages
            );
        }
        let connected = log.matches("connected to").count();
        assert!(
            connected <= self.outages + 1,
            "{}: connected {connected} times, of {} outages:\n{log}",
            self.name,
            self.outages
        );
        complaints.values().sum()
    }
}
