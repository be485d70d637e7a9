//! `/cmd`: commands.

use crate::bounds::MOST_NOTES;
use serde::{Deserialize, Serialize};
use wire::bounded::{self, Bounded, TooLong};
use wire::command::{Input, Limits, Secret};
use wire::known::Known;
use wire::known::Member::{Any, Of};
use wire::limits::MOST_NAME;

/// A function of a package with its inputs: the body of `PUT /cmd`, and, with its secrets masked,
/// the answer to `GET /cmd/{key}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub key: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// `domain/group/name:tag`.
    pub package: String,
    /// An exported function of the package.
    pub function: String,
    /// Variables and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// User name for the package registry.
    #[serde(default)]
    pub user: String,
    /// Password for the package registry.
    #[serde(default)]
    pub pwd: Secret,
    /// Whether the runner logs more.
    #[serde(default)]
    pub verbose: bool,
    /// Whether to run in a container; not supported.
    #[serde(default)]
    pub containerised: bool,
    /// Time limit, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// How many bytes of output the host keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u32>,
    /// Whether processes may outlive the job.
    #[serde(default)]
    pub detach: bool,
    /// Resource limits of the function.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Whether the working folder is kept on the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
}

/// The rest is checked as a whole, as the command that hosts get.
impl Bounded for Definition {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("key", &self.key, MOST_NAME)?;
        bounded::characters("description", &self.description, MOST_NOTES)
    }
}

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

impl crate::Input for Definition {
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

/// What a list of commands shows of each; control answers with whole definitions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Its name.
    pub key: String,
    /// What it is for.
    pub description: String,
    /// `domain/group/name:tag`.
    pub package: String,
    /// The function of the package.
    pub function: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input as _;
    use serde_json::json;
    use wire::command::{SecretInput, VarInput};

    fn full() -> Definition {
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
        let json = serde_json::to_vec(&full()).unwrap();
        assert_eq!(Definition::from_json(&json).unwrap(), full());
        let with_bom = [b"\xEF\xBB\xBF", &json[..]].concat();
        assert!(Definition::from_json(&with_bom).is_ok());
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
            let refused = Definition::from_json(json.to_string().as_bytes());
            let text = refused.unwrap_err().to_string();
            assert!(
                text.contains(expected) && !text.contains("hunter2"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_list_of_a_newer_service_is_read() {
        let newer = json!({ "key": "k", "limits": { "heat": 1 }, "x": 1 });
        let summary: Summary = serde_json::from_value(newer).unwrap();
        assert_eq!(summary.key, "k");
    }
}
