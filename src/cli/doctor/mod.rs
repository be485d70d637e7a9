//! `pilot doctor`: what keeps this host from working for control, and what to
//! do about it.
//!
//! Nothing is changed. Each check is a child process with a deadline, so that a
//! disk, a resolver or a server that hangs is a finding like any other.

mod ca;
mod clock;
mod configuration;
mod enrolment;
mod first_stop;
mod kernel;
mod keys;
mod network;
mod report;
mod runner;
mod spool;
mod state;

use super::{output, parse, usage_error};
use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::config::{Config, Source};
use crate::failure::{Failure, Kind};
use report::{Finding, Level};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Looking at the local disk takes milliseconds.
const LOCAL: Duration = Duration::from_secs(10);

/// Checks everything.
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut options = getopts::Options::new();
    options.optflag("", "json", "");
    let matches = parse(&options, arguments)?;
    if !matches.free.is_empty() {
        return Err(usage_error("doctor takes no argument"));
    }
    let mut report = Report {
        as_json: matches.opt_present("json"),
        findings: vec![],
    };
    examine(&mut report)?;
    report.finish()
}

fn examine(report: &mut Report) -> Result<(), Failure> {
    let source = Source::of_this_process()?;
    report.add(supervised("configuration", || {
        configuration::check(&source)
    }))?;
    // Its error has been reported.
    let config = source.load().ok();
    if let Some(config) = &config {
        report.add(supervised("state folder", || state::check(config)))?;
        if state::is_open_to_us(config) {
            examine_state(&source, config, report)?;
        }
        report.add(network::check(config))?;
        report.add(runner::check(config))?;
    }
    report.add(supervised("kernel", || kernel::check(config.as_ref())))
}

fn examine_state(source: &Source, config: &Config, report: &mut Report) -> Result<(), Failure> {
    report.add(supervised("enrolment", || enrolment::check(source, config)))?;
    report.add(supervised("keys", || keys::check(config)))?;
    report.add(supervised("clock", || vec![clock::check(config)]))?;
    report.add(supervised("jobs", || spool::check(config)))
}

/// What was found so far. People see each line as it comes.
struct Report {
    as_json: bool,
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, findings: Vec<Finding>) -> Result<(), Failure> {
        if !self.as_json {
            for finding in &findings {
                output::print(finding)?;
            }
        }
        self.findings.extend(findings);
        Ok(())
    }

    /// # Errors
    /// When a check failed: the caller sees that from the exit code.
    fn finish(self) -> Result<(), Failure> {
        let count = |level| {
            self.findings
                .iter()
                .filter(|found| found.level == level)
                .count()
        };
        let (failed, warned) = (count(Level::Fail), count(Level::Warn));
        if self.as_json {
            let all = serde_json::json!({ "ok": failed == 0, "checks": self.findings });
            output::json(&all)?;
        }
        match failed {
            0 => Ok(()),
            _ => Err(Failure::new(
                Kind::Run,
                format!("checks that failed: {failed}; with a warning: {warned}"),
            )),
        }
    }
}

/// Checks something in a child process that cannot write.
fn supervised(check: &str, work: impl FnOnce() -> Vec<Finding>) -> Vec<Finding> {
    supervised_for(LOCAL, check, work)
}

fn supervised_for(
    time: Duration,
    check: &str,
    work: impl FnOnce() -> Vec<Finding>,
) -> Vec<Finding> {
    supervised_as(time, check, work).unwrap_or_else(|finding| vec![finding])
}

/// What the work found out, or why it did not get to that.
fn supervised_as<T: Serialize + DeserializeOwned>(
    time: Duration,
    check: &str,
    work: impl FnOnce() -> T,
) -> Result<T, Finding> {
    let allowance = Allowance {
        time,
        memory: 256 << 20,
        descriptors: 64,
        file_size: 0,
        output: 256 << 10,
        sandbox: Sandbox::Open,
    };
    let child = Child::start(&allowance, |confined| {
        let outcome: Result<T, Finding> = match confined {
            Ok(()) => Ok(work()),
            Err(error) => Err(Finding::fail(
                check,
                format_args!("a child process cannot be confined: {error}"),
                "run a kernel from 4.9 on, without filters that deny prctl and setrlimit",
            )),
        };
        serde_json::to_vec(&outcome).unwrap_or_default()
    });
    let output = match child.and_then(Child::wait) {
        Ok(Some(output)) => output,
        Ok(None) => {
            let text = format_args!("there was no answer within {} s", time.as_secs());
            let remedy = "find out what hangs: a disk, a network file system, a resolver";
            return Err(Finding::fail(check, text, remedy));
        }
        Err(error) => {
            let remedy = "see to it that there is room for processes and open files";
            return Err(Finding::fail(check, error, remedy));
        }
    };
    serde_json::from_slice(&output).unwrap_or_else(|_| {
        let remedy = "look for the reason in the kernel's log (dmesg)";
        Err(Finding::fail(check, "the check itself broke off", remedy))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_hangs_or_dies_is_a_finding() {
        let time = Duration::from_millis(100);
        let found = supervised_for(time, "disk", || {
            std::thread::sleep(Duration::from_secs(60));
            vec![]
        });
        assert!(
            found[0].to_string().contains("no answer within"),
            "{found:?}"
        );
        let found = supervised("disk", || crate::sys::fork::exit_now(1));
        assert!(found[0].to_string().contains("broke off"), "{found:?}");
    }

    #[test]
    fn a_check_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let found = supervised("disk", || {
            let written = std::fs::write(&file, "x");
            vec![Finding::ok("disk", format_args!("{}", written.is_ok()))]
        });
        assert!(!found[0].to_string().contains("true"), "{found:?}");
        assert_eq!(std::fs::read_to_string(file).unwrap_or_default(), "");
    }
}
