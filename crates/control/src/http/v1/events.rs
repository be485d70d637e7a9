//! Streams of events (`text/event-stream`): what a job prints, and how far a batch has come.

use crate::domain;
use crate::http::App;
use crate::http::authorized::again;
use crate::http::error::Error;
use crate::http::problem;
use crate::service::Actor;
use crate::service::streams::{self, Open};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::sleep;

/// How often is looked for news, and whether the client may still hear them.
const TURN: Duration = Duration::from_secs(1);

/// After how much silence a comment shows that the connection is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// What a stream is about.
pub(super) trait Watched: Send + 'static {
    /// What is new since the last look.
    ///
    /// # Errors
    /// Why there is nothing to look at any more.
    fn look(
        &mut self,
        app: &App,
        actor: &Actor,
    ) -> impl Future<Output = Result<News, Error>> + Send;
}

/// What is new.
pub(super) struct News {
    /// The events.
    pub(super) events: Vec<Event>,
    /// Whether these are the last ones.
    pub(super) is_over: bool,
}

/// An event with a body in JSON.
///
/// # Errors
/// When it cannot be written.
pub(super) fn event(name: &str, body: &impl Serialize) -> Result<Event, Error> {
    let json = serde_json::to_string(body);
    let json = json.map_err(|error| domain::Error::internal("writing an event", error))?;
    Ok(Event::default()
        .event(name)
        .data(wire::printable::json(&json)))
}

/// A stream that somebody reads.
struct Reading<W> {
    app: App,
    /// The credentials, which have to hold for as long as the stream lasts.
    headers: HeaderMap,
    actor: Actor,
    watched: W,
    _open: Open,
}

/// Begins a stream; the first look has to succeed.
///
/// # Errors
/// Those of the first look, and that too many streams are open.
pub(super) async fn begin(
    app: App,
    actor: Actor,
    headers: HeaderMap,
    mut watched: impl Watched,
) -> Result<Response, Error> {
    let open = streams::open(&app, &actor.who)?;
    let first = watched.look(&app, &actor).await?;
    let reading = Reading {
        app,
        headers,
        actor,
        watched,
        _open: open,
    };
    let events = reading.events(first).map(Ok::<_, Infallible>);
    let alive = KeepAlive::new().interval(ALIVE);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl<W: Watched> Reading<W> {
    fn events(self, first: News) -> impl Stream<Item = Event> + Send {
        let turns = stream::unfold(Some((self, Some(first))), |state| async move {
            let (mut reading, first) = state?;
            let news = match first {
                Some(first) => first,
                None => reading.turn().await?,
            };
            let next = (!news.is_over).then_some((reading, None));
            Some((stream::iter(news.events), next))
        });
        turns.flatten()
    }

    /// Waits for a turn, and looks; `None` when control stops.
    async fn turn(&mut self) -> Option<News> {
        tokio::select! {
            () = sleep(TURN) => {}
            () = streams::stopped(&self.app) => return None,
        }
        Some(match self.look().await {
            Ok(news) => news,
            Err(error) => News {
                events: vec![failed(error)],
                is_over: true,
            },
        })
    }

    async fn look(&mut self) -> Result<News, Error> {
        let actor = again(&self.app, &self.headers, self.actor.address).await?;
        self.watched.look(&self.app, &actor).await
    }
}

/// The event that says why a stream ends early: a problem.
fn failed(error: Error) -> Event {
    let (_, json) = problem::read(error.into_response());
    Event::default().event("problem").data(json)
}
