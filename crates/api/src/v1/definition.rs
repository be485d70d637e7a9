//! The schema of a command's definition: much of it is made of types that agents share.

use crate::bounds::MOST_NOTES;
use crate::commands::Definition;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use wire::command::Limits;
use wire::limits::{MOST_INPUTS, MOST_NAME, MOST_PACKAGE_NAME, MOST_VARIABLE};

impl JsonSchema for Definition {
    fn schema_name() -> Cow<'static, str> {
        "Definition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A command: a function of a package, with its inputs and limits.",
            "additionalProperties": false,
            "required": ["key", "package", "function"],
            "properties": {
                "key": segment("Its name."),
                "description": text("What it is for.", MOST_NOTES),
                "package": {
                    "type": "string", "description": "`domain/group/name:tag`.",
                    "maxLength": MOST_PACKAGE_NAME, "example": "registry.example.com/ops/hello:latest",
                },
                "function": segment("An exported function of the package."),
                "input": {
                    "type": "object", "description": "Variables and secrets.",
                    "additionalProperties": false,
                    "properties": {
                        "var": { "type": "array", "maxItems": MOST_INPUTS, "items": variable() },
                        "secret": { "type": "array", "maxItems": MOST_INPUTS, "items": secret() },
                    },
                },
                "user": text("User name for the package registry; empty for control's own.", MOST_VARIABLE),
                "pwd": text("Password for the package registry; shown as `***`.", MOST_VARIABLE),
                "verbose": flag("Whether the runner logs more."),
                "containerised": { "type": "boolean", "const": false, "description": "Not supported." },
                "timeout": { "type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "Time limit, in seconds." },
                "max_output": { "type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "How many bytes of output the host keeps." },
                "detach": flag("Whether processes may outlive the job."),
                "limits": limits(),
                "keep": flag("Whether the working folder is kept on the host."),
            },
        })
    }
}

fn segment(description: &str) -> Value {
    json!({
        "type": "string", "description": description,
        "pattern": super::schema::SEGMENT, "maxLength": super::schema::MOST_SEGMENT, "example": "hello",
    })
}

fn text(description: &str, most: usize) -> Value {
    json!({ "type": "string", "description": description, "maxLength": most })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

fn named(more: Value) -> Value {
    let mut input = json!({
        "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": {
            "name": {
                "type": "string", "description": "Name of the environment variable.",
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": MOST_NAME, "example": "NAME",
            },
            "description": text("What it is for.", MOST_NOTES),
            "required": flag("Whether the function cannot run without it."),
            "value": text("The value.", MOST_VARIABLE),
        },
    });
    if let (Some(members), Value::Object(more)) = (input["properties"].as_object_mut(), more) {
        members.extend(more);
    }
    input
}

fn variable() -> Value {
    named(json!({
        "type": text("`string`, `path`, `uri`, …: a hint for people.", MOST_NAME),
        "default": text("The value if none is given.", MOST_VARIABLE),
    }))
}

fn secret() -> Value {
    named(json!({}))
}

fn limits() -> Value {
    let members = Limits::RANGES.iter().map(|(name, range)| {
        let limit = json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() });
        ((*name).to_owned(), limit)
    });
    let members: serde_json::Map<String, Value> = members.collect();
    json!({
        "type": "object", "description": "Resource limits of the function.",
        "additionalProperties": false, "properties": members,
    })
}
