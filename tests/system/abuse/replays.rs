//! Jobs that ran, offered once more.

use crate::double::{Reply, job_key, signed};
use crate::refusals::{copy_of, host_with_runner, mark, offer};
use std::fs;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Every ping is answered with job 77, freshly signed.
#[test]
fn abuse_a_job_is_replayed_after_it_was_reported_and_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let line = format!("echo ran >> {}", mark(&folder).display());
    let (double, mut host) = host_with_runner(&folder, &key, &line, move |_, asked| {
        asked.reply(201, signed(&offer(asked), &signer))
    });
    host.agent().wait_for("job 77 is reported");
    double.next_ping();
    host.kill();
    host.start();
    host.agent().wait_for("connected to");
    host.agent().signal("HUP");
    double.next_ping();
    host.agent().wait_for("Ping number");
    host.agent().wait_for("Ping number");
    assert_eq!(fs::read_to_string(mark(&folder)).unwrap(), "ran\n");
}

/// An attacker who recorded an answer replays it to the host, when that has lost everything that
/// it knew.
#[test]
fn abuse_a_recorded_answer_is_replayed_after_the_state_was_lost() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let recorded: Arc<Mutex<Option<Reply>>> = Arc::default();
    let line = format!("echo ran >> {}", mark(&folder).display());
    let (double, mut host) = host_with_runner(&folder, &key, &line, move |count, asked| {
        let mut recorded = recorded.lock().unwrap();
        match &*recorded {
            None => {
                let first = asked.reply(201, signed(&offer(asked), &signer));
                *recorded = Some(first.clone());
                first
            }
            Some(_) if count < 4 => asked.nothing(),
            Some(first) => first.clone(),
        }
    });
    host.agent().wait_for("job 77 is reported");
    host.kill();
    fs::remove_dir_all(host.state()).unwrap();
    host.start();
    host.agent().wait_for("is not from control");
    double.next_ping();
    assert_eq!(fs::read_to_string(mark(&folder)).unwrap(), "ran\n");
}
