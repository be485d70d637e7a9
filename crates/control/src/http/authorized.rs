//! Requests of users, and pulls of jobs: HTTP basic authentication (RFC 7617) and roles.

use super::App;
use super::agent::{AgentRequest, is_token};
use super::denied;
use super::error::Error;
use super::head::{authorization, source, vouch, wait_for_control};
use super::params;
use crate::domain;
use crate::domain::api_token::ApiToken;
use crate::domain::pull_token::is_of_job;
use crate::domain::user::Permission;
use crate::service::Actor;
use crate::service::api_tokens::sign_in_by_token;
use crate::service::packages::{Puller, sign_in_job};
use crate::service::sign_in::sign_in;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, State};
use axum::http::{HeaderMap, Request, request};
use axum::response::{IntoResponse, Response};
use std::marker::PhantomData;
use std::net::IpAddr;
use wire::command::Secret;
use wire::encoding::from_base64;

/// An authenticated user whose role has the permission `P`. The service refuses by itself what
/// a role does not allow; with this argument, a request is refused before its body is read.
pub(crate) struct Authorized<P> {
    /// The user.
    pub(crate) actor: Actor,
    permission: PhantomData<P>,
}

/// A permission, as a type.
pub(crate) trait Needs {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident)*) => {$(
        #[doc = concat!("Needs [`Permission::", stringify!($name), "`].")]
        pub(crate) struct $name;
        impl Needs for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

needs! { ManageUsers OwnAccount ReadAudit Run Operate Define Read Push Pull }

/// An authenticated user with any role and any token.
pub(crate) struct SignedIn;

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Error> {
        known(parts, app).await?;
        params::check(parts)?;
        Ok(Self)
    }
}

/// Who a request is from whose answer lasts: its credentials have to hold meanwhile.
///
/// # Errors
/// That they do not hold any more.
pub(super) async fn again(app: &App, headers: &HeaderMap, from: IpAddr) -> Result<Actor, Error> {
    authenticate(app, headers, from).await
}

/// Who sends a request.
async fn known(parts: &request::Parts, app: &App) -> Result<Actor, Error> {
    let waiting = wait_for_control(&parts.extensions);
    let actor = authenticate(app, &parts.headers, source(parts)).await?;
    vouch(&parts.extensions);
    drop(waiting);
    denied::note_caller(parts, &actor);
    Ok(actor)
}

impl<P: Needs> FromRequestParts<App> for Authorized<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Error> {
        let actor = known(parts, app).await?;
        actor.may(P::PERMISSION)?;
        params::check(parts)?;
        Ok(Self {
            actor,
            permission: PhantomData,
        })
    }
}

/// Who pulls a package: a user who may, or a job, which pulls its own only. Every other route
/// refuses the tokens of jobs.
pub(crate) struct Pulls(pub(crate) Puller);

impl FromRequestParts<App> for Pulls {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Error> {
        let Some((name, token)) = of_job(&parts.headers) else {
            let user = Authorized::<Pull>::from_request_parts(parts, app).await?;
            return Ok(Self(Puller::User(user.actor)));
        };
        let waiting = wait_for_control(&parts.extensions);
        let job = sign_in_job(app, &name, &token, source(parts)).await?;
        vouch(&parts.extensions);
        drop(waiting);
        params::check(parts)?;
        Ok(Self(Puller::Job(job)))
    }
}

/// The credentials of a request, if they are those of a job.
pub(crate) fn of_job(headers: &HeaderMap) -> Option<(String, Secret)> {
    credentials(headers).filter(|(name, _)| is_of_job(name))
}

async fn authenticate(app: &App, headers: &HeaderMap, source: IpAddr) -> Result<Actor, Error> {
    if let Some(token) = bearer(headers) {
        let token = ApiToken::parse(token);
        return Ok(sign_in_by_token(app, token.as_ref(), None, source).await?);
    }
    // A job is not looked for among the users: that would cost the work of a wrong password, and
    // count as one for all hosts behind the same address.
    let credentials = credentials(headers).filter(|(name, _)| !is_of_job(name));
    let (name, password) = credentials.ok_or(domain::Error::Unauthenticated)?;
    // Programs that know only names and passwords, such as art, send a token in place of one.
    if let Some(token) = ApiToken::parse(password.expose()) {
        return Ok(sign_in_by_token(app, Some(&token), Some(&name), source).await?);
    }
    Ok(sign_in(app, &name, password, source).await?)
}

/// Whether a request presents an API token, by itself or in place of a password.
pub(crate) fn presents_api_token(headers: &HeaderMap) -> bool {
    let in_place = |(_, password): (String, Secret)| ApiToken::parse(password.expose()).is_some();
    bearer(headers).is_some() || credentials(headers).is_some_and(in_place)
}

/// What a request presents as a token (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = authorization(headers)?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim())
}

fn credentials(headers: &HeaderMap) -> Option<(String, Secret)> {
    let (scheme, encoded) = authorization(headers)?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(from_base64(encoded.trim())?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), Secret::new(password)))
}

/// Answers requests for unknown addresses. Strangers do not learn which addresses exist.
pub(crate) async fn unknown_route(State(app): State<App>, request: Request<Body>) -> Response {
    reveal(app, request, Error::NoRoute).await
}

/// Answers requests with unknown methods. Strangers do not learn which methods exist.
pub(crate) async fn unknown_method(State(app): State<App>, request: Request<Body>) -> Response {
    reveal(app, request, Error::NoMethod).await
}

async fn reveal(app: App, request: Request<Body>, error: Error) -> Response {
    if authorization(request.headers()).is_some_and(is_token) {
        return match AgentRequest::from_request(request, &app).await {
            Ok(request) => request
                .answer(&app, async { Err(error) })
                .await
                .into_response(),
            Err(refusal) => refusal,
        };
    }
    let (parts, _) = request.into_parts();
    match authenticate(&app, &parts.headers, source(&parts)).await {
        Ok(_) => error.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    fn read(value: &str) -> Option<(String, String)> {
        read_all(&[value])
    }

    fn read_all(values: &[&str]) -> Option<(String, String)> {
        let header = |value: &&str| (header::AUTHORIZATION, value.parse().unwrap());
        let headers = HeaderMap::from_iter(values.iter().map(header));
        credentials(&headers).map(|(name, password)| (name, password.expose().to_owned()))
    }

    #[test]
    fn a_password_may_have_colons() {
        let value = format!("basic {}", wire::encoding::base64(b"ada:a:b"));
        assert_eq!(read(&value), Some(("ada".into(), "a:b".into())));
    }

    #[test]
    fn two_credentials_are_refused() {
        assert!(read("Basic YTpi").is_some());
        assert_eq!(read_all(&["Basic YTpi", "Basic YTpi"]), None);
        assert_eq!(read_all(&["Basic YTpi", "Pilot v1.x"]), None);
    }

    #[test]
    fn malformed_credentials_are_refused() {
        for value in ["", "Basic", "Basic ???", "Bearer YTpi", "Basic YWRh"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
