//! Lists, which are read page by page.

use serde::{Deserialize, Serialize};

/// The most entries of a page.
pub const MOST_ENTRIES: usize = 1_000;

/// How many entries a page has unless the client asks for another number.
pub const USUAL_ENTRIES: usize = 100;

/// The longest cursor, in characters.
pub const LONGEST_CURSOR: usize = 1_024;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PageOf{T}"))]
pub struct Page<T> {
    /// The entries. A page may have fewer than were asked for, and still not be the last.
    pub items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last one.
    pub next: Option<String>,
}
