//! What tests do to a database that the service never does.

use super::{DueWork, Store};
use crate::domain::audit::tests::ada;
use crate::domain::job::Batch;
use wire::HostId;
use wire::command::Command;

/// A batch to create without the service.
pub(crate) fn batch(id: i64) -> Batch {
    Batch {
        id: id.into(),
        name: "b".into(),
        notes: String::new(),
        label: Vec::new(),
        owner: "ada".into(),
        fx_key: "k".into(),
        fx_version: 0,
        created: 1_000,
    }
}

impl Store {
    /// All that is kept of requests with keys.
    pub(crate) async fn kept_requests(&self) -> String {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT owner || key || id || hex(hash) || COALESCE(answer, '') || COALESCE(place, '')
             FROM keyed_request",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        format!("{rows:?}")
    }

    /// Runs a statement on every connection of the pool: each has its own limits and modes.
    pub(crate) async fn on_every_connection(&self, statement: &'static str) {
        let mut connections = vec![self.turns.acquire().await.unwrap()];
        for _ in 0..self.pool.options().get_max_connections() {
            connections.push(self.pool.acquire().await.unwrap());
        }
        for connection in &mut connections {
            sqlx::raw_sql(statement)
                .execute(&mut **connection)
                .await
                .unwrap();
        }
    }

    /// Prevents all other writes, as another process does, until the returned transaction is
    /// dropped.
    pub(crate) async fn lock(&self) -> sqlx::Transaction<'static, sqlx::Sqlite> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap()
    }

    /// Waits until it is this one's turn to write; nobody else's comes until it is dropped.
    pub(crate) async fn turn(&self) -> sqlx::pool::PoolConnection<sqlx::Sqlite> {
        self.turns.acquire().await.unwrap()
    }

    /// Keeps the writer busy until the returned sender is dropped: what is handed in waits.
    pub(crate) async fn busy_writer(&self) -> tokio::sync::oneshot::Sender<()> {
        let (release, released) = tokio::sync::oneshot::channel();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let store = self.clone();
        tokio::spawn(async move {
            let busy = store.write(move |_| {
                Box::pin(async move {
                    begin.send(()).unwrap();
                    drop(released.await);
                    Ok(())
                })
            });
            busy.await
        });
        begun.await.unwrap();
        release
    }

    /// Creates a job for each host, without waking any.
    pub(crate) async fn create_jobs(&self, hosts: &[HostId]) {
        let jobs: Vec<_> = (1_000_000..)
            .map(i64::into)
            .zip(hosts.iter().copied())
            .collect();
        let (batch, command) = (batch(999_999), Command::default());
        self.create_batch(&batch, &jobs, &command, None, &ada())
            .await
            .unwrap();
    }

    /// The work that is due for a host, noted as sent.
    pub(crate) async fn sent_work(
        &self,
        host: HostId,
        is_busy: bool,
        now: u64,
    ) -> super::Result<DueWork> {
        let mut due = self.due_work(host, is_busy, None, now).await?;
        if let DueWork::Offer(offer) = &mut due {
            assert!(self.note_sent(host, offer, now).await?);
        }
        Ok(due)
    }

    /// How many units of work wait for the writer.
    pub(crate) fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Makes all reads from now on fail.
    pub(crate) async fn close_readers(&self) {
        self.pool.close().await;
    }

    /// The highest number in the audit log.
    pub(crate) async fn newest_audit(&self) -> i64 {
        let (newest,): (Option<i64>,) = sqlx::query_as("SELECT MAX(number) FROM audit")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        newest.unwrap_or_default()
    }

    /// How often what control remembers of a host has changed.
    pub(crate) async fn version(&self, host: HostId) -> i64 {
        let (version,): (i64,) = sqlx::query_as(
            "SELECT version FROM pulse JOIN host ON pulse.host = host.number WHERE id = $1",
        )
        .bind(host.to_string())
        .fetch_one(&self.pool)
        .await
        .unwrap();
        version
    }

    /// How SQLite reads the rows of a statement, a step per line.
    pub(crate) async fn plan(&self, select: &sqlx::QueryBuilder<sqlx::Sqlite>) -> Vec<String> {
        let explain = format!("EXPLAIN QUERY PLAN {}", select.sql().as_str());
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
            .fetch_all(&self.pool)
            .await
            .unwrap();
        steps.into_iter().map(|(_, _, _, step)| step).collect()
    }

    /// Changes rows in a way that only time does.
    pub(crate) async fn change(&self, statements: &str) {
        let statements = format!("PRAGMA defer_foreign_keys = on; {statements}");
        let mut transaction = self.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// A job's command as it is stored, with its secrets.
    pub(crate) async fn stored_command(&self, job: i64) -> String {
        let row: (i64, String) = sqlx::query_as(
            "SELECT batch.id, command FROM job JOIN batch ON batch.id = job.batch WHERE job.id = $1",
        )
        .bind(job)
        .fetch_one(&self.pool)
        .await
        .unwrap();
        let command = self.vault.open_batch_command(row.0, &row.1).unwrap();
        serde_json::to_string(&command).unwrap()
    }
}

impl Store {
    /// Damages all sealed values, outputs and password hashes, so that reading one of them
    /// fails.
    pub(crate) async fn damage_what_lists_do_not_need(&self) {
        let damage = "UPDATE host SET sealed_key = 'torn', next_key = 'torn';
             UPDATE command SET definition = 'torn';
             UPDATE batch SET command = 'torn';
             UPDATE job SET log = x'ff';
             UPDATE operator SET password = x'ff' WHERE name <> 'ada';";
        sqlx::raw_sql(damage).execute(&self.pool).await.unwrap();
    }

    /// Damages a job's command, as a disk does.
    pub(crate) async fn damage_command(&self, job: i64) {
        sqlx::query(
            "UPDATE batch SET command = 'torn' WHERE id = (SELECT batch FROM job WHERE id = $1)",
        )
        .bind(job)
        .execute(&self.pool)
        .await
        .unwrap();
    }
}
