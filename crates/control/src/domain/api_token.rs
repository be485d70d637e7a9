//! API tokens: what programs sign in with in place of a user's password.

use super::mac::hmac;
use super::rights::Rights;
use super::scope::Scope;
use super::user::Role;
use api::tokens::LONGEST_TOKEN;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wire::command::Secret;
use wire::encoding::{array_from_base64url, base64url, hex};
use wire::labelled::{Labelled, sha256};
use zeroize::ZeroizeOnDrop;

/// The beginning of every token; easy to find where it should not be.
const PREFIX: &str = "hp_";

/// How many bytes of a token are random.
const RANDOM: usize = 32;

/// How many bytes of it are a checksum: what somebody mistyped or made up is not looked for.
const CHECKSUM: usize = 4;

/// How many bytes of a hash find a token.
const ID: usize = 8;

/// How many tokens a user may have.
pub(crate) const MOST_TOKENS: u64 = 64;

/// A token as somebody shows it; wiped from memory when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct ApiToken([u8; RANDOM]);

impl ApiToken {
    /// The token of these random bytes.
    pub(crate) fn new(random: [u8; RANDOM]) -> Self {
        Self(random)
    }

    /// Reads a token; `None` if it is none, or was not copied whole.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; RANDOM + CHECKSUM] = array_from_base64url(text.strip_prefix(PREFIX)?)?;
        let (random, checksum) = bytes.split_at(RANDOM);
        let token = Self(random.try_into().ok()?);
        (token.checksum() == checksum).then_some(token)
    }

    /// The text that is shown once.
    pub(crate) fn text(&self) -> Secret {
        let bytes = [&self.0[..], &self.checksum()].concat();
        Secret::new(format!("{PREFIX}{}", base64url(&bytes)))
    }

    fn checksum(&self) -> [u8; CHECKSUM] {
        let list = Labelled::new("pilotctl/api-token-checksum/v1").bytes(&self.0);
        let [a, b, c, d, ..] = sha256(&list.finish());
        [a, b, c, d]
    }

    /// What finds it in the store; nobody can compute the token from it.
    pub(crate) fn id(&self) -> String {
        let mac = self.mac("pilotctl/api-token-id/v1");
        hex(&mac.finalize().into_bytes()[..ID])
    }

    /// What the store has in its place. It has 256 random bits, so that no slow hash is needed.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mac = self.mac("pilotctl/api-token/v1");
        mac.finalize().into_bytes().into()
    }

    /// Whether this is its hash. Compares in constant time.
    fn has_hash(&self, hash: &[u8]) -> bool {
        self.mac("pilotctl/api-token/v1").verify_slice(hash).is_ok()
    }

    fn mac(&self, label: &str) -> Hmac<Sha256> {
        hmac(&self.0, &Labelled::new(label).finish())
    }
}

/// A token as the store has it.
#[derive(Clone, Debug)]
pub(crate) struct StoredToken {
    /// What finds it.
    pub(crate) id: String,
    /// Its user.
    pub(crate) owner: String,
    /// The present role of its user.
    pub(crate) role: Role,
    /// Its name; other users may have one of the same name.
    pub(crate) name: String,
    /// What it allows, of what the role does.
    pub(crate) rights: Rights,
    /// The hosts that it is narrowed to.
    pub(crate) scope: Scope,
    /// The present scope of its user.
    pub(crate) scope_of_user: Scope,
    /// See [`ApiToken::hash`].
    pub(crate) hash: Vec<u8>,
    /// When it was made, in unix seconds.
    pub(crate) created: u64,
    /// Until when it is valid, in unix seconds.
    pub(crate) expires: u64,
    /// When it was last used, to the minute.
    pub(crate) last_used: Option<u64>,
}

impl StoredToken {
    /// Whether somebody showed this token, and it is still valid.
    pub(crate) fn accepts(&self, token: &ApiToken, now: u64) -> bool {
        token.has_hash(&self.hash) && now < self.expires
    }
}

/// Checks the name of a new token and for how many seconds it is to be valid.
///
/// # Errors
/// A sentence that says what is possible.
pub(crate) fn check_new(name: &str, lifetime: u64) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(
            "this cannot be a token's name: use up to 64 letters, digits, '.', '_' or '-'".into(),
        );
    }
    if !(1..=LONGEST_TOKEN).contains(&lifetime) {
        return Err("a token is valid for at least a second and at most 366 days".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_shown() {
        let token = ApiToken::new([7; 32]);
        let text = token.text();
        assert_eq!((&text.expose()[..3], text.expose().len()), ("hp_", 51));
        let again = ApiToken::parse(text.expose()).unwrap();
        assert_eq!((again.id(), again.hash()), (token.id(), token.hash()));
        assert!(token.has_hash(&token.hash()) && !token.has_hash(&[]));
        let other = ApiToken::new([8; 32]);
        assert!(other.id() != token.id() && !other.has_hash(&token.hash()));
    }

    #[test]
    fn abuse_tokens_that_are_changed_or_cut_are_none() {
        let text = ApiToken::new([7; 32]).text();
        let text = text.expose();
        for at in 0..text.len() {
            let mut changed = text.to_owned().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(ApiToken::parse(&changed).is_none(), "{changed}");
            assert!(ApiToken::parse(&text[..at]).is_none());
        }
        for text in [
            "",
            "hp_",
            "correct horse",
            &format!("{text}A"),
            &format!(" {text}"),
        ] {
            assert!(ApiToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_is_a_word_and_a_life_has_an_end() {
        assert!(check_new("ci-1", 90 * 86_400).is_ok());
        for (name, lifetime) in [
            ("", 1),
            ("a/b", 1),
            ("a b", 1),
            ("ci", 0),
            ("ci", LONGEST_TOKEN + 1),
            ("ci", u64::MAX),
        ] {
            assert!(check_new(name, lifetime).is_err(), "{name} {lifetime}");
        }
    }
}
