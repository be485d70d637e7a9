//! Carries out what the core decides about jobs.

use super::super::core::{Found, Input};
use super::Driver;
use crate::agent::jobs::environment;
use crate::log;
use crate::spool::Lookup;
use crate::spool::folder::Received;
use crate::spool::spec::Spec;
use crate::sys::clock;
use std::io;
use wire::command::Command;
use wire::ping::{JobResult, Status};

impl Driver {
    /// Returns what is known of an offered job. Checks the disk space only if the job may be taken.
    pub(super) fn survey(&mut self, offered: Option<i64>) -> Input {
        Input::Surveyed(offered.map(|id| {
            let lookup = self.jobs.spool.lookup(id);
            let is_idle = self.jobs.is_idle();
            let may_be_taken = lookup == Lookup::New && is_idle;
            Found {
                lookup,
                is_idle,
                lack: may_be_taken
                    .then(|| self.jobs.lack_of_disk_space())
                    .flatten(),
            }
        }))
    }

    /// Stores the job on disk. Only then is it acknowledged, and may it begin.
    pub(super) fn take(&mut self, command: Box<Command>) -> Input {
        let id = command.job_id;
        let environment = environment::of(&command, &self.config);
        let (art, policy) = (self.config.art.clone(), self.config.job_policy.clone());
        let spec = match Spec::new(&command, art, environment, policy) {
            Ok(spec) => spec,
            Err(why) => return Input::Unfit(command, why),
        };
        if let Err(error) = self.jobs.spool.receive(&spec, &received(&command)) {
            self.not_taken(id, &error);
            return Input::Taken(false);
        }
        log::info!(
            "job {id} received: {} of {}, signature good",
            spec.function,
            spec.package
        );
        self.jobs.enqueue(id);
        Input::Taken(true)
    }

    /// Stores the refusal on disk as a result, and then sends it.
    pub(super) fn refuse(&mut self, command: &Command, why: String) {
        let id = command.job_id;
        let result = JobResult::without_run(id, Status::Refused, why, clock::wall());
        match self.jobs.spool.refuse(&received(command), &result) {
            Ok(()) => self.jobs.send_result(id),
            Err(error) => self.not_taken(id, &error),
        }
    }

    /// Control asks for the result of a job.
    pub(super) fn account_for(&mut self, id: i64) {
        log::info!("job {id}: control asks for its result");
        if let Err(error) = self.jobs.account_for(id) {
            self.not_taken(id, &error);
        }
    }

    /// The disk refused the job. Control will offer it, or ask for it, again.
    fn not_taken(&mut self, id: i64, error: &io::Error) {
        log::debug!("job {id} is not taken: {error}");
        self.jobs.note_refusal(error);
    }
}

fn received(command: &Command) -> Received {
    Received {
        job_id: command.job_id,
        package: command.package.clone(),
        function: command.function.clone(),
        at: clock::wall(),
        keep: command.keep,
    }
}
