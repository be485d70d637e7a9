//! Runs a scenario with a power cut, and checks the result.

use super::deed::Deed;
use super::disk::{Disk, Loss, Tree};
use super::recording::{self, Event};
use crate::durability::fixture::{FaultFixture, LOOK};
use crate::durability::running::Running;
use crate::durability::scenario::{Marks, Scenario, ScenarioStart};
use crate::durability::stall::StallCheck;
use crate::durability::strace::{Fault, Point};
use crate::tally_job::TallyJob;
use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::thread::sleep;

/// The calls that change names or sync: the moments of power cuts.
const CUTS: [&str; 11] = [
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "fallocate",
    "ftruncate",
];

/// What an agent logs if its state has lost something.
const COMPLAINTS: [&str; 3] = [
    "is set aside",
    "control has seen higher numbers",
    "panicked",
];

/// The outcome of a case.
pub(super) struct Outcome {
    pub(super) was_cut: bool,
    pub(super) lost_something: bool,
    /// The status of the job.
    pub(super) status: String,
}

/// The moment before a call that changes the state, and all changes up to then.
pub(super) struct Moment {
    pub(super) call: String,
    pub(super) nth: u32,
    pub(super) place: String,
    base: Tree,
    deeds: Vec<Deed>,
}

impl Moment {
    pub(super) fn disk_after(&self, loss: Loss) -> Tree {
        replay(&self.base, &self.deeds).after(loss)
    }
}

impl FaultFixture {
    /// The moments of a scenario without faults.
    pub(super) fn moments(&mut self, scenario: Scenario, marks: &Marks) -> Vec<Moment> {
        let (base, mut start) = self.set_up(scenario, marks);
        let actor = self.watch(scenario, &mut start, None);
        self.power_off();
        let traces = self.recorded();
        let events = recording::read(&traces);
        let (folder, ground) = (self.host.path(""), self.ground());
        let mut counts = HashMap::<&str, u32>::new();
        let (mut deeds, mut moments) = (Vec::new(), Vec::new());
        for Event { pid, call, deed } in &events {
            let deed = deed
                .as_ref()
                .and_then(|deed| deed.below(&folder, counts_as_state));
            if *pid == actor.pid() {
                let nth = counts.entry(call).or_default();
                *nth += 1;
                if let Some(deed) = deed.as_ref().filter(|_| CUTS.contains(&call.as_str())) {
                    moments.push(Moment {
                        call: call.clone(),
                        nth: *nth,
                        place: ground.general(&folder.join(deed.place())),
                        base: base.clone(),
                        deeds: deeds.clone(),
                    });
                }
            }
            deeds.extend(deed);
        }
        self.compare(&base, &deeds);
        moments
    }

    /// Runs a scenario until the power is cut at a point, and goes on with what is left on the
    /// disk.
    pub(super) fn cut_power(
        &mut self,
        scenario: Scenario,
        marks: &Marks,
        point: &Point,
        loss: Loss,
    ) -> Outcome {
        let (base, mut start) = self.set_up(scenario, marks);
        let mut actor = self.watch(scenario, &mut start, Some((Fault::Kill, point)));
        let was_cut = actor.was_killed();
        self.power_off();
        let traces = self.recorded();
        let folder = self.host.path("");
        let deeds: Vec<Deed> = recording::read(&traces)
            .iter()
            .filter_map(|event| event.deed.as_ref()?.below(&folder, counts_as_state))
            .collect();
        self.compare(&base, &deeds);
        let (now, left) = (self.tree(), replay(&base, &deeds).after(loss));
        install(&folder, &now, &left);
        let status = self.go_on(scenario, &start);
        Outcome {
            was_cut,
            lost_something: now != left,
            status,
        }
    }

    /// Prepares the start of a scenario, and records from before that.
    fn set_up(&mut self, scenario: Scenario, marks: &Marks) -> (Tree, ScenarioStart) {
        if scenario != Scenario::Enrol && !self.has_cache() {
            // A recording also follows the runner: one that pulls could be killed at a call
            // of its own that has the number of the point.
            let job = self.post(true);
            let agent = self.agent(None);
            self.see_through(agent, None, Some(&job), None);
        }
        if matches!(scenario, Scenario::Lost | Scenario::Refuse) {
            // The job that was lost or is remembered is not part of the recording.
            let start = self.prepare(scenario, Some(marks));
            self.record();
            return (self.tree(), start);
        }
        let base = match scenario {
            Scenario::Enrol => Tree::new(),
            _ => self.tree(),
        };
        self.record();
        let start = self.prepare(scenario, Some(marks));
        (base, start)
    }

