//! Reading a build file, and saying where and why it cannot be read.

use super::keys::FILE;
use super::model::BuildFile;
use super::template::pieces;
use super::{words, yaml};
use crate::failure::Failure;
use crate::files;
use serde::de::DeserializeSeed;
use std::collections::BTreeSet;
use std::path::Path;
use wire::command::{VarInput, is_input_name};
use wire::nearest::nearest;
use wire::package::is_function_name;
use wire::value;

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
    yaml::check(text)?;
    check_keys(text)?;
    let file: BuildFile = serde_saphyr::from_str_with_options(text, limits())
        .map_err(|error| words::explain(&error))?;
    check(&file)?;
    Ok(file)
}

/// How much a build file may come to once its aliases are followed: a few lines of them
/// can stand for gigabytes.
fn limits() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 100_000,
            max_aliases: 1_000,
            max_total_scalar_bytes: 4 << 20,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 100_000,
        },
    }
}

/// What else may be wrong shows when the file is read.
fn check_keys(text: &str) -> Result<(), String> {
    let checked = serde_saphyr::with_deserializer_from_str_with_options(text, limits(), |file| {
        FILE.deserialize(file)
    });
    let about_key = checked.err().and_then(|error| words::about_key(&error));
    about_key.map_or(Ok(()), Err)
}

/// What the types cannot say.
fn check(file: &BuildFile) -> Result<(), String> {
    let functions = file.functions.iter().map(|function| function.name.as_str());
    names_are_unique("function", functions)?;
    let profiles = file.profiles.iter().map(|profile| profile.name.as_str());
    names_are_unique("profile", profiles)?;
    check_function_names(file)?;
    check_inputs(file)?;
    check_env(file)
}

fn names_are_unique<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
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
    for name in file.inputs() {
        if !is_input_name(name) {
            return Err(format!(
                "{name:?} cannot name an input: use letters, digits and '_', and none of the names \
                 that the shell, the loader or art use themselves"
            ));
        }
    }
    names_are_unique("input", file.inputs())?;
    file.input.var.iter().try_for_each(check_type)?;
    for function in &file.functions {
        names_are_unique("input", function.input_names())?;
        if let Some(name) = function.input_names().find(|name| !file.is_input(name)) {
            return Err(format!(
                "function {:?} takes the input {name:?}, which is not defined: \
                 add it under `input:`, in `var:` or `secret:`{}",
                function.name,
                meant(name, file)
            ));
        }
    }
    Ok(())
}

fn meant(name: &str, file: &BuildFile) -> String {
    let nearest = nearest(name, file.inputs());
    nearest.map_or(String::new(), |near| format!("; did you mean {near:?}?"))
}

/// A type that is misspelt would not be checked, and a default of another type would
/// be refused on the host.
fn check_type(var: &VarInput) -> Result<(), String> {
    let VarInput { name, kind, .. } = var;
    if let Some(meant) = value::meant(kind) {
        return Err(format!(
            "input {name:?} is of the type {kind:?}: did you mean {meant:?}?"
        ));
    }
    let default = var.effective().filter(|default| !default.is_empty());
    if default.is_some_and(|default| default.contains('\0')) {
        return Err(format!("the default of the input {name} {NUL}"));
    }
    match default.and_then(|default| value::mismatch(kind, default)) {
        Some(like) => Err(format!(
            "input {name:?} is of the type {kind:?}, and its default is not {like}"
        )),
        None => Ok(()),
    }
}

/// A name with `=` or NUL would make the system's call fail, or another name.
fn check_env(file: &BuildFile) -> Result<(), String> {
    let functions = file.functions.iter().map(|function| &function.env);
    let profiles = file.profiles.iter().map(|profile| &profile.env);
    let mut all = functions.chain(profiles).chain([&file.env]).flatten();
    all.try_for_each(|(name, value)| check_variable(name, value))
}

fn check_variable(name: &str, value: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(format!(
            "{name:?} cannot be set under `env:`: names have letters, digits and '_'"
        ));
    }
    if value.contains('\0') {
        return Err(format!("the value of {name} under `env:` {NUL}"));
    }
    pieces(value).map_err(|reason| format!("the value of {name} under `env:`: {reason}"))?;
    Ok(())
}

