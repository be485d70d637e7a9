//! Warnings about certificates and keys that expire soon.

use trust::Certificate;
use wire::time::rfc3339;

const DAY: u64 = 86_400;

/// How many days before the end the warnings begin.
const NOTICE: u64 = 30;

/// The end of something that expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// What expires, and where it is.
    pub(crate) what: String,
    /// Its part in the chain, in one word: `server`, `intermediate` or `ca`.
    pub(crate) role: &'static str,
    /// When it expires, in unix seconds.
    pub(crate) end: u64,
    /// What to do about it.
    pub(crate) remedy: &'static str,
}

impl Expiry {
    /// The warning at `now`, if one is due.
    pub(crate) fn warning(&self, now: u64) -> Option<String> {
        let Self {
            what, end, remedy, ..
        } = self;
        let date = date(*end);
        match end.checked_sub(now) {
            None => Some(format!("{what} expired on {date}: {remedy}")),
            Some(left) if left <= NOTICE * DAY => Some(format!(
                "{what} expires on {date}, in {} days: {remedy}",
                left / DAY
            )),
            Some(_) => None,
        }
    }
}

/// The warning about a signing key at `now`, if one is due.
pub(crate) fn warning_of_key(
    what: &str,
    key: &Certificate,
    remedy: &str,
    now: u64,
) -> Option<String> {
    let what = format!("{what} {}", key.fingerprint());
    let first = (0..=NOTICE).find_map(|day| {
        let refusal = key.may_sign(now + day * DAY).err()?;
        Some((day, refusal))
    });
    match first? {
        (0, why) => Some(format!("{what} may not sign ({why}): {remedy}")),
        (days, _) => Some(format!(
            "{what} expires by {}, within {days} days: {remedy}",
            date(now + days * DAY)
        )),
    }
}

/// The date of a time.
pub(crate) fn date(unix: u64) -> String {
    rfc3339(unix).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::root::tests::key;

    #[test]
    fn warnings_begin_thirty_days_before_the_end_and_go_on_after_it() {
        let end = 1_700_000_000;
        let expiry = Expiry {
            role: "ca",
            what: "the certificate".into(),
            end,
            remedy: "renew it",
        };
        assert_eq!(expiry.warning(end - 31 * DAY), None);
        assert_eq!(
            expiry.warning(end - 30 * DAY).unwrap(),
            "the certificate expires on 2023-11-14, in 30 days: renew it"
        );
        assert!(expiry.warning(end - 1).unwrap().contains("in 0 days"));
        assert_eq!(
            expiry.warning(end + 1).unwrap(),
            "the certificate expired on 2023-11-14: renew it"
        );
    }

    #[test]
    fn a_key_that_never_expires_causes_no_warning() {
        let key = key("job").certificate();
        assert_eq!(warning_of_key("job key", &key, "x", 1_800_000_000), None);
        let before_it_was_made = warning_of_key("job key", &key, "x", 1_600_000_000);
        assert!(before_it_was_made.unwrap().contains("may not sign"));
    }
}
