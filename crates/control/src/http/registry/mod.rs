//! The package registry: `/repository` and `/package`.

mod archives;
mod pull;
mod push;

use super::App;
use axum::Router;

/// All routes of the registry.
pub(crate) fn router() -> Router<App> {
    Router::new().merge(pull::router()).merge(push::router())
}
