//! What operations share: schemas, answers to what fails, ways to sign in.

use crate::v1::{PROBLEM_JSON, Problem};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

/// The statuses of failures, and what each means.
const FAILURES: [(u16, &str); 14] = [
    (
        400,
        "The request is malformed: an unknown or invalid parameter, or a body that cannot be read.",
    ),
    (401, "The credentials are missing or wrong."),
    (403, "The user's role, or the token, does not allow this."),
    (404, "There is nothing with this id or name."),
    (408, "The request took too long to arrive."),
    (409, "The request contradicts the present state."),
    (412, "It has changed since the client read it."),
    (413, "The body is too large."),
    (415, "The body is not of the type application/json."),
    (422, "The request is well-formed and cannot be carried out."),
    (
        429,
        "Too many failures from this address, or too many changes of the own account.",
    ),
    (500, "Control failed; its log says more."),
    (503, "Control cannot do this at the moment."),
    (410, "It existed, and is damaged or gone."),
];

/// All of them.
pub(super) fn components(mut schemas: SchemaGenerator) -> Value {
    let problem = schemas.subschema_for::<Problem>();
    let failures = FAILURES.iter().map(|(status, description)| {
        let mut answer = json!({
            "description": description,
            "content": { PROBLEM_JSON: { "schema": problem } },
        });
        if let Some(headers) = headers(*status) {
            answer["headers"] = headers;
        }
        (status.to_string(), answer)
    });
    let failures: Map<String, Value> = failures.collect();
    json!({
        "schemas": schemas.take_definitions(true),
        "responses": failures,
        "securitySchemes": {
            "basic": {
                "type": "http", "scheme": "basic",
                "description": "A user's name and password; an API token may stand in place of the password.",
            },
            "bearer": { "type": "http", "scheme": "bearer", "description": "An API token (`hp_…`)." },
        },
    })
}

fn headers(status: u16) -> Option<Value> {
    match status {
        401 => Some(json!({ "WWW-Authenticate": {
            "description": "How to sign in.", "required": true, "schema": { "type": "string" },
        } })),
        429 | 503 => Some(json!({ "Retry-After": {
            "description": "After how many seconds a repetition may succeed.", "required": true,
            "schema": { "type": "integer", "minimum": 1 },
        } })),
        _ => None,
    }
}
