//! The time-based one-time token that authenticates an agent's request.
//!
//! `Authorization: Pilot v1.<host>.<t>.<n>.<code>`: the host id, the time step
//! of RFC 6238, a sequence number that only grows, and a MAC over both and the
//! request that they belong to.

use crate::encoding::{array_from_base64url, base64url};
use crate::labelled::{Labelled, sha256};
use crate::{HostId, HostKey};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use std::fmt;

/// Length of a time step in seconds (RFC 6238's default).
pub const STEP_SECONDS: u64 = 30;

/// How many steps a token may be ahead of or behind the verifier's clock.
pub const STEPS_OF_SKEW: u64 = 1;

/// For how many seconds after it was made a token counts at least, between clocks that
/// agree; one made when a step begins counts for a step longer.
pub const LEAST_VALIDITY: u64 = STEPS_OF_SKEW * STEP_SECONDS;

const SCHEME: &str = "Pilot ";
const VERSION: &str = "v1";

/// The request that a token is made for.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The HTTP method, in capitals.
    pub method: &'a str,
    /// The path, with its query if there is one.
    pub target: &'a str,
    /// The body as sent; empty when there is none.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// What a token covers of it.
    pub fn digested(&self) -> Digested<'a> {
        Digested {
            method: self.method,
            target: self.target,
            body: sha256(self.body),
        }
    }
}

/// A request whose body is known by its digest alone: it may be too long to keep.
#[derive(Clone, Copy)]
pub struct Digested<'a> {
    /// The HTTP method, in capitals.
    pub method: &'a str,
    /// The path, with its query if there is one.
    pub target: &'a str,
    /// SHA-256 of the body as sent.
    pub body: [u8; 32],
}

/// A token, made or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The host that claims to send the request.
    pub host: HostId,
    /// The RFC 6238 time step of the sender's clock.
    pub step: u64,
    /// The sequence number: greater than any that the host used before.
    pub n: u64,
    code: [u8; 20],
}

impl Token {
    /// Makes the token for one request at `unix` seconds.
    pub fn new(key: &HostKey, host: HostId, unix: u64, n: u64, request: &Request<'_>) -> Self {
        let step = unix / STEP_SECONDS;
        let code = mac(key, host, step, n, &request.digested())
            .finalize()
            .into_bytes()
            .into();
        Self {
            host,
            step,
            n,
            code,
        }
    }

    /// Reads the value of an `Authorization` header.
    ///
    /// # Errors
    /// [`Malformed`] unless the value is exactly what [`fmt::Display`] writes.
    pub fn parse(header: &str) -> Result<Self, Malformed> {
        let mut parts = header.strip_prefix(SCHEME).ok_or(Malformed)?.split('.');
        let mut part = || parts.next().ok_or(Malformed);
        if part()? != VERSION {
            return Err(Malformed);
        }
        let token = Self {
            host: part()?.parse().map_err(|_| Malformed)?,
            step: part()?.parse().map_err(|_| Malformed)?,
            n: part()?.parse().map_err(|_| Malformed)?,
            code: array_from_base64url(part()?).ok_or(Malformed)?,
        };
        if token.to_string() == header {
            Ok(token)
        } else {
            Err(Malformed)
        }
    }

    /// Whether the holder of `key` made this token for `request`; compares in
    /// constant time. Says nothing about its time or its sequence number.
    pub fn authenticates(&self, key: &HostKey, request: &Request<'_>) -> bool {
        self.authenticates_digested(key, &request.digested())
    }

    /// As [`Token::authenticates`], for a request whose body was not kept.
    pub fn authenticates_digested(&self, key: &HostKey, request: &Digested<'_>) -> bool {
        mac(key, self.host, self.step, self.n, request)
            .verify_slice(&self.code)
            .is_ok()
    }

    /// Whether the token's time step is close enough to the clock of the one
    /// who verifies it.
    pub fn is_current(&self, unix: u64) -> bool {
        self.step.abs_diff(unix / STEP_SECONDS) <= STEPS_OF_SKEW
    }
}

