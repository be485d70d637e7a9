//! The way to control: what cuts it, several addresses, metered links.

use crate::complaints::bare_host;
use crate::double::{Double, job_key};
use crate::functions::gate_and_tally;
use crate::stalls::delay;
use crate::time::lab_and_host_with_clocks;
use lab::host::Host;
use lab::hostile::{Hostile, Trouble};
use lab::preload;
use lab::programs::programs;
use lab::relay::Relay;
use lab::service::signal;
use lab::wall_clock::WallClock;
use lab::{Barrier, Lab};
use serde_json::json;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trust::SecretKey;
use wire::answer::{Reason, Rejection};
use wire::command::Command;
use wire::envelope::Envelope;

/// A host that is connected to control by a relay.
fn host_behind(relay: &Relay, lab: &Lab, settings: &str) -> Host {
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_CTL_URI={}\n{settings}", relay.url()));
    host.start();
    host.agent().wait_for("connected to");
    host
}

#[track_caller]
fn assert_adapts(set: impl Fn(&Relay), settings: &str, text: &str) {
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let relay = Relay::to(lab.control.authority());
    set(&relay);
    let host = host_behind(&relay, &lab, settings);
    host.agent().wait_for(text);
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    let log = host.agent().log();
    assert!(!log.contains(" WARN ") && !log.contains(" ERROR "), "{log}");
    assert_eq!(log.matches("connected to").count(), 1, "{log}");
}

#[test]
fn polls_that_a_proxy_cuts_become_shorter() {
    assert_adapts(
        |relay| relay.cut_after(Duration::from_secs(8)),
        "PILOT_WAIT=30",
        "to hold its answers for 6 s at most",
    );
}

#[test]
fn polls_that_a_nat_forgets_become_shorter() {
    assert_adapts(
        |relay| relay.swallow_after(Duration::from_secs(7)),
        "PILOT_WAIT=10\nPILOT_TIMEOUT=3",
        "to hold its answers for 5 s at most",
    );
}

#[test]
fn a_control_that_goes_away_during_a_poll_is_not_taken_for_a_nat() {
    let mut lab = Lab::without_package();
    let host = lab.running_host();
    host.agent().wait_for("to be held for up to 50s");
    // Long enough to count as a poll that was cut.
    std::thread::sleep(Duration::from_secs(3));
    lab.control.kill();
    let warning = host.agent().wait_for(" WARN ");
    assert!(warning.contains("onnection refused"), "{warning}");
    lab.control.start_again();
    host.agent().signal("HUP");
    host.agent().wait_for("connected to");
    host.agent().wait_for("to be held for up to 50s");
    let log = host.agent().log();
    assert!(log.contains("a long poll was cut"), "{log}");
    assert!(!log.contains("something on the way"), "{log}");
}

#[test]
fn all_addresses_are_tried_in_order_and_a_failure_is_logged_once() {
    let folder = TempDir::new().unwrap();
    let double = Double::start(folder.path(), Box::new(|_, asked| asked.nothing()));
    let tls = folder.path().join("tls");
    let first = Hostile::listen("127.0.0.1", &tls, &double.authority());
    let second = Hostile::listen("127.0.0.1", &tls, &double.authority());
    first.set(Trouble::Close);
    second.set(Trouble::Status(503));
    let third = format!("https://{}", double.authority());
    let uris = format!("{},{},{third}", first.url(), second.url());
    let host = double.host_via(&uris, folder.path(), &job_key(), "");
    let connected = host.agent().wait_for("connected to");
    assert!(connected.ends_with(&third), "{connected}");
    assert!(double.next_ping().result.is_none());
    let log = host.agent().log();
    for url in [first.url(), second.url()] {
        assert_eq!(log.matches(&format!("WARN  {url}")).count(), 1, "{log}");
    }
    assert!(!log.contains("trying again in"), "without a pause: {log}");

    first.set(Trouble::None);
    host.agent().signal("HUP");
    let connected = host.agent().wait_for("connected to");
    assert!(connected.ends_with(&first.url()), "{connected}");
}

