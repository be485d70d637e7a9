//! Lists. One is answered whole, or page by page where the client says how many
//! entries it wants, and never cut in silence: what follows a page is in its
//! `Link` (RFC 8288), and what is too long to be answered whole is refused.

use super::error::Error;
use crate::{domain, percent};
use axum::body::Body;
use axum::http::{Response, Uri, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::str::FromStr;
use wire::printable;

/// How many bytes of JSON one answer lists at most, but for a single entry that
/// is longer by itself.
const BUDGET: usize = 8 * 1024 * 1024;

/// How many entries a page has at most.
const MOST: usize = 10_000;

/// How many entries a page has that is offered to a client that asked for all.
const USUAL: usize = 1_000;

/// The parameters of [`Part`].
pub(crate) const PAGE: &[&str] = &["limit", "after"];

/// The part of a list that a client asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    /// How many entries a page may have; without it, all of them are meant.
    limit: String,
    /// The entry that the page follows, as the `Link` of the page before has it.
    after: String,
}

impl Part {
    /// The key of the entry that the page follows.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when it is none.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>, Error> {
        if self.after.is_empty() {
            return Ok(None);
        }
        let key = self.after.parse().map_err(|_| {
            Error::BadRequest(format!(
                "after={}: take it from the Link of the page before",
                self.after
            ))
        })?;
        Ok(Some(key))
    }

    /// An empty list, to be filled.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when `limit` is no number that a page may have.
    pub(crate) fn list(&self) -> Result<List, Error> {
        self.list_within("[", "]")
    }

    /// An empty list of what has names, and the name that it follows.
    ///
    /// # Errors
    /// As [`Part::list`].
    pub(crate) fn by_name(&self) -> Result<(String, List), Error> {
        Ok((self.after()?.unwrap_or_default(), self.list()?))
    }

    /// An empty list that stands between these parts of the answer.
    ///
    /// # Errors
    /// As [`Part::list`].
    pub(crate) fn list_within(&self, open: &str, close: &'static str) -> Result<List, Error> {
        let limit = match self.limit.as_str() {
            "" => None,
            text => Some(page_size(text)?),
        };
        Ok(List {
            limit,
            json: open.into(),
            close,
            entries: 0,
            last: String::new(),
            is_cut: false,
            failure: None,
        })
    }
}

fn page_size(text: &str) -> Result<usize, Error> {
    let size = text.parse().ok().filter(|size| (1..=MOST).contains(size));
    size.ok_or_else(|| {
        Error::BadRequest(format!(
            "limit={text}: a page has from 1 to {MOST} entries; what follows it is in its Link"
        ))
    })
}

/// A list that is being filled, as JSON: no more of it is held than is answered.
pub(crate) struct List {
    limit: Option<usize>,
    json: String,
    close: &'static str,
    entries: usize,
    /// The key of the last entry.
    last: String,
    /// Whether there are more entries than it took.
    is_cut: bool,
    failure: Option<serde_json::Error>,
}

impl List {
    /// Adds an entry with the key that is to be named to go on behind it; breaks
    /// where the list is full.
    pub(crate) fn add(&mut self, key: impl ToString, entry: &impl Serialize) -> ControlFlow<()> {
        let entry = match serde_json::to_string(entry) {
            Ok(entry) => printable::json(&entry),
            Err(error) => {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        };
        let is_long = self.entries > 0 && self.json.len() + entry.len() > BUDGET;
        if is_long || self.limit == Some(self.entries) {
            self.is_cut = true;
            return ControlFlow::Break(());
        }
        if self.entries > 0 {
            self.json.push(',');
        }
        self.json.push_str(&entry);
        self.entries += 1;
        self.last = key.to_string();
        ControlFlow::Continue(())
    }

    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The answer to a request for `uri`; `filters` says how to ask for less.
    ///
    /// # Errors
    /// [`Error::TooLong`] when all of it was asked for and does not fit.
    pub(crate) fn answer(mut self, uri: &Uri, filters: &str) -> Result<Response<Body>, Error> {
        if let Some(error) = self.failure {
            return Err(domain::Error::internal("writing a list", error).into());
        }
        self.json.push_str(self.close);
        let json = self.json;
        let json_type = (header::CONTENT_TYPE, "application/json");
        match self.limit {
            _ if !self.is_cut => Ok(([json_type], json).into_response()),
            Some(limit) => {
                let next = next(uri, limit, Some(&self.last));
                let link = (header::LINK, next.as_str());
                Ok(([json_type, link], json).into_response())
            }
            None => Err(Error::TooLong {
                text: format!(
                    "this list is longer than {BUDGET} bytes: {filters}, or read it page by page with limit="
                ),
                link: next(uri, USUAL, None),
            }),
        }
    }
}

/// A `Link` to the page of the same list that follows an entry, or to its first.
fn next(uri: &Uri, limit: usize, after: Option<&str>) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let other = pairs.filter(|pair| {
        let name = pair.split('=').next();
        !matches!(name, Some("" | "limit" | "after"))
    });
    let mut query: Vec<String> = other.map(str::to_owned).collect();
    query.push(format!("limit={limit}"));
    query.extend(after.map(|key| format!("after={}", percent::encoded(key))));
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(limit: &str, after: &str) -> Part {
        Part {
            limit: limit.into(),
            after: after.into(),
        }
    }

    fn filled(part: &Part, entries: usize, entry: &str) -> List {
        let mut list = part.list().unwrap();
        for key in 0..entries {
            if list.add(key, &entry).is_break() {
                break;
            }
        }
        list
    }

    #[test]
    fn a_page_links_to_the_next_and_the_last_to_none() {
        let uri: Uri = "/job?bid=7&limit=2&after=x".parse().unwrap();
        let page = filled(&part("2", ""), 3, "e").answer(&uri, "").unwrap();
        assert_eq!(
            page.headers()[header::LINK],
            "</job?bid=7&limit=2&after=1>; rel=\"next\""
        );
        let last = filled(&part("3", ""), 3, "e").answer(&uri, "").unwrap();
        assert!(!last.headers().contains_key(header::LINK));
    }

    #[test]
    fn what_is_too_long_is_refused_whole_and_answered_in_pages() {
        let (uri, entry): (Uri, _) = ("/job".parse().unwrap(), "x".repeat(BUDGET / 3));
        let refusal = filled(&part("", ""), 4, &entry).answer(&uri, "name a batch");
        let Err(Error::TooLong { text, link }) = refusal else {
            panic!("it was answered")
        };
        assert!(text.contains("name a batch") && link.starts_with("</job?limit=1000>"));
        let page = filled(&part("100", ""), 4, &entry);
        assert_eq!((page.entries, page.last.as_str()), (2, "1"));
        let single = filled(&part("1", ""), 1, &"x".repeat(BUDGET + 1));
        assert_eq!(single.entries, 1, "an entry by itself is always answered");
    }

    #[test]
    fn what_no_page_can_be_is_an_error() {
        for limit in ["0", "-1", "10001", "many"] {
            assert!(part(limit, "").list().is_err(), "{limit}");
        }
        assert!(part("", "x").after::<i64>().is_err());
        assert_eq!(part("", "7").after::<i64>().unwrap(), Some(7));
    }
}
