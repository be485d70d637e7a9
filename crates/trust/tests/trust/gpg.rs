//! What the GnuPG of this machine makes. Left out where there is none.

use needs::{Need, lacks};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use trust::{KeyFlaw, Keyring, Refusal, holds_secret_key};

const MESSAGE: &[u8] = b"hello";

/// A key ring of its own.
struct Gpg {
    home: tempfile::TempDir,
}

impl Drop for Gpg {
    fn drop(&mut self) {
        // The agent that GnuPG has started for this folder alone.
        let mut end = Command::new("gpgconf");
        let _ = end
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "all"])
            .status();
    }
}

impl Gpg {
    /// Nothing, with a word, where GnuPG is not installed.
    fn new() -> Option<Self> {
        if lacks(&[Need::Program("gpg")]) {
            return None;
        }
        // A short path, for the sockets in it.
        let home = tempfile::Builder::new()
            .prefix("gpg")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in("/tmp");
        Some(Self {
            home: home.unwrap(),
        })
    }

    /// What a command prints, fed with lines.
    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(self.home.path())
            .args([
                "--quiet",
                "--yes",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
            ])
            .args(["--passphrase", "", "--trust-model", "always", "--expert"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let done = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {stderr}");
        done.stdout
    }

    fn key(&self, name: &str, kind: &str) -> String {
        self.run(&["--quick-gen-key", name, kind, "cert,sign", "never"], b"");
        let listed = self.run(&["--with-colons", "--list-keys", name], b"");
        let listed = String::from_utf8(listed).unwrap();
        let line = listed
            .lines()
            .find(|line| line.starts_with("fpr:"))
            .unwrap();
        line.split(':').nth(9).unwrap().to_owned()
    }

    fn sign(&self, key: &str) -> Vec<u8> {
        self.run(&["--local-user", key, "--detach-sign"], MESSAGE)
    }

    fn export(&self, keys: &[&str]) -> Vec<u8> {
        self.run(&[&["--export"], keys].concat(), b"")
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn flaw(keys: &[u8], signature: &[u8]) -> Option<KeyFlaw> {
    let ring = Keyring::from_bytes(keys).unwrap();
    match ring.verify(MESSAGE, signature, now()) {
        Ok(_) => None,
        Err(Refusal::Key { flaw, .. }) => Some(flaw),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_key_that_its_designated_revoker_revoked_is_refused() {
    let Some(gpg) = Gpg::new() else { return };
    let (owner, revoker) = (gpg.key("owner", "ed25519"), gpg.key("revoker", "ed25519"));
    let signature = gpg.sign(&owner);
    let command = ["--command-fd", "0"];
    let answers = format!("addrevoker\n{revoker}\ny\nsave\n");
    gpg.run(
        &[&command[..], &["--edit-key", &owner]].concat(),
        answers.as_bytes(),
    );
    assert_eq!(flaw(&gpg.export(&[&owner]), &signature), None);
    let revocation = gpg.run(
        &[&command[..], &["--desig-revoke", &owner]].concat(),
        b"y\n0\n\ny\n",
    );
    gpg.run(&["--import"], &revocation);
    for keys in [&[&*owner][..], &[&*owner, &*revoker]] {
        let flaw = flaw(&gpg.export(keys), &signature);
        assert_eq!(flaw, Some(KeyFlaw::MayBeRevoked));
    }
}

#[test]
fn a_key_that_was_revoked_with_a_weak_hash_is_refused() {
    let Some(gpg) = Gpg::new() else { return };
    // It makes none such of the NIST curves.
    for kind in ["ed25519", "rsa2048"] {
        for hash in ["SHA1", "RIPEMD160"] {
            let name = format!("{kind}-{hash}");
            let owner = gpg.key(&name, kind);
            let signature = gpg.sign(&owner);
            assert_eq!(flaw(&gpg.export(&[&owner]), &signature), None, "{name}");
            let weak = ["--allow-weak-digest-algos", "--cert-digest-algo", hash];
            let revoke = ["--command-fd", "0", "--gen-revoke", &owner];
            let revocation = gpg.run(&[&weak[..], &revoke].concat(), b"y\n0\n\ny\n");
            gpg.run(&["--import"], &revocation);
            let flaw = flaw(&gpg.export(&[&owner]), &signature);
            assert_eq!(flaw, Some(KeyFlaw::Revoked), "{name}");
        }
    }
}

#[test]
fn secret_keys_are_found_in_what_gnupg_writes() {
    let Some(gpg) = Gpg::new() else { return };
    gpg.key("open", "ed25519");
    gpg.key("rsa", "rsa2048");
    let locked = ["--passphrase", "hunter2"];
    let make = ["--quick-gen-key", "locked", "ed25519", "sign", "never"];
    gpg.run(&[&locked[..], &make].concat(), b"");
    for name in ["open", "rsa", "locked"] {
        for armor in [&[][..], &["--armor"]] {
            let secret = gpg.run(
                &[&locked[..], armor, &["--export-secret-keys", name]].concat(),
                b"",
            );
            assert!(holds_secret_key(&secret), "{name} {armor:?}");
            assert!(!holds_secret_key(
                &gpg.run(&[armor, &["--export", name]].concat(), b"")
            ));
        }
        assert!(!holds_secret_key(&gpg.export(&[name])));
    }
    let all = gpg.run(&[&locked[..], &["--export-secret-keys"]].concat(), b"");
    assert!(holds_secret_key(&all));
    let own = std::fs::read_dir(gpg.home.path().join("private-keys-v1.d")).unwrap();
    let own: Vec<_> = own.map(|entry| entry.unwrap().path()).collect();
    assert!(own.len() >= 3);
    for path in own {
        assert!(holds_secret_key(&std::fs::read(&path).unwrap()), "{path:?}");
    }
}
