//! Files that decide what root does, and that other users could change.

use crate::complaints::{assert_complains, bare_host, complaint};
use lab::Lab;
use lab::control::Keys;
use lab::host::Host;
use needs::{Need, is_root, lacks};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

const OTHER: u32 = 54_321;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The path as the kernel goes it, which messages name.
fn whole(path: PathBuf) -> String {
    fs::canonicalize(path).unwrap().display().to_string()
}

/// The agent refuses to start, and the doctor says the same.
#[track_caller]
fn assert_refused(host: &Host, path: &str, remedy: &str) {
    let command = format!("{remedy} {path}");
    assert_complains(&mut host.pilot(), 78, &[path, &command]);
    let (code, log) = complaint(host.pilot().arg("doctor"));
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains(&command), "{log}");
}

#[test]
fn an_agent_of_root_refuses_what_others_can_write() {
    if lacks(&[Need::Root]) {
        return;
    }
    let (_folder, host) = bare_host();
    host.write("ca.pem", "");
    let ca = host.path("ca.pem");
    host.configure(&format!(
        "PILOT_CA_FILE={}\nPILOT_JOB_USER=nobody",
        ca.display()
    ));
    fs::create_dir(host.state()).unwrap();
    set_mode(&host.state(), 0o700);
    // The one that is there has other names.
    fs::copy(host.path("art"), host.path("copy")).unwrap();
    fs::rename(host.path("copy"), host.path("art")).unwrap();
    for name in [".pilot", "ca.pem", "machine-id", "state", "art", ""] {
        let path = host.path(name);
        let before = fs::metadata(&path).unwrap().mode() & 0o7777;
        for open in [0o020, 0o002] {
            set_mode(&path, before | open);
            assert_refused(&host, &whole(path.clone()), "chmod go-w");
        }
        set_mode(&path, before);
        chown(&path, Some(OTHER), None).unwrap();
        // A state folder of another user is another user's agent.
        if name != "state" {
            assert_refused(&host, &whole(path.clone()), "chown root:");
        }
        chown(&path, Some(0), None).unwrap();
    }
}

#[test]
fn a_link_of_another_user_is_refused_and_one_of_roots_followed() {
    if lacks(&[Need::Root]) {
        return;
    }
    let (_folder, mut host) = bare_host();
    host.configure("");
    fs::rename(host.path(".pilot"), host.path("settings")).unwrap();
    symlink("settings", host.path(".pilot")).unwrap();
    std::os::unix::fs::lchown(host.path(".pilot"), Some(OTHER), None).unwrap();
    let link = format!("{}/.pilot", whole(host.path("")));
    assert_refused(&host, &link, "chown -h root:");
    std::os::unix::fs::lchown(host.path(".pilot"), Some(0), None).unwrap();
    host.start();
    host.agent().wait_for("waiting: no Pilot Control to ping");
}

#[test]
fn an_agent_of_root_believes_no_key_that_another_user_put_there() {
    if lacks(&[Need::Root]) {
        return;
    }
    let lab = Lab::with_keys(Keys::Deployed);
    let mut host = lab.host_with_key_at("home/.pilot_verify.pgp");
    host.kill();
    let key = host.path("home/.pilot_verify.pgp");
    chown(&key, Some(OTHER), None).unwrap();
    assert_complains(
        &mut host.pilot(),
        78,
        &[&format!("run `chown root: {}`", whole(key))],
    );
}

/// The keys that the runner believes are there.
#[test]
fn an_agent_of_root_refuses_a_folder_of_the_runner_that_others_can_write() {
    if lacks(&[Need::Root]) {
        return;
    }
    let (_folder, mut host) = bare_host();
    host.configure("");
    let artisan = host.path("artisan");
    fs::create_dir(&artisan).unwrap();
    set_mode(&artisan, 0o777);
    let name = artisan.display().to_string();
    host.environment.push(("ARTISAN_HOME".into(), name));
    assert_refused(&host, &whole(artisan), "chmod go-w");
}

/// It was in order when it started.
#[test]
fn settings_that_others_can_write_meanwhile_are_not_read_again() {
    if lacks(&[Need::Root]) {
        return;
    }
    let lab = Lab::without_package();
    let host = lab.running_host();
    set_mode(&host.path(".pilot"), 0o666);
    host.agent().signal("HUP");
    let log = host.agent().wait_for("the configuration stays as it was");
    assert!(log.contains("run `chmod go-w "), "{log}");
}

/// The agent's user may write where the agent removes its code: not an agent of root's.
#[test]
fn a_code_is_followed_from_a_folder_of_its_own_unless_others_can_write_there() {
    let lab = Lab::without_package();
    let mut host = lab.host();
    host.configure("");
    let folder = host.path("enrol.d");
    fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o777);
    let text = format!("{}\n{}\n", lab.control.url(), lab.control.invite());
    host.write("enrol.d/enrol.new", &text);
    set_mode(&folder.join("enrol.new"), 0o600);
    fs::rename(folder.join("enrol.new"), folder.join("enrol")).unwrap();
    host.start();
    if is_root() {
        let log = host.agent().wait_for("run `chmod go-w ");
        assert!(log.contains(&whole(folder.clone())), "{log}");
        set_mode(&folder, 0o700);
    }
    host.agent().wait_for("is removed");
    host.agent().wait_for("connected to");
    assert!(!folder.join("enrol").exists() && folder.exists());
}

/// For an agent of another user, only the doctor reports it: that agent has no more rights than
/// its user.
#[test]
fn the_doctor_names_a_folder_of_settings_that_others_can_write() {
    let (_folder, host) = bare_host();
    host.configure("");
    fs::create_dir(host.state()).unwrap();
    let folder = whole(host.path(""));
    set_mode(Path::new(&folder), 0o770);
    let (code, log) = complaint(host.pilot().arg("doctor"));
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains(&format!("chmod go-w {folder}")), "{log}");
}

#[test]
fn a_control_of_root_refuses_what_others_can_write() {
    if lacks(&[Need::Root]) {
        return;
    }
    let mut lab = Lab::without_package();
    lab.control.kill();
    for name in ["job_key.pgp", "data", ""] {
        let path = whole(lab.control.path(name));
        let before = fs::metadata(&path).unwrap().mode() & 0o7777;
        set_mode(Path::new(&path), before | 0o020);
        let mut serve = lab.control.pilotctl();
        // A port that cannot be bound, if the command gets that far.
        serve.args(["serve", "--listen", "192.0.2.1:1"]);
        for (option, file) in [
            ("--data", "data"),
            ("--tls-cert", "tls/server.pem"),
            ("--tls-key", "tls/server.key"),
            ("--job-key", "job_key.pgp"),
        ] {
            serve.arg(option).arg(lab.control.path(file));
        }
        let (code, log) = complaint(&mut serve);
        assert_ne!(code, Some(0), "{log}");
        assert!(log.contains(&format!("run `chmod go-w {path}`")), "{log}");
        set_mode(Path::new(&path), before);
    }
}
