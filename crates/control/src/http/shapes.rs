//! What several APIs answer in the same shape.

use super::error::Error;
use crate::domain;
use crate::domain::api_token::StoredToken;
use crate::domain::audit::{Action, Entry};
use crate::domain::root::Listed;
use crate::domain::scope::Scope;
use crate::domain::user::{ListedUser, Role};
use crate::service::key_lists::Shown;
use api::Time;
use api::audit::AuditEntry;
use api::key_lists::{Hosts, Key, KeyList};
use api::tokens::Token;
use api::users::User;
use serde_json::Value;
use trust::{Fingerprint, Keyring};
use wire::encoding::hex;

/// A user in a list.
pub(super) fn user(user: ListedUser) -> User {
    let role = match user.role {
        Role::Admin => api::users::Role::Admin,
        Role::Operator => api::users::Role::Operator,
        Role::Publisher => api::users::Role::Publisher,
        Role::Reader => api::users::Role::Reader,
    };
    User {
        name: user.name,
        role,
        scope: given(&user.scope),
    }
}

/// The scope of a user or of a token as it was given.
fn given(scope: &Scope) -> api::Scope {
    scope.as_given().into_iter().next().unwrap_or_default()
}

/// The scope that a request gives a user or a token.
///
/// # Errors
/// That the selector cannot be read.
pub(super) fn scope(given: &api::Scope) -> Result<Scope, Error> {
    Scope::of(given).map_err(Error::invalid)
}

/// The role that a request names.
///
/// # Errors
/// That it is none.
pub(super) fn role(role: api::users::Role) -> Result<Role, Error> {
    Ok(match role {
        api::users::Role::Admin => Role::Admin,
        api::users::Role::Operator => Role::Operator,
        api::users::Role::Publisher => Role::Publisher,
        api::users::Role::Reader => Role::Reader,
        api::users::Role::Unknown => {
            let text = "a role is admin, operator, publisher or reader";
            return Err(domain::Error::Invalid(text.into()).into());
        }
    })
}

/// A token in a list.
pub(super) fn token(token: StoredToken) -> Token {
    Token {
        may: token.rights.texts(),
        scope: given(&token.scope),
        name: token.name,
        user: token.owner,
        created: Time::at(token.created),
        expires: Time::at(token.expires),
        last_used: token.last_used.map(Time::at),
    }
}

/// An entry of the audit log.
pub(super) fn audit_entry(entry: Entry) -> AuditEntry {
    let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
    AuditEntry {
        number: unsigned(entry.number),
        time: Time::at(unsigned(entry.at)),
        who: entry.who,
        token: entry.token,
        from: entry.origin,
        what: entry.action,
        kind: entry.kind,
        on: entry.target,
        before: entry.before.map(json),
        after: entry.after.map(json),
        size: unsigned(entry.size),
        mac: hex(&entry.mac),
    }
}

/// Somebody may have put anything into a row.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Which actions the audit log may be asked for.
pub(super) fn known_actions() -> String {
    let names: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
    let known = names.join(", ");
    format!("known are {known}, and what they begin with, such as `host`")
}

/// The key list in force.
pub(super) fn key_list(shown: Shown) -> KeyList {
    let list = &shown.listed.list;
    KeyList {
        number: list.number,
        issued: Time::at(list.issued),
        keys: entries(&shown.listed, &shown.job_key),
        root: shown.root,
        hosts: shown
            .hosts
            .into_iter()
            .map(|(number, hosts)| Hosts { number, hosts })
            .collect(),
    }
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