    /// Runs the process of the scenario until it has ended or has nothing left to do.
    pub(super) fn watch(
        &mut self,
        scenario: Scenario,
        start: &mut ScenarioStart,
        fault: Option<(Fault, &Point)>,
    ) -> Running {
        let mut actor = match scenario {
            Scenario::Enrol => self.start_enrolling(fault),
            Scenario::Prepare => self.start_preparing_key(fault),
            Scenario::Shim => self.shim(start.job.as_ref().unwrap(), fault),
            _ => self.agent(fault),
        };
        let mut stall = StallCheck::new();
        while actor.ended().is_none() {
            if actor.is_connected() && scenario != Scenario::Cancel {
                start.open();
            }
            let entry = start.job.as_ref().map(|job| job.entry(&self.lab));
            let has_ended = match &entry {
                Some(entry) => !entry["completed"].is_null(),
                None => actor.is_connected(),
            };
            if has_ended && self.is_in_order() {
                break;
            }
            assert!(
                stall.is_moving(&entry),
                "stuck at {entry:?}:\n{}",
                actor.log()
            );
            sleep(LOOK);
        }
        actor
    }

    /// Starts the host again, and waits until all jobs have been reported.
    fn go_on(&mut self, scenario: Scenario, start: &ScenarioStart) -> String {
        if scenario == Scenario::Enrol {
            let mut again = self.start_enrolling(None);
            assert!(again.end().success(), "{}", again.log());
        }
        let agent = self.agent(None);
        let agent = self.see_through(agent, None, start.job.as_ref(), None);
        let status = start
            .job
            .as_ref()
            .map_or_else(String::new, |job| self.check_after_cut(scenario, job));
        if let Some(before) = &start.before {
            self.check_key(before, scenario == Scenario::Rotate);
        }
        let log = agent.log();
        for complaint in COMPLAINTS {
            assert!(!log.contains(complaint), "{log}");
        }
        status
    }

    fn check_after_cut(&self, scenario: Scenario, job: &TallyJob) -> String {
        // The state at the start of the scenario was synced.
        let is_safe = matches!(scenario, Scenario::Ended | Scenario::Refuse);
        let status = self.check_job(job, |status, _| {
            status == scenario.status() || !is_safe && status == "interrupted"
        });
        let entry = job.entry(&self.lab).to_string();
        assert!(
            scenario == Scenario::Lost || !entry.contains("no longer holds"),
            "the host had acknowledged the job to control: {entry}"
        );
        status
    }

    /// Checks that the recording explains everything on the real disk.
    fn compare(&self, base: &Tree, deeds: &[Deed]) {
        let (recorded, real) = (replay(base, deeds).after(Loss::Nothing), self.tree());
        let differ = |path: &&std::path::PathBuf| recorded.get(*path) != real.get(*path);
        let strange: Vec<_> = recorded.keys().chain(real.keys()).filter(differ).collect();
        assert!(
            strange.is_empty(),
            "the recording does not explain {strange:?}"
        );
    }

    /// The state on the real disk.
    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        read_below(&self.host.path(""), Path::new("state"), &mut tree);
        tree
    }
}

fn replay(base: &Tree, deeds: &[Deed]) -> Disk {
    let mut disk = Disk::of(base);
    for deed in deeds {
        disk.apply(deed);
    }
    disk
}

/// Whether a path of the host's folder belongs to the state that must not be lost. The runner's
/// cache, which is verified, working folders of functions and pipes do not.
fn counts_as_state(path: &Path) -> bool {
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    match &names[..] {
        [] => true,
        [state, ..] if state != "state" => false,
        [_, runner, ..] if runner == "artisan" => false,
        [_, jobs, _, work, _, ..] if jobs == "jobs" && work == "work" => false,
        [_, jobs, _, pipe] if jobs == "jobs" && pipe == "phases" => false,
        _ => true,
    }
}

fn read_below(folder: &Path, path: &Path, tree: &mut Tree) {
    let full = folder.join(path);
    if !counts_as_state(path) || full.symlink_metadata().is_err() {
        return;
    }
    if !full.is_dir() {
        tree.insert(path.to_path_buf(), Some(fs::read(&full).unwrap()));
        return;
    }
    tree.insert(path.to_path_buf(), None);
    for entry in fs::read_dir(&full).unwrap().flatten() {
        read_below(folder, &path.join(entry.file_name()), tree);
    }
}

/// Replaces the state on the real disk by what is left.
fn install(folder: &Path, now: &Tree, left: &Tree) {
    for path in now.keys().rev().filter(|path| !left.contains_key(*path)) {
        let full = folder.join(path);
        let _ = if full.is_dir() {
            fs::remove_dir_all(full)
        } else {
            fs::remove_file(full)
        };
    }
    for (path, content) in left
        .iter()
        .filter(|(path, content)| now.get(*path) != Some(content))
    {
        let full = folder.join(path);
        match content {
            Some(bytes) => write_private(&full, bytes),
            None => DirBuilder::new().mode(0o700).create(full).unwrap(),
        }
    }
}

fn write_private(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
