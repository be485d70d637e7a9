//! Getting a package here; `art pull`.

use super::Context;
use super::arguments::Pull;
use crate::failure::{Failure, Kind};
use crate::package::Package;
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

/// The tag's current package, as its registry has it. What is already in the
/// store is not fetched again.
pub(super) fn fetch(context: &Context, name: &PackageName) -> Result<Package, Failure> {
    let registry = Registry::of(name, &context.settings)?;
    let reference = registry.current(name)?;
    context.chatter.say(&format!("{name} is {reference}"));
    let seal = registry.seal(name, &reference)?;
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

/// The new seal with the stored archive, where it is the one that it seals.
fn stored(context: &Context, name: &PackageName, seal: &[u8]) -> Result<Option<Package>, Failure> {
    let Some(Package { archive, .. }) = context.store.cached(name)? else {
        return Ok(None);
    };
    let package =
        Package::new(seal, archive).map_err(|failure| Failure::new(Kind::Pull, failure))?;
    Ok(package.seal.matches(&package.archive).then_some(package))
}

/// The package to run: the stored one where it is whole and the very one that
/// is asked for, else the registry's.
pub(super) fn obtain(context: &Context, name: &PackageName) -> Result<Package, Failure> {
    if let Some(pin) = &context.settings.pin
        && let Some(package) = context.store.cached(name)?
        && package.seal.digest == *pin
        && package.seal.matches(&package.archive)
    {
        context.chatter.say(&format!("{name} is here already"));
        return Ok(package);
    }
    fetch(context, name)
}
