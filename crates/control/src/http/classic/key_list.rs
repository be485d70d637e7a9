//! `/key-list`: the key list in force, and which lists the hosts trust.

use crate::domain::root::Listed;
use crate::http::App;
use crate::http::authorized::{Authorized, Operate, Read};
use crate::http::error::Error;
use crate::http::json::{Json, JsonBody};
use crate::http::routes::Routes;
use crate::service::key_lists;
use api::Time;
use api::key_lists::{Hosts, Key, KeyList};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use trust::{Fingerprint, Keyring};
use wire::key_list::SignedKeyList;

/// `GET` and `PUT /key-list`.
pub(super) fn router() -> Routes {
    Routes::default()
        .on(Method::GET, "/key-list", show)
        .on(Method::PUT, "/key-list", import)
}

async fn show(user: Authorized<Read>, State(app): State<App>) -> Result<Json<KeyList>, Error> {
    let shown = key_lists::show(&app, &user.actor).await?;
    let list = &shown.listed.list;
    Ok(Json(KeyList {
        number: list.number,
        issued: Time::at(list.issued),
        keys: entries(&shown.listed, &shown.job_key),
        root: shown.root,
        hosts: shown
            .hosts
            .into_iter()
            .map(|(number, hosts)| Hosts { number, hosts })
            .collect(),
    }))
}

fn entries(listed: &Listed, in_use: &Fingerprint) -> Vec<Key> {
    let of = |purpose: &str, rings: &[Keyring]| -> Vec<Key> {
        let keys = rings.iter().flat_map(Keyring::certificates);
        keys.map(|key| Key {
            purpose: purpose.to_owned(),
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
