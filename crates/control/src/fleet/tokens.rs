//! Verifying hosts' tokens.

use super::sessions::Sessions;
use crate::domain::Error;
use crate::domain::session::Session;
use crate::domain::unavailable::Unavailable;
use crate::domain::verdict::Verdict;
use crate::random;
use crate::store::Consumed;
use std::sync::Arc;
use wire::answer::{Reason, Rejection};
use wire::token::{Digested, Request, Token};
use wire::{HostId, HostKey};

/// How often a token is verified against a host that keeps changing.
const MOST_TRIES: usize = 4;

/// Verifies each token against two keys. A missing key is replaced by a random one, so that
/// all tokens take the same work.
pub(crate) struct Tokens {
    random_key: HostKey,
    random_host: HostId,
}

/// Which of a host's keys made a token.
enum MadeWith {
    Present,
    Next,
    Neither,
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
    /// then the number, which it uses up. The session that is remembered of the host is enough
    /// to accept a token; the host's row decides about everything else.
    ///
    /// # Errors
    /// When the store cannot read the keys.
    pub(crate) async fn verify(
        &self,
        sessions: &Sessions,
        header: &str,
        request: &Digested<'_>,
        now: u64,
    ) -> Result<(HostId, u64, Verdict), Error> {
        let token = match Token::parse(header) {
            Ok(token) => token,
            Err(_) => Token::new(&self.random_key, self.random_host, now, 0, &NO_REQUEST),
        };
        let (host, n) = (token.host, token.n);
        if let Some(session) = sessions.remembered(host)
            && token.is_current(now)
            && !session.has_used(n)
            && matches!(
                self.made_with(&token, Some(&session), request),
                MadeWith::Present
            )
        {
            match sessions.take(host, &session, n, now).await {
                Ok(true) => return Ok((host, n, Verdict::Accepted(session))),
                Ok(false) => {}
                Err(error) => {
                    // The host may have lost its key since the session was read.
                    let Some(session) = sessions.read(host).await? else {
                        return Ok((host, n, Verdict::Unknown));
                    };
                    return match self.made_with(&token, Some(&session), request) {
                        MadeWith::Present => {
                            let key = session.keys.present.clone();
                            Ok((host, n, Verdict::Failed(key, error)))
                        }
                        _ => Err(error),
                    };
                }
            }
        }
        for _ in 0..MOST_TRIES {
            let session = sessions.read(host).await?;
            let made_with = self.made_with(&token, session.as_deref(), request);
            let verdict = match (session, made_with) {
                (None, _) | (_, MadeWith::Neither) => Some(Verdict::Unknown),
                (Some(session), MadeWith::Present) => present(sessions, session, &token, now).await,
                (Some(session), MadeWith::Next) => next(sessions, &session, &token, now).await?,
            };
            if let Some(verdict) = verdict {
                return Ok((host, n, verdict));
            }
        }
        Err(Unavailable::Busy.into())
    }

    fn made_with(
        &self,
        token: &Token,
        session: Option<&Session>,
        request: &Digested<'_>,
    ) -> MadeWith {
        let keys = session.map(|session| &session.keys);
        let present = keys.map(|keys| &keys.present);
        let next = keys.and_then(|keys| keys.next.as_ref());
        let is_made_with = |key: Option<&HostKey>| {
            let is_good = token.authenticates_digested(key.unwrap_or(&self.random_key), request);
            is_good && key.is_some()
        };
        match [present, next].map(is_made_with) {
            [true, _] => MadeWith::Present,
            [_, true] => MadeWith::Next,
            _ => MadeWith::Neither,
        }
    }

    /// The enrolled host that the value of an `Authorization` header names; the token may be
    /// invalid.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn named_host(
        &self,
        sessions: &Sessions,
        header: &str,
    ) -> Result<Option<HostId>, Error> {
        let host = Token::parse(header).map_or(self.random_host, |token| token.host);
        Ok(sessions.is_enrolled(host).await?.then_some(host))
    }
}

/// The request that a replacement for a malformed token covers.
const NO_REQUEST: Request<'_> = Request {
    method: "",
    target: "",
    body: b"",
};

/// What comes of a token that the key in force made; `None` if the host has changed meanwhile.
async fn present(
    sessions: &Sessions,
    session: Arc<Session>,
    token: &Token,
    now: u64,
) -> Option<Verdict> {
    let key = || session.keys.present.clone();
    if !token.is_current(now) {
        return Some(Verdict::Rejected(key(), wrong_clock()));
    }
    if session.has_used(token.n) {
        return Some(Verdict::Rejected(key(), not_new(session.last_n)));
    }
    match sessions.take(token.host, &session, token.n, now).await {
        Ok(true) => Some(Verdict::Accepted(session)),
        Ok(false) => None,
        Err(error) => Some(Verdict::Failed(key(), error)),
    }
}

/// What comes of a token of the next key: the first one puts that key in force. `None` if the
/// host has changed since.
async fn next(
    sessions: &Sessions,
    session: &Session,
    token: &Token,
    now: u64,
) -> Result<Option<Verdict>, Error> {
    let Some(key) = session.keys.next.clone() else {
        return Ok(Some(Verdict::Unknown));
    };
    if !token.is_current(now) {
        return Ok(Some(Verdict::Rejected(key, wrong_clock())));
    }
    let host = token.host;
    match sessions.put_in_force(host, &key, token.n, now).await {
        Ok(Consumed::Accepted) => {
            let renewed = sessions.read(host).await?;
            Ok(Some(renewed.map_or(Verdict::Unknown, Verdict::Accepted)))
        }
        Ok(Consumed::NotNew { last }) => Ok(Some(Verdict::Rejected(key, not_new(last)))),
        // Another request may have put the key in force: the host is read again.
        Ok(Consumed::Gone) => Ok(None),
        Err(error) => Ok(Some(Verdict::Failed(key, error))),
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
