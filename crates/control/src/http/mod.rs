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
mod members;
mod params;
mod ping;
mod public;
mod register;
mod registry;
mod rotation;
mod routes;
pub(crate) mod serve;
mod shortage;
mod user;

use crate::domain::delivery::Delivery;
use crate::domain::ids::Ids;
use crate::domain::jobs::Jobs;
use crate::domain::package::PushPolicy;
use crate::domain::passwords::Passwords;
use crate::domain::root::Root;
use crate::domain::throttle::Throttles;
use crate::domain::token::Tokens;
use crate::store::Store;
use axum::{Router, middleware};
pub(crate) use registry::Checked;
use routes::Routes;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// The parts of the service, shared by all handlers.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The parts of the service.
pub(crate) struct Parts {
    /// Answers pings; holds the store and the job key.
    pub(crate) delivery: Arc<Delivery>,
    /// Generates ids of batches and jobs.
    pub(crate) ids: Ids,
    /// Verifies agents' tokens.
    pub(crate) tokens: Tokens,
    /// Verifies users' passwords.
    pub(crate) passwords: Arc<Passwords>,
    /// Slows down sources that keep failing to authenticate.
    pub(crate) throttles: Throttles,
    /// SHA-256 of the CA that codes pin, if it is a private one; it may be renewed.
    pub(crate) ca_pin: watch::Receiver<Option<[u8; 32]>>,
    /// The address by which hosts reach the service, if it is configured.
    pub(crate) url: watch::Receiver<Option<String>>,
    /// The rules for pushes.
    pub(crate) push: PushPolicy,
    /// The folder of archives.
    pub(crate) packages: PathBuf,
    /// Which archives were verified.
    pub(crate) checked: Checked,
}

impl App {
    /// Shares the parts.
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The root key and its key list, if there is a root key.
    fn root(&self) -> Option<&Root> {
        self.delivery.root.as_deref()
    }

    fn store(&self) -> &Store {
        &self.delivery.store
    }

    fn jobs(&self) -> Jobs<'_> {
        Jobs {
            store: self.store(),
            ids: &self.ids,
            presence: &self.delivery.presence,
        }
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// All routes.
pub(crate) fn routes() -> Routes {
    Routes::default()
        .merge(public::router())
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
        .with_state(app)
}
