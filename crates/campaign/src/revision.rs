//! Other revisions of this repository, built beside it.

use release::cargo::repository;
use release::failure::{Context, Result, failed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The commit that a name of git's stands for.
///
/// # Errors
/// When there is none.
pub(crate) fn commit(name: &str) -> Result<String> {
    let mut parse = Command::new("git");
    parse
        .args(["rev-parse", "--verify", &format!("{name}^{{commit}}")])
        .current_dir(repository());
    let printed = succeed(&mut parse)?;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}

/// Puts the sources of a commit into a folder, unless they are there; `change` changes them
/// first.
///
/// # Errors
/// When git or the disk refuses.
pub(crate) fn sources(
    commit: &str,
    folder: &Path,
    change: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial).context(partial.display())?;
    let archive = partial.join("archive.tar");
    let mut git = Command::new("git");
    git.args(["archive", "--output"]).arg(&archive).arg(commit);
    succeed(git.current_dir(repository()))?;
    let mut tar = Command::new("tar");
    succeed(tar.arg("-xf").arg(&archive).arg("-C").arg(&partial))?;
    change(&partial)?;
    fs::rename(&partial, folder).context(folder.display())
}

/// Gives what a manifest describes another version number.
///
/// # Errors
/// When the manifest has none, or cannot be read or written.
pub(crate) fn renumber(manifest: &Path, number: &str) -> Result<()> {
    let text = fs::read_to_string(manifest).context(manifest.display())?;
    let line = text.lines().find(|line| line.starts_with("version = \""));
    let Some(line) = line else {
        return failed(format!("{}: no version", manifest.display()));
    };
    let text = text.replacen(line, &format!("version = \"{number}\""), 1);
    fs::write(manifest, text).context(manifest.display())
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    let root = repository();
    let named = std::env::var_os("CARGO_TARGET_DIR");
    named.map_or_else(|| root.join("target"), |target| root.join(target))
}

/// Runs a command that has to succeed, and returns what it printed.
///
/// # Errors
/// When it cannot be run, or fails; says what it said.
pub(crate) fn succeed(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .context(format_args!("cannot run {name}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => failed(format!(
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
