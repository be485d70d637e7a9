//! The configuration file, and whose it is.

use super::report::Finding;
use crate::config::{Config, Source};
use crate::host::machine_id;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const CHECK: &str = "configuration";

const WRITABLE_BY_OTHERS: u32 = 0o022;
const READABLE_BY_OTHERS: u32 = 0o044;

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let config = match source.load() {
        Ok(config) => config,
        Err(failure) => {
            let remedy = "correct what is named; docs/operations/configuration.md and pilot.conf(5) have all keys";
            return vec![Finding::fail(CHECK, failure, remedy)];
        }
    };
    let file = match source.file() {
        Some(file) => file_is_kept(&file, &config),
        None => Finding::ok(CHECK, "no file; environment, enrolment and defaults count"),
    };
    let environment = source.remark().map(|remark| {
        Finding::warn(
            CHECK,
            remark,
            "correct what is misspelt; ignore what belongs to others",
        )
    });
    environment
        .into_iter()
        .chain([file, machine(&config)])
        .collect()
}

fn file_is_kept(file: &Path, config: &Config) -> Finding {
    let name = file.display();
    let mode = fs::metadata(file).map_or(0, |found| found.mode());
    let has_secret = config
        .proxy
        .as_ref()
        .is_some_and(|proxy| proxy.has_password());
    if mode & WRITABLE_BY_OTHERS != 0 {
        let text =
            format_args!("other users can write to {name}, and so run programs as the agent");
        return Finding::fail(CHECK, text, format_args!("chmod go-w {name}"));
    }
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
