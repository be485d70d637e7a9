//! Acting on what the checker found.

use super::{Agent, Link, Purpose};
use crate::agent::jobs::environment;
use crate::checker::{Answered, Enrolment, ListedKeys, Verdict};
use crate::child::Progress;
use crate::failure::Context;
use crate::identity::Identity;
use crate::identity::clock::may_outlast_token;
use crate::keys::TrustStore;
use crate::log;
use crate::spool::Lookup;
use crate::spool::folder::Received;
use crate::spool::report;
use crate::spool::spec::Spec;
use crate::sys::clock;
use crate::sys::random::random;
use std::io;
use std::time::Duration;
use wire::answer::{Reason, Rejection};
use wire::command::Command;
use wire::envelope::Envelope;
use wire::limits::{LONGEST_INTERVAL, SHORTEST_INTERVAL};
use wire::ping::Status;
use wire::register::{Operation, Registered};
use wire::token::{LEAST_VALIDITY, STEP_SECONDS};

/// How often a host that waits to be admitted asks.
const ADMISSION_INTERVAL: Duration = Duration::from_secs(15);

/// Pings come this often while somebody waits for the output of the job that
/// runs.
const FOLLOWED_INTERVAL: Duration = Duration::from_secs(1);

impl Agent {
    /// The checker said something.
    pub(super) fn advance_check(&mut self) {
        let Link::Checking(checker) = &mut self.link else {
            return;
        };
        let verdict = match checker.advance() {
            Progress::Running => return,
            Progress::Said(said) => Verdict::decode(&said),
            Progress::TooMuch => Verdict::Refused("its check said too much".to_owned()),
        };
        match verdict {
            Verdict::Ping(answered) => self.on_answer(*answered),
            Verdict::Registered(registered) => self.on_registered(&registered),
            Verdict::Rejected(rejection) => self.on_rejected(&rejection),
            Verdict::Enrolment(enrolment) => self.on_enrolment(*enrolment),
            Verdict::Refused(why) => self.on_refused(&why),
        }
    }

    fn on_refused(&mut self, why: &str) {
        log::warning!("an answer was refused: {why}");
        self.fail(&format!("an answer was refused: {why}"), None);
    }

    /// A key that is no longer listed is trusted no longer before anything is
    /// done that it may have signed.
    fn on_answer(&mut self, answered: Answered) {
        if let Some(keys) = answered.keys {
            self.on_keys(keys);
        }
        match answered.envelope {
            Ok(envelope) => self.on_envelope(&envelope, answered.unreadable),
            Err(why) => self.on_refused(&why),
        }
    }

    /// Whatever becomes of the list, control is told which one is in force.
    fn on_keys(&mut self, keys: Result<ListedKeys, String>) {
        let trust = TrustStore::new(&self.config.home);
        let outcome = keys.and_then(|(signed, list)| {
            let update = trust.update(&signed, &list);
            update.map_err(|failure| failure.to_string())?;
            Ok(list.number)
        });
        match outcome {
            Ok(number) => log::info!("trusting the keys of list {number} from now on"),
            Err(why) => log::warning!("a list of keys was refused: {why}"),
        }
        self.unacknowledged.set_keys(trust.number());
    }

    fn on_envelope(&mut self, envelope: &Envelope, unreadable: Option<String>) {
        self.set_interval(envelope.interval);
        for &id in &envelope.cancel {
            self.jobs.cancel(id);
        }
        for &id in &envelope.query {
            self.account_for(id);
        }
        self.jobs.confirm();
        let took = envelope.value.job_id > 0 && self.consider(&envelope.value, unreadable);
        self.succeed(self.last_ping.unwrap_or_default());
        if took {
            // Control is told at once, so that it stops offering the job.
            self.pressing = true;
            self.link = Link::now();
        } else if self.is_followed(envelope) && !self.jobs.has_result() {
            let soon = FOLLOWED_INTERVAL.max(self.config.min_interval);
            self.link = Link::Waiting(clock::boottime() + soon);
        }
        if envelope.rotate {
            self.on_rotation_asked();
        }
    }

    fn is_followed(&self, envelope: &Envelope) -> bool {
        let mut followed = envelope.follow.iter();
        followed.any(|&id| self.jobs.is_running(id))
    }

    /// Decides about a job that control offers. Returns whether there is
    /// something to tell control about it. One that cannot be read would be offered for
    /// ever, and everything behind it would wait.
    fn consider(&mut self, command: &Command, unreadable: Option<String>) -> bool {
        let id = command.job_id;
        match self.jobs.spool.lookup(id) {
            Lookup::Held => self.account_for(id),
            Lookup::Forgotten => self.refuse(
                command,
                "this host ran it long ago, or cannot rule that out, and has no result of it; post it again if it is still wanted"
                    .to_owned(),
            ),
            Lookup::New if !self.jobs.is_idle() => {
                log::debug!("job {id} is offered while another one runs");
                false
            }
            Lookup::New => match unreadable {
                Some(why) => self.refuse(command, format!("this agent cannot read the job: {why}")),
                None => self.take(command),
            },
        }
    }

    fn take(&mut self, command: &Command) -> bool {
        let id = command.job_id;
        if let Some(why) = self.jobs.lack_of_disk_space() {
            log::debug!("job {id} is not taken: {why}");
            return false;
        }
        let environment = environment::of(command, &self.config);
        let order = match Spec::new(
            command,
            self.config.art.clone(),
            environment,
            self.config.job_policy.clone(),
        ) {
            Ok(order) => order,
            Err(why) => return self.refuse(command, why),
        };
        match self.jobs.spool.receive(&order, &received(command)) {
            Ok(()) => {
                log::info!(
                    "job {id} received: {} of {}, signature good",
                    order.function,
                    order.package
                );
                self.jobs.enqueue(id);
                true
            }
            Err(error) => self.not_taken(id, &error),
        }
    }

