//! Getting a package here; `art pull`.

use super::Context;
use super::arguments::Pull;
use crate::failure::{Failure, Kind};
use crate::package::{Package, Reference, manifest_of, parse_seal};
use crate::registry::Registry;
use crate::verify::Refusal;
use serde_json::json;
use wire::PackageName;

pub(super) fn pull(context: &Context, arguments: &Pull) -> Result<(), Failure> {
    let name = &arguments.name;
    let package = fetch(context, name)?;
    // Only from here on is the digest known to be one, and fit to be printed.
    if !package.seal.matches(&package.archive) {
        return Err(Refusal::Altered.of(name));
    }
    context.store.put(name, &package)?;
    let digest = &package.seal.digest;
    arguments.format.done(
        &json!({ "name": name.to_string(), "digest": digest }),
        &format!("{name} is pulled: {digest}"),
    )
}

/// The package of the digest that is asked for, else the tag's current one, as its
/// registry has it. What is already in the store is not fetched again.
pub(super) fn fetch(context: &Context, name: &PackageName) -> Result<Package, Failure> {
    let registry = Registry::of(name, &context.settings)?;
    let (reference, seal) = resolve(context, &registry, name)?;
    context.chatter.say(&format!("{name} is {reference}"));
    let package = match stored(context, name, &seal)? {
        Some(package) => package,
        None => Package::new(&seal, registry.archive(name, &reference)?)
            .map_err(|failure| Failure::new(Kind::Pull, failure))?,
    };
    match package.reference() {
        Ok(found) if found == reference => Ok(package),
        _ => Err(Failure::new(
            Kind::Pull,
            format!(
                "{name} is not pulled: {} gave another package than {reference}",
                name.domain
            ),
        )),
    }
}

/// Which package it is, and its seal. A registry that does not know the digest, or no
/// such question, is asked for the tag: it may be the same one.
fn resolve(
    context: &Context,
    registry: &Registry,
    name: &PackageName,
) -> Result<(Reference, Vec<u8>), Failure> {
    if let Some(pin) = &context.settings.pin
        && let Some(seal) = registry.by_digest(name, pin)?
    {
        let reference = parse_seal(&seal)
            .and_then(|seal| manifest_of(&seal)?.reference.parse())
            .map_err(|failure| Failure::new(Kind::Pull, failure))?;
        return Ok((reference, seal));
    }
    let reference = registry.current(name)?;
    let seal = registry.seal(name, &reference)?;
    Ok((reference, seal))
}

/// The new seal with the stored archive, where it is the one that it seals.
fn stored(context: &Context, name: &PackageName, seal: &[u8]) -> Result<Option<Package>, Failure> {
    let Some(Package { archive, .. }) = context.cached(name)? else {
        return Ok(None);
    };
    let package =
        Package::new(seal, archive).map_err(|failure| Failure::new(Kind::Pull, failure))?;
    Ok(package.seal.matches(&package.archive).then_some(package))
}

/// The stored package, where it is whole and the very one that is asked for.
pub(super) fn here(context: &Context, name: &PackageName) -> Result<Option<Package>, Failure> {
    let Some(pin) = &context.settings.pin else {
        return Ok(None);
    };
    let found = context
        .cached(name)?
        .filter(|package| package.seal.digest == *pin && package.seal.matches(&package.archive));
    if found.is_some() {
        context.chatter.say(&format!("{name} is here already"));
    }
    Ok(found)
}
