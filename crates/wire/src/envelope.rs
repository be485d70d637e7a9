//! The signed envelope in which a command travels.

use crate::bounded::{self, Bounded, TooLong, at_most};
use crate::canonical;
use crate::command::Command;
use crate::encoding::{base64, from_base64};
use crate::host_id::HostId;
use crate::key_list::SignedKeyList;
use crate::labelled::sha256;
use crate::limits::{MOST_SIGNATURE, MOST_TOLD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// A signed message from control to one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// What to run.
    pub value: Command,
    /// Nanoseconds between pings.
    pub interval: i64,
    /// The host that this is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The sequence number of the ping that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// When it was signed, in unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<u64>,
    /// Until when it may be acted on, in unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Jobs to end.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_TOLD, _, _>"
    )]
    pub cancel: Vec<i64>,
    /// Jobs that the host received, has not reported, and no longer names: it should report how
    /// they ended.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_TOLD, _, _>"
    )]
    pub query: Vec<i64>,
    /// Jobs whose output a user follows: a host that runs one of them pings again soon.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_TOLD, _, _>"
    )]
    pub follow: Vec<i64>,
    /// Whether the host is to replace its key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rotate: bool,
}

impl Envelope {
    /// The same envelope with only the id of its job, to refuse that job.
    pub fn less_its_job(self) -> Self {
        let value = Command {
            job_id: self.value.job_id,
            ..Command::default()
        };
        Self { value, ..self }
    }
}

/// The part of an envelope that is needed to refuse a job that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Outline {
    value: JobOnly,
    interval: i64,
    host: Option<HostId>,
    n: Option<u64>,
    expires: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct JobOnly {
    job_id: i64,
}

impl From<Outline> for Envelope {
    fn from(outline: Outline) -> Self {
        Self {
            value: Command {
                job_id: outline.value.job_id,
                ..Command::default()
            },
            interval: outline.interval,
            host: outline.host,
            n: outline.n,
            issued: None,
            expires: outline.expires,
            cancel: vec![],
            query: vec![],
            follow: vec![],
            rotate: false,
        }
    }
}

/// An envelope and its signature, as they travel: the envelope's bytes are
/// kept as they came, because the signature is checked before they are read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Signed {
    /// Standard base64 of the armored, detached signature.
    signature: String,
    envelope: Box<RawValue>,
    /// A list of keys that is newer than the host's. It is signed by the root
    /// key, so the envelope's signature need not cover it; and it decides
    /// whether the key that signed the envelope is still trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<SignedKeyList>,
}

impl Bounded for Signed {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("the signature", &self.signature, MOST_SIGNATURE)?;
        self.keys.check()
    }
}

impl Signed {
    /// Signs an envelope with `sign`, which is given the 32 bytes to sign and
    /// returns an armored, detached signature.
    ///
    /// # Errors
    /// What `sign` reports.
    pub fn new<E>(
        envelope: &Envelope,
        sign: impl FnOnce(&[u8]) -> Result<String, E>,
    ) -> Result<Self, E> {
        let raw = raw(envelope);
        let signature = base64(sign(&digest(raw.get()))?.as_bytes());
        Ok(Self {
            signature,
            envelope: raw,
            keys: None,
        })
    }

    /// Reads an answer's body without looking into the envelope.
    ///
    /// # Errors
    /// The JSON is malformed.
    pub fn parse(body: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(body)
    }

