//! The answer to a request that failed (RFC 9457).

use serde::{Deserialize, Serialize};

/// The beginning of every [`Problem::kind`].
const KIND: &str = "urn:pilotctl:problem:";

/// Why a request failed: the body of every answer whose status is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// What kind of problem it is, for programs: a URN that stays the same.
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            regex(pattern = r"^urn:pilotctl:problem:[a-z-]+$"),
            example = "urn:pilotctl:problem:not-found"
        )
    )]
    pub kind: String,
    /// The kind in a few words.
    #[cfg_attr(feature = "schema", schemars(example = "Not Found"))]
    pub title: String,
    /// The status of the answer.
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 400, max = 599), example = 404)
    )]
    pub status: u16,
    /// What went wrong and what to do about it, for people.
    #[cfg_attr(feature = "schema", schemars(example = "there is no job 7"))]
    pub detail: String,
    /// Why control cannot work at the moment: `full`, `read-only`, `locked`, `failing`,
    /// `descriptors`, `busy` or `away`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// After how many seconds a repetition may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// The kind with this name.
    pub fn kind(name: &str) -> String {
        format!("{KIND}{name}")
    }
}
