//! COMMAND: the part of a job request that says what to run.

use crate::bounded::{self, Bounded, TooLong, at_most};
use crate::limits::{MOST_INPUTS, MOST_NAME, MOST_PACKAGE_NAME, MOST_VARIABLE};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

/// What a host is asked to run.
///
/// The first seven fields and `input` are those of existing agents; the rest
/// are ours and are left out where they have no value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Time-ordered 63-bit number; 0 or less means that there is nothing to do.
    pub job_id: i64,
    /// `domain/group/name:tag`.
    pub package: String,
    /// An exported function of the package.
    pub function: String,
    /// User name for the package registry; may be empty.
    pub user: String,
    /// Password for the package registry; may be empty.
    pub pwd: Secret,
    /// Whether the runner should say more about what it does.
    pub verbose: bool,
    /// Whether to run in a container. Not supported by this agent, which
    /// refuses such a job.
    pub containerised: bool,
    /// Variables and secrets of the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// `sha256:…` of the package, resolved when the job was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Time limit of the function, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// How many bytes of output to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u32>,
    /// Whether processes may be left behind after a normal end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detach: bool,
    /// What the function may use.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Whether the working folder is kept on the host, for debugging there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
}

impl Bounded for Command {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("package", &self.package, MOST_PACKAGE_NAME)?;
        bounded::text("function", &self.function, MOST_NAME)?;
        bounded::text(
            "digest",
            self.digest.as_deref().unwrap_or_default(),
            MOST_NAME,
        )?;
        bounded::text("user", &self.user, MOST_VARIABLE)?;
        bounded::text("pwd", self.pwd.expose(), MOST_VARIABLE)?;
        self.input.check()
    }
}

/// The beginning of the user names under which jobs pull their packages, with tokens that control
/// makes. No user of control has such a name.
pub const JOB_USER: &str = "job/";

/// What each process of a function may use (setrlimit(2)). A missing limit leaves the host's
/// own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of address space (RLIMIT_AS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Bytes of a file that is written (RLIMIT_FSIZE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
    /// Open descriptors (RLIMIT_NOFILE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
    /// Processes: of the whole job where it has a cgroup that counts them, else
    /// of its user (RLIMIT_NPROC, which does not bind root).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<u64>,
    /// Seconds of processor time (RLIMIT_CPU).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u64>,
}

impl Limits {
    /// From what to what each limit may be, by its name.
    pub const RANGES: [(&str, RangeInclusive<u64>); 5] = [
        ("memory", 64 << 20..=1 << 50),
        ("file_size", 64 << 10..=1 << 50),
        ("descriptors", 32..=1 << 20),
        ("processes", 8..=1 << 22),
        ("cpu", 1..=31_536_000),
    ];

    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that a function can begin within these limits and that each of
    /// them limits something.
    ///
    /// # Errors
    /// The first that is out of its range, with the range.
    pub fn check(&self) -> Result<(), String> {
        let limits = [
            self.memory,
            self.file_size,
            self.descriptors,
            self.processes,
            self.cpu,
        ];
        for ((name, allowed), limit) in Self::RANGES.into_iter().zip(limits) {
            if limit.is_some_and(|limit| !allowed.contains(&limit)) {
                let (least, most) = allowed.into_inner();
                let limit = limit.unwrap_or_default();
                return Err(format!(
                    "the limit {name} is {limit}: it has to be from {least} to {most}"
                ));
            }
        }
        Ok(())
    }
}

/// The inputs of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Secrets: like variables, but never shown.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_INPUTS, _, _>"
    )]
    pub secret: Vec<SecretInput>,
    /// Variables.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_INPUTS, _, _>"
    )]
    pub var: Vec<VarInput>,
    /// Files. Not supported: a command that has any is refused.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_INPUTS, _, _>"
    )]
    pub file: Vec<serde_json::Value>,
}

/// The description of an input is not sent to hosts.
impl Bounded for Input {
    fn check(&self) -> Result<(), TooLong> {
        for var in &self.var {
            bounded::text("the name of a variable", &var.name, MOST_VARIABLE)?;
            let value = var.effective().unwrap_or_default();
            bounded::text("the value of a variable", value, MOST_VARIABLE)?;
        }
        for secret in &self.secret {
            bounded::text("the name of a secret", &secret.name, MOST_VARIABLE)?;
            let value = secret.value.as_ref().map_or("", Secret::expose);
            bounded::text("the value of a secret", value, MOST_VARIABLE)?;
        }
        Ok(())
    }
}

