//! `cargo xtask package`: .deb, .rpm and a tarball of what `cargo xtask release`
//! built.

mod build;
mod lint;
mod newer;
mod tarball;

use crate::cargo::forget_own_package;
use crate::failure::{Context, Result, failed};
use crate::{Program, Selection, Source};
pub use build::Build;
pub use newer::newer_rpm;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is packed.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,
    /// Check the packages with lintian and rpmlint
    #[arg(long)]
    lint: bool,
    /// Pack this machine's debug builds instead, into `target/dist/debug`, for
    /// `cargo campaign install-test --debug`
    #[arg(long, conflicts_with_all = ["target", "program", "key"])]
    debug: bool,
}

/// Packs into `target/dist/release/TARGET`, beside the programs.
///
/// # Errors
/// When something is missing, or a package is not as it should be.
pub fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    if options.debug {
        pack(&source, Build::Debug, &build::ALL)?;
        return match options.lint {
            true => lint::check(&source, Build::Debug),
            false => Ok(()),
        };
    }
    let release = crate::folder(&source);
    let selection = &options.selection;
    let mut targets = selection.targets()?;
    if selection.is_open() {
        targets.retain(|target| release.join(target.triple).is_dir());
    }
    if targets.is_empty() {
        return failed("nothing was built yet: run `cargo xtask release` first");
    }
    for target in targets {
        let build = Build::Released(target);
        let programs: Vec<_> = selection.programs(target).collect();
        pack(&source, build, &programs)?;
        if options.lint {
            lint::check(&source, build)?;
        }
    }
    crate::seal(&release, selection.key.as_deref(), source.time)
}

fn pack(source: &Source, build: Build, programs: &[Program]) -> Result<()> {
    build.prepare(source, programs)?;
    let folder = build.folder(source);
    // With a slash at its end, which says that it is a folder.
    let output = folder.join("");
    for &program in programs {
        run_tool(source, build, "cargo-deb", deb(program, build, &output))?;
        run_tool(
            source,
            build,
            "cargo-generate-rpm",
            rpm(program, build, &output),
        )?;
    }
    tarball::pack(source, build, &folder)?;
    println!("{build}: packed into {}", folder.display());
    Ok(())
}

fn deb(program: Program, build: Build, output: &Path) -> Vec<OsString> {
    let words = ["--no-build", "--no-strip", "--no-dbgsym", "--quiet"];
    let mut arguments: Vec<OsString> = words.map(Into::into).to_vec();
    if matches!(build, Build::Debug) {
        arguments.push("--fast".into());
    }
    arguments.extend(["--package", program.name()].map(Into::into));
    arguments.extend(common(program, build, output));
    arguments
}

fn rpm(program: Program, build: Build, output: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    if let Some(member) = program.member() {
        arguments.extend(["--package", member].map(Into::into));
    }
    if matches!(build, Build::Debug) {
        arguments.extend(["--payload-compress", "gzip"].map(Into::into));
    }
    arguments.extend(["--arch", build.rpm()].map(Into::into));
    arguments.extend(common(program, build, output));
    arguments
}

/// The arguments of both packers.
fn common(program: Program, build: Build, output: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    if let Some(triple) = build.triple() {
        arguments.extend(["--target", triple].map(Into::into));
    }
    arguments.extend(["--profile", build.profile(program), "--output"].map(Into::into));
    arguments.push(output.into());
    arguments
}

/// Runs one of cargo's packers.
fn run_tool(source: &Source, build: Build, name: &str, arguments: Vec<OsString>) -> Result<()> {
    let mut command = Command::new(tool(&source.root, name)?);
    forget_own_package(&mut command);
    command
        .args(arguments)
        .current_dir(&source.root)
        .env("CARGO_TARGET_DIR", build.target_dir(source))
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