/// The delays after so many failures in a row, without waiting for them.
fn delays_of(settings: &str, enrol: Option<&str>, count: usize) -> Vec<f64> {
    let (_folder, mut host) = bare_host();
    host.configure(settings);
    host.write(".pilot_verify.pgp", &job_key().certificate().to_armor());
    if let Some(enrol) = enrol {
        host.write("enrol", enrol);
        fs::set_permissions(host.path("enrol"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let clock = WallClock::new(&host.path(""));
    host.environment = clock.environment();
    host.start();
    let delay = |_| {
        let delay = delay(&host.agent().wait_for("trying again in"));
        clock.suspend(delay.ceil() as i64);
        host.agent().signal("USR1");
        delay
    };
    (0..count).map(delay).collect()
}

/// An address that cannot be reached is not tried less often on a metered link.
#[test]
fn what_reaches_no_server_is_tried_again_within_a_minute() {
    if !preload::meets(&programs().pilot) {
        return eprintln!("SKIPPED: pilot is linked statically: its clock cannot be moved");
    }
    let nowhere = "https://127.0.0.1:1";
    let code = format!("{nowhere}\npilot1.{}..\n", "A".repeat(22));
    for (settings, enrol) in [
        (&*format!("PILOT_CTL_URI={nowhere}"), None),
        ("PILOT_CTL_URI=https://no-such-host.invalid", None),
        (
            "PILOT_CTL_URI=https://c.example\nPILOT_HTTP_PROXY=http://127.0.0.1:1",
            None,
        ),
        ("", Some(&*code)),
    ] {
        let delays = delays_of(settings, enrol, 12);
        let settings = (settings, enrol.is_some());
        assert!(
            delays.iter().all(|delay| *delay <= 60.0),
            "{settings:?}: {delays:?}"
        );
        assert!(
            delays.iter().any(|delay| *delay > 15.0),
            "{settings:?}: {delays:?}"
        );
    }
}

#[test]
fn a_server_that_answers_badly_is_asked_ever_more_rarely() {
    if !preload::meets(&programs().pilot) {
        return eprintln!("SKIPPED: pilot is linked statically: its clock cannot be moved");
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = format!("PILOT_CTL_URI=https://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in server.incoming().map_while(Result::ok) {
            let _ = client.write_all(b"220 mail.example ESMTP\r\n");
        }
    });
    let delays = delays_of(&settings, None, 16);
    assert!(delays.iter().any(|delay| *delay > 60.0), "{delays:?}");
}

#[test]
fn a_result_cuts_the_open_exchange_short() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_WAIT=600\nPILOT_MIN_INTERVAL=3600");
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let [id] = lab.job("tally", &[&host])[..] else {
        panic!("one job")
    };
    host.start();
    let barrier = Barrier::reached(&barrier);
    host.agent().signal("USR1");
    host.agent().wait_for("in an exchange");
    barrier.open();
    host.agent().wait_for(&format!("job {id} ended"));
    let began = Instant::now();
    lab.end_of(&host, id);
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn jobs_that_wait_follow_each_other_without_a_pause() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_MIN_INTERVAL=3600");
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let ids: Vec<i64> = (0..3).flat_map(|_| lab.job("greet", &[&host])).collect();
    host.start();
    for id in ids {
        assert_eq!(lab.end_of(&host, id)["status"], "succeeded");
    }
}

/// Regardless of the signals that the agent and its parent handle or ignore, to a job they mean
/// what the manual says.
#[test]
fn a_function_dies_on_term_even_if_its_agents_starter_ignored_that() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    let ignored = "HUP,INT,QUIT,TERM,USR1,PIPE,CHLD";
    host.wrapper = vec![
        "env".into(),
        format!("--ignore-signal={ignored}"),
        format!("--block-signal={ignored}"),
    ];
    host.start();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let [id] = lab.job("tally", &[&host])[..] else {
        panic!("one job")
    };
    let _gate = Barrier::reached(&barrier);
    let shell = reader_of(&barrier);
    assert!(signal(shell.parse().unwrap(), "TERM"));
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "failed", "{job}");
    assert_eq!(job["result"]["ExitCode"], 128 + 15, "{job}");
}

/// The process that has this FIFO open for reading.
fn reader_of(fifo: &str) -> String {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let reads = |pid: &String| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).ok();
        let mut files = files.into_iter().flatten().filter_map(Result::ok);
        let is_other = pid.parse() != Ok(std::process::id());
        is_other
            && files.any(|file| fs::read_link(file.path()).is_ok_and(|to| to == Path::new(fifo)))
    };
    processes
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.parse::<u32>().is_ok())
        .find(reads)
        .expect("the function reads the FIFO")
}

