//! Notifies a service manager, if there is one (sd_notify(3)): a datagram to the socket that it
//! names in the environment.
#![forbid(unsafe_code)]

use crate::log::one_line;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The agent works, or is on standby.
pub(crate) fn ready() {
    notify("READY=1");
}

/// The agent's state, for the manager's status line.
pub(crate) fn status(status: &str) {
    notify(&format!("STATUS={}", one_line(status)));
}

/// The agent is about to end.
pub(crate) fn stopping() {
    notify("STOPPING=1");
}

/// Ignores a failure: the manager acts at its own timeouts.
fn notify(message: &str) {
    if let Some(socket) = env::var_os("NOTIFY_SOCKET") {
        let _ = send(&socket, message);
    }
}

/// Never blocks: a manager that does not read must not stop the agent.
fn send(socket: &OsStr, message: &str) -> io::Result<()> {
    let address = match socket.as_bytes() {
        // Linux's abstract namespace (unix(7)).
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(socket)?,
    };
    let sender = UnixDatagram::unbound()?;
    sender.set_nonblocking(true)?;
    sender.send_to_addr(message.as_bytes(), &address).map(drop)
}

/// Keep-alive messages, for a manager that restarts an agent that hangs.
pub(crate) struct Watchdog {
    /// How long the manager waits for one; `None` if it does not.
    interval: Option<Duration>,
    /// When the last one was sent, since boot.
    last: Duration,
}

impl Watchdog {
    /// What the manager asks this process for in the environment (sd_watchdog_enabled(3)).
    pub(crate) fn of_this_process() -> Self {
        let number = |name| env::var(name).ok()?.parse::<u64>().ok();
        let is_for_another =
            number("WATCHDOG_PID").is_some_and(|pid| pid != u64::from(std::process::id()));
        let interval = number("WATCHDOG_USEC").filter(|&microseconds| microseconds > 0);
        Self {
            interval: interval
                .filter(|_| !is_for_another)
                .map(Duration::from_micros),
            last: Duration::ZERO,
        }
    }

    /// The earlier of a deadline and the next keep-alive message, since boot.
    pub(crate) fn earlier(&self, deadline: Duration) -> Duration {
        self.interval
            .map_or(deadline, |interval| deadline.min(self.last + interval / 2))
    }

    /// Called whenever the agent is awake. A message that it sends a little early, because it is
    /// awake anyway, saves waking up for it.
    pub(crate) fn alive(&mut self, now: Duration) {
        if self.is_due(now) {
            self.last = now;
            notify("WATCHDOG=1");
        }
    }

    fn is_due(&self, now: Duration) -> bool {
        self.interval
            .is_some_and(|interval| now >= self.last + interval / 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::from_secs(1 << 40);

    #[test]
    fn a_manager_is_notified_by_path_and_by_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("pilot-test-{}", std::process::id());
        let at_path = UnixDatagram::bind(&path).unwrap();
        let abstractly =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        for (listener, address) in [
            (at_path, path.into_os_string()),
            (abstractly, format!("@{name}").into()),
        ] {
            send(&address, "READY=1").unwrap();
            let mut received = [0; 16];
            let count = listener.recv(&mut received).unwrap();
            assert_eq!(&received[..count], b"READY=1");
        }
    }

    #[test]
    fn a_manager_that_does_not_read_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _listener = UnixDatagram::bind(&path).unwrap();
        let full = (0..10_000).find_map(|_| send(path.as_os_str(), "WATCHDOG=1").err());
        assert_eq!(full.unwrap().kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn keep_alive_messages_come_before_half_of_the_interval_has_passed() {
        let seconds = Duration::from_secs;
        let mut watchdog = Watchdog {
            interval: Some(seconds(40)),
            last: seconds(100),
        };
        assert_eq!(watchdog.earlier(NEVER), seconds(120));
        assert_eq!(watchdog.earlier(seconds(105)), seconds(105));
        assert!(!watchdog.is_due(seconds(105)));
        watchdog.alive(seconds(110));
        assert_eq!(watchdog.earlier(NEVER), seconds(130), "awake anyway");
    }

    #[test]
    fn without_a_watchdog_the_agent_sleeps() {
        let watchdog = Watchdog {
            interval: None,
            last: Duration::ZERO,
        };
        assert_eq!(watchdog.earlier(NEVER), NEVER);
        assert!(!watchdog.is_due(NEVER));
    }
}
