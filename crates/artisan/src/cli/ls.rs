//! `art ls`.

use super::Context;
use super::arguments::Ls;
use crate::failure::Failure;
use crate::output::{self, harmless};
use serde_json::{Value, json};
use wire::seal::Seal;

pub(super) fn ls(context: &Context, arguments: &Ls) -> Result<(), Failure> {
    let packages = context.store.packages()?;
    if arguments.format.json {
        let values: Result<Vec<Value>, Failure> = packages
            .iter()
            .map(|(name, seal)| value(name, seal))
            .collect();
        return output::json(&values?);
    }
    for (name, seal) in &packages {
        output::line(&row(name, seal)?)?;
    }
    Ok(())
}

fn row(name: &str, seal: &Seal) -> Result<String, Failure> {
    let manifest = seal.manifest().map_err(Failure::own)?;
    let signed = if seal.seal.is_empty() {
        "unsigned"
    } else {
        "signed"
    };
    Ok(format!(
        "{name}  {}  {}  {}  {signed}",
        harmless(&manifest.reference),
        harmless(&manifest.size),
        harmless(&manifest.time)
    ))
}

fn value(name: &str, seal: &Seal) -> Result<Value, Failure> {
    let manifest = seal.manifest().map_err(Failure::own)?;
    let functions: Vec<&String> = manifest
        .functions
        .iter()
        .map(|function| &function.name)
        .collect();
    Ok(json!({
        "name": name,
        "ref": manifest.reference,
        "digest": seal.digest,
        "size": manifest.size,
        "created": manifest.time,
        "functions": functions,
        "authorities": seal.seal.keys().collect::<Vec<_>>(),
    }))
}
