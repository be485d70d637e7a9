//! What the distributions' own checkers say. What is meant to be so is
//! overridden with its reason, in `packaging/lintian` and `packaging/rpm`.

use super::{Build, succeed};
use crate::Source;
use crate::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Checks all packages of a build.
///
/// # Errors
/// What the checkers find.
pub(super) fn check(source: &Source, build: Build) -> Result<()> {
    let folder = &build.folder(source);
    let mut lintian = Command::new("lintian");
    lintian
        .args(["--fail-on", "error,warning", "--allow-root"])
        .args(files(folder, "deb")?);
    if matches!(build, Build::Debug) {
        // Released programs are static, and depend on nothing.
        lintian.args(["--suppress-tags", "missing-dependency-on-libc"]);
    }
    succeed(&mut lintian)?;
    let mut rpmlint = Command::new("rpmlint");
    rpmlint
        .arg("--strict")
        .arg("--config")
        .arg(source.root.join("packaging/rpm/rpmlint.toml"))
        .args(files(folder, "rpm")?);
    succeed(&mut rpmlint)
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
