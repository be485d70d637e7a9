//! Reading a build file, and saying where and why it cannot be read.

use super::model::BuildFile;
use crate::failure::Failure;
use crate::files;
use std::collections::BTreeSet;
use std::path::Path;
use wire::command::is_input_name;
use wire::package::is_function_name;

/// The build file's name, in a project and at a package's root.
pub(crate) const FILE_NAME: &str = "build.yaml";

const MAX_BYTES: u64 = 1 << 20;

/// Reads the build file of a folder.
///
/// # Errors
/// When there is none, or it is malformed: then with file and line.
pub(crate) fn load(folder: &Path) -> Result<BuildFile, Failure> {
    let path = folder.join(FILE_NAME);
    let bytes = files::read_if_there(&path, MAX_BYTES)?.ok_or_else(|| missing(&path))?;
    let text = String::from_utf8(bytes).map_err(|_| bad(&path, "it is not UTF-8 text"))?;
    parse(&text).map_err(|reason| bad(&path, &reason))
}

fn missing(path: &Path) -> Failure {
    let path = path.display();
    Failure::own(format!(
        "there is no {path}: name the folder that holds one, or make one with `art init`"
    ))
}

fn bad(path: &Path, reason: &str) -> Failure {
    Failure::own(format!("{}: {reason}", path.display()))
}

/// Reads the text of a build file.
///
/// # Errors
/// Where it is malformed, and what may be meant.
pub(crate) fn parse(text: &str) -> Result<BuildFile, String> {
    let file: BuildFile = serde_saphyr::from_str(text).map_err(|error| explain(&error))?;
    check(&file)?;
    Ok(file)
}

/// `line 3: expected sequence start; a list has …`.
fn explain(error: &serde_saphyr::Error) -> String {
    let reason = error.without_snippet().to_string();
    format!("{reason}{}", remedy(&reason))
}

fn remedy(reason: &str) -> &'static str {
    const REMEDIES: [(&str, &str); 6] = [
        (
            "sequence start",
            "; write a list there: one `- item` per line",
        ),
        (
            "mapping start",
            "; write `name: value` pairs there, indented",
        ),
        (
            "string scalar",
            "; write text there, in quotes if it has special characters",
        ),
        ("boolean", "; write true or false there"),
        (
            "null into string",
            "; write a value there, or \"\" for an empty one",
        ),
        (
            "missing field `name`",
            "; every function, profile and input has a `name:`",
        ),
    ];
    REMEDIES
        .iter()
        .find(|(symptom, _)| reason.contains(symptom))
        .map_or(
            "; see `art init` for a file that is well formed",
            |(_, cure)| cure,
        )
}

/// What the types cannot say.
fn check(file: &BuildFile) -> Result<(), String> {
    names_are_unique(
        "function",
        file.functions.iter().map(|function| &function.name),
    )?;
    names_are_unique("profile", file.profiles.iter().map(|profile| &profile.name))?;
    check_function_names(file)?;
    check_inputs(file)?;
    check_env(file)
}

fn names_are_unique<'a>(kind: &str, names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("there are two {kind}s called {name:?}: rename one"));
        }
    }
    Ok(())
}

fn check_function_names(file: &BuildFile) -> Result<(), String> {
    match file
        .functions
        .iter()
        .find(|function| !is_function_name(&function.name))
    {
        Some(function) => Err(format!(
            "{:?} cannot name a function: use letters, digits, '.', '_' and '-', beginning with a letter or digit",
            function.name
        )),
        None => Ok(()),
    }
}

fn check_inputs(file: &BuildFile) -> Result<(), String> {
    let defined = file.input.var.iter().map(|input| &input.name);
    for name in defined.chain(file.input.secret.iter().map(|input| &input.name)) {
        if !is_input_name(name) {
            return Err(format!(
                "{name:?} cannot name an input: use letters, digits and '_', and none of the names \
                 that the shell, the loader or art use themselves"
            ));
        }
    }
    for function in &file.functions {
        if let Some(name) = function.input_names().find(|name| !file.is_input(name)) {
            return Err(format!(
                "function {:?} takes the input {name:?}, which is not defined: \
                 add it under `input:`, in `var:` or `secret:`",
                function.name
            ));
        }
    }
    Ok(())
}

/// A name with `=` or NUL would make the system's call fail, or another name.
fn check_env(file: &BuildFile) -> Result<(), String> {
    let functions = file.functions.iter().map(|function| &function.env);
    let profiles = file.profiles.iter().map(|profile| &profile.env);
    for (name, value) in functions.chain(profiles).chain([&file.env]).flatten() {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || !name.bytes().all(plain) || value.contains('\0') {
            return Err(format!(
                "{name:?} cannot be set under `env:`: names have letters, digits and '_'"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTOR: &str = include_str!("../../tests/data/existing.yaml");

    #[test]
    fn a_file_of_the_existing_programs_is_read() {
        let file = parse(VECTOR).unwrap();
        let exported = file.exported();
        assert_eq!(exported.len(), 1);
        assert_eq!(exported[0].name, "greet");
        let input = exported[0].input.as_ref().unwrap();
        assert_eq!(input.var[0].name, "GREETING");
        assert!(input.var[0].required);
        assert_eq!(file.env["PORT"], "8080");
        assert_eq!(file.profile(None).unwrap().name, "linux");
    }

    #[test]
    fn what_is_left_empty_counts_as_left_out() {
        let file = parse("env:\nfunctions:\n  - name: a\n    description:\n    run:\n").unwrap();
        assert!(file.function("a").unwrap().run.is_empty());
    }

    #[test]
    fn a_wrong_type_is_reported_with_line_and_remedy() {
        for (text, line, cure) in [
            (
                "functions:\n  - name: a\n    run: echo\n",
                "line 3",
                "one `- item` per line",
            ),
            (
                "functions:\n  - name: a\n    export: vrai\n",
                "line 3",
                "true or false",
            ),
            ("functions:\n  - nme: a\n", "line 2", "has a `name:`"),
            ("env: [a]\n", "line 1", "`name: value` pairs"),
            ("env: {A: }\n", "line 1", "\"\" for an empty one"),
            ("a: [\n", "line 1", "art init"),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(
                reason.contains(line) && reason.contains(cure),
                "{text:?}: {reason}"
            );
        }
    }

    #[test]
    fn what_could_not_work_is_refused_by_name() {
        for (text, name) in [
            ("functions:\n  - name: a\n  - name: a\n", "\"a\""),
            ("functions:\n  - name: ../a\n", "\"../a\""),
            (
                "functions:\n  - name: a\n    input:\n      var: [B]\n",
                "\"B\"",
            ),
            ("input:\n  var:\n    - name: LD_PRELOAD\n", "LD_PRELOAD"),
            ("env: {'A=B': c}\n", "A=B"),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(reason.contains(name), "{text:?}: {reason}");
        }
    }
}
