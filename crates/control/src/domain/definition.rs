//! Commands as operators define them: a function of a package and its inputs.

use super::Error;
pub(crate) use api::commands::Definition;
use wire::command::{Command, Input, Secret, SecretInput};

/// What answers have in place of a secret.
const MASK: &str = "***";

/// The definition with its secrets masked.
pub(crate) fn masked(mut definition: Definition) -> Definition {
    mask(&mut definition.pwd);
    mask_input(definition.input.as_mut());
    definition
}

/// Replaces masks by the stored secrets: a client may send back what it was shown. A stored
/// secret is only reused for a package of the same registry, since another registry could
/// belong to an attacker.
///
/// # Errors
/// [`Error::Invalid`] when no secret is stored, or it belongs to a package of another
/// registry.
pub(crate) fn unmasked(
    mut definition: Definition,
    stored: Option<&Definition>,
) -> Result<Definition, Error> {
    let (to, from) = (registry(&definition).to_owned(), stored.map(registry));
    let kept = |name: &str, old: Option<Secret>| match (old, from) {
        (Some(_), Some(from)) if !from.eq_ignore_ascii_case(&to) => {
            Err(given_elsewhere(name, from, &to))
        }
        (Some(old), Some(_)) => Ok(old),
        _ => Err(nothing_stored(name)),
    };
    if is_mask(&definition.pwd) {
        definition.pwd = kept("pwd", stored.map(|old| old.pwd.clone()))?;
    }
    let inputs = definition.input.iter_mut();
    for secret in inputs.flat_map(|input| &mut input.secret) {
        if secret.value.as_ref().is_some_and(is_mask) {
            let old = stored.and_then(|old| secret_of(old, &secret.name));
            secret.value = Some(kept(&secret.name, old)?);
        }
    }
    Ok(definition)
}

/// The registry of its package: host name and port.
fn registry(definition: &Definition) -> &str {
    let package = &definition.package;
    &package[..package.find('/').unwrap_or(package.len())]
}

fn secret_of(definition: &Definition, name: &str) -> Option<Secret> {
    let secrets = &definition.input.as_ref()?.secret;
    let secret = secrets.iter().find(|secret| secret.name == name)?;
    secret.value.clone()
}

/// The command that hosts get; `digest` is that of the package.
pub(crate) fn command(definition: Definition, digest: String) -> Command {
    Command {
        job_id: 0,
        package: definition.package,
        function: definition.function,
        user: definition.user,
        pwd: definition.pwd,
        verbose: definition.verbose,
        containerised: definition.containerised,
        input: definition.input,
        digest: Some(digest),
        timeout: definition.timeout,
        max_output: definition.max_output,
        detach: definition.detach,
        limits: definition.limits,
        keep: definition.keep,
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
        let shown = serde_json::to_string(&masked(definition("hunter2", "s3cret"))).unwrap();
        assert!(!shown.contains("hunter2") && !shown.contains("s3cret"));
        assert!(shown.contains(MASK));
    }

    #[test]
    fn a_mask_keeps_the_stored_secret_and_a_value_replaces_it() {
        let stored = definition("hunter2", "s3cret");
        let kept = unmasked(masked(stored.clone()), Some(&stored)).unwrap();
        assert_eq!(kept, stored);
        let changed = unmasked(definition("new", MASK), Some(&stored)).unwrap();
        assert_eq!(changed, definition("new", "s3cret"));
    }

    #[test]
    fn abuse_a_stored_secret_is_reused_for_another_registry() {
        let stored = definition("hunter2", "s3cret");
        let moved = |package: &str, pwd: &str, token: &str| {
            let mut moved = definition(pwd, token);
            moved.package = package.into();
            unmasked(moved, Some(&stored))
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
            unmasked(definition(MASK, "x"), None),
            Err(Error::Invalid(_))
        ));
        let other = Definition::default();
        assert!(unmasked(definition("x", MASK), Some(&other)).is_err());
    }
}
