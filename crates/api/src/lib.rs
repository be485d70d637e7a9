//! What control's HTTP API takes and answers, as types: for control, its command line, tests and
//! tools. `docs/protocol.md` describes the API.
//!
//! - What users send ([`Input`]) is read strictly: a member that its type does not know is refused,
//!   since it may be misspelt.
//! - What control answers is read tolerantly: unknown members are passed over, and missing ones have
//!   their default, so that a client works with older and newer services.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod audit;
mod bounds;
pub mod commands;
mod error;
pub mod hosts;
mod ids;
mod input;
pub mod invitations;
pub mod jobs;
pub mod key_lists;
pub mod labels;
pub mod packages;
mod place;
mod scope;
mod time;
pub mod tokens;
pub mod users;
pub mod v1;

pub use error::ErrorBody;
pub use ids::{BatchId, JobId, JobNumber, as_number};
pub use input::{Input, NotAnInput};
pub use place::Place;
pub use scope::Scope;
pub use time::Time;
pub use wire::HostId;
