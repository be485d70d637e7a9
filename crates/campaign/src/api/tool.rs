//! schemathesis, in a folder of its own.

use super::fixture::{Fixture, User};
use release::failure::{Context, Result, failed};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// The version: another one checks other things.
const VERSION: &str = "schemathesis==4.32.5";

/// The checks that need more than their defaults.
const SETTINGS: &str = include_str!("schemathesis.toml");

/// What it leaves alone.
const HOOKS: &str = include_str!("hooks.py");

/// The installed program, and its folder.
pub(super) struct Tool(TempDir);

impl Tool {
    /// Installs it.
    ///
    /// # Errors
    /// When there is no Python with venv, or PyPI cannot be reached.
    pub(super) fn install() -> Result<Self> {
        let tool = Self(TempDir::new().context("a temporary folder")?);
        for (name, text) in [("schemathesis.toml", SETTINGS), ("hooks.py", HOOKS)] {
            fs::write(tool.0.path().join(name), text).context(name)?;
        }
        expect(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(tool.path("venv")),
        )?;
        let pip = ["install", "--quiet", "--disable-pip-version-check", VERSION];
        expect(Command::new(tool.path("venv/bin/pip")).args(pip))?;
        Ok(tool)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Tries the API as a user; whether there was no finding.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub(super) fn test(
        &self,
        fixture: &Fixture,
        user: &User,
        time: Duration,
        seed: u64,
    ) -> Result<bool> {
        let mut test = Command::new(self.path("venv/bin/schemathesis"));
        test.current_dir(self.0.path())
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .env("PYTHONPATH", self.0.path())
            .env("OWN_USER", fixture.own_user())
            .args(["run", "openapi.json", "--checks", "all", "--no-color"])
            // A stream lasts as long as its job; `tests/v1_events.rs` of control reads them.
            .args(["--exclude-path-regex", "/events$"])
            .args(["--url", fixture.url()])
            .arg("--tls-verify")
            .arg(fixture.ca())
            .args(["--header", &format!("Authorization: {}", user.credentials)])
            .args(["--max-time", &time.as_secs().to_string()])
            .args(["--seed", &seed.to_string()])
            // Control slows down who fails to sign in too often; the tester tries that on purpose.
            .args(["--rate-limit", "auto", "--continue-on-failure"]);
        fs::write(self.path("openapi.json"), fixture.document()).context("openapi.json")?;
        let status = test.status().context("schemathesis")?;
        Ok(status.success())
    }
}

fn expect(command: &mut Command) -> Result<()> {
    let status = command.status().context(format!("{command:?}"))?;
    match status.success() {
        true => Ok(()),
        false => failed(format!("{command:?} ended with {status}")),
    }
}
