//! What agents ask: to enrol, to report their facts, to ping, to replace their key.

mod enrol;
mod key;
mod ping;
mod register;
mod request;

pub(super) use request::{AgentRequest, is_token};

use super::routes::Routes;

/// All routes of agents.
pub(super) fn router() -> Routes {
    Routes::default()
        .merge(enrol::router())
        .merge(register::router())
        .merge(ping::router())
        .merge(key::router())
}
