//! The OpenAPI 3.1 document of `/v1`, made from the types of this crate. A test of control compares
//! it with the routes, and with the file that is served.

mod components;
mod operation;
mod operations;

pub use operation::Operation;

use components::components;
use operations::operations;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// What control answers to `GET /v1/openapi.json`.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in operations(&mut schemas) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = operation.method;
        path[method] = operation.description();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pilot Control",
            "version": "1",
            "summary": "Runs signed jobs on hosts that nothing can connect to.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "basic": [] }, { "bearer": [] }],
        "paths": paths,
        "components": components(schemas.answers),
    })
}

/// The document as the file has it.
pub fn text() -> String {
    format!("{:#}\n", document())
}

const ABOUT: &str = "Every call needs a user's name and password, or an API token. \
Ids of jobs and batches are strings of digits, times are RFC 3339 in UTC. Errors are problems as in RFC 9457. \
Lists are read page by page: `next` is the `cursor` of the next page. \
Unknown parameters and members are refused. docs/api.md explains more.";

/// Makes the schemas of types.
pub(crate) struct Schemas {
    /// Of what control answers; they are shared by name.
    answers: SchemaGenerator,
    /// Of what clients send.
    requests: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let answers = SchemaSettings::draft2020_12()
            .for_serialize()
            .with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            });
        let requests = SchemaSettings::draft2020_12()
            .for_deserialize()
            .with(|settings| {
                settings.inline_subschemas = true;
                settings.meta_schema = None;
            });
        Self {
            answers: answers.into_generator(),
            requests: requests.into_generator(),
        }
    }
}
