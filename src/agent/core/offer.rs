//! Carries out what an envelope requires for jobs, and decides on the job that it offers.

use super::Core;
use super::action::Action;
use super::input::{Found, Input, Now};
use super::link::{Exchange, Link, Pending, Urgency};
use crate::log::Level;
use crate::spool::Lookup;
use std::time::Duration;
use wire::command::Command;
use wire::envelope::Envelope;

/// The interval between pings while a user follows the running job's output.
const FOLLOWED_INTERVAL: Duration = Duration::from_secs(1);

/// What remains to be done for an envelope.
#[cfg_attr(test, derive(Debug))]
pub(super) struct EnvelopeWork {
    /// The job that control offers, until the core decides on it.
    offer: Option<Offer>,
    follow: Vec<i64>,
    rotates: bool,
}

/// A job that control offers.
#[cfg_attr(test, derive(Debug))]
struct Offer {
    command: Box<Command>,
    /// Why this agent cannot read the job. It refuses such a job: otherwise control would offer
    /// it for ever, and no later job would run.
    unreadable: Option<String>,
}

/// What the host does with an offered job.
#[cfg_attr(test, derive(Debug, PartialEq))]
enum Decision {
    Take(Box<Command>),
    /// The job will never run here: its result gives the reason.
    Refuse(Box<Command>, String),
    /// The host has the job already: it sends the result once there is one.
    AccountFor(i64),
    /// Nothing now, for this reason; control offers the job again.
    Leave(String),
}

impl Core {
    /// Cancels jobs and sends results first, then lets waiting jobs begin, and only then decides
    /// on the offered job.
    pub(super) fn on_envelope(
        &mut self,
        exchange: Box<Exchange>,
        envelope: Envelope,
        unreadable: Option<String>,
    ) {
        self.agenda.set_interval(envelope.interval);
        self.actions
            .extend(envelope.cancel.into_iter().map(Action::Cancel));
        self.actions
            .extend(envelope.query.into_iter().map(Action::AccountFor));
        self.act(Action::Confirm);
        let id = envelope.value.job_id;
        let offer = (id > 0).then(|| Offer {
            command: Box::new(envelope.value),
            unreadable,
        });
        self.act(Action::Survey(offer.as_ref().map(|_| id)));
        let work = EnvelopeWork {
            offer,
            follow: envelope.follow,
            rotates: envelope.rotate,
        };
        self.link = Link::Settling(exchange, Pending::Envelope(Box::new(work)));
    }

    /// Continues after the driver has carried out an action for the envelope.
    pub(super) fn continue_envelope(
        &mut self,
        exchange: Box<Exchange>,
        mut work: Box<EnvelopeWork>,
        input: Input,
        now: Now,
    ) {
        match input {
            Input::Surveyed(found) => match (work.offer.take(), found) {
                (Some(offer), Some(found)) => {
                    self.follow(decide(offer, found), exchange, work, now);
                }
                _ => self.finish(&exchange, &work, Urgency::Idle, now),
            },
            Input::Unfit(command, why) => {
                self.follow(Decision::Refuse(command, why), exchange, work, now);
            }
            // The next ping follows at once, so that control stops offering the job.
            Input::Taken(true) => self.finish(&exchange, &work, Urgency::Pressing, now),
            Input::Taken(false) => self.finish(&exchange, &work, Urgency::Idle, now),
            // No other input belongs to this state.
            _ => self.link = Link::Settling(exchange, Pending::Envelope(work)),
        }
    }

    fn follow(
        &mut self,
        decision: Decision,
        exchange: Box<Exchange>,
        work: Box<EnvelopeWork>,
        now: Now,
    ) {
        match decision {
            Decision::Take(command) => self.act(Action::Take(command)),
            Decision::Refuse(command, why) => {
                let text = format!("job {} is refused: {why}", command.job_id);
                self.log(Level::Warn, text);
                self.act(Action::Refuse(command, why));
                self.act(Action::Survey(None));
            }
            Decision::AccountFor(id) => {
                self.act(Action::AccountFor(id));
                self.act(Action::Survey(None));
            }
            Decision::Leave(why) => {
                self.log(Level::Debug, why);
                return self.finish(&exchange, &work, Urgency::Idle, now);
            }
        }
        self.link = Link::Settling(exchange, Pending::Envelope(work));
    }

    /// The envelope is carried out. If there is a result now, it is sent at once.
    fn finish(&mut self, exchange: &Exchange, work: &EnvelopeWork, urgency: Urgency, now: Now) {
        self.succeed(exchange, now);
        let mut followed = work.follow.iter();
        if urgency == Urgency::Pressing {
            self.link = Link::at_once(urgency);
        } else if followed.any(|id| now.jobs.running == Some(*id)) && !now.jobs.has_result {
            let soon = FOLLOWED_INTERVAL.max(self.pace.min_interval);
            self.link = Link::waiting(now.boot + soon, urgency);
        }
        if work.rotates && self.agenda.has_no_next_key() {
            self.act(Action::PrepareNextKey);
        }
    }
}

/// Decides on an offered job. A job that this host knows is never taken again.
fn decide(offer: Offer, found: Found) -> Decision {
    let Offer {
        command,
        unreadable,
    } = offer;
    let id = command.job_id;
    match (found.lookup, unreadable, found.lack) {
        (Lookup::Held, ..) => Decision::AccountFor(id),
        (Lookup::Forgotten, ..) => Decision::Refuse(
            command,
            "this host ran it long ago, or cannot rule that out, and has no result of it; post it again if it is still wanted"
                .to_owned(),
        ),
        (Lookup::New, ..) if !found.is_idle => {
            Decision::Leave(format!("job {id} is offered while another one runs"))
        }
        (Lookup::New, Some(why), _) => {
            Decision::Refuse(command, format!("this agent cannot read the job: {why}"))
        }
        (Lookup::New, None, Some(lack)) => {
            Decision::Leave(format!("job {id} is not taken: {lack}"))
        }
        (Lookup::New, None, None) => Decision::Take(command),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(unreadable: Option<&str>) -> Offer {
        Offer {
            command: Box::new(Command {
                job_id: 5,
                ..Command::default()
            }),
            unreadable: unreadable.map(str::to_owned),
        }
    }

    #[derive(Debug, PartialEq)]
    enum Kind {
        Take,
        Refuse,
        Account,
        Leave,
    }

    #[test]
    fn decisions_on_an_offered_job() {
        use Kind::{Account, Leave, Refuse, Take};
        use Lookup::{Forgotten, Held, New};
        let none = (None, None);
        let damaged = (Some("damaged"), None);
        let full = (None, Some("disk full"));
        let both = (damaged.0, full.1);
        for (lookup, is_idle, (unreadable, lack), expected) in [
            (New, true, none, Take),
            (New, true, full, Leave),
            (New, true, damaged, Refuse),
            (New, true, both, Refuse),
            (New, false, none, Leave),
            (New, false, damaged, Leave),
            (Held, true, none, Account),
            (Held, false, both, Account),
            (Forgotten, true, none, Refuse),
            (Forgotten, false, full, Refuse),
        ] {
            let case = format!("{lookup:?}, idle {is_idle}, {unreadable:?}, {lack:?}");
            let found = Found {
                lookup,
                is_idle,
                lack: lack.map(str::to_owned),
            };
            let kind = match decide(offer(unreadable), found) {
                Decision::Take(_) => Take,
                Decision::Refuse(..) => Refuse,
                Decision::AccountFor(_) => Account,
                Decision::Leave(_) => Leave,
            };
            assert_eq!(kind, expected, "{case}");
        }
    }
}
