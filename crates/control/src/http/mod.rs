//! The HTTP API of Pilot Control. Each module owns the routes of its subject. An argument of
//! each handler says who may call it; [`routes`] makes sure that there is one.

mod admission;
mod agent;
mod authorized;
mod batch;
mod body;
mod cmd;
pub(crate) mod connections;
mod enrol;
mod enrolment;
mod error;
mod guard;
mod head;
mod host;
mod idempotency;
mod job;
mod json;
mod key_list;
mod linger;
mod list;
mod params;
mod ping;
pub(crate) mod probes;
mod public;
mod register;
mod registry;
mod rotation;
mod routes;
pub(crate) mod serve;
mod shortage;
mod user;

pub(crate) use crate::service::Service as App;
use axum::{Router, middleware};
use routes::Routes;

/// All routes.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(public::router())
        .merge(probes::router())
        .merge(enrol::router())
        .merge(register::router())
        .merge(ping::router())
        .merge(rotation::router())
        .merge(cmd::router())
        .merge(job::router())
        .merge(batch::router())
        .merge(host::router())
        .merge(admission::router())
        .merge(enrolment::router())
        .merge(user::router())
        .merge(key_list::router())
        .merge(registry::router())
}

/// Answers every request.
pub(crate) fn router(app: App) -> Router {
    routes()
        .into_router()
        .fallback(authorized::unknown_route)
        .method_not_allowed_fallback(authorized::unknown_method)
        .layer(middleware::from_fn(guard::panics))
        .layer(middleware::from_fn_with_state(app.clone(), probes::count))
        .with_state(app)
}
