//! What users ask of control, in the shapes of existing services (`docs/protocol.md`). Each module
//! owns the routes of its subject.

mod admission;
mod audit;
mod batch;
mod cmd;
mod enrolment;
mod host;
mod job;
mod key_list;
mod label;
mod naming;
mod public;
mod token;
mod user;

use super::routes::Routes;

/// All of these routes.
pub(super) fn router() -> Routes {
    Routes::default()
        .merge(public::router())
        .merge(cmd::router())
        .merge(job::router())
        .merge(batch::router())
        .merge(host::router())
        .merge(label::router())
        .merge(naming::router())
        .merge(admission::router())
        .merge(enrolment::router())
        .merge(user::router())
        .merge(token::router())
        .merge(audit::router())
        .merge(key_list::router())
}
