//! Start-up times.

use lab::Lab;
use release::failure::{Context, Result, failed};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many attempts: the fastest one counts, because it was disturbed least.
const ATTEMPTS: usize = 30;

/// The time of the fastest of many runs, in microseconds.
///
/// # Errors
/// When a run fails.
pub(super) fn quickest(command: impl Fn() -> Command) -> Result<u64> {
    let mut least = Duration::MAX;
    for _ in 0..ATTEMPTS {
        let mut command = command();
        command.stdout(Stdio::null());
        let began = Instant::now();
        let status = command.status().context(command.get_program().display())?;
        least = least.min(began.elapsed());
        if !status.success() {
            return failed(format!("{} failed", command.get_program().display()));
        }
    }
    Ok(micros(least))
}

/// From the start of `pilot version` to its end.
pub(super) fn version(pilot: &Path) -> Result<u64> {
    quickest(|| {
        let mut command = Command::new(pilot);
        command.arg("version");
        command
    })
}

/// From the start of an agent to control's first answer.
pub(super) fn first_answer(lab: &Lab) -> Result<u64> {
    let mut host = lab.enrolled_host();
    host.log_level = "info";
    let mut least = Duration::MAX;
    for _ in 0..ATTEMPTS / 10 {
        let began = Instant::now();
        host.start();
        host.agent().wait_for("connected to");
        least = least.min(began.elapsed());
        host.kill();
    }
    Ok(micros(least))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
