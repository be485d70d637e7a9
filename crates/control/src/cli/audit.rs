//! `pilotctl audit`: who changed what.

use super::client::{Client, Connection, read};
use super::complete::Kind;
use super::data::OnThisMachine;
use super::failure::Failure;
use super::{duration, help, output, table};
use crate::clock::unix_now;
use crate::percent;
use api::Time;
use api::audit::{AuditEntry, Verified};
use clap::Subcommand;
use serde_json::{Value, json};
use wire::printable;

/// How many entries `export` reads at a time.
const PAGE: usize = 1_000;

/// The most entries that `ls` lists.
const MOST: u64 = 10_000;

/// `pilotctl audit …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// List changes, the newest first: who made them, from where, and on what
    #[command(after_help = help::of_client!("pilotctl audit ls --who ada --what host --since 7d"))]
    Ls {
        #[command(flatten)]
        filter: Filter,
        /// How many entries to list
        #[arg(long, default_value_t = 50, value_parser = limit)]
        limit: u64,
        #[command(flatten)]
        connection: Connection,
    },
    /// Print the whole log, the oldest entry first, as a line of JSON for each
    #[command(after_help = help::of_client!("pilotctl audit export --since 2026-11-01T00:00:00Z > audit.jsonl"))]
    Export {
        #[command(flatten)]
        filter: Filter,
        /// Only entries after the one with this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        connection: Connection,
    },
    /// Verify that no entry was changed, removed or added; exit code 1 if one was
    #[command(after_help = help::of_client!("pilotctl audit verify"))]
    Verify {
        #[command(flatten)]
        data: OnThisMachine,
        #[command(flatten)]
        connection: Connection,
    },
}

/// Which entries to show.
#[derive(clap::Args)]
pub(super) struct Filter {
    /// Only changes by this user
    #[arg(long, value_name = "USER", add = Kind::Users.offered())]
    who: Option<String>,
    /// Only this action, as host.disable, or all on a kind of thing, as host
    #[arg(long, value_name = "ACTION")]
    what: Option<String>,
    /// Only changes of what has this id or name
    #[arg(long, value_name = "ID")]
    on: Option<String>,
    /// Only entries since a time, as 2026-11-30T15:00:00Z, or of the last 7d
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Time>,
}

/// Reads how many entries to list.
fn limit(text: &str) -> Result<u64, String> {
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| format!("write a number from 1 to {MOST}"))
}

/// Reads a time, or how long ago it was.
fn since(text: &str) -> Result<Time, String> {
    let ago =
        || duration::parse(text).map(|ago| Time::at(unix_now().saturating_sub(ago.as_secs())));
    match Time::parse(text) {
        Some(time) => Ok(time),
        None => ago().map_err(|_| "write 2026-11-30T15:00:00Z, 45s, 15m, 1h or 7d".into()),
    }
}

impl Filter {
    /// The beginning of the address of these entries, to which more parameters are added.
    fn path(&self) -> String {
        let since = self.since.map(|since| since.to_string());
        let parameters = [
            ("who", self.who.as_deref()),
            ("what", self.what.as_deref()),
            ("on", self.on.as_deref()),
            ("since", since.as_deref()),
        ];
        let given = parameters.into_iter().filter_map(|(name, value)| {
            let value = percent::encoded(value?);
            Some(format!("{name}={value}&"))
        });
        format!("/audit?{}", given.collect::<String>())
    }
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Ls {
            filter,
            limit,
            connection,
        } => list(&filter, limit, &connection),
        Command::Export {
            filter,
            after,
            connection,
        } => export(&filter, after, &connection.client()?),
        Command::Verify { data, connection } => match data.named() {
            Some(data) => data.run(async |store| {
                let findings = store.verify_audit().await?;
                report(&findings.into(), connection.json)
            }),
            None => {
                let verified = connection.client()?.get("/audit/verify");
                report(&read(verified.map_err(on_its_machine)?)?, connection.json)
            }
        },
    }
}

/// Says what to do if a large log takes longer than a call may.
fn on_its_machine(failure: Failure) -> Failure {
    match failure {
        Failure::Lost(why) => Failure::Lost(format!(
            "{why}; if the log is too large for a call: use `pilotctl audit verify --data DIR` on the service's machine"
        )),
        other => other,
    }
}

fn list(filter: &Filter, limit: u64, connection: &Connection) -> Result<(), Failure> {
    let path = format!("{}limit={limit}", filter.path());
    let (entries, next) = connection.client()?.page(&path)?;
    if connection.json {
        return output::json(&Value::Array(entries));
    }
    let rows: Result<Vec<_>, Failure> = entries.into_iter().map(row).collect();
    table::print(&["NUMBER", "TIME", "WHO", "FROM", "WHAT", "ON"], &rows?)?;
    if next.is_some() {
        output::note("there are more entries: use --limit, or `pilotctl audit export`");
    }
    Ok(())
}

fn row(entry: Value) -> Result<Vec<String>, Failure> {
    let entry: AuditEntry = read(entry)?;
    let who = match entry.token {
        Some(token) => format!("{} (token {token})", entry.who),
        None => entry.who,
    };
    let (number, time) = (entry.number.to_string(), entry.time.to_string());
    Ok(vec![number, time, who, entry.from, entry.what, entry.on])
}

/// Prints page by page: no more than a page is in memory.
fn export(filter: &Filter, after: u64, client: &Client) -> Result<(), Failure> {
    let path = format!("{}oldest=true&limit={PAGE}&after={after}", filter.path());
    let mut next = Some(path);
    while let Some(path) = next {
        let (entries, link) = client.page(&path)?;
        let line = |entry: &Value| format!("{}\n", printable::json(&entry.to_string()));
        output::write(&entries.iter().map(line).collect::<String>())?;
        next = link;
    }
    Ok(())
}

fn report(verified: &Verified, as_json: bool) -> Result<(), Failure> {
    if !verified.whole {
        if as_json {
            output::json(&json!(verified))?;
        }
        let more = match verified.more {
            0 => String::new(),
            more => format!("\nand {more} more"),
        };
        return Err(Failure::Refused(format!(
            "the audit log is not as it was written: {}{more}",
            verified.findings.join("; ")
        )));
    }
    let text = match verified.newest {
        0 => "the audit log has no entries yet".into(),
        newest => format!(
            "the audit log is whole: {} entries, {} to {newest}; the newest has the MAC {}",
            verified.entries, verified.oldest, verified.newest_mac
        ),
    };
    output::done(as_json, &json!(verified), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_moment_or_a_while_ago() {
        assert_eq!(since("1970-01-02T00:00:00Z"), Ok(Time::at(86_400)));
        let hour = since("1h").unwrap().unix();
        assert!(unix_now() - hour >= 3_600 && unix_now() - hour < 3_700);
        assert!(since("yesterday").is_err() && since("").is_err());
    }

    #[test]
    fn a_log_that_does_not_hold_is_a_failure_that_names_the_entry() {
        let broken = Verified {
            findings: vec!["entry 7 was changed".into()],
            ..Verified::default()
        };
        let failure = report(&broken, false).unwrap_err().to_string();
        assert!(failure.contains("entry 7 was changed"), "{failure}");
    }
}
