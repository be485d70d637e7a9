//! A service that starts before anything is configured, and a host that enrols without an
//! operator.

use crate::complaints::bare_host;
use lab::host::Host;
use lab::{Lab, run};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// A host with its state and machine id configured, and nothing else.
fn new_host(lab: &Lab) -> Host {
    let host = lab.host();
    host.configure("");
    host
}

/// Puts the file for the first boot beside the configuration, as provisioning
/// would.
fn invite(host: &Host, lab: &Lab, code: &str) {
    host.write("enrol.new", &format!("{}\n{code}\n", lab.control.url()));
    fs::set_permissions(host.path("enrol.new"), Permissions::from_mode(0o600)).unwrap();
    fs::rename(host.path("enrol.new"), host.path("enrol")).unwrap();
}

fn status(host: &Host) -> serde_json::Value {
    serde_json::from_str(&run(host.pilot().args(["status", "--json"]))).unwrap()
}

#[test]
fn a_service_without_configuration_waits_and_is_enrolled_beside_it() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    host.start();
    host.agent().wait_for("waiting: no Pilot Control to ping");
    // Answered once what was said is on disk as well.
    host.agent().signal("USR1");
    host.agent().wait_for("state: waiting");
    let status_report = status(&host);
    assert_eq!(
        [
            &status_report["waiting"],
            &status_report["running"],
            &status_report["fingerprint"]
        ],
        [&true.into(), &false.into(), &serde_json::Value::Null],
        "it has no key that an image could carry"
    );
    let link = status_report["link"]["text"].as_str().unwrap();
    assert!(link.contains("pilot enrol https://host:port"), "{link}");

    host.write("code", &lab.control.invite());
    run(host
        .pilot()
        .args(["enrol", lab.control.url(), "--code-file", "code"]));
    host.agent().wait_for("connected to");
    assert_eq!(status(&host)["running"], true);
    let log = host.agent().log();
    assert_eq!(
        log.matches("waiting: ").count(),
        1,
        "it is logged once: {log}"
    );
}

#[test]
fn what_is_missing_is_asked_for_one_after_the_other() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    let machine_id = fs::read(host.path("machine-id")).unwrap();
    fs::remove_file(host.path("machine-id")).unwrap();
    host.start();
    host.agent().wait_for("waiting: no Pilot Control to ping");
    let (url, ca) = (lab.control.url(), lab.control.ca());
    host.configure(&format!(
        "PILOT_CTL_URI={url}\nPILOT_CA_FILE={}",
        ca.display()
    ));
    host.agent().signal("HUP");
    host.agent().wait_for("waiting: no key to verify jobs with");
    let key = lab.control.path("job_pub.pgp");
    fs::copy(key, host.path(".pilot_verify.pgp")).unwrap();
    let asked = host.agent().wait_for("waiting: no machine id");
    assert!(asked.contains("systemd-machine-id-setup"), "{asked}");
    fs::write(host.path("machine-id"), machine_id).unwrap();
    host.agent().wait_for("waiting to be admitted");
}

#[test]
fn a_mistake_in_the_configuration_does_not_end_a_service_that_waits() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    host.start();
    host.agent().wait_for("waiting: no Pilot Control to ping");
    host.configure("PILOT_CTL_UIR=https://a");
    let text = host.agent().wait_for("unknown key PILOT_CTL_UIR");
    assert!(text.contains("WARN"), "{text}");
    host.configure("");
    host.agent().wait_for("waiting: no Pilot Control to ping");
    host.agent().signal("TERM");
    let (code, log) = host.take_agent().end();
    assert_eq!(code.code(), Some(0), "{log}");
}

#[test]
fn a_host_enrols_at_first_boot_without_an_operator() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    let code = lab.control.invite();
    invite(&host, &lab, &code);
    host.start();
    let text = host.agent().wait_for("is removed");
    assert!(text.contains("enrolled at https://127.0.0.1"), "{text}");
    assert!(!host.path("enrol").exists());
    host.agent().wait_for("connected to");
    let secret = code.split('.').nth(1).unwrap();
    assert!(!host.agent().log().contains(secret));
    let id = lab.control.rest().get("/host")[0]["host_uuid"].clone();
    assert_eq!(id, host.id());
}

