//! Requests of operators: HTTP basic authentication (RFC 7617) and roles.

use super::App;
use super::agent::{AgentRequest, is_token};
use super::error::Error;
use super::head::{authorization, source, vouch};
use super::params;
use crate::domain::operator::{Account, Permission};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, State};
use axum::http::{HeaderMap, Request, request};
use axum::response::{IntoResponse, Response};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use wire::command::Secret;
use wire::encoding::from_base64;
use wire::printable;

/// How many characters of what a client wrote stand in a line of the log.
const LONGEST_IN_LOG: usize = 100;

/// An operator who may do what `P` says.
pub(crate) struct Operator<P> {
    /// The operator's name.
    pub(crate) name: String,
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

needs! { ManageUsers Operate Read Push Pull }

impl<P: Needs> FromRequestParts<App> for Operator<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, app: &App) -> Result<Self, Error> {
        let account = authenticate(app, &parts.headers, source(parts)).await?;
        vouch(&parts.extensions);
        if account.role.allows(P::PERMISSION) {
            params::check(parts)?;
            return Ok(Self {
                name: account.name,
                permission: PhantomData,
            });
        }
        tracing::warn!(
            user = account.name,
            role = %account.role,
            method = %parts.method,
            path = %printable::cut(parts.uri.path(), LONGEST_IN_LOG),
            source = %source(parts),
            "refused what a user's role does not allow"
        );
        Err(Error::Forbidden(format!(
            "user {} has the role {}, which does not allow this",
            account.name, account.role
        )))
    }
}

async fn authenticate(app: &App, headers: &HeaderMap, source: IpAddr) -> Result<Account, Error> {
    let (name, password) = credentials(headers).ok_or(Error::Unauthenticated)?;
    let account = app.store().account(&name).await?;
    if let Some(account) = &account
        && app.passwords.remembers(&account.password, &password)
    {
        return Ok(account.clone());
    }
    let attempt = app.throttles.passwords.begin(source, &name, Instant::now());
    let attempt = attempt.map_err(Error::Throttled)?;
    let hash = account.as_ref().map(|account| account.password.clone());
    let verified = Arc::clone(&app.passwords).verify(hash, password).await;
    match (verified, account) {
        (Ok(true), Some(account)) => {
            attempt.give_back();
            Ok(account)
        }
        (Ok(_), _) => {
            let user = printable::cut(&name, LONGEST_IN_LOG);
            tracing::warn!(user, %source, "refused a user's name or password");
            Err(Error::Unauthenticated)
        }
        (Err(error), _) => {
            attempt.give_back();
            Err(error.into())
        }
    }
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

/// Only users and hosts learn which addresses exist.
pub(crate) async fn unknown_route(State(app): State<App>, request: Request<Body>) -> Response {
    reveal(app, request, Error::NoRoute).await
}

/// Only users and hosts learn which methods an address has.
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
    fn two_credentials_name_nobody() {
        assert!(read("Basic YTpi").is_some());
        assert_eq!(read_all(&["Basic YTpi", "Basic YTpi"]), None);
        assert_eq!(read_all(&["Basic YTpi", "Pilot v1.x"]), None);
    }

    #[test]
    fn what_is_malformed_names_nobody() {
        for value in ["", "Basic", "Basic ???", "Bearer YTpi", "Basic YWRh"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
