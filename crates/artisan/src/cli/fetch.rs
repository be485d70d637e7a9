//! Getting a package here; `art pull`.

use super::Context;
use super::arguments::Pull;
use crate::failure::{Failure, Kind};
use crate::package::{Archive, Package, Reference, manifest_of, parse_seal};
use crate::registry::Registry;
use crate::verify::Refusal;
use serde_json::json;
use wire::PackageName;
use wire::seal::Seal;

pub(super) fn pull(context: &Context, arguments: &Pull) -> Result<(), Failure> {
    let name = &arguments.name;
    let package = fetch(context, name)?;
    // Only from here on is the digest known to be one, and fit to be printed.
    if !package.is_whole() {
        return Err(Refusal::Altered.of(name));
    }
    context.refuse_another(name, &package)?;
    context.store.put(name, &package)?;
    let digest = &package.seal.digest;
    arguments.format.done(
        &json!({ "name": name.to_string(), "digest": digest }),
        &format!("{name} is pulled: {digest}"),
    )
}

/// The package of the digest that is asked for, else the tag's current one, as its registry has
/// it. A package in the store is not fetched again.
pub(super) fn fetch(context: &Context, name: &PackageName) -> Result<Package, Failure> {
    let registry = Registry::of(name, &context.settings)?;
    let (reference, seal) = resolve(context, &registry, name)?;
    context.chatter.say(&format!("{name} is {reference}"));
    let archive = match stored(context, name, &seal)? {
        Some(archive) => archive,
        None => {
            let partial = context.partial(&reference);
            registry.archive(name, &reference, &seal, context.store.draft()?, partial)?
        }
    };
    let package = Package { seal, archive };
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
) -> Result<(Reference, Seal), Failure> {
    let malformed = |failure| Failure::new(Kind::Pull, failure);
    if let Some(pin) = &context.settings.pin
        && let Some(seal) = registry.by_digest(name, pin)?
    {
        let seal = parse_seal(&seal).map_err(malformed)?;
        let manifest = manifest_of(&seal).map_err(malformed)?;
        return Ok((manifest.reference.parse().map_err(malformed)?, seal));
    }
    let reference = registry.current(name)?;
    let seal = registry.seal(name, &reference)?;
    Ok((reference, parse_seal(&seal).map_err(malformed)?))
}

/// The stored archive, where it is the one that a new seal is for.
fn stored(context: &Context, name: &PackageName, seal: &Seal) -> Result<Option<Archive>, Failure> {
    let cached = context.cached(name)?;
    let archive = cached.map(|package| package.archive);
    Ok(archive.filter(|archive| seal.matches(archive.hash())))
}

/// The stored package, where it is whole and the very one that is asked for.
pub(super) fn here(context: &Context, name: &PackageName) -> Result<Option<Package>, Failure> {
    let Some(pin) = &context.settings.pin else {
        return Ok(None);
    };
    let found = context
        .cached(name)?
        .filter(|package| package.seal.digest == *pin && package.is_whole());
    if found.is_some() {
        context.chatter.say(&format!("{name} is here already"));
    }
    Ok(found)
}
