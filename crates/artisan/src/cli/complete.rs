//! What a shell offers on the command line: also the names of the packages in the local store.

use super::arguments::Cli;
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::store::Store;
use clap::CommandFactory;
use completion::Offer;
use std::ffi::OsString;
use trust::Algorithm;

/// Set by the files in `packaging/completion`.
const VARIABLE: &str = "ART_COMPLETE";

/// The kind of name that is the name of a package in the local store.
pub(super) const PACKAGES: &str = "packages";

/// The kind of name that is the name of an algorithm.
pub(super) const ALGORITHMS: &str = "algorithms";

/// The words of the line to complete, if a shell asks.
pub(super) fn asked() -> Option<Vec<OsString>> {
    completion::words(VARIABLE)
}

/// Prints the offers for a line.
pub(super) fn offer(words: &[OsString]) -> Result<(), Failure> {
    let names = |kind: &str, _: &str| match kind {
        PACKAGES => packages(),
        ALGORITHMS => [Algorithm::Ed25519, Algorithm::Rsa3072]
            .map(|algorithm| Offer::new(algorithm, ""))
            .into(),
        _ => vec![],
    };
    let lines = completion::answer(Cli::command(), words, names);
    lines.iter().try_for_each(|line| output::line(line))
}

/// The packages in the local store. Without a store, or with a damaged one, none are offered.
fn packages() -> Vec<Offer> {
    let packages = Settings::load(None).and_then(|settings| Store::new(&settings.home).packages());
    let offer = |(name, seal): (String, wire::seal::Seal)| {
        let built = seal.manifest().map(|manifest| manifest.time);
        Offer::new(name, built.unwrap_or_default())
    };
    packages
        .unwrap_or_default()
        .into_iter()
        .map(offer)
        .collect()
}