/// The value of the `Authorization` header.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            step,
            n,
            code,
        } = self;
        write!(f, "{SCHEME}{VERSION}.{host}.{step}.{n}.{}", base64url(code))
    }
}

/// The header is not a token of this version.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the Authorization header holds no token of a known version")
    }
}

impl std::error::Error for Malformed {}

fn mac(key: &HostKey, host: HostId, step: u64, n: u64, request: &Digested<'_>) -> Hmac<Sha1> {
    let message = Labelled::new("pilot/token/v1")
        .bytes(host.as_bytes())
        .number(step)
        .number(n)
        .text(request.method)
        .text(request.target)
        .bytes(&request.body)
        .finish();
    let mut mac = hmac_sha1(&step_key(key.as_bytes(), step));
    mac.update(&message);
    mac
}

/// RFC 6238's HMAC of the time step, before RFC 4226's truncation.
fn step_key(secret: &[u8], step: u64) -> [u8; 20] {
    let mut mac = hmac_sha1(secret);
    mac.update(&step.to_be_bytes());
    mac.finalize().into_bytes().into()
}

fn hmac_sha1(key: &[u8]) -> Hmac<Sha1> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of every length (RFC 2104)"
    )]
    Hmac::new_from_slice(key).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: Request<'_> = Request {
        method: "POST",
        target: "/ping",
        body: b"{}",
    };

    fn key() -> HostKey {
        HostKey::new([9; 32])
    }

    fn token() -> Token {
        Token::new(
            &key(),
            HostId::derive("m", "", b""),
            1_700_000_000,
            17,
            &PING,
        )
    }

    /// RFC 6238, Appendix B, SHA-1: eight digits after RFC 4226's truncation.
    #[test]
    fn the_step_key_is_that_of_rfc_6238() {
        for (unix, digits) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let hash = step_key(b"12345678901234567890", unix / STEP_SECONDS);
            let at = usize::from(hash[19] & 15);
            let word = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap());
            assert_eq!((word & 0x7fff_ffff) % 100_000_000, digits);
        }
    }

    #[test]
    fn a_token_survives_its_header() {
        assert_eq!(Token::parse(&token().to_string()), Ok(token()));
        assert!(token().authenticates(&key(), &PING));
    }

    #[test]
    fn a_token_is_good_for_its_request_alone() {
        let token = token();
        assert!(!token.authenticates(
            &key(),
            &Request {
                method: "GET",
                ..PING
            }
        ));
        assert!(!token.authenticates(
            &key(),
            &Request {
                target: "/ping?x",
                ..PING
            }
        ));
        assert!(!token.authenticates(
            &key(),
            &Request {
                body: b"{} ",
                ..PING
            }
        ));
        assert!(!token.authenticates(&HostKey::new([8; 32]), &PING));
    }

    #[test]
    fn nothing_in_a_token_can_be_changed() {
        let changed = [
            Token {
                host: HostId::derive("n", "", b""),
                ..token()
            },
            Token {
                step: token().step + 1,
                ..token()
            },
            Token { n: 18, ..token() },
        ];
        assert!(
            changed
                .iter()
                .all(|token| !token.authenticates(&key(), &PING))
        );
    }

    #[test]
    fn one_step_of_skew_is_allowed_and_no_more() {
        let start = token().step * STEP_SECONDS;
        for (unix, current) in [
            (start, true),
            (start - 30, true),
            (start - 31, false),
            (start + 59, true),
            (start + 60, false),
        ] {
            assert_eq!(token().is_current(unix), current, "{unix}");
        }
    }

    #[test]
    fn a_token_has_one_spelling() {
        let good = token().to_string();
        for bad in [
            good.replace("Pilot ", "pilot "),
            good.replace("v1", "v2"),
            good.replace(".17.", ".017."),
            good.replace(".17.", ".+17."),
            good.replace(".17.", ".-17."),
            good.replace(".17.", ".99999999999999999999999."),
            format!("{good}."),
            format!("{good}A"),
            String::new(),
        ] {
            assert_eq!(Token::parse(&bad), Err(Malformed), "{bad}");
        }
    }
}