#[test]
fn the_copies_of_an_image_share_a_code_and_nothing_else() {
    let lab = Lab::without_package();
    let mut invite_two = lab.control.pilotctl();
    let code = run(invite_two.args(["host", "invite", "--uses", "2"]));
    let mut hosts = [new_host(&lab), new_host(&lab)];
    for host in &mut hosts {
        invite(host, &lab, code.trim());
        host.start();
    }
    for host in &hosts {
        host.agent().wait_for("connected to");
    }
    let [one, other] = hosts;
    assert_ne!(one.id(), other.id());
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn a_host_that_boots_before_its_network_enrols_when_it_is_there() {
    let mut lab = Lab::without_package();
    let mut host = new_host(&lab);
    let code = lab.control.invite();
    lab.control.kill();
    invite(&host, &lab, &code);
    host.start();
    host.agent().wait_for("this host cannot enrol: ");
    host.agent().wait_for("trying again in");
    let link = status(&host)["link"].clone();
    assert_eq!(link["ok"], false, "{link}");
    lab.control.start_again();
    host.agent().signal("HUP");
    host.agent().wait_for("connected to");
}

#[test]
fn a_code_that_is_refused_stays_and_another_one_is_taken_at_once() {
    let lab = Lab::without_package();
    let code = lab.control.invite();
    let mut first = new_host(&lab);
    invite(&first, &lab, &code);
    first.start();
    first.agent().wait_for("connected to");

    let mut late = new_host(&lab);
    invite(&late, &lab, &code);
    late.start();
    let text = late.agent().wait_for("this host cannot enrol: ");
    assert!(text.contains("used up"), "{text}");
    assert!(late.path("enrol").exists());
    invite(&late, &lab, &lab.control.invite());
    late.agent().wait_for("connected to");
    assert!(!late.path("enrol").exists());
}

#[test]
fn an_invitation_that_others_could_have_written_is_not_followed() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    invite(&host, &lab, &lab.control.invite());
    fs::set_permissions(host.path("enrol"), Permissions::from_mode(0o666)).unwrap();
    host.start();
    host.agent().wait_for("other users can write to it");
    fs::set_permissions(host.path("enrol"), Permissions::from_mode(0o644)).unwrap();
    host.agent().wait_for("other users of this host can read");
    host.agent().wait_for("connected to");
}

/// The operator reads the reason in the log, and corrects the file.
#[test]
fn a_malformed_invitation_is_named_and_a_correct_one_taken_at_once() {
    let lab = Lab::without_package();
    let mut host = new_host(&lab);
    host.write("enrol", "hello\n");
    host.start();
    let text = host.agent().wait_for("control's address on the first line");
    assert!(text.contains("waiting: "), "{text}");
    invite(&host, &lab, "hello");
    host.agent().wait_for("not an enrolment code");
    invite(&host, &lab, &lab.control.invite());
    host.agent().wait_for("connected to");
    assert!(!host.path("enrol").exists());
}

#[test]
fn what_an_interrupted_first_boot_left_is_cleared_away() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    invite(&host, &lab, "pilot1.AAAAAAAAAAAAAAAAAAAAAA..");
    host.start();
    host.agent().wait_for("is removed");
    host.agent().wait_for("connected to");
    assert!(!host.path("enrol").exists());
}

#[test]
fn a_host_that_is_enrolled_elsewhere_follows_no_invitation() {
    let (lab, other) = (Lab::without_package(), Lab::without_package());
    let mut host = lab.enrolled_host();
    invite(&host, &other, &other.control.invite());
    host.start();
    host.agent().wait_for("is enrolled already");
    host.agent()
        .wait_for(&format!("connected to {}", lab.control.url()));
    assert!(host.path("enrol").exists());
}

#[test]
fn a_second_agent_is_refused_while_the_first_one_waits() {
    let (_folder, mut host) = bare_host();
    host.configure("");
    host.start();
    host.agent().wait_for("waiting: ");
    let second = host.pilot().output().unwrap();
    assert_eq!(second.status.code(), Some(78));
    assert!(lab::output_text(&second).contains("another pilot is running"));
}
