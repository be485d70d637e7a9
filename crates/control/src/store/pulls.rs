//! What control knows of a job whose package somebody wants to pull.

use super::row::host_id;
use super::{Error, Result, Store};
use crate::domain::host::HostState;
use crate::domain::pull_token::{PullKey, PullState};
use api::JobId;
use sqlx::FromRow;
use wire::command::Command;

#[derive(FromRow)]
struct Row {
    host: String,
    state: String,
    disabled: Option<i64>,
    offered: Option<i64>,
    ended: Option<i64>,
}

impl Row {
    fn state(self) -> Result<PullState> {
        let state = HostState::new(&self.state, self.disabled.is_some());
        Ok(PullState {
            host: host_id(&self.host)?,
            host_state: state.ok_or_else(|| Error::unreadable("host.state", &self.state))?,
            was_offered: self.offered.is_some(),
            has_ended: self.ended.is_some(),
        })
    }
}

impl Store {
    /// What makes and verifies the tokens of jobs.
    pub(crate) fn pull_key(&self) -> &PullKey {
        &self.vault.pull_key
    }

    /// What decides whether a job may pull; opens nothing that is sealed.
    pub(crate) async fn pull_state(&self, job: JobId) -> Result<Option<PullState>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT job.host, host.state, host.disabled, job.offered, job.ended
             FROM job JOIN host ON host.id = job.host WHERE job.id = $1",
        )
        .bind(job.number())
        .fetch_optional(&self.pool)
        .await?;
        row.map(Row::state).transpose()
    }

    /// The command of a job.
    pub(crate) async fn command_of(&self, job: JobId) -> Result<Option<Command>> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "SELECT batch.id, batch.command FROM job JOIN batch ON batch.id = job.batch
             WHERE job.id = $1",
        )
        .bind(job.number())
        .fetch_optional(&self.pool)
        .await?;
        let open = |(batch, sealed): (i64, String)| self.vault.open_batch_command(batch, &sealed);
        row.map(open).transpose()
    }
}
