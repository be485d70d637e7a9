//! `pilotctl init`: one command makes what a service needs to start.

use super::fixture::{PASSWORD, Served, pilotctl, run, stderr};
use needs::{Need, lacks};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder for a new control.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn init(&self, program: &mut Command, data: &str, more: &[&str]) -> Output {
        program
            .args(["init", "--host", "127.0.0.1", "--listen", "127.0.0.1:0"])
            .args(["--admin", "ada", "--dir"])
            .arg(self.path("etc"))
            .arg("--data")
            .arg(self.path(data))
            .arg("--password-file")
            .arg(self.path("password"));
        run(program.args(more))
    }

    fn init_own(&self, data: &str, more: &[&str]) -> Output {
        self.init(&mut pilotctl(), data, more)
    }

    /// The names of all files below `etc`.
    fn made(&self) -> BTreeSet<String> {
        let below = |name: &str| {
            let files = fs::read_dir(self.path("etc").join(name))
                .into_iter()
                .flatten();
            let files = files
                .map(Result::unwrap)
                .filter(|file| file.path().is_file());
            let name = name.to_owned();
            files.map(move |file| format!("{name}{}", file.file_name().display()))
        };
        ["", "tls/", "offline/"]
            .into_iter()
            .flat_map(below)
            .collect()
    }

    /// Starts the service with the settings that were made, as a shell does.
    fn serve(&self) -> Served {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "set -a; . \"$0\"; exec \"$1\" serve"])
            .arg(self.path("etc/pilotctl.conf"))
            .arg(env!("CARGO_BIN_EXE_pilotctl"));
        Served::start(&mut shell)
    }

    fn operate(&self, url: &str, arguments: &[&str]) -> Output {
        let mut operator = pilotctl();
        operator
            .args(arguments)
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "ada")
            .env("PILOTCTL_PASSWORD_FILE", self.path("password"))
            .env("PILOTCTL_CA_FILE", self.path("etc/tls/ca.pem"));
        run(&mut operator)
    }
}

#[test]
fn a_new_control_starts_and_its_admin_invites_a_host() {
    let place = Place::new();
    let made = place.init_own("data", &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let said = String::from_utf8(made.stdout).unwrap();
    for named in [
        "offline/root_key.pgp",
        "offline/registry_key.pgp",
        "offline/ca.key",
    ] {
        assert!(said.contains(named), "{named}: {said}");
    }
    let served = place.serve();
    let listed = place.operate(&served.url, &["key", "ls"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("registry key of 127.0.0.1"), "{listed}");
    let invited = place.operate(&served.url, &["host", "invite", "--json"]);
    let invited: serde_json::Value = serde_json::from_slice(&invited.stdout).unwrap();
    assert_eq!(invited["url"], "https://127.0.0.1:0", "as in the settings");
    let code: wire::code::EnrolCode = invited["code"].as_str().unwrap().parse().unwrap();
    assert!(code.ca.is_some() && code.root.is_some());
    served.stop();
}

#[test]
fn only_its_owner_reads_what_is_secret() {
    let place = Place::new();
    let made = place.init_own("data", &["--json"]);
    let report: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(
        report["carry_away"].as_array().unwrap().len(),
        3,
        "{report}"
    );
    for file in report["files"].as_array().unwrap() {
        let path = Path::new(file.as_str().unwrap());
        let is_secret = fs::read_to_string(path).unwrap().contains("PRIVATE KEY");
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(is_secret, mode & 0o007 == 0, "{path:?}: {mode:o}");
    }
    let mode = |name| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode("etc/offline"), mode("data"), mode("data.key")),
        (0o700, 0o700, 0o600)
    );
}

#[test]
fn what_is_there_is_not_replaced() {
    let place = Place::new();
    assert!(place.init_own("data", &[]).status.success());
    let before = fs::read(place.path("etc/job_key.pgp")).unwrap();
    let refused = place.init_own("other", &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("exists already"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(fs::read(place.path("etc/job_key.pgp")).unwrap(), before);
    assert!(!place.path("other").exists());
    fs::rename(place.path("etc"), place.path("away")).unwrap();
    let refused = place.init_own("data", &[]);
    assert!(
        stderr(&refused).contains("pilotctl.db exists already"),
        "{}",
        stderr(&refused)
    );
    assert!(place.made().is_empty());
}

#[test]
fn a_failure_leaves_no_keys() {
    let place = Place::new();
    let failed = place.init_own("password/data", &[]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        stderr(&failed).contains("password/data"),
        "{}",
        stderr(&failed)
    );
    assert!(
        !place.path("etc").join("job_key.pgp").exists(),
        "{:?}",
        place.made()
    );
    fs::write(place.path("password"), "short").unwrap();
    let refused = place.init_own("data", &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(
        place.made().iter().all(|name| !name.contains("key")),
        "{:?}",
        place.made()
    );
    fs::write(place.path("password"), PASSWORD).unwrap();
    let made = place.init_own("data", &[]);
    assert!(made.status.success(), "{}", stderr(&made));
}

#[test]
fn hosts_that_stand_in_no_certificate_are_refused() {
    for host in ["https://control.example.com", "control:8443", ""] {
        let refused = run(pilotctl().args(["init", "--host", host]));
        assert_eq!(refused.status.code(), Some(2), "{host}");
    }
}

/// As the package has it: root makes everything, the service runs as another user.
#[test]
fn the_services_user_reads_what_root_made_for_it() {
    if lacks(&[Need::Root]) {
        return;
    }
    let place = Place::new();
    fs::set_permissions(place.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // The program, where every user may start it.
    let program = place.path("pilotctl");
    fs::copy(env!("CARGO_BIN_EXE_pilotctl"), &program).unwrap();
    let unknown = place.init(
        &mut Command::new(&program),
        "data",
        &["--service-user", "nobody-here"],
    );
    assert!(
        stderr(&unknown).contains("no Unix user nobody-here"),
        "{}",
        stderr(&unknown)
    );
    let made = place.init(
        &mut Command::new(&program),
        "data",
        &["--service-user", "nobody"],
    );
    assert!(made.status.success(), "{}", stderr(&made));
    let of = |name: &str| fs::metadata(place.path(name)).unwrap();
    let (user, group) = (of("data").uid(), of("data").gid());
    assert_ne!((user, group), (0, 0));
    for name in ["data.key", "data/pilotctl.db"] {
        assert_eq!((of(name).uid(), of(name).gid()), (user, group), "{name}");
    }
    for name in [
        "etc",
        "etc/tls",
        "etc/tls/server.key",
        "etc/job_key.pgp",
        "etc/pilotctl.conf",
    ] {
        assert_eq!((of(name).uid(), of(name).gid()), (0, group), "{name}");
    }
    for name in [
        "etc/offline",
        "etc/offline/root_key.pgp",
        "etc/offline/ca.key",
    ] {
        assert_eq!((of(name).uid(), of(name).mode() & 0o077), (0, 0), "{name}");
    }
}
