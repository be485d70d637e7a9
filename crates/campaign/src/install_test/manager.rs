//! What starts and watches a machine's services.

/// An init.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Systemd,
    Openrc,
    /// busybox's init, which knows lines of /etc/inittab and nothing of services.
    Busybox,
}

/// How an agent stands.
#[derive(Clone, Copy)]
pub(super) enum State {
    /// For somebody to enrol the host.
    Waiting,
    /// To control.
    Connected,
}

impl Manager {
    /// Succeeds once the machine has booted.
    pub(super) fn has_booted(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl is-system-running | grep -E 'running|degraded'",
            Self::Openrc => {
                "rc-status --runlevel | grep -x default && test ! -e /run/openrc/rc.starting"
            }
            Self::Busybox => "readlink /proc/1/exe | grep busybox && test -e /run/booted",
        }
    }

    /// Shows what the agent last did, where that does not go to the console.
    pub(super) fn log(self) -> Option<&'static str> {
        match self {
            Self::Systemd => Some("journalctl --no-pager -n 20 -u piloth"),
            Self::Openrc => {
                Some("rc-status; tail -n 20 /var/log/messages; tail -n 20 /var/log/syslog")
            }
            Self::Busybox => None,
        }
    }

    /// Prints the agent's process id once there is one.
    pub(super) fn agent(self) -> &'static str {
        match self {
            // A courier of the agent before may not have ended yet.
            Self::Systemd => "systemctl show -p MainPID --value piloth | grep -vx 0",
            // Of several the oldest, for what it forks has its name.
            Self::Openrc | Self::Busybox => "pgrep -oxf '/usr/bin/pilot( launch)?'",
        }
    }

    /// Succeeds once the agent says this of itself.
    pub(super) fn shows(self, state: State) -> &'static str {
        match (self, state) {
            (Self::Systemd, State::Waiting) => "systemctl show -p StatusText piloth | grep waiting",
            (Self::Systemd, State::Connected) => {
                "systemctl show -p StatusText piloth | grep 'connected to'"
            }
            // The others know nothing of it.
            (_, State::Waiting) => {
                "runuser -u $(stat -c %U /var/lib/pilot) -- pilot status --json | grep '\"waiting\": true'"
            }
            (_, State::Connected) => {
                "runuser -u $(stat -c %U /var/lib/pilot) -- pilot status | grep -E '^link +connected'"
            }
        }
    }

    /// Does something to a service: `start`, `stop` or `restart`.
    pub(super) fn command(self, service: &str, what: &str) -> String {
        match self {
            Self::Systemd => format!("systemctl {what} {service}"),
            Self::Openrc | Self::Busybox => format!("rc-service {service} {what}"),
        }
    }

    /// Succeeds when a service is started at boot.
    pub(super) fn is_enabled(self, service: &str) -> String {
        match self {
            Self::Systemd => format!("systemctl is-enabled {service}"),
            Self::Openrc | Self::Busybox => format!("rc-update show default | grep {service}"),
        }
    }

    /// Whether a machine has an id before its first boot: systemd makes one then.
    pub(super) fn makes_machine_id(self) -> bool {
        self == Self::Systemd
    }
}
