//! Says which name was probably meant, where the service knows none that was typed.

use super::client::Client;
use super::complete::{Kind, names_known};
use super::failure::Failure;
use super::nearest;
use api::hosts::Host;

/// Adds the nearest names to the service's refusal of an unknown one.
pub(super) fn explained(failure: Failure, client: &Client, kind: Kind, typed: &str) -> Failure {
    match failure {
        Failure::Refused(why) if is_unknown(&why) => {
            let known = names_known(client, kind);
            let meant = nearest::hint(typed, known.iter().map(String::as_str));
            let label = if meant.is_empty() {
                label(client, kind, typed)
            } else {
                meant
            };
            Failure::Refused(format!("{why}{label}"))
        }
        other => other,
    }
}

fn is_unknown(why: &str) -> bool {
    [
        "no host is called ",
        "there is no command ",
        "there is no user ",
        "there is no token ",
    ]
    .iter()
    .any(|begin| why.starts_with(begin))
}

/// Says that what was typed as a host is a label, if hosts have it.
fn label(client: &Client, kind: Kind, typed: &str) -> String {
    if kind != Kind::Hosts
        || !typed
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    {
        return String::new();
    }
    let labelled = client.page(&format!("/host?selector={typed}&limit=1"));
    let is_label = labelled.is_ok_and(|(hosts, _)| {
        hosts
            .into_iter()
            .any(|host| serde_json::from_value::<Host>(host).is_ok())
    });
    match is_label {
        true => format!("; {typed} is a label: `pilotctl host ls -l {typed}` lists its hosts"),
        false => String::new(),
    }
}
