//! The package registry: `/repository` and `/package`.

mod archive;
mod part;
mod pieces;
mod pull;
mod push;

use super::routes::Routes;

/// All routes of the registry.
pub(crate) fn router() -> Routes {
    Routes::default()
        .merge(pull::router())
        .merge(push::router())
}
