//! The HTTP API of Pilot Control, with a folder per audience. A handler reads the request, calls one
//! function of [`crate::service`] and answers. An argument of each handler says who may call it;
//! [`routes`] makes sure that there is one.

mod agent;
pub(crate) mod answers;
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
mod problem;
mod refusals;
mod registry;
mod routes;
pub(crate) mod serve;
mod shapes;
mod shortage;
mod v1;

pub(crate) use crate::service::Service as App;
use axum::Router;
use routes::Routes;

/// All routes.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(probes::router())
        .merge(agent::router())
        .merge(classic::router())
        .merge(registry::router())
        .merge(v1::router())
}

/// All routes, and what is answered where there is none.
fn router(app: App) -> Router {
    routes()
        .into_router()
        .fallback(authorized::unknown_route)
        .method_not_allowed_fallback(authorized::unknown_method)
        .with_state(app)
}
