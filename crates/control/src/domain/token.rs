//! Whether a token is good, and what is said about one that is not.

use super::Error;
use crate::random;
use crate::store::{self, Consumed, Store};
use wire::answer::{Reason, Rejection};
use wire::token::{Digested, Request, Token};
use wire::{HostId, HostKey};

/// What a token turned out to be.
pub(crate) enum Verdict {
    /// Good; its number is used up.
    Accepted(HostKey),
    /// Made with the host's key, but not acceptable now.
    Rejected(HostKey, Rejection),
    /// Good, but its number could not be used up: the store fails.
    Failed(HostKey, Error),
    /// Anything else: nothing may be said about why.
    Unknown,
}

/// Verifies tokens, each against two keys; where there is none, against one that
/// nobody has, so that all take the same work.
pub(crate) struct Tokens {
    nobody: HostKey,
    nowhere: HostId,
}

impl Tokens {
    /// Draws the key that nobody has.
    pub(crate) fn new() -> Self {
        Self {
            nobody: HostKey::new(random::bytes()),
            nowhere: HostId::derive("", "", &random::bytes::<16>()),
        }
    }

    /// Verifies the value of an `Authorization` header at `now`; first the
    /// MAC, then the clock, then the number, which is used up by it.
    ///
    /// # Errors
    /// When the store has no keys to compare with, because it fails.
    pub(crate) async fn verify(
        &self,
        store: &Store,
        header: &str,
        request: &Digested<'_>,
        now: u64,
    ) -> Result<(HostId, u64, Verdict), Error> {
        let parsed = Token::parse(header).ok();
        let token = match parsed {
            Some(token) => token,
            None => Token::new(&self.nobody, self.nowhere, now, 0, &NOTHING),
        };
        let known = store.enrolled_keys(token.host).await?;
        let (present, next) = known.map_or((None, None), |keys| (Some(keys.present), keys.next));
        let good = [&present, &next]
            .map(|key| token.authenticates_digested(key.as_ref().unwrap_or(&self.nobody), request));
        let verdict = match (present, next, good) {
            (Some(key), _, [true, _]) | (_, Some(key), [_, true]) if !token.is_current(now) => {
                Verdict::Rejected(key, wrong_clock())
            }
            (Some(key), _, [true, _]) => {
                verdict(store.consume(token.host, token.n, now).await, key)
            }
            (_, Some(key), [_, true]) => consume_by_next(store, key, &token, now).await,
            _ => Verdict::Unknown,
        };
        Ok((token.host, token.n, verdict))
    }

    /// Whether the value of an `Authorization` header is a token of an enrolled
    /// host, good or not.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn names_host(&self, store: &Store, header: &str) -> Result<bool, Error> {
        let host = Token::parse(header).map_or(self.nowhere, |token| token.host);
        Ok(store.enrolled_keys(host).await?.is_some())
    }
}

/// What a token of nobody is made for.
const NOTHING: Request<'_> = Request {
    method: "",
    target: "",
    body: b"",
};

/// The first token of the next key is the last moment of the one before.
async fn consume_by_next(store: &Store, key: HostKey, token: &Token, now: u64) -> Verdict {
    let consumed = store.consume_by_next(token.host, &key, token.n, now);
    let consumed = consumed.await;
    if matches!(consumed, Ok(Consumed::Accepted)) {
        tracing::info!(host = %token.host, fingerprint = key.fingerprint(), "a host has replaced its key");
    }
    verdict(consumed, key)
}

fn verdict(consumed: store::Result<Consumed>, key: HostKey) -> Verdict {
    match consumed {
        Ok(Consumed::Accepted) => Verdict::Accepted(key),
        Ok(Consumed::NotNew { last }) => Verdict::Rejected(key, not_new(last)),
        Ok(Consumed::Gone) => Verdict::Unknown,
        Err(error) => Verdict::Failed(key, error.into()),
    }
}

fn wrong_clock() -> Rejection {
    Rejection {
        reason: Reason::Clock,
        error: "the clock of this host differs too much from that of control".into(),
        last: None,
    }
}

fn not_new(last: u64) -> Rejection {
    Rejection {
        reason: Reason::Sequence,
        error: "this number was used before".into(),
        last: Some(last),
    }
}
