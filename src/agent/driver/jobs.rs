//! What the core decides about jobs, on the disk.

use super::super::core::{Found, Input};
use super::Driver;
use crate::agent::jobs::environment;
use crate::log;
use crate::spool::Lookup;
use crate::spool::folder::Received;
use crate::spool::report;
use crate::spool::spec::Spec;
use crate::sys::clock;
use std::io;
use wire::command::Command;
use wire::ping::Status;

impl Driver {
    /// How the jobs stand, and what is known of the one that is offered. The disk is looked
    /// at where that matters.
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

    /// The job is on the disk before control hears that it is here, and before it begins.
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

    /// The refusal is on the disk before control hears of it, as a result.
    pub(super) fn refuse(&mut self, command: &Command, why: String) {
        let id = command.job_id;
        let result = report::without_run(id, Status::Refused, why, clock::wall());
        match self.jobs.spool.refuse(&received(command), &result) {
            Ok(()) => self.jobs.send_result(id),
            Err(error) => self.not_taken(id, &error),
        }
    }

    /// Control wants to know what became of a job that this host had.
    pub(super) fn account_for(&mut self, id: i64) {
        log::info!("job {id}: control asks what became of it");
        if let Err(error) = self.jobs.account_for(id) {
            self.not_taken(id, &error);
        }
    }

    /// The job stays with control, which will offer it again.
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
