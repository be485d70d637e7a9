//! Lists the log.

use super::{Row, SELECT};
use crate::domain::audit::{AuditFilter, Entry};
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
    if !filter.what.is_empty() {
        select.push(" AND action IN (");
        let mut names = select.separated(", ");
        for action in &filter.what {
            names.push_bind(action.name());
        }
        select.push(")");
    }
    if filter.since > 0 {
        // The first such entry begins, by the index of times: as `MIN(number)` it would be looked for
        // among all that are older.
        select.push(" AND number >= (SELECT MIN(number + 0) FROM audit WHERE at >= ");
        select.push_bind(integer(filter.since)).push(") AND at >= ");
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
                    what: vec![Action::HostDisable],
                    ..all()
                },
                "audit_by_action (action=? AND number<?)",
            ),
            (
                AuditFilter { since: 7, ..all() },
                "COVERING INDEX audit_by_time (at>?)",
            ),
        ] {
            let plan = plan(&store, &filter).await;
            assert!(plan.contains(index) && !plan.contains("SCAN"), "{plan}");
        }
    }
}
