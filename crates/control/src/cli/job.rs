//! `pilotctl job`: running commands on hosts.

use super::client::{Client, Connection};
use super::failure::Failure;
use super::host::entries;
use super::{help, table};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

/// How often `--wait` looks.
const LOOK: Duration = Duration::from_millis(500);

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
        /// What to call the batch (default: the command's key)
        #[arg(long)]
        name: Option<String>,
        /// Label of the batch (may be repeated)
        #[arg(long)]
        label: Vec<String>,
        /// Wait until all jobs have ended, and print what they printed
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List jobs, the newest first
    #[command(after_help = help::of_client!("pilotctl job ls --batch 3735928559"))]
    Ls {
        /// Only those of this batch
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        batch: i64,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show a job and its result
    #[command(after_help = help::of_client!("pilotctl job show 3735928559"))]
    Show {
        /// Its id
        id: i64,
        #[command(flatten)]
        connection: Connection,
    },
    /// Cancel a job
    #[command(after_help = help::of_client!("pilotctl job cancel 3735928559"))]
    Cancel {
        /// Its id
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
            connection,
        } => {
            let client = connection.client()?;
            let body = json!({
                "name": name.unwrap_or_else(|| cmd.clone()),
                "label": label,
                "host_uuid": resolve(&client, &hosts)?,
                "fx_key": cmd,
                "fx_version": 0,
            });
            let batch = client.post("/job", &body)?;
            if wait {
                wait_for(&client, batch.trim(), connection.json)
            } else {
                created(&batch, connection.json)
            }
        }
        Command::Ls { batch, connection } => list(&connection, batch),
        Command::Show { id, connection } => show(&connection, id),
        Command::Cancel { id, connection } => {
            connection.client()?.delete(&format!("/job/{id}"))?;
            println!("cancelled {id}");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn created(batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    if as_json {
        table::print_json(&json!({ "batch": batch.trim() }));
    } else {
        println!("{}", batch.trim());
    }
    Ok(ExitCode::SUCCESS)
}

/// Ids of hosts; names are looked up.
fn resolve(client: &Client, hosts: &[String]) -> Result<Vec<String>, Failure> {
    if hosts.iter().all(|host| is_id(host)) {
        return Ok(hosts.to_vec());
    }
    let known = client.get("/host")?;
    hosts
        .iter()
        .map(|host| id_of(entries(&known), host))
        .collect()
}

fn is_id(host: &str) -> bool {
    host.parse::<wire::HostId>().is_ok()
}

fn id_of(known: &[Value], host: &str) -> Result<String, Failure> {
    if is_id(host) {
        return Ok(host.to_owned());
    }
    let named = |entry: &&Value| entry["hostname"] == host && entry["state"] == "enrolled";
    let ids: Vec<String> = known
        .iter()
        .filter(named)
        .map(|entry| table::text(entry, "host_uuid"))
        .collect();
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Failure::Refused(format!(
            "no enrolled host is called {host}: see `pilotctl host ls`"
        ))),
        several => Err(Failure::Refused(format!(
            "several hosts are called {host}: {}",
            several.join(", ")
        ))),
    }
}

fn wait_for(client: &Client, batch: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let ended = loop {
        let jobs = client.get(&format!("/job?bid={batch}&limit=10000&log=false"))?;
        if entries(&jobs).iter().all(has_ended) {
            break jobs;
        }
        sleep(LOOK);
    };
    let details: Vec<Value> = entries(&ended)
        .iter()
        .map(|job| client.get(&format!("/job/{}", job["id"])))
        .collect::<Result<_, _>>()?;
    let code = exit_code(&details);
    if as_json {
        table::print_json(&details.into());
    } else {
        details.iter().for_each(print_outcome);
    }
    Ok(code)
}

fn has_ended(job: &Value) -> bool {
    !matches!(
        job["status"].as_str(),
        Some("queued" | "received" | "cancelling")
    )
}

fn exit_code(jobs: &[Value]) -> ExitCode {
    let succeeded = jobs.iter().all(|job| job["status"] == "succeeded");
    ExitCode::from(u8::from(!succeeded))
}

/// The log goes out as the function wrote it; the sentence that says what
/// went wrong does not mix with it.
fn print_outcome(job: &Value) {
    println!(
        "{} {} on {}",
        table::text(job, "id"),
        table::text(job, "status"),
        table::text(job, "hostname")
    );
    table::print_log(&table::text(job, "log"));
    let error = table::text(&job["result"], "Err");
    if !error.is_empty() {
        eprintln!("{error}");
    }
}

fn list(connection: &Connection, batch: i64) -> Result<ExitCode, Failure> {
    let jobs = connection
        .client()?
        .get(&format!("/job?bid={batch}&log={}", connection.json))?;
    if connection.json {
        table::print_json(&jobs);
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
    let rows: Vec<_> = entries(&jobs).iter().map(row).collect();
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
    );
    Ok(ExitCode::SUCCESS)
}

fn show(connection: &Connection, id: i64) -> Result<ExitCode, Failure> {
    let job = connection.client()?.get(&format!("/job/{id}"))?;
    if connection.json {
        table::print_json(&job);
        return Ok(ExitCode::SUCCESS);
    }
    for member in [
        "id",
        "job_batch_id",
        "name",
        "owner",
        "hostname",
        "host_uuid",
        "fx_key",
        "status",
        "created",
        "started",
        "completed",
    ] {
        println!("{member:13} {}", table::text(&job, member));
    }
    let result = &job["result"];
    for (title, member) in [
        ("error", "Err"),
        ("phase", "Phase"),
        ("exit code", "ExitCode"),
        ("milliseconds", "Milliseconds"),
    ] {
        if !result[member].is_null() && result[member] != "" {
            println!("{title:13} {}", table::text(result, member));
        }
    }
    println!();
    table::print_log(&table::text(&job, "log"));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(id: &str, name: &str, state: &str) -> Value {
        json!({ "host_uuid": id, "hostname": name, "state": state })
    }

    #[test]
    fn a_name_has_to_mean_one_enrolled_host() {
        let known = [
            host("1", "web", "enrolled"),
            host("2", "db", "enrolled"),
            host("3", "db", "enrolled"),
            host("4", "new", "pending"),
        ];
        assert_eq!(id_of(&known, "web").unwrap(), "1");
        for name in ["db", "new", "nobody"] {
            assert!(id_of(&known, name).is_err(), "{name}");
        }
    }

    #[test]
    fn one_failure_fails_the_batch() {
        let jobs = [
            json!({ "status": "succeeded" }),
            json!({ "status": "failed" }),
        ];
        assert_eq!(exit_code(&jobs[..1]), ExitCode::SUCCESS);
        assert_eq!(exit_code(&jobs), ExitCode::FAILURE);
    }
}
