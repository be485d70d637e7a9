//! Who may become a host.

use super::host::{HostState, Place};
use wire::enrol::EnrolRequest;
use wire::labelled::{Labelled, sha256};
use wire::{HostId, HostKey};

/// How many hosts may wait for admission at once: anybody who reaches the
/// service can ask.
pub(crate) const MOST_PENDING: i64 = 1_000;

/// What the store knows about the id that a host claims.
pub(crate) struct KnownHost {
    /// How far it has come.
    pub(crate) state: HostState,
    /// The key that holds the id.
    pub(crate) key: HostKey,
    /// The key that the host has made to replace it.
    pub(crate) next: Option<HostKey>,
}

impl KnownHost {
    fn has(&self, key: &HostKey) -> bool {
        let next = self.next.as_ref();
        same_key(&self.key, key) || next.is_some_and(|next| same_key(next, key))
    }
}

/// What the store knows about the code that a host brings.
pub(crate) struct Invitation {
    /// How often it may still be used.
    pub(crate) uses_left: i64,
    /// Until when, in unix seconds.
    pub(crate) expires: u64,
    /// Where hosts that bring it belong.
    pub(crate) place: Place,
}

/// A code that the host brought, looked up.
pub(crate) enum Code {
    /// It brought none.
    None,
    /// Nobody made it.
    Unknown,
    /// An operator made it.
    Known(Invitation),
}

/// What is done about an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The host was enrolled before, with this key.
    AlreadyEnrolled,
    /// It still waits, with this key.
    StillPending,
    /// The code is good: use it up once and enrol the host.
    Enrol(Place),
    /// Store it, for an operator to admit.
    Wait,
    /// Another key holds the id.
    Clone,
    /// The code is not good.
    Refuse(&'static str),
}

/// Decides about an attempt at `now`.
pub(crate) fn decide(known: Option<&KnownHost>, key: &HostKey, code: Code, now: u64) -> Decision {
    let known = known.filter(|host| host.state != HostState::Removed);
    if known.is_some_and(|host| !host.has(key)) {
        return Decision::Clone;
    }
    let state = known.map(|host| host.state);
    match (state, code) {
        // Disabled or not: enrolling again ends neither.
        (Some(HostState::Enrolled | HostState::Disabled), _) => Decision::AlreadyEnrolled,
        (Some(_), Code::None) => Decision::StillPending,
        (None, Code::None) => Decision::Wait,
        (_, Code::Unknown) => Decision::Refuse("the enrolment code is unknown: ask for a new one"),
        (_, Code::Known(invitation)) => use_invitation(invitation, now),
    }
}

fn use_invitation(invitation: Invitation, now: u64) -> Decision {
    if now > invitation.expires {
        Decision::Refuse("the enrolment code has expired: ask for a new one")
    } else if invitation.uses_left < 1 {
        Decision::Refuse("the enrolment code is used up: ask for a new one")
    } else {
        Decision::Enrol(invitation.place)
    }
}

/// Compares hashes, so that the time it takes says nothing about a key.
pub(crate) fn same_key(one: &HostKey, other: &HostKey) -> bool {
    sha256(one.as_bytes()) == sha256(other.as_bytes())
}

/// What is stored of a code's secret: it has 128 random bits, so a plain hash
/// cannot be reversed.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    sha256(
        &Labelled::new("pilotctl/invitation/v1")
            .text(secret)
            .finish(),
    )
}

/// One attempt, as the store needs it.
pub(crate) struct Attempt {
    /// What the host sent.
    pub(crate) request: EnrolRequest,
    /// When, in unix seconds.
    pub(crate) now: u64,
}

impl Attempt {
    /// The id that is claimed.
    pub(crate) fn host(&self) -> HostId {
        self.request.host
    }

    /// Hash of the code's secret, if there is a code.
    pub(crate) fn code_hash(&self) -> Option<[u8; 32]> {
        let code = self.request.code.as_ref()?;
        Some(secret_hash(code.expose()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> HostKey {
        HostKey::new([byte; 32])
    }

    fn known(state: HostState) -> Option<KnownHost> {
        Some(KnownHost {
            state,
            key: key(1),
            next: None,
        })
    }

    fn invitation(uses_left: i64, expires: u64) -> Code {
        Code::Known(Invitation {
            uses_left,
            expires,
            place: Place::default(),
        })
    }

    fn decided(known: Option<KnownHost>, key_byte: u8, code: Code) -> Decision {
        decide(known.as_ref(), &key(key_byte), code, 100)
    }

    #[test]
    fn a_new_host_waits_unless_it_was_invited() {
        assert_eq!(decided(None, 1, Code::None), Decision::Wait);
        assert_eq!(
            decided(None, 1, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }

    #[test]
    fn a_bad_code_is_refused_and_says_why() {
        for (code, word) in [
            (Code::Unknown, "unknown"),
            (invitation(1, 99), "expired"),
            (invitation(0, 100), "used up"),
        ] {
            let Decision::Refuse(text) = decided(None, 1, code) else {
                panic!("not refused: {word}");
            };
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn repeating_an_attempt_changes_nothing() {
        for state in [HostState::Enrolled, HostState::Disabled] {
            assert_eq!(
                decided(known(state), 1, invitation(0, 0)),
                Decision::AlreadyEnrolled
            );
        }
        assert_eq!(
            decided(known(HostState::Pending), 1, Code::None),
            Decision::StillPending
        );
    }

    #[test]
    fn another_key_never_takes_an_id_over() {
        for state in [HostState::Pending, HostState::Enrolled, HostState::Disabled] {
            assert_eq!(decided(known(state), 2, Code::None), Decision::Clone);
            assert_eq!(
                decided(known(state), 2, invitation(1, 100)),
                Decision::Clone
            );
        }
    }

    #[test]
    fn a_host_that_is_about_to_replace_its_key_is_no_clone() {
        let known = known(HostState::Enrolled).map(|known| KnownHost {
            next: Some(key(2)),
            ..known
        });
        let enrolled = decide(known.as_ref(), &key(2), Code::None, 100);
        assert_eq!(enrolled, Decision::AlreadyEnrolled);
        assert_eq!(
            decide(known.as_ref(), &key(3), Code::None, 100),
            Decision::Clone
        );
    }

    #[test]
    fn a_pending_host_may_bring_a_code_later() {
        assert_eq!(
            decided(known(HostState::Pending), 1, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }

    #[test]
    fn a_removed_host_begins_anew() {
        assert_eq!(
            decided(known(HostState::Removed), 2, Code::None),
            Decision::Wait
        );
        assert_eq!(
            decided(known(HostState::Removed), 1, Code::None),
            Decision::Wait
        );
        assert_eq!(
            decided(known(HostState::Removed), 2, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }
}
