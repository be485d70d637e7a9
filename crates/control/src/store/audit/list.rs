//! Lists the log.

use super::{Row, SELECT};
use crate::domain::audit::{AuditFilter, Entry, What};
use crate::store::row::{integer, stream};
use crate::store::{Result, Store};
use sqlx::{QueryBuilder, Sqlite};
use std::ops::ControlFlow;

impl Store {
    /// Passes entries to `take` until it breaks.
    pub(crate) async fn audit(
        &self,
        filter: &AuditFilter,
        take: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut select = select(filter);
        let rows = select.build_query_as::<Row>().fetch(&self.pool);
        stream(rows, |row| Ok(row.into()), take).await
    }
}

fn select(filter: &AuditFilter) -> QueryBuilder<Sqlite> {
    let mut select = QueryBuilder::new(SELECT);
    let (than, order, first) = match filter.oldest_first {
        true => (">", "", i64::MIN),
        false => ("<", " DESC", i64::MAX),
    };
    let after = filter.after.map_or(first, integer);
    select.push(format_args!(" WHERE number {than} "));
    select.push_bind(after);
    for (column, value) in [("who", &filter.who), ("target", &filter.on)] {
        if !value.is_empty() {
            select.push(format_args!(" AND {column} = "));
            select.push_bind(value.clone());
        }
    }
    let what = filter.what.map(|what| match what {
        What::Action(action) => ("action", action.name()),
        What::Kind(kind) => ("kind", kind),
    });
    if let Some((column, value)) = what {
        select.push(format_args!(" AND {column} = "));
        select.push_bind(value);
    }
    if filter.since > 0 {
        // The first such entry begins, by the index of times: as `MIN(number)` it would be looked for
        // among all that are older. Pages after the first begin where the one before ended.
        if !filter.oldest_first || after <= 0 {
            select.push(" AND number >= (SELECT MIN(number + 0) FROM audit WHERE at >= ");
            select.push_bind(integer(filter.since)).push(")");
        }
        select.push(" AND at >= ");
        select.push_bind(integer(filter.since));
    }
    select.push(" ORDER BY number").push(order);
    select
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::Action;

    async fn plan(store: &Store, filter: &AuditFilter) -> String {
        let explain = format!("EXPLAIN QUERY PLAN {}", select(filter).sql().as_str());
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
            .fetch_all(&store.pool)
            .await
            .unwrap();
        let steps: Vec<_> = steps.into_iter().map(|(_, _, _, step)| step).collect();
        steps.join("; ")
    }

    #[tokio::test]
    async fn a_page_of_the_log_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let store = Store::open(&path("data"), &path("key")).await.unwrap();
        let all = AuditFilter::default;
        for (filter, index) in [
            (all(), "USING INTEGER PRIMARY KEY"),
            (
                AuditFilter {
                    who: "ada".into(),
                    ..all()
                },
                "audit_by_who (who=? AND number<?)",
            ),
            (
                AuditFilter {
                    on: "web".into(),
                    ..all()
                },
                "audit_by_target (target=? AND number<?)",
            ),
            (
                AuditFilter {
                    what: Some(What::Action(Action::HostDisable)),
                    ..all()
                },
                "audit_by_action (action=? AND number<?)",
            ),
            (
                AuditFilter {
                    what: Some(What::Kind("host")),
                    ..all()
                },
                "audit_by_kind (kind=? AND number<?)",
            ),
            (
                AuditFilter {
                    since: 7,
                    oldest_first: true,
                    after: Some(7),
                    ..all()
                },
                "USING INTEGER PRIMARY KEY (rowid>?)",
            ),
            (
                AuditFilter { since: 7, ..all() },
                "COVERING INDEX audit_by_time (at>?)",
            ),
        ] {
            let plan = plan(&store, &filter).await;
            assert!(plan.contains(index) && !plan.contains("SCAN"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            let counts_again = filter.after.is_some() && plan.contains("audit_by_time");
            assert!(!counts_again, "{plan}");
        }
    }
}
