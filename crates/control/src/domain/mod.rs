//! What Pilot Control decides, without I/O. The files that still do some are listed as exceptions in
//! `crates/xtask/src/lint/layers.rs` (decision 62).

pub(crate) mod api_token;
pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod condition;
pub(crate) mod contact;
pub(crate) mod cursor;
pub(crate) mod declared;
pub(crate) mod definition;
mod endorsed;
pub(crate) mod enrolment;
pub(crate) mod error;
pub(crate) mod excerpt;
pub(crate) mod expiry;
pub(crate) mod host;
pub(crate) mod incident;
pub(crate) mod inputs;
pub(crate) mod job;
pub(crate) mod keyed_request;
pub(crate) mod keys;
pub(crate) mod label;
pub(crate) mod mac;
pub(crate) mod naming;
pub(crate) mod own_names;
pub(crate) mod pace;
pub(crate) mod package;
pub(crate) mod precondition;
pub(crate) mod pull_token;
pub(crate) mod push;
pub(crate) mod repeats;
pub(crate) mod retention;
pub(crate) mod rights;
pub(crate) mod root;
pub(crate) mod scarce;
pub(crate) mod scope;
pub(crate) mod selector;
pub(crate) mod session;
pub(crate) mod throttle;
pub(crate) mod unavailable;
pub(crate) mod user;
pub(crate) mod verdict;
pub(crate) mod waiting;

pub(crate) use error::Error;
