//! Compares a command's inputs with those that its function declares in the manifest of the
//! package. Without this check, a misspelt input would run the function with its default.

use super::Error;
use super::definition::Definition;
use wire::command::{Input, SecretInput, VarInput};
use wire::nearest::suggestion;
use wire::seal::{FunctionEntry, FunctionInput, Manifest};
use wire::value;

/// Checks a command against the manifest of its package.
///
/// # Errors
/// [`Error::Invalid`], naming the function or the input.
pub(crate) fn check(definition: &Definition, manifest: &Manifest) -> Result<(), Error> {
    let mut functions = manifest.functions.iter();
    let function = functions
        .find(|function| function.name == definition.function)
        .ok_or_else(|| unknown_function(definition, manifest))?;
    let declared = function.input.clone().unwrap_or_default();
    let given = definition.input.clone().unwrap_or_default();
    let checked = check_names(&given, &declared)
        .and_then(|()| {
            declared
                .var
                .iter()
                .try_for_each(|var| check_var(var, &given))
        })
        .and_then(|()| {
            let mut secrets = declared.secret.iter();
            secrets.try_for_each(|secret| check_secret(secret, &given))
        });
    checked.map_err(|why| refused(definition, function, &why))
}

fn refused(definition: &Definition, function: &FunctionEntry, why: &str) -> Error {
    Error::Invalid(format!(
        "function {} of {} {why} (command {})",
        function.name, definition.package, definition.key
    ))
}

fn unknown_function(definition: &Definition, manifest: &Manifest) -> Error {
    let functions = manifest.functions.iter();
    let names: Vec<&str> = functions.map(|function| function.name.as_str()).collect();
    let hint = match names.is_empty() {
        true => ": it exports none".into(),
        false => suggestion(&definition.function, &names),
    };
    Error::Invalid(format!(
        "package {} exports no function {}{hint}",
        definition.package, definition.function
    ))
}

/// Checks that the function declares each given input, and as the same kind.
fn check_names(given: &Input, declared: &FunctionInput) -> Result<(), String> {
    let vars: Vec<&str> = declared.var.iter().map(|var| var.name.as_str()).collect();
    let secrets = declared.secret.iter().map(|secret| secret.name.as_str());
    let secrets: Vec<&str> = secrets.collect();
    let mut given_vars = given.var.iter().map(|var| var.name.as_str());
    if let Some(name) = given_vars.find(|name| !vars.contains(name)) {
        return Err(match secrets.contains(&name) {
            true => format!("takes {name} as a secret, and it is given as a variable"),
            false => unknown(name, &vars, &secrets),
        });
    }
    let mut given_secrets = given.secret.iter().map(|secret| secret.name.as_str());
    if let Some(name) = given_secrets.find(|name| !secrets.contains(name)) {
        return Err(match vars.contains(&name) {
            true => format!("takes {name} as a variable, and it is given as a secret"),
            false => unknown(name, &secrets, &vars),
        });
    }
    Ok(())
}

fn unknown(name: &str, like: &[&str], others: &[&str]) -> String {
    match like.is_empty() && others.is_empty() {
        true => format!("takes no inputs, and {name} is given"),
        false => format!(
            "takes no input {name}{}",
            suggestion(name, &[like, others].concat())
        ),
    }
}

/// The command's value comes first, then the command's default, then the package's default.
fn check_var(declared: &VarInput, given: &Input) -> Result<(), String> {
    let VarInput { name, kind, .. } = declared;
    let given = given.var.iter().find(|var| var.name == *name);
    let value = given.and_then(VarInput::effective);
    if declared.required && value.or(declared.effective()).is_none_or(str::is_empty) {
        return Err(missing(name, value.is_some()));
    }
    match value.and_then(|value| value::mismatch(kind, value)) {
        Some(like) => Err(format!(
            "takes {like} as {name}, and the value given is not"
        )),
        None => Ok(()),
    }
}

fn check_secret(declared: &SecretInput, given: &Input) -> Result<(), String> {
    let given = given
        .secret
        .iter()
        .find(|secret| secret.name == declared.name);
    match given.and_then(|secret| secret.value.as_ref()) {
        Some(value) if !value.is_empty() => Ok(()),
        value if declared.required => Err(missing(&declared.name, value.is_some())),
        _ => Ok(()),
    }
}

