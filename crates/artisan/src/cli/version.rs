//! `art version`.

use super::arguments::Version;
use crate::failure::Failure;
use crate::output;
use serde_json::json;

pub(super) fn version(arguments: &Version) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if !arguments.format.json {
        return output::line(&format!("art {version}"));
    }
    output::json(&json!({
        "name": "art",
        "version": version,
        // Known to `cargo xtask release` alone.
        "commit": option_env!("BUILD_COMMIT"),
        "target": env!("BUILD_TARGET"),
    }))
}
