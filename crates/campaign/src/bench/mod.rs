//! `cargo campaign bench`: what the agent costs a host, in figures.
//!
//! A figure is worth something beside another one: memory and start-up are also
//! given as multiples of what the smallest static program takes. What has a bound
//! fails above it.

mod figure;
mod memory;
mod nothing;
mod ping;
mod start;

use crate::measure::is_static;
use figure::{Figure, Unit};
use lab::Lab;
use lab::programs::take_pilot;
use memory::Memory;
use nothing::Nothing;
use release::cargo::{cargo, repository};
use release::failure::{Context, Result, failed};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// KiB that the agent may take between two exchanges.
const MOST_IDLE: u64 = 512;

/// KiB that all of its processes may take together at any other time.
const MOST_BUSY: u64 = 3_776;

/// How much more these two may be with glibc, whose allocator keeps what was
/// freed: hosts get programs that are linked statically with another one.
const KEPT_BY_GLIBC: [u64; 2] = [128, 1_536];

/// Bytes of an idle ping with its answer, TLS included.
const MOST_BYTES: u64 = 2_560;

/// What memory is compared with.
const ASLEEP: &str = "a static C program that sleeps";

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The agent's program (default: a release build of this checkout)
    #[arg(long, value_name = "FILE")]
    pilot: Option<PathBuf>,
}

/// Measures and prints. Takes root: agents let nobody else look at them.
///
/// # Errors
/// When something cannot be measured, or is above its bound.
pub(crate) fn run(options: &Options) -> Result<()> {
    let pilot = match &options.pilot {
        Some(pilot) => pilot.canonicalize().context(pilot.display())?,
        None => build()?,
    };
    take_pilot(&pilot);
    let figures = catch_unwind(AssertUnwindSafe(|| measure(&pilot)));
    // A panic has said what it was.
    let figures = figures.or_else(|_| failed("something could not be measured"))??;
    println!("{}", pilot.display());
    figures.iter().for_each(|figure| println!("{figure}"));
    let excess: Vec<String> = figures.iter().filter_map(Figure::excess).collect();
    if excess.is_empty() {
        Ok(())
    } else {
        failed(excess.join("\n"))
    }
}

fn build() -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "pilot"]);
    let status = build.current_dir(repository()).status().context("cargo")?;
    if !status.success() {
        return failed("building the agent failed");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Ok(repository().join(target).join("release/pilot"))
}

fn measure(pilot: &Path) -> Result<Vec<Figure>> {
    let kept = if is_static(pilot)? {
        [0; 2]
    } else {
        KEPT_BY_GLIBC
    };
    let [idle, busy] = [MOST_IDLE + kept[0], MOST_BUSY + kept[1]];
    let nothing = Nothing::compile()?;
    let lab = Lab::new();
    let [asleep, started] = [nothing.memory()?, nothing.start_up()?];
    let ping = ping::measure(&lab)?;
    let size = fs::metadata(pilot).context(pilot.display())?.len();
    let memory = |what, memory: Memory| {
        Figure::new(what, memory.sum(), Unit::KiB)
            .at_most(busy)
            .beside(asleep, ASLEEP)
            .made_of(memory.shares())
    };
    Ok(vec![
        Figure::new("size", size, Unit::Bytes),
        Figure::new(
            "start of `pilot version`",
            start::version(pilot)?,
            Unit::Microseconds,
        )
        .beside(started, "a static C program that does nothing"),
        Figure::new(
            "from start to the first answer",
            start::first_answer(&lab)?,
            Unit::Microseconds,
        ),
        Figure::new("memory between exchanges", memory::idle(&lab)?, Unit::KiB)
            .at_most(idle)
            .beside(asleep, ASLEEP),
        memory("memory while an answer is held", memory::held(&lab)?),
        memory("most memory in an exchange", memory::exchanging(&lab)?),
        memory(
            "most memory with a job that prints text",
            memory::printing(&lab, "chatty")?,
        ),
        memory(
            "most memory with a job that prints newlines",
            memory::printing(&lab, "newlines")?,
        ),
        Figure::new("an idle ping over TCP", ping.bytes, Unit::Bytes).at_most(MOST_BYTES),
        Figure::new("processor time of a ping", ping.time, Unit::Microseconds),
    ])
}
