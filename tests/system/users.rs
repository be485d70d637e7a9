//! As which user the agent runs, and what it needs of the file system.

use crate::confinement::courier_of;
use lab::host::Host;
use lab::{Lab, run};
use needs::{Need, lacks};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

const USER: u32 = 54_321;

/// Becomes `piloth`, whom the files in ETC know, in a namespace in which they are those
/// of /etc.
const AS_PILOTH: &str = r#"
set -e
for file in passwd group sudoers; do
    # sudo is not on every host.
    [ ! -e "/etc/$file" ] || mount --bind "$ETC/$file" "/etc/$file"
done
exec setpriv --reuid piloth --regid piloth --clear-groups -- "$@"
"#;

/// Makes everything read-only but the agent's state, and the folder for temporary files
/// one from which nothing is executed, as is the state. The programs of this host lie in
/// there.
const READ_ONLY: &str = r#"
set -e
for folder in "$TEMPORARY" "$HOST" "$STATE"; do mount --bind "$folder" "$folder"; done
while read -r _ _ _ _ place _; do
    [ "$place" = "$STATE" ] || mount -o remount,bind,ro "$place" 2> /dev/null || :
done < /proc/self/mountinfo
mount -o remount,bind,ro,noexec "$TEMPORARY"
mount -o remount,bind,noexec "$STATE"
for folder in / "$TEMPORARY" "$HOST"; do
    ! touch "$folder/trace" 2> /dev/null || { echo "$folder can be written to"; exit 1; }
done
exec "$@"
"#;

/// Only root may have another user's processes, and other mounts than there are.
const OTHER_USERS: &[Need<'_>] = &[Need::Root, Need::MountNamespace];
const SUDO: &[Need<'_>] = &[Need::Root, Need::MountNamespace, Need::Program("sudo")];

fn in_namespace(script: &str) -> Vec<String> {
    let words = ["unshare", "--mount", "sh", "-c", script, "sh"];
    words.map(str::to_owned).to_vec()
}

/// Files for /etc with a user who may do everything through sudo.
fn write_users(host: &Host) {
    let etc = host.path("etc");
    fs::create_dir(&etc).unwrap();
    for (file, line) in [
        (
            "passwd",
            format!("piloth:*:{USER}:{USER}::/nonexistent:/bin/sh\n"),
        ),
        ("group", format!("piloth:*:{USER}:\n")),
    ] {
        let known = fs::read_to_string(format!("/etc/{file}")).unwrap();
        let others: String = known
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("piloth:"))
            .collect();
        fs::write(etc.join(file), others + &line).unwrap();
    }
    let rules = "root ALL=(ALL) ALL\npiloth ALL=(root) NOPASSWD: ALL\n";
    fs::write(etc.join("sudoers"), rules).unwrap();
    fs::set_permissions(etc.join("sudoers"), Permissions::from_mode(0o440)).unwrap();
}

/// A host all of whose programs are run by `piloth`.
fn host_of_piloth(lab: &Lab) -> Host {
    fs::set_permissions(lab.path(""), Permissions::from_mode(0o711)).unwrap();
    let mut host = lab.host();
    write_users(&host);
    for folder in ["", "home"] {
        chown(host.path(folder), Some(USER), Some(USER)).unwrap();
    }
    let etc = host.path("etc").display().to_string();
    host.environment.push(("ETC".into(), etc));
    host.wrapper = in_namespace(AS_PILOTH);
    lab.enrol(&host);
    host
}

#[test]
fn an_unprivileged_agent_runs_jobs_as_its_user_and_they_may_use_sudo() {
    if lacks(SUDO) {
        return;
    }
    let lab = Lab::new();
    let mut host = host_of_piloth(&lab);
    host.start();
    host.agent().wait_for("connected to");
    lab.command("whoami", &[], json!({}));
    let job = lab.run_job("whoami", &host);
    assert_eq!(job["log"], "piloth\n0022\nroot\n", "{job}");
    let status = format!("/proc/{}/status", host.agent().pid());
    let status = fs::read_to_string(status).unwrap();
    assert!(status.contains(&format!("Uid:\t{USER}\t{USER}\t{USER}\t{USER}\n")));
    assert!(status.contains("CapEff:\t0000000000000000\n"), "{status}");
    for name in ["", "identity", "jobs"] {
        let found = fs::metadata(host.state().join(name)).unwrap();
        assert_eq!((found.uid(), found.mode() & 0o077), (USER, 0), "{name:?}");
    }
}

/// It takes no root to be confined: with nothing to give up, a courier is denied the
/// same.
#[test]
fn an_unprivileged_agent_has_its_children_in_the_same_sandbox() {
    if lacks(OTHER_USERS) {
        return;
    }
    let lab = Lab::without_package();
    let mut host = host_of_piloth(&lab);
    host.start();
    host.agent().wait_for("connected to");
    let courier = courier_of(host.agent());
    assert_eq!(courier["NoNewPrivs"], "1");
    assert!(courier["Uid"].starts_with(&USER.to_string()), "{courier:?}");
    assert_eq!(courier["CapPrm"], "0000000000000000");
    let doctor = run(host.pilot().arg("doctor"));
    assert!(
        doctor.contains("Landlock (version") && doctor.contains(") and seccomp"),
        "{doctor}"
    );
    // The cgroup that it is in belongs to root.
    assert!(doctor.contains("jobs have no cgroup"), "{doctor}");
}

#[test]
fn an_unprivileged_agent_can_forbid_its_jobs_to_use_sudo() {
    if lacks(SUDO) {
        return;
    }
    let lab = Lab::new();
    let mut host = host_of_piloth(&lab);
    host.configure("PILOT_NO_NEW_PRIVS=1");
    host.start();
    host.agent().wait_for("connected to");
    lab.command("whoami", &[], json!({}));
    let job = lab.run_job("whoami", &host);
    assert_eq!(job["status"], "failed", "{job}");
    assert!(
        job["log"].as_str().unwrap().starts_with("piloth\n0022\n"),
        "{job}"
    );
}

#[test]
fn an_agent_of_root_runs_jobs_as_root() {
    if lacks(SUDO) {
        return;
    }
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("whoami", &[], json!({}));
    let job = lab.run_job("whoami", &host);
    assert_eq!(job["log"], "root\n0022\nroot\n", "{job}");
}

#[test]
fn an_agent_writes_to_its_state_and_nowhere_else() {
    if lacks(OTHER_USERS) {
        return;
    }
    let lab = Lab::new();
    let mut host = lab.host();
    fs::create_dir(host.state()).unwrap();
    fs::set_permissions(host.state(), Permissions::from_mode(0o700)).unwrap();
    for (name, path) in [
        ("TEMPORARY", std::env::temp_dir()),
        ("HOST", fs::canonicalize(host.path("")).unwrap()),
        ("STATE", fs::canonicalize(host.state()).unwrap()),
    ] {
        host.environment
            .push((name.into(), path.display().to_string()));
    }
    host.write("code", &lab.control.invite());
    host.configure("");
    host.wrapper = in_namespace(READ_ONLY);
    let mut enrol = host.pilot();
    enrol.args(["enrol", lab.control.url(), "--code-file", "code"]);
    run(&mut enrol);
    host.start();
    host.agent().wait_for("connected to");
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    for _ in 0..2 {
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{job}");
    }
    let log = host.agent().log();
    assert!(!log.contains(" WARN ") && !log.contains(" ERROR "), "{log}");
    run(Command::new("test")
        .arg("!")
        .arg("-e")
        .arg(host.path("trace")));
}
