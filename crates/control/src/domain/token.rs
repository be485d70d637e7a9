//! Verifying hosts' tokens.

use super::Error;
use crate::random;
use crate::store::{self, Consumed, Store};
use wire::answer::{Reason, Rejection};
use wire::token::{Digested, Request, Token};
use wire::{HostId, HostKey};

/// The result of verifying a token.
pub(crate) enum Verdict {
    /// It is valid, and its number is used up.
    Accepted(HostKey),
    /// The host's key made it, but it is not acceptable now.
    Rejected(HostKey, Rejection),
    /// It is valid, but the store failed to use up its number.
    Failed(HostKey, Error),
    /// Anything else: the sender must not learn the reason.
    Unknown,
}

/// Verifies each token against two keys. A missing key is replaced by a random one, so that
/// all tokens take the same work.
pub(crate) struct Tokens {
    random_key: HostKey,
    random_host: HostId,
}

impl Tokens {
    /// Draws the random key.
    pub(crate) fn new() -> Self {
        Self {
            random_key: HostKey::new(random::bytes()),
            random_host: HostId::derive("", "", &random::bytes::<16>()),
        }
    }

    /// Verifies the value of an `Authorization` header at `now`: first the MAC, then the time,
    /// then the number, which it uses up.
    ///
    /// # Errors
    /// When the store cannot read the keys.
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
            None => Token::new(&self.random_key, self.random_host, now, 0, &NO_REQUEST),
        };
        let keys = store.enrolled_keys(token.host).await?;
        let (present, next) = keys.map_or((None, None), |keys| (Some(keys.present), keys.next));
        let good = [&present, &next].map(|key| {
            token.authenticates_digested(key.as_ref().unwrap_or(&self.random_key), request)
        });
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

    /// Whether the value of an `Authorization` header names an enrolled host; the token may be
    /// invalid.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn names_host(&self, store: &Store, header: &str) -> Result<bool, Error> {
        let host = Token::parse(header).map_or(self.random_host, |token| token.host);
        Ok(store.enrolled_keys(host).await?.is_some())
    }
}

/// The request that a replacement for a malformed token covers.
const NO_REQUEST: Request<'_> = Request {
    method: "",
    target: "",
    body: b"",
};

/// The first token that is made with the next key puts that key in force.
async fn consume_by_next(store: &Store, key: HostKey, token: &Token, now: u64) -> Verdict {
    let consumed = store.consume_by_next(token.host, &key, token.n, now);
    let consumed = consumed.await;
    if matches!(consumed, Ok(Consumed::Accepted)) {
        tracing::info!(host = %token.host, fingerprint = key.fingerprint(), "the host has replaced its key");
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
