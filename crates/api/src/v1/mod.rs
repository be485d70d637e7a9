//! `/v1`: what programs ask of control, and what it answers (`docs/api.md`).
//!
//! The schemas of these types, and the document of all operations, are behind the feature `schema`.

mod audit;
mod batches;
mod changes;
#[cfg(feature = "schema")]
mod definition;
#[cfg(feature = "schema")]
pub mod document;
mod filter;
mod hosts;
mod jobs;
mod packages;
mod page;
mod problem;
#[cfg(feature = "schema")]
mod schema;
mod tokens;
mod users;

pub use audit::AuditQuery;
pub use batches::{Batch, BatchDetail, BatchQuery};
pub use changes::{
    Admission, CreatedBatch, LONGEST_INVITATION, LONGEST_KEY, LabelChange, MOST_HOSTS, MOST_USES,
    NewBatch, NewInvitation, NewName,
};
pub use filter::{Filter, PlaceQuery};
pub use hosts::{Host, HostQuery, Place, State};
pub use jobs::{Job, JobDetail, JobOutput, JobQuery, OutputQuery, Progress, Request, Result};
pub use packages::{Package, Repository, Tag};
pub use page::{LONGEST_CURSOR, MOST_ENTRIES, Page, USUAL_ENTRIES};
pub use problem::Problem;
pub use tokens::TokenQuery;
pub use users::USER_NAME;

/// The beginning of the address of every call.
pub const ROOT: &str = "/v1";

/// The media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";
