//! `cargo xtask package`: .deb, .rpm and a tarball of what `cargo xtask dist`
//! built.

mod lint;
mod tarball;

use crate::cargo::forget_own_package;
use crate::dist::{self, Program, Selection, Source, Target};
use crate::failure::{Context, Result, failed};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is packed.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,
    /// Check the packages with lintian and rpmlint
    #[arg(long)]
    lint: bool,
}

/// Packs into `target/dist/release/TARGET`, beside the programs.
///
/// # Errors
/// When something is missing, or a package is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    let release = dist::folder(&source);
    let selection = &options.selection;
    let mut targets = selection.targets()?;
    if selection.is_open() {
        targets.retain(|target| release.join(target.triple).is_dir());
    }
    if targets.is_empty() {
        return failed("nothing was built yet: run `cargo xtask dist` first");
    }
    for target in targets {
        let folder = release.join(target.triple);
        pack(&source, target, selection, &folder)?;
        if options.lint {
            lint::check(&source, &folder)?;
        }
    }
    dist::seal(&release, selection.key.as_deref(), source.time)
}

fn pack(source: &Source, target: &Target, selection: &Selection, folder: &Path) -> Result<()> {
    for program in selection.programs(target) {
        if !folder.join(program.name()).is_file() {
            return failed(format!(
                "{} was not built for {target}: run `cargo xtask dist --target {target}` first",
                program.name()
            ));
        }
        run_tool(source, "cargo-deb", deb(program, target, folder))?;
        run_tool(source, "cargo-generate-rpm", rpm(program, target, folder))?;
    }
    tarball::pack(source, target, folder)?;
    println!("{target}: packed into {}", folder.display());
    Ok(())
}

fn deb(program: Program, target: &Target, folder: &Path) -> Vec<OsString> {
    let words = ["--no-build", "--no-strip", "--no-dbgsym", "--quiet"];
    let mut arguments: Vec<OsString> = words.map(Into::into).to_vec();
    arguments.extend(["--package", program.name(), "--target", target.triple].map(Into::into));
    arguments.extend(["--profile", program.profile(), "--output"].map(Into::into));
    arguments.push(folder.join("").into());
    arguments
}

fn rpm(program: Program, target: &Target, folder: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    if let Some(member) = program.member() {
        arguments.extend(["--package", member].map(Into::into));
    }
    arguments.extend(["--arch", target.rpm, "--target", target.triple].map(Into::into));
    arguments.extend(["--profile", program.profile(), "--output"].map(Into::into));
    arguments.push(folder.join("").into());
    arguments
}

/// Runs one of cargo's packers, on the build of `cargo xtask dist`.
fn run_tool(source: &Source, name: &str, arguments: Vec<OsString>) -> Result<()> {
    let mut command = Command::new(tool(&source.root, name)?);
    forget_own_package(&mut command);
    command
        .args(arguments)
        .current_dir(&source.root)
        .env("CARGO_TARGET_DIR", dist::build_folder(source))
        .env("SOURCE_DATE_EPOCH", source.time.to_string());
    succeed(&mut command)
}

/// A program of cargo's in PATH, else in `target/dist/tools`.
fn tool(root: &Path, name: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain([root.join("target/dist/tools/bin")])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    found.map_or_else(
        || {
            failed(format!(
                "{name} is missing. Get it with\n    cargo install --root target/dist/tools {name}"
            ))
        },
        Ok,
    )
}

fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .context(format_args!("cannot run {name}"))?;
    if output.status.success() {
        return Ok(());
    }
    let [said, complained] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
    failed(format!("{name} failed:\n{said}{complained}"))
}
