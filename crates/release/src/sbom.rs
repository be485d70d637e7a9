//! The bill of materials of a program: every library that is linked into it,
//! as CycloneDX 1.5 (<https://cyclonedx.org/docs/1.5/json/>).

use super::source::Source;
use super::target::{Program, Target};
use crate::cargo::cargo;
use crate::failure::{Context, Result, failed};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What cargo knows of all packages.
pub(super) struct Materials {
    packages: Vec<Package>,
    nodes: BTreeMap<String, Vec<Dependency>>,
    /// SHA-256 of the archives from crates.io, by name and version.
    checksums: BTreeMap<(String, String), String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    /// What it links to, by cargo's name for that (`links` in its manifest).
    links: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// `dev`, `build`, or nothing for an ordinary dependency.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Materials {
    /// Asks cargo about a target.
    ///
    /// # Errors
    /// When cargo or its lock file cannot be read.
    pub(super) fn read(source: &Source, target: &Target) -> Result<Self> {
        let text = run_cargo(
            source,
            &[
                "metadata",
                "--format-version=1",
                "--locked",
                "--filter-platform",
                target.triple,
            ],
        )?;
        let metadata: Metadata =
            serde_json::from_str(&text).context("cannot read what cargo metadata prints")?;
        let lock = fs::read_to_string(source.root.join("Cargo.lock")).context("Cargo.lock")?;
        let lock: Lock = toml::from_str(&lock).context("Cargo.lock")?;
        let checksums = lock.package.into_iter();
        Ok(Self {
            packages: metadata.packages,
            nodes: metadata
                .resolve
                .nodes
                .into_iter()
                .map(|node| (node.id, node.deps))
                .collect(),
            checksums: checksums
                .filter_map(|locked| Some(((locked.name, locked.version), locked.checksum?)))
                .collect(),
        })
    }

    /// What a package links to, by cargo's name for that: the key under which
    /// cargo's configuration can take its build script's place.
    pub(super) fn links(&self, name: &str) -> Option<&str> {
        let package = self.packages.iter().find(|package| package.name == name)?;
        package.links.as_deref()
    }

    /// The bill of one program.
    ///
    /// # Errors
    /// When cargo does not know what is linked.
    pub(super) fn bill(&self, source: &Source, program: Program, target: &Target) -> Result<Value> {
        let linked = linked(source, program, target)?;
        let (own, others): (Vec<&Package>, Vec<&Package>) = self
            .packages
            .iter()
            .filter(|package| linked.contains(&(package.name.clone(), package.version.clone())))
            .partition(|package| package.name == program.name());
        let [own] = own.as_slice() else {
            return failed(format!("cargo knows no package {}", program.name()));
        };
        let known: BTreeSet<&str> = others.iter().map(|package| package.id.as_str()).collect();
        let components: Vec<Value> = others.iter().map(|other| self.component(other)).collect();
        let all = others.iter().chain([own]);
        let dependencies: Vec<Value> = all
            .map(|package| self.dependencies(package, &known))
            .collect();
        let mut subject = self.component(own);
        subject["type"] = json!("application");
        subject["properties"] = json!([
            { "name": "commit", "value": source.commit },
            { "name": "target", "value": target.triple },
        ]);
        Ok(json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "timestamp": wire::time::rfc3339(source.time), "component": subject },
            "components": components,
            "dependencies": dependencies,
        }))
    }

    fn component(&self, package: &Package) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": reference(package),
            "name": package.name,
            "version": package.version,
        });
        if let Some(license) = &package.license {
            // Old manifests separate alternatives by a stroke.
            component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if package.source.is_some() {
            component["purl"] = json!(reference(package));
        }
        let name = (package.name.clone(), package.version.clone());
        if let Some(checksum) = self.checksums.get(&name) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    }

    fn dependencies(&self, package: &Package, known: &BTreeSet<&str>) -> Value {
        let all = self.nodes.get(&package.id).into_iter().flatten();
        let linked = all.filter(|dependency| {
            known.contains(dependency.pkg.as_str())
                && dependency.dep_kinds.iter().any(|kind| kind.kind.is_none())
        });
        let on: BTreeSet<String> = linked
            .filter_map(|dependency| self.packages.iter().find(|one| one.id == dependency.pkg))
            .map(reference)
            .collect();
        json!({ "ref": reference(package), "dependsOn": on })
    }
}

/// A package URL (<https://github.com/package-url/purl-spec>).
fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

/// Name and version of what is linked into a program, itself included: cargo's
/// metadata alone speaks of the whole workspace and all its features.
fn linked(
    source: &Source,
    program: Program,
    target: &Target,
) -> Result<BTreeSet<(String, String)>> {
    let tree = run_cargo(
        source,
        &[
            "tree",
            "--locked",
            "--package",
            program.name(),
            "--target",
            target.triple,
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ],
    )?;
    Ok(tree.lines().filter_map(name_and_version).collect())
}

/// `serde v1.0.228 (more)`.
fn name_and_version(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    Some((name.to_owned(), version.to_owned()))
}

fn run_cargo(source: &Source, arguments: &[&str]) -> Result<String> {
    let output = cargo()
        .args(arguments)
        .current_dir(&source.root)
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        return failed(String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("cannot read what cargo prints")
}

#[cfg(test)]
mod tests {
    use super::super::target::TARGETS;
    use super::*;

    #[test]
    fn the_bill_of_the_agent_names_what_is_linked_and_nothing_else() {
        let source = Source {
            root: crate::cargo::repository(),
            commit: "abc".into(),
            time: 1_700_000_000,
        };
        let materials = Materials::read(&source, &TARGETS[0]).unwrap();
        let bill = materials
            .bill(&source, Program::Pilot, &TARGETS[0])
            .unwrap();
        let components = bill["components"].as_array().unwrap();
        let named = |name: &str| components.iter().find(|one| one["name"] == name);
        let minreq = named("minreq").unwrap();
        assert!(
            minreq["purl"]
                .as_str()
                .unwrap()
                .starts_with("pkg:cargo/minreq@")
        );
        assert_eq!(minreq["hashes"][0]["content"].as_str().unwrap().len(), 64);
        assert!(
            named("wire").unwrap()["purl"].is_null(),
            "nobody else has it"
        );
        for absent in ["axum", "tempfile", "serde_derive", "pilot"] {
            assert!(named(absent).is_none(), "{absent}");
        }
        let references: Vec<_> = components.iter().map(|one| &one["bom-ref"]).collect();
        for edge in bill["dependencies"].as_array().unwrap() {
            for on in edge["dependsOn"].as_array().unwrap() {
                assert!(references.contains(&on), "{on}");
            }
        }
    }
}
