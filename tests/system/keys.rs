//! Keys reach hosts without a visit: added, retired and revoked by the root key
//! alone.

use lab::control::Keys;
use lab::host::Host;
use lab::{Lab, output_text, run};
use serde_json::json;
use std::fs;
use wire::key_list::{KeyList, SignedKeyList};

fn greets(lab: &Lab, host: &Host) -> serde_json::Value {
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    lab.run_job("greet", host)
}

/// The list that a host goes by.
fn list_of(host: &Host) -> KeyList {
    let signed = fs::read(host.state().join("trust/keys.json")).unwrap();
    let signed: SignedKeyList = serde_json::from_slice(&signed).unwrap();
    signed.open(|_, _| Ok::<_, String>(())).unwrap()
}

/// Waits until the host goes by the list, and control knows it.
fn wait_for_list(lab: &Lab, host: &Host, number: u64) {
    let log = format!("trusting the keys of list {number}");
    host.agent().wait_for(&log);
    let log = format!("the host trusts key list {number}");
    lab.control.service().wait_for(&log);
}

#[test]
fn a_new_job_key_is_introduced_and_the_old_one_is_retired_without_a_visit() {
    let mut lab = Lab::new();
    let host = lab.running_host();
    lab.control.make_key("next");
    lab.control.import_list(2, &["job", "next"], &["registry"]);
    wait_for_list(&lab, &host, 2);

    lab.control.kill();
    lab.control.sign_with("next");
    lab.control.start_again();
    host.agent().wait_for("connected to");
    lab.control.import_list(3, &["next"], &["registry"]);
    wait_for_list(&lab, &host, 3);
    assert_eq!(greets(&lab, &host)["status"], "succeeded");
    let next = lab.control.fingerprint("next");
    let status = run(host.pilot().args(["status", "--json"]));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["job_keys"], json!([next]));
}

#[test]
fn a_registry_key_that_was_taken_off_the_list_signs_nothing_any_more() {
    let lab = Lab::new();
    let host = lab.running_host();
    assert_eq!(greets(&lab, &host)["status"], "succeeded");
    lab.control.make_key("other");
    lab.control.import_list(2, &["job"], &["other"]);
    host.agent().wait_for("trusting the keys of list 2");
    let job = greets(&lab, &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("verify")),
        "{job}"
    );
}

/// From a backup comes a service that knows nothing of the newest list: hosts do not go back
/// with it, and reports that.
#[test]
fn abuse_an_old_backup_of_control_is_restored() {
    let mut lab = Lab::new();
    let mut host = lab.running_host();
    lab.control.back_up("backup");
    lab.control.make_key("next");
    lab.control.import_list(2, &["next", "job"], &["registry"]);
    wait_for_list(&lab, &host, 2);
    lab.control.kill();
    lab.control.restore("backup");
    lab.control.start_again();
    host.kill();
    host.start();
    lab.control
        .service()
        .wait_for("newer key list than this service");
    assert_eq!(greets(&lab, &host)["status"], "succeeded");
    assert_eq!(list_of(&host).number, 2, "a host never goes back");
}

/// An attacker with the job key can sign jobs, but not a list: with a service of their own in
/// control's place they introduce nothing.
#[test]
fn abuse_a_stolen_job_key_introduces_no_key_by_a_service_of_its_own() {
    let mut lab = Lab::new();
    let host = lab.running_host();
    lab.control.make_key("successor");
    lab.control
        .sign_list_by("job", 2, &["job", "successor"], &["registry"]);
    let mut import = lab.control.pilotctl();
    import.args(["key", "list-import"]);
    let refused = import
        .arg(lab.control.path("list.signed.json"))
        .output()
        .unwrap();
    assert!(!refused.status.success(), "{}", output_text(&refused));
    lab.control.kill();
    lab.control.sign_with("successor");
    lab.control.claim_root("job");
    lab.control.start_again();
    host.agent().wait_for("connected to");
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    lab.job("greet", &[&host]);
    host.agent()
        .wait_for("which is not one of the trusted keys");
    assert_eq!(list_of(&host).number, 1);
}

#[test]
fn a_host_with_a_deployed_key_goes_by_that_file_alone() {
    let lab = Lab::with_keys(Keys::Deployed);
    let host = lab.seeded_host();
    lab.admit(&host);
    let status = run(host.pilot().args(["status", "--json"]));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["job_keys"], json!([lab.control.fingerprint("job")]));
    assert!(!host.state().join("trust/keys.json").exists());
}

#[test]
fn hosts_do_not_notice_that_the_certificate_was_renewed() {
    let mut lab = Lab::new();
    let host = lab.running_host();
    run(lab
        .control
        .pilotctl()
        .args(["tls", "issue", "--host", "127.0.0.1", "--dir"])
        .arg(lab.control.path("renewed"))
        .arg("--ca")
        .arg(lab.control.ca())
        .arg("--ca-key")
        .arg(lab.control.path("tls/ca.key")));
    lab.control.kill();
    for name in ["server.pem", "server.key"] {
        let renewed = lab.control.path(&format!("renewed/{name}"));
        let place = lab.control.path(&format!("tls/{name}"));
        assert_ne!(fs::read(&renewed).unwrap(), fs::read(&place).unwrap());
        fs::rename(renewed, place).unwrap();
    }
    lab.control.start_again();
    assert_eq!(greets(&lab, &host)["status"], "succeeded");
    assert!(!host.agent().log().contains("peer certificate"));
}
