//! Which exchange is due, and when.

use super::link::Purpose;
use std::time::Duration;
use wire::limits::{LONGEST_INTERVAL, SHORTEST_INTERVAL};

/// The interval between pings until control sets one.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(15);

const DAY: u64 = 86_400;

/// How often the host registers at least: the agent does not watch all facts for changes.
const REGISTER_EVERY: Duration = Duration::from_secs(DAY);

/// How long after a failed registration the host tries again. Pings go on meanwhile.
const RETRY_REGISTRATION: Duration = Duration::from_secs(60);

/// How long after a failed key rotation the host offers the key again. Nothing else waits for
/// that.
pub(super) const RETRY_ROTATION: Duration = Duration::from_secs(600);

/// Which exchange is due, and when. Times are since boot.
pub(super) struct Agenda {
    standing: Standing,
    rotation: Rotation,
    /// How long after the beginning of a ping the next one follows.
    interval: Duration,
    /// When the last ping began.
    last_ping: Option<Duration>,
    /// The last day, since 1970, on which the agent looked for keys that expire soon.
    warned_on: Option<u64>,
}

/// How far this host has got with control since the agent started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Control has not accepted its key yet.
    Enrolling(Id),
    /// Control has accepted its key, and it has not registered yet.
    Admitted,
    /// It has registered.
    Registered(Registration),
}

/// Whether the host has taken another id, which it does once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    First,
    Second,
}

/// When the host registers again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registration {
    /// With the next exchange.
    Next,
    /// Instead of an idle ping, from this time on, or earlier if the facts have changed.
    Due(Duration),
}

/// A key that was prepared to replace the one in force.
#[derive(Default)]
struct Rotation {
    /// When the host offers it to control, if there is one.
    due: Option<Duration>,
    /// Whether the agent has logged that control does not support the request.
    is_unknown: bool,
}

impl Agenda {
    pub(super) fn new(is_enrolled: bool, has_next_key: bool) -> Self {
        Self {
            standing: match is_enrolled {
                true => Standing::Admitted,
                false => Standing::Enrolling(Id::First),
            },
            rotation: Rotation {
                due: has_next_key.then_some(Duration::ZERO),
                is_unknown: false,
            },
            interval: DEFAULT_INTERVAL,
            last_ping: None,
            warned_on: None,
        }
    }

    /// What the next exchange is for. For an idle ping, see [`Agenda::instead_of_idle_ping`].
    pub(super) fn purpose(&self, now: Duration) -> Purpose {
        match self.standing {
            Standing::Enrolling(_) => Purpose::Enrol,
            Standing::Admitted | Standing::Registered(Registration::Next) => Purpose::Register,
            Standing::Registered(Registration::Due(_)) => match self.rotation.due {
                Some(due) if due <= now => Purpose::Rotate,
                _ => Purpose::Ping,
            },
        }
    }

    /// What the next exchange is for instead of an idle ping: registration, if it is due or the
    /// facts have changed.
    pub(super) fn instead_of_idle_ping(&mut self, facts_changed: bool, now: Duration) -> Purpose {
        match self.standing {
            Standing::Registered(Registration::Due(due)) if facts_changed || due <= now => {
                self.register_next();
            }
            _ => {}
        }
        self.purpose(now)
    }

    /// When an idle ping may begin.
    pub(super) fn earliest_ping(&self, min_interval: Duration) -> Duration {
        self.last_ping
            .map_or(Duration::ZERO, |last| last + min_interval)
    }

    pub(super) fn note_ping(&mut self, began: Duration) {
        self.last_ping = Some(began);
    }

    pub(super) fn is_registered(&self) -> bool {
        matches!(self.standing, Standing::Registered(_))
    }

    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Sets the interval between pings, within the bounds of the protocol. 0 or less changes
    /// nothing.
    pub(super) fn set_interval(&mut self, nanoseconds: i64) {
        if nanoseconds > 0 {
            let bounded = nanoseconds.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
            self.interval = Duration::from_nanos(bounded.unsigned_abs());
        }
    }

    /// Whether this is the first call on this day; `unix` is in seconds of control's clock.
    pub(super) fn is_another_day(&mut self, unix: u64) -> bool {
        let day = Some(unix / DAY);
        std::mem::replace(&mut self.warned_on, day) != day
    }

    /// Registers next, and offers the key if one is prepared: facts that the agent does not
    /// watch may have changed.
    pub(super) fn register_again(&mut self, has_next_key: bool) {
        self.rotation.due = has_next_key.then_some(Duration::ZERO);
        self.register_next();
    }

    fn register_next(&mut self) {
        if self.is_registered() {
            self.standing = Standing::Registered(Registration::Next);
        }
    }

    /// Control has accepted this host's key.
    pub(super) fn admitted(&mut self) {
        self.standing = Standing::Admitted;
    }

    /// Control has this host's facts as of this time.
    pub(super) fn registered(&mut self, at: Duration) {
        self.standing = Standing::Registered(Registration::Due(at + REGISTER_EVERY));
    }

