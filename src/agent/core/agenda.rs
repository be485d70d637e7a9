//! What is due when.

use super::link::Purpose;
use std::time::Duration;
use wire::limits::{LONGEST_INTERVAL, SHORTEST_INTERVAL};

/// Pings come this often until control says otherwise.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(15);

const DAY: u64 = 86_400;

/// Facts that have not changed are sent this often, for those that are not looked at.
const REGISTER_EVERY: Duration = Duration::from_secs(DAY);

/// How long a registration that failed waits for the next one; pings go on meanwhile.
const RETRY_REGISTRATION: Duration = Duration::from_secs(60);

/// When control is offered of the next key again that it did not take. Nothing else waits
/// for that.
pub(super) const RETRY_ROTATION: Duration = Duration::from_secs(600);

/// What is due when. Times are since boot.
pub(super) struct Agenda {
    standing: Standing,
    rotation: Rotation,
    /// How long after a ping the next one follows.
    interval: Duration,
    /// When the last ping began.
    last_ping: Option<Duration>,
    /// The day since 1970 on which it was last said what ends soon.
    warned_on: Option<u64>,
}

/// What this host is to control, as far as this start of the agent knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Its key is not accepted yet.
    Enrolling(Id),
    /// It was admitted, and has not registered yet.
    Admitted,
    /// It has registered.
    Registered(Registration),
}

/// An id is taken anew once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    First,
    Second,
}

/// When control is told again what this host is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registration {
    /// Before anything else.
    Next,
    /// Instead of an idle ping, from this time on or when something has changed.
    Due(Duration),
}

/// A key that was prepared to replace the one in force.
#[derive(Default)]
struct Rotation {
    /// When control is to be offered of it, if there is one.
    due: Option<Duration>,
    /// Whether it was said that control knows no such request.
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

    /// What the next exchange is for, if there is nothing better to do than an idle ping.
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

    /// Tells control of this host if that is due or has changed.
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

    /// Pings come no more often, and no more seldom, than both ends have agreed on,
    /// whatever control says.
    pub(super) fn set_interval(&mut self, nanoseconds: i64) {
        if nanoseconds > 0 {
            let bounded = nanoseconds.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
            self.interval = Duration::from_nanos(bounded.unsigned_abs());
        }
    }

    /// Whether this is the first time on this day; `unix` is in seconds of control's clock.
    pub(super) fn is_another_day(&mut self, unix: u64) -> bool {
        let day = Some(unix / DAY);
        std::mem::replace(&mut self.warned_on, day) != day
    }

    /// Somebody may have changed what is not looked at, or prepared a key.
    pub(super) fn look_again(&mut self, has_next_key: bool) {
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

    /// Control has the facts of this host, as they were at this time.
    pub(super) fn registered(&mut self, at: Duration) {
        self.standing = Standing::Registered(Registration::Due(at + REGISTER_EVERY));
    }

    /// Whether this host may take another id; it may once.
    pub(super) fn take_another_id(&mut self) -> bool {
        let before = std::mem::replace(&mut self.standing, Standing::Enrolling(Id::Second));
        before == Standing::Enrolling(Id::First)
    }

    /// An exchange failed. A host that control knows by older facts and by an older key
    /// goes on with its pings.
    pub(super) fn failed(&mut self, purpose: Purpose, now: Duration) {
        match (purpose, &mut self.standing) {
            (Purpose::Register, Standing::Registered(next)) => {
                *next = Registration::Due(now + RETRY_REGISTRATION);
            }
            (Purpose::Rotate, _) => self.rotation.due = Some(now + RETRY_ROTATION),
            _ => {}
        }
    }

    /// Whether no key is prepared yet.
    pub(super) fn has_no_next_key(&self) -> bool {
        self.rotation.due.is_none()
    }

    /// Control is offered of the next key at once.
    pub(super) fn offer_next_key(&mut self) {
        self.rotation.due = Some(Duration::ZERO);
    }

    /// The next key is in force.
    pub(super) fn rotated(&mut self) {
        self.rotation = Rotation::default();
    }

    /// Control knows no next keys. Returns whether that is said for the first time.
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
    fn facts_that_were_not_taken_are_sent_a_minute_later() {
        let mut agenda = registered();
        assert_eq!(
            agenda.instead_of_idle_ping(true, at(DAY)),
            Purpose::Register
        );
        assert_eq!(
            agenda.purpose(at(DAY)),
            Purpose::Register,
            "whatever else comes"
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
    fn a_key_that_was_not_taken_is_offered_ten_minutes_later() {
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
    fn what_ends_soon_is_said_once_a_day() {
        let mut agenda = registered();
        let said = [DAY, DAY + 1, DAY * 2].map(|unix| agenda.is_another_day(unix));
        assert_eq!(said, [true, false, true]);
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
