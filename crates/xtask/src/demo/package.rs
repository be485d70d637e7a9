//! The example package, as the one who publishes it handles it.

use super::commands::{command, quiet};
use super::folder::Folder;
use super::programs::Programs;
use super::stage::Stage;
use release::failure::{Context, Result};
use std::fs;
use std::process::Command;

/// Builds, signs and pushes the package in the folder `hello`.
///
/// # Errors
/// When `art` reports a failure.
pub(super) fn publish(
    stage: &mut Stage,
    folder: &Folder,
    programs: &Programs,
    package: &str,
) -> Result<()> {
    let build = ["build", "-t", package, "hello"];
    quiet(stage, publisher(folder, programs)?.args(build))?;
    let key = folder.path("keys/registry_key.pgp");
    let mut sign = publisher(folder, programs)?;
    quiet(stage, sign.args(["sign", "-k"]).arg(key).arg(package))?;
    push(stage, folder, programs, package)
}

/// Pushes the package that was built and signed last.
///
/// # Errors
/// When `art` reports a failure.
pub(super) fn push(
    stage: &mut Stage,
    folder: &Folder,
    programs: &Programs,
    package: &str,
) -> Result<()> {
    quiet(stage, publisher(folder, programs)?.args(["push", package]))
}

/// `art` as the one who publishes packages runs it.
fn publisher(folder: &Folder, programs: &Programs) -> Result<Command> {
    let password = folder.path("publisher.password");
    let mut art = command(folder, &programs.art);
    art.env("ARTISAN_HOME", folder.path("artisan"))
        .env("ART_CA_FILE", folder.path("tls/ca.pem"))
        .env("ART_REG_USER", "publisher")
        .env(
            "ART_REG_PWD",
            fs::read_to_string(&password).context(password.display())?,
        );
    Ok(art)
}
