//! The members that bodies of users' requests may have: those that control reads, and those
//! that existing clients send. A test compares them with the types.

use super::json::Body;
use crate::domain::batch::BatchRequest;
use crate::domain::definition::Definition;
use crate::domain::enrolment::InvitationRequest;
use wire::key_list::SignedKeyList;
use wire::known::Known;
use wire::known::Member::{Any, Of};

const VAR: Known = Known(&[
    ("name", Any),
    ("description", Any),
    ("required", Any),
    ("type", Any),
    ("value", Any),
    ("default", Any),
]);

const SECRET: Known = Known(&[
    ("name", Any),
    ("description", Any),
    ("required", Any),
    ("value", Any),
]);

const INPUT: Known = Known(&[("var", Of(&VAR)), ("secret", Of(&SECRET)), ("file", Any)]);

const LIMITS: Known = Known(&[
    ("memory", Any),
    ("file_size", Any),
    ("descriptors", Any),
    ("processes", Any),
    ("cpu", Any),
]);

impl Body for Definition {
    const KNOWN: &Known = &Known(&[
        ("key", Any),
        ("description", Any),
        ("package", Any),
        ("function", Any),
        ("input", Of(&INPUT)),
        ("user", Any),
        ("pwd", Any),
        ("verbose", Any),
        ("containerised", Any),
        ("timeout", Any),
        ("max_output", Any),
        ("detach", Any),
        ("limits", Of(&LIMITS)),
        ("keep", Any),
    ]);
}

impl Body for BatchRequest {
    const KNOWN: &Known = &Known(&[
        ("name", Any),
        ("notes", Any),
        ("label", Any),
        ("host_uuid", Any),
        ("fx_key", Any),
        ("fx_version", Any),
    ]);
}

impl Body for InvitationRequest {
    const KNOWN: &Known = &Known(&[
        ("uses", Any),
        ("expires", Any),
        ("org_group", Any),
        ("org", Any),
        ("area", Any),
        ("location", Any),
        ("label", Any),
    ]);
}

impl Body for SignedKeyList {
    const KNOWN: &Known = &Known(&[("list", Any), ("signature", Any)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::json::read_body;
    use serde_json::json;
    use wire::command::{Input, Limits, Secret, SecretInput, VarInput};

    fn full_definition() -> Definition {
        let text = || Some("x".to_owned());
        Definition {
            key: "k".into(),
            input: Some(Input {
                var: vec![VarInput {
                    value: text(),
                    default: text(),
                    ..VarInput::default()
                }],
                secret: vec![SecretInput {
                    value: Some(Secret::new("x")),
                    ..SecretInput::default()
                }],
                file: vec![json!({ "Name": "n", "Description": "", "Path": "p", "Content": "" })],
            }),
            timeout: Some(1),
            max_output: Some(1),
            limits: Limits {
                memory: Some(1),
                file_size: Some(1),
                descriptors: Some(1),
                processes: Some(1),
                cpu: Some(1),
            },
            keep: true,
            ..Definition::default()
        }
    }

    #[test]
    fn every_member_that_is_shown_can_be_sent_back() {
        let json = serde_json::to_vec(&full_definition()).unwrap();
        assert_eq!(read_body::<Definition>(&json).unwrap(), full_definition());
        let with_bom = [b"\xEF\xBB\xBF", &json[..]].concat();
        assert!(read_body::<Definition>(&with_bom).is_ok());
    }

    #[test]
    fn a_misspelt_member_is_named_with_a_suggestion_and_without_its_value() {
        for (json, expected) in [
            (json!({ "tiemout": "hunter2" }), "did you mean timeout?"),
            (
                json!({ "input": { "var": [{ "valu": "hunter2" }] } }),
                "did you mean value?",
            ),
            (
                json!({ "input": { "secrets": "hunter2" } }),
                "did you mean secret?",
            ),
            (json!({ "limits": { "memroy": 1 } }), "did you mean memory?"),
        ] {
            let error = read_body::<Definition>(json.to_string().as_bytes()).unwrap_err();
            let text = format!("{error:?}");
            assert!(
                text.contains(expected) && !text.contains("hunter2"),
                "{text}"
            );
        }
    }
}