/// VAR: a variable, its meaning and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VarInput {
    /// Name of the environment variable.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether the function cannot run without it.
    #[serde(default)]
    pub required: bool,
    /// `string`, `path`, `uri`, …: a hint for people.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value if none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl VarInput {
    /// The value, or else the default.
    pub fn effective(&self) -> Option<&str> {
        self.value.as_deref().or(self.default.as_deref())
    }
}

/// SECRET: as VAR, with a value that never shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretInput {
    /// Name of the environment variable.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Secret>,
    /// Whether the function cannot run without it.
    #[serde(default)]
    pub required: bool,
}

/// Text that is wiped when dropped and prints as `***`.
#[derive(
    Clone, Default, PartialEq, Eq, Serialize, Deserialize, zeroize::Zeroize, zeroize::ZeroizeOnDrop,
)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Names of POSIX variables that steer the dynamic loader, the shell or the runner, and of those
/// that a shell sets itself, so that an input would be lost (sh(1), bash(1)).
const RESERVED: [&str; 36] = [
    "PATH",
    "HOME",
    "LANG",
    "SHELL",
    "IFS",
    "ENV",
    "PS4",
    "SHELLOPTS",
    "BASHOPTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "TMPDIR",
    "HTTPS_PROXY",
    "NO_PROXY",
    "_",
    "PWD",
    "OLDPWD",
    "PPID",
    "OPTIND",
    "OPTERR",
    "LINENO",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "SHLVL",
    "UID",
    "EUID",
    "GROUPS",
    "DIRSTACK",
    "FUNCNAME",
    "HISTCMD",
    "PIPESTATUS",
    "PS1",
    "PS2",
];

/// Beginnings of such names.
const RESERVED_PREFIXES: [&str; 5] = ["LD_", "ART_", "ARTISAN_", "PILOT_", "BASH_"];

/// Whether `name` can name an environment variable that a job may set: POSIX's portable names,
/// except those that are reserved.
pub fn is_input_name(name: &str) -> bool {
    let is_portable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins_with_digit = name.starts_with(|first: char| first.is_ascii_digit());
    let is_portable = !name.is_empty() && !begins_with_digit && name.bytes().all(is_portable);
    let is_reserved = RESERVED.contains(&name)
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    is_portable && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_when_printed() {
        let command = Command {
            pwd: Secret::new("hunter2"),
            ..Command::default()
        };
        assert!(!format!("{command:?}").contains("hunter2"));
    }

    #[test]
    fn a_value_wins_over_the_default() {
        let mut var = VarInput {
            default: Some("d".into()),
            ..VarInput::default()
        };
        assert_eq!(var.effective(), Some("d"));
        var.value = Some(String::new());
        assert_eq!(var.effective(), Some(""));
    }

    #[test]
    fn limits_that_no_function_could_begin_in_are_named() {
        let usual = Limits {
            memory: Some(1 << 30),
            cpu: Some(1),
            ..Limits::default()
        };
        assert_eq!(Limits::default().check(), Ok(()));
        assert_eq!(usual.check(), Ok(()));
        for (wrong, name) in [
            (
                Limits {
                    memory: Some(0),
                    ..usual
                },
                "memory is 0",
            ),
            (
                Limits {
                    file_size: Some(1),
                    ..usual
                },
                "file_size is 1",
            ),
            (
                Limits {
                    descriptors: Some(3),
                    ..usual
                },
                "from 32 to",
            ),
            (
                Limits {
                    processes: Some(u64::MAX),
                    ..usual
                },
                "processes",
            ),
            (
                Limits {
                    cpu: Some(0),
                    ..usual
                },
                "cpu is 0",
            ),
        ] {
            let why = wrong.check().unwrap_err();
            assert!(why.contains(name), "{why}");
        }
    }

    #[test]
    fn inputs_cannot_subvert_the_runner() {
        for name in ["GREETING", "_x", "A1"] {
            assert!(is_input_name(name), "{name}");
        }
        for name in [
            "",
            "1A",
            "A B",
            "A=B",
            "LD_PRELOAD",
            "PATH",
            "ART_REG_PWD",
            "Ä",
            "A\0",
            "PPID",
            "PWD",
            "OPTIND",
            "BASH_VERSION",
            "_",
        ] {
            assert!(!is_input_name(name), "{name}");
        }
    }
}
