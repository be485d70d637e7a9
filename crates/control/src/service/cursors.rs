//! Cursors of lists: opaque, and of use to the user who got them only.

use super::Service;
use crate::domain::cursor::ListOf;

/// The cursor of the page that follows the entry with this key.
pub(crate) fn issue(service: &Service, list: ListOf<'_>, after: &str) -> String {
    service.store().cursor_key().issue(list, after)
}

/// The key of the entry before the page; `None` if the cursor is not of this list, or was changed.
pub(crate) fn open(service: &Service, list: ListOf<'_>, cursor: &str) -> Option<String> {
    service.store().cursor_key().open(list, cursor)
}
