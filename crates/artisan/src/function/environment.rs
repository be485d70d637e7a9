//! The environment that a function runs in.
//!
//! From the weakest to the strongest: the defaults of inputs, the caller's
//! environment, the build file's `env`, the function's `env`, and inputs that
//! the caller gave a value. A `${NAME}` in an `env` value stands for the value
//! that the name has where it is set, else for the default of the input of that name, else
//! for nothing; what it stands for is not read again. Values of one `env` do not see each other.

use crate::build_file::{BuildFile, Fallback, Function, Piece, pieces};
use crate::failure::{Failure, Kind};
use crate::supervisor::Supervisor;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use wire::limits::MOST_VARIABLE;

/// Tells a function its own name.
const FUNCTION_NAME: &str = "ART_FX_NAME";
/// Tells a function from which package it comes.
const PACKAGE_NAME: &str = "ART_PACKAGE_NAME";

/// The longest variable that the system passes on (MAX_ARG_STRLEN, execve(2)).
const MAX_VARIABLE: usize = MOST_VARIABLE;
/// More than the system passes on, of all together.
const MAX_VARIABLES: usize = 4 << 20;

/// Variables by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// What `art` itself was given.
    pub(crate) fn inherited() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// These.
    #[cfg(test)]
    pub(super) fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.collect())
    }

    /// With what a supervisor gives to the function alone.
    #[must_use]
    pub(crate) fn given(mut self, supervisor: Option<&Supervisor>) -> Self {
        let given = supervisor.into_iter().flat_map(Supervisor::variables);
        self.0
            .extend(given.map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// The same without what is meant for `art` alone: credentials, keys, pins.
    #[must_use]
    pub(crate) fn for_package(mut self, package: &str) -> Self {
        let own = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"ART_") || name.starts_with(b"ARTISAN_")
        };
        self.0.retain(|name, _| !own(name));
        self.set(PACKAGE_NAME, package.into());
        self
    }

    /// With the build file's own variables.
    ///
    /// # Errors
    /// When they come to more than the system passes on.
    pub(crate) fn in_file(mut self, file: &BuildFile) -> Result<Self, Failure> {
        self.overlay(file, &file.env, |name| file.is_input(name))?;
        Ok(self)
    }

    /// With a profile's variables.
    ///
    /// # Errors
    /// As [`Environment::in_file`].
    pub(crate) fn with(
        mut self,
        file: &BuildFile,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        self.overlay(file, variables, |_| false)?;
        Ok(self)
    }

    /// As a function sees it.
    ///
    /// # Errors
    /// As [`Environment::in_file`].
    pub(crate) fn enter(&self, file: &BuildFile, function: &Function) -> Result<Self, Failure> {
        let mut inner = self.clone();
        inner.overlay(file, &function.env, |name| {
            function.input_names().any(|input| input == name)
        })?;
        for input in file.inputs_of(function).var {
            if let (None, Some(value)) = (inner.get(&input.name), input.effective()) {
                inner.set(&input.name, value.into());
            }
        }
        inner.set(FUNCTION_NAME, OsString::from(&function.name));
        Ok(inner)
    }

    /// An input of a function whose value here is not of its type, and what such
    /// values are like.
    pub(crate) fn mismatch(
        &self,
        file: &BuildFile,
        function: &Function,
    ) -> Option<(String, &'static str)> {
        file.inputs_of(function).var.into_iter().find_map(|var| {
            let value = self.get(&var.name)?.to_string_lossy();
            let like = wire::value::mismatch(&var.kind, &value)?;
            Some((var.name, like))
        })
    }

    /// The required inputs of a function that have no value here, or an empty one.
    pub(crate) fn missing(&self, file: &BuildFile, function: &Function) -> Vec<String> {
        let input = file.inputs_of(function);
        let vars = input
            .var
            .into_iter()
            .filter(|var| var.required)
            .map(|var| var.name);
        let secrets = input.secret.into_iter().filter(|secret| secret.required);
        vars.chain(secrets.map(|secret| secret.name))
            .filter(|name| self.get(name).is_none_or(OsStr::is_empty))
            .collect()
    }

    /// All variables.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.0.iter()
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    fn set(&mut self, name: &str, value: OsString) {
        self.0.insert(name.into(), value);
    }

    fn overlay(
        &mut self,
        file: &BuildFile,
        variables: &BTreeMap<String, String>,
        yields: impl Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        let outer = self.clone();
        let mut size = outer.size();
        for (name, value) in variables {
            if !(yields(name) && outer.get(name).is_some()) {
                let value = outer.interpolate(name, value, (file, variables))?;
                size += name.len() + value.len();
                if size > MAX_VARIABLES {
                    return Err(too_much("all variables together have", MAX_VARIABLES));
                }
                self.set(name, value);
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// Puts values in for `${NAME}`. A value that doubles with each call would soon fill
    /// the memory.
    fn interpolate(
        &self,
        name: &str,
        text: &str,
        (file, beside): (&BuildFile, &BTreeMap<String, String>),
    ) -> Result<OsString, Failure> {
        let refused =
            |reason| Failure::new(Kind::Function, format!("{name} under `env:`: {reason}"));
        let mut out = OsString::new();
        for piece in pieces(text).map_err(refused)? {
            match piece {
                Piece::Text(text) => out.push(text),
                Piece::Variable { name: other, .. }
                    if other != name
                        && self.seen(file, other).is_none()
                        && beside.contains_key(other) =>
                {
                    return Err(refused(format!(
                        "{other} is set beside it, and values of one `env:` do not see each other: write out \
                         its value, or set {name} in the `env:` of the function"
                    )));
                }
                Piece::Variable { name, fallback } => out.push(self.value_of(file, name, fallback)),
            }
            if out.len() > MAX_VARIABLE {
                return Err(too_much(&format!("{name} has"), MAX_VARIABLE));
            }
        }
        Ok(out)
    }

    /// What a value under `env:` sees of a variable.
    fn seen<'a>(&'a self, file: &'a BuildFile, name: &str) -> Option<&'a OsStr> {
        let default = || file.var(name).and_then(|input| input.effective());
        self.get(name).or_else(|| default().map(OsStr::new))
    }

    fn value_of<'a>(
        &'a self,
        file: &'a BuildFile,
        name: &str,
        fallback: Fallback<'a>,
    ) -> &'a OsStr {
        let value = self.seen(file, name);
        match fallback {
            Fallback::Nothing => value.unwrap_or_default(),
            Fallback::IfUnset(text) => value.unwrap_or(OsStr::new(text)),
            Fallback::IfEmpty(text) => value
                .filter(|value| !value.is_empty())
                .unwrap_or(OsStr::new(text)),
        }
    }
}

