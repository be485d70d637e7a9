//! What an agent and its runner refuse, and how they say so.

mod answers;
mod packages;
mod results;

use crate::double::{Asked, Double, Reply, now};
use lab::host::Host;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use trust::SecretKey;
use wire::command::Command;
use wire::envelope::Envelope;

/// What a good control would offer.
pub fn offer(asked: &Asked) -> Envelope {
    Envelope {
        value: Command {
            job_id: 77,
            package: "r.example/tests/a:b".into(),
            function: "greet".into(),
            ..Command::default()
        },
        interval: 1_000_000_000,
        host: Some(asked.token.host),
        n: Some(asked.token.n),
        issued: Some(now()),
        expires: Some(now() + 300),
        cancel: vec![],
        query: vec![],
        follow: vec![],
        rotate: false,
    }
}

/// A host whose first ping is answered by `first`, and whose runner leaves a
/// mark when it is started.
fn host_that_gets(
    folder: &TempDir,
    key: &SecretKey,
    first: impl Fn(&Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let script = move |count, asked: &Asked| {
        if count == 1 {
            first(asked)
        } else {
            asked.nothing()
        }
    };
    host_with_runner(
        folder,
        key,
        &format!("touch {}", mark(folder).display()),
        script,
    )
}

/// A host whose pings are answered by `script`, and whose runner is a line of
/// shell.
pub fn host_with_runner(
    folder: &TempDir,
    key: &SecretKey,
    line: &str,
    script: impl FnMut(u32, &Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let double = Double::start(folder.path(), Box::new(script));
    let runner = folder.path().join("runner");
    fs::write(&runner, format!("#!/bin/sh\n{line}\n")).unwrap();
    fs::set_permissions(&runner, fs::Permissions::from_mode(0o700)).unwrap();
    let host = double.host(
        folder.path(),
        key,
        &format!("PILOT_ART={}", runner.display()),
    );
    (double, host)
}

/// The same key once more, for a script of its own.
pub fn copy_of(key: &SecretKey) -> SecretKey {
    SecretKey::from_bytes(key.to_armor().unwrap().as_bytes()).unwrap()
}

pub fn mark(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("ran")
}

/// The first answer is refused with `why` in the log; nothing is run, nothing is kept, and not
/// logged again.
#[track_caller]
pub fn assert_refused(
    key: &SecretKey,
    why: &str,
    first: impl Fn(&Asked) -> Reply + Send + 'static,
) {
    let folder = TempDir::new().unwrap();
    let (double, host) = host_that_gets(&folder, key, first);
    host.agent().wait_for(why);
    double.next_ping();
    host.agent().signal("HUP");
    let next = double.next_ping();
    assert_eq!((next.result, next.received), (None, vec![]), "{why}");
    assert!(!host.job(77).exists() && !mark(&folder).exists(), "{why}");
}
