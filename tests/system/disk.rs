//! A disk that is full.

use crate::functions::gate_and_tally;
use lab::host::Host;
use lab::service::Service;
use lab::wait::wait_for;
use lab::{Barrier, Lab, run};
use needs::{Need, lacks};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A host whose state is on a disk of its own, a small one, in namespaces of
/// its own.
struct SmallDisk {
    agent: Service,
    flood: PathBuf,
}

/// Mounts the disk, puts the state of an enrolled host on it, and becomes the
/// agent. A child takes every byte that is or becomes free while FLOOD exists.
const SCRIPT: &str = r#"
set -e
mkdir "$DISK"
mount -t tmpfs -o size=16m,mode=700 tmpfs "$DISK"
cp -a "$STATE/." "$DISK"
while [ ! -e "$FLOOD" ]; do sleep 0.1; done && {
    while [ -e "$FLOOD" ]; do cat /dev/zero >> "$DISK/filler" || :; done 2>/dev/null
    rm "$DISK/filler"
} &
exec "$PILOT"
"#;

impl SmallDisk {
    fn of(host: &Host) -> Self {
        let [disk, flood] = ["disk", "flood"].map(|name| host.path(name));
        let mut agent = Command::new("unshare");
        agent
            .args(["--map-root-user", "--mount", "sh", "-c", SCRIPT])
            .envs(host.pilot().get_envs().filter_map(|(k, v)| Some((k, v?))))
            .env("PILOT", host.path("pilot"))
            .env("STATE", host.state())
            .env("DISK", &disk)
            .env("FLOOD", &flood)
            .env("PILOT_HOME", &disk)
            .env("PILOT_WAIT", "1")
            .env("PILOT_LOG_LEVEL", "debug");
        Self {
            agent: Service::start(&mut agent),
            flood,
        }
    }

    fn end_of(&self, lab: &Lab, id: i64) -> serde_json::Value {
        self.agent.wait_for(&format!("job {id} is reported"));
        lab.control.rest().get(&format!("/job/{id}"))
    }
}

#[test]
fn a_full_disk_costs_no_result_and_takes_no_job() {
    if lacks(&[Need::UserNamespace]) {
        return;
    }
    let lab = Lab::new();
    let host = lab.enrolled_host();
    let disk = SmallDisk::of(&host);
    disk.agent.wait_for("connected to");
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let running = lab.job("tally", &[&host])[0];
    let barrier = Barrier::reached(&barrier);
    fs::write(&disk.flood, "").unwrap();
    disk.agent.wait_for("no job is taken: disk full");

    lab.command("greet", &[("GREETING", "hello")], json!({}));
    let next = lab.job("greet", &[&host])[0];
    assert_reported(&lab, &host, next);
    barrier.open();
    let ended = disk.end_of(&lab, running);
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(ended["log"], "begun\nwent on after go\n");
    let waiting = lab.control.rest().get(&format!("/job/{next}"));
    assert_eq!(waiting["status"], "queued", "{waiting}");

    fs::remove_file(&disk.flood).unwrap();
    disk.agent.wait_for("there is room for jobs again");
    assert_eq!(disk.end_of(&lab, next)["status"], "succeeded");
}

/// Operators see why nothing happens, where they look.
fn assert_reported(lab: &Lab, host: &Host, job: i64) {
    let pilotctl = |arguments: &[&str]| run(lab.control.pilotctl().args(arguments));
    let (host, job) = (host.id(), job.to_string());
    // The agent logs it before control gets the ping that says so.
    wait_for("the host to be listed as one that takes no job", || {
        pilotctl(&["host", "ls"]).contains("takes no job (disk full)")
    });
    let shown = pilotctl(&["host", "show", &host]);
    assert!(
        shown.contains("takes no job") && shown.contains("disk full: "),
        "{shown}"
    );
    let shown: serde_json::Value =
        serde_json::from_str(&pilotctl(&["host", "show", &host, "--json"])).unwrap();
    assert!(
        shown["declines"].as_str().unwrap().starts_with("disk full"),
        "{shown}"
    );
    let waiting = pilotctl(&["job", "show", &job]);
    assert!(
        waiting.contains("the host takes no job: disk full"),
        "{waiting}"
    );
}

/// Lays a disk over the state of a host, which becomes the lower layer of an overlayfs
/// as it is in a container made of an image, and becomes the agent.
const OVERLAY: &str = r#"
set -e
mount -t tmpfs none "$OVER"
mkdir "$OVER/upper" "$OVER/work"
mount -t overlay -o "lowerdir=$STATE,upperdir=$OVER/upper,workdir=$OVER/work" none "$STATE"
exec "$@"
"#;

/// Folders of a lower layer cannot be renamed.
#[test]
fn jobs_of_a_lower_layer_are_cleared_away_like_others() {
    let trial = "mount -t tmpfs none /mnt && mkdir /mnt/l /mnt/u /mnt/w && \
                 mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w none /mnt/l";
    let command = ["unshare", "--mount", "sh", "-c", trial];
    if lacks(&[Need::Ability("to mount an overlayfs", &command)]) {
        return;
    }
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    let mut host = lab.enrolled_host();
    host.start();
    let ended = lab.job("greet", &[&host])[0];
    lab.end_of(&host, ended);
    drop(host.take_agent());
    // More than are kept; one of them kept its working folder.
    for id in 1..=40 {
        run(Command::new("cp")
            .arg("-a")
            .args([host.job(ended), host.job(id)]));
    }
    fs::create_dir_all(host.job(1).join("work/a/b/c")).unwrap();

    let over = host.path("over");
    fs::create_dir(&over).unwrap();
    host.environment = vec![
        ("OVER".into(), over.display().to_string()),
        ("STATE".into(), host.state().display().to_string()),
    ];
    host.wrapper = ["unshare", "--mount", "sh", "-c", OVERLAY, "sh"]
        .map(str::to_owned)
        .to_vec();
    host.start();
    host.agent().wait_for("connected to");
    lab.run_job("greet", &host);
    host.agent().signal("USR1");
    host.agent().wait_for("state: next is");
    let state = host.state();
    let there = format!("/proc/{}/root{}", host.agent().pid(), state.display());
    let jobs = std::path::Path::new(&there).join("jobs");
    let names = fs::read_dir(&jobs).unwrap().map(Result::unwrap);
    let names = names.map(|entry| entry.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.retain(|name| name != "remembered");
    let is_kept = |name: &String| name.parse::<i64>().is_ok_and(|id| id > 10);
    assert!(names.len() == 32 && names.iter().all(is_kept), "{names:?}");
    assert!(host.job(1).exists(), "it was of the lower layer");
    assert!(
        !host.agent().log().contains(" ERROR "),
        "{}",
        host.agent().log()
    );
}
