//! A control that is busy says so before it knows whom it answers.

use crate::double::{Double, Reply, job_key};
use tempfile::TempDir;

#[test]
fn a_busy_control_is_reported_once_and_asked_again() {
    let folder = TempDir::new().unwrap();
    let double = Double::start(
        folder.path(),
        Box::new(|count, asked| match count {
            2..=4 => Reply {
                status: 503,
                mac: None,
                body: b"busy".to_vec(),
            },
            _ => asked.nothing(),
        }),
    );
    let host = double.host(folder.path(), &job_key(), "PILOT_WAIT=0");
    host.agent().wait_for("connected to");
    host.agent().wait_for("control is busy");
    host.agent().wait_for("connected to");
    let log = host.agent().log();
    assert_eq!(log.matches("control is busy").count(), 1, "{log}");
    assert!(!log.contains("proxy"), "{log}");
}
