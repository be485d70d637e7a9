//! Lists. Control answers with a whole list, or with a page of the size that the client asks
//! for and a `Link` to the next one (RFC 8288). A list that is too long for one answer is
//! refused, never cut.

use super::error::Error;
use crate::{domain, percent};
use axum::body::Body;
use axum::http::{Response, Uri, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::str::FromStr;
use wire::printable;

/// The most bytes of JSON in one answer, unless a single entry is longer.
const BUDGET: usize = 8 * 1024 * 1024;

/// The most entries of a page.
const MOST: usize = 10_000;

/// The size of the pages in the `Link` of a refusal.
const USUAL: usize = 1_000;

/// The parameters of [`Part`].
pub(crate) const PAGE: &[&str] = &["limit", "after"];

/// The part of a list that a client requests.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Part {
    /// The most entries of the page; empty for the whole list.
    limit: String,
    /// The key of the entry before the page, from the `Link` of the page before.
    after: String,
}

impl Part {
    /// The parsed key of the entry before the page.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when it is malformed.
    pub(crate) fn after<T: FromStr>(&self) -> Result<Option<T>, Error> {
        if self.after.is_empty() {
            return Ok(None);
        }
        let key = self.after.parse().map_err(|_| {
            Error::BadRequest(format!(
                "after={}: use the Link of the page before",
                self.after
            ))
        })?;
        Ok(Some(key))
    }

    /// An empty list for this part.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when `limit` is not a valid page size.
    pub(crate) fn list(&self) -> Result<List, Error> {
        self.list_within("[", "]")
    }

    /// An empty list of named entries, and the name before the page.
    ///
    /// # Errors
    /// As [`Part::list`].
    pub(crate) fn by_name(&self) -> Result<(String, List), Error> {
        Ok((self.after()?.unwrap_or_default(), self.list()?))
    }

    /// An empty list between these parts of the answer.
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
            "limit={text}: a page has from 1 to {MOST} entries; its Link has the next page"
        ))
    })
}

/// A list that is being filled, as JSON. It holds no more than the answer has.
pub(crate) struct List {
    limit: Option<usize>,
    json: String,
    close: &'static str,
    entries: usize,
    /// The key of the last entry.
    last: String,
    /// Whether there are more entries than fit.
    is_cut: bool,
    failure: Option<serde_json::Error>,
}

impl List {
    /// Adds an entry, with the key after which the next page begins; breaks when the list is
    /// full.
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

    /// The answer to a request for `uri`; `filters` says how to request less.
    ///
    /// # Errors
    /// [`Error::TooLong`] when the whole list was requested and does not fit.
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

/// A `Link` to the page after an entry, or to the first page.
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
    fn each_page_but_the_last_links_to_the_next() {
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
    fn a_long_list_is_refused_as_a_whole_and_answered_in_pages() {
        let (uri, entry): (Uri, _) = ("/job".parse().unwrap(), "x".repeat(BUDGET / 3));
        let refusal = filled(&part("", ""), 4, &entry).answer(&uri, "name a batch");
        let Err(Error::TooLong { text, link }) = refusal else {
            panic!("it was answered")
        };
        assert!(text.contains("name a batch") && link.starts_with("</job?limit=1000>"));
        let page = filled(&part("100", ""), 4, &entry);
        assert_eq!((page.entries, page.last.as_str()), (2, "1"));
        let single = filled(&part("1", ""), 1, &"x".repeat(BUDGET + 1));
        assert_eq!(single.entries, 1, "a page has at least one entry");
    }

    #[test]
    fn invalid_page_sizes_and_keys_are_errors() {
        for limit in ["0", "-1", "10001", "many"] {
            assert!(part(limit, "").list().is_err(), "{limit}");
        }
        assert!(part("", "x").after::<i64>().is_err());
        assert_eq!(part("", "7").after::<i64>().unwrap(), Some(7));
    }
}
