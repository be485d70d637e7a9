//! `cargo campaign bench`: measures what the agent costs a host.
//!
//! Memory and start-up are also shown as multiples of those of the smallest static program.
//! The campaign fails if a figure is above its limit.

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

/// The most memory of the agent between two exchanges, in KiB.
const MOST_IDLE: u64 = 320;

/// The most memory of the agent and its courier while control holds a ping, in KiB.
const MOST_HELD: u64 = 512;

/// The most memory of all of its processes together at any other time, in KiB.
const MOST_BUSY: u64 = 4_096;

/// How much higher these limits are with glibc, whose allocator keeps freed memory. (Hosts
/// get static programs with another allocator.)
const KEPT_BY_GLIBC: [u64; 2] = [128, 1_536];

/// The most bytes of an idle ping with its answer, including TLS.
const MOST_BYTES: u64 = 2_560;

/// The program that memory is compared with.
const ASLEEP: &str = "a static C program that sleeps";

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The agent's program (default: a release build of this checkout)
    #[arg(long, value_name = "FILE")]
    pilot: Option<PathBuf>,
}

/// Measures and prints. Needs root, because only root may inspect an agent's processes.
///
/// # Errors
/// When a figure cannot be measured, or is above its limit.
pub(crate) fn run(options: &Options) -> Result<()> {
    let pilot = match &options.pilot {
        Some(pilot) => pilot.canonicalize().context(pilot.display())?,
        None => build()?,
    };
    take_pilot(&pilot);
    let figures = catch_unwind(AssertUnwindSafe(|| measure(&pilot)));
    // A panic has printed the reason.
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
    let nothing = Nothing::compile()?;
    let lab = Lab::new();
    let mut figures = Vec::from(starts(pilot, &nothing, &lab)?);
    figures.extend(memories(pilot, &nothing, &lab)?);
    let ping = ping::measure(&lab)?;
    figures.extend([
        Figure::new("an idle ping over TCP", ping.bytes, Unit::Bytes).at_most(MOST_BYTES),
        Figure::new("processor time of a ping", ping.time, Unit::Microseconds),
    ]);
    Ok(figures)
}

/// Its size, and how long it takes to start.
fn starts(pilot: &Path, nothing: &Nothing, lab: &Lab) -> Result<[Figure; 3]> {
    let size = fs::metadata(pilot).context(pilot.display())?.len();
    Ok([
        Figure::new("size", size, Unit::Bytes),
        Figure::new(
            "start of `pilot version`",
            start::version(pilot)?,
            Unit::Microseconds,
        )
        .beside(nothing.start_up()?, "a static C program that does nothing"),
        Figure::new(
            "from start to the first answer",
            start::first_answer(lab)?,
            Unit::Microseconds,
        ),
    ])
}

/// The memory of its processes.
fn memories(pilot: &Path, nothing: &Nothing, lab: &Lab) -> Result<[Figure; 5]> {
    let kept = match is_static(pilot)? {
        true => [0; 2],
        false => KEPT_BY_GLIBC,
    };
    let [idle, held, busy] = [
        MOST_IDLE + kept[0],
        MOST_HELD + kept[1],
        MOST_BUSY + kept[1],
    ];
    let asleep = nothing.memory()?;
    let memory = |what, memory: Memory, most| {
        Figure::new(what, memory.sum(), Unit::KiB)
            .at_most(most)
            .beside(asleep, ASLEEP)
            .made_of(memory.shares())
    };
    Ok([
        Figure::new("memory between exchanges", memory::idle(lab)?, Unit::KiB)
            .at_most(idle)
            .beside(asleep, ASLEEP),
        memory("memory while an answer is held", memory::held(lab)?, held),
        memory("most memory in an exchange", memory::exchanging(lab)?, busy),
        memory(
            "most memory with a job that prints text",
            memory::printing(lab, "chatty")?,
            busy,
        ),
        memory(
            "most memory with a job that prints newlines",
            memory::printing(lab, "newlines")?,
            busy,
        ),
    ])
}
