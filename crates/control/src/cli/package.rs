//! `pilotctl package`: corrections to the registry.

use super::data::Data;
use super::failure::Failure;
use super::{author, help, output};
use crate::clock::unix_now;
use crate::domain::push::{SerialReset, reset_serial as lower};
use clap::Subcommand;
use serde_json::json;
use wire::PackageName;
use wire::seal::serial_and_time;
use wire::time::rfc3339;

/// `pilotctl package …`
#[derive(Subcommand)]
pub(super) enum Command {
    /// Lower the highest serial of a tag that a wrong clock has set into the future
    #[command(
        after_help = help::of_files!("pilotctl package reset-serial registry.example.com/ops/hello:1 --data /var/lib/pilotctl")
    )]
    ResetSerial {
        /// The package, as `art push` names it
        name: PackageName,
        #[command(flatten)]
        data: Data,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries the command out.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    let Command::ResetSerial { name, data, json } = command;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
    runtime.block_on(reset_serial(&name, &data, json))
}

async fn reset_serial(name: &PackageName, data: &Data, json: bool) -> Result<(), Failure> {
    let (repository, tag, now) = (name.repository(), &name.tag, unix_now());
    let store = data.open_existing().await?;
    let lower = |highest, all: &[u64]| lower(highest, all, now);
    let author = author::this_machine();
    match store.reset_serial(&repository, tag, lower, &author).await? {
        SerialReset::NoTag => Err(Failure::Refused(format!(
            "this registry never had a package {repository}:{tag}"
        ))),
        SerialReset::NotAhead(highest) => Err(Failure::Refused(format!(
            "the highest serial of {repository}:{tag}, {}, is not ahead of this machine's clock ({}): \
             it stays, because serials prevent a return to older packages",
            serial_and_time(highest),
            rfc3339(now)
        ))),
        SerialReset::Lowered { from, to } => output::done(
            json,
            &json!({ "package": format!("{repository}:{tag}"), "from": from, "to": to }),
            format_args!(
                "the highest serial of {repository}:{tag} is now {} (it was {}): sign the package again, and push it",
                serial_and_time(to),
                serial_and_time(from)
            ),
        ),
    }
}