fn missing(name: &str, is_given: bool) -> String {
    match is_given {
        true => format!("needs {name}, and the value given is empty"),
        false => format!("needs {name}, and no value is given"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::command::Secret;

    fn declared() -> Manifest {
        let var = |name: &str, kind: &str, required| VarInput {
            name: name.into(),
            kind: kind.into(),
            required,
            ..VarInput::default()
        };
        let token = SecretInput {
            name: "TOKEN".into(),
            required: true,
            ..SecretInput::default()
        };
        let with_default = VarInput {
            default: Some("3".into()),
            ..var("TIMES", "integer", true)
        };
        let input = FunctionInput {
            var: vec![
                var("NAME", "string", true),
                with_default,
                var("NOTE", "", false),
            ],
            secret: vec![token],
        };
        let function = |name: &str, input| FunctionEntry {
            name: name.into(),
            input,
            ..FunctionEntry::default()
        };
        Manifest {
            functions: vec![function("greet", Some(input)), function("plain", None)],
            ..Manifest::default()
        }
    }

    fn refusal(function: &str, vars: &[(&str, &str)], secrets: &[(&str, &str)]) -> String {
        let var = |(name, value): &(&str, &str)| VarInput {
            name: (*name).into(),
            value: Some((*value).into()),
            ..VarInput::default()
        };
        let secret = |(name, value): &(&str, &str)| SecretInput {
            name: (*name).into(),
            value: Some(Secret::new(*value)),
            ..SecretInput::default()
        };
        let definition = Definition {
            key: "k".into(),
            package: "r.io/ops/hello:1".into(),
            function: function.into(),
            input: Some(Input {
                var: vars.iter().map(var).collect(),
                secret: secrets.iter().map(secret).collect(),
                file: vec![],
            }),
            ..Definition::default()
        };
        match check(&definition, &declared()) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_declared_inputs_are_accepted() {
        let token = [("TOKEN", "t")];
        assert_eq!(refusal("greet", &[("NAME", "a")], &token), "");
        assert_eq!(
            refusal(
                "greet",
                &[("NAME", "a"), ("TIMES", "9"), ("NOTE", "")],
                &token
            ),
            ""
        );
        assert_eq!(refusal("plain", &[], &[]), "");
        for (vars, secrets, expected) in [
            (
                vec![("NMAE", "a")],
                vec![],
                "no input NMAE: did you mean NAME?",
            ),
            (
                vec![("NAME", "a")],
                vec![("TOKNE", "t")],
                "did you mean TOKEN?",
            ),
            (
                vec![("NAME", "a"), ("X", "1")],
                vec![],
                "known are NAME, TIMES, NOTE, TOKEN",
            ),
            (
                vec![("NAME", "a"), ("TOKEN", "t")],
                vec![],
                "TOKEN as a secret",
            ),
            (vec![], vec![("NAME", "a")], "NAME as a variable"),
            (
                vec![],
                vec![("TOKEN", "t")],
                "needs NAME, and no value is given",
            ),
            (
                vec![("NAME", "")],
                vec![("TOKEN", "t")],
                "NAME, and the value given is empty",
            ),
            (vec![("NAME", "a")], vec![], "needs TOKEN, and no value"),
            (
                vec![("NAME", "a")],
                vec![("TOKEN", "")],
                "TOKEN, and the value given is empty",
            ),
            (
                vec![("NAME", "a"), ("TIMES", "abc")],
                vec![("TOKEN", "t")],
                "a whole number as TIMES",
            ),
            (
                vec![("NAME", "a"), ("TIMES", "")],
                vec![("TOKEN", "t")],
                "TIMES, and the value given is empty",
            ),
        ] {
            let refusal = refusal("greet", &vars, &secrets);
            assert!(refusal.contains(expected), "{expected}: {refusal}");
        }
        assert!(refusal("plain", &[("NAME", "a")], &[]).contains("takes no inputs"));
    }

    #[test]
    fn an_unknown_function_is_named_with_a_suggestion() {
        assert!(refusal("gret", &[], &[]).contains("no function gret: did you mean greet?"));
        assert!(refusal("nothing", &[], &[]).contains("known are greet, plain"));
    }
}
