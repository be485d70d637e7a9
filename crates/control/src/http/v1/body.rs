//! Bodies of requests, and what is said about them in the head.

use crate::domain::precondition::Precondition;
use crate::domain::repeats::KeptAnswer;
use crate::http::App;
use crate::http::error::Error;
use crate::http::idempotency::IdempotencyKey;
use crate::http::json::read_json;
use crate::service::repeats::{Created, Keyed, Outcome, once};
use crate::service::{Actor, Service};
use crate::{domain, http::json::Json};
use api::Input;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The JSON body of a request, whose content type has to say so.
pub(super) struct Body<T>(pub(super) T);

impl<T: Input> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        expect_json(request.headers())?;
        let bytes = read_json(request).await?;
        Ok(Self(T::from_json(&bytes)?))
    }
}

fn expect_json(headers: &HeaderMap) -> Result<(), Error> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|given| given.to_str().ok());
    let media_type = given
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    match media_type.trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Error::NotJson),
    }
}

/// The preconditions of a request.
pub(super) struct Conditions(pub(super) Precondition);

impl FromRequestParts<App> for Conditions {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, _: &App) -> Result<Self, Error> {
        let matches = text(&parts.headers, &header::IF_MATCH)?;
        let none = text(&parts.headers, &header::IF_NONE_MATCH)?;
        Ok(Self(Precondition::new(matches, none)))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Error> {
    let value = headers.get(name).map(HeaderValue::to_str).transpose();
    value.map_err(|_| Error::BadRequest(format!("the header {name} is not ASCII")))
}

/// A request to create something, which may have an `Idempotency-Key`.
pub(super) struct Creation<T> {
    /// Its body.
    pub(super) new: T,
    keyed: Option<Keyed>,
}

impl<T: Input> FromRequest<App> for Creation<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        expect_json(&parts.headers)?;
        let key = IdempotencyKey::from_request_parts(&mut parts, app).await?;
        let address = format!("{} {}", parts.method, parts.uri.path());
        let bytes = read_json(Request::from_parts(parts, body)).await?;
        let new = T::from_json(&bytes)?;
        let keyed = key.text().map(|key| Keyed {
            key: key.to_owned(),
            address,
            body: bytes,
        });
        Ok(Self { new, keyed })
    }
}

/// What a creation answers.
pub(super) struct Made<T> {
    /// The body.
    pub(super) body: T,
    /// The address of what was created.
    pub(super) place: String,
}

impl<T> Creation<T> {
    /// Creates it once, however often the request is sent. `work` gets the body, and by what its
    /// creation is to be known; with `shows_secret` its answer is not kept.
    ///
    /// # Errors
    /// Those of the work, and of the key.
    pub(super) async fn once<A, F>(
        self,
        app: &App,
        actor: &Actor,
        shows_secret: bool,
        work: impl FnOnce(Service, Actor, T, Option<String>) -> F + Send + 'static,
    ) -> Result<Response, Error>
    where
        T: Send + 'static,
        A: Serialize + Send + 'static,
        F: Future<Output = Result<Made<A>, domain::Error>> + Send + 'static,
    {
        let new = self.new;
        let Some(keyed) = self.keyed else {
            let made = work(app.clone(), actor.clone(), new, None).await?;
            return Ok(answer(made));
        };
        let work = move |app, actor, id| async move {
            let made = work(app, actor, new, Some(id)).await?;
            let kept = match shows_secret {
                true => String::new(),
                false => serde_json::to_string(&made.body)
                    .map_err(|error| domain::Error::internal("writing an answer", error))?,
            };
            Ok(Created {
                kept: KeptAnswer {
                    status: StatusCode::CREATED.as_u16(),
                    body: kept,
                    place: made.place.clone(),
                },
                answer: made,
            })
        };
        match once(app, actor, keyed, shows_secret, work).await? {
            Outcome::New(made) => Ok(answer(made)),
            Outcome::Before(kept) => Ok(again(kept)),
        }
    }
}

fn answer<A: Serialize>(made: Made<A>) -> Response {
    let response = (StatusCode::CREATED, Json(made.body)).into_response();
    located(response, &made.place)
}

/// The answer, with the address of what was created, if it has one.
fn located(mut response: Response, place: &str) -> Response {
    if let Some(place) = HeaderValue::from_str(place)
        .ok()
        .filter(|place| !place.is_empty())
    {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn again(kept: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::CREATED);
    let json_type = [(header::CONTENT_TYPE, "application/json")];
    let response = (status, json_type, kept.body).into_response();
    located(response, &kept.place)
}