/// A host whose first address works no more tries it from time to time.
#[track_caller]
fn assert_a_trial_holds_no_work_back(first: &TcpListener) {
    let first = format!("https://{}", first.local_addr().unwrap());
    let Some((lab, mut host, clocks)) = lab_and_host_with_clocks() else {
        return;
    };
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let second = lab.control.url();
    host.configure(&format!("PILOT_WAIT=0\nPILOT_CTL_URI={first},{second}"));
    host.start();
    let agent = host.agent();
    agent.wait_for(&format!("to {first}, to be held"));
    agent.signal("USR1");
    agent.wait_for("Register, in an exchange");
    // An hour: more than it takes until the first address is given up.
    clocks.iter().for_each(|clock| clock.suspend(3_600));
    agent.signal("USR1");
    let connected = agent.wait_for("connected to");
    assert!(connected.ends_with(second), "{connected}");
    // In steps, so that no token becomes stale on its way.
    for _ in 0..4 {
        agent.wait_for("DEBUG Ping number");
        clocks.iter().for_each(|clock| clock.suspend(16));
    }
    agent.wait_for(&format!("to {first}, to be held"));
    let began = Instant::now();
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    let log = agent.log();
    assert_eq!(log.matches(" WARN ").count(), 1, "{log}");
}

#[test]
fn a_trial_of_an_address_that_never_answers_holds_no_work_back() {
    // The kernel makes the connections, and no program accepts them.
    assert_a_trial_holds_no_work_back(&TcpListener::bind("127.0.0.1:0").unwrap());
}

#[test]
fn a_trial_of_an_address_that_never_connects_holds_no_work_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok();
    // The queue is full: further connections get no answer at all.
    let waiting: Vec<TcpStream> = std::iter::from_fn(connect).collect();
    assert_a_trial_holds_no_work_back(&listener);
    drop(waiting);
}

const SHORTEST: Duration = Duration::from_secs(4);

/// Answers without delay, however long the host would wait; the second time with a refusal that
/// the host corrects itself after, the third time with a job.
fn metered(key: SecretKey) -> crate::double::Script {
    Box::new(move |count, asked| match count {
        2 => {
            let rejection = Rejection {
                reason: Reason::Clock,
                error: "the clock".into(),
                last: None,
            };
            asked.reply(401, serde_json::to_vec(&rejection).unwrap())
        }
        3 => {
            let offer = Envelope {
                value: Command {
                    job_id: 77,
                    package: "r.example/tests/a:b".into(),
                    function: "greet".into(),
                    ..Command::default()
                },
                interval: 1_000_000,
                host: Some(asked.token.host),
                n: Some(asked.token.n),
                issued: Some(crate::double::now()),
                expires: Some(crate::double::now() + 300),
                cancel: vec![],
                query: vec![],
                follow: vec![],
                rotate: false,
            };
            asked.reply(201, crate::double::signed(&offer, &key))
        }
        _ => asked.nothing(),
    })
}

#[test]
fn on_a_metered_link_nothing_but_a_job_makes_pings_more_frequent() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = SecretKey::from_bytes(key.to_armor().unwrap().as_bytes()).unwrap();
    let double = Double::start(folder.path(), metered(signer));
    let runner = folder.path().join("runner");
    fs::write(&runner, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&runner, fs::Permissions::from_mode(0o700)).unwrap();
    let settings = format!(
        "PILOT_MIN_INTERVAL={}\nPILOT_ART={}",
        SHORTEST.as_secs(),
        runner.display()
    );
    let _host = double.host(folder.path(), &key, &settings);
    let mut last: Option<Instant> = None;
    let mut gap = || {
        let ping = double.next_ping();
        let now = Instant::now();
        let gap = last.replace(now).map(|last| now - last);
        (ping, gap.unwrap_or_default())
    };
    // A ping is timed when it begins, and seen here a little later.
    let least = SHORTEST - Duration::from_secs(1);
    gap();
    for why in ["an answer at once", "a correction"] {
        let (_, gap) = gap();
        assert!(gap >= least, "{why}: {gap:?}");
    }
    let result = std::iter::from_fn(|| Some(gap())).find(|(ping, gap)| {
        assert!(ping.result.is_some() || ping.received == [77] || *gap >= least);
        ping.result.is_some()
    });
    let (_, quick) = result.unwrap();
    assert!(quick < SHORTEST, "a result does not wait: {quick:?}");
    let (_, idle) = gap();
    assert!(idle >= least, "{idle:?}");
}
