//! `pilotctl job run --wait`: until every job of a batch has ended.

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::{output, table};
use serde_json::Value;
use std::collections::btree_map::{BTreeMap, Entry};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};
use wire::printable;

/// How often it looks.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// After how long it says what it waits for, and how often after that, where something
/// has changed: most jobs take less. What keeps a job from beginning is said at once.
const QUIET: Duration = Duration::from_secs(5);

/// How many of many are named.
const SHOWN: usize = 3;

/// How long the service may be away: it may be starting again.
const AWAY: Duration = Duration::from_secs(120);

/// Waits until all jobs of a batch have ended, and prints of each how when it does.
pub(super) fn wait_for(client: &Client, batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let how_to_go_on = format!("pilotctl job ls --batch {batch}");
    let get = |path: &str| patiently(&how_to_go_on, || client.get(path));
    let list = |path: &str| patiently(&how_to_go_on, || client.list(path));
    let mut progress = Progress::new(batch);
    let mut ended = BTreeMap::<String, Value>::new();
    loop {
        let jobs = list(&format!("/job?bid={batch}"))?;
        for id in ids_of_ended(&jobs) {
            if let Entry::Vacant(place) = ended.entry(id) {
                let job = get(&format!("/job/{}", place.key()))?;
                if !as_json {
                    print_outcome(&job)?;
                }
                place.insert(job);
            }
        }
        if ended.len() == jobs.len() {
            break;
        }
        if let Some(news) = progress.news(&jobs, Instant::now(), || reasons(&jobs, get))? {
            output::note(news);
        }
        sleep(LOOK);
    }
    let ended: Vec<Value> = ended.into_values().collect();
    let code = exit_code(&ended);
    if as_json {
        output::json(&ended.into())?;
    }
    Ok(code)
}

/// Why the first jobs wait that no host has.
fn reasons(
    jobs: &[Value],
    get: impl Fn(&str) -> Result<Value, Failure>,
) -> Result<Vec<String>, Failure> {
    let queued = jobs.iter().filter(|job| job["status"] == "queued");
    let mut reasons = Vec::new();
    for job in queued.take(SHOWN) {
        let [id, host] = ["id", "hostname"].map(|of| table::text(job, of));
        let why = table::text(&get(&format!("/job/{id}"))?, "waits");
        if !why.is_empty() {
            reasons.push(format!("{host} waits: {why}"));
        }
    }
    Ok(reasons)
}

fn ids_of_ended(jobs: &[Value]) -> Vec<String> {
    let ended = jobs.iter().filter(|job| has_ended(job));
    ended.map(|job| table::text(job, "id")).collect()
}

/// What whoever waits has been told.
struct Progress<'a> {
    batch: &'a str,
    /// When it is looked for the first time what keeps jobs from beginning: a host that
    /// asks for one has it by then.
    early: Option<Instant>,
    /// When there is something to tell again.
    due: Instant,
    told: String,
}

impl<'a> Progress<'a> {
    fn new(batch: &'a str) -> Self {
        let now = Instant::now();
        Self {
            batch,
            early: Some(now + LOOK),
            due: now + QUIET,
            told: String::new(),
        }
    }

    /// What is to be said now, if anything is.
    fn news(
        &mut self,
        jobs: &[Value],
        now: Instant,
        reasons: impl FnOnce() -> Result<Vec<String>, Failure>,
    ) -> Result<Option<String>, Failure> {
        let is_early = self.early.take_if(|early| *early <= now).is_some();
        if !is_early && now < self.due {
            return Ok(None);
        }
        let (state, reasons) = (still_waiting(jobs), reasons()?);
        let kinds = reasons.iter().map(|reason| kind(reason));
        let news: String = [&*state].into_iter().chain(kinds).collect();
        if news == self.told || is_early && reasons.is_empty() {
            return Ok(None);
        }
        let advice = match self.told.is_empty() {
            true => advice(jobs, self.batch),
            false => String::new(),
        };
        self.due = now + QUIET;
        self.told = news;
        let said = [format!("{state}{advice}")].into_iter().chain(reasons);
        Ok(Some(said.collect::<Vec<_>>().join("; ")))
    }
}

/// A reason less the time that it has lasted, which changes with each look.
fn kind(reason: &str) -> &str {
    reason.rfind(": ").map_or(reason, |end| &reason[..end])
}

