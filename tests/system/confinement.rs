//! What the agent's children cannot do, seen from outside.

use lab::Lab;
use lab::service::Service;
use lab::wait::wait_until;
use needs::{Need, lacks};
use std::collections::HashMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The one capability that a courier of root keeps: to read its CA's file, regardless of its
/// owner (capabilities(7)).
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
pub fn courier_of(agent: &Service) -> HashMap<String, String> {
    let pid = agent.pid();
    wait_until("a child in a sandbox", || {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let mut courier = children.split_whitespace().map(status);
        courier.find(|child| child.get("Seccomp").is_some_and(|is| is == "2"))
    })
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
fn network_bytes_are_read_only_in_a_sandbox() {
    if lacks(&[Need::Program("strace")]) {
        return;
    }
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
    // One that the agent ended on its way into the sandbox has met nothing yet.
    let is_early = |calls: &str| {
        let came_to = |what| calls.contains(what);
        came_to("killed by SIGKILL") && !came_to("SECCOMP_MODE_FILTER") && !came_to("connect(")
    };
    let children: Vec<_> = traces
        .iter()
        .filter(|calls| calls.contains("PR_SET_NO_NEW_PRIVS") && !is_early(calls))
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
    assert_eq!(
        connecting,
        couriers.len(),
        "no other process connects: {traces:#?}"
    );
}

/// The memory of a process that can be written to; `None` where this user may not
/// look at it.
fn memory_of(pid: u32) -> Option<Vec<u8>> {
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut all = Vec::new();
    for range in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = range.split(' ').next()?.split_once('-')?;
        let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        memory.seek(SeekFrom::Start(from)).unwrap();
        // Some mappings are the kernel's.
        let _ = memory.by_ref().take(to - from).read_to_end(&mut all);
    }
    Some(all)
}

#[test]
fn abuse_the_memory_of_an_agent_is_read_for_the_password_of_a_job_that_has_ended() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hi")], lab.credentials());
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    host.agent().wait_for("Ping number");
    let Some(memory) = memory_of(host.agent().pid()) else {
        // Not even the agent's own user may look.
        return;
    };
    let holds = |text: &str| {
        memory
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds(lab.control.authority()), "the memory was read");
    assert!(!holds(lab::REGISTRY_PASSWORD), "it is there still");
}

#[test]
fn no_process_can_trace_an_agent_or_get_its_core() {
    let lab = Lab::without_package();
    let host = lab.running_host();
    let process = format!("/proc/{}", host.agent().pid());
    let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    for file in ["cmdline", "environ"] {
        let Ok(shown) = fs::read(format!("{process}/{file}")) else {
            continue;
        };
        let key = wire::encoding::base64(host.identity().key.as_bytes());
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(
            !shown.contains(&key) && !shown.contains("pilot1."),
            "{shown}"
        );
    }
}
