//! One host, and the checks of its jobs.

use super::census::{Census, alive};
use super::confinement::{Confinement, cgroups_of};
use super::kind::{KINDS, Kind};
use super::{PACKAGE, Scale};
use lab::host::Host;
use lab::memory::{Watch, peak_kib};
use lab::{Lab, run};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{self, Command};
use std::time::Duration;

/// More than a debug build needs, less than a leak would take.
const MOST_AGENT_KIB: u64 = 32 << 10;
const MOST_CHILD_KIB: u64 = 64 << 10;

/// The time that a loaded machine may add.
const SLACK: Duration = Duration::from_secs(5);

/// How long a host may take to report a job that has ended.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host and the outcome of its jobs so far.
pub(super) struct HostileFixture<'a> {
    lab: &'a Lab,
    host: Host,
    confinement: Confinement,
    outcome: Outcome,
}

/// The outcome of all jobs.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) jobs: usize,
    /// How long processes of a job lived at most.
    pub(super) longest: Duration,
    /// How many processes a job had at most.
    pub(super) processes: usize,
    pub(super) agent_kib: u64,
    pub(super) child_kib: u64,
}

impl<'a> HostileFixture<'a> {
    /// An enrolled host with a running agent.
    pub(super) fn set_up(lab: &'a Lab, confinement: Confinement, scale: Scale) -> Self {
        let mut host = lab.host();
        let_pass(&lab.path(""));
        lab.enrol(&host);
        host.wrapper = confinement.wrapper();
        host.configure(&format!(
            "PILOT_GRACE={}\nPILOT_PROCESS_LIMIT={}\n{}",
            scale.grace.as_secs(),
            scale.processes,
            confinement.settings()
        ));
        host.start();
        host.agent().wait_for("connected to");
        Self {
            lab,
            host,
            confinement,
            outcome: Outcome::default(),
        }
    }

    /// Runs jobs of all kinds.
    pub(super) fn live_through(mut self, scale: Scale) -> Outcome {
        let agent = self.host.agent().pid();
        let memory = Watch::over_children_of(agent);
        for _ in 0..scale.rounds {
            for kind in &KINDS {
                self.run(kind, scale);
            }
        }
        self.outcome.agent_kib = peak_kib(&agent.to_string());
        self.outcome.child_kib = memory.most_kib();
        let Outcome {
            agent_kib,
            child_kib,
            ..
        } = self.outcome;
        assert!(
            (1..MOST_AGENT_KIB).contains(&agent_kib),
            "{:?}: {agent_kib} KiB",
            self.confinement
        );
        assert!(
            (1..MOST_CHILD_KIB).contains(&child_kib),
            "{:?}: {child_kib} KiB",
            self.confinement
        );
        self.outcome
    }

    fn run(&mut self, kind: &Kind, scale: Scale) {
        self.outcome.jobs += 1;
        let mark = format!(
            "hostile-{}-{:?}-{}",
            process::id(),
            self.confinement,
            self.outcome.jobs
        );
        let census = Census::of(&mark);
        let id = self.post(kind, &mark, scale);
        let reported = format!("job {id} is reported");
        self.host.agent().wait_for_up_to(PATIENCE, &reported);
        let left = alive(&mark);
        let (lived, processes) = census.end();
        let entry = self.lab.control.rest().get(&format!("/job/{id}"));
        self.check_result(kind, &entry);
        self.check_processes(kind, &entry, &left);
        self.check_folders(id, &entry);
        self.check_limits(kind, (lived, processes), scale);
        self.outcome.longest = self.outcome.longest.max(lived);
        self.outcome.processes = self.outcome.processes.max(processes);
        println!(
            "{:?}: {}: {} after {lived:.1?}, {processes} processes",
            self.confinement, kind.name, entry["status"]
        );
    }

    fn check_limits(&self, kind: &Kind, (lived, processes): (Duration, usize), scale: Scale) {
        assert!(
            processes > 0,
            "{:?}, {}: no process was seen",
            self.confinement,
            kind.name
        );
        let bound = self
            .confinement
            .bounds_processes()
            .then_some(scale.processes);
        assert!(
            bound.is_none_or(|bound| processes <= bound),
            "{:?}, {}: {processes} processes",
            self.confinement,
            kind.name
        );
        let most = scale.limit + scale.grace + SLACK;
        assert!(
            lived <= most,
            "{:?}, {}: lived {lived:?}",
            self.confinement,
            kind.name
        );
    }

    fn post(&self, kind: &Kind, mark: &str, scale: Scale) -> i64 {
        let most = scale.most.to_string();
        let inputs = [("KIND", kind.name), ("MARK", mark), ("MOST", &most)];
        let more = json!({
            "key": mark,
            "package": self.lab.package(PACKAGE),
            "timeout": scale.limit.as_secs(),
        });
        self.lab.command("misbehave", &inputs, more);
        self.lab.job(mark, &[&self.host])[0]
    }

    fn check_result(&self, kind: &Kind, entry: &Value) {
        let is_out_of_reach = kind.kills_its_shim && self.confinement == Confinement::OtherUser;
        let status = if is_out_of_reach {
            "timed_out"
        } else {
            kind.status
        };
        assert_eq!(
            entry["status"], status,
            "{:?}, {}: {entry}",
            self.confinement, kind.name
        );
        if let Some(containment) = self.confinement.containment() {
            assert_eq!(
                entry["result"]["Containment"], containment,
                "{}: {entry}",
                kind.name
            );
        }
    }

    /// Checks that no process is left, or that the result says so.
    fn check_processes(&self, kind: &Kind, entry: &Value, left: &[u32]) {
        if kind.is_out_of_sight && entry["result"]["Containment"] == "sweep" {
            assert!(
                entry["result"]["Err"]
                    .to_string()
                    .contains("may still be there"),
                "{entry}"
            );
            for pid in left {
                run(Command::new("kill").args(["-KILL", &pid.to_string()]));
            }
            return;
        }
        assert!(
            left.is_empty(),
            "{:?}, {}: {left:?} are left: {entry}",
            self.confinement,
            kind.name
        );
    }

    fn check_folders(&self, id: i64, entry: &Value) {
        for name in ["work", "request"] {
            let left = self.host.job(id).join(name);
            assert!(
                !left.exists(),
                "{:?}: {} is left: {entry}",
                self.confinement,
                left.display()
            );
        }
        let cgroups = cgroups_of(id);
        assert!(
            cgroups.is_empty(),
            "{:?}: {cgroups} are left: {entry}",
            self.confinement
        );
    }
}

/// Lets another user reach the programs and the agent's folder.
fn let_pass(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o711)).unwrap();
}
