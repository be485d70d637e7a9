//! Two versions of the agent.
//!
//! Until there are releases to upgrade from, the older one has the sources of a commit
//! (`CAMPAIGN_FROM`, the last one otherwise) and a version number of its own. It is
//! another program, built from other sources by another call of cargo: what the two
//! have in common is what they find on the host's disk and say to control.

use lab::programs::programs;
use release::cargo::{cargo, repository};
use release::failure::{Context, Result, failed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        let sources = sources_of(&commit()?)?;
        build(&sources)?;
        Ok(Self {
            old: Version {
                number: NUMBER,
                program: target().join("debug").join(PROGRAM),
            },
            new: Version {
                number: env!("CARGO_PKG_VERSION"),
                program: programs().pilot.clone(),
            },
        })
    }
}

fn commit() -> Result<String> {
    let from = std::env::var("CAMPAIGN_FROM").unwrap_or_else(|_| "HEAD".to_owned());
    let mut parse = Command::new("git");
    parse
        .args(["rev-parse", "--verify", &format!("{from}^{{commit}}")])
        .current_dir(repository());
    let printed = succeed(&mut parse)?;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}

/// A folder with the sources of a commit, which stays for the next time.
fn sources_of(commit: &str) -> Result<PathBuf> {
    let folder = target().join("upgrade").join(commit);
    if folder.is_dir() {
        return Ok(folder);
    }
    // Cargo takes what it built of another commit's sources for fresh as long as those lie
    // there, since they lie in its own folder.
    if let Some(others) = folder.parent().filter(|others| others.exists()) {
        fs::remove_dir_all(others).context(others.display())?;
    }
    let partial = folder.with_extension("partial");
    fs::create_dir_all(&partial).context(partial.display())?;
    let archive = partial.join("archive.tar");
    let mut git = Command::new("git");
    git.args(["archive", "--output"]).arg(&archive).arg(commit);
    succeed(git.current_dir(repository()))?;
    let mut tar = Command::new("tar");
    succeed(tar.arg("-xf").arg(&archive).arg("-C").arg(&partial))?;
    rename_program(&partial.join("Cargo.toml"))?;
    fs::rename(&partial, &folder).context(folder.display())?;
    Ok(folder)
}

/// Gives the agent another version number and its program another name.
fn rename_program(manifest: &Path) -> Result<()> {
    let text = fs::read_to_string(manifest).context(manifest.display())?;
    let line = text.lines().find(|line| line.starts_with("version = \""));
    let Some(line) = line else {
        return failed(format!("{}: no version", manifest.display()));
    };
    let version = format!("version = \"{NUMBER}\"");
    let program = format!("\n[[bin]]\nname = \"{PROGRAM}\"\npath = \"src/main.rs\"\n");
    let text = text.replacen(line, &version, 1) + &program;
    fs::write(manifest, text).context(manifest.display())
}

/// What both have in common is built once.
fn build(sources: &Path) -> Result<()> {
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--package", "pilot", "--bin", PROGRAM])
        .current_dir(sources)
        .env("CARGO_TARGET_DIR", target());
    succeed(&mut build).map(drop)
}

fn target() -> PathBuf {
    let root = repository();
    let named = std::env::var_os("CARGO_TARGET_DIR");
    named.map_or_else(|| root.join("target"), |target| root.join(target))
}

/// Runs a command that has to succeed, and returns what it printed.
fn succeed(command: &mut Command) -> Result<Vec<u8>> {
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
