//! Two versions of the agent.
//!
//! Until there are releases to upgrade from, the older one has the sources of a commit
//! (`CAMPAIGN_FROM`, the last one otherwise) and a version number of its own. It is
//! another program, built from other sources by another call of cargo: what the two
//! have in common is what they find on the host's disk and say to control.

use crate::revision;
use lab::programs::programs;
use release::cargo::cargo;
use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The version number of the older agent.
const NUMBER: &str = "0.0.9";

/// Its program's name: it is built into the folder of the others, and must not take
/// the place of the one there.
const PROGRAM: &str = "pilot-previous";

/// A version of the agent.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) number: &'static str,
    pub(super) program: PathBuf,
}

/// What a host is upgraded from and to.
pub(super) struct Versions {
    pub(super) old: Version,
    pub(super) new: Version,
}

impl Versions {
    /// Builds both.
    ///
    /// # Errors
    /// When there is no such commit, or it cannot be built.
    pub(super) fn build() -> Result<Self> {
        let from = std::env::var("CAMPAIGN_FROM").unwrap_or_else(|_| "HEAD".to_owned());
        let commit = revision::commit(&from)?;
        let sources = sources_of(&commit)?;
        build(&sources)?;
        Ok(Self {
            old: Version {
                number: NUMBER,
                program: revision::target().join("debug").join(PROGRAM),
            },
            new: Version {
                number: env!("CARGO_PKG_VERSION"),
                program: programs().pilot.clone(),
            },
        })
    }
}

/// A folder with the sources of a commit, which stays for the next time.
fn sources_of(commit: &str) -> Result<PathBuf> {
    let all = revision::target().join("upgrade");
    let folder = all.join(commit);
    // Cargo takes what it built of another commit's sources for fresh as long as those lie
    // there, since they lie in its own folder.
    if all.exists() && !folder.exists() {
        fs::remove_dir_all(&all).context(all.display())?;
    }
    revision::sources(commit, &folder, |sources| {
        rename_program(&sources.join("Cargo.toml"))
    })?;
    Ok(folder)
}

/// Gives the agent another version number and its program another name.
fn rename_program(manifest: &Path) -> Result<()> {
    revision::renumber(manifest, NUMBER)?;
    let program = format!("\n[[bin]]\nname = \"{PROGRAM}\"\npath = \"src/main.rs\"\n");
    let text = fs::read_to_string(manifest).context(manifest.display())?;
    fs::write(manifest, text + &program).context(manifest.display())
}

/// What both have in common is built once.
fn build(sources: &Path) -> Result<()> {
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--package", "pilot", "--bin", PROGRAM])
        .current_dir(sources)
        .env("CARGO_TARGET_DIR", revision::target());
    revision::succeed(&mut build).map(drop)
}
