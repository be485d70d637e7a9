//! What control says of jobs, and whether this host takes the one that it offers.

use super::Core;
use super::action::Action;
use super::input::{Found, Input, Now};
use super::link::{Exchange, Link, Pending, Urgency};
use crate::log::Level;
use crate::spool::Lookup;
use std::time::Duration;
use wire::command::Command;
use wire::envelope::Envelope;

/// Pings come this often while somebody waits for the output of the job that
/// runs.
const FOLLOWED_INTERVAL: Duration = Duration::from_secs(1);

/// What is still to be done of an envelope.
#[cfg_attr(test, derive(Debug))]
pub(super) struct Obeying {
    /// The job that control offers, until it is decided about.
    offer: Option<Offer>,
    follow: Vec<i64>,
    rotates: bool,
}

/// A job that control offers.
#[cfg_attr(test, derive(Debug))]
struct Offer {
    command: Box<Command>,
    /// Why it cannot be read. It would be offered for ever, and everything behind it
    /// would wait.
    unreadable: Option<String>,
}

/// What becomes of an offer.
#[cfg_attr(test, derive(Debug, PartialEq))]
enum Decision {
    Take(Box<Command>),
    /// It has no future here: control hears why, as its result.
    Refuse(Box<Command>, String),
    /// It is here: control hears what became of it.
    AccountFor(i64),
    /// Nothing, so that control offers it again.
    Leave(String),
}

impl Core {
    /// Jobs are cancelled and accounted for before those that wait may begin, and all that
    /// before another one is taken.
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
        let obeying = Obeying {
            offer,
            follow: envelope.follow,
            rotates: envelope.rotate,
        };
        self.link = Link::Settling(exchange, Pending::Envelope(Box::new(obeying)));
    }

    /// What the driver has found or done.
    pub(super) fn obey(
        &mut self,
        exchange: Box<Exchange>,
        mut obeying: Box<Obeying>,
        input: Input,
        now: Now,
    ) {
        match input {
            Input::Surveyed(found) => match (obeying.offer.take(), found) {
                (Some(offer), Some(found)) => {
                    self.follow(decide(offer, found), exchange, obeying, now);
                }
                _ => self.finish(&exchange, &obeying, Urgency::Idle, now),
            },
            Input::Unfit(command, why) => {
                self.follow(Decision::Refuse(command, why), exchange, obeying, now);
            }
            // Control is told at once, so that it stops offering the job.
            Input::Taken(true) => self.finish(&exchange, &obeying, Urgency::Pressing, now),
            Input::Taken(false) => self.finish(&exchange, &obeying, Urgency::Idle, now),
            // The driver says nothing else of it.
            _ => self.link = Link::Settling(exchange, Pending::Envelope(obeying)),
        }
    }

    fn follow(
        &mut self,
        decision: Decision,
        exchange: Box<Exchange>,
        obeying: Box<Obeying>,
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
                return self.finish(&exchange, &obeying, Urgency::Idle, now);
            }
        }
        self.link = Link::Settling(exchange, Pending::Envelope(obeying));
    }

    /// All that the envelope says is done. A result that came of it is sent at once.
    fn finish(&mut self, exchange: &Exchange, obeying: &Obeying, urgency: Urgency, now: Now) {
        self.succeed(exchange, now);
        let mut followed = obeying.follow.iter();
        if urgency == Urgency::Pressing {
            self.link = Link::at_once(urgency);
        } else if followed.any(|id| now.jobs.running == Some(*id)) && !now.jobs.has_result {
            let soon = FOLLOWED_INTERVAL.max(self.pace.min_interval);
            self.link = Link::waiting(now.boot + soon, urgency);
        }
        if obeying.rotates && self.agenda.has_no_next_key() {
            self.act(Action::PrepareNextKey);
        }
    }
}

/// A job that this host knows is never taken again.
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
    fn what_becomes_of_an_offer() {
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
