//! The small commands that the operator and the host give, and where they run.

use super::folder::Folder;
use super::stage::Stage;
use release::failure::Result;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long one of them may take.
pub(super) const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// Who posts jobs.
pub(super) const OPERATOR: &str = "operator";

/// A command with an environment of its own: nothing of the user's settings,
/// proxies or keys reaches it, and it writes below the folder only.
pub(super) fn command(folder: &Folder, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LANG", "C.UTF-8")
        .env("HOME", folder.path("home"))
        .env("TMPDIR", folder.path("tmp"))
        .current_dir(folder.root());
    command
}

/// Runs a command that has nothing to say.
///
/// # Errors
/// As [`Stage::run`].
pub(super) fn quiet(stage: &mut Stage, command: &mut Command) -> Result<()> {
    stage.run(COMMAND_LIMIT, command).map(drop)
}
