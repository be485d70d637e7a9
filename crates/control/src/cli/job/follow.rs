//! `pilotctl job show -f`: the output of a job as it comes, and how it ended.

use super::wait::{LOOK, exit_code, has_ended, patiently, print_error};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::{output, table};
use serde_json::Value;
use std::process::ExitCode;
use std::thread::sleep;

/// Prints what a job prints until it has ended; as JSON, how it ended alone.
pub(super) fn follow(client: &Client, id: i64, as_json: bool) -> Result<ExitCode, Failure> {
    let mut shown = Shown::default();
    let job = loop {
        let from = shown.bytes;
        let path = format!("/job/{id}?follow=true&from={from}");
        let job = patiently(&format!("pilotctl job show -f {id}"), || client.get(&path))?;
        let new = shown.news(&job);
        if !as_json {
            output::log(&new)?;
            shown.say_why_nothing_comes(&job);
        }
        if has_ended(&job) {
            break job;
        }
        sleep(LOOK);
    };
    if as_json {
        output::json(&job)?;
    } else {
        let [id, status, host] = ["id", "status", "hostname"].map(|of| table::text(&job, of));
        output::note(format_args!("{id} {status} on {host}"));
        print_error(&job);
    }
    Ok(exit_code(std::slice::from_ref(&job)))
}

/// How much of the output was printed.
#[derive(Default)]
struct Shown {
    bytes: u64,
    /// What was said about why nothing comes.
    excuse: String,
}

impl Shown {
    /// What is new of the output, with a note of what is missing before it.
    fn news(&mut self, job: &Value) -> String {
        let (at, text) = if has_ended(job) {
            rest(job, self.bytes)
        } else {
            let progress = &job["progress"];
            let at = progress["at"].as_u64().unwrap_or(self.bytes);
            (at, table::text(progress, "text"))
        };
        let missed = at.saturating_sub(self.bytes);
        self.bytes = self.bytes.max(at + text.len() as u64);
        match missed {
            0 => text,
            missed => format!("\n[… {missed} bytes are not shown …]\n{text}"),
        }
    }

    /// A job that waits prints nothing.
    fn say_why_nothing_comes(&mut self, job: &Value) {
        let excuse = table::text(job, "waits");
        if !excuse.is_empty() && excuse != self.excuse {
            output::note(format_args!("the job waits: {excuse}"));
        }
        self.excuse = excuse;
    }
}

/// What the log of a result holds after the first `shown` bytes of the output,
/// and where that is. A byte of the log is a byte of the output, but for the
/// note in the place of what was cut from its middle.
fn rest(job: &Value, shown: u64) -> (u64, String) {
    let log = table::text(job, "log");
    let cut = job["result"]["Cut"].as_u64().unwrap_or(0);
    let note = format!("\n[… {cut} bytes cut …]\n");
    let Some((head, tail)) = log.split_once(&note).filter(|_| cut > 0) else {
        return part(&log, 0, shown);
    };
    let tail_at = head.len() as u64 + cut;
    if shown >= head.len() as u64 {
        return part(tail, tail_at, shown);
    }
    let (at, head) = part(head, 0, shown);
    (at, format!("{head}{note}{tail}"))
}

/// A text that begins at `at`, without what was shown.
fn part(text: &str, at: u64, shown: u64) -> (u64, String) {
    let skipped = usize::try_from(shown.saturating_sub(at)).unwrap_or(usize::MAX);
    let skipped = text.ceil_char_boundary(skipped.min(text.len()));
    (at + skipped as u64, text[skipped..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn running(at: u64, text: &str) -> Value {
        json!({ "status": "received", "progress": { "at": at, "text": text } })
    }

    fn ended(log: &str, cut: u64) -> Value {
        json!({ "status": "succeeded", "log": log, "result": { "Cut": cut } })
    }

    fn shown(steps: &[Value]) -> Vec<String> {
        let mut shown = Shown::default();
        steps.iter().map(|job| shown.news(job)).collect()
    }

    #[test]
    fn what_comes_is_printed_once_and_the_result_brings_the_rest() {
        let queued = json!({ "status": "queued" });
        let steps = [
            queued,
            running(0, "ab"),
            running(2, ""),
            running(2, "c"),
            ended("abcde", 0),
        ];
        assert_eq!(shown(&steps), ["", "ab", "", "c", "de"]);
    }

    #[test]
    fn what_was_missed_is_told() {
        let steps = [running(0, "ab"), running(9, "c")];
        assert_eq!(shown(&steps), ["ab", "\n[… 7 bytes are not shown …]\nc"]);
    }

    #[test]
    fn of_a_log_with_a_cut_the_rest_is_found() {
        let log = "head\n[… 90 bytes cut …]\ntail";
        assert_eq!(shown(&[running(0, "he"), ended(log, 90)])[1], log[2..]);
        assert_eq!(
            shown(&[
                running(0, "head"),
                running(4, &"x".repeat(92)),
                ended(log, 90)
            ])[2],
            "il"
        );
        let early = shown(&[running(0, "head, and"), ended(log, 90)]);
        assert_eq!(early[1], "\n[… 85 bytes are not shown …]\ntail");
    }
}
