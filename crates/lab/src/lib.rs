//! A laboratory: a control service with its keys and registry, and hosts, in a
//! folder of their own, for whole-system tests and for campaigns.
//!
//! The programs are built once by their own `-p` builds, or taken from the
//! folder that `PILOT_TEST_BIN` names. What does not go as it should ends in a
//! panic that says so, as in any test.
#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::new_without_default,
    reason = "test support: names tell, and a panic is a verdict"
)]

mod barrier;
pub mod control;
pub mod failing_clock;
pub mod full_disk;
pub mod host;
pub mod hostile;
pub mod hostile_courier;
pub mod manual;
pub mod memory;
pub mod middlebox;
pub mod names;
pub mod namespace;
pub mod older_kernel;
pub mod packaged;
pub mod preload;
pub mod programs;
pub mod proxy;
pub mod relay;
mod request;
pub mod rest;
mod segments;
pub mod service;
pub mod setup;
pub mod shells;
pub mod tls;
pub mod wait;
pub mod wall_clock;

pub use barrier::Barrier;
use control::{Control, Keys, Setup};
use host::Host;
use programs::programs;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// The password of the user `reader`.
pub const REGISTRY_PASSWORD: &str = "registry-pass-3f7a";

/// Everything that one test needs.
pub struct Lab {
    pub control: Control,
    hosts: AtomicU32,
    path: PathBuf,
    // Last, so that the processes above end before their folder goes.
    folder: Option<TempDir>,
}

impl Lab {
    /// Keys, certificates, users and a running control service, with the test
    /// package in its registry.
    pub fn new() -> Self {
        let lab = Self::without_package();
        lab.publish(&package_source(), "tests/package:latest");
        lab
    }

    pub fn without_package() -> Self {
        Self::with_keys(Keys::Listed)
    }

    pub fn with_keys(keys: Keys) -> Self {
        Self::set_up(Setup {
            keys,
            ..Setup::default()
        })
    }

    /// A lab as any other, whose control is at this address.
    pub fn at(ip: &str) -> Self {
        Self::at_any_of(&[ip])
    }

    /// A lab as any other, whose control is at the first of these. Its certificate
    /// is for all of them, names and addresses.
    pub fn at_any_of(hosts: &[&str]) -> Self {
        let lab = Self::set_up(Setup {
            hosts,
            ..Setup::default()
        });
        lab.publish(&package_source(), "tests/package:latest");
        lab
    }

    /// A lab as any other, whose root, job and registry keys are fixtures of these
    /// names, made by other programs than ours.
    pub fn with_made_keys(made: [&str; 3]) -> Self {
        let lab = Self::set_up(Setup {
            made: Some(made),
            ..Setup::default()
        });
        lab.publish(&package_source(), "tests/package:latest");
        lab
    }

    /// A lab without a package, in a folder that is the caller's.
    pub fn in_folder(folder: &Path, setup: Setup) -> Self {
        Self {
            control: Control::set_up(folder, setup),
            hosts: AtomicU32::new(0),
            path: folder.to_path_buf(),
            folder: None,
        }
    }

