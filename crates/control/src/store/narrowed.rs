//! Conditions on hosts in statements: places, labels and scopes. They name columns of the table host.

use super::{Error, Result};
use crate::domain::host::PlaceFilter;
use crate::domain::scope::{Narrowing, Scope};
use crate::domain::selector::{Selector, Term};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use wire::HostId;

/// Only hosts of a scope.
pub(super) fn within(select: &mut QueryBuilder<Sqlite>, scope: &Scope) {
    for Narrowing { place, selector } in scope.narrowings() {
        // What a host that waits has is what it claims.
        select.push(" AND host.state <> 'pending'");
        in_place(select, place);
        labelled(select, selector);
    }
}

/// Only hosts of a place.
pub(super) fn in_place(select: &mut QueryBuilder<Sqlite>, place: &PlaceFilter) {
    for (column, value) in [
        ("host.org_group", &place.org_group),
        ("host.org", &place.org),
        ("host.area", &place.area),
        ("host.location", &place.location),
    ] {
        equals(select, column, value);
    }
}

/// Only hosts with these labels.
pub(super) fn labelled(select: &mut QueryBuilder<Sqlite>, selector: &Selector) {
    for Term { label, is_negated } in selector.terms() {
        // The hosts that have a label are found by it. Those that lack it are most: each is asked.
        select.push(match is_negated {
            true => " AND NOT EXISTS (SELECT 1 FROM host_label WHERE host_label.host = host.number AND host_label.key = ",
            false => " AND host.number IN (SELECT host_label.host FROM host_label WHERE host_label.key = ",
        });
        select.push_bind(label.key().to_owned());
        if let Some(value) = label.value() {
            select
                .push(" AND host_label.value = ")
                .push_bind(value.to_owned());
        }
        select.push(")");
    }
}

/// Only rows with this value in a column; all if it is empty.
pub(super) fn equals(select: &mut QueryBuilder<Sqlite>, column: &'static str, value: &str) {
    if !value.is_empty() {
        let value = value.to_owned();
        select
            .push(format_args!(" AND {column} = "))
            .push_bind(value);
    }
}

/// Whether a host is in a scope, or the scope is not narrowed at all.
pub(super) async fn is_within(
    connection: &mut SqliteConnection,
    host: HostId,
    scope: &Scope,
) -> Result<bool> {
    if scope.is_everything() {
        return Ok(true);
    }
    let mut select = QueryBuilder::new("SELECT number FROM host WHERE id = ");
    select.push_bind(host.to_string());
    within(&mut select, scope);
    let found: Option<(i64,)> = select.build_query_as().fetch_optional(connection).await?;
    Ok(found.is_some())
}

/// A part of a scope, as the database has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NarrowingV1 {
    selector: String,
    org_group: String,
    org: String,
    area: String,
    location: String,
}

/// The column of a scope: a JSON array of its parts; empty for all hosts.
pub(super) fn scope_column(scope: &Scope) -> Result<String> {
    if scope.is_everything() {
        return Ok(String::new());
    }
    let parts = scope.as_given().into_iter().map(|given| NarrowingV1 {
        selector: given.selector,
        org_group: given.org_group,
        org: given.org,
        area: given.area,
        location: given.location,
    });
    let parts: Vec<_> = parts.collect();
    serde_json::to_string(&parts).map_err(|error| Error::unreadable("writing JSON", error))
}

/// The scope of a column. One that cannot be read is no scope: nobody gets more by it.
pub(super) fn scope_of(column: &str) -> Result<Scope> {
    if column.is_empty() {
        return Ok(Scope::everything());
    }
    let parts: Vec<NarrowingV1> =
        serde_json::from_str(column).map_err(|error| Error::unreadable("scope", error))?;
    let mut scope = Scope::everything();
    for part in parts {
        let given = api::Scope {
            selector: part.selector,
            org_group: part.org_group,
            org: part.org,
            area: part.area,
            location: part.location,
        };
        let part = Scope::of(&given).map_err(|error| Error::unreadable("scope", error))?;
        scope = scope.and(&part);
    }
    match scope.is_everything() {
        true => Err(Error::unreadable("scope", "it narrows nothing")),
        false => Ok(scope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scope::tests::labelled;

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let both = labelled("shop,!canary").and(&labelled("os=arm"));
        for scope in [Scope::everything(), labelled("shop"), both] {
            assert_eq!(scope_of(&scope_column(&scope).unwrap()).unwrap(), scope);
        }
    }

    #[test]
    fn abuse_a_damaged_scope_is_not_that_of_all_hosts() {
        let nothing = r#"[{"selector":"","org_group":"","org":"","area":"","location":""}]"#;
        for column in [" ", "[]", "null", "{}", "[{}]", nothing] {
            assert!(scope_of(column).is_err(), "{column}");
        }
    }
}