    /// Enrols with another id. Returns whether the host may take one; it may once.
    pub(super) fn take_another_id(&mut self) -> bool {
        let before = std::mem::replace(&mut self.standing, Standing::Enrolling(Id::Second));
        before == Standing::Enrolling(Id::First)
    }

    /// An exchange failed. Registration and key rotation are tried again later; meanwhile the
    /// host goes on with its pings, because control has its older facts and key.
    pub(super) fn failed(&mut self, purpose: Purpose, now: Duration) {
        match (purpose, &mut self.standing) {
            (Purpose::Register, Standing::Registered(next)) => {
                *next = Registration::Due(now + RETRY_REGISTRATION);
            }
            (Purpose::Rotate, _) => self.rotation.due = Some(now + RETRY_ROTATION),
            _ => {}
        }
    }

    /// Whether no next key is prepared.
    pub(super) fn has_no_next_key(&self) -> bool {
        self.rotation.due.is_none()
    }

    /// Offers the next key to control at once.
    pub(super) fn offer_next_key(&mut self) {
        self.rotation.due = Some(Duration::ZERO);
    }

    /// The next key is in force.
    pub(super) fn rotated(&mut self) {
        self.rotation = Rotation::default();
    }

    /// Control does not support key rotation. Returns whether this is the first time.
    pub(super) fn rotation_is_unknown(&mut self) -> bool {
        !std::mem::replace(&mut self.rotation.is_unknown, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn registered() -> Agenda {
        let mut agenda = Agenda::new(true, false);
        agenda.registered(at(DAY));
        agenda
    }

    #[test]
    fn a_host_enrols_then_registers_then_pings() {
        let mut agenda = Agenda::new(false, true);
        assert_eq!(agenda.purpose(at(1)), Purpose::Enrol);
        agenda.admitted();
        assert_eq!(agenda.purpose(at(1)), Purpose::Register);
        agenda.failed(Purpose::Register, at(1));
        assert_eq!(
            agenda.purpose(at(1)),
            Purpose::Register,
            "pings wait for it"
        );
        agenda.registered(at(1));
        assert_eq!(agenda.purpose(at(1)), Purpose::Rotate);
        agenda.rotated();
        assert_eq!(agenda.purpose(at(1)), Purpose::Ping);
    }

    #[test]
    fn facts_are_sent_when_they_change_and_once_a_day() {
        let next =
            |facts_changed, seconds| registered().instead_of_idle_ping(facts_changed, at(seconds));
        assert_eq!(next(false, DAY * 2 - 1), Purpose::Ping);
        assert_eq!(next(false, DAY * 2), Purpose::Register);
        assert_eq!(next(true, DAY), Purpose::Register);
    }

    #[test]
    fn facts_that_control_did_not_take_are_sent_a_minute_later() {
        let mut agenda = registered();
        assert_eq!(
            agenda.instead_of_idle_ping(true, at(DAY)),
            Purpose::Register
        );
        assert_eq!(
            agenda.purpose(at(DAY)),
            Purpose::Register,
            "until it has been tried"
        );
        agenda.failed(Purpose::Register, at(DAY));
        assert_eq!(
            agenda.instead_of_idle_ping(false, at(DAY + 59)),
            Purpose::Ping
        );
        assert_eq!(
            agenda.instead_of_idle_ping(false, at(DAY + 60)),
            Purpose::Register
        );
    }

    #[test]
    fn a_key_that_control_did_not_take_is_offered_ten_minutes_later() {
        let mut agenda = registered();
        agenda.offer_next_key();
        assert_eq!(agenda.purpose(at(DAY)), Purpose::Rotate);
        agenda.failed(Purpose::Rotate, at(DAY));
        assert_eq!(agenda.purpose(at(DAY + 599)), Purpose::Ping);
        assert_eq!(agenda.purpose(at(DAY + 600)), Purpose::Rotate);
        assert!(agenda.rotation_is_unknown() && !agenda.rotation_is_unknown());
    }

    #[test]
    fn another_id_is_taken_once() {
        let mut agenda = Agenda::new(false, false);
        assert!(agenda.take_another_id() && !agenda.take_another_id());
        assert_eq!(agenda.purpose(at(1)), Purpose::Enrol);
    }

    #[test]
    fn the_agent_warns_once_a_day() {
        let mut agenda = registered();
        let warns = [DAY, DAY + 1, DAY * 2].map(|unix| agenda.is_another_day(unix));
        assert_eq!(warns, [true, false, true]);
    }

    #[test]
    fn control_sets_the_interval_within_bounds() {
        let mut agenda = registered();
        for (nanoseconds, expected) in [
            (0, DEFAULT_INTERVAL),
            (-1, DEFAULT_INTERVAL),
            (30_000_000_000, at(30)),
            (1, Duration::from_nanos(SHORTEST_INTERVAL.unsigned_abs())),
            (
                i64::MAX,
                Duration::from_nanos(LONGEST_INTERVAL.unsigned_abs()),
            ),
        ] {
            agenda.set_interval(nanoseconds);
            assert_eq!(agenda.interval(), expected, "{nanoseconds}");
        }
    }
}
