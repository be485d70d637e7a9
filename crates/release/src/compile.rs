//! One program for one target.

use super::sbom::Materials;
use super::source::Source;
use super::target::{Program, Target};
use super::time::wide_time;
use super::toolchain::Toolchain;
use crate::cargo::forget_own_package;
use crate::failure::{Context, Result, failed};
use std::env;
use std::path::PathBuf;

/// Builds a program and returns where it is.
///
/// # Errors
/// When the build fails.
pub(super) fn compile(
    source: &Source,
    toolchain: &Toolchain,
    materials: &Materials,
    program: Program,
    target: &Target,
) -> Result<PathBuf> {
    let folder = super::build_folder(source);
    let names = names(source, toolchain);
    let mut command = toolchain.command(program, target)?;
    forget_own_package(&mut command);
    command
        .args(without_aws_lc(materials, target))
        .arg("--target-dir")
        .arg(&folder)
        .current_dir(&source.root)
        .env("BUILD_COMMIT", &source.commit)
        .env("SOURCE_DATE_EPOCH", source.time.to_string())
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            compiler_flags(toolchain, program, target, &names),
        )
        .env(
            format!("CFLAGS_{}", target.variable()),
            c_flags(program, &names),
        )
        .envs(wide_time(target));
    let status = command.status().context("cannot run cargo-zigbuild")?;
    if !status.success() {
        return failed(format!("building {} for {target} failed", program.name()));
    }
    Ok(folder
        .join(target.triple)
        .join(program.profile())
        .join(program.name()))
}

/// The folders of this machine, and what they are called in programs: those
/// must not depend on where they were built.
fn names(source: &Source, toolchain: &Toolchain) -> Vec<(PathBuf, &'static str)> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let registry = home.map(|home| (home.join("registry/src"), "/crates"));
    // Of several that fit the compiler takes the last.
    let mut names = vec![
        (source.root.clone(), "/host-pilot"),
        (toolchain.library_source(), "/rust"),
    ];
    names.extend(registry);
    names
}

/// The agent's HTTP client asks for aws-lc, and all of it is dropped when the agent
/// is linked (`docs/decisions/0001-ring-as-tls-provider.md`). Cargo takes this in place of what its build script would
/// say; a program that does call aws-lc would not link.
fn without_aws_lc(materials: &Materials, target: &Target) -> Vec<String> {
    let links = materials.links("aws-lc-sys").unwrap_or_default();
    ["rustc-cfg=['universal']", "include='/nowhere'"]
        .map(|said| format!("--config=target.{target}.{links}.{said}"))
        .to_vec()
}

fn compiler_flags(
    toolchain: &Toolchain,
    program: Program,
    target: &Target,
    names: &[(PathBuf, &str)],
) -> String {
    let renamed = names
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()));
    let flags = toolchain
        .flags(program, target)
        .into_iter()
        .map(str::to_owned);
    // Flags are separated by the unit separator, so that paths may have blanks.
    flags.chain(renamed).collect::<Vec<_>>().join("\u{1f}")
}

fn c_flags(program: Program, names: &[(PathBuf, &str)]) -> String {
    let renamed = names
        .iter()
        .map(|(path, name)| format!("-ffile-prefix-map={}={name}", path.display()));
    let flags = [program.c_flags().to_owned()];
    flags
        .into_iter()
        .chain(renamed)
        .collect::<Vec<_>>()
        .join(" ")
}
