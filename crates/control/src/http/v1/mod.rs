//! What programs and people ask of control, in one consistent shape (`docs/api.md`). Each module
//! owns the routes of its subject; the document of all of them is made from `api::v1`.

mod audit;
mod batches;
mod body;
mod commands;
mod document;
mod events;
mod extract;
mod hosts;
mod invitations;
mod jobs;
mod key_list;
mod packages;
mod page;
mod tokens;
mod users;

use super::routes::Routes;

/// All of these routes.
pub(super) fn router() -> Routes {
    Routes::default()
        .merge(document::router())
        .merge(hosts::router())
        .merge(invitations::router())
        .merge(commands::router())
        .merge(batches::router())
        .merge(jobs::router())
        .merge(packages::router())
        .merge(users::router())
        .merge(tokens::router())
        .merge(audit::router())
        .merge(key_list::router())
}