const NUL: &str = "holds a NUL byte, which no environment can carry: remove it";

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
    fn an_empty_value_counts_as_missing() {
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
            ("functions:\n  - run: [a]\n", "line 2", "has a `name:`"),
            ("env: [a]\n", "line 1", "`name: value` pairs"),
            ("env: {A: }\n", "line 1", "\"\" for an empty one"),
            (
                "functions: [\n",
                "line 1",
                "close each with its own bracket",
            ),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(
                reason.contains(line) && reason.contains(cure),
                "{text:?}: {reason}"
            );
        }
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line_and_what_may_be_meant() {
        let function = |key: &str| format!("functions:\n  - name: a\n    {key}\n");
        let input = |key: &str| format!("input:\n  var:\n    - name: A\n      {key}\n");
        for (text, line, words) in [
            (
                function("exprt: true"),
                3,
                "\"exprt\": did you mean export?",
            ),
            (function("exports: true"), 3, "did you mean export?"),
            (function("input: {vra: [A]}"), 3, "did you mean var?"),
            ("fucntions: []\n".into(), 1, "did you mean functions?"),
            (
                "profiles:\n  - name: a\n    tagret: b\n".into(),
                3,
                "did you mean target?",
            ),
            (input("defualt: 1"), 4, "did you mean default?"),
            (input("type: intger"), 0, "did you mean \"integer\"?"),
            (
                input("{type: integer, default: ten}")
                    .replace("- name: A\n      {", "- {name: A, "),
                0,
                "not a whole number",
            ),
            ("colour: red\n".into(), 1, "known are env, labels"),
            ("env: {}\nenv: {}\n".into(), 2, "\"env\" is there twice"),
        ] {
            let reason = parse(&text).unwrap_err();
            assert!(reason.contains(words), "{text}: {reason}");
            assert!(
                line == 0 || reason.contains(&format!("line {line}")),
                "{text}: {reason}"
            );
        }
    }

    #[test]
    fn what_existing_files_have_is_accepted_or_refused_by_name() {
        let harmless = "author: a\nruntime: b\nx-common: &c {A: b}\nenv:\n  <<: *c\n\
            profiles:\n  - {name: p, icon: i, runtime: r, application: a}\n\
            functions:\n  - {name: f, network: n, credits: {}, input: {file: [F]}}\n\
            input:\n  file:\n    - {name: F, description: d, path: p, content: c}\n";
        assert_eq!(parse(harmless).unwrap().env["A"], "b");
        for (text, name) in [
            ("includes:\n  - other.yaml\n", "\"includes\": "),
            ("x:\n  a: b\n", "\"x\": "),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(
                reason.contains(name) && reason.contains("not supported"),
                "{reason}"
            );
        }
    }

    #[test]
    fn a_bom_is_dropped() {
        assert!(
            parse("\u{FEFF}functions:\n  - name: a\n")
                .unwrap()
                .function("a")
                .is_some()
        );
        assert!(
            parse("\u{FEFF}---\nfunctions:\n  - name: a\n")
                .unwrap()
                .function("a")
                .is_some()
        );
    }

    #[test]
    fn abuse_a_build_file_that_nests_or_repeats_itself_without_end() {
        let deep = format!("x-a: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
        assert!(parse(&deep).is_err());
        let long = format!("labels:\n  a: &a {}\n", "x".repeat(900_000));
        let repeated = (0..10).map(|n| format!("  b{n}: *a\n"));
        assert!(parse(&(long + &repeated.collect::<String>())).is_err());
        let mut laughs = "x-0: &x0 [lol, lol]\n".to_owned();
        for n in 1..30 {
            laughs += &format!("x-{n}: &x{n} [*x{0}, *x{0}]\n", n - 1);
        }
        assert!(parse(&laughs).is_err());
        assert!(parse("labels: {a: &a b, c: *a}\n").is_ok());
    }

    #[test]
    fn what_could_not_work_is_refused_by_name() {
        for (text, name) in [
            ("input: {var: [{name: A}, {name: A}]}\n", "\"A\""),
            ("input: {var: [{name: A}], secret: [{name: A}]}\n", "\"A\""),
            (
                "input: {var: [{name: A}]}\nfunctions: [{name: f, input: {var: [A, A]}}]\n",
                "\"A\"",
            ),
            (
                "input: {var: [{name: NAME}]}\nfunctions: [{name: f, input: {var: [NMAE]}}]\n",
                "mean \"NAME\"",
            ),
            ("functions:\n  - name: a\n  - name: a\n", "\"a\""),
            ("functions:\n  - name: ../a\n", "\"../a\""),
            (
                "functions:\n  - name: a\n    input:\n      var: [B]\n",
                "\"B\"",
            ),
            ("input:\n  var:\n    - name: LD_PRELOAD\n", "LD_PRELOAD"),
            ("env: {'A=B': c}\n", "A=B"),
            (
                "env: {A: \"a\\0\"}\n",
                "the value of A under `env:` holds a NUL",
            ),
            (
                "env: {A: '${NOPE:+x}'}\n",
                "the value of A under `env:`: `${NOPE:+x}`",
            ),
            (
                "profiles: [{name: p, env: {A: '${#B}'}}]\n",
                "`${#B}` is none of",
            ),
            (
                "functions: [{name: f, env: {A: '${B'}}]\n",
                "`${` is never closed",
            ),
            (
                "input: {var: [{name: A, default: \"\\0\"}]}\n",
                "the default of the input A holds a NUL",
            ),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(reason.contains(name), "{text:?}: {reason}");
        }
    }
}
