//! `pilot version`: what this program is, and what it was built from.

use super::{output, parse, usage_error};
use crate::failure::Failure;

/// Prints the version.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    if !matches.free.is_empty() {
        return Err(usage_error("version takes no argument"));
    }
    let version = env!("CARGO_PKG_VERSION");
    if matches.opt_present("json") {
        output::json(&serde_json::json!({
            "name": "pilot",
            "version": version,
            // Known to `cargo xtask release` alone.
            "commit": option_env!("BUILD_COMMIT"),
            "target": env!("BUILD_TARGET"),
        }))
    } else {
        output::print(format_args!("pilot {version}"))
    }
}
