//! The answer to a request that failed.

use serde::{Deserialize, Serialize};

/// The body of every answer whose status is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    /// What went wrong and what to do about it, for people.
    pub error: String,
    /// Why control cannot work at the moment, for programs: `full`, `read-only`, `locked`,
    /// `failing`, `descriptors`, `busy` or `away`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_reason_is_there_only_if_there_is_one() {
        let mut body = ErrorBody {
            error: "no".into(),
            reason: None,
        };
        assert_eq!(json!(body), json!({ "error": "no" }));
        body.reason = Some("full".into());
        assert_eq!(json!(body), json!({ "error": "no", "reason": "full" }));
    }
}
