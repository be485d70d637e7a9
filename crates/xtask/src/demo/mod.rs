//! `cargo demo`: the ten steps on the real programs, in a temporary folder and
//! on free ports of the loopback interface. Nothing stays behind.
//!
//! The demo is a process of its own below one that guards it, so that everything ends
//! and is removed even if the demo is killed.

mod folder;
mod guard;
mod job;
mod operator;
mod orphans;
mod play;
mod steps;
mod tamper;
mod world;

use folder::Folder;
use release::failure::Result;
use std::path::{Path, PathBuf};
use world::World;

/// How the demo is run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Keep everything running as a place to play, until Ctrl-C.
    #[arg(long)]
    stay: bool,
    /// Where the guarded process works.
    #[arg(long, hide = true)]
    guarded_in: Option<PathBuf>,
}

/// Runs the demo and removes everything that it made, however it ends.
///
/// # Errors
/// When a step does not happen in time, a program fails, or a signal comes.
pub(crate) fn run(options: Options) -> Result<()> {
    if let Some(folder) = &options.guarded_in {
        return perform(folder, options.stay);
    }
    let folder = Folder::new()?;
    let outcome = guard::watch(&folder, options.stay);
    // All processes have ended that write there.
    let removed = folder.remove();
    outcome.and(removed)
}

fn perform(folder: &Path, stay: bool) -> Result<()> {
    // The laboratory panics where something is not as it should be.
    std::panic::set_hook(Box::new(|panic| {
        let why = panic.payload_as_str().unwrap_or("unknown");
        match panic.location() {
            Some(place) => eprintln!("error: {why} ({place})"),
            None => eprintln!("error: {why}"),
        }
    }));
    println!("Building the three programs (the first time takes minutes)");
    lab::programs::build_with_progress();
    println!("\nSetting up in {}", folder.display());
    let mut world = World::set_up(folder)?;
    println!("\nThe ten steps (lines that begin with $ can be repeated in that folder)");
    steps::show(&world)?;
    println!("\nA tampered package");
    tamper::show(&world)?;
    if stay {
        return play::stay(&mut world);
    }
    println!("\nDone: stopping and removing everything");
    Ok(())
}
