//! Which hosts may enrol.

use super::Error;
use super::host::{HostKeys, HostState, Place};
use super::scope::Scope;
use api::v1::{LONGEST_INVITATION, MOST_USES};
use wire::enrol::EnrolRequest;
use wire::labelled::{Labelled, sha256};
use wire::{HostId, HostKey};

/// How many hosts may wait for admission at once. Without a limit, anyone who reaches the
/// service could fill the database.
const MOST_PENDING: i64 = api::invitations::MOST_ADMISSIONS as i64;

/// The stored host that has the claimed id.
pub(crate) struct StoredHost {
    /// Its state.
    pub(crate) state: HostState,
    /// The keys that own the id.
    pub(crate) keys: HostKeys,
    /// Its place and labels.
    pub(crate) place: Place,
    /// Whether control has jobs that it ran.
    pub(crate) has_jobs: bool,
}

impl StoredHost {
    /// Whether this is its key in force.
    pub(crate) fn is_key_in_force(&self, key: &HostKey) -> bool {
        same_key(&self.keys.present, key)
    }
}

/// How long an expired invitation is kept, in seconds: until then a host gets the error that its
/// code has expired, afterwards that it is unknown.
pub(crate) const KEEP_EXPIRED: u64 = 30 * 86_400;

/// Checks the number of uses of an invitation, and for how many seconds it is valid.
///
/// # Errors
/// [`Error::Invalid`] with the bounds.
pub(crate) fn check_invitation(uses: i64, seconds: u64) -> Result<(), Error> {
    if !(1..=MOST_USES).contains(&uses) {
        return Err(Error::Invalid(format!(
            "uses has to be between 1 and {MOST_USES}"
        )));
    }
    if !(1..=LONGEST_INVITATION).contains(&seconds) {
        return Err(Error::Invalid(format!(
            "expires has to be between 1 and {LONGEST_INVITATION} seconds"
        )));
    }
    Ok(())
}

/// The stored invitation of a code.
pub(crate) struct Invitation {
    /// How many uses are left.
    pub(crate) uses_left: i64,
    /// When it expires, in unix seconds.
    pub(crate) expires: u64,
    /// The place of hosts that enrol with it.
    pub(crate) place: Place,
    /// The scope of the user who made it.
    pub(crate) scope: Scope,
}

impl Invitation {
    /// Whether a host may use it that control knows. Its jobs and their outputs become visible where
    /// it gets its place: the maker of the invitation has to have seen them before.
    fn is_for(&self, known: &StoredHost) -> bool {
        let was_within = known.state != HostState::Pending && self.scope.matches(&known.place);
        self.scope.is_everything() || !known.has_jobs || was_within
    }
}

/// The result of looking up the code in a request.
pub(crate) enum Code {
    /// The request has no code.
    None,
    /// There is no such code.
    Unknown,
    /// The code of this invitation.
    Of(Invitation),
}

/// The decision about an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The host is enrolled already, with this key.
    AlreadyEnrolled,
    /// It waits for admission already, with this key.
    StillPending,
    /// The code is valid: count one use and enrol the host.
    Enrol(Place),
    /// Store it, unless so many hosts wait already; an operator has to admit it.
    Wait {
        /// So many.
        most: i64,
    },
    /// Another key owns the id.
    Clone,
    /// The code is not valid, for this reason.
    Refuse(&'static str),
}

/// Decides about an attempt at `now`.
pub(crate) fn decide(known: Option<&StoredHost>, key: &HostKey, code: Code, now: u64) -> Decision {
    let stored = known;
    let known = known.filter(|host| host.state != HostState::Removed);
    if known.is_some_and(|host| !host.keys.has(key)) {
        return Decision::Clone;
    }
    let state = known.map(|host| host.state);
    match (state, code) {
        // Disabled or not: enrolling again ends neither.
        (Some(HostState::Enrolled | HostState::Disabled), _) => Decision::AlreadyEnrolled,
        (Some(_), Code::None) => Decision::StillPending,
        (None, Code::None) => Decision::Wait { most: MOST_PENDING },
        (_, Code::Unknown) => Decision::Refuse("the enrolment code is unknown: ask for a new one"),
        (_, Code::Of(invitation)) if stored.is_some_and(|host| !invitation.is_for(host)) => {
            Decision::Refuse(
                "this host ran jobs that the maker of the enrolment code may not see: ask an admin for a code",
            )
        }
        (_, Code::Of(invitation)) => use_invitation(invitation, now),
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

/// Compares hashes, so that the time does not depend on the keys.
pub(crate) fn same_key(one: &HostKey, other: &HostKey) -> bool {
    sha256(one.as_bytes()) == sha256(other.as_bytes())
}

/// The stored hash of a code's secret. The secret has 128 random bits, so a plain hash
/// cannot be reversed.
pub(crate) fn secret_hash(secret: &str) -> [u8; 32] {
    sha256(
        &Labelled::new("pilotctl/invitation/v1")
            .text(secret)
            .finish(),
    )
}

/// One attempt to enrol.
pub(crate) struct Attempt {
    /// The host's request.
    pub(crate) request: EnrolRequest,
    /// When, in unix seconds.
    pub(crate) now: u64,
}

impl Attempt {
    /// The claimed id.
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

    fn known(state: HostState) -> Option<StoredHost> {
        Some(StoredHost {
            state,
            keys: HostKeys {
                present: key(1),
                next: None,
            },
            place: Place::default(),
            has_jobs: false,
        })
    }

    fn invitation(uses_left: i64, expires: u64) -> Code {
        Code::Of(Invitation {
            uses_left,
            expires,
            place: Place::default(),
            scope: Scope::everything(),
        })
    }

    fn decided(known: Option<StoredHost>, key_byte: u8, code: Code) -> Decision {
        decide(known.as_ref(), &key(key_byte), code, 100)
    }

    #[test]
    fn a_new_host_waits_unless_it_has_a_code() {
        let most = MOST_PENDING;
        assert_eq!(decided(None, 1, Code::None), Decision::Wait { most });
        assert_eq!(
            decided(None, 1, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }

    #[test]
    fn a_bad_code_is_refused_with_the_reason() {
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
        let mut known = known(HostState::Enrolled);
        if let Some(known) = &mut known {
            known.keys.next = Some(key(2));
        }
        let enrolled = decide(known.as_ref(), &key(2), Code::None, 100);
        assert_eq!(enrolled, Decision::AlreadyEnrolled);
        assert_eq!(
            decide(known.as_ref(), &key(3), Code::None, 100),
            Decision::Clone
        );
    }

    #[test]
    fn a_pending_host_may_send_a_code_later() {
        assert_eq!(
            decided(known(HostState::Pending), 1, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }

    #[test]
    fn a_removed_host_enrols_as_a_new_one() {
        assert_eq!(
            decided(known(HostState::Removed), 2, Code::None),
            Decision::Wait { most: MOST_PENDING }
        );
        assert_eq!(
            decided(known(HostState::Removed), 1, Code::None),
            Decision::Wait { most: MOST_PENDING }
        );
        assert_eq!(
            decided(known(HostState::Removed), 2, invitation(1, 100)),
            Decision::Enrol(Place::default())
        );
    }
}
