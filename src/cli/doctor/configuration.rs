//! The configuration file, and whose it is.

use super::report::Finding;
use crate::config::{Config, Source};
use crate::host::machine_id;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const CHECK: &str = "configuration";

const READABLE_BY_OTHERS: u32 = 0o044;

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let config = match (source.exposed(), source.load()) {
        (Ok(Some(exposed)), _) => {
            let text = format_args!("{exposed}, so that others decide what the agent runs");
            return vec![Finding::fail(CHECK, text, exposed.remedy())];
        }
        (_, Ok(config)) => config,
        (_, Err(failure)) => {
            let remedy = "correct the key that is named; docs/operations/configuration.md and pilot.conf(5) list all keys";
            return vec![Finding::fail(CHECK, failure, remedy)];
        }
    };
    let file = match source.file() {
        Some(file) => file_is_secret(&file, &config),
        None => Finding::ok(CHECK, "no file; environment, enrolment and defaults count"),
    };
    let environment = source.remark().map(|remark| {
        Finding::warn(
            CHECK,
            remark,
            "correct misspelt variables; ignore those of other programs",
        )
    });
    environment
        .into_iter()
        .chain([file, machine(&config)])
        .collect()
}

fn file_is_secret(file: &Path, config: &Config) -> Finding {
    let name = file.display();
    let mode = fs::metadata(file).map_or(0, |found| found.mode());
    let has_secret = config
        .proxy
        .as_ref()
        .is_some_and(|proxy| proxy.has_password());
    if has_secret && mode & READABLE_BY_OTHERS != 0 {
        let text = format_args!("other users can read the proxy's password in {name}");
        return Finding::warn(CHECK, text, format_args!("chmod go-r {name}"));
    }
    Finding::ok(CHECK, name)
}

fn machine(config: &Config) -> Finding {
    const CHECK: &str = "machine id";
    match machine_id::read(&config.machine_id_file) {
        Ok(_) => Finding::ok(CHECK, config.machine_id_file.display()),
        // The message says how to make one.
        Err(failure) => Finding::fail(CHECK, failure, "make one; the agent waits for it"),
    }
}
