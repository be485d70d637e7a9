//! Decides whether what came from the network is what it should be.

use super::verdict::{Answered, Enrolment, ListedKeys, Verdict};
use crate::keys::{self, Anchor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::error::Category;
use trust::Keyring;
use wire::HostId;
use wire::bounded::{self, Bounded};
use wire::enrol::EnrolAnswer;
use wire::envelope::{Envelope, OpenError, Signed};
use wire::key_list::{KeyList, SignedKeyList};
use wire::limits::MOST_REASON;

/// What an envelope has to say of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    /// This host.
    pub(crate) host: HostId,
    /// The number of the ping that it answers.
    pub(crate) n: u64,
    /// Unix seconds.
    pub(crate) now: u64,
}

/// A newer list of keys counts for the envelope beside it already.
pub(super) fn ping(
    body: &[u8],
    keys: &Keyring,
    anchor: Option<&Anchor>,
    expected: &Expectation,
) -> Verdict {
    let signed = match Signed::parse(body) {
        Ok(signed) => signed,
        Err(error) => {
            return Verdict::Refused(format!("it is not a signed envelope: {}", place(&error)));
        }
    };
    if let Err(too_long) = signed.check() {
        return Verdict::Refused(too_long.to_string());
    }
    let listed = signed.keys.as_ref();
    let listed = listed.map(|list| newer_keys(list, anchor, expected.now));
    let (keys, list) = match listed {
        Some(Ok((list, keys))) => (keys, Some(Ok(list))),
        Some(Err(why)) => (keys.clone(), Some(Err(why))),
        None => (keys.clone(), None),
    };
    let (envelope, unreadable) = match envelope(&signed, &keys, expected) {
        Ok((envelope, unreadable)) => (Ok(envelope), unreadable),
        Err(why) => (Err(why), None),
    };
    Verdict::Ping(Box::new(Answered {
        keys: list,
        envelope,
        unreadable,
    }))
}

/// Opens a list with the root key that enrolment pinned; returns it and the job
/// keys on it.
fn newer_keys(
    signed: &SignedKeyList,
    anchor: Option<&Anchor>,
    now: u64,
) -> Result<(ListedKeys, Keyring), String> {
    let anchor = anchor.ok_or("no root key vouches for this host's keys")?;
    let list = keys::open_list(anchor.root.as_bytes(), signed, now)?;
    if list.number <= anchor.number {
        return Err(format!(
            "it has number {}, and this host goes by number {} already",
            list.number, anchor.number
        ));
    }
    let job_keys = keys::keyring(&list.job)?;
    keys::keyring(&list.registry)?;
    Ok(((signed.clone(), list), job_keys))
}

/// The signature is checked first, on the bytes as they came; only then is
/// anything read, and only then are audience, freshness and expiry compared. With the
/// envelope comes why its job cannot be read, if it names one all the same.
fn envelope(
    signed: &Signed,
    keys: &Keyring,
    expected: &Expectation,
) -> Result<(Envelope, Option<String>), String> {
    let verify =
        |message: &[u8], signature: &[u8]| keys.verify(message, signature, expected.now).map(drop);
    let (envelope, unreadable) = match signed.open(verify) {
        Ok(envelope) => match envelope.value.check() {
            Ok(()) => (envelope, None),
            Err(too_long) => (envelope.less_its_job(), Some(too_long.to_string())),
        },
        Err(OpenError::Envelope(error, Some(outline))) => (outline.into(), Some(place(&error))),
        Err(OpenError::Envelope(error, None)) => {
            return Err(format!(
                "it is signed, but cannot be read: {}",
                place(&error)
            ));
        }
        Err(other) => return Err(other.to_string()),
    };
    for (wrong, why) in [
        (
            envelope.host != Some(expected.host),
            "it is signed, but not for this host",
        ),
        (
            envelope.n != Some(expected.n),
            "it is signed, but does not answer this ping",
        ),
        (
            envelope
                .expires
                .is_none_or(|expires| expires < expected.now),
            "it is signed, but has expired",
        ),
    ] {
        if wrong {
            return Err(why.to_owned());
        }
    }
    Ok((envelope, unreadable))
}

pub(super) fn registration(body: &[u8]) -> Verdict {
    read(body).map_or_else(Verdict::Refused, Verdict::Registered)
}

pub(super) fn rejection(body: &[u8]) -> Verdict {
    read(body).map_or_else(Verdict::Refused, Verdict::Rejected)
}

fn read<T: DeserializeOwned + Bounded>(body: &[u8]) -> Result<T, String> {
    let answer: T = serde_json::from_slice(body)
        .map_err(|error| format!("the answer cannot be read: {}", place(&error)))?;
    answer.check().map_err(|too_long| too_long.to_string())?;
    Ok(answer)
}

/// The kind and the place of a JSON error. The whole message would quote the value, which may be
/// one of a job's secrets, into the log.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Syntax => "it is not JSON",
        Category::Data => "a value is missing or of the wrong type",
        Category::Eof | Category::Io => "it ends too early",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

pub(super) fn enrolment(body: &[u8], root: Option<&str>, now: u64) -> Verdict {
    match read(body).and_then(|answer| enrolled(answer, root, now)) {
        Ok(enrolment) => Verdict::Enrolment(Box::new(enrolment)),
        // A proxy or another service may answer in its own words.
        Err(why) => Verdict::Refused(message_of(body).unwrap_or(why)),
    }
}

fn message_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        error: String,
    }
    serde_json::from_slice::<Message>(body)
        .ok()
        .map(|message| bounded::head(message.error, MOST_REASON))
}

fn enrolled(
    answer: EnrolAnswer,
    expected_root: Option<&str>,
    now: u64,
) -> Result<Enrolment, String> {
    let (interval, root, list) = match answer {
        EnrolAnswer::Enrolled {
            interval,
            root,
            keys,
        } => (interval, root, keys),
        EnrolAnswer::Pending { .. } => return Ok(Enrolment::Pending),
        EnrolAnswer::Clone => return Ok(Enrolment::Clone),
        EnrolAnswer::Refused { error } => return Ok(Enrolment::Refused(error)),
    };
    let keys = match (expected_root, root, list) {
        // Without a code that names it, a root key is not trusted: the key
        // that the operator put on this host stands alone.
        (None, _, _) => None,
        (Some(expected), Some(root), Some(signed)) => {
            Some(accept_keys(expected, root, signed, now)?)
        }
        (Some(_), _, _) => {
            return Err(
                "the enrolment code names a root key, but the service did not present it"
                    .to_owned(),
            );
        }
    };
    Ok(Enrolment::Enrolled { interval, keys })
}

fn accept_keys(
    expected: &str,
    root: String,
    signed: SignedKeyList,
    now: u64,
) -> Result<(String, SignedKeyList, KeyList), String> {
    let keyring = Keyring::from_bytes(root.as_bytes()).map_err(|error| error.to_string())?;
    let found: Vec<String> = keyring
        .certificates()
        .iter()
        .map(|key| key.fingerprint().to_string())
        .collect();
    if found != [expected] {
        let presented = match &*found {
            [first, others @ ..] if !others.is_empty() => {
                format!("{first} and {} more", others.len())
            }
            at_most_one => at_most_one.concat(),
        };
        return Err(format!(
            "the service presented the root key {presented}, the code names {expected}"
        ));
    }
    let list = keys::open_list(root.as_bytes(), &signed, now)?;
    keys::keyring(&list.job)?;
    Ok((root, signed, list))
}

#[cfg(test)]
mod tests;