/// Repeats a call while the service cannot be reached: jobs go on without it.
pub(super) fn patiently<T>(
    how_to_go_on: &str,
    call: impl Fn() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut away: Option<Instant> = None;
    loop {
        let why = match call() {
            Err(Failure::Unreachable(why) | Failure::Lost(why)) => why,
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

fn still_waiting(jobs: &[Value]) -> String {
    let open = jobs.iter().filter(|job| !has_ended(job));
    let open: Vec<String> = open
        .map(|job| {
            let [host, status] = ["hostname", "status"].map(|of| table::text(job, of));
            format!("{host} {status}")
        })
        .collect();
    format!(
        "waiting for {} of {} jobs ({})",
        open.len(),
        jobs.len(),
        some(&open)
    )
}

fn advice(jobs: &[Value], batch: &str) -> String {
    let look = match jobs {
        [job] => format!("pilotctl job show -f {}", table::text(job, "id")),
        _ => format!("pilotctl job ls --batch {batch}"),
    };
    format!("; Ctrl-C ends the waiting, not the jobs: `{look}`")
}

/// The first few of many.
fn some(names: &[String]) -> String {
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
    output::line(printable::on_one_line(&format!("{id} {status} on {host}")))?;
    output::log(&table::text(job, "log"))?;
    print_error(job);
    Ok(())
}

/// The sentence that says what went wrong, if anything did.
pub(super) fn print_error(job: &Value) {
    let error = table::text(&job["result"], "Err");
    if !error.is_empty() {
        output::note(format_args!("{}: {error}", table::text(job, "hostname")));
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

    fn job(host: &str, status: &str) -> Value {
        json!({ "id": 5, "hostname": host, "status": status })
    }

    #[test]
    fn who_waits_is_told_for_whom() {
        let mut jobs = vec![job("web", "succeeded"), job("db", "queued")];
        let told = still_waiting(&jobs);
        assert_eq!(told, "waiting for 1 of 2 jobs (db queued)");
        assert!(advice(&jobs, "7").contains("job ls --batch 7"));
        assert!(advice(&jobs[..1], "7").contains("job show -f 5"));
        jobs.extend((0..9).map(|_| job("db", "received")));
        assert!(still_waiting(&jobs).contains("db received, db received, …)"));
    }

    #[test]
    fn what_has_changed_is_told_now_and_then() {
        let mut progress = Progress::new("7");
        let start = progress.due - QUIET;
        let mut said = |jobs: &[Value], seconds: u64| {
            let now = start + Duration::from_secs(seconds);
            progress.news(jobs, now, || Ok(vec![])).unwrap()
        };
        let queued = [job("web", "queued"), job("db", "queued")];
        assert_eq!(said(&queued, 1), None, "most jobs take less");
        assert!(said(&queued, 5).unwrap().contains("Ctrl-C"));
        assert_eq!(said(&queued, 60), None, "nothing is new");
        let running = [job("web", "received"), job("db", "queued")];
        let told = "waiting for 2 of 2 jobs (web received, db queued)";
        assert_eq!(said(&running, 61).as_deref(), Some(told));
        let one = [job("web", "succeeded"), job("db", "queued")];
        assert_eq!(said(&one, 62), None, "not too often");
        assert!(said(&one, 66).unwrap().ends_with("(db queued)"));
    }

    #[test]
    fn what_keeps_a_job_from_beginning_is_told_at_once_and_when_it_changes() {
        let mut progress = Progress::new("7");
        let start = progress.due - QUIET;
        let jobs = [job("web", "queued")];
        let mut said = |milliseconds: u64, reason: &str| {
            let now = start + Duration::from_millis(milliseconds);
            let reasons = || Ok(vec![format!("web waits: {reason}")]);
            progress.news(&jobs, now, reasons).unwrap()
        };
        assert_eq!(said(0, "the host has not asked yet: it"), None);
        let told = said(
            500,
            "the host has not asked yet: it was last seen 1 second(s) ago",
        );
        assert!(told.unwrap().ends_with("seen 1 second(s) ago"));
        let same = said(
            6_000,
            "the host has not asked yet: it was last seen 6 second(s) ago",
        );
        assert_eq!(same, None);
        let other = said(
            12_000,
            "the host is not connected: it was last seen 12 second(s) ago",
        );
        assert!(other.unwrap().contains("is not connected"));
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
        let denied: Result<Value, _> = patiently("7", || Err(Failure::Denied("no".into())));
        assert!(matches!(denied, Err(Failure::Denied(_))));
    }
}
