//! The highest serial of each tag that ran here, where jobs have a user of their own.
//!
//! A job of that user could write to every file of its runner, also to the record that keeps
//! older packages out. So the runner reports which package it has verified, and this process,
//! which has another user, decides: it verifies the signature itself, records the serial
//! durably, and lets the runner go on.

use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::log;
use crate::spool::folder::JobFolder;
use crate::spool::spec::Spec;
use crate::storage::record::kept_on_disk;
use crate::storage::{self, record};
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;
use trust::{Keyring, is_serial_ahead};
use wire::PackageName;
use wire::seal::{Endorsement, Statement, serial_and_time};
use wire::time::rfc3339;

/// The longest line of a runner: a digest and an armored signature in base64.
const MOST_BYTES: usize = 16 << 10;

/// The answer if the package may run.
const GO_ON: &[u8] = b"ok\n";

/// The newest package of a tag that ran here.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Newest {
    /// `group/name:tag`.
    tag: String,
    serial: u64,
    digest: String,
}

kept_on_disk!(Newest as Newest);

/// A runner's report of its package, and the answer.
pub(super) struct Serials {
    /// The agent's end of the runner's socket, until the answer is sent.
    socket: Option<UnixStream>,
    received: Vec<u8>,
    package: PackageName,
    pin: Option<String>,
    keys: PathBuf,
    file: PathBuf,
}

impl Serials {
    /// Listens at a socket for the runner's report.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn listen(socket: UnixStream, spec: &Spec, folder: &JobFolder) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let package: PackageName = spec.package.parse().map_err(io::Error::other)?;
        Ok(Self {
            socket: Some(socket),
            received: Vec::new(),
            pin: spec.pin().map(str::to_owned),
            keys: folder.lent_keys(),
            file: folder.beside("seen", &tag_of(&package))?,
            package,
        })
    }

    /// What to poll.
    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    /// Reads the runner's report, and answers. After the answer, or after a malformed report,
    /// the socket is closed; the runner then gives up.
    pub(super) fn advance(&mut self) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let mut buffer = [0; 4 << 10];
        match socket.read(&mut buffer) {
            Ok(0) => self.socket = None,
            Ok(n) if self.received.len() + n > MOST_BYTES => self.socket = None,
            Ok(n) => {
                self.received.extend_from_slice(&buffer[..n]);
                self.answer();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.socket = None,
        }
    }

    fn answer(&mut self) {
        let received = std::mem::take(&mut self.received);
        let Some(line) = received.strip_suffix(b"\n") else {
            self.received = received;
            return;
        };
        let answer = self.judge(&String::from_utf8_lossy(line));
        let answer = answer.unwrap_or_else(|error| {
            log::warning!(
                "package {}: its serial is not recorded: {error}",
                self.package
            );
            format!("{error}\n").into_bytes()
        });
        if let Some(mut socket) = self.socket.take() {
            // The runner may have ended.
            let _ = socket.write_all(&answer);
        }
    }

    fn judge(&self, line: &str) -> io::Result<Vec<u8>> {
        let (digest, value) = line.split_once(' ').ok_or_else(not_verified)?;
        let serial = Endorsement::from_value(value)
            .ok_or_else(not_verified)?
            .serial;
        let is_other = self.pin.as_ref().is_some_and(|pin| pin != digest);
        if is_other || !self.verify(digest, value)? {
            return Err(not_verified());
        }
        let now = clock::wall();
        if is_serial_ahead(serial, now) {
            return Err(io::Error::other(format!(
                "its serial {} is ahead of this host's clock ({}): set the clock that is wrong, \
                 this one or that of the machine that signed",
                serial_and_time(serial),
                rfc3339(now)
            )));
        }
        let next = Newest {
            tag: tag_of(&self.package),
            serial,
            digest: digest.to_owned(),
        };
        self.follow(&next)
    }

    /// Records a package that may follow the newest so far.
    fn follow(&self, next: &Newest) -> io::Result<Vec<u8>> {
        let damaged = |error| {
            let path = self.file.display();
            io::Error::other(format!(
                "{path} is damaged ({error}): remove it if you know the cause"
            ))
        };
        match record::read::<Newest>(&self.file).map_err(damaged)? {
            Some(newest) if newest == *next => Ok(GO_ON.to_vec()),
            Some(newest) if newest.serial >= next.serial => {
                Ok(format!("seen {} {}\n", newest.serial, newest.digest).into_bytes())
            }
            _ => record::write(&self.file, next).map(|()| GO_ON.to_vec()),
        }
    }

    /// Whether a registry key has signed that the tag has this package. The line comes
    /// from a process of the jobs' user: it is read in a child that can do nothing.
    fn verify(&self, digest: &str, value: &str) -> io::Result<bool> {
        let keys = storage::read_limited(&self.keys, 4 << 20)?.unwrap_or_default();
        let allowance = Allowance {
            time: Duration::from_secs(20),
            memory: 256 << 20,
            descriptors: 0,
            file_size: 0,
            output: 1,
            sandbox: Sandbox::Sealed,
        };
        let now = clock::wall();
        let child = Child::start(&allowance, |confined| {
            let good = confined.is_ok() && is_signed(&self.package, &keys, digest, value, now);
            vec![u8::from(good)]
        })?;
        Ok(child.wait()? == Some(vec![1]))
    }
}

