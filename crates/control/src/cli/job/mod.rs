//! `pilotctl job`: runs commands on hosts.

mod follow;
mod id;
mod wait;

use super::client::{self, Connection};
use super::failure::Failure;
use super::{help, host, output, retry, table};
use clap::Subcommand;
use follow::follow;
use serde_json::{Value, json};
use std::process::ExitCode;
use wait::wait_for;

/// `pilotctl job …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Run a command on hosts; prints the batch's id
    #[command(after_help = help::of_client!("pilotctl job run web1 web2 --cmd hello --wait"))]
    Run {
        /// Hosts, by id or by name
        #[arg(required = true)]
        hosts: Vec<String>,
        /// Key of the command
        #[arg(long)]
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
        #[arg(long, value_name = "ID", value_parser = id::parse)]
        batch: Option<i64>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a job, and its output so far or its result
    #[command(after_help = help::of_client!("pilotctl job show -f 3735928559"))]
    Show {
        /// Its id
        #[arg(value_parser = id::parse)]
        id: i64,
        /// Print the output while the job runs; exit with 0 if it succeeds
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Cancel a job: if it waits it never begins, if it runs its host ends it
    #[command(after_help = help::of_client!("pilotctl job cancel 3735928559"))]
    Cancel {
        /// Its id
        #[arg(value_parser = id::parse)]
        id: i64,
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
            let body = json!({
                "name": name.unwrap_or_else(|| cmd.clone()),
                "label": label,
                "host_uuid": host::for_jobs(&client, &hosts)?,
                "fx_key": cmd,
                "fx_version": 0,
            });
            let key = idempotency_key.unwrap_or_else(retry::new_key);
            let batch = client.create("/job", &body, &key);
            let batch = batch.map_err(|failure| how_to_repeat(failure, &key))?;
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
    output::done(as_json, &json!({ "batch": batch }), batch)?;
    Ok(ExitCode::SUCCESS)
}

fn cancel(connection: &Connection, id: i64) -> Result<ExitCode, Failure> {
    let answer = connection.client()?.delete(&format!("/job/{id}"))?;
    let answer = client::json(&answer)?;
    let cancelled =
        json!({ "job": id.to_string(), "status": answer["status"], "ended": answer["ended"] });
    output::done(connection.json, &cancelled, cancel_message(id, &answer))?;
    Ok(ExitCode::SUCCESS)
}

fn cancel_message(id: i64, answer: &Value) -> String {
    match table::text(answer, "status") {
        status if answer["ended"] == true => {
            format!("{id} had ended already: {status}; nothing was changed")
        }
        status if status == "cancelled" => format!("{id} is cancelled: it had not begun"),
        _ => format!(
            "{id} is being cancelled: its host ends it with its next ping \
             (`pilotctl job show -f {id}`)"
        ),
    }
}

fn list(connection: &Connection, batch: Option<i64>) -> Result<ExitCode, Failure> {
    let path = batch.map_or("/job".to_owned(), |id| format!("/job?bid={id}"));
    let mut jobs = connection.client()?.list(&path)?;
    if connection.json {
        jobs.iter_mut().for_each(id::listed);
        output::json(&jobs.into())?;
        return Ok(ExitCode::SUCCESS);
    }
    let members = [
        "id",
        "job_batch_id",
        "hostname",
        "fx_key",
        "status",
        "created",
        "completed",
    ];
    let row = |job: &Value| members.map(|member| table::text(job, member)).to_vec();
    let rows: Vec<_> = jobs.iter().map(row).collect();
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

fn show(connection: &Connection, id: i64) -> Result<ExitCode, Failure> {
    let job = connection.client()?.get(&format!("/job/{id}"))?;
    if connection.json {
        output::json(&job)?;
    } else {
        table::print_titled(&summary(&job))?;
        output::line("")?;
        output::log(&output_of(&job))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The log of a result, or the output of a running job so far.
fn output_of(job: &Value) -> String {
    let progress = &job["progress"];
    match progress["at"].as_u64() {
        None => table::text(job, "log"),
        Some(0) => table::text(progress, "text"),
        Some(at) => format!("[… {at} bytes before …]\n{}", table::text(progress, "text")),
    }
}

fn summary(job: &Value) -> Vec<(&'static str, String)> {
    let of_job = |title, member| (title, table::text(job, member));
    let of_command = |title, member| (title, table::text(&job["command"], member));
    let of_result = |title, member| (title, table::text(&job["result"], member));
    vec![
        of_job("job", "id"),
        of_job("batch", "job_batch_id"),
        of_job("name", "name"),
        of_job("owner", "owner"),
        of_job("host", "hostname"),
        of_job("host id", "host_uuid"),
        of_job("command", "fx_key"),
        of_command("package", "package"),
        of_command("function", "function"),
        of_job("status", "status"),
        of_job("waits", "waits"),
        of_job("created", "created"),
        of_job("started", "started"),
        of_job("completed", "completed"),
        of_result("error", "Err"),
        of_result("phase", "Phase"),
        ("phase", table::text(&job["progress"], "phase")),
        of_result("exit code", "ExitCode"),
        of_result("signal", "Signal"),
        of_result("milliseconds", "Milliseconds"),
        of_result("bytes cut", "Cut"),
        of_result("survivors", "Survivors"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_reports_its_effect() {
        let message = |status: &str, ended: bool| {
            cancel_message(7, &json!({ "status": status, "ended": ended }))
        };
        assert!(message("cancelled", false).contains("had not begun"));
        assert!(message("cancelling", false).contains("is being cancelled"));
        assert!(message("succeeded", true).contains("had ended already: succeeded"));
        assert!(message("cancelled", true).contains("nothing was changed"));
    }

    #[test]
    fn a_running_job_is_shown_with_its_output_so_far() {
        let with =
            |at: u64| output_of(&json!({ "log": "", "progress": { "at": at, "text": "x" } }));
        assert_eq!(with(0), "x");
        assert_eq!(with(9), "[… 9 bytes before …]\nx");
        assert_eq!(output_of(&json!({ "log": "all" })), "all");
    }

    #[test]
    fn an_ended_job_is_shown_with_its_result() {
        let job = json!({
            "id": 7, "status": "failed", "command": { "function": "f" },
            "result": { "Err": "f ended with exit code 3", "ExitCode": 3, "Cut": 1024 },
        });
        let shown = summary(&job);
        let has = |title: &str, value: &str| shown.contains(&(title, value.to_owned()));
        assert!(has("function", "f") && has("exit code", "3") && has("bytes cut", "1024"));
        assert!(has("signal", "") && has("completed", ""));
    }
}
