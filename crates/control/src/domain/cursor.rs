//! Cursors: where a page of a list begins. A client gets one with the page before, and cannot make
//! one itself, nor use that of another list or another user.

use super::mac::hmac;
use hmac::Mac;
use wire::encoding::{base64url, from_base64url};
use wire::labelled::Labelled;
use zeroize::ZeroizeOnDrop;

/// How many bytes of the MAC a cursor has.
const MAC: usize = 16;

/// The list that a cursor belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListOf<'a> {
    /// The user who reads it.
    pub(crate) user: &'a str,
    /// Its address.
    pub(crate) path: &'a str,
    /// What selects its entries.
    pub(crate) filter: &'a str,
}

/// What makes and verifies cursors; wiped from memory when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct CursorKey(Box<[u8; 32]>);

impl CursorKey {
    /// The key that belongs to a store key.
    pub(crate) fn derive(store_key: &[u8; 32]) -> Self {
        let mac = hmac(store_key, &Labelled::new("pilotctl/cursor-key/v1").finish());
        Self(Box::new(mac.finalize().into_bytes().into()))
    }

    /// The cursor of the page that follows the entry with this key.
    pub(crate) fn issue(&self, list: ListOf<'_>, after: &str) -> String {
        let mac = hmac(&self.0, &message(list, after)).finalize().into_bytes();
        base64url(&[&mac[..MAC], after.as_bytes()].concat())
    }

    /// The key of the entry before the page; `None` if the cursor is not of this list.
    pub(crate) fn open(&self, list: ListOf<'_>, cursor: &str) -> Option<String> {
        let bytes = from_base64url(cursor)?;
        let (mac, after) = bytes.split_at_checked(MAC)?;
        let after = std::str::from_utf8(after).ok()?;
        let expected = hmac(&self.0, &message(list, after));
        expected.verify_truncated_left(mac).ok()?;
        Some(after.to_owned())
    }
}

fn message(list: ListOf<'_>, after: &str) -> Vec<u8> {
    let ListOf { user, path, filter } = list;
    let message = Labelled::new("pilotctl/cursor/v1");
    message
        .text(user)
        .text(path)
        .text(filter)
        .text(after)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: ListOf<'static> = ListOf {
        user: "ada",
        path: "/v1/hosts",
        filter: "label=web",
    };

    #[test]
    fn a_cursor_is_read_by_who_got_it_for_the_list_that_it_is_of() {
        let key = CursorKey::derive(&[7; 32]);
        let cursor = key.issue(LIST, "42");
        assert_eq!(key.open(LIST, &cursor), Some("42".into()));
        assert_eq!(
            CursorKey::derive(&[7; 32]).open(LIST, &cursor),
            Some("42".into())
        );
    }

    #[test]
    fn abuse_a_cursor_of_another_user_list_filter_or_key_or_a_changed_one() {
        let key = CursorKey::derive(&[7; 32]);
        let cursor = key.issue(LIST, "42");
        for other in [
            ListOf {
                user: "eve",
                ..LIST
            },
            ListOf {
                path: "/v1/jobs",
                ..LIST
            },
            ListOf { filter: "", ..LIST },
        ] {
            assert_eq!(key.open(other, &cursor), None, "{other:?}");
        }
        assert_eq!(CursorKey::derive(&[8; 32]).open(LIST, &cursor), None);
        let mut bytes = from_base64url(&cursor).unwrap();
        *bytes.last_mut().unwrap() = b'3';
        for changed in [
            base64url(&bytes),
            cursor[..20].into(),
            "".into(),
            "é".into(),
        ] {
            assert_eq!(key.open(LIST, &changed), None, "{changed}");
        }
    }
}