/// The key of a serial: it counts for every registry.
fn tag_of(package: &PackageName) -> String {
    format!("{}:{}", package.repository(), package.tag)
}

fn is_signed(package: &PackageName, keys: &[u8], digest: &str, value: &str, now: u64) -> bool {
    let (Ok(keys), Some(endorsement)) = (Keyring::from_bytes(keys), Endorsement::from_value(value))
    else {
        return false;
    };
    let message = Statement::new(package, digest, endorsement.serial).message();
    let signature = endorsement.signature.as_bytes();
    keys.verify(&message, signature, now).is_ok()
}

fn not_verified() -> io::Error {
    io::Error::other("the runner's report of its package is not signed by a registry key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::record::tests::assert_is_version_1;
    use std::fs;
    use trust::{Algorithm, SecretKey};

    struct Runner {
        serials: Serials,
        socket: UnixStream,
        _folder: tempfile::TempDir,
    }

    fn key() -> SecretKey {
        SecretKey::generate("registry", Algorithm::Ed25519, clock::wall() - 10).unwrap()
    }

    fn runner(key: &SecretKey, pin: Option<&str>) -> Runner {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys.pgp");
        fs::write(&keys, key.certificate().to_armor()).unwrap();
        let (ours, socket) = UnixStream::pair().unwrap();
        let serials = Serials {
            socket: Some(ours),
            received: vec![],
            package: "r.io/ops/a:1".parse().unwrap(),
            pin: pin.map(str::to_owned),
            keys,
            file: folder.path().join("seen"),
        };
        Runner {
            serials,
            socket,
            _folder: folder,
        }
    }

    impl Runner {
        fn line(&self, key: &SecretKey, digest: &str, serial: u64) -> String {
            let message = Statement::new(&self.serials.package, digest, serial).message();
            let signature = key.sign(&message, clock::wall()).unwrap();
            let value = Endorsement { serial, signature }.to_value();
            format!("{digest} {value}\n")
        }

        fn report(&mut self, line: &str) -> String {
            self.socket.write_all(line.as_bytes()).unwrap();
            while self.serials.socket.is_some() {
                self.serials.advance();
            }
            let mut answer = String::new();
            self.socket.read_to_string(&mut answer).unwrap();
            let (ours, socket) = UnixStream::pair().unwrap();
            (self.serials.socket, self.socket) = (Some(ours), socket);
            answer
        }
    }

    #[test]
    fn serials_only_grow() {
        let key = key();
        let mut runner = runner(&key, None);
        for (digest, serial, answer) in [
            ("a", 5, "ok\n"),
            ("a", 5, "ok\n"),
            ("b", 4, "seen 5 a\n"),
            ("b", 5, "seen 5 a\n"),
            ("b", 6, "ok\n"),
            ("a", 5, "seen 6 b\n"),
        ] {
            let line = runner.line(&key, digest, serial);
            assert_eq!(runner.report(&line), answer, "{digest} {serial}");
        }
    }

    #[test]
    fn abuse_a_job_raises_a_serial_without_a_signature() {
        let key = key();
        let mut runner = runner(&key, Some("a"));
        let stranger = runner.line(&self::key(), "a", u64::MAX);
        let raised = runner.line(&key, "a", 5).replace("v1.5.", "v1.6.");
        let other = runner.line(&key, "b", 9);
        for line in [&*stranger, &*raised, &*other, "a\n", "a nonsense\n", "\n"] {
            assert!(runner.report(line).contains("not signed"), "{line}");
        }
        assert!(!runner.serials.file.exists());
        let good = runner.line(&key, "a", 5);
        assert_eq!(runner.report(&good), "ok\n");
    }

    #[test]
    fn a_serial_from_the_future_is_not_noted() {
        let key = key();
        let mut runner = runner(&key, None);
        let late = (clock::wall() + 86_400) * 1_000;
        let line = runner.line(&key, "a", late);
        let answer = runner.report(&line);
        assert!(answer.contains("ahead of this host's clock"), "{answer}");
        assert!(!runner.serials.file.exists());
        let line = runner.line(&key, "b", 5);
        assert_eq!(runner.report(&line), "ok\n");
    }

    #[test]
    fn abuse_a_runner_that_never_ends_its_line() {
        let key = key();
        let mut runner = runner(&key, None);
        assert_eq!(runner.report(&"x".repeat(MOST_BYTES + 1)), "");
    }

    #[test]
    fn a_record_of_version_1_counts() {
        assert_is_version_1("seen", |newest: &Newest| {
            newest.tag == "ops/hello:1" && newest.serial == 1_796_018_400_000
        });
    }

    #[test]
    fn a_damaged_record_does_not_count_as_empty() {
        let key = key();
        let mut runner = runner(&key, None);
        fs::write(&runner.serials.file, "torn").unwrap();
        let line = runner.line(&key, "a", 5);
        let answer = runner.report(&line);
        assert!(answer.contains("seen is damaged"), "{answer}");
    }
}
