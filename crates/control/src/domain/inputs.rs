//! Checks of a command that need no package.

use super::Error;
use super::definition::{Definition, command};
use std::collections::BTreeSet;
use wire::PackageName;
use wire::command::{Input, is_input_name};

/// Checks a command and returns the name of its package.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong.
pub(crate) fn check(definition: &Definition) -> Result<PackageName, Error> {
    check_key(&definition.key)?;
    let package: PackageName = definition
        .package
        .parse()
        .map_err(|error: wire::package::NotAPackageName| Error::Invalid(error.to_string()))?;
    if !wire::package::is_function_name(&definition.function) {
        return invalid(format!(
            "{:?} cannot be the name of a function",
            definition.function
        ));
    }
    if definition.containerised {
        return invalid("containerised commands are not supported: remove containerised".into());
    }
    definition.input.as_ref().map_or(Ok(()), check_input)?;
    let command = command(definition.clone(), String::new());
    command.check_bounds().map_err(Error::Invalid)?;
    command.check_size().map_err(Error::Invalid)?;
    Ok(package)
}

fn check_key(key: &str) -> Result<(), Error> {
    if wire::package::is_function_name(key) {
        return Ok(());
    }
    invalid(format!(
        "{key:?} cannot be the key of a command: use letters, digits, '.', '_' and '-'"
    ))
}

fn check_input(input: &Input) -> Result<(), Error> {
    if !input.file.is_empty() {
        return invalid("files as inputs are not supported: put them into the package".into());
    }
    let vars = input
        .var
        .iter()
        .map(|var| (&var.name, var.value.as_deref()));
    let secrets = input.secret.iter().map(|secret| {
        let value = secret.value.as_ref().map(wire::command::Secret::expose);
        (&secret.name, value)
    });
    let mut seen = BTreeSet::new();
    for (name, value) in vars.chain(secrets) {
        if !seen.insert(name) {
            return invalid(format!("{name} is given twice: remove one of the two"));
        }
        if !is_input_name(name) {
            return invalid(format!(
                "{name:?} cannot be the name of a variable or secret"
            ));
        }
        if value.is_some_and(|value| value.contains('\0')) {
            return invalid(format!(
                "the value of {name} contains a NUL, which no environment can hold"
            ));
        }
    }
    Ok(())
}

fn invalid<T>(text: String) -> Result<T, Error> {
    Err(Error::Invalid(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::command::{Secret, SecretInput, VarInput};

    fn definition() -> Definition {
        Definition {
            key: "hello".into(),
            package: "r.io/ops/hello".into(),
            function: "greet".into(),
            ..Definition::default()
        }
    }

    fn with_inputs(var: Option<&str>, secret: Option<&str>) -> Definition {
        let var = VarInput {
            name: "NAME".into(),
            value: var.map(Into::into),
            ..VarInput::default()
        };
        let secret = SecretInput {
            name: "TOKEN".into(),
            value: secret.map(Secret::new),
            ..SecretInput::default()
        };
        let input = Input {
            var: vec![var],
            secret: vec![secret],
            file: vec![],
        };
        Definition {
            input: Some(input),
            ..definition()
        }
    }

    #[test]
    fn abuse_an_input_is_given_twice() {
        let mut twice = with_inputs(Some("x"), Some("y"));
        let input = twice.input.as_mut().unwrap();
        input.var.push(input.var[0].clone());
        let refusal = check(&twice).unwrap_err().to_string();
        assert!(refusal.contains("NAME is given twice"), "{refusal}");
        let mut both = with_inputs(Some("x"), Some("y"));
        both.input.as_mut().unwrap().secret[0].name = "NAME".into();
        assert!(check(&both).is_err());
        assert!(check(&with_inputs(Some("x"), Some("y"))).is_ok());
    }

    #[test]
    fn abuse_names_and_inputs_that_no_host_can_run() {
        let mut path = with_inputs(Some("x"), Some("y"));
        path.input.as_mut().unwrap().var[0].name = "LD_PRELOAD".into();
        let nul = with_inputs(Some("a\0b"), Some("y"));
        for bad in [
            path,
            nul,
            Definition {
                containerised: true,
                ..definition()
            },
            Definition {
                timeout: Some(0),
                ..definition()
            },
            Definition {
                package: "nonsense".into(),
                ..definition()
            },
            Definition {
                key: "a/b".into(),
                ..definition()
            },
            Definition {
                function: "-f".into(),
                ..definition()
            },
        ] {
            assert!(matches!(check(&bad), Err(Error::Invalid(_))), "{bad:?}");
        }
    }
}
