//! The statements of lists. Each has only the conditions that its filter has, so that the
//! database finds a page by an index, however much there is beside it.

use super::row::integer;
use crate::domain::host::{HostFilter, PlaceFilter};
use crate::domain::job::{BatchFilter, JobFilter};
use crate::domain::selector::{Selector, Term};
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

/// Jobs, newest first.
pub(super) fn jobs(filter: &JobFilter, has_small_place: bool) -> QueryBuilder<Sqlite> {
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
    if has_small_place && filter.batch.is_none() {
        select.push(
            " AND job.id IN (SELECT placed.id FROM host CROSS JOIN job AS placed
                WHERE placed.host = host.id AND placed.id < ",
        );
        select.push_bind(before);
        in_place(&mut select, &filter.place);
        select.push(")");
    } else {
        in_place(&mut select, &filter.place);
    }
    select.push(" ORDER BY job.id DESC");
    select
}

/// How many hosts a place has, up to one more than [`SMALL`].
pub(super) fn size_of(place: &PlaceFilter) -> QueryBuilder<Sqlite> {
    let mut select =
        QueryBuilder::new("SELECT COUNT(*) FROM (SELECT number FROM host WHERE number > 0");
    in_place(&mut select, place);
    select.push(" LIMIT ").push_bind(SMALL + 1).push(") AS few");
    select
}

/// Hosts in the order of their numbers.
pub(super) fn hosts(columns: &str, filter: &HostFilter) -> QueryBuilder<Sqlite> {
    let mut select = QueryBuilder::new(format!("{columns} WHERE number > "));
    select.push_bind(filter.after);
    if !filter.with_removed {
        select.push(" AND state <> 'removed'");
    }
    in_place(&mut select, &filter.place);
    labelled(&mut select, &filter.selector);
    select.push(" ORDER BY number");
    select
}

/// Batches, newest first.
pub(super) fn batches(filter: &BatchFilter) -> QueryBuilder<Sqlite> {
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
    select.push(" ORDER BY id DESC");
    select
}

/// Only hosts of a place.
fn in_place(select: &mut QueryBuilder<Sqlite>, place: &PlaceFilter) {
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
fn labelled(select: &mut QueryBuilder<Sqlite>, selector: &Selector) {
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
fn equals(select: &mut QueryBuilder<Sqlite>, column: &'static str, value: &str) {
    if !value.is_empty() {
        let value = value.to_owned();
        select
            .push(format_args!(" AND {column} = "))
            .push_bind(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, hosts::COLUMNS};
    use super::*;
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
            let mut select = jobs(&filter, has_small_place);
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
        for (select, first) in [
            (
                jobs(&all(), false),
                "job USING INDEX sqlite_autoindex_job_1",
            ),
            (
                jobs(&of_batch, false),
                "job USING INDEX job_by_batch (batch=? AND id<?)",
            ),
            (
                jobs(&of_place, false),
                "job USING INDEX sqlite_autoindex_job_1",
            ),
            (
                jobs(&of_place, true),
                "job USING INDEX sqlite_autoindex_job_1 (id=?)",
            ),
            (
                size_of(&place()),
                "host USING COVERING INDEX host_by_org_group",
            ),
            (
                hosts(COLUMNS, &HostFilter::default()),
                "host USING INTEGER PRIMARY KEY (rowid>?)",
            ),
            (
                hosts(COLUMNS, &of_group),
                "host USING INDEX host_by_org_group",
            ),
            (
                hosts(COLUMNS, &with_labels("shop,tier=edge,!canary")),
                "host USING INTEGER PRIMARY KEY (rowid=?)",
            ),
            (
                hosts(COLUMNS, &with_labels("shop,tier=edge")),
                "host_label USING COVERING INDEX host_by_label (key=? AND value=?)",
            ),
            (
                hosts(COLUMNS, &with_labels("!canary")),
                "host_label USING PRIMARY KEY (host=? AND key=?)",
            ),
            (
                batches(&BatchFilter::default()),
                "batch USING INDEX sqlite_autoindex_batch_1",
            ),
            (
                batches(&by_name),
                "batch USING INDEX batch_by_name (name=? AND id<?)",
            ),
            (
                batches(&by_owner),
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
