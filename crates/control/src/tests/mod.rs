//! The service as its clients see it: its router, on a store in a temporary
//! folder, with agents and operators that speak to it.

mod agents;
mod archives;
mod bounds;
mod client;
mod commands;
mod disabled;
mod enrolment;
mod holds;
mod key_lists;
mod lists;
mod pings;
mod progress;
mod registry;
mod repeats;
mod restored;
mod rotation;
mod routes;
mod service;
mod sizes;
mod slips;
mod tokens;
mod unavailable;
mod waiting;
