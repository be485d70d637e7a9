//! Describes a rejected signature to a publisher: who made it, when, and why it does not.

use crate::date::{Moment, Span};
use crate::{Flaw, KeyFlaw, Refusal, detached, policy};

/// What signatures were judged by.
pub struct Judgement<'a> {
    /// Unix seconds.
    pub now: u64,
    /// Whose clock says so, for instance `this machine's clock`.
    pub clock: &'a str,
    /// What they should be over.
    pub data: &'a str,
    /// Which keys are trusted, for instance `the trusted keys`.
    pub keys: &'a str,
}

impl Judgement<'_> {
    /// Says of a refused signature which key made it and when, as it says itself, and why
    /// it was refused.
    ///
    /// Which keys are trusted is left to the caller, who says it once for many.
    pub fn account(&self, signature: &[u8], refusal: &Refusal) -> String {
        let claims = detached::parse(signature).map(|signature| policy::claims(&signature));
        let (signer, made) = claims.unwrap_or_default();
        let why = self.why(refusal);
        match (signer, made) {
            (Some(signer), Some(made)) => {
                format!("by key {signer}, made at {}: {why}", Moment(made))
            }
            (Some(signer), None) => format!("by key {signer}: {why}"),
            (None, Some(made)) => format!("made at {}: {why}", Moment(made)),
            (None, None) => why,
        }
    }

    fn why(&self, refusal: &Refusal) -> String {
        let data = self.data;
        match refusal {
            Refusal::UnknownSigner { .. } => format!("that key is not among {}", self.keys),
            Refusal::Signature(Flaw::FromFuture(made)) => format!(
                "that is {}: set the clock that is wrong, and sign again",
                self.ahead(*made)
            ),
            Refusal::Key {
                flaw: KeyFlaw::FromFuture(made),
                ..
            } => format!(
                "its key was made {}: set the clock that is wrong",
                self.ahead(*made)
            ),
            Refusal::Signature(Flaw::Mismatch) => {
                format!("it does not match {data}: it is over something else, or was changed")
            }
            other => other.to_string(),
        }
    }

    fn ahead(&self, time: u64) -> String {
        format!(
            "{} ahead of {}, which says {}",
            Span(time.saturating_sub(self.now)),
            self.clock,
            Moment(self.now)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, Keyring, SecretKey};

    const NOW: u64 = 1_780_272_000;
    const BY: Judgement<'_> = Judgement {
        now: NOW,
        clock: "this machine's clock",
        data: "this name",
        keys: "the trusted keys",
    };

    fn key(made: u64) -> SecretKey {
        SecretKey::generate("a", Algorithm::Ed25519, made).unwrap()
    }

    /// The description of a signature over `hello` that was made at that time.
    fn described(trusted: &SecretKey, signer: &SecretKey, made: u64, message: &[u8]) -> String {
        let signature = signer.sign(b"hello", made).unwrap();
        let refusal = Keyring::from(trusted.certificate())
            .verify(message, signature.as_bytes(), NOW)
            .unwrap_err();
        BY.account(signature.as_bytes(), &refusal)
    }

    #[test]
    fn it_says_who_made_it_when_and_why_it_does_not_count() {
        let (good, stranger) = (key(NOW - 100), key(NOW - 100));
        let by = |key: &SecretKey| format!("by key {}, made at ", key.certificate().fingerprint());
        let (ours, theirs) = (by(&good), by(&stranger));
        for (account, whose, expected) in [
            (
                described(&good, &stranger, NOW, b"hello"),
                &theirs,
                "2026-06-01T00:00:00Z: that key is not among the trusted keys",
            ),
            (
                described(&good, &good, NOW, b"hullo"),
                &ours,
                "2026-06-01T00:00:00Z: it does not match this name: it is over something else, or was changed",
            ),
            (
                described(&good, &good, NOW + 3 * 3_600, b"hello"),
                &ours,
                "2026-06-01T03:00:00Z: that is 3 hours ahead of this machine's clock, \
                 which says 2026-06-01T00:00:00Z: set the clock that is wrong, and sign again",
            ),
        ] {
            assert_eq!(account, format!("{whose}{expected}"));
        }
        let early = key(NOW + 86_400 * 3);
        let account = described(&early, &early, NOW + 86_400 * 3, b"hello");
        assert!(
            account.contains("its key was made 3 days ahead"),
            "{account}"
        );
    }

    #[test]
    fn what_cannot_be_read_claims_nothing() {
        let refusal = Keyring::from(key(NOW).certificate())
            .verify(b"", b"x", NOW)
            .unwrap_err();
        let account = BY.account(b"x", &refusal);
        assert!(
            account.starts_with("the signature cannot be read"),
            "{account}"
        );
    }
}
