//! Requests that users' rights do not allow: an entry of the audit log for each minute, user and token,
//! so that a program that keeps asking does not fill it.

use super::{Actor, Service};
use crate::domain::audit::{Action, Author, Change};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

/// How often what was counted is written.
const EVERY: Duration = Duration::from_secs(60);

/// How many different requests of a user the entry names.
const MOST_NAMED: usize = 8;

/// How many users are counted at a time; there are hardly as many.
const MOST_USERS: usize = 1_024;

/// What was refused since the last entry, by user and token.
#[derive(Default)]
pub(crate) struct Denials(Mutex<BTreeMap<(String, Option<String>), Denied>>);

struct Denied {
    /// Who made the first of them, and from where.
    author: Author,
    count: u64,
    asked: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Denied {
    fn change(self) -> Change {
        let refused = self.author.did(Action::RequestRefuse, self.count);
        refused.after(json!({
            "count": self.count, "requests": self.asked, "addresses": self.addresses,
        }))
    }
}

impl Denials {
    /// Counts a refused request.
    pub(crate) fn note(&self, actor: &Actor, asked: &str) {
        let author = actor.author();
        let (mut all, key) = (self.locked(), (author.who.clone(), author.token.clone()));
        if all.len() >= MOST_USERS && !all.contains_key(&key) {
            return;
        }
        let denied = all.entry(key).or_insert_with(|| {
            log(actor, asked);
            Denied {
                author,
                count: 0,
                asked: BTreeSet::new(),
                addresses: BTreeSet::new(),
            }
        });
        denied.count += 1;
        add(&mut denied.asked, asked);
        add(
            &mut denied.addresses,
            &actor.address.to_canonical().to_string(),
        );
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<(String, Option<String>), Denied>> {
        // Every change is a single step, so a panic elsewhere leaves the map consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Denied> {
        std::mem::take(&mut *self.locked()).into_values().collect()
    }
}

/// Logs the first refusal of those that share an entry: the entry has the others.
fn log(actor: &Actor, asked: &str) {
    tracing::warn!(
        user = actor.who,
        token = actor.token.as_ref().map(|token| token.name.as_str()),
        role = %actor.role,
        request = asked,
        source = %actor.address,
        "refused a request that the user's rights do not allow"
    );
}

fn add(named: &mut BTreeSet<String>, text: &str) {
    if named.len() < MOST_NAMED {
        named.insert(text.to_owned());
    }
}

/// Writes what was counted once a minute, and when the service stops.
pub(crate) fn watch(service: &Service) -> impl Future<Output = ()> + use<> {
    let service = service.clone();
    let mut stopping = service.delivery.stopping.clone();
    async move {
        loop {
            let stops = tokio::select! {
                () = sleep(EVERY) => false,
                _ = stopping.wait_for(|stopping| *stopping) => true,
            };
            write(&service).await;
            if stops {
                return;
            }
        }
    }
}

/// Writes what was counted into the audit log.
pub(crate) async fn write(service: &Service) {
    for denied in service.denials.take() {
        let (user, count) = (denied.author.who.clone(), denied.count);
        if let Err(error) = service.store().record_alone(denied.change()).await {
            tracing::warn!(%error, user, count, "refused requests are missing in the audit log");
        }
    }
}
