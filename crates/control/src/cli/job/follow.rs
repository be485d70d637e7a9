//! `pilotctl job show -f`: prints the output of a job while it runs, and its result.

use super::Shown;
use super::wait::{POLL, exit_code, print_error, retry};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output;
use api::JobId;
use api::jobs::{JobDetail, output_after};
use std::process::ExitCode;
use std::thread::sleep;

/// Prints the output of a job until it has ended; with JSON, only the ended job.
pub(super) fn follow(client: &Client, id: JobId, as_json: bool) -> Result<ExitCode, Failure> {
    let mut printed = PrintedOutput::default();
    let Shown { json, job } = loop {
        let from = printed.bytes;
        let path = format!("/job/{id}?follow=true&from={from}");
        let answer = retry(&format!("pilotctl job show -f {id}"), || client.get(&path))?;
        let shown = Shown::new(answer)?;
        let job = &shown.job;
        let new = printed.new_output(job);
        if !as_json {
            output::log(&new)?;
            printed.note_why_it_waits(job);
        }
        if job.entry.has_ended() {
            break shown;
        }
        sleep(POLL);
    };
    if as_json {
        output::json(&json)?;
    } else {
        let (id, entry) = (job.id, &job.entry);
        output::note(format_args!("{id} {} on {}", entry.status, entry.hostname));
        print_error(&job);
    }
    Ok(exit_code([&job.entry].into_iter()))
}

/// What was printed so far.
#[derive(Default)]
struct PrintedOutput {
    /// How many bytes of the output.
    bytes: u64,
    /// The reason why the job waits.
    reason: String,
}

impl PrintedOutput {
    /// The new output, with a note before it if some is missing.
    fn new_output(&mut self, job: &JobDetail) -> String {
        let (at, text) = match &job.progress {
            _ if job.entry.has_ended() => rest(job, self.bytes),
            Some(progress) => (progress.at, progress.text.clone()),
            None => (self.bytes, String::new()),
        };
        let missed = at.saturating_sub(self.bytes);
        self.bytes = self.bytes.max(at + text.len() as u64);
        match missed {
            0 => text,
            missed => format!("\n[… {missed} bytes are not shown …]\n{text}"),
        }
    }

    /// Prints why the job waits, when that changes.
    fn note_why_it_waits(&mut self, job: &JobDetail) {
        let reason = job.waits.clone().unwrap_or_default();
        if !reason.is_empty() && reason != self.reason {
            output::note(format_args!("the job waits: {reason}"));
        }
        self.reason = reason;
    }
}

/// The part of a result's log after the first `printed` bytes of the output, and its
/// position.
fn rest(job: &JobDetail, printed: u64) -> (u64, String) {
    let log = &job.entry.log;
    let cut = job.result.as_ref().map_or(0, |result| result.cut);
    output_after(log, cut, printed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job(json: serde_json::Value) -> JobDetail {
        serde_json::from_value(json).unwrap()
    }

    fn running(at: u64, text: &str) -> JobDetail {
        job(json!({ "status": "received", "progress": { "at": at, "text": text } }))
    }

    fn ended(log: &str, cut: u64) -> JobDetail {
        job(json!({ "status": "succeeded", "log": log, "result": { "Cut": cut } }))
    }

    fn printed(steps: &[JobDetail]) -> Vec<String> {
        let mut printed = PrintedOutput::default();
        steps.iter().map(|job| printed.new_output(job)).collect()
    }

    #[test]
    fn output_is_printed_once_and_the_result_has_the_rest() {
        let queued = job(json!({ "status": "queued" }));
        let steps = [
            queued,
            running(0, "ab"),
            running(2, ""),
            running(2, "c"),
            ended("abcde", 0),
        ];
        assert_eq!(printed(&steps), ["", "ab", "", "c", "de"]);
    }

    #[test]
    fn missing_output_is_noted() {
        let steps = [running(0, "ab"), running(9, "c")];
        assert_eq!(printed(&steps), ["ab", "\n[… 7 bytes are not shown …]\nc"]);
    }

    #[test]
    fn the_rest_of_a_log_with_a_cut_is_found() {
        let log = "head\n[… 90 bytes cut …]\ntail";
        assert_eq!(printed(&[running(0, "he"), ended(log, 90)])[1], log[2..]);
        assert_eq!(
            printed(&[
                running(0, "head"),
                running(4, &"x".repeat(92)),
                ended(log, 90)
            ])[2],
            "il"
        );
        let early = printed(&[running(0, "head, and"), ended(log, 90)]);
        assert_eq!(early[1], "\n[… 85 bytes are not shown …]\ntail");
    }
}
