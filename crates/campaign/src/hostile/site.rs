//! One host, and what has to hold of each of its jobs.

use super::census::{Census, alive};
use super::kind::{KINDS, Kind};
use super::way::{Way, cgroups_of};
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

/// More than a debug build needs, less than anything that grows.
const MOST_AGENT_KIB: u64 = 32 << 10;
const MOST_CHILD_KIB: u64 = 64 << 10;

/// What a loaded machine may add to any time.
const SLACK: Duration = Duration::from_secs(5);

/// How long a host may take to report a job that has ended.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host and what became of its jobs so far.
pub(super) struct Site<'a> {
    lab: &'a Lab,
    host: Host,
    way: Way,
    outcome: Outcome,
}

/// What became of all of them.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) jobs: usize,
    /// How long processes of a job were seen.
    pub(super) longest: Duration,
    /// How many processes a job had.
    pub(super) processes: usize,
    pub(super) agent_kib: u64,
    pub(super) child_kib: u64,
}

impl<'a> Site<'a> {
    /// An enrolled host whose agent runs.
    pub(super) fn set_up(lab: &'a Lab, way: Way, scale: Scale) -> Self {
        let mut host = lab.host();
        let_pass(&lab.path(""));
        lab.enrol(&host);
        host.wrapper = way.wrapper();
        host.configure(&format!(
            "PILOT_GRACE={}\nPILOT_PROCESS_LIMIT={}\n{}",
            scale.grace.as_secs(),
            scale.processes,
            way.settings()
        ));
        host.start();
        host.agent().wait_for("connected to");
        Self {
            lab,
            host,
            way,
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
            self.way
        );
        assert!(
            (1..MOST_CHILD_KIB).contains(&child_kib),
            "{:?}: {child_kib} KiB",
            self.way
        );
        self.outcome
    }

    fn run(&mut self, kind: &Kind, scale: Scale) {
        self.outcome.jobs += 1;
        let mark = format!(
            "hostile-{}-{:?}-{}",
            process::id(),
            self.way,
            self.outcome.jobs
        );
        let census = Census::of(&mark);
        let id = self.post(kind, &mark, scale);
        let reported = format!("job {id} is reported");
        self.host.agent().wait_for_up_to(PATIENCE, &reported);
        let left = alive(&mark);
        let (lived, processes) = census.end();
        let told = self.lab.control.rest().get(&format!("/job/{id}"));
        self.judge_result(kind, &told);
        self.judge_processes(kind, &told, &left);
        self.judge_folders(id, &told);
        assert!(
            processes > 0,
            "{:?}, {}: nobody saw it",
            self.way,
            kind.name
        );
        let bound = self.way.bounds_processes().then_some(scale.processes);
        assert!(
            bound.is_none_or(|bound| processes <= bound),
            "{:?}, {}: {processes} processes",
            self.way,
            kind.name
        );
        let most = scale.limit + scale.grace + SLACK;
        assert!(
            lived <= most,
            "{:?}, {}: lived {lived:?}: {told}",
            self.way,
            kind.name
        );
        self.outcome.longest = self.outcome.longest.max(lived);
        self.outcome.processes = self.outcome.processes.max(processes);
        println!(
            "{:?}: {}: {} after {lived:.1?}, {processes} processes",
            self.way, kind.name, told["status"]
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

    fn judge_result(&self, kind: &Kind, told: &Value) {
        let is_out_of_reach = kind.kills_its_shim && self.way == Way::OtherUser;
        let status = if is_out_of_reach {
            "timed_out"
        } else {
            kind.status
        };
        assert_eq!(
            told["status"], status,
            "{:?}, {}: {told}",
            self.way, kind.name
        );
        if let Some(containment) = self.way.containment() {
            assert_eq!(
                told["result"]["Containment"], containment,
                "{}: {told}",
                kind.name
            );
        }
    }

    /// Nothing is left, or else that is told.
    fn judge_processes(&self, kind: &Kind, told: &Value, left: &[u32]) {
        if kind.is_out_of_sight && told["result"]["Containment"] == "sweep" {
            assert!(
                told["result"]["Err"]
                    .to_string()
                    .contains("may still be there"),
                "{told}"
            );
            for pid in left {
                run(Command::new("kill").args(["-KILL", &pid.to_string()]));
            }
            return;
        }
        assert!(
            left.is_empty(),
            "{:?}, {}: {left:?} are left: {told}",
            self.way,
            kind.name
        );
    }

    fn judge_folders(&self, id: i64, told: &Value) {
        for name in ["work", "request"] {
            let left = self.host.job(id).join(name);
            assert!(
                !left.exists(),
                "{:?}: {} is left: {told}",
                self.way,
                left.display()
            );
        }
        let cgroups = cgroups_of(id);
        assert!(
            cgroups.is_empty(),
            "{:?}: {cgroups} are left: {told}",
            self.way
        );
    }
}

/// Another user has to get to the programs and to the agent's folder.
fn let_pass(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o711)).unwrap();
}
