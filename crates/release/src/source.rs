//! What is built: the checkout, its commit, and the commit's time.

use crate::cargo::repository;
use crate::failure::{Context, Result, failed};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The source of a build.
pub struct Source {
    /// The checkout, as an absolute path.
    pub root: PathBuf,
    /// The commit; with `-dirty` behind it when files differ from it.
    pub commit: String,
    /// When the commit was made, in unix seconds: the time of everything that
    /// is built from it, so that two builds give the same bytes.
    pub time: u64,
}

impl Source {
    /// Asks `BUILD_COMMIT` and `SOURCE_DATE_EPOCH` (reproducible-builds.org),
    /// which a build from an archive has to set, else git.
    ///
    /// # Errors
    /// When neither knows.
    pub fn find() -> Result<Self> {
        let root = repository()
            .canonicalize()
            .context("cannot find the checkout")?;
        let commit = match env::var("BUILD_COMMIT") {
            Ok(commit) => commit,
            Err(_) => commit(&root)?,
        };
        let time = match env::var("SOURCE_DATE_EPOCH") {
            Ok(time) => time,
            Err(_) => git(&root, &["log", "-1", "--format=%ct"])?,
        };
        let time = time
            .parse()
            .context(format_args!("{time:?} is not a time in unix seconds"))?;
        Ok(Self { root, commit, time })
    }
}

fn commit(root: &Path) -> Result<String> {
    let commit = git(root, &["rev-parse", "HEAD"])?;
    let changes = git(root, &["status", "--porcelain", "--untracked-files=no"])?;
    Ok(if changes.is_empty() {
        commit
    } else {
        format!("{commit}-dirty")
    })
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .output()
        .context("cannot run git; set BUILD_COMMIT and SOURCE_DATE_EPOCH instead")?;
    if !output.status.success() {
        return failed(format!(
            "git {} failed: {}set BUILD_COMMIT and SOURCE_DATE_EPOCH instead",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
