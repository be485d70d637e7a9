//! Pages of lists. A page holds no more than its answer has.

use crate::domain;
use crate::domain::cursor::ListOf;
use crate::http::App;
use crate::http::error::Error;
use crate::percent;
use crate::service::{Actor, cursors};
use api::v1::{LONGEST_CURSOR, MOST_ENTRIES, USUAL_ENTRIES};
use axum::extract::FromRequestParts;
use axum::http::{header, request};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use std::ops::ControlFlow;
use std::str::FromStr;
use wire::printable;

/// The parameters of a page.
pub(super) const PAGE: &[&str] = &["limit", "cursor"];

/// The most bytes of JSON in one page, unless a single entry is longer.
const BUDGET: usize = 8 << 20;

/// The page that a client asks for.
pub(super) struct PageOf {
    path: String,
    /// What selects the entries, in an order of its own.
    others: Vec<(String, String)>,
    limit: usize,
    cursor: Option<String>,
}

impl FromRequestParts<App> for PageOf {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, _: &App) -> Result<Self, Error> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)?;
        let mut page = Self {
            path: parts.uri.path().to_owned(),
            others: Vec::new(),
            limit: USUAL_ENTRIES,
            cursor: None,
        };
        for (name, value) in query.0 {
            match name.as_str() {
                "limit" => page.limit = size(&value)?,
                "cursor" => page.cursor = Some(value),
                _ => page.others.push((name, value)),
            }
        }
        page.others.sort();
        Ok(page)
    }
}

fn size(text: &str) -> Result<usize, Error> {
    let size = text
        .parse()
        .ok()
        .filter(|size| (1..=MOST_ENTRIES).contains(size));
    size.ok_or_else(|| {
        Error::BadRequest(format!("limit= is not a number from 1 to {MOST_ENTRIES}"))
    })
}

impl PageOf {
    /// Begins the page for a user.
    ///
    /// # Errors
    /// [`domain::Error::Invalid`] when the cursor is not of this list.
    pub(super) fn begin(self, app: &App, actor: &Actor) -> Result<Page, Error> {
        let filter = json!(self.others).to_string();
        let list = ListOf {
            user: &actor.who,
            path: &self.path,
            filter: &filter,
        };
        let after = match &self.cursor {
            None => None,
            Some(cursor) => Some(opened(app, list, cursor)?),
        };
        Ok(Page {
            app: app.clone(),
            user: actor.who.clone(),
            filter,
            after,
            of: self,
            items: String::new(),
            entries: 0,
            last: String::new(),
            is_cut: false,
            failure: None,
        })
    }
}

fn opened(app: &App, list: ListOf<'_>, cursor: &str) -> Result<String, Error> {
    let cursor = Some(cursor).filter(|cursor| cursor.len() <= LONGEST_CURSOR);
    let after = cursor.and_then(|cursor| cursors::open(app, list, cursor));
    after.ok_or_else(foreign)
}

fn foreign() -> Error {
    Error::invalid(
        "cursor= is not of this list: use `next` of the page before, with the same parameters and the same user",
    )
}

/// A page that is being filled.
pub(super) struct Page {
    app: App,
    user: String,
    filter: String,
    after: Option<String>,
    of: PageOf,
    /// The entries, as JSON.
    items: String,
    entries: usize,
    /// The key of the last entry.
    last: String,
    /// Whether there are more entries than fit.
    is_cut: bool,
    failure: Option<serde_json::Error>,
}

impl Page {
    /// The key of the entry before the page.
    ///
    /// # Errors
    /// [`domain::Error::Invalid`] when the cursor has none that this version reads.
    pub(super) fn after<T: FromStr>(&self) -> Result<Option<T>, Error> {
        let after = self.after.as_deref().map(str::parse).transpose();
        after.map_err(|_| foreign())
    }

    /// Adds an entry, with the key after which the next page begins; breaks when the page is full.
    pub(super) fn add(&mut self, key: impl ToString, entry: &impl Serialize) -> ControlFlow<()> {
        let entry = match serde_json::to_string(entry) {
            Ok(entry) => printable::json(&entry),
            Err(error) => {
                self.failure = Some(error);
                return ControlFlow::Break(());
            }
        };
        let is_long = self.entries > 0 && self.items.len() + entry.len() > BUDGET;
        if is_long || self.of.limit == self.entries {
            self.is_cut = true;
            return ControlFlow::Break(());
        }
        if self.entries > 0 {
            self.items.push(',');
        }
        self.items.push_str(&entry);
        self.entries += 1;
        self.last = key.to_string();
        ControlFlow::Continue(())
    }

    /// The answer.
    ///
    /// # Errors
    /// When an entry could not be written.
    pub(super) fn answer(self) -> Result<Response, Error> {
        if let Some(error) = self.failure {
            return Err(domain::Error::internal("writing a list", error).into());
        }
        let json_type = (header::CONTENT_TYPE, "application/json");
        let items = &self.items;
        if !self.is_cut {
            let body = format!("{{\"items\":[{items}],\"next\":null}}");
            return Ok(([json_type], body).into_response());
        }
        let list = ListOf {
            user: &self.user,
            path: &self.of.path,
            filter: &self.filter,
        };
        let next = cursors::issue(&self.app, list, &self.last);
        let body = format!("{{\"items\":[{items}],\"next\":{}}}", json!(next));
        let link = (header::LINK, &*self.of.link(&next));
        Ok(([json_type, link], body).into_response())
    }
}

impl PageOf {
    /// A `Link` to the page with this cursor (RFC 8288).
    fn link(&self, cursor: &str) -> String {
        let others = self.others.iter();
        let others = others.map(|(name, value)| format!("{name}={}&", percent::encoded(value)));
        let (path, limit) = (&self.path, self.limit);
        let others: String = others.collect();
        format!("<{path}?{others}limit={limit}&cursor={cursor}>; rel=\"next\"")
    }
}
