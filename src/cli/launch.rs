//! `pilot launch`: the agent itself.

use super::{parse, usage_error};
use crate::agent;
use crate::config::Source;
use crate::failure::Failure;
use crate::identity::IdSource;
use crate::log::{self, Level};
use crate::sys::limits::{Resource, limit, not_dumpable};
use crate::sys::{process, signals};

/// Flags of existing agents that this one does not have, and why.
const ABSENT: [(&str, &str, &str); 4] = [
    ("m", "telemetry", "this agent does not send telemetry yet"),
    (
        "s",
        "insecureSkipVerify",
        "this agent never talks to a server whose certificate it cannot verify; for a private CA set PILOT_CA_FILE",
    ),
    ("", "cve-path", "this agent does not send CVE reports yet"),
    (
        "",
        "cve-up-delay",
        "this agent does not send CVE reports yet",
    ),
];

/// Runs the agent until it is asked to stop.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    refuse_absent(arguments)?;
    let mut options = getopts::Options::new();
    options.optflag("w", "hw-id", "").optflag("t", "trace", "");
    let matches = parse(&options, arguments)?;
    if let [extra, ..] = matches.free.as_slice() {
        return Err(usage_error(format!(
            "launch takes no argument, but was given {extra:?}"
        )));
    }
    // Signals have their documented effect, even if a shell or nohup ignored them.
    signals::restore_defaults();
    signals::survive_broken_pipes();
    keep_secrets();
    if matches.opt_present("trace") {
        log::set_floor(Level::Debug);
    }
    let id_source = if matches.opt_present("hw-id") {
        IdSource::Hardware
    } else {
        IdSource::MachineId
    };
    let source = Source::of_this_process()?;
    if let Some(remark) = source.remark() {
        log::warning!("{remark}");
    }
    agent::run(source, id_source)
}

/// The host key is in memory: no core dumps, no debuggers, and only this user may read the
/// files that the agent writes.
fn keep_secrets() {
    process::umask(0o077);
    for result in [not_dumpable(), limit(Resource::Core, 0)] {
        if let Err(error) = result {
            log::warning!("cannot switch core dumps off: {error}");
        }
    }
}

fn refuse_absent(arguments: &[String]) -> Result<(), Failure> {
    for (short, long, why) in ABSENT {
        let is_it = |argument: &String| match argument.strip_prefix("--") {
            Some(name) => name.split('=').next() == Some(long),
            None => {
                !short.is_empty()
                    && argument
                        .strip_prefix('-')
                        .is_some_and(|flags| flags.contains(short))
            }
        };
        if arguments.iter().any(is_it) {
            return Err(usage_error(format!("--{long}: {why}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_existing_agents_are_refused_by_name() {
        for argument in [
            "-m",
            "--telemetry",
            "-s",
            "--insecureSkipVerify",
            "--cve-path=/x",
            "--cve-path",
            "-tm",
        ] {
            assert!(refuse_absent(&[argument.to_owned()]).is_err(), "{argument}");
        }
        for argument in ["-t", "--trace", "-w", "--hw-id"] {
            assert!(refuse_absent(&[argument.to_owned()]).is_ok(), "{argument}");
        }
    }
}
