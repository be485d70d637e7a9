//! The three programs, each from a build of its own: a build of the whole
//! workspace would link features into the agent that it does not ask for.

use super::stage::Stage;
use release::cargo::{cargo, repository};
use release::failure::{Result, failed};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A first build on a small machine takes minutes.
const BUILD_LIMIT: Duration = Duration::from_secs(3600);

/// Where the built programs are.
pub(super) struct Programs {
    /// The agent.
    pub(super) pilot: PathBuf,
    /// The package runner.
    pub(super) art: PathBuf,
    /// The control service and its command line.
    pub(super) pilotctl: PathBuf,
}

impl Programs {
    /// Builds all three, with cargo's progress shown.
    ///
    /// # Errors
    /// When a build fails.
    pub(super) fn build(stage: &mut Stage) -> Result<Self> {
        Ok(Self {
            pilot: build(stage, "pilot")?,
            art: build(stage, "art")?,
            pilotctl: build(stage, "pilotctl")?,
        })
    }

    /// The folder that holds them.
    pub(super) fn folder(&self) -> &Path {
        self.pilot.parent().unwrap_or(Path::new("."))
    }
}

/// A line of `--message-format=json`; only a program's has `executable`.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn build(stage: &mut Stage, package: &str) -> Result<PathBuf> {
    let mut command = cargo();
    command
        .args([
            "build",
            "--locked",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(["--package", package])
        .current_dir(repository())
        .stderr(Stdio::inherit());
    let output = stage.output(BUILD_LIMIT, &mut command)?;
    if !output.status.success() {
        return failed(format!("cargo build --package {package} failed"));
    }
    let executable = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
        .next_back();
    executable.map_or_else(
        || failed(format!("cargo build --package {package} made no program")),
        Ok,
    )
}
