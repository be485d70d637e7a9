//! Under a service manager: started before the host is enrolled, and notified how it stands,
//! stopped.

use lab::host::Host;
use lab::{Lab, run};
use serde_json::json;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// The notifications to a manager, as systemd's socket gets them.
struct Manager(UnixDatagram);

impl Manager {
    /// Listens in the host's folder, and sets that for its agent, and that it is to give a sign
    /// of life every 400 ms.
    fn of(host: &mut Host) -> Self {
        let path = host.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let patience = Duration::from_secs(90);
        socket.set_read_timeout(Some(patience)).unwrap();
        let path = path.display().to_string();
        host.environment.push(("NOTIFY_SOCKET".into(), path));
        let watchdog = ("WATCHDOG_USEC".into(), "400000".into());
        host.environment.push(watchdog);
        Self(socket)
    }

    /// Waits for a message with this text.
    fn receives(&self, text: &str) {
        let mut buffer = [0; 4096];
        loop {
            let count = self.0.recv(&mut buffer).expect(text);
            if String::from_utf8_lossy(&buffer[..count]).contains(text) {
                return;
            }
        }
    }
}

fn wait_until_stopped(pid: u32) {
    let status = format!("/proc/{pid}/status");
    while !fs::read_to_string(&status).unwrap().contains("State:\tT") {
        std::thread::yield_now();
    }
}

#[test]
fn a_manager_is_notified_of_the_agents_state() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let manager = Manager::of(&mut host);
    host.start();
    manager.receives("READY=1");
    manager.receives("STATUS=connected to");
    // The long poll lasts longer than that: the agent wakes up for it.
    for _ in 0..3 {
        manager.receives("WATCHDOG=1");
    }
    host.agent().signal("TERM");
    manager.receives("STOPPING=1");
    assert!(host.take_agent().end().0.success());
}

/// What a manager restarts it for.
#[test]
fn an_agent_that_hangs_gives_no_sign_of_life() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let manager = Manager::of(&mut host);
    host.start();
    manager.receives("WATCHDOG=1");
    host.agent().signal("STOP");
    wait_until_stopped(host.agent().pid());
    let socket = &manager.0;
    socket.set_nonblocking(true).unwrap();
    while socket.recv(&mut [0; 4096]).is_ok() {}
    socket.set_nonblocking(false).unwrap();
    let patience = Duration::from_secs(2);
    socket.set_read_timeout(Some(patience)).unwrap();
    assert!(socket.recv(&mut [0; 4096]).is_err(), "nothing is sent");
    host.agent().signal("CONT");
    manager.receives("WATCHDOG=1");
}

#[test]
fn jobs_that_outlived_their_agent_are_ended_before_it_is_removed() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    lab.command("endless", &[], json!({}));
    let [id] = lab.job("endless", &[&host])[..] else {
        panic!("one job")
    };
    host.agent().wait_for(&format!("job {id} started"));
    let refused = host.pilot().args(["job", "stop"]).output().unwrap();
    assert_eq!(
        refused.status.code(),
        Some(78),
        "its agent is there to do it"
    );
    host.agent().signal("TERM");
    assert!(host.take_agent().end().0.success());
    assert_eq!(
        run(host.pilot().args(["job", "stop"])),
        format!("ended: {id}\n")
    );
    assert_eq!(
        run(host.pilot().args(["job", "stop"])),
        "no job is running\n"
    );
    host.start();
    assert_eq!(lab.end_of(&host, id)["status"], "cancelled");
}

#[test]
fn an_agent_that_waits_to_be_enrolled_is_ready_and_can_be_stopped() {
    let lab = Lab::without_package();
    let mut host = lab.host();
    host.configure("");
    let manager = Manager::of(&mut host);
    host.start();
    manager.receives("STATUS=waiting: ");
    manager.receives("READY=1");
    manager.receives("WATCHDOG=1");
    host.write(
        "enrol",
        &format!("{} {}", lab.control.url(), lab.control.invite()),
    );
    manager.receives("STATUS=connected to");
    host.agent().signal("TERM");
    manager.receives("STOPPING=1");
    assert!(host.take_agent().end().0.success());
}
