//! The statements of lists. Each has only the conditions that its filter has, so that the
//! database finds a page by an index, however much there is beside it.

use super::narrowed::{equals, in_place, labelled, within};
use super::row::integer;
use crate::domain::host::{HostFilter, PlaceFilter};
use crate::domain::job::{BatchFilter, JobFilter};
use crate::domain::scope::Scope;
use api::{BatchId, JobId};
use sqlx::{QueryBuilder, Sqlite};

/// A place with up to so many hosts is small: its jobs are found by its hosts. Those of a larger
/// place are found sooner among all jobs, the newest first.
pub(super) const SMALL: i64 = 1_000;

/// What is read of a job, of its host and of its batch.
pub(super) const JOB: &str =
    "job.id, job.host, job.number, job.received, job.cancelled, job.ended, job.result,
        host.facts, host.org_group, host.org, host.area, host.location, host.label,
        batch.id AS batch_id, batch.name, batch.notes, batch.label AS batch_label, batch.owner,
        batch.fx_key, batch.fx_version, batch.created";

/// The tables in the order in which the database reads them: it cannot know how many hosts a
/// place has.
pub(super) const OF_JOBS: &str = " FROM job CROSS JOIN host CROSS JOIN batch
     WHERE host.id = job.host AND batch.id = job.batch";

/// Jobs, newest first. `are_few_hosts` says whether they are jobs of few hosts.
pub(super) fn jobs(filter: &JobFilter, scope: &Scope, are_few_hosts: bool) -> QueryBuilder<Sqlite> {
    let log = if filter.with_logs {
        "job.log"
    } else {
        "'' AS log"
    };
    let before = filter.before.map_or(i64::MAX, JobId::number);
    let mut select = QueryBuilder::new(format!("SELECT {log}, {JOB}{OF_JOBS} AND job.id < "));
    select.push_bind(before);
    if let Some(batch) = filter.batch {
        select.push(" AND job.batch = ").push_bind(batch.number());
    }
    if are_few_hosts && filter.batch.is_none() {
        select.push(
            " AND job.id IN (SELECT placed.id FROM host CROSS JOIN job AS placed
                WHERE placed.host = host.id AND placed.id < ",
        );
        select.push_bind(before);
        in_place(&mut select, &filter.place);
        within(&mut select, scope);
        select.push(")");
    } else {
        in_place(&mut select, &filter.place);
        within(&mut select, scope);
    }
    select.push(" ORDER BY job.id DESC");
    select
}

/// How many hosts of a scope a place has, up to one more than [`SMALL`].
pub(super) fn size_of(place: &PlaceFilter, scope: &Scope) -> QueryBuilder<Sqlite> {
    let mut select =
        QueryBuilder::new("SELECT COUNT(*) FROM (SELECT number FROM host WHERE number > 0");
    in_place(&mut select, place);
    within(&mut select, scope);
    select.push(" LIMIT ").push_bind(SMALL + 1).push(") AS few");
    select
}

/// Hosts in the order of their numbers.
pub(super) fn hosts(columns: &str, filter: &HostFilter, scope: &Scope) -> QueryBuilder<Sqlite> {
    let mut select = QueryBuilder::new(format!("{columns} WHERE number > "));
    select.push_bind(filter.after);
    if !filter.with_removed {
        select.push(" AND state <> 'removed'");
    }
    in_place(&mut select, &filter.place);
    labelled(&mut select, &filter.selector);
    within(&mut select, scope);
    select.push(" ORDER BY number");
    select
}

/// Batches, newest first: of a scope those that have a job in it. `are_few_hosts` says whether it
/// has few hosts.
pub(super) fn batches(
    filter: &BatchFilter,
    scope: &Scope,
    are_few_hosts: bool,
) -> QueryBuilder<Sqlite> {
    let mut select = QueryBuilder::new(
        "SELECT id AS batch_id, name, notes, label AS batch_label, owner, fx_key, fx_version, created
         FROM batch WHERE id < ",
    );
    select.push_bind(filter.before.map_or(i64::MAX, BatchId::number));
    equals(&mut select, "name", &filter.name);
    equals(&mut select, "owner", &filter.owner);
    select
        .push(" AND created >= ")
        .push_bind(integer(filter.from));
    select
        .push(" AND created < ")
        .push_bind(integer(filter.until));
    if are_few_hosts {
        select
            .push(" AND id IN (SELECT job.batch FROM host CROSS JOIN job WHERE job.host = host.id");
        within(&mut select, scope);
        select.push(")");
    } else {
        has_job_within(&mut select, scope);
    }
    select.push(" ORDER BY id DESC");
    select
}

