//! What has to be true of a control that was killed and started again.

use super::clients::{Clients, HOSTS, Package};
use crate::load::connection::{Fault, Refusal};
use crate::load::control::{Target, operator};
use crate::load::operator::Operator;
use crate::load::package::archive_path;
use lab::run;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Checks that control has what it acknowledged; that its clients can go on; and that it has
/// everything then.
///
/// # Panics
/// When a check fails.
pub(super) async fn check(clients: &mut Clients, target: &Arc<Target>) {
    check_numbers(clients, target).await;
    let mut operator = operator(target);
    check_jobs(clients, &mut operator).await;
    check_batches(clients, &mut operator).await;
    for package in &clients.packages {
        check_package(package, &mut operator).await;
    }
    clients.finish(target).await.expect("all clients go on");
    check_jobs(clients, &mut operator).await;
    check_ends(&mut operator).await;
    for package in &clients.packages {
        assert!(package.is_acknowledged);
        check_package(package, &mut operator).await;
    }
    check_numbers(clients, target).await;
}

/// No number is accepted twice. One that control may not have seen may be accepted now.
async fn check_numbers(clients: &mut Clients, target: &Target) {
    for client in &mut clients.hosts {
        for (n, was_accepted) in client.numbers.clone() {
            let mut answer = client.replay(n, target).await;
            if !was_accepted && answer.is_ok() {
                answer = client.replay(n, target).await;
            }
            let refused = Err(Fault::Refused(Refusal::Sequence));
            assert_eq!(answer, refused, "number {n}, accepted: {was_accepted}");
        }
    }
}

/// Acknowledged receipts and results are there.
async fn check_jobs(clients: &Clients, operator: &mut Operator) {
    for client in &clients.hosts {
        for job in &client.received {
            let status = status(&get(operator, &format!("/job/{job}")).await);
            let is_ended = status == "succeeded";
            assert!(is_ended || status == "received", "job {job} is {status}");
            let is_reported = client.reported.contains(job);
            assert!(is_ended || !is_reported, "the result of job {job} is lost");
        }
    }
}

/// Each batch has a job for each host, and acknowledged batches are there.
async fn check_batches(clients: &Clients, operator: &mut Operator) {
    let batches = get(operator, "/job/batch").await;
    let batches = batches.as_array().unwrap().iter();
    let batches: Vec<String> = batches
        .map(|batch| batch["batch"].as_str().unwrap().to_owned())
        .collect();
    for batch in &batches {
        let jobs = get(operator, &format!("/job?bid={batch}")).await;
        let number = jobs.as_array().unwrap().len();
        assert_eq!(number, HOSTS, "jobs of batch {batch}");
    }
    for batch in &clients.batches {
        assert!(batches.contains(batch), "batch {batch} is lost");
    }
}

/// All jobs have ended well.
async fn check_ends(operator: &mut Operator) {
    let jobs = get(operator, "/job").await;
    for job in jobs.as_array().unwrap() {
        assert_eq!(status(job), "succeeded", "{job}");
    }
}

/// A package is whole; one whose push was not acknowledged may be absent.
async fn check_package(package: &Package, operator: &mut Operator) {
    match operator.fetch(&archive_path(package.name)).await {
        Ok(archive) => assert!(archive == package.archive, "{} is cut", package.name),
        Err(error) => {
            let is_absent = error.to_string().contains(": 404 ");
            assert!(!package.is_acknowledged && is_absent, "{error}");
        }
    }
}

async fn get(operator: &mut Operator, path: &str) -> Value {
    operator.get(path).await.expect("control answers")
}

fn status(job: &Value) -> String {
    job["status"].as_str().unwrap_or_default().to_owned()
}

/// Checks the database of a running control, and that no unfinished archives are left.
///
/// # Panics
/// When a check fails.
pub(super) fn check_disk(data: &Path) {
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg("-readonly").arg(data.join("pilotctl.db"));
    sqlite.arg("PRAGMA integrity_check; PRAGMA foreign_key_check;");
    assert_eq!(run(&mut sqlite).trim(), "ok");
    let packages = fs::read_dir(data.join("packages")).unwrap().flatten();
    for entry in packages {
        let name = entry.file_name().into_string().unwrap();
        assert!(!name.starts_with(".unfinished-"), "{name} is left");
    }
}
