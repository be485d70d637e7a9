//! The agent's .rpm once more, as a version that is newer than any and comes with
//! another configuration file: for tests of upgrades.

use super::{Build, rpm, run_tool};
use crate::failure::{Context, Failure, Result};
use crate::{Program, Source};
use std::fs;
use std::path::Path;

const TABLE: &str = "[package.metadata.generate-rpm]\n";
const CONFIGURATION: &str = "packaging/pilot.conf";

/// Packs it as `newer.rpm` into a folder.
///
/// # Errors
/// When that fails.
pub fn newer_rpm(source: &Source, build: Build, folder: &Path) -> Result<()> {
    let read = |path: &str| fs::read_to_string(source.root.join(path)).context(path);
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).context(path.display())?;
        Ok(path)
    };
    let configuration = read(CONFIGURATION)? + "# of the newer version\n";
    let configuration = write("pilot.conf", configuration)?;

    let manifest = read("Cargo.toml")?;
    let table = manifest
        .split_once(TABLE)
        .and_then(|(_, rest)| rest.split_once("\n["));
    let (table, _) = table.ok_or_else(|| Failure::Failed(format!("Cargo.toml has no {TABLE}")))?;
    let table = table.replace(CONFIGURATION, &configuration.to_string_lossy());
    let metadata = write("newer.toml", format!("version = \"99.0\"\n{table}\n"))?;

    let mut arguments = rpm(Program::Pilot, build, &folder.join("newer.rpm"));
    arguments.extend(["--metadata-overwrite".into(), metadata.into()]);
    run_tool(source, build, "cargo-generate-rpm", arguments)
}
