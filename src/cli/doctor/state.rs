//! The folder of all state: whose it is, and whether there is room in it.

use super::report::Finding;
use crate::config::Config;
use crate::home::emptying;
use crate::spool::disk_space;
use crate::sys::{space, user};
use std::fs;
use std::os::unix::fs::MetadataExt;

const CHECK: &str = "state folder";

/// Whether there is a folder that this user may look into.
pub(super) fn is_open_to_us(config: &Config) -> bool {
    user::may(&config.home, user::Access::Enter)
}

/// Whether there is one, which this user may not look into.
pub(super) fn is_hidden(config: &Config) -> bool {
    !is_open_to_us(config) && fs::exists(&config.home).unwrap_or(true)
}

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let home = config.home.display();
    let found = match fs::metadata(&config.home) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let remedy = "start the agent, or enrol: both make it";
            let text = format_args!("{home} is not there yet");
            return vec![Finding::warn(CHECK, text, remedy)];
        }
        Err(error) => {
            let remedy = "run this as root or as the agent's user";
            return vec![Finding::fail(
                CHECK,
                format_args!("{home}: {error}"),
                remedy,
            )];
        }
    };
    let mut findings = vec![folder(config, &found)];
    if is_open_to_us(config) {
        findings.push(room(config));
    }
    findings
}

fn folder(config: &Config, found: &fs::Metadata) -> Finding {
    let (home, owner) = (config.home.display(), found.uid());
    let us = user::effective_id();
    if ![user::ROOT, owner].contains(&us) {
        let text = format_args!("{home} belongs to another user, {owner}");
        let other_user = match owner {
            user::ROOT => "root (`sudo pilot doctor`)".to_owned(),
            owner => format!("that user (`sudo -u '#{owner}' pilot doctor`) or as root"),
        };
        let remedy =
            format!("run this as {other_user}; if the agent is to run as {us}, set PILOT_HOME");
        return Finding::fail(CHECK, text, remedy);
    }
    if !found.is_dir() || !user::may(&config.home, user::Access::Write) {
        let text = format_args!("{home} cannot be written to");
        return Finding::fail(CHECK, text, "mount it for writing, or set PILOT_HOME");
    }
    if emptying::is_half_empty(&config.home) {
        let text = format_args!("the state in {home} was not removed completely");
        return Finding::fail(CHECK, text, "run `pilot reset` again");
    }
    if config.home != config.program_folder && found.mode() & 0o077 != 0 {
        let text = format_args!("{home} is open to other users");
        return Finding::warn(CHECK, text, format_args!("chmod 700 {home}"));
    }
    let whose = if us == owner {
        ""
    } else {
        ", of the agent's user"
    };
    Finding::ok(CHECK, format_args!("{home}{whose}"))
}

fn room(config: &Config) -> Finding {
    const CHECK: &str = "room";
    if let Some(lack) = disk_space::lack(&config.home, config.spool_limit) {
        return Finding::fail(CHECK, lack, "make room; until then no job is taken");
    }
    match space::free(&config.home) {
        Ok(free) => Finding::ok(CHECK, format_args!("{} MiB free", free >> 20)),
        Err(error) => Finding::warn(CHECK, error, "look whether the file system is in order"),
    }
}
