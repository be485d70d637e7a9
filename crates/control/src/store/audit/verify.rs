//! Verifies the log.

use super::{Row, SELECT, ends};
use crate::domain::audit::{Findings, Verifier};
use crate::store::row::stream;
use crate::store::{Result, Store};
use sqlx::{QueryBuilder, Sqlite};
use std::ops::ControlFlow;

impl Store {
    /// Verifies the log, as it is at one moment.
    pub(crate) async fn verify_audit(&self) -> Result<Findings> {
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
        let mut verifier = Verifier::new(key, ends, has_lost);
        let mut all = QueryBuilder::<Sqlite>::new(SELECT);
        all.push(" ORDER BY number");
        let rows = all.build_query_as::<Row>().fetch(&mut *moment);
        let take = |entry| {
            verifier.add(entry);
            ControlFlow::Continue(())
        };
        stream(rows, |row| Ok(row.into()), take).await?;
        Ok(verifier.finish())
    }
}
