//! Packages that the runner refuses.

use lab::control::Keys;
use lab::host::Host;
use lab::{Lab, package_source, run};
use serde_json::json;
use std::fs;

/// Changes one byte in the middle of every archive of the registry.
fn tamper_with_archives(lab: &Lab) {
    let folders = fs::read_dir(lab.path("data/packages")).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let archives = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "zip"));
    assert!(
        archives
            .map(|path| {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs::write(path, bytes).unwrap();
            })
            .count()
            > 0
    );
}

#[test]
fn abuse_a_package_is_changed_in_the_registry() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    tamper_with_archives(&lab);
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("pull")),
        "{job}"
    );
    let why = job["result"]["Err"].as_str().unwrap();
    assert!(why.contains("damaged on control's disk"), "{job}");
    assert!(!job["log"].as_str().unwrap().contains("Hi from"));
    let log = lab.control.service().log();
    assert!(
        log.contains("an archive does not match its package"),
        "{log}"
    );
    run(lab
        .art()
        .args(["push", &lab.package("tests/package:latest")]));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

/// A lab whose registry takes any package, and a host that does not.
fn lab_with_package(sign: impl Fn(&Lab, &str)) -> (Lab, Host) {
    let lab = Lab::with_keys(Keys::Deployed);
    let host = lab.seeded_host();
    lab.admit(&host);
    let name = lab.package("tests/package:latest");
    run(lab.art().args(["build", "-t", &name]).arg(package_source()));
    sign(&lab, &name);
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    (lab, host)
}

#[test]
fn abuse_an_unsigned_package() {
    let (lab, host) = lab_with_package(|lab, name| {
        run(lab.art().args(["push", "--unsigned", name]));
    });
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("verify")),
        "{job}"
    );
    assert!(
        job["result"]["Err"]
            .as_str()
            .unwrap()
            .contains("not signed"),
        "{job}"
    );
}

#[test]
fn abuse_the_job_key_signs_a_package() {
    let (lab, host) = lab_with_package(|lab, name| {
        run(lab
            .art()
            .args(["sign", "-k"])
            .arg(lab.control.path("job_key.pgp"))
            .arg(name));
        run(lab.art().args(["push", name]));
    });
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("verify")),
        "{job}"
    );
    assert!(!job["log"].as_str().unwrap().contains("Hi from"));
}
