//! The build file's content. An empty value counts as missing; of the keys that [`super::keys`]
//! knows, some are not read.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use wire::command::{SecretInput, VarInput};
use wire::seal::{FunctionEntry, FunctionInput};

/// A whole build file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct BuildFile {
    /// Variables of every function and profile.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) env: BTreeMap<String, String>,
    /// Copied into the manifest.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) labels: BTreeMap<String, String>,
    /// The inputs that functions may name.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) input: Inputs,
    /// Ways to build a package.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) profiles: Vec<Profile>,
    /// What can be run.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) functions: Vec<Function>,
}

/// Definitions of inputs.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Inputs {
    /// Variables.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) var: Vec<VarInput>,
    /// Secrets.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) secret: Vec<SecretInput>,
}

/// A way to build a package.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Profile {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is used where none is named.
    #[serde(default)]
    pub(crate) default: bool,
    /// The package's type, for instance `content/script`.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub(crate) kind: String,
    /// SPDX expression.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) license: String,
    /// Copied into the manifest, over the file's own.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) labels: BTreeMap<String, String>,
    /// Variables of its run lines.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) env: BTreeMap<String, String>,
    /// The lines that run before packing.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) run: Vec<String>,
    /// The file or folder to pack, relative to the build file's folder.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) target: String,
}

/// Something that can be run.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// What it does.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) description: String,
    /// Whether it can be run from a package.
    #[serde(default)]
    pub(crate) export: bool,
    /// Its own variables.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) env: BTreeMap<String, String>,
    /// The names of its inputs.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) input: InputNames,
    /// Image for containerised runs, copied into the manifest.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) runtime: String,
    /// Its run lines.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) run: Vec<String>,
}

/// The inputs of a function, by name.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct InputNames {
    /// Variables.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) var: Vec<String>,
    /// Secrets.
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) secret: Vec<String>,
}

/// An empty member is a missing member.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl BuildFile {
    /// The function of that name.
    pub(crate) fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The definition of a variable.
    pub(crate) fn var(&self, name: &str) -> Option<&VarInput> {
        self.input.var.iter().find(|input| input.name == name)
    }

    /// The definition of a secret.
    pub(crate) fn secret(&self, name: &str) -> Option<&SecretInput> {
        self.input.secret.iter().find(|input| input.name == name)
    }

    /// The names of all inputs.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &str> {
        let vars = self.input.var.iter().map(|input| input.name.as_str());
        vars.chain(self.input.secret.iter().map(|input| input.name.as_str()))
    }

    /// Whether `name` is defined as an input of any kind.
    pub(crate) fn is_input(&self, name: &str) -> bool {
        self.var(name).is_some() || self.secret(name).is_some()
    }

    /// What a function needs, in full.
    pub(crate) fn inputs_of(&self, function: &Function) -> FunctionInput {
        let names = &function.input;
        FunctionInput {
            var: names
                .var
                .iter()
                .filter_map(|n| self.var(n))
                .cloned()
                .collect(),
            secret: names
                .secret
                .iter()
                .filter_map(|n| self.secret(n))
                .cloned()
                .collect(),
        }
    }

    /// The exported functions as a manifest lists them.
    pub(crate) fn exported(&self) -> Vec<FunctionEntry> {
        let exported = self.functions.iter().filter(|function| function.export);
        exported.map(|function| self.entry(function)).collect()
    }

    fn entry(&self, function: &Function) -> FunctionEntry {
        let input = self.inputs_of(function);
        FunctionEntry {
            name: function.name.clone(),
            description: function.description.clone(),
            input: (input != FunctionInput::default()).then_some(input),
            runtime: function.runtime.clone(),
        }
    }

    /// The profile of that name; without a name the default one, or the only
    /// one.
    pub(crate) fn profile(&self, name: Option<&str>) -> Option<&Profile> {
        match name {
            Some(name) => self.profiles.iter().find(|profile| profile.name == name),
            None => match self.profiles.as_slice() {
                [only] => Some(only),
                several => several.iter().find(|profile| profile.default),
            },
        }
    }
}

impl Function {
    /// The names of all its inputs.
    pub(crate) fn input_names(&self) -> impl Iterator<Item = &str> {
        let names = self.input.var.iter().chain(&self.input.secret);
        names.map(String::as_str)
    }
}
