//! `art sign`.

use super::Context;
use super::arguments::Sign;
use super::clock;
use crate::failure::{Failure, Kind};
use crate::keys;
use crate::output;
use crate::verify::Refusal;
use wire::seal::{Endorsement, Seal, Statement};

pub(super) fn sign(context: &Context, arguments: &Sign) -> Result<(), Failure> {
    let name = &arguments.name;
    let key = keys::signing(&context.settings, arguments.key.as_deref())?;
    let mut package = context.store.package(name)?;
    if !package.seal.matches(&package.archive) {
        return Err(Refusal::Altered.of(name));
    }
    let (now_ms, at_least) = (clock::now_ms(), highest(&package.seal) + 1);
    let digest = package.seal.digest.clone();
    let serial = context.store.next_serial(name, &digest, now_ms, at_least)?;
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
    context.store.put(name, &package)?;
    output::line(&format!("{name} is signed by {authority}, serial {serial}"))
}

/// The highest serial that the seal states already.
fn highest(seal: &Seal) -> u64 {
    let endorsements = seal
        .seal
        .values()
        .filter_map(|value| Endorsement::from_value(value));
    endorsements
        .map(|endorsement| endorsement.serial)
        .max()
        .unwrap_or(0)
}
