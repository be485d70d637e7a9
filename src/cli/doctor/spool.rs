//! The jobs that control waits for, and records that a disk has damaged.

use super::report::Finding;
use crate::config::Config;
use crate::spool::Spool;
use crate::spool::folder::{JobFolder, State};
use std::fs;
use std::path::{Path, PathBuf};

const CHECK: &str = "jobs";

/// So many damaged records are named.
const MOST_NAMED: usize = 5;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let jobs = match Spool::noted(&config.home) {
        Ok(jobs) => jobs,
        Err(error) => {
            let remedy = "look at the disk's health and at the folder's owner";
            return vec![Finding::fail(CHECK, error, remedy)];
        }
    };
    let count = |wanted| jobs.iter().filter(|(_, _, state)| *state == wanted).count();
    let [waiting, running, ended] = [State::Received, State::Running, State::Ended].map(count);
    let counts = format_args!("{waiting} waiting, {running} running, {ended} to report");
    vec![Finding::ok(CHECK, counts), records(&config.home, &jobs)]
}

fn records(home: &Path, jobs: &[(i64, JobFolder, State)]) -> Finding {
    const CHECK: &str = "records";
    let mut bad = set_aside_in(home);
    for (_, folder, _) in jobs {
        bad.extend(set_aside_in(folder.path()));
        if folder.received().is_err() || folder.result().is_err() {
            bad.push(folder.path().to_path_buf());
        }
    }
    if bad.is_empty() {
        return Finding::ok(CHECK, "none is damaged");
    }
    let named = bad
        .iter()
        .take(MOST_NAMED)
        .map(|path| path.display().to_string());
    let text = format_args!(
        "{} damaged: {}",
        bad.len(),
        named.collect::<Vec<_>>().join(" ")
    );
    let remedy = "look at the disk's health, then remove those that end in .damaged; the agent goes on without them";
    Finding::warn(CHECK, text, remedy)
}

fn set_aside_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "damaged"))
        .collect()
}
