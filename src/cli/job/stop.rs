//! `pilot job stop`: ends what runs on a host whose agent was stopped, before the
//! agent is removed for good.

use crate::config::Config;
use crate::failure::{Context, Failure, Kind};
use crate::home;
use crate::spool::Spool;
use crate::spool::folder::{JobFolder, State};
use std::io;
use std::thread::sleep;
use std::time::Duration;

/// A job has ten seconds between TERM and KILL; its result has to be written.
const ATTEMPTS: u32 = 150;
const PAUSE: Duration = Duration::from_millis(200);

/// Cancels all running jobs, as their agent would, and waits for their end.
/// Returns their ids.
///
/// # Errors
/// When an agent is there to do it, or a job does not end.
pub(super) fn stop(config: &Config) -> Result<Vec<i64>, Failure> {
    if !config.home.exists() {
        return Ok(Vec::new());
    }
    home::refuse_another_users(config)?;
    let _lock = home::lock(&config.home)?;
    let running = running(config).context("cannot look at the jobs")?;
    for (id, folder) in &running {
        folder
            .mark_cancelled()
            .context(format_args!("job {id} cannot be cancelled"))?;
    }
    let ids: Vec<i64> = running.iter().map(|(id, _)| *id).collect();
    for _ in 0..ATTEMPTS {
        let left = self::running(config).context("cannot look at the jobs")?;
        if left.is_empty() {
            return Ok(ids);
        }
        sleep(PAUSE);
    }
    Err(Failure::new(
        Kind::Run,
        "a job has not ended within 30 seconds of being cancelled; see `pilot job ls`",
    ))
}

/// Jobs whose shim is alive.
fn running(config: &Config) -> io::Result<Vec<(i64, JobFolder)>> {
    let mut running = Vec::new();
    for (id, folder, _) in Spool::noted(&config.home)? {
        if folder.state()? == State::Running {
            running.push((id, folder));
        }
    }
    Ok(running)
}