    /// Opens the envelope: `verify` is given the signed message and the armored signature, and
    /// the bytes are read only if it succeeds.
    ///
    /// # Errors
    /// [`OpenError::Signature`] holds what `verify` reports.
    pub fn open<E>(
        &self,
        verify: impl FnOnce(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<Envelope, OpenError<E>> {
        let signature = from_base64(&self.signature).ok_or(OpenError::NotBase64)?;
        verify(&digest(self.envelope.get()), &signature).map_err(OpenError::Signature)?;
        // From bytes: reading from text would link a second copy of the JSON reader.
        let bytes = self.envelope.get().as_bytes();
        serde_json::from_slice(bytes)
            .map_err(|error| OpenError::Envelope(error, serde_json::from_slice(bytes).ok()))
    }
}

/// Why an envelope could not be opened.
#[derive(Debug)]
pub enum OpenError<E> {
    /// The signature is not base64.
    NotBase64,
    /// The signature is not good.
    Signature(E),
    /// The signature is good, but the envelope cannot be read. If it names a job, that job can
    /// be refused.
    Envelope(serde_json::Error, Option<Outline>),
}

impl<E: fmt::Display> fmt::Display for OpenError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBase64 => f.write_str("the signature is not base64"),
            Self::Signature(refusal) => refusal.fmt(f),
            Self::Envelope(error, _) => write!(f, "the signed envelope cannot be read: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for OpenError<E> {}

/// The 32 bytes that the signature is over.
fn digest(envelope: &str) -> [u8; 32] {
    sha256(&canonical::indent(envelope.as_bytes()))
}

fn raw(envelope: &Envelope) -> Box<RawValue> {
    #[expect(
        clippy::expect_used,
        reason = "an envelope has only string keys and finite numbers"
    )]
    let compact = canonical::compact(envelope).expect("an envelope is JSON");
    #[expect(
        clippy::expect_used,
        reason = "the serializer writes UTF-8 and valid JSON"
    )]
    RawValue::from_string(String::from_utf8(compact).expect("UTF-8")).expect("JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn envelope() -> Envelope {
        Envelope {
            value: Command {
                job_id: 1,
                package: "a.b/c:<d>".into(),
                ..Command::default()
            },
            interval: 15_000_000_000,
            host: None,
            n: Some(4),
            issued: None,
            expires: None,
            cancel: vec![],
            query: vec![],
            follow: vec![],
            rotate: false,
        }
    }

    fn signed() -> Vec<u8> {
        let signed = Signed::new(&envelope(), |_| Ok::<_, Infallible>("signature".into())).unwrap();
        serde_json::to_vec(&signed).unwrap()
    }

    #[test]
    fn an_envelope_comes_back_and_what_was_signed_is_what_is_verified() {
        let mut covered = Vec::new();
        let signed_envelope = Signed::new(&envelope(), |message| {
            covered = message.to_vec();
            Ok::<_, Infallible>("signature".into())
        });
        let body = serde_json::to_vec(&signed_envelope.unwrap()).unwrap();
        let opened = Signed::parse(&body).unwrap().open(|message, signature| {
            assert_eq!((message, signature), (&covered[..], &b"signature"[..]));
            Ok::<_, Infallible>(())
        });
        assert_eq!(opened.unwrap(), envelope());
    }

    #[test]
    fn a_bad_signature_stops_before_the_envelope_is_read() {
        let body = String::from_utf8(signed())
            .unwrap()
            .replace("\"interval\":15000000000", "\"interval\":\"x\"");
        let opened = Signed::parse(body.as_bytes())
            .unwrap()
            .open(|_, _| Err("bad"));
        assert!(matches!(opened, Err(OpenError::Signature("bad"))));
    }

    #[test]
    fn abuse_an_answer_with_a_member_twice() {
        let body = String::from_utf8(signed())
            .unwrap()
            .replace("\"n\":4", "\"n\":4,\"n\":5");
        let opened = Signed::parse(body.as_bytes())
            .unwrap()
            .open(|_, _| Ok::<_, Infallible>(()));
        assert!(matches!(opened, Err(OpenError::Envelope(_, None))));
    }

    #[test]
    fn a_job_that_cannot_be_read_can_still_be_refused() {
        let body = String::from_utf8(signed())
            .unwrap()
            .replace("\"function\":\"\"", "\"function\":[]");
        let opened = Signed::parse(body.as_bytes())
            .unwrap()
            .open(|_, _| Ok::<_, Infallible>(()));
        let Err(OpenError::Envelope(_, Some(outline))) = opened else {
            panic!("{opened:?}");
        };
        let known = Envelope::from(outline);
        assert_eq!((known.value.job_id, known.n), (1, Some(4)));
    }
}