/// Only batches that have a job in a scope; all if it is not narrowed.
pub(super) fn has_job_within(select: &mut QueryBuilder<Sqlite>, scope: &Scope) {
    if !scope.is_everything() {
        select.push(
            " AND EXISTS (SELECT 1 FROM job CROSS JOIN host WHERE job.batch = batch.id AND host.id = job.host",
        );
        within(select, scope);
        select.push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, hosts::COLUMNS};
    use super::*;
    use crate::domain::scope::tests::labelled as scope_of;
    use sqlx::Row;
    use tempfile::TempDir;

    fn place() -> PlaceFilter {
        PlaceFilter {
            org_group: "g".into(),
            ..PlaceFilter::default()
        }
    }

    fn all() -> JobFilter {
        JobFilter::default()
    }

    async fn store() -> (TempDir, Store) {
        let folder = TempDir::new().unwrap();
        let path = |name| folder.path().join(name);
        let store = Store::open(&path("data"), &path("key")).await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn the_jobs_of_a_place_are_the_same_by_its_hosts_and_among_all() {
        let (_folder, store) = store().await;
        store
            .change(
                "INSERT INTO batch (id, name, notes, label, owner, fx_key, fx_version, created)
                     VALUES (1, 'b', '', '[]', 'ada', 'k', 1, 1);
                 INSERT INTO host (id, state, sealed_key, fingerprint, nonce, facts, created, org_group)
                     VALUES ('a', 'enrolled', '', '', x'00', '{}', 1, 'g'),
                         ('b', 'enrolled', '', '', x'00', '{}', 1, 'g'),
                         ('c', 'enrolled', '', '', x'00', '{}', 1, 'other');
                 INSERT INTO job (id, batch, host)
                     VALUES (2, 1, 'a'), (3, 1, 'c'), (4, 1, 'b'), (5, 1, 'a'), (6, 1, 'b');",
            )
            .await;
        let filter = JobFilter {
            place: place(),
            before: Some(6.into()),
            ..all()
        };
        for has_small_place in [true, false] {
            let mut select = jobs(&filter, &Scope::everything(), has_small_place);
            let rows = select.build().fetch_all(&store.pool).await.unwrap();
            let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
            assert_eq!(ids, [5, 4, 2]);
        }
    }

    #[tokio::test]
    async fn a_page_is_found_by_an_index_in_its_order() {
        let (_folder, store) = store().await;
        let of_batch = JobFilter {
            batch: Some(1.into()),
            ..all()
        };
        let of_place = JobFilter {
            place: place(),
            ..all()
        };
        let by_name = BatchFilter {
            name: "n".into(),
            ..BatchFilter::default()
        };
        let by_owner = BatchFilter {
            owner: "o".into(),
            ..BatchFilter::default()
        };
        let of_group = HostFilter {
            place: place(),
            ..HostFilter::default()
        };
        let with_labels = |selector: &str| HostFilter {
            selector: selector.parse().unwrap(),
            ..HostFilter::default()
        };
        let (all_hosts, shop) = (Scope::everything(), scope_of("shop,!canary"));
        for (select, first) in [
            (
                jobs(&all(), &all_hosts, false),
                "job USING INDEX sqlite_autoindex_job_1",
            ),
            (
                jobs(&of_batch, &all_hosts, false),
                "job USING INDEX job_by_batch (batch=? AND id<?)",
            ),
            (
                jobs(&of_place, &all_hosts, false),
                "job USING INDEX sqlite_autoindex_job_1",
            ),
            (
                jobs(&of_place, &all_hosts, true),
                "job USING INDEX sqlite_autoindex_job_1 (id=?)",
            ),
            (
                size_of(&place(), &all_hosts),
                "host USING COVERING INDEX host_by_org_group",
            ),
            (
                hosts(COLUMNS, &HostFilter::default(), &all_hosts),
                "host USING INTEGER PRIMARY KEY (rowid>?)",
            ),
            (
                hosts(COLUMNS, &of_group, &all_hosts),
                "host USING INDEX host_by_org_group",
            ),
            (
                hosts(COLUMNS, &with_labels("shop,tier=edge,!canary"), &all_hosts),
                "host USING INTEGER PRIMARY KEY (rowid=?)",
            ),
            (
                hosts(COLUMNS, &with_labels("shop,tier=edge"), &all_hosts),
                "host_label USING COVERING INDEX host_by_label (key=? AND value=?)",
            ),
            (
                hosts(COLUMNS, &with_labels("!canary"), &all_hosts),
                "host_label USING PRIMARY KEY (host=? AND key=?)",
            ),
            (
                jobs(&all(), &shop, false),
                "job USING INDEX sqlite_autoindex_job_1 (id<?)",
            ),
            (
                jobs(&all(), &shop, true),
                "job USING INDEX sqlite_autoindex_job_1 (id=?)",
            ),
            (
                jobs(&of_batch, &shop, true),
                "job USING INDEX job_by_batch (batch=? AND id<?)",
            ),
            (
                hosts(COLUMNS, &HostFilter::default(), &shop),
                "host USING INTEGER PRIMARY KEY (rowid=?)",
            ),
            (
                batches(&BatchFilter::default(), &shop, true),
                "batch USING INDEX sqlite_autoindex_batch_1 (id=?)",
            ),
            (
                batches(&BatchFilter::default(), &shop, false),
                "job USING INDEX job_by_batch (batch=?)",
            ),
            (
                batches(&BatchFilter::default(), &all_hosts, false),
                "batch USING INDEX sqlite_autoindex_batch_1",
            ),
            (
                batches(&by_name, &all_hosts, false),
                "batch USING INDEX batch_by_name (name=? AND id<?)",
            ),
            (
                batches(&by_owner, &all_hosts, false),
                "batch USING INDEX batch_by_owner (owner=? AND id<?)",
            ),
        ] {
            let plan = store.plan(&select).await;
            assert!(plan.iter().any(|step| step.contains(first)), "{plan:#?}");
            let is_slow = |step: &String| {
                step.starts_with("SCAN") && !step.contains("few") || step.contains("TEMP B-TREE")
            };
            assert!(
                !plan.iter().any(is_slow),
                "{}: {plan:#?}",
                select.sql().as_str()
            );
        }
    }
}
