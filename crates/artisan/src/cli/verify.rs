//! `art verify`.

use super::Context;
use super::arguments::Named;
use super::clock;
use crate::failure::Failure;
use crate::keys;
use crate::output;
use crate::package::Package;
use crate::verify::{Checks, Verified};
use serde_json::json;
use trust::{Fingerprint, Keyring};
use wire::PackageName;
use wire::time::rfc3339;

pub(super) fn verify(context: &Context, arguments: &Named) -> Result<(), Failure> {
    let name = &arguments.name;
    let package = context.store.package(name)?;
    let pin = context.settings.pin.as_deref();
    let verified = check(context, name, package, pin)?;
    let signer = user_id(&keys::trusted(&context.settings)?, verified.signer());
    if arguments.format.json {
        report_json(name, &verified, &signer)
    } else {
        report(name, &verified, &signer)
    }
}

/// Checks a package against the trusted keys and what was accepted before.
pub(super) fn check(
    context: &Context,
    name: &PackageName,
    package: Package,
    pin: Option<&str>,
) -> Result<Verified, Failure> {
    let checks = Checks {
        name,
        keyring: &keys::trusted(&context.settings)?,
        keys_in: &keys::place(&context.settings),
        pin,
        seen: &context.store.seen(name)?,
        now: clock::now(),
    };
    crate::verify::verify(package, &checks).map_err(|refusal| refusal.of(name))
}

fn user_id(keyring: &Keyring, signer: &Fingerprint) -> String {
    let mut certificates = keyring.certificates().iter();
    let certificate = certificates.find(|certificate| certificate.fingerprint() == *signer);
    certificate
        .and_then(|certificate| certificate.user_id())
        .unwrap_or_default()
}

/// Serials are the time of signing, in milliseconds.
fn signed_at(verified: &Verified) -> String {
    rfc3339(verified.serial().serial / 1_000)
}

fn report(name: &PackageName, verified: &Verified, signer: &str) -> Result<(), Failure> {
    output::line(&format!("package    {name}"))?;
    output::line(&format!(
        "digest     {} (matches archive and manifest)",
        verified.serial().digest
    ))?;
    output::line(&format!("signed by  {} {signer}", verified.signer()))?;
    output::line(&format!("signed at  {}", signed_at(verified)))?;
    output::line(&format!(
        "serial     {} (not older than what was run before)",
        verified.serial().serial
    ))
}

fn report_json(name: &PackageName, verified: &Verified, signer: &str) -> Result<(), Failure> {
    output::json(&json!({
        "name": name.to_string(),
        "digest": verified.serial().digest,
        "fingerprint": verified.signer().to_string(),
        "signer": signer,
        "signed_at": signed_at(verified),
        "serial": verified.serial().serial,
    }))
}
