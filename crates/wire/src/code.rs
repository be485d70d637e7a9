//! The enrolment code that an operator hands to a host.
//!
//! `pilot1.<secret>.<root>.<ca>`: the secret proves that the host was invited;
//! the fingerprints of root key and CA pin the first contact.

use crate::command::Secret;
use crate::encoding::{array_from_base64url, base64url};
use std::fmt;
use std::str::FromStr;

const PREFIX: &str = "pilot1";

/// An enrolment code, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolCode {
    /// What control recognises: 16 random bytes as base64 for URLs.
    pub secret: Secret,
    /// Upper-case hexadecimal fingerprint of the OpenPGP root key, where
    /// control has one.
    pub root: Option<String>,
    /// SHA-256 of the CA's certificate (DER), where the CA is a private one.
    pub ca: Option<[u8; 32]>,
}

impl EnrolCode {
    /// The code as the operator passes it on. It is a secret.
    pub fn expose(&self) -> String {
        let root = self.root.as_deref().unwrap_or_default();
        let ca = self.ca.map(|hash| base64url(&hash)).unwrap_or_default();
        format!("{PREFIX}.{}.{root}.{ca}", self.secret.expose())
    }
}

/// The text is not an enrolment code.
#[derive(Debug, PartialEq, Eq)]
pub struct NotACode;

impl fmt::Display for NotACode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an enrolment code (it begins with \"pilot1.\" and has four parts)")
    }
}

impl std::error::Error for NotACode {}

impl FromStr for EnrolCode {
    type Err = NotACode;

    /// White space around the code is ignored, and a byte order mark before it: it comes
    /// from files and prompts.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let parts: Vec<&str> = text.trim().split('.').collect();
        let &[PREFIX, secret, root, ca] = parts.as_slice() else {
            return Err(NotACode);
        };
        array_from_base64url::<16>(secret).ok_or(NotACode)?;
        let hex = root
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
        if !hex || !matches!(root.len(), 0 | 40 | 64) {
            return Err(NotACode);
        }
        let ca = match ca {
            "" => None,
            hash => Some(array_from_base64url(hash).ok_or(NotACode)?),
        };
        Ok(Self {
            secret: Secret::new(secret),
            root: Some(root.to_owned()).filter(|root| !root.is_empty()),
            ca,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_passed_on() {
        let code = EnrolCode {
            secret: Secret::new(base64url(&[1; 16])),
            root: Some("AB".repeat(20)),
            ca: Some([2; 32]),
        };
        assert_eq!(format!(" {}\n", code.expose()).parse(), Ok(code.clone()));
        assert_eq!(format!("\u{FEFF}{}\r\n", code.expose()).parse(), Ok(code));
        let bare = EnrolCode {
            secret: Secret::new(base64url(&[1; 16])),
            root: None,
            ca: None,
        };
        assert_eq!(bare.expose().parse(), Ok(bare));
    }

    #[test]
    fn other_text_is_refused() {
        let secret = base64url(&[1; 16]);
        for text in [
            String::new(),
            "pilot1...".into(),
            format!("pilot2.{secret}.."),
            format!("pilot1.{secret}.xy."),
            format!("pilot1.{secret}..AA"),
            format!("pilot1.{secret}..."),
        ] {
            assert_eq!(text.parse::<EnrolCode>(), Err(NotACode), "{text}");
        }
    }
}
