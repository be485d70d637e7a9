//! Verifies the log, some entries at a time: a long read would keep a connection from others, and
//! the journal of the database from being written back.

use super::{ends, oldest};
use crate::domain::audit::{Findings, Verifier};
use crate::store::{Result, Store};

/// How many entries are read at a time; few in tests, whose logs are short.
const STEP: u32 = if cfg!(test) { 2 } else { 256 };

impl Store {
    /// Verifies the log, up to the entry that is the newest now.
    pub(crate) async fn verify_audit(&self) -> Result<Findings> {
        let (mut verifier, until) = self.begin_to_verify().await?;
        let mut after = i64::MIN;
        loop {
            let mut moment = self.pool.begin().await?;
            let ends = ends(&mut moment).await?;
            let step = oldest(&mut moment, after, until, STEP).await?;
            moment.commit().await?;
            verifier.go_on_after(ends.as_ref());
            let Some(last) = step.last() else {
                return Ok(verifier.finish());
            };
            after = last.number;
            step.into_iter().for_each(|entry| verifier.add(entry));
            tokio::task::yield_now().await;
        }
    }

    /// Reads where the log begins and ends; also returns the highest number, which somebody may have
    /// added after the end.
    async fn begin_to_verify(&self) -> Result<(Verifier<'_>, i64)> {
        let (key, newest) = (&self.vault.audit_key, self.memory.newest());
        let mut moment = self.pool.begin().await?;
        let ends = ends(&mut moment).await?;
        let has_lost = match &ends {
            Some(ends) => {
                let (memory, is_sealed) = (&self.memory, key.has_sealed(ends));
                memory
                    .has_lost(&mut moment, newest, ends, is_sealed)
                    .await?
            }
            None => false,
        };
        let (highest,): (Option<i64>,) = sqlx::query_as("SELECT MAX(number) FROM audit")
            .fetch_one(&mut *moment)
            .await?;
        moment.commit().await?;
        let verifier = Verifier::new(key, ends, has_lost);
        Ok((verifier, highest.unwrap_or(i64::MIN)))
    }
}
