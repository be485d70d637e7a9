//! Starts checkers, and reads their verdicts.

use super::super::core::{Check, Input};
use super::{Driver, Running};
use crate::checker::{self, Expectation, Task, Verdict};
use crate::child::ChildState;
use crate::failure::Failure;
use crate::keys::TrustStore;

impl Driver {
    /// Starts a checker. Returns the failure if it cannot be started.
    pub(super) fn check(&mut self, check: Check, body: Vec<u8>) -> Option<Input> {
        let task = match self.task(check, body) {
            Ok(task) => task,
            Err(failure) => return Some(Input::Failed(failure.to_string())),
        };
        match checker::start(&task, || self.identity.forget_key()) {
            Ok(checker) => {
                self.child = Some(Running::Checker(checker));
                None
            }
            Err(error) => Some(Input::Failed(format!("cannot check the answer: {error}"))),
        }
    }

    fn task(&self, check: Check, body: Vec<u8>) -> Result<Task, Failure> {
        let now = self.core.control_time(self.now());
        let root = None;
        Ok(match check {
            Check::Enrolment => Task::Enrolment { body, root, now },
            Check::Registration => Task::Registration(body),
            Check::Rejection => Task::Rejection(body),
            Check::Envelope(n) => {
                let trust = TrustStore::new(&self.config.home);
                Task::Ping {
                    body,
                    keys: trust.job_keys(&self.config.program_folder, now)?,
                    anchor: trust.anchor(),
                    expected: Expectation {
                        host: self.identity.host,
                        n,
                        now,
                    },
                }
            }
        })
    }

    /// Reads the checker's output.
    pub(super) fn advance_checker(&mut self) {
        let Some(Running::Checker(checker)) = &mut self.child else {
            return;
        };
        let verdict = match checker.advance() {
            ChildState::Running => return,
            ChildState::Ended(output) => Verdict::decode(&output),
            ChildState::TooMuch => Verdict::Refused("its check wrote too much".to_owned()),
        };
        self.feed(Input::Checked(verdict));
    }
}
