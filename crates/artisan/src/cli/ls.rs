//! `art ls`.

use super::Context;
use super::arguments::Ls;
use crate::failure::Failure;
use crate::output;
use serde_json::{Value, json};
use wire::printable;
use wire::seal::Seal;

/// How many characters of a cell are shown; JSON has all.
const LONGEST_CELL: usize = 100;

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
    let cells = [name, &manifest.reference, &manifest.size, &manifest.time];
    let cells = cells.map(|cell| printable::cut(&printable::on_one_line(cell), LONGEST_CELL));
    Ok(format!("{}  {signed}", cells.join("  ")))
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
