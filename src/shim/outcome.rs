//! From the way a runner ended to the result that control gets.

use super::output::Output;
use crate::spool::reboot;
use crate::spool::spec::Spec;
use crate::sys::clock;
use crate::sys::process::Ended;
use std::time::Duration;
use wire::package::SUPERSEDED;
use wire::ping::{Containment, JobResult, Phase, Status};
use wire::time::rfc3339;

/// A sentence is no longer than this.
const MOST_CHARACTERS: usize = 1_000;

/// Why the shim ended a run that had not ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forced {
    /// The time limit passed.
    TimedOut,
    /// Control cancelled it.
    Cancelled,
}

/// The course of a run.
pub(super) struct Run {
    began: Duration,
    began_at: u64,
    /// How the runner ended, once it has.
    pub(super) ended: Option<Ended>,
    /// When that was, since boot.
    ended_at: Duration,
    /// When the function began, since boot, if it has.
    function_began: Option<Duration>,
    /// By what means the job's processes are held together.
    pub(super) containment: Containment,
    /// Whether, and why, the shim ended it.
    pub(super) forced: Option<Forced>,
    /// What was left behind.
    pub(super) survivors: Vec<String>,
}

impl Run {
    /// A run that begins now: `began` since boot, `began_at` on the wall clock.
    pub(super) fn begin(began: Duration, began_at: u64) -> Self {
        Self {
            began,
            began_at,
            ended: None,
            ended_at: began,
            function_began: None,
            containment: Containment::Sweep,
            forced: None,
            survivors: vec![],
        }
    }

    /// Notes the end of the runner.
    pub(super) fn end(&mut self, ended: Ended) {
        self.ended_after(ended, clock::boottime());
    }

    /// Now, in unix seconds by the wall clock as it stood at the beginning: who
    /// sets it meanwhile does not make a job end before it began.
    fn now(&self) -> u64 {
        self.began_at + clock::boottime().saturating_sub(self.began).as_secs()
    }

    fn ended_after(&mut self, ended: Ended, at: Duration) {
        self.ended = Some(ended);
        self.ended_at = at;
    }

    /// When the run began, since boot.
    pub(super) fn began(&self) -> Duration {
        self.began
    }

    /// The package is ready: from here on the time is the function's.
    pub(super) fn function_begins(&mut self, now: Duration) {
        self.function_began = Some(now);
    }

    /// How long the package took, if the function began.
    fn preparation(&self) -> Option<u64> {
        milliseconds(self.function_began?.saturating_sub(self.began))
    }

    /// How long the function ran, or else the runner.
    fn milliseconds(&self) -> Option<u64> {
        let from = self.function_began.unwrap_or(self.began);
        milliseconds(self.ended_at.saturating_sub(from))
    }
}

fn milliseconds(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_millis()).ok()
}

/// The result of a job whose runner could not be started.
pub(super) fn not_started(job_id: i64, why: &str, now: u64) -> JobResult {
    JobResult::without_run(job_id, Status::Failed, why.to_owned(), now)
}

/// The result of a run that has come to its end.
pub(super) fn result(spec: &Spec, run: &Run, phase: Option<Phase>, output: Output) -> JobResult {
    let (log, cut) = output.into_text();
    let status = status(run, phase);
    let now = run.now();
    let (exit_code, signal) = match run.ended {
        Some(Ended::Exited(code)) => (Some(code), None),
        Some(Ended::Killed(signal)) => (None, Some(signal)),
        None => (None, None),
    };
    JobResult {
        success: status == Status::Succeeded,
        err: sentence(spec, run, phase, &log),
        log,
        phase: phase.filter(|_| status != Status::Succeeded),
        exit_code,
        signal,
        start: Some(rfc3339(run.began_at)),
        end: Some(rfc3339(now)),
        milliseconds: run.milliseconds(),
        preparation: run.preparation(),
        cut,
        containment: Some(run.containment),
        survivors: run.survivors.clone(),
        ..JobResult::without_run(spec.job_id, status, String::new(), now)
    }
}

fn status(run: &Run, phase: Option<Phase>) -> Status {
    match run.ended {
        _ if run.forced == Some(Forced::TimedOut) => Status::TimedOut,
        _ if run.forced == Some(Forced::Cancelled) => Status::Cancelled,
        Some(Ended::Exited(0 | reboot::EXIT_CODE)) => Status::Succeeded,
        Some(Ended::Exited(SUPERSEDED)) if phase == Some(Phase::Verify) => Status::Refused,
        _ => Status::Failed,
    }
}

