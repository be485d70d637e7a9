//! Tests of the service: its router and a store in a temporary folder, with requests of
//! agents and users.

mod agents;
mod archives;
mod audit;
mod audited;
mod bounds;
mod client;
mod commands;
mod disabled;
mod enrolment;
mod hang_ups;
mod holds;
mod key_lists;
mod lists;
mod numbers;
mod pings;
mod probes;
mod progress;
mod pulls;
mod registry;
mod repeats;
mod restored;
mod retention;
mod roles;
mod rotation;
mod routes;
mod service;
mod sessions;
mod sign_in;
mod sizes;
mod slips;
mod storms;
mod tokens;
mod unavailable;
mod users;
mod waiting;
