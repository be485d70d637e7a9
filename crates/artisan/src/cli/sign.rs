//! `art sign`.

use super::Context;
use super::arguments::Sign;
use super::clock;
use super::done::Done;
use crate::failure::{Failure, Kind};
use crate::keys;
use crate::store::{Now, Seen};
use crate::verify::{Checks, Refusal, endorsed};
use serde_json::json;
use trust::{Keyring, SecretKey};
use wire::PackageName;
use wire::seal::{Endorsement, Seal, Statement};

pub(super) fn sign(context: &Context, arguments: &Sign) -> Result<(), Failure> {
    let key = keys::signing(&context.settings, arguments.key.as_deref())?;
    endorse(context, &arguments.name, &key, arguments.reset_serial)?.report(&arguments.format)
}

/// Signs a package of the store.
///
/// # Errors
/// When the package is not whole, its serials are used up, or the key may not sign.
pub(super) fn endorse(
    context: &Context,
    name: &PackageName,
    key: &SecretKey,
    passes_over_later: bool,
) -> Result<Done, Failure> {
    // Two that sign at the same time must each keep what the other adds.
    let store = context.store.locked()?;
    let mut package = context.store.package(name)?;
    if !package.is_whole() {
        return Err(Refusal::Altered.of(name));
    }
    context.refuse_another(name, &package)?;
    let now_ms = clock::now_ms();
    let at_least = highest(context, name, &package.seal, key).saturating_add(1);
    let digest = package.seal.digest.clone();
    let now = Now {
        ms: now_ms,
        passes_over_later,
    };
    let serial = store.next_serial(name, &digest, &now, at_least)?;
    let message = Statement::new(name, &digest, serial).message();
    let signature = key
        .sign(&message, now_ms / 1_000)
        .map_err(|error| Failure::new(Kind::Own, format!("{name} is not signed: {error}")))?;
    let authority = key.certificate().fingerprint().to_string();
    let endorsement = Endorsement { serial, signature };
    package
        .seal
        .seal
        .insert(authority.clone(), endorsement.to_value());
    store.put(name, &package)?;
    drop(store);
    Ok(Done {
        value: json!({ "name": name.to_string(), "fingerprint": authority, "serial": serial }),
        text: format!("{name} is signed by {authority}, serial {serial}"),
    })
}

/// The highest serial under which this package was signed before. Anybody may
/// have written into the seal's map: were a number believed there without its
/// signature, a registry could have the last serial that there is handed out.
fn highest(context: &Context, name: &PackageName, seal: &Seal, key: &SecretKey) -> u64 {
    let mut keyring = Keyring::from(key.certificate());
    keyring.extend(keys::trusted(&context.settings).unwrap_or_default());
    let checks = Checks {
        name,
        keyring: &keyring,
        keys_in: &keys::place(&context.settings),
        pin: None,
        seen: &Seen::default(),
        now: clock::now(),
    };
    endorsed(seal, &checks).map_or(0, |(serial, ..)| serial)
}
