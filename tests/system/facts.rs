//! The facts that a host reports to control, when they change.

use lab::host::Host;
use lab::{Lab, run};
use needs::{Need, is_root, lacks};
use serde_json::json;
use std::process::Command;

/// What gives a program a name of its own for its host.
fn named() -> &'static [&'static str] {
    const OF_OTHERS: &[&str] = &["unshare", "--user", "--map-root-user", "--uts"];
    if is_root() {
        &["unshare", "--uts"]
    } else {
        OF_OTHERS
    }
}

fn rename(host: &Host, name: &str) {
    let agent = host.agent().pid().to_string();
    run(Command::new("nsenter")
        .args(["--target", &agent, "--all", "sh", "-c"])
        .arg(format!("echo {name} > /proc/sys/kernel/hostname")));
}

fn hosts_at_control(lab: &Lab) -> String {
    run(lab.control.pilotctl().args(["host", "ls"]))
}

#[test]
fn a_host_that_is_renamed_is_known_by_its_new_name() {
    let attempt = [named(), &["true"]].concat();
    if lacks(&[Need::Ability("to make a UTS namespace", &attempt)]) {
        return;
    }
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.wrapper = named().iter().copied().map(str::to_owned).collect();
    host.environment.push(("PILOT_WAIT".into(), "1".into()));
    host.start();
    host.agent().wait_for("connected to");
    rename(&host, "renamed-host");
    host.agent().wait_for("this host's facts had changed");
    assert!(hosts_at_control(&lab).contains("renamed-host"));
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let job = run(lab.control.pilotctl().args([
        "job",
        "run",
        "renamed-host",
        "--cmd",
        "greet",
        "--wait",
    ]));
    assert!(job.contains("Hello from greet"), "{job}");
}

/// An operator who changed something that the agent does not watch signals it.
#[test]
fn facts_are_sent_after_a_hangup_and_not_with_idle_pings() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    host.environment.push(("PILOT_WAIT".into(), "0".into()));
    host.start();
    host.agent().wait_for("registered: ");
    for _ in 0..4 {
        host.agent().wait_for("Ping number");
    }
    let registrations = || host.agent().log().matches("Register number").count();
    assert_eq!(registrations(), 1, "{}", host.agent().log());
    host.agent().signal("HUP");
    host.agent().wait_for("facts have not changed");
    host.agent().wait_for("Ping number");
    assert_eq!(registrations(), 2);
}
