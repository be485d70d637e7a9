//! What the agent's children cannot do, seen from outside.

use lab::Lab;
use lab::service::Service;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The one capability that a courier of root keeps: to read its CA's file,
/// whoever owns it (capabilities(7)).
const DAC_READ_SEARCH: u64 = 1 << 2;

/// Fields of `/proc/PID/status` (proc_pid_status(5)).
fn status(pid: &str) -> HashMap<String, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// How a courier stands that waits in a long poll.
fn courier_of(agent: &Service) -> HashMap<String, String> {
    let pid = agent.pid();
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let mut courier = children.split_whitespace().map(status);
        if let Some(found) = courier.find(|child| child.get("Seccomp").is_some_and(|is| is == "2"))
        {
            return found;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("no child is in a sandbox: {}", agent.log());
}

#[test]
fn a_courier_has_given_up_what_the_agent_still_has() {
    let lab = Lab::without_package();
    let host = lab.running_host();
    let courier = courier_of(host.agent());
    assert_eq!(courier["NoNewPrivs"], "1");
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        let left = u64::from_str_radix(&courier[set], 16).unwrap();
        assert_eq!(left & !DAC_READ_SEARCH, 0, "{set}");
    }
    // A job inherits from the agent, and may have to use sudo.
    let agent = status(&host.agent().pid().to_string());
    assert_eq!(
        (agent["Seccomp"].as_str(), agent["NoNewPrivs"].as_str()),
        ("0", "0")
    );
}

/// What each process of a traced agent called.
fn traces(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn nothing_is_said_or_read_outside_of_a_sandbox() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let traced = lab.path("traced");
    fs::create_dir(&traced).unwrap();
    let strace = "strace -D -ff -q -e trace=connect,prctl,landlock_restrict_self -o";
    host.wrapper = strace.split(' ').map(str::to_owned).collect();
    host.wrapper.push(traced.join("of").display().to_string());
    host.start();
    host.agent().wait_for("connected to");
    host.agent().signal("TERM");
    host.agent().wait_for("stopping");
    assert!(host.take_agent().end().0.success());

    let traces = traces(&traced);
    let children: Vec<_> = traces
        .iter()
        .filter(|calls| calls.contains("PR_SET_NO_NEW_PRIVS"))
        .collect();
    let (couriers, checkers): (Vec<_>, Vec<_>) = children
        .iter()
        .copied()
        .partition(|calls| calls.contains("connect("));
    assert!(!couriers.is_empty() && !checkers.is_empty(), "{traces:#?}");
    for calls in &children {
        let at = |what| {
            calls
                .find(what)
                .unwrap_or_else(|| panic!("no {what}: {calls}"))
        };
        let filter = at("PR_SET_SECCOMP, SECCOMP_MODE_FILTER");
        assert!(
            calls[filter..].lines().next().unwrap().ends_with("= 0"),
            "{calls}"
        );
        assert!(
            calls
                .find("connect(")
                .is_none_or(|connect| filter < connect),
            "{calls}"
        );
    }
    let connecting = traces
        .iter()
        .filter(|calls| calls.contains("AF_INET"))
        .count();
    assert_eq!(connecting, couriers.len(), "nobody else talks: {traces:#?}");
}
