//! Results that control, or a proxy before it, does not accept.

use super::{copy_of, host_with_runner, offer};
use crate::double::{Asked, Double, Reply, job_key, signed};
use lab::host::Host;
use lab::wait::wait_for;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A job that runs and says something, as the first answer.
fn job_with_output(
    folder: &TempDir,
    rest: impl Fn(&Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let key = job_key();
    let signer = copy_of(&key);
    host_with_runner(
        folder,
        &key,
        "echo something",
        move |count, asked| match count {
            1 => asked.reply(201, signed(&offer(asked), &signer)),
            _ => rest(asked),
        },
    )
}

fn has_log(asked: &Asked) -> bool {
    asked
        .ping
        .result
        .as_ref()
        .is_some_and(|result| result.log == "something\n")
}

/// Only control acknowledges a result: if a proxy answers instead, in any way,
/// the host keeps the result and sends it again.
#[test]
fn abuse_a_proxy_answers_200_to_a_result() {
    let folder = TempDir::new().unwrap();
    let round = Arc::new(AtomicU32::new(0));
    let answered = Arc::new(AtomicU32::new(0));
    let (current, note) = (Arc::clone(&round), Arc::clone(&answered));
    let (_double, host) = job_with_output(&folder, move |asked| {
        if !has_log(asked) {
            return asked.nothing();
        }
        let round = current.load(Ordering::SeqCst);
        note.store(round + 1, Ordering::SeqCst);
        let (status, body) = match round {
            0 => (200, b"welcome".to_vec()),
            1 => (204, vec![]),
            2 => (201, b"{}".to_vec()),
            _ => return asked.nothing(),
        };
        Reply {
            status,
            mac: None,
            body,
        }
    });
    // A reload gives up the exchange that is under way: only the round decides what the next one
    // gets, and not how many there were.
    for number in 1..=3 {
        wait_for("an answer", || answered.load(Ordering::SeqCst) == number);
        host.agent().wait_for("trying again in");
        assert!(!host.agent().log().contains("job 77 is reported"));
        assert!(host.job(77).join("result").exists());
        round.store(number, Ordering::SeqCst);
        host.agent().signal("HUP");
    }
    host.agent().wait_for("job 77 is reported");
}

#[test]
fn a_result_that_is_too_large_is_sent_without_its_log() {
    let folder = TempDir::new().unwrap();
    let (_double, host) = job_with_output(&folder, |asked| {
        if has_log(asked) {
            asked.reply(413, b"too large".to_vec())
        } else {
            asked.nothing()
        }
    });
    host.agent().wait_for("refused with status 413");
    host.agent().signal("HUP");
    host.agent().wait_for("job 77 is reported");
}

#[test]
fn a_result_that_is_never_accepted_does_not_stop_the_pings() {
    let folder = TempDir::new().unwrap();
    let (double, host) = job_with_output(&folder, |asked| {
        if asked.ping.result.is_some() {
            Reply {
                status: 413,
                mac: None,
                body: vec![],
            }
        } else {
            asked.nothing()
        }
    });
    for _ in 0..2 {
        host.agent().wait_for("refused with status 413");
        host.agent().signal("HUP");
    }
    let idle = std::iter::repeat_with(|| double.next_ping())
        .find(|ping| ping.result.is_none() && ping.received == [77]);
    assert!(idle.is_some());
}
