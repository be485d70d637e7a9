//! `pilot job`: the jobs of this host, for debugging.

mod follow;
mod stop;

use super::{output, parse, usage, usage_error};
use crate::config::{Config, Source};
use crate::failure::{Context, Failure, Kind};
use crate::home;
use crate::log;
use crate::spool::Spool;
use crate::spool::folder::{JobFolder, State};
use serde_json::json;
use std::path::PathBuf;
use wire::ping::JobResult;
use wire::printable;
use wire::time::rfc3339;

/// What can be done with jobs.
const WORDS: [&str; 3] = ["ls", "show", "stop"];

/// How many characters of a cell of a table are shown; JSON has all.
const LONGEST_CELL: usize = 100;

/// Lists the jobs, shows one, or ends what runs.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    options.optflag("f", "follow", "");
    let matches = parse(&options, arguments)?;
    let config = Source::of_this_process()?.load()?;
    home::refuse_hidden(&config)?;
    let [as_json, follows] = ["json", "follow"].map(|flag| matches.opt_present(flag));
    let words: Vec<&str> = matches.free.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ls"] if !follows => list(&config, as_json),
        ["show", id] if follows && !as_json => follow::follow(&config, number(id)?),
        ["show", id] if !follows => show(&config, number(id)?, as_json),
        ["stop"] if !follows => print_stopped(&stop::stop(&config)?, as_json),
        [word, ..] if !WORDS.contains(word) => Err(usage_error(format!(
            "there is no command `pilot job {word}`{}",
            usage::meant(word, &WORDS)
        ))),
        _ => Err(usage_error(
            "write `pilot job ls`, `pilot job show ID`, `pilot job show -f ID` or `pilot job stop`",
        )),
    }
}

fn print_stopped(ids: &[i64], as_json: bool) -> Result<(), Failure> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match &ids[..] {
        ids if as_json => output::json(&json!({ "stopped": ids })),
        [] => output::print("no job is running"),
        ids => output::print(format_args!("ended: {}", ids.join(" "))),
    }
}

/// A job, read from its folder.
struct Job {
    id: i64,
    folder: JobFolder,
    state: State,
    package: String,
    function: String,
    received: Option<u64>,
    result: Option<JobResult>,
}

impl Job {
    fn look_at((id, folder, state): (i64, JobFolder, State)) -> Self {
        // A record that is damaged leaves its columns empty.
        let received = folder.received().ok().flatten();
        let result = folder.result().ok().flatten();
        Self {
            id,
            state,
            package: received
                .as_ref()
                .map(|noted| noted.package.clone())
                .unwrap_or_default(),
            function: received
                .as_ref()
                .map(|noted| noted.function.clone())
                .unwrap_or_default(),
            received: received.map(|noted| noted.at),
            result,
            folder,
        }
    }

    fn state(&self) -> &'static str {
        match self.state {
            State::Received => "waiting",
            State::Running | State::Interrupted => "running",
            State::Ended => "to report",
            State::Reported => "reported",
        }
    }

    fn phase(&self) -> &'static str {
        self.folder.phase().map_or("", wire::ping::Phase::name)
    }

    /// The working folder of a job that has ended, where it is still there.
    fn kept(&self) -> Option<PathBuf> {
        let folder = self.folder.work_folder();
        (self.result.is_some() && folder.exists()).then_some(folder)
    }

    fn status(&self) -> &'static str {
        let status = self.result.as_ref().and_then(|result| result.status);
        status.map_or("", wire::ping::Status::name)
    }

    /// The result's log, or what a job that runs has printed so far.
    fn output(&self) -> String {
        match &self.result {
            Some(result) => result.log.clone(),
            None => self.folder.output().text().unwrap_or_default().0,
        }
    }

    /// Ids are text: many a program rounds such numbers.
    fn json(&self) -> serde_json::Value {
        let id = self.id.to_string();
        let mut result = json!(self.result);
        if self.result.is_some() {
            result["JobId"] = json!(id);
        }
        json!({
            "id": id,
            "state": self.state(),
            "package": self.package,
            "function": self.function,
            "received": self.received.map(rfc3339),
            "phase": self.folder.phase(),
            "kept": self.kept(),
            "output": self.output(),
            "result": result,
        })
    }
}

fn jobs(config: &Config) -> Result<Vec<Job>, Failure> {
    let jobs = Spool::noted(&config.home).context("cannot look at the jobs")?;
    Ok(jobs.into_iter().map(Job::look_at).collect())
}

fn list(config: &Config, as_json: bool) -> Result<(), Failure> {
    let jobs = jobs(config)?;
    if as_json {
        let all: Vec<_> = jobs.iter().map(Job::json).collect();
        return output::json(&json!(all));
    }
    let mut lines = vec![format!(
        "{:20} {:10} {:12} {:20} FUNCTION",
        "JOB", "STATE", "STATUS", "RECEIVED"
    )];
    lines.extend(jobs.iter().map(|job| {
        let received = job.received.map(rfc3339).unwrap_or_default();
        let (state, status) = (job.state(), job.status());
        let what = format!("{} of {}", job.function, job.package);
        let what = printable::cut(&printable::on_one_line(&what), LONGEST_CELL);
        let id = job.id;
        format!("{id:<20} {state:10} {status:12} {received:20} {what}")
    }));
    output::print(lines.join("\n"))
}

/// Reads an id, in quotes too, as `jq` prints it.
fn number(id: &str) -> Result<i64, Failure> {
    id.trim_matches('"')
        .parse()
        .map_err(|_| usage_error(format!("{id:?} is not the number of a job")))
}

fn find(config: &Config, id: i64) -> Result<Job, Failure> {
    let job = jobs(config)?.into_iter().find(|job| job.id == id);
    job.ok_or_else(|| {
        Failure::new(
            Kind::Run,
            format!("this host has no job {id}; see `pilot job ls`"),
        )
    })
}

fn show(config: &Config, id: i64, as_json: bool) -> Result<(), Failure> {
    let job = find(config, id)?;
    if as_json {
        return output::json(&job.json());
    }
    output::print(summary(&job))?;
    output::print("")?;
    output::foreign(&job.output())
}

fn summary(job: &Job) -> String {
    let result = job.result.as_ref();
    let ended = result.and_then(|result| result.end.clone());
    let error = result.map(|result| result.err.clone());
    let rows = [
        ("job", job.id.to_string()),
        ("state", job.state().to_owned()),
        ("status", job.status().to_owned()),
        ("phase", job.phase().to_owned()),
        ("package", job.package.clone()),
        ("function", job.function.clone()),
        ("received", job.received.map(rfc3339).unwrap_or_default()),
        ("ended", ended.unwrap_or_default()),
        (
            "kept",
            job.kept()
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
        ),
        ("error", error.unwrap_or_default()),
    ];
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<String> = rows
        .map(|(name, value)| format!("{name:10} {}", log::one_line(value)))
        .collect();
    lines.join("\n")
}
