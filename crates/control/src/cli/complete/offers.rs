//! The names that control knows, by kind.

use crate::cli::client::{Client, read};
use crate::cli::context::Contexts;
use api::commands::Summary;
use api::hosts::Host;
use api::jobs::{Batch, ListedJob};
use api::packages::Repository;
use api::tokens::Token;
use api::users::User;
use completion::{ArgValueCompleter, Offer, is_name};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a call may take: someone is waiting for the shell.
pub(in crate::cli) const PATIENCE: Duration = Duration::from_secs(1);

/// No more pages are asked for when so much time has passed.
const ENOUGH: Duration = Duration::from_millis(500);

/// How many entries a page has.
const PAGE: usize = 1_000;

/// How many jobs and batches are offered, the newest first.
const RECENT: usize = 50;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    Hosts,
    Commands,
    Batches,
    Jobs,
    Users,
    Tokens,
    Packages,
    Contexts,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Hosts,
        Self::Commands,
        Self::Batches,
        Self::Jobs,
        Self::Users,
        Self::Tokens,
        Self::Packages,
        Self::Contexts,
    ];

    /// Has an argument take these names.
    pub(in crate::cli) fn offered(self) -> ArgValueCompleter {
        completion::named(self.name())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Commands => "commands",
            Self::Batches => "batches",
            Self::Jobs => "jobs",
            Self::Users => "users",
            Self::Tokens => "tokens",
            Self::Packages => "packages",
            Self::Contexts => "contexts",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The names of a kind, of which those that begin with `begun` are wanted.
pub(super) fn of(client: &Client, kind: Kind, begun: &str) -> Vec<Offer> {
    match kind {
        Kind::Hosts => hosts(&all(client, "/host"), begun),
        Kind::Commands => all(client, "/cmd").into_iter().map(command).collect(),
        Kind::Batches => recent(client, "/job/batch")
            .into_iter()
            .map(batch)
            .collect(),
        Kind::Jobs => recent(client, "/job").into_iter().map(job).collect(),
        Kind::Users => all(client, "/user").into_iter().map(user).collect(),
        Kind::Tokens => all(client, "/token").into_iter().map(token).collect(),
        Kind::Packages => {
            let repositories: Vec<Repository> = all(client, "/repository");
            let packages = repositories
                .iter()
                .flat_map(|all| packages(client.authority(), all));
            packages.collect()
        }
        Kind::Contexts => contexts(),
    }
}

/// As much of a list as there is time for.
fn all<T: DeserializeOwned>(client: &Client, path: &str) -> Vec<T> {
    let begun = Instant::now();
    let mut entries = Vec::new();
    let mut next = Some(format!("{path}?limit={PAGE}"));
    while let Some(path) = next.filter(|_| begun.elapsed() < ENOUGH) {
        let Ok((page, link)) = client.page(&path) else {
            break;
        };
        entries.extend(page);
        next = link;
    }
    readable(entries)
}

fn recent<T: DeserializeOwned>(client: &Client, path: &str) -> Vec<T> {
    let page = client.page(&format!("{path}?limit={RECENT}"));
    readable(page.map(|(entries, _)| entries).unwrap_or_default())
}

fn readable<T: DeserializeOwned>(entries: Vec<serde_json::Value>) -> Vec<T> {
    entries
        .into_iter()
        .filter_map(|entry| read(entry).ok())
        .collect()
}

/// The names of hosts; of one without a name, its hostname, unless that names others too. A host
/// that a shell would not take by this, is offered by its id, and so is one whose id is being
/// typed.
fn hosts(hosts: &[Host], begun: &str) -> Vec<Offer> {
    let mut uses = BTreeMap::<&str, usize>::new();
    for host in hosts {
        *uses.entry(called(host)).or_default() += 1;
    }
    let offers = hosts.iter().flat_map(|host| {
        let id = host.host_uuid.map(|id| id.to_string()).unwrap_or_default();
        let called = called(host);
        let is_one = host.name.is_some() || uses.get(called) == Some(&1);
        let by_name = is_one && is_name(called);
        let by_id = !by_name || !begun.is_empty() && id.starts_with(begun);
        let about = |first: &str| format!("{first}, {}", host.state);
        let name = by_name.then(|| Offer::new(called, about(&id)));
        let id = by_id.then(|| Offer::new(&id, about(called)));
        name.into_iter().chain(id)
    });
    offers.collect()
}

fn called(host: &Host) -> &str {
    host.name.as_deref().unwrap_or(&host.hostname)
}

/// The contexts of this user, for which nobody is asked.
pub(super) fn contexts() -> Vec<Offer> {
    let names = Contexts::of_this_user().and_then(|contexts| contexts.names());
    let names = names.unwrap_or_default().into_iter();
    names.map(|name| Offer::new(name, "")).collect()
}

fn command(command: Summary) -> Offer {
    let about = match command.description.is_empty() {
        true => command.package,
        false => command.description,
    };
    Offer::new(command.key, about)
}

fn batch(batch: Batch) -> Offer {
    let about = format!("{} by {}, {}", batch.name, batch.owner, batch.created);
    Offer::new(batch.batch, about)
}

fn job(job: ListedJob) -> Offer {
    let entry = job.entry;
    let about = format!("{} on {}: {}", entry.fx_key, entry.hostname, entry.status);
    Offer::new(job.job, about)
}

fn user(user: User) -> Offer {
    Offer::new(user.name, user.role)
}

fn token(token: Token) -> Offer {
    let about = format!("of {}, until {}", token.user, token.expires);
    Offer::new(token.name, about)
}

/// The packages of control's own registry, as a command names them.
fn packages(registry: &str, repository: &Repository) -> Vec<Offer> {
    let of_one = repository.artefacts.iter().flat_map(|package| {
        let name = |tag: &String| format!("{registry}/{}:{tag}", repository.repository);
        let offer = move |tag| Offer::new(name(tag), &package.created);
        package.tags.iter().map(offer)
    });
    of_one.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host(name: &str, id: &str) -> Host {
        let id = format!("{id}-7d64-8a90-b1c2-d3e4f5061728");
        let host = json!({ "host_uuid": id, "hostname": name, "state": "enrolled" });
        serde_json::from_value(host).unwrap()
    }

    #[test]
    fn a_host_is_offered_by_its_name_or_where_that_is_not_enough_by_its_id() {
        let all = [
            host("web", "3f2b8c1e"),
            host("db", "11111111"),
            host("db", "22222222"),
            host("$(reboot)", "44444444"),
            Host {
                name: Some("shop1".into()),
                ..host("web", "55555555")
            },
        ];
        let words = |begun: &str| {
            let offers = hosts(&all, begun).into_iter();
            offers
                .map(|offer| offer.word.chars().take(3).collect::<String>())
                .collect::<Vec<_>>()
        };
        let few = hosts(&all[..1], "");
        assert_eq!(
            few[0].about,
            "3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728, enrolled"
        );
        assert_eq!(words("")[1..], ["111", "222", "444", "sho"]);
        assert!(words("3f").contains(&"3f2".to_owned()));
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("nothing"), None);
    }
}
