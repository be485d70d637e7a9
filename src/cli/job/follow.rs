//! `pilot job show -f`: the output of a job as it comes.

use super::{Job, find};
use crate::cli::output;
use crate::config::Config;
use crate::failure::{Context, Failure};
use std::thread::sleep;
use std::time::Duration;

/// How often it looks.
const LOOK: Duration = Duration::from_millis(250);

/// Most bytes that are shown at once.
const MOST: u64 = 1 << 20;

/// Prints what a job prints, until it has ended.
pub(super) fn follow(config: &Config, id: i64) -> Result<(), Failure> {
    let mut shown = 0;
    loop {
        // The state first: what was printed before the end is there then.
        let job = find(config, id)?;
        shown = show_since(&job, shown)?;
        if let Some(result) = &job.result {
            let status = job.status();
            let message = format!("job {id} {status}: {}", result.err);
            output::message(message.trim_end_matches(": "));
            return Ok(());
        }
        sleep(LOOK);
    }
}

/// Prints what came after the first `shown` bytes, and returns how many came.
fn show_since(job: &Job, shown: u64) -> Result<u64, Failure> {
    let excerpt = job.folder.output().since(shown, MOST);
    let excerpt = excerpt.context("cannot read what the job printed")?;
    if excerpt.at > shown {
        let missed = excerpt.at - shown;
        output::message(format_args!(
            "{missed} bytes of output are not kept any more"
        ));
    }
    output::foreign(&excerpt.text)?;
    Ok(excerpt.end().max(shown))
}
