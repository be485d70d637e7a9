//! Commands as operators define them: a function of a package and its inputs.

use super::Error;
use super::batch::MOST_NOTES;
use serde::{Deserialize, Serialize};
use wire::bounded::{self, Bounded, TooLong};
use wire::command::{Command, Input, Limits, Secret, SecretInput};
use wire::limits::MOST_NAME;

/// What answers have in place of a secret.
const MASK: &str = "***";

/// The body of `PUT /cmd`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) key: String,
    /// What it is for.
    #[serde(default)]
    pub(crate) description: String,
    /// `domain/group/name:tag`.
    pub(crate) package: String,
    /// An exported function of the package.
    pub(crate) function: String,
    /// Variables and secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Input>,
    /// User name for the package registry.
    #[serde(default)]
    pub(crate) user: String,
    /// Password for the package registry.
    #[serde(default)]
    pub(crate) pwd: Secret,
    /// Whether the runner logs more.
    #[serde(default)]
    pub(crate) verbose: bool,
    /// Whether to run in a container; not supported.
    #[serde(default)]
    pub(crate) containerised: bool,
    /// Time limit, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u32>,
    /// How many bytes of output the host keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_output: Option<u32>,
    /// Whether processes may outlive the job.
    #[serde(default)]
    pub(crate) detach: bool,
    /// Resource limits of the function.
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub(crate) limits: Limits,
    /// Whether the working folder is kept on the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) keep: bool,
}

/// The rest is checked as a whole, as the command that hosts get.
impl Bounded for Definition {
    fn check(&self) -> Result<(), TooLong> {
        bounded::text("key", &self.key, MOST_NAME)?;
        bounded::text("description", &self.description, MOST_NOTES)
    }
}

impl Definition {
    /// The definition with its secrets masked.
    pub(crate) fn masked(mut self) -> Self {
        mask(&mut self.pwd);
        mask_input(self.input.as_mut());
        self
    }

    /// Replaces masks by the stored secrets: a client may send back what it was shown. A stored
    /// secret is only reused for a package of the same registry, since another registry could
    /// belong to an attacker.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no secret is stored, or it belongs to a package of another
    /// registry.
    pub(crate) fn unmasked(mut self, stored: Option<&Self>) -> Result<Self, Error> {
        let (to, from) = (self.registry().to_owned(), stored.map(Self::registry));
        let kept = |name: &str, old: Option<Secret>| match (old, from) {
            (Some(_), Some(from)) if !from.eq_ignore_ascii_case(&to) => {
                Err(given_elsewhere(name, from, &to))
            }
            (Some(old), Some(_)) => Ok(old),
            _ => Err(nothing_stored(name)),
        };
        if is_mask(&self.pwd) {
            self.pwd = kept("pwd", stored.map(|old| old.pwd.clone()))?;
        }
        for secret in self.input.iter_mut().flat_map(|input| &mut input.secret) {
            if secret.value.as_ref().is_some_and(is_mask) {
                let old = stored.and_then(|old| old.secret(&secret.name));
                secret.value = Some(kept(&secret.name, old)?);
            }
        }
        Ok(self)
    }

    /// The registry of its package: host name and port.
    fn registry(&self) -> &str {
        let end = self.package.find('/').unwrap_or(self.package.len());
        &self.package[..end]
    }

    /// The command that hosts get; `digest` is that of the package.
    pub(crate) fn command(self, digest: String) -> Command {
        Command {
            job_id: 0,
            package: self.package,
            function: self.function,
            user: self.user,
            pwd: self.pwd,
            verbose: self.verbose,
            containerised: self.containerised,
            input: self.input,
            digest: Some(digest),
            timeout: self.timeout,
            max_output: self.max_output,
            detach: self.detach,
            limits: self.limits,
            keep: self.keep,
        }
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        let secrets = &self.input.as_ref()?.secret;
        secrets
            .iter()
            .find(|secret| secret.name == name)?
            .value
            .clone()
    }
}

/// The command with its secrets masked.
pub(crate) fn masked_command(mut command: Command) -> Command {
    mask(&mut command.pwd);
    mask_input(command.input.as_mut());
    command
}

fn mask_input(input: Option<&mut Input>) {
    let secrets = input.into_iter().flat_map(|input| &mut input.secret);
    secrets
        .filter_map(|SecretInput { value, .. }| value.as_mut())
        .for_each(mask);
}

fn mask(secret: &mut Secret) {
    if !secret.is_empty() {
        *secret = Secret::new(MASK);
    }
}

fn is_mask(secret: &Secret) -> bool {
    secret.expose() == MASK
}

fn nothing_stored(name: &str) -> Error {
    Error::Invalid(format!(
        "{name} is given as {MASK}, which keeps the stored value, but none is stored: send the value itself"
    ))
}

fn given_elsewhere(name: &str, from: &str, to: &str) -> Error {
    Error::Invalid(format!(
        "{name} was given for a package of {from}, and would go to one of {to}: send the value itself"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(pwd: &str, token: &str) -> Definition {
        Definition {
            key: "k".into(),
            package: "r.example:8443/ops/hello:1".into(),
            pwd: Secret::new(pwd),
            input: Some(Input {
                secret: vec![SecretInput {
                    name: "TOKEN".into(),
                    value: Some(Secret::new(token)),
                    ..SecretInput::default()
                }],
                ..Input::default()
            }),
            ..Definition::default()
        }
    }

    #[test]
    fn secrets_are_masked() {
        let shown = serde_json::to_string(&definition("hunter2", "s3cret").masked()).unwrap();
        assert!(!shown.contains("hunter2") && !shown.contains("s3cret"));
        assert!(shown.contains(MASK));
    }

    #[test]
    fn a_mask_keeps_the_stored_secret_and_a_value_replaces_it() {
        let stored = definition("hunter2", "s3cret");
        let kept = stored.clone().masked().unmasked(Some(&stored)).unwrap();
        assert_eq!(kept, stored);
        let changed = definition("new", MASK).unmasked(Some(&stored)).unwrap();
        assert_eq!(changed, definition("new", "s3cret"));
    }

    #[test]
    fn abuse_a_stored_secret_is_reused_for_another_registry() {
        let stored = definition("hunter2", "s3cret");
        let moved = |package: &str, pwd: &str, token: &str| {
            let mut moved = definition(pwd, token);
            moved.package = package.into();
            moved.unmasked(Some(&stored))
        };
        for package in [
            "evil.example/ops/hello:1",
            "r.example/ops/hello:1",
            "r.example:8444/ops/hello:1",
            "r.example:8443.evil.example/ops/hello:1",
        ] {
            let refusal = moved(package, MASK, "new").unwrap_err().to_string();
            assert!(refusal.contains("pwd was given for") && !refusal.contains("hunter2"));
            let refusal = moved(package, "new", MASK).unwrap_err().to_string();
            assert!(refusal.contains("TOKEN was given for"), "{refusal}");
            assert!(moved(package, "new", "new").is_ok());
        }
        let other_tag = moved("R.example:8443/ops/other:2", MASK, MASK).unwrap();
        assert_eq!(other_tag.pwd.expose(), "hunter2");
    }

    #[test]
    fn a_mask_without_a_stored_value_is_refused() {
        assert!(matches!(
            definition(MASK, "x").unmasked(None),
            Err(Error::Invalid(_))
        ));
        let other = Definition::default();
        assert!(definition("x", MASK).unmasked(Some(&other)).is_err());
    }
}
