//! `pilotctl` of this tree and of other revisions, built in the same way.

use crate::revision;
use release::cargo::{cargo, repository};
use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How control is built for its hosts (`Cargo.toml`).
pub(super) const PROFILE: &str = "service";

/// A control to measure.
pub(super) struct Program {
    /// How it is named in the table.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Program {
    /// That of this tree, with changes that are not committed.
    ///
    /// # Errors
    /// When it cannot be built.
    pub(super) fn of_this_tree() -> Result<Self> {
        let mut describe = Command::new("git");
        describe.args([
            "describe",
            "--always",
            "--dirty=, changed",
            "--abbrev=7",
            "--exclude=*",
        ]);
        let commit = revision::succeed(describe.current_dir(repository()))?;
        let commit = String::from_utf8_lossy(&commit);
        Ok(Self {
            name: format!("this tree ({})", commit.trim()),
            path: built("this-tree", &repository())?,
        })
    }

    /// That of a commit.
    ///
    /// # Errors
    /// When there is no such commit, or it cannot be built.
    pub(super) fn of(revision: &str) -> Result<Self> {
        let commit = revision::commit(revision)?;
        let number = format!("0.0.0-rev.{}", &commit[..12]);
        // Its crates are others than those of this tree, because their version is: what one
        // has built is not taken for the other's.
        let sources = revision::target().join("load-sources").join(&commit);
        revision::sources(&commit, &sources, |sources| {
            revision::renumber(&sources.join("Cargo.toml"), &number)
        })?;
        Ok(Self {
            name: revision.to_owned(),
            path: built(&commit, &sources)?,
        })
    }
}

/// Builds one and keeps it under a name of its own: the next one takes its place.
fn built(name: &str, sources: &Path) -> Result<PathBuf> {
    eprintln!("building pilotctl of {name} (profile {PROFILE})");
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--package", "pilotctl"])
        .args(["--profile", PROFILE])
        .current_dir(sources)
        .env("CARGO_TARGET_DIR", revision::target());
    revision::succeed(&mut build)?;
    let folder = revision::target().join("load-programs").join(name);
    fs::create_dir_all(&folder).context(folder.display())?;
    let (from, to) = (
        revision::target().join(PROFILE).join("pilotctl"),
        folder.join("pilotctl"),
    );
    fs::copy(&from, &to).context(from.display())?;
    Ok(to)
}