    fn set_up(setup: Setup) -> Self {
        let folder = TempDir::new().unwrap();
        let mut lab = Self::in_folder(folder.path(), setup);
        lab.folder = Some(folder);
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The package's full name in this lab's registry.
    pub fn package(&self, name: &str) -> String {
        format!("{}/{name}", self.control.authority())
    }

    /// Builds, signs with the registry key and pushes.
    pub fn publish(&self, source: &Path, name: &str) {
        let name = self.package(name);
        run(self.art().args(["build", "-t", &name]).arg(source));
        run(self.art().args(["sign", &name]));
        run(self.art().args(["push", &name]));
    }

    /// `art` as its publisher uses it.
    pub fn art(&self) -> Command {
        let mut art = clean(&programs().publisher);
        art.env("ARTISAN_HOME", self.path("artisan"))
            .env("ART_CA_FILE", self.control.ca())
            .env("ART_REG_USER", "publisher")
            .env("ART_REG_PWD", self.control.password("publisher"));
        art
    }

    /// A host that was enrolled with a code, with its agent not started yet.
    pub fn enrolled_host(&self) -> Host {
        let host = self.host();
        self.enrol(&host);
        host
    }

    /// Enrols a host with a code.
    pub fn enrol(&self, host: &Host) {
        host.write("code", &self.control.invite());
        host.configure("");
        run(host
            .pilot()
            .args(["enrol", self.control.url(), "--code-file"])
            .arg(host.path("code")));
    }

    /// A host without a code: configuration, CA and control's public key beside
    /// the program. Its agent waits to be admitted.
    pub fn seeded_host(&self) -> Host {
        self.host_with_key_at(".pilot_verify.pgp")
    }

    /// As [`Lab::seeded_host`], with control's public key at a place of the
    /// host's folder.
    pub fn host_with_key_at(&self, place: &str) -> Host {
        let mut host = self.host();
        fs::copy(self.control.path("job_pub.pgp"), host.path(place)).unwrap();
        let keys = host.path("state/artisan/keys/verify");
        fs::create_dir_all(&keys).unwrap();
        fs::copy(
            self.control.path("registry_pub.pgp"),
            keys.join("registry.pgp"),
        )
        .unwrap();
        let (url, ca) = (self.control.url(), self.control.ca());
        host.configure(&format!(
            "PILOT_CTL_URI={url}\nPILOT_CA_FILE={}",
            ca.display()
        ));
        host.start();
        host.agent().wait_for("waiting to be admitted");
        host
    }

    /// Admits a host by its key's fingerprint.
    pub fn admit(&self, host: &Host) {
        run(self.control.pilotctl().args([
            "host",
            "admit",
            &host.id(),
            "--fingerprint",
            &host.fingerprint(),
        ]));
        host.agent().signal("HUP");
        host.agent().wait_for("admitted as host");
        host.agent().wait_for("connected to");
    }

    /// A host with nothing on it but the programs.
    pub fn host(&self) -> Host {
        let number = self.hosts.fetch_add(1, Ordering::SeqCst) + 1;
        Host::new(self.path(&format!("host{number}")), number)
    }

    /// A running host with a code.
    pub fn running_host(&self) -> Host {
        let mut host = self.enrolled_host();
        host.start();
        host.agent().wait_for("connected to");
        host
    }

    /// The credentials of a user for the registry, for a command that does not leave that to
    /// control.
    pub fn credentials(&self) -> serde_json::Value {
        serde_json::json!({ "user": "reader", "pwd": self.control.password("reader") })
    }

    /// A command for the test package, under its function's name.
    pub fn command(&self, function: &str, inputs: &[(&str, &str)], more: serde_json::Value) {
        let vars: Vec<_> = inputs.iter().map(|(name, value)| serde_json::json!({
            "name": name, "description": "", "required": true, "type": "string", "value": value,
        })).collect();
        let mut command = serde_json::json!({
            "key": function, "description": "", "package": self.package("tests/package:latest"),
            "function": function, "input": { "var": vars },
            "verbose": false, "containerised": false,
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            command[key] = value.clone();
        }
        self.control.rest().put("/cmd", &command);
    }

    /// Posts a job for some hosts and returns the ids of the jobs, in the
    /// order of the hosts.
    pub fn job(&self, key: &str, hosts: &[&Host]) -> Vec<i64> {
        let uuids: Vec<String> = hosts.iter().map(|host| host.id()).collect();
        self.job_for(key, &uuids)
    }

    /// As [`Lab::job`], for hosts by their ids.
    pub fn job_for(&self, key: &str, uuids: &[String]) -> Vec<i64> {
        let request =
            serde_json::json!({ "name": key, "host_uuid": uuids, "fx_key": key, "fx_version": 1 });
        let batch = self.control.rest().post("/job", &request);
        let jobs = self
            .control
            .rest()
            .get(&format!("/job?bid={}", batch.trim()));
        let id_for = |uuid: &String| {
            let mut jobs = jobs.as_array().unwrap().iter();
            jobs.find(|job| job["host_uuid"] == *uuid).unwrap()["id"]
                .as_i64()
                .unwrap()
        };
        uuids.iter().map(id_for).collect()
    }

    /// Runs a job on a host and returns what REST says of it at the end.
    pub fn run_job(&self, key: &str, host: &Host) -> serde_json::Value {
        let [id] = self.job(key, &[host])[..] else {
            panic!("one job")
        };
        self.end_of(host, id)
    }

    /// Waits until the host has reported a job, and returns what REST says.
    pub fn end_of(&self, host: &Host, id: i64) -> serde_json::Value {
        host.agent().wait_for(&format!("job {id} is reported"));
        self.control.rest().get(&format!("/job/{id}"))
    }
}

/// The source of the test package.
pub fn package_source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("package")
}

/// A command that inherits nothing of the developer's settings, but where programs
/// and temporary files are.
pub fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LANG", "C.UTF-8");
    for kept in ["PATH", "TMPDIR"] {
        command.envs(std::env::var_os(kept).map(|value| (kept, value)));
    }
    command
}

/// Runs a command that has to succeed. A failure shows program and arguments, but no
/// variables: some are passwords.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}: {}",
        shown(command),
        output_text(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Program and arguments, as they are typed.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// What a command printed on both streams.
pub fn output_text(output: &Output) -> String {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    format!("{stdout}{stderr}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "sh -c echo why >&2; exit 1: why\n")]
    fn a_command_that_fails_is_shown_without_its_variables() {
        run(clean(Path::new("sh"))
            .env("PILOTCTL_PASSWORD", "secret")
            .args(["-c", "echo why >&2; exit 1"]));
    }
}
