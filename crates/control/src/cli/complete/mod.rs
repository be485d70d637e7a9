//! What a shell offers on the command line: also names that control knows, which are asked for
//! quickly and quietly.

mod given;
mod offers;

use super::client::{Client, Connection};
use super::command;
use super::failure::Failure;
use super::output;
use clap::{Args, Command, FromArgMatches};
use completion::Offer;
pub(super) use offers::Kind;
use std::ffi::OsString;

/// Set by the files in `packaging/completion`.
const VARIABLE: &str = "PILOTCTL_COMPLETE";

/// The words of the line to complete, if a shell asks.
pub(super) fn asked() -> Option<Vec<OsString>> {
    completion::words(VARIABLE)
}

/// Prints the offers for a line.
pub(super) fn offer(words: &[OsString]) -> Result<(), Failure> {
    let names = |kind: &str, begun: &str| names(words, kind, begun).unwrap_or_default();
    let lines = completion::answer(command(), words, names);
    lines.iter().try_for_each(output::line)
}

/// The names of a kind. Nothing is asked without an address and credentials, and a failure
/// is not reported: the shell is about to show the line again.
fn names(words: &[OsString], kind: &str, begun: &str) -> Option<Vec<Offer>> {
    let kind = Kind::named(kind)?;
    if kind == Kind::Contexts {
        return Some(offers::contexts());
    }
    let client = connection(words)?.client_within(offers::PATIENCE).ok()?;
    Some(offers::of(&client, kind, begun))
}

/// The names of a kind that the service knows, as far as there is time to read them.
pub(super) fn names_known(client: &Client, kind: Kind) -> Vec<String> {
    offers::of(client, kind, "")
        .into_iter()
        .map(|offer| offer.word)
        .collect()
}

/// The connection that a line describes, and the environment.
fn connection(words: &[OsString]) -> Option<Connection> {
    let options = Connection::augment_args(Command::new("pilotctl"));
    let given = given::options(&options, words);
    let matches = options.try_get_matches_from(given).ok()?;
    Connection::from_arg_matches(&matches).ok()
}
