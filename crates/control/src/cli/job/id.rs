//! Ids of jobs and batches: 63-bit numbers, which many programs round.

use serde_json::Value;

/// Reads an id as a table has it, or in quotes, as `jq` prints it.
///
/// # Errors
/// A sentence that says where to find ids.
pub(super) fn parse<T: From<i64>>(text: &str) -> Result<T, String> {
    let digits = text.trim_matches('"');
    let id = digits.parse::<i64>().ok().filter(|id| *id > 0);
    let id = id.map(T::from);
    id.ok_or_else(|| "write the id that `pilotctl job ls` shows".into())
}

/// Turns the ids of a listed job into text, and removes its empty log.
pub(super) fn listed(job: &mut Value) {
    if let Some(members) = job.as_object_mut() {
        members.remove("log");
    }
    for member in ["id", "job_batch_id"] {
        let text = job[member].as_i64().map(|id| id.to_string());
        if let Some(text) = text {
            job[member] = text.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_may_be_in_quotes() {
        assert_eq!(
            parse("3689348814741910323"),
            Ok(3_689_348_814_741_910_323_i64)
        );
        assert_eq!(parse("\"7\""), Ok(7_i64));
        for text in ["", "web1", "0", "-7", "1.7e18", "99999999999999999999"] {
            assert!(parse::<i64>(text).unwrap_err().contains("job ls"), "{text}");
        }
    }

    #[test]
    fn ids_are_text() {
        let mut job =
            json!({ "id": 3_689_348_814_741_910_323_i64, "job_batch_id": "7", "log": "" });
        listed(&mut job);
        assert_eq!(
            job,
            json!({ "id": "3689348814741910323", "job_batch_id": "7" })
        );
    }
}
