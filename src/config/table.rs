//! The settings, one by one: `pilot --help` and `pilot config` show what stands here.

use super::Config;

/// A setting.
pub(crate) struct Setting {
    /// Its key in the configuration and in the environment.
    pub(crate) key: &'static str,
    /// What it means, in a line of `pilot --help`.
    pub(crate) help: &'static str,
    /// The value in force; none if it has none.
    pub(crate) value: fn(&Config) -> Option<String>,
}

/// The keys that may stand in the configuration.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|setting| setting.key)
}

/// Every setting, in the order in which people see them.
pub(crate) static SETTINGS: [Setting; 20] = [
    Setting {
        key: "PILOT_CTL_URI",
        help: "Pilot Control, https://host:port; several: comma separated",
        value: |config| {
            let uris: Vec<String> = config.control.iter().map(ToString::to_string).collect();
            Some(uris.join(","))
        },
    },
    Setting {
        key: "PILOT_HOME",
        help: "folder of all state (/var/lib/pilot, else the program's)",
        value: |config| Some(config.home.display().to_string()),
    },
    Setting {
        key: "PILOT_CA_FILE",
        help: "PEM file of the CAs that replace the system's",
        value: |config| Some(config.ca_file.as_ref()?.display().to_string()),
    },
    Setting {
        key: "PILOT_HTTP_PROXY",
        help: "http://[user:password@]host:port",
        // It may contain a password.
        value: |config| config.proxy.as_ref().map(|_| "(set)".to_owned()),
    },
    Setting {
        key: "PILOT_NO_PROXY",
        help: "hosts, .domains and networks that are reached without it",
        value: |config| Some(config.no_proxy.to_string()),
    },
    Setting {
        key: "PILOT_LOG_LEVEL",
        help: "error, warn, info (default) or debug",
        value: |config| Some(format!("{:?}", config.log_level).to_ascii_lowercase()),
    },
    Setting {
        key: "PILOT_ART",
        help: "the runner (beside the program, else in PATH)",
        value: |config| Some(config.art.display().to_string()),
    },
    Setting {
        key: "PILOT_INSTANCE",
        help: "distinguishes several agents of one host",
        value: |config| Some(config.instance.clone()),
    },
    Setting {
        key: "PILOT_MACHINE_ID_FILE",
        help: "/etc/machine-id",
        value: |config| Some(config.machine_id_file.display().to_string()),
    },
    Setting {
        key: "PILOT_WAIT",
        help: "seconds that control may hold an answer back (50; 0: off)",
        value: |config| Some(config.wait.as_secs().to_string()),
    },
    Setting {
        key: "PILOT_TIMEOUT",
        help: "seconds that an exchange may take beside that (60)",
        value: |config| Some(config.timeout.as_secs().to_string()),
    },
    Setting {
        key: "PILOT_MIN_INTERVAL",
        help: "shortest time between idle pings, in seconds (0)",
        value: |config| Some(config.min_interval.as_secs().to_string()),
    },
    Setting {
        key: "PILOT_MAX_BACKOFF",
        help: "longest wait after a failure, in seconds (300)",
        value: |config| Some(config.max_backoff.as_secs().to_string()),
    },
    Setting {
        key: "PILOT_SPOOL_LIMIT",
        help: "MiB that jobs and their results may take (64)",
        value: |config| Some((config.spool_limit >> 20).to_string()),
    },
    Setting {
        key: "PILOT_PULL_LIMIT",
        help: "seconds that a package may take before its function runs (3600)",
        value: |config| Some(config.job_policy.pull_limit.to_string()),
    },
    Setting {
        key: "PILOT_GRACE",
        help: "seconds between TERM and KILL for a job that has to end (10)",
        value: |config| Some(config.job_policy.grace.to_string()),
    },
    Setting {
        key: "PILOT_NO_NEW_PRIVS",
        help: "1: no program of a job gains privileges (0)",
        value: |config| Some(u8::from(config.job_policy.no_new_privileges).to_string()),
    },
    Setting {
        key: "PILOT_JOB_USER",
        help: "who jobs run as, if the agent runs as root",
        value: |config| config.job_policy.user.clone(),
    },
    Setting {
        key: "PILOT_PROCESS_LIMIT",
        help: "processes that a job may have, where they are counted (4096)",
        value: |config| Some(config.job_policy.processes.to_string()),
    },
    Setting {
        key: "PILOT_REBOOT",
        help: "what restarts the host when a function asks for that",
        value: |config| config.reboot.as_ref().map(ToString::to_string),
    },
];
