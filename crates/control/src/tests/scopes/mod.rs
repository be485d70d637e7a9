//! Scopes: users and tokens that may see and change only some hosts, and attacks of theirs.

mod attacks;
mod fleet;
mod hosts;
mod routes;
mod users;
