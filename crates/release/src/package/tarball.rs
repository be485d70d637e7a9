//! A tarball with an installer, for hosts without dpkg and rpm.

use super::build::Build;
use super::succeed;
use crate::Source;
use crate::failure::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What goes into it, beside the programs, and where it is in the checkout.
const FILES: [&str; 16] = [
    "packaging/tarball/install.sh",
    "packaging/settings-folder.sh",
    "packaging/pilot.conf",
    "packaging/systemd/piloth.service",
    "packaging/systemd/piloth@.service",
    "packaging/man/pilot.1",
    "packaging/man/pilot.conf.5",
    "packaging/man/art.1",
    "packaging/completion/pilot.bash",
    "packaging/completion/pilot.zsh",
    "packaging/completion/pilot.fish",
    "packaging/completion/art.bash",
    "packaging/completion/art.zsh",
    "packaging/completion/art.fish",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Packs it beside the programs. Times, owners and order are fixed, so that two
/// of one commit are the same.
///
/// # Errors
/// When a file is missing, or tar is.
pub(super) fn pack(source: &Source, build: Build, folder: &Path) -> Result<()> {
    let name = format!("host-pilot-{}-{build}", env!("CARGO_PKG_VERSION"));
    let place = tempfile::tempdir().context("cannot make a folder")?;
    let content = place.path().join(&name);
    fs::create_dir_all(content.join("openrc")).context(content.display())?;
    for program in ["pilot", "art"] {
        copy(&folder.join(program), &content.join(program))?;
    }
    for file in FILES.map(Path::new) {
        copy(
            &source.root.join(file),
            &content.join(file.file_name().unwrap_or_default()),
        )?;
    }
    for file in ["piloth", "piloth.confd"] {
        copy(
            &source.root.join("packaging/openrc").join(file),
            &content.join("openrc").join(file),
        )?;
    }
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--gzip",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ])
    .arg(format!("--mtime=@{}", source.time))
    .arg("--mode=u=rwX,go=rX")
    .arg("--directory")
    .arg(place.path())
    .arg("--file")
    .arg(folder.join(format!("{name}.tar.gz")))
    .arg(&name)
    .env("GZIP", "-n");
    succeed(&mut tar)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).context(from.display()).map(drop)
}
