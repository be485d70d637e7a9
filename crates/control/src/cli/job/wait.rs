//! `pilotctl job run --wait`: waits until every job of a batch has ended.

use super::Shown;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output;
use api::JobId;
use api::jobs::{Job, JobDetail, ListedJob};
use std::collections::btree_map::{BTreeMap, Entry};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};
use wire::printable;

/// How often it asks the service.
pub(super) const POLL: Duration = Duration::from_millis(500);

/// The time before the first note about open jobs, which is longer than most jobs take, and
/// the shortest time between two notes. Why a job is queued is printed earlier.
const QUIET: Duration = Duration::from_secs(5);

/// How many jobs a note names.
const SHOWN: usize = 3;

/// How long the service may be unreachable: it may be restarting.
const MAX_OUTAGE: Duration = Duration::from_secs(120);

/// Waits until all jobs of a batch have ended, and prints the result of each when it ends.
pub(super) fn wait_for(client: &Client, batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let how_to_go_on = format!("pilotctl job ls --batch {batch}");
    let get = |job: JobId| {
        let path = format!("/job/{job}");
        Shown::new(retry(&how_to_go_on, || client.get(&path))?)
    };
    let mut notes = WaitNotes::new(batch);
    let mut ended = BTreeMap::<JobId, Shown>::new();
    loop {
        let path = format!("/job?bid={batch}");
        let jobs: Vec<ListedJob> = retry(&how_to_go_on, || client.list_of(&path))?;
        for job in jobs.iter().filter(|job| job.entry.has_ended()) {
            if let Entry::Vacant(place) = ended.entry(job.id) {
                let shown = get(job.id)?;
                if !as_json {
                    print_outcome(&shown.job)?;
                }
                place.insert(shown);
            }
        }
        if ended.len() == jobs.len() {
            break;
        }
        if let Some(note) = notes.due(&jobs, Instant::now(), || reasons(&jobs, get))? {
            output::note(note);
        }
        sleep(POLL);
    }
    let code = exit_code(ended.values().map(|shown| &shown.job.entry));
    if as_json {
        output::json(&ended.into_values().map(|shown| shown.json).collect())?;
    }
    Ok(code)
}

/// Why the first queued jobs wait.
fn reasons(
    jobs: &[ListedJob],
    get: impl Fn(JobId) -> Result<Shown, Failure>,
) -> Result<Vec<String>, Failure> {
    let queued = jobs.iter().filter(|job| job.entry.status == "queued");
    let mut reasons = Vec::new();
    for job in queued.take(SHOWN) {
        if let Some(why) = get(job.id)?.job.waits {
            reasons.push(format!("{} waits: {why}", job.entry.hostname));
        }
    }
    Ok(reasons)
}

/// The notes that are printed while the command waits.
struct WaitNotes<'a> {
    batch: &'a str,
    /// When to check for the first time why jobs are queued: a connected host has its job by
    /// then.
    early: Option<Instant>,
    /// When the next note may be printed.
    due: Instant,
    last: String,
}

impl<'a> WaitNotes<'a> {
    fn new(batch: &'a str) -> Self {
        let now = Instant::now();
        Self {
            batch,
            early: Some(now + POLL),
            due: now + QUIET,
            last: String::new(),
        }
    }

    /// The note to print now, if one is due and differs from the last one.
    fn due(
        &mut self,
        jobs: &[ListedJob],
        now: Instant,
        reasons: impl FnOnce() -> Result<Vec<String>, Failure>,
    ) -> Result<Option<String>, Failure> {
        let is_early = self.early.take_if(|early| *early <= now).is_some();
        if !is_early && now < self.due {
            return Ok(None);
        }
        let (state, reasons) = (still_waiting(jobs), reasons()?);
        let kinds = reasons.iter().map(|reason| kind(reason));
        let content: String = [&*state].into_iter().chain(kinds).collect();
        if content == self.last || is_early && reasons.is_empty() {
            return Ok(None);
        }
        let advice = match self.last.is_empty() {
            true => advice(jobs, self.batch),
            false => String::new(),
        };
        self.due = now + QUIET;
        self.last = content;
        let note = [format!("{state}{advice}")].into_iter().chain(reasons);
        Ok(Some(note.collect::<Vec<_>>().join("; ")))
    }
}

/// A reason without its duration, which changes each time.
fn kind(reason: &str) -> &str {
    reason.rfind(": ").map_or(reason, |end| &reason[..end])
}

/// Repeats a call while the service cannot be reached: jobs run on without it.
pub(super) fn retry<T>(
    how_to_go_on: &str,
    call: impl Fn() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut outage: Option<Instant> = None;
    loop {
        let why = match call() {
            Err(Failure::Unreachable(why) | Failure::Lost(why)) => why,
            done => return done,
        };
        let since = *outage.get_or_insert_with(|| {
            output::note(format_args!("{why}: trying again"));
            Instant::now()
        });
        if since.elapsed() >= MAX_OUTAGE {
            return Err(Failure::Unreachable(format!(
                "{why}; the jobs go on: see `{how_to_go_on}`"
            )));
        }
        sleep(POLL);
    }
}

