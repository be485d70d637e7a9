//! `pilotctl version`.

use super::failure::Failure;
use super::output;
use clap::Args;
use serde_json::json;

/// `pilotctl version`
#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the version.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let value = json!({
        "name": "pilotctl",
        "version": version,
        // Only `cargo xtask release` sets it.
        "commit": option_env!("BUILD_COMMIT"),
        "target": env!("BUILD_TARGET"),
    });
    output::made(arguments.json, &value, format_args!("pilotctl {version}"))
}
