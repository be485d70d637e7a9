//! The packages of `examples/`, on a host.

use lab::Lab;
use lab::host::Host;
use lab::wait::wait_for;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A lab with an example in its registry, and a host.
fn lab_with(example: &str) -> (Lab, Host) {
    let lab = Lab::without_package();
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(example);
    lab.publish(&source, &format!("examples/{example}:latest"));
    let host = lab.running_host();
    (lab, host)
}

/// Runs a function of an example and returns the job.
fn run(lab: &Lab, host: &Host, example: &str, function: &str, inputs: &[(&str, &str)]) -> Value {
    let package = lab.package(&format!("examples/{example}:latest"));
    lab.command(function, inputs, json!({ "package": package }));
    lab.run_job(function, host)
}

fn log(job: &Value) -> &str {
    job["log"].as_str().unwrap()
}

#[test]
fn hello_greets() {
    let (lab, host) = lab_with("hello");
    let job = run(
        &lab,
        &host,
        "hello",
        "hello",
        &[("GREETING", "good morning")],
    );
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(log(&job).contains("good morning from "), "{job}");
    assert!(log(&job).contains("this is hello of "), "{job}");

    let job = run(&lab, &host, "hello", "slow", &[("DURATION", "1")]);
    assert_eq!(log(&job), "second 1 of 1\ndone\n", "{job}");
}

#[test]
fn disk_usage_fails_only_when_a_file_system_is_too_full() {
    let (lab, host) = lab_with("ops");
    // No file system is used to 101 percent, and every one to nothing or more.
    let job = run(&lab, &host, "ops", "disk-usage", &[("FULL", "101")]);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(log(&job).starts_with("Filesystem"), "{job}");

    let job = run(&lab, &host, "ops", "disk-usage", &[("FULL", "0")]);
    assert_eq!(job["status"], "failed", "{job}");
    assert_eq!(job["result"]["ExitCode"], 1, "{job}");
    assert!(log(&job).contains("used to 0% or more: /"), "{job}");
}

