//! `pilotctl job run --wait`: until every job of a batch has ended.

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::host::entries;
use crate::cli::{output, table};
use serde_json::Value;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often it looks.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// After how long it says what it waits for: most jobs take less.
const QUIET: Duration = Duration::from_secs(5);

/// How long the service may be away: it may be starting again.
const AWAY: Duration = Duration::from_secs(120);

/// Waits until all jobs of a batch have ended, and prints how.
pub(super) fn wait_for(client: &Client, batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let how_to_go_on = format!("pilotctl job ls --batch {batch}");
    let ended = all_ended(client, batch, &how_to_go_on)?;
    let details: Vec<Value> = entries(&ended)
        .iter()
        .map(|job| patiently(&how_to_go_on, || client.get(&format!("/job/{}", job["id"]))))
        .collect::<Result<_, _>>()?;
    let code = exit_code(&details);
    if as_json {
        output::json(&details.into())?;
    } else {
        details.iter().try_for_each(print_outcome)?;
    }
    Ok(code)
}

fn all_ended(client: &Client, batch: &str, how_to_go_on: &str) -> Result<Value, Failure> {
    let path = format!("/job?bid={batch}&limit=10000&log=false");
    let begun = Instant::now();
    let mut told = false;
    loop {
        let jobs = patiently(how_to_go_on, || client.get(&path))?;
        if entries(&jobs).iter().all(has_ended) {
            return Ok(jobs);
        }
        if !told && begun.elapsed() >= QUIET {
            output::note(still_waiting(entries(&jobs), batch));
            told = true;
        }
        sleep(LOOK);
    }
}

/// Repeats a call while the service cannot be reached: jobs go on without it.
pub(super) fn patiently(
    how_to_go_on: &str,
    call: impl Fn() -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    let mut away: Option<Instant> = None;
    loop {
        let why = match call() {
            Err(Failure::Unreachable(why)) => why,
            done => return done,
        };
        let since = *away.get_or_insert_with(|| {
            output::note(format_args!("{why}: trying again"));
            Instant::now()
        });
        if since.elapsed() >= AWAY {
            return Err(Failure::Unreachable(format!(
                "{why}; what was begun goes on: `{how_to_go_on}`"
            )));
        }
        sleep(LOOK);
    }
}

fn still_waiting(jobs: &[Value], batch: &str) -> String {
    let open: Vec<String> = jobs
        .iter()
        .filter(|job| !has_ended(job))
        .map(|job| {
            format!(
                "{} {}",
                table::text(job, "hostname"),
                table::text(job, "status")
            )
        })
        .collect();
    format!(
        "waiting for {} of {} jobs ({}); Ctrl-C ends the waiting, not the jobs: \
         `pilotctl job ls --batch {batch}`",
        open.len(),
        jobs.len(),
        some(&open)
    )
}

/// The first few of many.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

pub(super) fn has_ended(job: &Value) -> bool {
    !matches!(
        job["status"].as_str(),
        Some("queued" | "received" | "cancelling")
    )
}

pub(super) fn exit_code(jobs: &[Value]) -> ExitCode {
    let succeeded = jobs.iter().all(|job| job["status"] == "succeeded");
    ExitCode::from(u8::from(!succeeded))
}

/// The log goes out as the function wrote it; the sentence that says what
/// went wrong does not mix with it.
fn print_outcome(job: &Value) -> Result<(), Failure> {
    let [id, status, host] = ["id", "status", "hostname"].map(|member| table::text(job, member));
    output::line(output::harmless(&format!("{id} {status} on {host}")))?;
    output::log(&table::text(job, "log"))?;
    print_error(job);
    Ok(())
}

/// The sentence that says what went wrong, if anything did.
pub(super) fn print_error(job: &Value) {
    let error = table::text(&job["result"], "Err");
    if !error.is_empty() {
        output::note(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;

    #[test]
    fn one_failure_fails_the_batch() {
        let jobs = [
            json!({ "status": "succeeded" }),
            json!({ "status": "failed" }),
        ];
        assert_eq!(exit_code(&jobs[..1]), ExitCode::SUCCESS);
        assert_eq!(exit_code(&jobs), ExitCode::FAILURE);
    }

    #[test]
    fn who_waits_is_told_for_whom() {
        let job = |host: &str, status: &str| json!({ "hostname": host, "status": status });
        let mut jobs = vec![job("web", "succeeded"), job("db", "queued")];
        let told = still_waiting(&jobs, "7");
        assert!(told.contains("1 of 2 jobs (db queued)"), "{told}");
        assert!(told.contains("job ls --batch 7"), "{told}");
        jobs.extend((0..9).map(|_| job("db", "received")));
        assert!(still_waiting(&jobs, "7").contains("db received, db received, …)"));
    }

    #[test]
    fn a_service_that_starts_again_is_waited_for_and_a_refusal_is_not() {
        let calls = Cell::new(0);
        let answer = patiently("7", || {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => Err(Failure::Unreachable("down".into())),
                _ => Ok(json!([])),
            }
        });
        assert_eq!((answer.unwrap(), calls.get()), (json!([]), 2));
        let denied = patiently("7", || Err(Failure::Denied("no".into())));
        assert!(matches!(denied, Err(Failure::Denied(_))));
    }
}
