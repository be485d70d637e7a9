//! `pilot key rotate`: gives this host another key.

use super::{output, parse, usage_error};
use crate::config::{Config, Source};
use crate::failure::{Context, Failure, Kind};
use crate::home;
use crate::identity::Identity;
use crate::sys::process::Pid;
use crate::sys::signals;
use std::thread::sleep;
use std::time::Duration;

/// How long an agent has for it before it is left to go on by itself.
const ATTEMPTS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(200);

/// Prepares a key, and has the agent offer it to control.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    if matches.free.iter().ne(["rotate"]) {
        return Err(usage_error("key takes one command: pilot key rotate"));
    }
    let config = Source::of_this_process()?.load()?;
    let identity = Identity::load(&config.home)?.filter(|identity| identity.enrolled);
    if identity.is_none() {
        return Err(Failure::configuration(
            "this host is not enrolled, so it has no key to replace: enrol it first",
        ));
    }
    home::refuse_another_users(&config)?;
    let fingerprint = Identity::prepare_next_key(&config.home)?;
    let in_force = have_agent_rotate(&config, &fingerprint)?;
    if matches.opt_present("json") {
        let shown = serde_json::json!({ "fingerprint": fingerprint, "in_force": in_force });
        return output::json(&shown);
    }
    output::print(if in_force {
        format!("this host has a new key, with the fingerprint {fingerprint}")
    } else {
        format!(
            "the key {fingerprint} is prepared: the agent puts it in force when it runs and pings"
        )
    })
}

/// Whether the key is in force by now; without an agent it is not.
fn have_agent_rotate(config: &Config, fingerprint: &str) -> Result<bool, Failure> {
    let Some(agent) = home::agent(&config.home).and_then(|pid| pid.try_into().ok()) else {
        return Ok(false);
    };
    let signalled = Pid::new(agent).signal(signals::SIGHUP);
    signalled.context("cannot signal the agent to read the key")?;
    for _ in 0..ATTEMPTS {
        let identity = Identity::load(&config.home)?;
        if identity.is_some_and(|identity| identity.key.fingerprint() == fingerprint) {
            return Ok(true);
        }
        sleep(PAUSE);
    }
    Err(Failure::new(
        Kind::Unreachable,
        format!(
            "control has not accepted the key {fingerprint} yet: the agent goes on trying; see `pilot status`"
        ),
    ))
}