fn still_waiting(jobs: &[ListedJob]) -> String {
    let entries = jobs.iter().map(|job| &job.entry);
    let open: Vec<String> = entries
        .filter(|job| !job.has_ended())
        .map(|job| format!("{} {}", job.hostname, job.status))
        .collect();
    format!(
        "waiting for {} of {} jobs ({})",
        open.len(),
        jobs.len(),
        some(&open)
    )
}

fn advice(jobs: &[ListedJob], batch: &str) -> String {
    let command = match jobs {
        [job] => format!("pilotctl job show -f {}", job.id),
        _ => format!("pilotctl job ls --batch {batch}"),
    };
    format!("; Ctrl-C stops waiting, the jobs go on: see `{command}`")
}

/// The first few names.
fn some(names: &[String]) -> String {
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}

/// 0 if all jobs have succeeded.
pub(super) fn exit_code<'a>(mut jobs: impl Iterator<Item = &'a Job>) -> ExitCode {
    ExitCode::from(u8::from(!jobs.all(Job::has_succeeded)))
}

/// Prints the output of a job unchanged to standard output, and its error to standard error.
fn print_outcome(job: &JobDetail) -> Result<(), Failure> {
    let (id, entry) = (job.id, &job.entry);
    let outcome = format!("{id} {} on {}", entry.status, entry.hostname);
    output::line(printable::on_one_line(&outcome))?;
    output::log(&entry.log)?;
    print_error(job);
    Ok(())
}

/// Prints the error of a job, if it has one.
pub(super) fn print_error(job: &JobDetail) {
    if let Some(result) = job.result.as_ref().filter(|result| !result.err.is_empty()) {
        output::complain(format_args!("{}: {}", job.entry.hostname, result.err));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;

    #[test]
    fn one_failure_fails_the_batch() {
        let jobs = [job("web", "succeeded"), job("db", "failed")].map(|job| job.entry);
        assert_eq!(exit_code(jobs.iter().take(1)), ExitCode::SUCCESS);
        assert_eq!(exit_code(jobs.iter()), ExitCode::FAILURE);
    }

    fn job(host: &str, status: &str) -> ListedJob {
        let job = json!({ "id": 5, "hostname": host, "status": status });
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn a_note_names_the_open_jobs() {
        let mut jobs = vec![job("web", "succeeded"), job("db", "queued")];
        let note = still_waiting(&jobs);
        assert_eq!(note, "waiting for 1 of 2 jobs (db queued)");
        assert!(advice(&jobs, "7").contains("job ls --batch 7"));
        assert!(advice(&jobs[..1], "7").contains("job show -f 5"));
        jobs.extend((0..9).map(|_| job("db", "received")));
        assert!(still_waiting(&jobs).contains("db received, db received, …)"));
    }

    #[test]
    fn changes_are_printed_from_time_to_time() {
        let mut notes = WaitNotes::new("7");
        let start = notes.due - QUIET;
        let mut note = |jobs: &[ListedJob], seconds: u64| {
            let now = start + Duration::from_secs(seconds);
            notes.due(jobs, now, || Ok(vec![])).unwrap()
        };
        let queued = [job("web", "queued"), job("db", "queued")];
        assert_eq!(note(&queued, 1), None, "most jobs take less");
        assert!(note(&queued, 5).unwrap().contains("Ctrl-C"));
        assert_eq!(note(&queued, 60), None, "nothing has changed");
        let running = [job("web", "received"), job("db", "queued")];
        let expected = "waiting for 2 of 2 jobs (web received, db queued)";
        assert_eq!(note(&running, 61).as_deref(), Some(expected));
        let one = [job("web", "succeeded"), job("db", "queued")];
        assert_eq!(note(&one, 62), None, "not too often");
        assert!(note(&one, 66).unwrap().ends_with("(db queued)"));
    }

    #[test]
    fn why_a_job_is_queued_is_printed_early_and_when_it_changes() {
        let mut notes = WaitNotes::new("7");
        let start = notes.due - QUIET;
        let jobs = [job("web", "queued")];
        let mut note = |milliseconds: u64, reason: &str| {
            let now = start + Duration::from_millis(milliseconds);
            let reasons = || Ok(vec![format!("web waits: {reason}")]);
            notes.due(&jobs, now, reasons).unwrap()
        };
        assert_eq!(note(0, "the host has no ping waiting: it"), None);
        let first = note(
            500,
            "the host has no ping waiting: it was last seen 1 second(s) ago",
        );
        assert!(first.unwrap().ends_with("seen 1 second(s) ago"));
        let same = note(
            6_000,
            "the host has no ping waiting: it was last seen 6 second(s) ago",
        );
        assert_eq!(same, None);
        let other = note(
            12_000,
            "the host is not connected: it was last seen 12 second(s) ago",
        );
        assert!(other.unwrap().contains("is not connected"));
    }

    #[test]
    fn an_outage_is_retried_and_a_refusal_is_not() {
        let calls = Cell::new(0);
        let answer = retry("7", || {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => Err(Failure::Unreachable("down".into())),
                _ => Ok(json!([])),
            }
        });
        assert_eq!((answer.unwrap(), calls.get()), (json!([]), 2));
        let denied: Result<(), _> = retry("7", || Err(Failure::Denied("no".into())));
        assert!(matches!(denied, Err(Failure::Denied(_))));
    }
}
