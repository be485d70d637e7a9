//! Whether a push contradicts what the registry holds. The content of a reference never
//! changes, and the serial of a tag never decreases.

use super::Error;
use super::package::Pushed;
use trust::is_serial_ahead;
use wire::seal::serial_and_time;
use wire::time::rfc3339;

/// What the store holds of the pushed tag and reference.
#[derive(Debug, Default)]
pub(crate) struct Present {
    /// The tag, if it ever existed.
    pub(crate) tag: Option<PresentTag>,
    /// The id and digest under the reference, and whether another tag points to it.
    pub(crate) reference: Option<(String, String, bool)>,
    /// Whether the archive of a stored package is in its place.
    pub(crate) archive: bool,
}

/// A stored tag.
#[derive(Debug)]
pub(crate) struct PresentTag {
    /// The id of the package that it points to.
    pub(crate) id: String,
    /// Its highest serial so far.
    pub(crate) serial: u64,
    /// Whether it was deleted.
    pub(crate) is_deleted: bool,
}

/// The decision about a push.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PushDecision {
    /// The package is stored already.
    Unchanged,
    /// The package is stored, but its archive is damaged or gone: put it in its place again.
    Repair,
    /// Store the package; the tag gets this serial.
    Store(u64),
}

/// The outcome of lowering the highest serial of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SerialReset {
    /// There has never been such a tag.
    NoTag,
    /// The serial is not ahead of the clock.
    NotAhead(u64),
    /// It was lowered.
    Lowered {
        /// The serial before.
        from: u64,
        /// The serial now.
        to: u64,
    },
}

/// Lowers the highest serial of a tag, if it is ahead of the clock, to the highest of all that
/// the tag has had and that are not.
pub(crate) fn reset_serial(highest: u64, all: &[u64], now: u64) -> SerialReset {
    if !is_serial_ahead(highest, now) {
        return SerialReset::NotAhead(highest);
    }
    let past = all.iter().filter(|serial| !is_serial_ahead(**serial, now));
    SerialReset::Lowered {
        from: highest,
        to: past.max().copied().unwrap_or(0),
    }
}

/// Decides about a push to a repository that holds `present`; `now` is in unix seconds.
///
/// # Errors
/// [`Error::Conflict`] with what the push contradicts.
pub(crate) fn decide(pushed: &Pushed, present: &Present, now: u64) -> Result<PushDecision, Error> {
    let decision = decide_of_tag(pushed, present, now);
    // This includes packages that the tag pointed to before: waiting jobs pull by digest.
    let is_there = matches!(&present.reference, Some((id, ..)) if *id == pushed.id);
    match decision {
        Ok(PushDecision::Unchanged) | Err(_) if is_there && !present.archive => {
            Ok(PushDecision::Repair)
        }
        decision => decision,
    }
}

fn decide_of_tag(pushed: &Pushed, present: &Present, now: u64) -> Result<PushDecision, Error> {
    let tag = present.tag.as_ref();
    let highest = tag.map(|tag| tag.serial);
    if let Some(same) = tag.filter(|tag| tag.id == pushed.id) {
        return Ok(match same.is_deleted {
            true => PushDecision::Store(same.serial),
            false => PushDecision::Unchanged,
        });
    }
    match &present.reference {
        Some((_, digest, _)) if *digest != pushed.digest => {
            return conflict(format!(
                "reference {} names another package already: build it anew",
                pushed.reference
            ));
        }
        Some((id, _, true)) if *id != pushed.id => {
            return conflict(format!(
                "another tag points to {} with another signature: build it anew for {}",
                pushed.reference, pushed.name.tag
            ));
        }
        _ => {}
    }
    match (pushed.serial, highest) {
        (Some(serial), Some(highest)) if serial <= highest => {
            conflict(not_above(pushed, serial, highest, now))
        }
        (serial, highest) => Ok(PushDecision::Store(serial.or(highest).unwrap_or_default())),
    }
}

/// The refusal of a serial. Serials are times, so the remedy depends on whether the higher
/// one lies in the future.
fn not_above(pushed: &Pushed, serial: u64, highest: u64, now: u64) -> String {
    let tag = format!("{}:{}", pushed.name.repository(), pushed.name.tag);
    let why = format!(
        "serial {} is not above {}, the highest that {tag} has had",
        serial_and_time(serial),
        serial_and_time(highest)
    );
    let clock = rfc3339(now);
    if is_serial_ahead(highest, now) {
        return format!(
            "{why}, which is ahead of control's clock ({clock}): set that clock if it is wrong, \
            else ask an administrator to run `pilotctl package reset-serial`"
        );
    }
    format!(
        "{why}: sign the package again on a machine whose clock is not behind control's ({clock})"
    )
}

