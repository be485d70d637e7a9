//! What a test needs of the machine besides Rust and a C compiler.
//!
//! A test that lacks something is left out. It says so at once, and the last program of
//! `cargo test --workspace` lists all such tests: a green run says what it did not show.
#![forbid(unsafe_code)]

mod record;

use std::fmt;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

pub use record::{LeftOut, take_left_out};

/// Something that a machine may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need<'a> {
    /// The tests run as root.
    Root,
    /// A program of this name is in PATH.
    Program(&'a str),
    /// A mount namespace of its own, which containers often forbid to root as well.
    MountNamespace,
    /// The same for an ordinary user, in a user namespace.
    UserNamespace,
    /// Something that this command line does, in words.
    Ability(&'a str, &'a [&'a str]),
}

impl Need<'_> {
    fn is_met(&self) -> bool {
        match self {
            Self::Root => is_root(),
            Self::Program(name) => is_installed(name),
            Self::MountNamespace => succeeds(&["unshare", "--mount", "true"]),
            Self::Ability(_, command) => succeeds(command),
            Self::UserNamespace => succeeds(&["unshare", "--map-root-user", "--mount", "true"]),
        }
    }
}

impl fmt::Display for Need<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => write!(f, "root"),
            Self::Program(name) => write!(f, "the program {name}"),
            Self::MountNamespace => write!(f, "to make a mount namespace"),
            Self::Ability(what, _) => write!(f, "{what}"),
            Self::UserNamespace => write!(f, "to make a user namespace"),
        }
    }
}

/// Whether the machine lacks something that the calling test needs. If so, this reports
/// the test as left out, and the test has to return.
#[track_caller]
#[must_use]
pub fn lacks(needs: &[Need<'_>]) -> bool {
    let missing: Vec<String> = needs
        .iter()
        .filter(|need| !need.is_met())
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() {
        return false;
    }
    let left_out = LeftOut {
        test: calling_test(),
        missing: missing.join(", "),
    };
    // libtest captures what `eprintln!` writes, and shows it for failed tests alone.
    let _ = writeln!(std::io::stderr(), "left out: {left_out}");
    record::add(&left_out);
    true
}

/// libtest names a test's thread after the test; with one thread it makes none.
#[track_caller]
fn calling_test() -> String {
    match std::thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => std::panic::Location::caller().to_string(),
    }
}

/// Whether the tests run as root.
#[must_use]
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn is_installed(program: &str) -> bool {
    let is_executable = |path: &Path| {
        path.metadata()
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| is_executable(&folder.join(program)))
    })
}

fn succeeds(command: &[&str]) -> bool {
    let mut tried = Command::new(command[0]);
    tried.args(&command[1..]).stderr(Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_left_out_for_what_is_missing_and_for_nothing_else() {
        assert!(Need::Program("sh").is_met());
        assert!(!Need::Program("no-such-program-anywhere").is_met());
        assert!(!lacks(&[Need::Program("sh"), Need::Program("cat")]));
    }

    #[test]
    fn a_need_is_named_as_a_person_would() {
        assert_eq!(Need::Program("sudo").to_string(), "the program sudo");
        assert_eq!(Need::Root.to_string(), "root");
    }
}
