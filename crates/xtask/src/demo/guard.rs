//! Starts the demo, waits for its end or for a signal, and ends the processes that it leaves.

use super::folder::Folder;
use super::{orphans, play};
use release::failure::{Context, Failure, Result, failed};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};

/// How many lines of each log a failure shows.
const TAIL: usize = 20;

/// Runs the demo in `folder`. When this returns, no process of it is left.
///
/// # Errors
/// [`Failure::Interrupted`] on a signal; otherwise when the demo fails.
pub(super) fn watch(folder: &Folder, stay: bool) -> Result<()> {
    let mut demo = Command::new("/proc/self/exe");
    demo.args(["demo", "--guarded-in"])
        .arg(folder.root())
        .args(stay.then_some("--stay"))
        .env("TMPDIR", folder.make("tmp")?);
    folder.make("logs")?;
    match end_of(&mut demo)? {
        Some(status) if status.success() => Ok(()),
        Some(_) => {
            eprint!("{}", tails(folder));
            failed("the demo did not come to its end; why is said above")
        }
        None if play::has_begun(folder.root()) => {
            println!("\nStopping and removing everything");
            Ok(())
        }
        None => Err(Failure::Interrupted),
    }
}

/// Waits until a program has ended, or a signal ends it: none is returned then. All of
/// its descendants end with it.
fn end_of(program: &mut Command) -> Result<Option<ExitStatus>> {
    orphans::adopt().context("cannot become a subreaper")?;
    let mut signals =
        Signals::new([SIGCHLD, SIGINT, SIGTERM, SIGHUP]).context("cannot catch signals")?;
    // A group of its own: Ctrl-C is for the guard.
    let mut child = program.process_group(0).spawn().context("the demo")?;
    let status = await_end(&mut child, &mut signals);
    // Dead, it starts nothing more.
    let _ = child.kill();
    let _ = child.wait();
    orphans::end_all();
    status
}

fn await_end(child: &mut Child, signals: &mut Signals) -> Result<Option<ExitStatus>> {
    for signal in signals.forever() {
        if signal != SIGCHLD {
            return Ok(None);
        }
        if let Some(status) = child.try_wait().context("the demo")? {
            return Ok(Some(status));
        }
    }
    Ok(None)
}

/// The last lines of what control and agent wrote.
fn tails(folder: &Folder) -> String {
    let mut text = String::new();
    for name in ["control", "agent"] {
        let log = folder.path(&format!("logs/{name}.log"));
        // There is none yet where the programs could not be built.
        let Ok(log) = fs::read_to_string(log) else {
            continue;
        };
        let lines: Vec<&str> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(TAIL)..];
        text.push_str(&format!("--- the last lines of {name}:\n"));
        text.push_str(&tail.join("\n"));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    /// The guard ends every child of its process, those of other tests too; so the
    /// story has a process of its own.
    #[test]
    fn nothing_that_was_started_stays() {
        let story = "demo::guard::tests::a_guarded_program_from_its_start_to_its_end";
        let mut alone = Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", story, "--ignored", "--nocapture"]);
        let mut alone = alone.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(alone.stdout.take().unwrap()).lines();
        let mut next = |text: &str| {
            let mut printed = lines.by_ref().map_while(std::result::Result::ok);
            assert!(printed.any(|line| line.contains(text)), "{text}");
        };
        // The signal comes while there are descendants.
        next("ready");
        assert!(lab::service::signal(alone.id(), "TERM"));
        next("1 passed");
        assert!(alone.wait().unwrap().success());
    }

    #[test]
    #[ignore = "ends every child of its process; `nothing_that_was_started_stays` runs it"]
    fn a_guarded_program_from_its_start_to_its_end() {
        let shell = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            end_of(&mut shell).unwrap().and_then(|status| status.code())
        };
        // The second sleep has a session of its own and an exited parent.
        let leave = "(setsid sleep 1000 &)";
        assert_eq!(shell(&format!("{leave}; exit 3")), Some(3));
        assert!(orphans::children().is_empty());
        assert_eq!(shell(&format!("{leave}; echo ready; sleep 1000")), None);
        assert!(orphans::children().is_empty());
    }
}