fn conflict<T>(text: String) -> Result<T, Error> {
    Err(Error::Conflict(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::package::address;

    const NOW: u64 = 1_800_000_000;

    fn pushed(id: &str, serial: Option<u64>) -> Pushed {
        Pushed {
            name: address("ops", "hello", "1").unwrap(),
            reference: "r1".into(),
            id: id.into(),
            digest: "d".into(),
            seal: String::new(),
            serial,
        }
    }

    fn tagged(id: &str, serial: u64) -> Present {
        Present {
            tag: Some(PresentTag {
                id: id.into(),
                serial,
                is_deleted: false,
            }),
            reference: None,
            archive: false,
        }
    }

    #[test]
    fn a_serial_only_grows() {
        assert_eq!(
            decide(&pushed("a", Some(5)), &Present::default(), NOW).unwrap(),
            PushDecision::Store(5)
        );
        assert_eq!(
            decide(&pushed("b", Some(6)), &tagged("a", 5), NOW).unwrap(),
            PushDecision::Store(6)
        );
        for serial in [4, 5] {
            let error = decide(&pushed("b", Some(serial)), &tagged("a", 5), NOW).unwrap_err();
            assert!(matches!(error, Error::Conflict(_)) && error.to_string().contains('5'));
        }
    }

    #[test]
    fn repeating_a_push_changes_nothing() {
        assert_eq!(
            decide(&pushed("a", Some(5)), &tagged("a", 5), NOW).unwrap(),
            PushDecision::Unchanged
        );
    }

    #[test]
    fn a_deleted_tag_accepts_the_same_package_or_a_newer_one() {
        let deleted = |id| Present {
            tag: Some(PresentTag {
                id: String::from(id),
                serial: 5,
                is_deleted: true,
            }),
            reference: None,
            archive: false,
        };
        assert_eq!(
            decide(&pushed("a", Some(5)), &deleted("a"), NOW).unwrap(),
            PushDecision::Store(5)
        );
        assert!(decide(&pushed("b", Some(5)), &deleted("a"), NOW).is_err());
        assert!(decide(&pushed("b", Some(6)), &deleted("a"), NOW).is_ok());
    }

    #[test]
    fn an_unsigned_package_does_not_lower_the_serial() {
        assert_eq!(
            decide(&pushed("b", None), &tagged("a", 5), NOW).unwrap(),
            PushDecision::Store(5)
        );
    }

    /// A package that is stored under its reference, with the tag at this serial.
    fn there(tag: &str, serial: u64, archive: bool) -> Present {
        Present {
            reference: Some(("a".into(), "d".into(), false)),
            archive,
            ..tagged(tag, serial)
        }
    }

    #[test]
    fn a_missing_archive_is_repaired_by_a_push() {
        let push = |present| decide(&pushed("a", Some(5)), &present, NOW);
        assert_eq!(push(there("a", 5, true)).unwrap(), PushDecision::Unchanged);
        assert_eq!(push(there("a", 5, false)).unwrap(), PushDecision::Repair);
        // The tag has moved on: it keeps pointing to the newer package.
        assert!(push(there("b", 6, true)).is_err());
        assert_eq!(push(there("b", 6, false)).unwrap(), PushDecision::Repair);
        // Another signature makes it another package.
        let signed_again = decide(&pushed("c", Some(5)), &there("b", 6, false), NOW);
        assert!(signed_again.is_err());
    }

    #[test]
    fn a_refused_serial_names_the_remedy() {
        let refusal = |highest| {
            let refused = decide(&pushed("b", Some(5)), &tagged("a", highest), NOW);
            refused.unwrap_err().to_string()
        };
        let behind = refusal(6);
        assert!(behind.contains("sign the package again"), "{behind}");
        let ahead = refusal((NOW + 86_400) * 1_000);
        for words in ["2027-01-16T", "reset-serial", "set that clock"] {
            assert!(ahead.contains(words), "{words}: {ahead}");
        }
        assert!(!ahead.contains("sign the package again"), "{ahead}");
    }

    #[test]
    fn a_reference_never_changes_its_content() {
        let other_content = Present {
            tag: None,
            reference: Some(("x".into(), "other".into(), false)),
            archive: true,
        };
        assert!(decide(&pushed("a", Some(1)), &other_content, NOW).is_err());
        let other_tag = Present {
            tag: None,
            reference: Some(("x".into(), "d".into(), true)),
            archive: true,
        };
        assert!(decide(&pushed("a", Some(1)), &other_tag, NOW).is_err());
        let signed_again = Present {
            tag: None,
            reference: Some(("x".into(), "d".into(), false)),
            archive: true,
        };
        assert!(decide(&pushed("a", Some(1)), &signed_again, NOW).is_ok());
    }

    #[test]
    fn only_a_serial_ahead_of_the_clock_is_lowered_to_one_that_is_not() {
        let (past, ahead) = (NOW * 1_000, (NOW + 90_000) * 1_000);
        let lowered = |to| SerialReset::Lowered { from: ahead, to };
        let all = [past - 1, past, ahead, ahead - 1];
        assert_eq!(reset_serial(past, &all, NOW), SerialReset::NotAhead(past));
        assert_eq!(reset_serial(ahead, &all, NOW), lowered(past));
        assert_eq!(reset_serial(ahead, &[ahead], NOW), lowered(0));
    }
}
