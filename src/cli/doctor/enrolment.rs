//! Who this host is to control, and whether an agent is at work.

use super::report::Finding;
use crate::config::{Config, Source};
use crate::enrol::Invitation;
use crate::home::{self, Activity};
use crate::identity::Identity;
use crate::status::last_noted;
use wire::time::rfc3339;

pub(super) fn check(source: &Source, config: &Config) -> Vec<Finding> {
    let identity = match Identity::load(&config.home) {
        Ok(identity) => identity,
        Err(failure) => {
            let remedy = "as it says; `pilot reset` removes it with all that belongs to it";
            return vec![Finding::fail("enrolment", failure, remedy), agent(config)];
        }
    };
    let mut findings = vec![enrolled(identity.as_ref())];
    findings.extend(invitation(source, config, identity.as_ref()));
    findings.push(agent(config));
    findings
}

fn enrolled(identity: Option<&Identity>) -> Finding {
    const CHECK: &str = "enrolment";
    match identity {
        Some(identity) if identity.enrolled => {
            Finding::ok(CHECK, format_args!("enrolled as host {}", identity.host))
        }
        Some(identity) => Finding::warn(
            CHECK,
            "waiting to be admitted",
            format_args!(
                "an operator runs `pilotctl host admit {} --fingerprint {}`, or run `pilot enrol` here",
                identity.host,
                identity.key.fingerprint()
            ),
        ),
        None => Finding::warn(
            CHECK,
            "this host is not enrolled",
            "run `pilot enrol https://host:port` with a code from an operator",
        ),
    }
}

fn invitation(source: &Source, config: &Config, identity: Option<&Identity>) -> Option<Finding> {
    const CHECK: &str = "invitation";
    let is_enrolled = identity.is_some_and(|identity| identity.enrolled);
    Some(match Invitation::find(source, config).transpose()? {
        Ok(found) if is_enrolled => {
            let file = found.file().display();
            let text = format_args!("this host is enrolled, and {file} is still there");
            Finding::warn(CHECK, text, "remove it")
        }
        Err(failure) if is_enrolled => {
            let text = format_args!("this host is enrolled, and a file is still there: {failure}");
            Finding::warn(CHECK, text, "remove it")
        }
        Ok(found) => {
            let file = found.file().display();
            Finding::ok(CHECK, format_args!("the agent enrols with {file}"))
        }
        Err(failure) => Finding::fail(
            CHECK,
            failure,
            "write control's address and a code, on two lines, with mode 0600",
        ),
    })
}

fn agent(config: &Config) -> Finding {
    const CHECK: &str = "agent";
    let noted = last_noted(&config.home);
    let status = noted
        .as_ref()
        .map(|noted| format!(": {} (since {})", noted.text, rfc3339(noted.since)))
        .unwrap_or_default();
    match home::activity(&config.home) {
        Activity::Idle => Finding::warn(
            CHECK,
            "no agent is running",
            "start it: `systemctl start piloth`, or `pilot`",
        ),
        Activity::Waiting => Finding::warn(
            CHECK,
            format_args!("an agent waits for what is missing{status}"),
            "provide it: the agent goes on by itself",
        ),
        Activity::Working if noted.is_some_and(|noted| !noted.ok) => Finding::warn(
            CHECK,
            format_args!("running{status}"),
            "see the other checks, and the agent's log",
        ),
        Activity::Working => Finding::ok(CHECK, format_args!("running{status}")),
    }
}
