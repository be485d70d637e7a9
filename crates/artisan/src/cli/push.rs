//! `art push`.

use super::Context;
use super::arguments::Push;
use super::done::Done;
use crate::failure::{Failure, Kind};
use crate::output;
use crate::package::Package;
use crate::registry::{Pushed, Registry};
use crate::verify::Refusal;
use serde_json::json;
use wire::PackageName;
use wire::seal::Endorsement;

pub(super) fn push(context: &Context, arguments: &Push) -> Result<(), Failure> {
    let name = &arguments.name;
    let package = context.store.package(name)?;
    context.refuse_another(name, &package)?;
    if !arguments.unsigned {
        refuse_unsigned(name, &package)?;
    }
    upload(context, name, &package)?.report(&arguments.format)
}

/// Uploads a package of the store.
///
/// # Errors
/// What the registry refuses, or that it cannot be reached.
pub(super) fn upload(
    context: &Context,
    name: &PackageName,
    package: &Package,
) -> Result<Done, Failure> {
    let registry = Registry::of(name, &context.settings)?;
    context.chatter.say(&format!(
        "pushing {} to {}",
        output::size(package.archive.length()),
        name.domain
    ));
    let pushed = registry.push(name, package)?;
    let outcome = match pushed {
        Pushed::Stored => "is pushed",
        Pushed::Repaired => "was there, but its archive was damaged or gone; it is repaired",
        Pushed::Unchanged => "was there already",
    };
    let digest = &package.seal.digest;
    Ok(Done {
        value: json!({
            "name": name.to_string(),
            "digest": digest,
            "stored": pushed != Pushed::Unchanged,
            "repaired": pushed == Pushed::Repaired,
        }),
        text: format!("{name} {outcome}: {digest}"),
    })
}

fn refuse_unsigned(name: &PackageName, package: &Package) -> Result<(), Failure> {
    if !package.is_whole() {
        return Err(Refusal::Altered.of(name));
    }
    let mut values = package.seal.seal.values();
    if values.any(|value| Endorsement::from_value(value).is_some()) {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Refused,
        format!(
            "{name} is not signed, so no host would run it: `art sign {name}` first, or say --unsigned"
        ),
    ))
}