#[test]
fn replace_file_replaces_in_one_step_and_keeps_the_mode() {
    const NEW: &str = "line 1\n\"$(touch oops)\" `touch oops` $HOME ; 'ü' \\n\n";
    let (lab, host) = lab_with("ops");
    let folder = host.path("etc");
    fs::create_dir(&folder).unwrap();
    let target = folder.join("a file.conf");
    fs::write(&target, "old\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let mut reader = File::open(&target).unwrap();

    let inputs = [("TARGET", target.to_str().unwrap()), ("CONTENT", NEW)];
    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(fs::read_to_string(&target).unwrap(), NEW);
    let replaced = fs::metadata(&target).unwrap();
    assert_eq!(replaced.permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else");

    // A process that had the file open still reads the whole old one.
    let mut seen = String::new();
    reader.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "old\n");

    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert!(log(&job).contains("has this content already"), "{job}");
    assert_eq!(fs::metadata(&target).unwrap().ino(), replaced.ino());
}

#[test]
fn replace_file_makes_no_new_file() {
    let (lab, host) = lab_with("ops");
    let nowhere = host.path("nowhere");
    let inputs = [("TARGET", nowhere.to_str().unwrap()), ("CONTENT", "new")];
    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert_eq!(job["result"]["ExitCode"], 1, "{job}");
    assert!(log(&job).contains("there is no file"), "{job}");
    assert!(!nowhere.exists());
}

/// Waits until a job has made a file, and takes it away.
fn take(file: &Path) {
    wait_for(&file.display().to_string(), || file.exists());
    fs::remove_file(file).unwrap();
}

/// Has a host move, and plays its service manager: stops and starts the agent when
/// the job asks for it. Returns the job's id.
fn move_to(lab: &Lab, host: &mut Host, url: &str, code: &str) -> i64 {
    let (pid, start) = (host.agent().pid(), host.path("start"));
    let var = |name: &str, value: String| json!({ "name": name, "type": "string", "value": value });
    let input = json!({
        "var": [
            var("URL", url.to_owned()),
            var("PROGRAM", host.path("pilot").display().to_string()),
            var("CONFIG", host.path(".pilot").display().to_string()),
            var("STOP", format!("kill {pid}; while kill -0 {pid}; do sleep 0.1; done 2> /dev/null")),
            var("START", format!("touch '{}'", start.display())),
        ],
        "secret": [{ "name": "CODE", "value": code, "required": true }],
    });
    let package = lab.package("examples/move:latest");
    lab.command("move", &[], json!({ "package": package, "input": input }));
    let id = lab.job("move", &[host])[0];
    assert!(host.take_agent().end().0.success());
    take(&start);
    host.start();
    id
}

#[test]
fn a_host_moves_to_another_control_or_stays_where_it_is() {
    let (old, mut host) = lab_with("move");
    host.kill();
    let (url, ca) = (old.control.url(), old.control.ca());
    host.configure(&format!(
        "PILOT_CTL_URI={url}\nPILOT_CA_FILE={}",
        ca.display()
    ));
    let configured = fs::read_to_string(host.path(".pilot")).unwrap();
    host.start();
    host.agent().wait_for("connected to");
    let new = Lab::new();

    // There is no control there.
    let id = move_to(
        &old,
        &mut host,
        "https://127.0.0.1:1",
        &new.control.invite(),
    );
    let job = old.end_of(&host, id);
    assert_eq!(job["status"], "failed", "{job}");
    assert!(log(&job).contains("this host stays where it was"), "{job}");
    let restored = fs::read_to_string(host.path(".pilot")).unwrap();
    assert_eq!(restored, configured);

    let code = new.control.invite();
    let id = move_to(&old, &mut host, new.control.url(), &code);
    host.agent()
        .wait_for(&format!("connected to {}", new.control.url()));
    new.command("greet", &[("GREETING", "Hello")], json!({}));
    assert_eq!(new.run_job("greet", &host)["status"], "succeeded");
    // The operator tells the old control.
    host_rm(&old, &host);
    let ended = old.control.rest().get(&format!("/job/{id}"));
    assert_eq!(
        ended["completed"].as_str().map(str::is_empty),
        Some(false),
        "{ended}"
    );
}

/// A CA is replaced by way of both: with the new one alone, the host would be lost.
#[test]
fn a_host_gets_another_ca_unless_it_would_be_lost() {
    let (lab, host) = lab_with("move");
    let other = Lab::without_package();
    let read = |ca: PathBuf| fs::read_to_string(ca).unwrap();
    let (old, new) = (read(lab.control.ca()), read(other.control.ca()));
    let both = format!("{old}{new}");
    let [file, config, program] =
        ["ca.pem", ".pilot", "pilot"].map(|name| host.path(name).display().to_string());
    let reload = format!("kill -HUP {}", host.agent().pid());
    let before = fs::read_to_string(&config).unwrap();
    let tell = |ca: &str| {
        let inputs = [
            ("CA", ca),
            ("CA_FILE", &*file),
            ("CONFIG", &*config),
            ("PROGRAM", &*program),
            ("RELOAD", &*reload),
        ];
        run(&lab, &host, "move", "ca", &inputs)
    };
    let job = tell(&new);
    assert_eq!(job["status"], "failed", "{job}");
    assert!(log(&job).contains("nothing was changed"), "{job}");
    assert!(log(&job).contains("no CA that this host trusts"), "{job}");
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
    assert!(!host.path("ca.pem").exists() && !host.path("ca.pem.new").exists());

    // The second time over what the first has left.
    for _ in 0..2 {
        let job = tell(&both);
        assert_eq!(job["status"], "succeeded", "{job}");
        let line = format!("PILOT_CA_FILE={file}\n");
        let configured = fs::read_to_string(&config).unwrap();
        assert_eq!(configured.matches(&line).count(), 1, "{configured}");
        assert_eq!(read(host.path("ca.pem")).trim(), both.trim());
    }
}

fn host_rm(lab: &Lab, host: &Host) {
    lab::run(
        lab.control
            .pilotctl()
            .args(["host", "rm", "--yes", &host.id()]),
    );
}

#[test]
fn a_host_gets_another_address_of_its_control() {
    let (lab, host) = lab_with("move");
    let addresses = format!("https://127.0.0.1:1,{}", lab.control.url());
    let config = host.path(".pilot").display().to_string();
    let reload = format!("kill -HUP {}", host.agent().pid());
    let inputs = |addresses| {
        [
            ("ADDRESSES", addresses),
            ("CONFIG", &*config),
            ("RELOAD", &*reload),
        ]
    };
    let job = run(&lab, &host, "move", "address", &inputs("ftp://127.0.0.1"));
    assert_eq!(job["result"]["ExitCode"], 2, "{job}");

    let job = run(&lab, &host, "move", "address", &inputs(&addresses));
    assert_eq!(job["status"], "succeeded", "{job}");
    let configured = fs::read_to_string(&config).unwrap();
    assert!(
        configured.ends_with(&format!("\nPILOT_CTL_URI={addresses}\n")),
        "{configured}"
    );
    let job = run(&lab, &host, "move", "address", &inputs(&addresses));
    assert_eq!(
        job["status"], "succeeded",
        "by way of the second address: {job}"
    );
}
