//! `/key-list`: the key list in force, and which lists the hosts trust.

use super::App;
use super::authorized::{Authorized, Operate, Read};
use super::error::Error;
use super::json::{Json, JsonBody};
use super::routes::Routes;
use crate::clock::unix_now;
use crate::domain::root::{Listed, Root};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde::Serialize;
use trust::Keyring;
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

async fn show(_: Authorized<Read>, State(app): State<App>) -> Result<Json<KeyListAnswer>, Error> {
    let root = root(&app)?;
    let listed = root.listed();
    let counts = app.store().key_list_counts().await?.into_iter();
    Ok(Json(KeyListAnswer {
        root: root.fingerprint.clone(),
        number: listed.list.number,
        issued: rfc3339(listed.list.issued),
        keys: entries(&app, &listed),
        hosts: counts
            .map(|(number, hosts)| HostsEntry { number, hosts })
            .collect(),
    }))
}

fn entries(app: &App, listed: &Listed) -> Vec<KeyEntry> {
    let in_use = app.delivery.key.fingerprint();
    let of = |purpose: &'static str, rings: &[Keyring]| -> Vec<KeyEntry> {
        let keys = rings.iter().flat_map(Keyring::certificates);
        keys.map(|key| KeyEntry {
            purpose,
            fingerprint: key.fingerprint().to_string(),
            user: key.user_id(),
            in_use: key.fingerprint() == in_use,
        })
        .collect()
    };
    [of("job", &listed.job), of("registry", &listed.registry)].concat()
}

/// Imports a list. Only the root key's signature protects it; every operator may import one.
async fn import(
    user: Authorized<Operate>,
    State(app): State<App>,
    JsonBody(signed): JsonBody<SignedKeyList>,
) -> Result<StatusCode, Error> {
    let root = root(&app)?;
    if root.has_in_force(&signed) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let newer = root.open_newer(signed, &app.delivery.key.fingerprint())?;
    let number = newer.list.number;
    let store = app.store();
    store
        .import_key_list(&root.fingerprint, number, &newer.signed, unix_now())
        .await?;
    root.put_in_force(newer);
    app.delivery.presence.wake_all();
    tracing::info!(number, by = user.name, "imported a key list");
    Ok(StatusCode::NO_CONTENT)
}

fn root(app: &App) -> Result<&Root, Error> {
    app.root().ok_or_else(|| {
        Error::not_found("this service was started without --root-key, so it has no key list")
    })
}
