//! How a host comes to know a control service, and to know another one.

use crate::complaints::bare_host;
use lab::control::Keys;
use lab::host::Host;
use lab::relay::Relay;
use lab::{Lab, output_text, run};
use needs::{Need, lacks};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use wire::HostId;

/// `pilot enrol` at this control.
fn enrol(host: &Host, lab: &Lab, code: &str) -> Output {
    host.write("code", code);
    host.pilot()
        .args(["enrol", lab.control.url(), "--code-file", "code"])
        .output()
        .unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, status: i32, why: &str) {
    let text = output_text(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.contains(why), "{text}");
}

/// A host with configuration and nothing else.
fn new_host(lab: &Lab) -> Host {
    let host = lab.host();
    host.configure("");
    host
}

/// The files below a folder, and what is in them.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(content(&entry.path()));
        } else {
            files.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    files
}

#[test]
fn a_code_enrols_one_host_and_only_one() {
    let lab = Lab::without_package();
    let code = lab.control.invite();
    let [first, second] = [new_host(&lab), new_host(&lab)];
    assert!(enrol(&first, &lab, &code).status.success());
    let again = enrol(&first, &lab, &code);
    assert!(again.status.success(), "repeating it is harmless");
    assert!(output_text(&again).contains("is enrolled already"));
    assert_refused(&enrol(&second, &lab, &code), 77, "used up");
}

#[test]
fn abuse_another_service_answers_the_first_contact() {
    let lab = Lab::without_package();
    let other = Lab::without_package();
    let host = new_host(&lab);
    assert_refused(
        &enrol(&host, &other, &lab.control.invite()),
        78,
        "does not present the CA that the enrolment code names",
    );
    assert!(
        !other.control.service().log().contains("enrol"),
        "nothing was sent"
    );
}

#[test]
fn a_clone_of_a_host_takes_an_id_of_its_own() {
    let lab = Lab::without_package();
    let first = lab.enrolled_host();
    let copy = new_host(&lab);
    fs::copy(first.path("machine-id"), copy.path("machine-id")).unwrap();
    assert!(enrol(&copy, &lab, &lab.control.invite()).status.success());
    let [one, other]: [HostId; 2] = [&first, &copy].map(|host| host.id().parse().unwrap());
    assert_ne!(one, other);
}

#[test]
fn a_host_that_moves_to_another_control_trusts_that_one_alone() {
    let old = Lab::without_package();
    let new = Lab::new();
    let mut host = old.enrolled_host();
    let known_to_the_old_one = host.fingerprint();
    host.environment
        .push(("PILOT_CTL_URI".into(), old.control.url().into()));
    let moved = enrol(&host, &new, &new.control.invite());
    let text = output_text(&moved);
    assert!(moved.status.success(), "{text}");
    let both = format!(
        "already, at {}; enrolling it at {}",
        old.control.url(),
        new.control.url()
    );
    assert!(text.contains(&both), "{text}");

    let configured = format!("PILOT_CTL_URI does not name {}", new.control.url());
    assert!(text.contains(&configured), "{text}");
    assert_ne!(host.fingerprint(), known_to_the_old_one);

    let root = fs::read(host.state().join("trust/root.pgp")).unwrap();
    assert_eq!(root, fs::read(new.control.path("root_pub.pgp")).unwrap());
    host.environment.clear();
    host.start();
    host.agent()
        .wait_for(&format!("connected to {}", new.control.url()));
    new.command("greet", &[("GREETING", "Hello")], json!({}));
    assert_eq!(new.run_job("greet", &host)["status"], "succeeded");
}

#[test]
fn a_host_that_enrols_at_another_address_of_its_control_stays_the_same() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let known = [host.id(), host.fingerprint()];
    let other_address = Relay::to(lab.control.authority());
    host.write("code", &lab.control.invite());
    let mut again = host.pilot();
    again.args(["enrol", &other_address.url(), "--code-file", "code"]);
    let text = output_text(&again.output().unwrap());
    assert!(
        text.contains(&format!("enrolling it at {}", other_address.url())),
        "{text}"
    );
    assert_eq!([host.id(), host.fingerprint()], known);
}

#[test]
fn a_control_without_a_root_key_leaves_no_list_in_force() {
    let old = Lab::without_package();
    let new = Lab::with_keys(Keys::Deployed);
    let host = old.enrolled_host();
    assert!(enrol(&host, &new, &new.control.invite()).status.success());
    let left = content(&host.state().join("trust"));
    let names: Vec<_> = left.keys().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["ca.pem"], "the key beside the program counts alone");
    let status = run(host.pilot().arg("status"));
    assert!(status.contains(".pilot_verify.pgp"), "{status}");
}

#[test]
fn an_enrolment_that_fails_leaves_a_working_host_working() {
    let lab = Lab::without_package();
    let other = Lab::without_package();
    let mut host = lab.enrolled_host();
    let before = content(&host.state());

    let wrong_ca = enrol(&host, &lab, &other.control.invite());
    assert_refused(&wrong_ca, 78, "does not present the CA");
    // At the other control a host with the same machine id was faster, and has
    // used the code up: neither this host's id nor the next one gets in.
    let code = other.control.invite();
    let rival = new_host(&other);
    fs::copy(host.path("machine-id"), rival.path("machine-id")).unwrap();
    assert!(enrol(&rival, &other, &code).status.success());
    let refused = enrol(&host, &other, &code);
    assert_refused(&refused, 77, "used up");
    assert!(output_text(&refused).contains("another key holds this host's id"));

    let mut after = content(&host.state());
    after.remove(&host.state().join("identity.draft"));
    assert_eq!(after, before);
    host.start();
    host.agent()
        .wait_for(&format!("connected to {}", lab.control.url()));
}

#[test]
fn an_answer_that_was_lost_costs_neither_the_code_nor_the_id() {
    let lab = Lab::without_package();
    let code = lab.control.invite();
    let host = new_host(&lab);
    assert!(enrol(&host, &lab, &code).status.success());
    // As if the host had gone down before it could keep control's answer.
    let [identity, draft] = ["identity", "identity.draft"].map(|name| host.state().join(name));
    let fingerprint = host.fingerprint();
    fs::rename(&identity, &draft).unwrap();
    let again = enrol(&host, &lab, &code);
    assert!(again.status.success(), "{}", output_text(&again));
    assert_eq!(host.fingerprint(), fingerprint);
    assert!(!draft.exists());
}

#[test]
fn a_prompt_that_is_interrupted_leaves_the_terminal_as_it_was() {
    if lacks(&[Need::Program("script")]) {
        return;
    }
    let (_folder, host) = bare_host();
    host.configure("");
    let asking = format!(
        "trap : INT; {} enrol https://127.0.0.1:1; echo code=$?; stty -a",
        host.path("pilot").display()
    );
    // script(1) runs it on a terminal of its own.
    let mut script = Command::new("script")
        .args(["-qec", &asking, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keyboard, mut screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
    let mut shown = String::new();
    while !shown.contains("code: ") {
        let mut byte = [0];
        screen.read_exact(&mut byte).unwrap();
        shown.push(char::from(byte[0]));
    }
    keyboard.write_all(b"\x03").unwrap();
    screen.read_to_string(&mut shown).unwrap();
    script.wait().unwrap();
    assert!(shown.contains("code=130"), "{shown}");
    assert!(
        shown.contains(" echo ") && !shown.contains("-echo "),
        "{shown}"
    );
}
