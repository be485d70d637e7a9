//! Whether a command can be run as it is defined.

use super::Error;
use super::definition::Definition;
use wire::PackageName;
use wire::command::{Input, is_input_name};
use wire::seal::{FunctionEntry, Manifest};

/// Checks what can be checked without the package.
///
/// # Errors
/// [`Error::Invalid`], saying what is wrong.
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
        return invalid("containerised commands are not supported: leave containerised out".into());
    }
    if definition.timeout == Some(0) {
        return invalid("a timeout of 0 seconds would end every job at once".into());
    }
    definition.limits.check().map_err(Error::Invalid)?;
    definition.input.as_ref().map_or(Ok(()), check_input)?;
    Ok(package)
}

/// Checks the command against the manifest of its package.
///
/// # Errors
/// [`Error::Invalid`], naming the function or the input that is missing.
pub(crate) fn check_function(definition: &Definition, manifest: &Manifest) -> Result<(), Error> {
    let function = manifest
        .functions
        .iter()
        .find(|function| function.name == definition.function)
        .ok_or_else(|| unknown_function(definition, manifest))?;
    match missing_input(definition, function) {
        Some(name) => invalid(format!(
            "function {} of {} needs {name}, and command {} gives it no value",
            definition.function, definition.package, definition.key
        )),
        None => Ok(()),
    }
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
    for (name, value) in vars.chain(secrets) {
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

fn missing_input<'a>(definition: &Definition, function: &'a FunctionEntry) -> Option<&'a str> {
    let declared = function.input.as_ref()?;
    let empty = Input::default();
    let given = definition.input.as_ref().unwrap_or(&empty);
    let has_var = |name: &str| {
        let mut vars = given.var.iter();
        vars.any(|var| var.name == name && var.effective().is_some())
    };
    let has_secret = |name: &str| {
        let mut secrets = given.secret.iter();
        secrets.any(|secret| secret.name == name && secret.value.is_some())
    };
    let mut vars = declared.var.iter();
    let var = vars.find(|var| var.required && var.effective().is_none() && !has_var(&var.name));
    let mut secrets = declared.secret.iter();
    let secret = secrets.find(|secret| secret.required && !has_secret(&secret.name));
    var.map(|var| var.name.as_str())
        .or(secret.map(|secret| secret.name.as_str()))
}

fn unknown_function(definition: &Definition, manifest: &Manifest) -> Error {
    let names: Vec<&str> = manifest
        .functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    Error::Invalid(format!(
        "package {} exports no function {}; it exports: {}",
        definition.package,
        definition.function,
        if names.is_empty() {
            "none".into()
        } else {
            names.join(", ")
        }
    ))
}

fn invalid<T>(text: String) -> Result<T, Error> {
    Err(Error::Invalid(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::command::{Secret, SecretInput, VarInput};
    use wire::seal::FunctionInput;

    fn definition() -> Definition {
        Definition {
            key: "hello".into(),
            package: "r.io/ops/hello".into(),
            function: "greet".into(),
            ..Definition::default()
        }
    }

    fn manifest() -> Manifest {
        let input = FunctionInput {
            var: vec![VarInput {
                name: "NAME".into(),
                required: true,
                ..VarInput::default()
            }],
            secret: vec![SecretInput {
                name: "TOKEN".into(),
                required: true,
                ..SecretInput::default()
            }],
        };
        let greet = FunctionEntry {
            name: "greet".into(),
            input: Some(input),
            ..FunctionEntry::default()
        };
        Manifest {
            functions: vec![greet],
            ..Manifest::default()
        }
    }

    fn refusal(definition: &Definition) -> String {
        match check(definition)
            .map(|_| ())
            .and_then(|()| check_function(definition, &manifest()))
        {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
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
    fn a_missing_input_is_named() {
        assert!(refusal(&definition()).contains("NAME"));
        assert!(refusal(&with_inputs(Some("x"), None)).contains("TOKEN"));
        assert_eq!(refusal(&with_inputs(Some("x"), Some("y"))), "");
    }

    #[test]
    fn an_unknown_function_is_named_with_those_that_there_are() {
        let text = refusal(&Definition {
            function: "gret".into(),
            ..definition()
        });
        assert!(text.contains("gret") && text.contains("greet"), "{text}");
    }

    #[test]
    fn abuse_names_and_inputs_that_no_host_could_run() {
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
