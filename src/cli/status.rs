//! `pilot status`: the identity of this host and the state of its agent, from what is on disk.

use super::config::host_id;
use super::{output, parse, usage_error};
use crate::config::{Config, Source};
use crate::failure::{Context, Failure};
use crate::home::{self, Activity};
use crate::identity::Identity;
use crate::identity::clock::Floor;
use crate::keys::TrustStore;
use crate::spool::Spool;
use crate::spool::disk_space;
use crate::spool::folder::State;
use crate::status::{LinkState, clock_words, last_noted};
use wire::time::rfc3339;

/// Everything that is shown.
struct Status {
    /// The id, or why there is none.
    host: Result<String, String>,
    fingerprint: Option<String>,
    enrolment: &'static str,
    agent: Activity,
    link: Option<LinkState>,
    job_keys: Result<Vec<String>, String>,
    /// Counts of the jobs that are not reported: received, running, ended.
    jobs: [usize; 3],
    /// Why no other job can be taken.
    lack: Option<String>,
}

/// Prints the status.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    if !matches.free.is_empty() {
        return Err(usage_error("status takes no argument"));
    }
    let config = Source::of_this_process()?.load()?;
    home::refuse_hidden(&config)?;
    let status = collect(&config)?;
    if matches.opt_present("json") {
        output::json(&json(&status))
    } else {
        output::print(text(&status))
    }
}

fn collect(config: &Config) -> Result<Status, Failure> {
    let identity = Identity::load(&config.home)?;
    let agent = home::activity(&config.home);
    let keys = TrustStore::new(&config.home)
        .job_keys(&config.program_folder, Floor::load(&config.home).now());
    Ok(Status {
        host: host_id(config)
            .map(|id| id.to_string())
            .map_err(|failure| failure.to_string()),
        fingerprint: identity.as_ref().map(|identity| identity.key.fingerprint()),
        enrolment: match &identity {
            Some(identity) if identity.enrolled => "enrolled",
            Some(_) => "waiting to be admitted",
            None => "not enrolled",
        },
        agent,
        link: last_noted(&config.home).filter(|_| agent != Activity::Idle),
        job_keys: keys
            .map(|keys| {
                keys.certificates()
                    .iter()
                    .map(|key| key.fingerprint().to_string())
                    .collect()
            })
            .map_err(|failure| failure.to_string()),
        jobs: count_jobs(config)?,
        lack: disk_space::lack(&config.home, config.spool_limit),
    })
}

fn count_jobs(config: &Config) -> Result<[usize; 3], Failure> {
    let jobs = Spool::noted(&config.home).context("cannot look at the jobs")?;
    let count = |wanted| jobs.iter().filter(|(_, _, state)| *state == wanted).count();
    Ok([State::Received, State::Running, State::Ended].map(count))
}

fn text(status: &Status) -> String {
    let no_key = "(no key yet: start the agent, or enrol)";
    let host = status.host.as_ref().map_or_else(Clone::clone, Clone::clone);
    let agent = match status.agent {
        Activity::Idle => "not running",
        Activity::Waiting => "waiting",
        Activity::Working => "running",
    };
    let link = status.link.as_ref();
    let link = link.map(|link| format!("{} (since {})", link.text, rfc3339(link.since)));
    let skew = status.link.as_ref().map_or(0, |link| link.skew);
    let keys = status.job_keys.as_ref().map(|keys| keys.join(" "));
    let [waiting, running, ended] = status.jobs;
    let rows = [
        ("host", Some(host)),
        (
            "fingerprint",
            Some(status.fingerprint.clone().unwrap_or(no_key.to_owned())),
        ),
        ("enrolment", Some(status.enrolment.to_owned())),
        ("agent", Some(agent.to_owned())),
        ("link", link),
        ("clock", (skew != 0).then(|| clock_words(skew))),
        ("job keys", Some(keys.unwrap_or_else(Clone::clone))),
        (
            "jobs",
            Some(format!(
                "{waiting} waiting, {running} running, {ended} to report"
            )),
        ),
        ("takes no job", status.lack.clone()),
    ];
    let lines = rows
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name:12} {}", value?)));
    lines.collect::<Vec<_>>().join("\n")
}

fn json(status: &Status) -> serde_json::Value {
    let [waiting, running, ended] = status.jobs;
    let link = status.link.as_ref();
    serde_json::json!({
        "host": status.host.as_ref().ok(),
        "fingerprint": status.fingerprint,
        "enrolment": status.enrolment,
        "running": status.agent == Activity::Working,
        "waiting": status.agent == Activity::Waiting,
        "link": link.map(|link| serde_json::json!({ "text": link.text, "ok": link.ok, "since": rfc3339(link.since), "skew": link.skew })),
        "job_keys": status.job_keys.as_ref().ok(),
        "error": status.host.as_ref().err().or(status.job_keys.as_ref().err()),
        "jobs": { "waiting": waiting, "running": running, "to_report": ended },
        "takes_no_job": status.lack,
    })
}
