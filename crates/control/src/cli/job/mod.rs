//! `pilotctl job`: runs commands on hosts.

mod follow;
mod id;
mod remove;
mod wait;

use super::client::{self, Connection};
use super::complete::Kind;
use super::confirm::Confirmation;
use super::failure::Failure;
use super::{ago, cmd, help, host, output, retry, table};
use api::jobs::{BatchRequest, Cancelled, JobDetail, ListedJob, Progress};
use api::{BatchId, JobId};
use clap::Subcommand;
use follow::follow;
use remove::remove;
use serde_json::{Value, json};
use std::process::ExitCode;
use wait::wait_for;

/// `pilotctl job …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Run a command on hosts; prints the batch's id
    #[command(after_help = help::of_client!("pilotctl job run web1 web2 --cmd hello --wait"))]
    Run {
        /// Hosts, by id or the beginning of it, by name or hostname
        #[arg(required = true, add = Kind::Hosts.offered())]
        hosts: Vec<String>,
        /// Key of the command
        #[arg(long, add = Kind::Commands.offered())]
        cmd: String,
        /// Name of the batch (default: the command's key)
        #[arg(long)]
        name: Option<String>,
        /// Label of the batch (may be repeated)
        #[arg(long)]
        label: Vec<String>,
        /// Wait until all jobs have ended, and print their output
        #[arg(long)]
        wait: bool,
        /// Key of this call: a repeated call with the same key creates no second batch
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// List jobs, the newest first
    #[command(after_help = help::of_client!("pilotctl job ls --batch 3735928559"))]
    Ls {
        /// Only those of this batch
        #[arg(long, value_name = "ID", value_parser = id::parse::<BatchId>, add = Kind::Batches.offered())]
        batch: Option<BatchId>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a job, and its output so far or its result
    #[command(after_help = help::of_client!("pilotctl job show -f 3735928559"))]
    Show {
        /// Its id, or its number on its host
        #[arg(value_parser = id::parse::<JobId>, add = Kind::Jobs.offered())]
        id: JobId,
        /// Print the output while the job runs; exit with 0 if it succeeds
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Cancel a job: if it waits it never begins, if it runs its host ends it
    #[command(after_help = help::of_client!("pilotctl job cancel 3735928559"))]
    Cancel {
        /// Its id, or its number on its host
        #[arg(value_parser = id::parse::<JobId>, add = Kind::Jobs.offered())]
        id: JobId,
        #[command(flatten)]
        connection: Connection,
    },
    /// Remove jobs that have ended: control forgets them and their output
    #[command(after_help = help::of_client!("pilotctl job rm --batch 3735928559"))]
    Rm {
        /// Their ids, or their numbers on their hosts
        #[arg(value_parser = id::parse::<JobId>, add = Kind::Jobs.offered(), required_unless_present = "batch")]
        ids: Vec<JobId>,
        /// This batch, with all its jobs
        #[arg(long, value_name = "ID", value_parser = id::parse::<BatchId>, add = Kind::Batches.offered())]
        batch: Option<BatchId>,
        #[command(flatten)]
        confirmation: Confirmation,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run {
            hosts,
            cmd,
            name,
            label,
            wait,
            idempotency_key,
            connection,
        } => {
            let client = connection.client()?;
            let request = BatchRequest {
                name: name.unwrap_or_else(|| cmd.clone()),
                label,
                host_uuid: host::for_jobs(&client, &hosts)?,
                fx_key: cmd,
                ..BatchRequest::default()
            };
            let key = idempotency_key.unwrap_or_else(retry::new_key);
            let batch = client.create("/job", &json!(request), &key);
            let batch = batch.map_err(|failure| how_to_repeat(failure, &key));
            let batch = batch.map_err(|failure| cmd::meant(failure, &client, &request.fx_key))?;
            if wait {
                wait_for(&client, batch.trim(), connection.json)
            } else {
                created(&batch, connection.json)
            }
        }
        Command::Ls { batch, connection } => list(&connection, batch),
        Command::Show {
            id,
            follow: true,
            connection,
        } => follow(&connection.client()?, id, connection.json),
        Command::Show { id, connection, .. } => show(&connection, id),
        Command::Cancel { id, connection } => cancel(&connection, id),
        Command::Rm {
            ids,
            batch,
            confirmation,
            connection,
        } => remove(&connection, &confirmation, &ids, batch).map(|()| ExitCode::SUCCESS),
    }
}

/// Adds how to repeat a call whose answer was lost: the batch may have been created.
fn how_to_repeat(failure: Failure, key: &str) -> Failure {
    match failure {
        Failure::Lost(why) => Failure::Lost(format!(
            "{why}; the batch may have been created: repeat the call with --idempotency-key {key}, \
            which creates no second one"
        )),
        other => other,
    }
}

fn created(batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let batch = batch.trim();
    output::made(as_json, &json!({ "batch": batch }), batch)?;
    Ok(ExitCode::SUCCESS)
}

fn cancel(connection: &Connection, id: JobId) -> Result<ExitCode, Failure> {
    let answer = connection.client()?.delete(&format!("/job/{id}"))?;
    let answer: Cancelled = client::read(client::json(&answer)?)?;
    let cancelled = json!({ "job": id, "status": answer.status, "ended": answer.ended });
    output::done(connection.json, &cancelled, cancel_message(id, &answer))?;
    Ok(ExitCode::SUCCESS)
}

fn cancel_message(id: JobId, answer: &Cancelled) -> String {
    match &*answer.status {
        status if answer.ended => {
            format!("{id} had ended already: {status}; nothing was changed")
        }
        "cancelled" => format!("{id} is cancelled: it had not begun"),
        _ => format!(
            "{id} is being cancelled: its host ends it with its next ping \
             (`pilotctl job show -f {id}`)"
        ),
    }
}

fn list(connection: &Connection, batch: Option<BatchId>) -> Result<ExitCode, Failure> {
    let path = batch.map_or("/job".to_owned(), |id| format!("/job?bid={id}"));
    let client = connection.client()?;
    if connection.json {
        let mut jobs = client.list(&path)?;
        jobs.iter_mut().for_each(id::listed);
        output::json(&jobs.into())?;
        return Ok(ExitCode::SUCCESS);
    }
    let jobs: Vec<ListedJob> = client.list_of(&path)?;
    let rows: Vec<_> = jobs.into_iter().map(row).collect();
    table::print(
        &[
            "JOB",
            "BATCH",
            "HOST",
            "COMMAND",
            "STATUS",
            "CREATED",
            "COMPLETED",
        ],
        &rows,
    )?;
    Ok(ExitCode::SUCCESS)
}

fn row(job: ListedJob) -> Vec<String> {
    let ListedJob { entry, .. } = job;
    vec![
        job.id.to_string(),
        job.job_batch_id.to_string(),
        entry.hostname,
        entry.fx_key,
        entry.status,
        ago::since(entry.created),
        entry
            .completed
            .as_deref()
            .map(ago::since_text)
            .unwrap_or_default(),
    ]
}

/// A job, and the answer that it was read from.
struct Shown {
    json: Value,
    job: JobDetail,
}

impl Shown {
    fn new(json: Value) -> Result<Self, Failure> {
        let job = client::read(json.clone())?;
        Ok(Self { json, job })
    }
}

fn show(connection: &Connection, id: JobId) -> Result<ExitCode, Failure> {
    let Shown { json, job } = Shown::new(connection.client()?.get(&format!("/job/{id}"))?)?;
    if connection.json {
        output::json(&json)?;
    } else {
        let text = output_of(&job);
        table::print_titled(&summary(job))?;
        output::line("")?;
        output::log(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The log of a result, or the output of a running job so far.
fn output_of(job: &JobDetail) -> String {
    match &job.progress {
        None => job.entry.log.clone(),
        Some(Progress { at: 0, text, .. }) => text.clone(),
        Some(Progress { at, text, .. }) => format!("[… {at} bytes before …]\n{text}"),
    }
}

fn summary(job: JobDetail) -> Vec<(&'static str, String)> {
    let (entry, result) = (job.entry, job.result.unwrap_or_default());
    let host = entry.host_uuid.map(|id| id.to_string());
    let cut = Some(result.cut).filter(|cut| *cut > 0);
    vec![
        ("job", job.id.to_string()),
        ("number", number(job.number)),
        ("batch", job.job_batch_id.to_string()),
        ("name", job.name),
        ("owner", job.owner),
        ("host", entry.hostname),
        ("host id", host.unwrap_or_default()),
        ("command", entry.fx_key),
        ("package", job.command.package),
        ("function", job.command.function),
        ("status", entry.status),
        ("waits", job.waits.unwrap_or_default()),
        ("created", entry.created.to_string()),
        ("started", entry.started.unwrap_or_default()),
        ("completed", entry.completed.unwrap_or_default()),
        ("error", result.err),
        ("phase", result.phase.unwrap_or_default()),
        (
            "phase",
            job.progress.and_then(|now| now.phase).unwrap_or_default(),
        ),
        ("exit code", number(result.exit_code)),
        ("signal", number(result.signal)),
        ("milliseconds", number(result.milliseconds)),
        ("bytes cut", number(cut)),
        ("survivors", result.survivors.join(",")),
    ]
}

fn number(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_reports_its_effect() {
        let message = |status: &str, ended: bool| {
            let status = status.to_owned();
            cancel_message(JobId::new(7), &Cancelled { status, ended })
        };
        assert!(message("cancelled", false).contains("had not begun"));
        assert!(message("cancelling", false).contains("is being cancelled"));
        assert!(message("succeeded", true).contains("had ended already: succeeded"));
        assert!(message("cancelled", true).contains("nothing was changed"));
    }

    #[test]
    fn a_running_job_is_shown_with_its_output_so_far() {
        let output = |job: Value| output_of(&Shown::new(job).unwrap().job);
        let with = |at: u64| output(json!({ "progress": { "at": at, "text": "x" } }));
        assert_eq!(with(0), "x");
        assert_eq!(with(9), "[… 9 bytes before …]\nx");
        assert_eq!(output(json!({ "log": "all" })), "all");
    }

    #[test]
    fn an_ended_job_is_shown_with_its_result() {
        let job = json!({
            "id": 7, "status": "failed", "command": { "function": "f" },
            "result": { "Err": "f ended with exit code 3", "ExitCode": 3, "Cut": 1024 },
        });
        let shown = summary(Shown::new(job).unwrap().job);
        let has = |title: &str, value: &str| shown.contains(&(title, value.to_owned()));
        assert!(has("function", "f") && has("exit code", "3") && has("bytes cut", "1024"));
        assert!(has("signal", "") && has("completed", ""));
    }
}
