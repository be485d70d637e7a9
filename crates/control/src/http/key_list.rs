//! `/key-list`: the key list in force, and which lists the hosts trust.

use super::App;
use super::authorized::{Authorized, Operate, Read};
use super::error::Error;
use super::json::{Json, JsonBody};
use super::routes::Routes;
use crate::domain::root::Listed;
use crate::service::key_lists;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Serialize;
use trust::{Fingerprint, Keyring};
use wire::key_list::SignedKeyList;
use wire::time::rfc3339;

/// `GET` and `PUT /key-list`.
pub(crate) fn router() -> Routes {
    Routes::default()
        .on(Method::GET, "/key-list", show)
        .on(Method::PUT, "/key-list", import)
}

#[derive(Serialize)]
struct KeyListAnswer {
    root: String,
    number: u64,
    issued: String,
    keys: Vec<KeyEntry>,
    hosts: Vec<HostsEntry>,
}

#[derive(Clone, Serialize)]
struct KeyEntry {
    #[serde(rename = "use")]
    purpose: &'static str,
    fingerprint: String,
    user: Option<String>,
    /// Whether this service signs with it.
    in_use: bool,
}

/// How many hosts trust a list.
#[derive(Serialize)]
struct HostsEntry {
    number: Option<u64>,
    hosts: u64,
}

async fn show(
    user: Authorized<Read>,
    State(app): State<App>,
) -> Result<Json<KeyListAnswer>, Error> {
    let shown = key_lists::show(&app, &user.actor).await?;
    let list = &shown.listed.list;
    Ok(Json(KeyListAnswer {
        number: list.number,
        issued: rfc3339(list.issued),
        keys: entries(&shown.listed, &shown.job_key),
        root: shown.root,
        hosts: shown
            .hosts
            .into_iter()
            .map(|(number, hosts)| HostsEntry { number, hosts })
            .collect(),
    }))
}

fn entries(listed: &Listed, in_use: &Fingerprint) -> Vec<KeyEntry> {
    let of = |purpose: &'static str, rings: &[Keyring]| -> Vec<KeyEntry> {
        let keys = rings.iter().flat_map(Keyring::certificates);
        keys.map(|key| KeyEntry {
            purpose,
            fingerprint: key.fingerprint().to_string(),
            user: key.user_id(),
            in_use: key.fingerprint() == *in_use,
        })
        .collect()
    };
    [of("job", &listed.job), of("registry", &listed.registry)].concat()
}

async fn import(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(signed): JsonBody<SignedKeyList>,
) -> Result<StatusCode, Error> {
    key_lists::import(&app, &user.actor, signed).await?;
    Ok(StatusCode::NO_CONTENT)
}