    fn refuse(&mut self, command: &Command, why: String) -> bool {
        let id = command.job_id;
        log::warning!("job {id} is refused: {why}");
        let result = report::without_run(id, Status::Refused, why, clock::wall());
        match self.jobs.spool.refuse(&received(command), &result) {
            Ok(()) => {
                self.jobs.send_result(id);
                true
            }
            Err(error) => self.not_taken(id, &error),
        }
    }

    /// Control wants to know what became of a job that this host had.
    fn account_for(&mut self, id: i64) -> bool {
        log::info!("job {id}: control asks what became of it");
        match self.jobs.account_for(id) {
            Ok(()) => self.jobs.has_result(),
            Err(error) => self.not_taken(id, &error),
        }
    }

    /// The job stays with control, which will offer it again.
    fn not_taken(&mut self, id: i64, error: &io::Error) -> bool {
        log::debug!("job {id} is not taken: {error}");
        self.jobs.note_refusal(error);
        false
    }

    fn on_registered(&mut self, registered: &Registered) {
        log::info!(
            "registered: {}",
            match registered.operation {
                Operation::Inserted => "control did not know this host's facts",
                Operation::Updated => "this host's facts had changed",
                Operation::Unchanged => "this host's facts have not changed",
            }
        );
        if let Some(interval) = registered.interval {
            self.set_interval(interval);
        }
        self.is_registered = true;
        self.purpose = Purpose::Ping;
        self.go_on();
    }

    /// The token was not accepted, and control says why: try once more with
    /// what was learnt. (The answer's time has been learnt already.)
    fn on_rejected(&mut self, rejection: &Rejection) {
        let learnt = match (rejection.reason, rejection.last) {
            (Reason::Clock, _) if may_outlast_token(self.took) => return self.on_stale_token(),
            (Reason::Clock, _) => true,
            (Reason::Sequence, Some(last)) => self.jump_above(last),
            (Reason::Sequence, None) => false,
        };
        let why = format!("control did not accept the token: {}", rejection.error);
        if learnt && !self.corrected {
            log::warning!("{why}; trying once more with what it said");
            self.corrected = true;
            self.is_failing = true;
            self.link = Link::now();
        } else {
            self.fail(&why, None);
        }
    }

    /// Only the way is to blame: the next token may get there in time.
    fn on_stale_token(&mut self) {
        let why = format!(
            "the request took so long that its token, which counts for {LEAST_VALIDITY} to {} s, may have expired on the way: \
             the answer came after {} s; is the name found and the connection made without delay?",
            LEAST_VALIDITY + STEP_SECONDS,
            self.took.as_secs()
        );
        self.fail_soon(&why);
    }

    fn jump_above(&mut self, last: u64) -> bool {
        let jumped = self.sequence.jump_above(last);
        if jumped {
            log::warning!(
                "control has seen higher numbers from this host: its state was restored or cloned; going on above {last}"
            );
            self.unacknowledged.set_restored();
        }
        jumped
    }

    fn on_enrolment(&mut self, enrolment: Enrolment) {
        match enrolment {
            Enrolment::Enrolled { interval, .. } => self.on_enrolled(interval),
            Enrolment::Pending => {
                self.note_success();
                self.health.pending(&format!(
                    "waiting to be admitted by an operator of {}: host {}, key fingerprint {}",
                    self.route.current(),
                    self.identity.host,
                    self.identity.key.fingerprint()
                ));
                self.link = Link::Waiting(clock::boottime() + ADMISSION_INTERVAL);
            }
            Enrolment::Clone => self.on_clone(),
            Enrolment::Refused(why) => {
                self.fail(&format!("control refused the enrolment: {why}"), None)
            }
        }
    }

    fn on_enrolled(&mut self, interval: i64) {
        let enrolled = Identity {
            enrolled: true,
            ..self.identity.clone()
        };
        if let Err(failure) = enrolled.save(&self.config.home) {
            return self.fail(&failure.to_string(), None);
        }
        log::info!("admitted as host {}", enrolled.host);
        self.identity = enrolled;
        self.set_interval(interval);
        self.purpose = Purpose::Register;
        self.go_on();
    }

    /// Another key holds this id: this host is a copy of an image, or lost its
    /// state. It takes an id of its own, once.
    fn on_clone(&mut self) {
        if std::mem::replace(&mut self.renamed, true) {
            return self.fail("another key holds this host's new id too", None);
        }
        let salt = random::<16>().context("cannot get random bytes from the kernel");
        let new = salt.and_then(|salt| Identity::create(&self.config, self.id_source, &salt));
        match new {
            Ok(identity) => {
                log::warning!(
                    "another key holds the id {}: this host was cloned or lost its state; it is now {}",
                    self.identity.host,
                    identity.host
                );
                self.identity = identity;
                self.link = Link::now();
            }
            Err(failure) => self.fail(&failure.to_string(), None),
        }
    }

    /// Pings come no more often, and no more seldom, than both ends have agreed on,
    /// whatever control says.
    fn set_interval(&mut self, nanoseconds: i64) {
        if nanoseconds > 0 {
            let bounded = nanoseconds.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
            self.interval = Duration::from_nanos(bounded.unsigned_abs());
        }
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
