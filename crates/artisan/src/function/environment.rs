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

/// The function's name.
const FUNCTION_NAME: &str = "ART_FX_NAME";
/// The function's package.
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

    /// What a function has wherever it runs.
    pub(super) fn of_any_host() -> Self {
        Self::of(["PATH", "HOME", "LANG"].map(|name| (name.into(), OsString::new())))
    }

    /// These.
    pub(super) fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// With what a supervisor gives to the function alone.
    #[must_use]
    pub(crate) fn given(mut self, supervisor: Option<&Supervisor>) -> Self {
        let given = supervisor.into_iter().flat_map(Supervisor::variables);
        self.0
            .extend(given.map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// The same without the settings of `art`: credentials, keys, pins.
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
#[path = "environment_tests.rs"]
mod tests;