/// What went wrong, in one sentence; empty when nothing did.
fn sentence(spec: &Spec, run: &Run, phase: Option<Phase>, log: &str) -> String {
    let function = &spec.function;
    match run.forced {
        Some(Forced::TimedOut) if phase.is_some_and(|phase| phase != Phase::Run) => {
            return format!(
                "the package was not ready after {} s and was given up",
                spec.job_policy.pull_limit
            );
        }
        Some(Forced::TimedOut) => {
            return format!(
                "{function} ran past its limit of {} s and was ended",
                spec.timeout
            );
        }
        Some(Forced::Cancelled) => return format!("{function} was cancelled while it ran"),
        None => {}
    }
    match (run.ended, phase) {
        (Some(Ended::Exited(0 | reboot::EXIT_CODE)), _) => String::new(),
        (Some(Ended::Exited(2)), None) if spec.needs_handover() => {
            "the runner did not begin: it may be older than this agent, which hands inputs and \
             credentials over with --supervised; install the `art` of the same version"
                .to_owned()
        }
        (Some(Ended::Exited(code)), Some(Phase::Run)) => last_word_of_runner(log)
            .unwrap_or_else(|| format!("{function} ended with exit code {code}")),
        (Some(Ended::Exited(code)), _) => last_word_of_runner(log)
            .unwrap_or_else(|| format!("the runner ended with exit code {code}")),
        (Some(Ended::Killed(signal)), _) => format!("{function} was killed by signal {signal}"),
        (None, _) => format!("the end of {function} was not seen"),
    }
}

/// The runner says on its last line why it gave up.
fn last_word_of_runner(log: &str) -> Option<String> {
    let last = log.lines().rev().find(|line| !line.trim().is_empty())?;
    let word = last.strip_prefix("art: ")?;
    Some(word.chars().take(MOST_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(ended: Ended) -> Run {
        Run {
            ended: Some(ended),
            ..Run::begin(Duration::ZERO, 0)
        }
    }

    fn spec() -> Spec {
        Spec {
            job_id: 1,
            art: "/art".into(),
            package: "p".into(),
            function: "greet".into(),
            environment: vec![],
            inputs: vec!["NAME".into()],
            timeout: 9,
            max_output: 100,
            detach: false,
            limits: wire::command::Limits::default(),
            job_policy: crate::config::job_policy::JobPolicy::default(),
        }
    }

    fn ended_as(ended: Ended, phase: Phase, log: &str) -> (Status, String) {
        let run = run(ended);
        (
            status(&run, Some(phase)),
            sentence(&spec(), &run, Some(phase), log),
        )
    }

    #[test]
    fn the_end_of_a_function_is_distinguished_from_that_of_the_runner() {
        assert_eq!(
            ended_as(Ended::Exited(0), Phase::Run, "hi\n"),
            (Status::Succeeded, String::new())
        );
        assert_eq!(
            ended_as(Ended::Exited(3), Phase::Run, "hi\n"),
            (Status::Failed, "greet ended with exit code 3".into())
        );
        assert_eq!(
            ended_as(
                Ended::Exited(121),
                Phase::Verify,
                "art: the archive's digest is wrong\n"
            )
            .1,
            "the archive's digest is wrong"
        );
        assert_eq!(
            ended_as(Ended::Killed(9), Phase::Run, "").1,
            "greet was killed by signal 9"
        );
    }

    #[test]
    fn a_superseded_package_is_a_refusal_and_no_exit_code_of_a_function_is() {
        let word = "art: r.io/a:1 is refused: superseded: …\n";
        let (status, why) = ended_as(Ended::Exited(125), Phase::Verify, word);
        assert_eq!(status, Status::Refused);
        assert!(why.contains("superseded"), "{why}");
        assert_eq!(
            ended_as(Ended::Exited(125), Phase::Run, "").0,
            Status::Failed
        );
    }

    #[test]
    fn a_runner_that_takes_no_inputs_is_too_old() {
        let word = "error: unexpected argument '--supervised' found";
        let ended_as = sentence(&spec(), &run(Ended::Exited(2)), None, word);
        assert!(ended_as.contains("install the `art`"), "{ended_as}");
    }

    #[test]
    fn a_time_out_wins_over_the_way_it_ended() {
        let run = Run {
            forced: Some(Forced::TimedOut),
            ..run(Ended::Exited(0))
        };
        assert_eq!(status(&run, None), Status::TimedOut);
        assert_eq!(
            sentence(&spec(), &run, Some(Phase::Run), ""),
            "greet ran past its limit of 9 s and was ended"
        );
    }

    #[test]
    fn the_time_of_the_package_is_not_that_of_the_function() {
        let mut run = Run::begin(Duration::from_secs(100), 0);
        run.ended_after(Ended::Exited(0), Duration::from_secs(107));
        assert_eq!((run.preparation(), run.milliseconds()), (None, Some(7_000)));
        run.function_begins(Duration::from_secs(105));
        assert_eq!(
            (run.preparation(), run.milliseconds()),
            (Some(5_000), Some(2_000))
        );
    }

    #[test]
    fn a_slow_pull_is_distinguished_from_a_slow_function() {
        let run = Run {
            forced: Some(Forced::TimedOut),
            ..run(Ended::Killed(15))
        };
        let ended_as = sentence(&spec(), &run, Some(Phase::Pull), "");
        assert!(ended_as.contains("not ready after 3600 s"), "{ended_as}");
    }
}
