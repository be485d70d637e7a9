//! The HTTP API of Pilot Control, with a folder per audience. A handler reads the request, calls one
//! function of [`crate::service`] and answers. An argument of each handler says who may call it;
//! [`routes`] makes sure that there is one.

mod agent;
mod authorized;
mod body;
mod classic;
pub(crate) mod connections;
mod denied;
mod error;
mod guard;
mod head;
mod idempotency;
mod json;
mod linger;
mod list;
mod params;
pub(crate) mod probes;
mod refusals;
mod registry;
mod routes;
pub(crate) mod serve;
mod shortage;

pub(crate) use crate::service::Service as App;
use axum::{Router, middleware};
use routes::Routes;

/// All routes.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(probes::router())
        .merge(agent::router())
        .merge(classic::router())
        .merge(registry::router())
}

/// Answers every request.
pub(crate) fn router(app: App) -> Router {
    routes()
        .into_router()
        .fallback(authorized::unknown_route)
        .method_not_allowed_fallback(authorized::unknown_method)
        .layer(middleware::from_fn_with_state(app.clone(), denied::count))
        .layer(middleware::from_fn(guard::panics))
        .layer(middleware::from_fn_with_state(app.clone(), probes::count))
        .with_state(app)
}
