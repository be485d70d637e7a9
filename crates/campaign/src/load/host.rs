//! A host as control sees it: its key, its numbers, and how it checks answers.

use super::connection::{Answer, Fault, Outgoing};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use release::failure::{Context, Result};
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use trust::Keyring;
use wire::answer::{self, Rejection};
use wire::enrol::EnrolRequest;
use wire::envelope::{Envelope, Signed};
use wire::labelled::sha256;
use wire::register::Registration;
use wire::token::{self, Token};
use wire::{HostId, HostKey};

/// So many hosts share what comes before the last byte of their addresses.
const A_NETWORK: u32 = 250;

/// A host that is enrolled, or about to be.
#[derive(Clone)]
pub(crate) struct Host {
    id: HostId,
    key: HostKey,
    /// The sequence number of its next request.
    next: u64,
    /// Where its connections come from: control tells strangers apart by their address.
    pub(crate) source: Ipv4Addr,
    /// How long control last asked it to stay away.
    pub(super) asked_to_wait: Option<Duration>,
}

/// A request of a host, and the number that its answer is for.
pub(crate) struct Sent {
    pub(crate) n: u64,
    pub(crate) request: Outgoing,
}

/// What a host has to say, and how long control may hold that.
#[derive(Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) wait: u64,
}

impl Host {
    /// The host with this number among those of one seed.
    pub(super) fn new(seed: &[u8; 32], number: u32) -> Self {
        let name = number.to_be_bytes();
        let [_, _, high, low] = (number / A_NETWORK).to_be_bytes();
        let [.., last] = (number % A_NETWORK + 1).to_be_bytes();
        Self {
            id: HostId::derive(&wire::encoding::hex(seed), "", &name),
            key: HostKey::new(sha256(&[&seed[..], &name].concat())),
            next: 1,
            source: Ipv4Addr::new(127, high.wrapping_add(1), low, last),
            asked_to_wait: None,
        }
    }

    /// Its id.
    pub(crate) fn id(&self) -> HostId {
        self.id
    }

    /// A part of one, another for each request, that spreads hosts evenly.
    pub(super) fn random_part(&self) -> f64 {
        let drawn = sha256(&[&self.id.as_bytes()[..], &self.next.to_be_bytes()].concat());
        let [a, b, c, d, ..] = drawn;
        f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
    }

    /// How it asks to enrol with the secret of a code.
    pub(super) fn enrolment(&self, secret: &wire::command::Secret) -> EnrolRequest {
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&self.key.as_bytes()[..16]);
        EnrolRequest {
            host: self.id,
            key: self.key.clone(),
            nonce,
            code: Some(secret.clone()),
            facts: self.facts(),
        }
    }

    /// What it tells about itself.
    pub(super) fn facts(&self) -> Registration {
        let [.., a, b] = self.id.as_bytes();
        Registration {
            hostname: format!("host-{}", &self.id.to_string()[24..]),
            host_ip: self.source.to_string(),
            machine_id: self.id,
            os: "linux".into(),
            platform: "debian, debian, 13".into(),
            is_virtual: true,
            total_memory: 8.0,
            cpus: 4,
            mac_address: vec![format!("02:00:5e:00:{a:02x}:{b:02x}")],
            version: Some(env!("CARGO_PKG_VERSION").into()),
        }
    }

    /// Its next request, under the next number.
    pub(crate) fn post(&mut self, target: &str, authority: &str, said: Said<'_>) -> Sent {
        let n = self.next;
        self.next += 1;
        self.post_as(n, target, authority, said)
    }

    /// As [`Host::post`], under a number that it has used before.
    pub(crate) fn post_as(&self, n: u64, target: &str, authority: &str, said: Said<'_>) -> Sent {
        let covered = token::Request {
            method: "POST",
            target,
            body: said.body,
        };
        let token = Token::new(&self.key, self.id, unix_now(), n, &covered);
        let mut request = Request::post(target)
            .header("host", authority)
            .header("authorization", token.to_string());
        if said.wait > 0 {
            request = request.header("prefer", format!("wait={}", said.wait));
        }
        #[expect(clippy::expect_used, reason = "paths and tokens are printable ASCII")]
        let request = request
            .body(Full::new(Bytes::copy_from_slice(said.body)))
            .expect("a request");
        Sent { n, request }
    }

    /// Checks that an answer is control's and that of request `n`, and takes it for good.
    ///
    /// # Errors
    /// What is wrong with it, or why control refused.
    pub(super) fn accept(&self, n: u64, answer: &Answer) -> std::result::Result<(), Fault> {
        let Some(mac) = answer.headers.get(answer::HEADER) else {
            return Err(Fault::Unsealed(answer.status));
        };
        let sealed = answer::Answer {
            host: self.id,
            n,
            status: answer.status,
            body: &answer.body,
        };
        let opened = mac
            .to_str()
            .ok()
            .and_then(|mac| sealed.open(&self.key, mac));
        opened.ok_or(Fault::Forged)?;
        match answer.status {
            200..300 => Ok(()),
            401 => match serde_json::from_slice::<Rejection>(&answer.body) {
                Ok(rejection) => Err(Fault::Refused(rejection.reason.into())),
                Err(_) => Err(Fault::Status(401)),
            },
            status => Err(Fault::Status(status)),
        }
    }
}

/// Verifies what control signs.
pub(crate) struct Verifier {
    keys: Keyring,
    /// Of so many signatures one is verified; the MAC of each answer is.
    one_in: u64,
    seen: AtomicU64,
}

impl Verifier {
    /// Trusts the key in a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn new(key: &Path, one_in: u64) -> Result<Self> {
        let bytes = fs::read(key).context(key.display())?;
        Ok(Self {
            keys: Keyring::from_bytes(&bytes).context(key.display())?,
            one_in,
            seen: AtomicU64::new(0),
        })
    }

    /// Opens what answers ping `n` of a host; nothing where control has nothing to say.
    ///
    /// # Errors
    /// [`Fault::BadEnvelope`].
    pub(super) fn open(
        &self,
        host: HostId,
        n: u64,
        body: &[u8],
    ) -> std::result::Result<Option<Envelope>, Fault> {
        if body.is_empty() {
            return Ok(None);
        }
        let signed = Signed::parse(body).map_err(|_| Fault::BadEnvelope)?;
        let seen = self.seen.fetch_add(1, Ordering::Relaxed);
        let is_verified = seen.is_multiple_of(self.one_in);
        let envelope = signed.open(|message, signature| match is_verified {
            true => self.keys.verify(message, signature, unix_now()).map(drop),
            false => Ok(()),
        });
        let envelope = envelope.map_err(|_| Fault::BadEnvelope)?;
        match (envelope.host, envelope.n) == (Some(host), Some(n)) {
            true => Ok(Some(envelope)),
            false => Err(Fault::BadEnvelope),
        }
    }
}

fn unix_now() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .map_or(0, |now| now.as_secs())
}