fn too_much(what: &str, limit: usize) -> Failure {
    Failure::new(
        Kind::Function,
        format!("{what} more than {limit} bytes after `${{…}}` is put in under `env:`: use a file"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build_file::load;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment(
            pairs
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    fn file() -> BuildFile {
        let folder = tempfile::tempdir().unwrap();
        let text = "env: {WHO: file, MODE: file, DIR: '${HOME}/x'}\n\
            input:\n  var:\n    - {name: WHO, required: true}\n    - {name: TIMES, type: integer, default: '3', required: true}\n\
            \x20 secret:\n    - {name: TOKEN, required: true}\n\
            functions:\n  - name: f\n    env: {MODE: function, WHO: function}\n    input: {var: [WHO, TIMES], secret: [TOKEN]}\n";
        std::fs::write(folder.path().join("build.yaml"), text).unwrap();
        load(folder.path()).unwrap()
    }

    fn seen(caller: &[(&str, &str)], name: &str) -> Option<String> {
        let file = file();
        let environment = environment(caller)
            .in_file(&file)
            .and_then(|environment| environment.enter(&file, &file.functions[0]))
            .unwrap();
        environment
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn inputs_that_were_given_win_and_settings_do_not() {
        assert_eq!(seen(&[("WHO", "caller")], "WHO").unwrap(), "caller");
        assert_eq!(seen(&[("MODE", "caller")], "MODE").unwrap(), "function");
        assert_eq!(seen(&[("TIMES", "")], "TIMES").unwrap(), "");
        assert_eq!(seen(&[], "TIMES").unwrap(), "3");
        assert_eq!(seen(&[], "ART_FX_NAME").unwrap(), "f");
    }

    #[test]
    fn references_in_settings_are_read_once() {
        assert_eq!(seen(&[("HOME", "${TERM}")], "DIR").unwrap(), "${TERM}/x");
        assert_eq!(seen(&[], "DIR").unwrap(), "/x");
    }

    /// Whatever art did not know stood for nothing.
    #[test]
    fn a_default_stands_where_there_is_no_value() {
        let value = |text: &str| {
            let variables = BTreeMap::from([("X".to_owned(), text.to_owned())]);
            let set = environment(&[("SET", "set"), ("EMPTY", "")])
                .with(&BuildFile::default(), &variables);
            set.unwrap().get("X").unwrap().to_str().unwrap().to_owned()
        };
        for (text, expected) in [
            ("<${NOPE}>", "<>"),
            ("<${NOPE:-x y}>", "<x y>"),
            ("<${NOPE-x}>", "<x>"),
            ("<${EMPTY:-x}>", "<x>"),
            ("<${EMPTY-x}>", "<>"),
            ("<${SET:-x}${SET-y}>", "<setset>"),
            ("${X:-self}", "self"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn the_default_of_an_input_is_seen_where_none_is_given() {
        let mut file = file();
        file.env.insert("DIR".into(), "${TIMES}-${WHO}".into());
        let dir = |caller: &[(&str, &str)]| {
            let seen = environment(caller).in_file(&file).unwrap();
            seen.get("DIR").unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(dir(&[("WHO", "w")]), "3-w");
        assert_eq!(dir(&[("TIMES", ""), ("WHO", "w")]), "-w");
    }

    #[test]
    fn a_value_that_needs_the_one_beside_it_is_refused() {
        let pair = |a: &str, b: &str| {
            BTreeMap::from([
                ("A".to_owned(), a.to_owned()),
                ("B".to_owned(), b.to_owned()),
            ])
        };
        let refusal = environment(&[])
            .with(&BuildFile::default(), &pair("x", "${A}/y"))
            .unwrap_err();
        assert!(
            refusal
                .to_string()
                .contains("B under `env:`: A is set beside it")
        );
        let seen =
            environment(&[("A", "outer")]).with(&BuildFile::default(), &pair("${A}:x", "${A}/y"));
        assert_eq!(seen.unwrap().get("B").unwrap(), "outer/y");
    }

    #[test]
    fn abuse_a_variable_that_doubles_with_each_call() {
        let variables = |value: &str| BTreeMap::from([("A".to_owned(), value.to_owned())]);
        let doubled = variables("${A}${A}");
        let mut environment = environment(&[("A", "x")]);
        let error = loop {
            match environment.with(&BuildFile::default(), &doubled) {
                Ok(larger) => environment = larger,
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("A has more than"), "{error}");
    }

    #[test]
    fn abuse_many_variables_of_a_long_one() {
        let names = (0..100).map(|n| (format!("A{n}"), "${LONG}".to_owned()));
        let long = "x".repeat(MAX_VARIABLE - 1);
        let error = environment(&[("LONG", &long)]).with(&BuildFile::default(), &names.collect());
        let error = error.unwrap_err().to_string();
        assert!(error.contains("all variables together"), "{error}");
    }

    #[test]
    fn all_missing_inputs_are_named() {
        let file = file();
        let none = environment(&[]).missing(&file, &file.functions[0]);
        assert_eq!(none, ["WHO", "TIMES", "TOKEN"]);
        let entered = environment(&[]).enter(&file, &file.functions[0]).unwrap();
        assert_eq!(entered.missing(&file, &file.functions[0]), ["TOKEN"]);
    }

    #[test]
    fn an_empty_required_input_is_missing_and_a_value_has_to_be_of_its_type() {
        let file = file();
        let entered = |times| {
            let given = environment(&[("WHO", ""), ("TOKEN", "t"), ("TIMES", times)]);
            given.enter(&file, &file.functions[0]).unwrap()
        };
        let function = &file.functions[0];
        assert_eq!(entered("3").missing(&file, function), ["WHO"]);
        assert_eq!(entered("3").mismatch(&file, function), None);
        let wrong = entered("abc").mismatch(&file, function).unwrap();
        assert_eq!(wrong, ("TIMES".into(), "a whole number"));
    }

    #[test]
    fn a_package_sees_nothing_that_is_for_art() {
        let environment = environment(&[
            ("ART_REG_PWD", "hunter2"),
            ("ART_VERIFY_KEYS", "/k"),
            ("ARTISAN_HOME", "/h"),
            ("PATH", "/bin"),
        ]);
        let names: Vec<_> = environment.for_package("p").0.into_keys().collect();
        assert_eq!(names, ["ART_PACKAGE_NAME", "PATH"]);
    }
}
