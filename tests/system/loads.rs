//! Much at once: jobs that wait, and output without end.

use lab::Lab;
use lab::host::Host;
use lab::memory::Watch;
use lab::relay::Relay;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// More than a host holds at once, names in a ping, and keeps.
const MANY: usize = 100;

/// An enrolled host whose runner is this script.
fn host_with_runner(lab: &Lab, script: &str) -> Host {
    let host = lab.enrolled_host();
    let runner = host.path("runner");
    fs::write(&runner, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&runner, fs::Permissions::from_mode(0o700)).unwrap();
    host.configure(&format!("PILOT_ART={}", runner.display()));
    host
}

#[test]
fn many_jobs_that_wait_run_once_each_in_their_order() {
    let lab = Lab::new();
    let mut host = host_with_runner(&lab, "exit 0");
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let ids: Vec<i64> = (0..MANY).flat_map(|_| lab.job("greet", &[&host])).collect();
    host.start();
    let last = ids[MANY - 1];
    host.agent().wait_for(&format!("job {last} is reported"));
    let log = host.agent().log();
    let started = log.lines().filter_map(|line| {
        let (_, job) = line.strip_suffix(" started")?.split_once(" job ")?;
        job.parse::<i64>().ok()
    });
    assert_eq!(started.collect::<Vec<_>>(), ids);
}

#[test]
fn output_without_end_takes_little_memory_and_disk() {
    const MOST_KIB: u64 = 64 << 10;
    let lab = Lab::new();
    let script = "echo the head; head -c 268435456 /dev/zero | tr '\\0' x; echo; echo the tail";
    let mut host = host_with_runner(&lab, script);
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    host.start();
    host.agent().wait_for("connected to");
    let memory = Watch::over_children_of(host.agent().pid());
    let id = lab.job("greet", &[&host])[0];
    let job = lab.end_of(&host, id);
    let most = memory.most_kib();
    assert!((1..MOST_KIB).contains(&most), "{most} KiB");
    assert_eq!(job["status"], "succeeded");
    let log = job["log"].as_str().unwrap();
    assert!(log.starts_with("the head") && log.ends_with("the tail\n"));
    let cut = job["result"]["Cut"].as_u64().unwrap();
    assert!(cut > 250 << 20, "{cut}");
    let files = fs::read_dir(host.job(id)).unwrap().map(Result::unwrap);
    let bytes: u64 = files.map(|file| file.metadata().unwrap().len()).sum();
    assert!(bytes < 4 << 20, "{bytes}");
}

/// The agent's parent may have had any of these.
#[test]
fn no_locale_and_no_umask_of_the_agent_changes_a_message() {
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "Grüße, 世界")], json!({}));
    for (umask, locale) in [
        ("0777", "tr_TR.UTF-8"),
        ("0777", "de_DE.ISO-8859-1"),
        ("0", ""),
    ] {
        let mut host = lab.enrolled_host();
        let script = format!("umask {umask}; exec \"$@\"");
        host.wrapper = ["sh", "-c", &script, "sh"].map(str::to_owned).to_vec();
        for name in ["LANG", "LC_ALL"] {
            host.environment.push((name.into(), locale.into()));
        }
        host.start();
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{locale}: {job}");
        let log = job["log"].as_str().unwrap();
        assert!(log.contains("Grüße, 世界 from greet"), "{locale}: {log}");
    }
}

/// A server may send its whole family.
#[test]
fn a_long_chain_of_certificates_is_read() {
    let mut lab = Lab::without_package();
    let [server, ca] = ["server", "ca"].map(|name| lab.control.path(&format!("tls/{name}.pem")));
    let (chain, ca) = (
        fs::read_to_string(&server).unwrap(),
        fs::read_to_string(ca).unwrap(),
    );
    fs::write(&server, chain + &ca.repeat(60)).unwrap();
    lab.control.kill();
    lab.control.start_again();
    let relay = Relay::to(lab.control.authority());
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_CTL_URI={}", relay.url()));
    host.start();
    host.agent().wait_for("connected to");
    let bytes = relay.bytes() / u64::from(relay.connections());
    assert!(bytes > 60 * 256, "{bytes} in each exchange");
}
