//! `cargo demo`: the ten steps on the real programs, in a temporary folder and
//! on free ports of the loopback interface. Nothing stays behind.

mod commands;
mod folder;
mod host;
mod job;
mod operator;
mod orphans;
mod package;
mod play;
mod process;
mod programs;
mod setup;
mod stage;
mod steps;
mod tamper;

use folder::Folder;
use programs::Programs;
use release::failure::{Failure, Result};
use stage::Stage;

/// How the demo is run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Keep everything running as a place to play, until Ctrl-C.
    #[arg(long)]
    stay: bool,
}

/// Runs the demo and removes everything that it made, however it ends.
///
/// # Errors
/// When a step does not happen in time, a program fails, or a signal comes.
pub(crate) fn run(options: Options) -> Result<()> {
    let folder = Folder::new()?;
    let logs = folder.make("logs")?;
    for name in ["home", "tmp"] {
        folder.make(name)?;
    }
    let mut stage = Stage::new(&logs)?;
    stage.listen_to_signals()?;
    let outcome = perform(&mut stage, &folder, options);
    if let Err(Failure::Failed(_)) = outcome {
        eprint!("{}", stage.tails());
    }
    // The programs end before the folder goes in which they write.
    drop(stage);
    let removed = folder.remove();
    outcome.and(removed)
}

fn perform(stage: &mut Stage, folder: &Folder, options: Options) -> Result<()> {
    println!("Building the three programs (the first time takes minutes)");
    let programs = Programs::build(stage)?;
    println!("\nSetting up in {}", folder.root().display());
    let world = setup::run(stage, folder, programs)?;
    println!("\nThe ten steps (lines that begin with $ can be repeated in that folder)");
    steps::show(stage, folder, &world)?;
    println!("\nA tampered package");
    tamper::show(stage, folder, &world)?;
    if options.stay {
        return play::stay(stage, folder, &world);
    }
    println!("\nDone: stopping and removing everything");
    Ok(())
}
