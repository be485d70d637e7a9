//! Schemas of types that other crates define, and of ids and times.

use super::USER_NAME;
use crate::users::Role;
use crate::{BatchId, JobId, JobNumber, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use wire::limits::MOST_KEY_LIST;

/// A UUID: the id of a host.
pub(super) struct Uuid;

/// The id of a job or batch in an address.
pub(super) struct IdText;

/// A time that a client writes: RFC 3339, with any offset.
pub(super) struct AnyTime;

/// The key of a command.
pub(super) struct CommandKey;

/// A segment of a package's name.
pub(super) struct Segment;

/// The group of a repository: one segment or several.
pub(super) struct RepositoryGroup;

/// What a segment of a package's name matches: no two dots beside each other.
pub(super) const SEGMENT: &str = r"^[A-Za-z0-9](\.?[A-Za-z0-9_-])*\.?$";

/// The longest segment.
pub(super) const MOST_SEGMENT: usize = 128;

/// The name of a user, or of a token.
pub(super) struct UserName;

/// A key list with its signature.
pub(super) struct SignedList;

macro_rules! schemas {
    ($($type:ty, $name:literal => $schema:tt;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

schemas! {
    // One spelling: lower case, with hyphens.
    Uuid, "Uuid" => {
        "type": "string", "format": "uuid",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "example": "3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728",
    };
    IdText, "IdText" => { "type": "string", "pattern": "^[0-9]{1,19}$", "example": "3689348814741910323" };
    CommandKey, "CommandKey" => {
        "type": "string", "pattern": SEGMENT, "maxLength": MOST_SEGMENT, "example": "deploy",
    };
    Segment, "Segment" => {
        "type": "string", "pattern": SEGMENT, "maxLength": MOST_SEGMENT, "example": "hello",
    };
    RepositoryGroup, "RepositoryGroup" => {
        "type": "string", "maxLength": 128, "example": "ops",
        "pattern": "^[A-Za-z0-9](\\.?[A-Za-z0-9_-])*\\.?(/[A-Za-z0-9](\\.?[A-Za-z0-9_-])*\\.?)*$",
    };
    JobId, "JobId" => { "type": "string", "pattern": "^[0-9]{1,19}$", "example": "3689348814741910323" };
    BatchId, "BatchId" => { "type": "string", "pattern": "^[0-9]{1,19}$", "example": "3689348814741910322" };
    JobNumber, "JobNumber" => { "type": "string", "pattern": "^[0-9]{1,19}$", "example": "3689348814741910323" };
    AnyTime, "AnyTime" => { "type": "string", "format": "date-time", "example": "2026-11-30T15:00:00Z" };
    UserName, "UserName" => { "type": "string", "pattern": USER_NAME, "example": "ada" };
    SignedList, "SignedList" => {
        "type": "object", "required": ["list", "signature"], "additionalProperties": false,
        "properties": {
            "list": {
                "type": "string", "description": "The bytes of the list, in base64.",
                "pattern": "^([A-Za-z0-9+/]{4})+$", "maxLength": MOST_KEY_LIST,
            },
            "signature": {
                "type": "string", "description": "The root key's signature over them, armored.", "maxLength": 4096,
            },
        },
    };
    // UTC, whole seconds: what control prints, it reads.
    Time, "Time" => {
        "type": "string", "format": "date-time", "example": "2026-11-30T15:00:00Z",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    };
}

impl JsonSchema for Role {
    fn schema_name() -> Cow<'static, str> {
        "Role".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["admin", "operator", "publisher", "reader"] })
    }
}
