//! `cargo xtask lint`: what the layout promises and no compiler checks.

mod decisions;
mod dependencies;
mod layers;
mod links;
mod messages;
mod named_tests;
mod no_io;
mod rooms;
mod sources;
mod unsafe_code;

use release::failure::{Context, Result, failed};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::Command;

/// The part of `cargo metadata` that is needed here.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for an ordinary dependency.
    kind: Option<String>,
}

/// Prints every finding.
///
/// # Errors
/// When there is a finding, or cargo or the sources cannot be read.
pub(crate) fn run() -> Result<()> {
    let metadata = metadata()?;
    let mut findings = dependencies::check(&metadata.packages);
    findings.extend(unsafe_code::check(&metadata.workspace_root)?);
    findings.extend(links::check(&metadata.workspace_root)?);
    findings.extend(decisions::check(&metadata.workspace_root)?);
    findings.extend(messages::check(&metadata.workspace_root)?);
    findings.extend(rooms::check(&metadata.workspace_root)?);
    findings.extend(layers::check(&metadata.workspace_root)?);
    findings.extend(no_io::check(&metadata.workspace_root)?);
    findings.extend(named_tests::check(&metadata.workspace_root)?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => failed(format!("{count} finding(s)")),
    }
}

fn metadata() -> Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        return failed(String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cannot read what cargo metadata prints")
}
