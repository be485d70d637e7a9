//! First offers, as many as there are at a moment in two statements: each gives a job the number
//! that its host sees.

use super::Result;
use super::row::integer;
use super::together::{padded, placeholders};
use super::writer::{Doing, OfHost};
use api::JobId;
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::collections::{HashMap, HashSet};
use wire::HostId;
use wire::labelled::sha256;

/// A job that is offered for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstOffer {
    pub(super) host: HostId,
    pub(super) job: JobId,
    /// When, in unix seconds.
    pub(super) now: u64,
}

impl OfHost for FirstOffer {
    type Host = HostId;
    /// The number of the job; `None` if it was cancelled or offered meanwhile.
    type Outcome = Option<i64>;
    const IS_ONE_STATEMENT: bool = false;

    fn host(&self) -> HostId {
        self.host
    }

    fn carry_out<'c>(
        connection: &'c mut SqliteConnection,
        offers: &'c [Self],
    ) -> Doing<'c, Vec<Option<i64>>> {
        Box::pin(note(connection, offers))
    }
}

/// Gives jobs of different hosts their numbers: each its id, unless its host was offered a higher
/// number before. Then it is a little above that, and not the id of another job, for which users
/// would take it.
async fn note(
    connection: &mut SqliteConnection,
    offers: &[FirstOffer],
) -> Result<Vec<Option<i64>>> {
    // It comes first, so that offers to one host take turns in every database. If the job is not
    // offered, the number is left out.
    let given = next_numbers(connection, offers).await?;
    let mut numbered = Vec::with_capacity(offers.len());
    for offer in offers {
        // A host that was removed meanwhile has no row.
        if let Some(number) = given.get(&offer.host.to_string()) {
            numbered.push((offer, free_number(connection, offer, *number).await?));
        }
    }
    let offered = put(connection, &numbered).await?;
    let numbers: HashMap<_, _> = numbered
        .into_iter()
        .filter(|(offer, _)| offered.contains(&offer.job.number()))
        .map(|(offer, number)| (offer.job.number(), number))
        .collect();
    let number = |offer: &FirstOffer| numbers.get(&offer.job.number()).copied();
    Ok(offers.iter().map(number).collect())
}

/// This number, or the host's next one that is not the id of another job.
async fn free_number(
    connection: &mut SqliteConnection,
    offer: &FirstOffer,
    mut number: i64,
) -> Result<i64> {
    while is_id_of_another(connection, number, offer.job).await? {
        let next = next_numbers(connection, std::slice::from_ref(offer)).await?;
        number = next.into_values().next().unwrap_or(offer.job.number());
    }
    Ok(number)
}

/// For each host the job's id, or a number above all that the host was offered; the highest from
/// now on. The ids of a batch are close together: the step over them is wide. It is always the same
/// for a job, so that control from a backup gives the number again by which the host knows the job.
async fn next_numbers(
    connection: &mut SqliteConnection,
    offers: &[FirstOffer],
) -> Result<HashMap<String, i64>> {
    let size = padded(offers.len());
    // The columns of VALUES are called so in SQLite and in PostgreSQL.
    let update = format!(
        "UPDATE host SET last_number = CASE WHEN last_number < offer.column2 THEN offer.column2
            ELSE last_number + offer.column3 END
         FROM (VALUES {}) AS offer WHERE host.id = offer.column1
         RETURNING host.id, host.last_number",
        placeholders(size, 3)
    );
    let mut query = sqlx::query_as::<_, (String, i64)>(AssertSqlSafe(update));
    for FirstOffer { host, job, .. } in offers {
        query = query.bind(host.to_string()).bind(job.number());
        query = query.bind(step(*job));
    }
    // No host has an empty id: it fills the statement up.
    for _ in offers.len()..size {
        query = query.bind(String::new()).bind(0_i64).bind(0_i64);
    }
    Ok(query.fetch_all(connection).await?.into_iter().collect())
}

/// Notes jobs as offered under these numbers, unless they were cancelled or offered meanwhile.
/// Returns the ids of those that are offered now.
async fn put(
    connection: &mut SqliteConnection,
    numbered: &[(&FirstOffer, i64)],
) -> Result<HashSet<i64>> {
    let size = padded(numbered.len());
    let update = format!(
        "UPDATE job SET offered = offer.column2, number = offer.column3
         FROM (VALUES {}) AS offer
         WHERE job.id = offer.column1 AND job.number IS NULL AND job.ended IS NULL
            AND job.cancelled IS NULL
         RETURNING job.id",
        placeholders(size, 3)
    );
    let mut query = sqlx::query_as::<_, (i64,)>(AssertSqlSafe(update));
    for (offer, number) in numbered {
        query = query.bind(offer.job.number());
        query = query.bind(integer(offer.now)).bind(*number);
    }
    // No job has a negative id.
    for _ in numbered.len()..size {
        query = query.bind(-1_i64).bind(0_i64).bind(0_i64);
    }
    let offered = query.fetch_all(connection).await?;
    Ok(offered.into_iter().map(|(job,)| job).collect())
}

/// By how much the number of a job is above the last one: 1 to 65,536.
fn step(job: JobId) -> i64 {
    let [first, second, ..] = sha256(&job.number().to_be_bytes());
    1 + i64::from(u16::from_be_bytes([first, second]))
}

async fn is_id_of_another(
    connection: &mut SqliteConnection,
    number: i64,
    job: JobId,
) -> Result<bool> {
    if number == job.number() {
        return Ok(false);
    }
    let other: Option<(i64,)> = sqlx::query_as("SELECT id FROM job WHERE id = $1")
        .bind(number)
        .fetch_optional(connection)
        .await?;
    Ok(other.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scope::Scope;
    use crate::store::Store;
    use crate::store::tests::with_hosts;

    fn offer(store: &Store, host: HostId, job: i64) -> impl Future<Output = Option<i64>> + use<> {
        let (writer, job) = (store.writer.clone(), job.into());
        let offer = FirstOffer { host, job, now: 7 };
        async move { writer.offer(offer).await.unwrap() }
    }

    #[tokio::test]
    async fn jobs_that_are_offered_together_each_get_a_number_or_are_left_out() {
        let names = ["new", "ahead", "cancelled", "unknown"];
        let [new, ahead, cancelled, unknown] = names.map(|name| HostId::derive(name, "", b""));
        let (_folder, store) = with_hosts(&[new, ahead, cancelled]).await;
        store.create_jobs(&[new, ahead, cancelled]).await;
        let change = format!(
            "UPDATE host SET last_number = 2000000 WHERE id = '{ahead}';
             UPDATE job SET cancelled = 1 WHERE host = '{cancelled}';"
        );
        store.change(&change).await;
        let busy = store.busy_writer().await;
        let all = async {
            tokio::join!(
                offer(&store, new, 1_000_000),
                offer(&store, new, 1_000_000),
                offer(&store, ahead, 1_000_001),
                offer(&store, cancelled, 1_000_002),
                offer(&store, unknown, 1_000_003),
            )
        };
        let wait = async {
            while store.waiting() < 5 {
                tokio::task::yield_now().await;
            }
            drop(busy);
        };
        let ((first, again, above, none, nobody), ()) = tokio::join!(all, wait);
        assert_eq!((first, again), (Some(1_000_000), None));
        assert!((2_000_001..=2_065_536).contains(&above.unwrap()));
        assert_eq!((none, nobody), (None, None));
        let (job, _) = store
            .job(1_000_001.into(), &Scope::everything())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(job.number, above.map(Into::into));
    }
}
