//! Control's disk is full: users and hosts get an error, no data is lost, and it recovers.

use crate::complaints::assert_complains;
use lab::full_disk::FullDisk;
use lab::programs::programs;
use lab::{Lab, package_source, preload, run};
use serde_json::json;

#[test]
fn a_full_disk_of_control_is_named_to_hosts_operators_and_publishers() {
    if !preload::meets(&programs().pilotctl) {
        eprintln!("SKIPPED: pilotctl is linked statically: its disk cannot be full for it alone");
        return;
    }
    let mut lab = Lab::new();
    let disk = FullDisk::new(&lab.path(""));
    lab.control.kill();
    lab.control.environment = disk.environment();
    lab.control.start_again();
    let host = lab.running_host();
    let name = lab.package("tests/package:full");
    run(lab.art().args(["build", "-t", &name]).arg(package_source()));
    run(lab.art().args(["sign", &name]));
    lab.command("greet", &[("GREETING", "hello")], json!({}));

    disk.fill();
    let log_line = host.agent().wait_for("status 503");
    assert!(log_line.contains("control's disk is full"), "{log_line}");
    lab.control.service().wait_for("control's disk is full");
    let mut post = lab.control.pilotctl();
    post.args(["host", "invite"]);
    assert_complains(&mut post, 1, &["control's disk is full"]);
    let full = ["503", "control's disk is full"];
    // It is asked once: it would be waited for as long as it asks for.
    let mut push = lab.art();
    push.args(["push", &name]).env("ART_PULL_ATTEMPTS", "1");
    assert_complains(&mut push, 124, &full);
    // One cause does not hide the other.
    let control = lab.control.service();
    control.wait_for("cause=writing an archive: ");
    assert!(
        control.log().contains("cause=database: "),
        "{}",
        control.log()
    );

    disk.make_room();
    host.agent().signal("HUP");
    host.agent().wait_for("connected to");
    run(lab.art().args(["push", &name]));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    let log = host.agent().log();
    assert!(!log.contains("proxy"), "{log}");
    assert_eq!(log.matches("status 503").count(), 1, "logged once: {log}");
}
