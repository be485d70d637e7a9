//! Packages of the registry, without their archives, which are files.

use super::row::{integer, read_seal, stream, unsigned};
use super::{Error, Result, Store};
use crate::domain;
use crate::domain::audit::{Action, Author, Change};
use crate::domain::package::{Pushed, StoredPackage};
use crate::domain::push::{Present, PresentTag, PushDecision, SerialReset};
use serde_json::json;
use sqlx::{FromRow, SqliteConnection};
use std::ops::ControlFlow;
use wire::seal::Endorsement;

/// Why a push was not carried out.
#[derive(Debug)]
pub(crate) enum PushError {
    /// It contradicts the present state.
    Refused(domain::Error),
    /// The store failed.
    Store(Error),
}

impl<E: Into<Error>> From<E> for PushError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    #[sqlx(rename = "ref")]
    reference: String,
    seal: String,
    pushed: i64,
}

impl Store {
    /// Has `decide` decide about a push by what is stored, and carries the decision out in one
    /// transaction. `place` moves the archive to its place before the tag points to it. Returns
    /// the decision.
    pub(crate) async fn push(
        &self,
        pushed: &Pushed,
        now: u64,
        decide: impl FnOnce(Present) -> Result<PushDecision, domain::Error>,
        place: impl FnOnce() -> std::io::Result<()>,
        by: &Author,
    ) -> Result<PushDecision, PushError> {
        let mut transaction = self.begin().await?;
        let present = present(&mut transaction, pushed).await?;
        let before = json!({ "id": present.tag.as_ref().map(|tag| &tag.id) });
        let decision = decide(present).map_err(PushError::Refused)?;
        // First what is checked: a user who was removed meanwhile places no archive.
        if let Some(change) = change(pushed, &decision, by) {
            self.record(&mut transaction, change.before(before)).await?;
        }
        if decision != PushDecision::Unchanged {
            place().map_err(|error| Error::Io(format!("archive {}", pushed.reference), error))?;
        }
        if let PushDecision::Store(serial) = decision {
            put(&mut transaction, pushed, serial, now).await?;
        }
        transaction.commit().await?;
        Ok(decision)
    }

    /// Runs `work` while no push can be stored, unless the reference of the pushed package is
    /// stored.
    pub(crate) async fn unless_known(
        &self,
        pushed: &Pushed,
        work: impl FnOnce() -> std::io::Result<()>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        if present(&mut transaction, pushed).await?.reference.is_none() {
            work().map_err(|error| Error::Io(format!("archive {}", pushed.reference), error))?;
        }
        Ok(())
    }

    /// Has `lower` decide about the highest serial of a tag, by it and by all that the tag has had,
    /// and stores the lower one, in one transaction.
    pub(crate) async fn reset_serial(
        &self,
        repository: &str,
        tag: &str,
        lower: impl FnOnce(u64, &[u64]) -> SerialReset,
        by: &Author,
    ) -> Result<SerialReset> {
        let mut transaction = self.begin().await?;
        let found: Option<(i64,)> =
            sqlx::query_as("SELECT serial FROM tag WHERE repository = $1 AND tag = $2")
                .bind(repository)
                .bind(tag)
                .fetch_optional(&mut *transaction)
                .await?;
        let Some(highest) = found.map(|(serial,)| unsigned(serial)) else {
            return Ok(SerialReset::NoTag);
        };
        let all = serials(&mut transaction, repository, tag).await?;
        let reset = lower(highest, &all);
        if let SerialReset::Lowered { from, to } = reset {
            sqlx::query("UPDATE tag SET serial = $3 WHERE repository = $1 AND tag = $2")
                .bind(repository)
                .bind(tag)
                .bind(integer(to))
                .execute(&mut *transaction)
                .await?;
            let change = by.did(Action::TagResetSerial, format_args!("{repository}:{tag}"));
            let change = change.before(json!({ "serial": from }));
            let change = change.after(json!({ "serial": to }));
            self.record(&mut transaction, change).await?;
        }
        transaction.commit().await?;
        Ok(reset)
    }

    /// The seal of the package that a tag points to.
    pub(crate) async fn tagged(&self, repository: &str, tag: &str) -> Result<Option<String>> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT package.seal FROM tag JOIN package
             ON package.repository = tag.repository AND package.ref = tag.ref
             WHERE tag.repository = $1 AND tag.tag = $2 AND tag.deleted IS NULL",
        )
        .bind(repository)
        .bind(tag)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(seal,)| seal))
    }

    /// The seal of the package with this digest, as it was last pushed under a tag. The tag may
    /// point to another package by now, or be deleted. Versions that did not keep such seals
    /// left them only under the reference of the package.
    pub(crate) async fn sealed(
        &self,
        repository: &str,
        tag: &str,
        digest: &str,
    ) -> Result<Option<String>> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT seal, 1 AS rank FROM sealed WHERE repository = $1 AND tag = $2 AND digest = $3
             UNION ALL SELECT seal, 2 FROM package WHERE repository = $1 AND digest = $3
             ORDER BY rank LIMIT 1",
        )
        .bind(repository)
        .bind(tag)
        .bind(digest)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(seal,)| seal))
    }

    /// Deletes a tag; returns whether there was one. Its highest serial stays, and so do the
    /// packages that it pointed to, for the jobs that pull them by digest.
    pub(crate) async fn delete_tag(
        &self,
        repository: &str,
        tag: &str,
        now: u64,
        by: &Author,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let deleted: Option<(String, i64)> = sqlx::query_as(
            "UPDATE tag SET deleted = $3 WHERE repository = $1 AND tag = $2 AND deleted IS NULL
             RETURNING ref, serial",
        )
        .bind(repository)
        .bind(tag)
        .bind(integer(now))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some((reference, serial)) = deleted else {
            return Ok(false);
        };
        let change = by.did(Action::TagDelete, format_args!("{repository}:{tag}"));
        let change = change.before(json!({ "reference": reference, "serial": serial }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The seal of the package with this reference.
    pub(crate) async fn seal(&self, repository: &str, reference: &str) -> Result<Option<String>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT seal FROM package WHERE repository = $1 AND ref = $2")
                .bind(repository)
                .bind(reference)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.map(|(seal,)| seal))
    }

    /// The name of the first repository after `after`.
    pub(crate) async fn repository_after(&self, after: &str) -> Result<Option<String>> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT repository FROM package WHERE repository > $1 ORDER BY repository LIMIT 1",
        )
        .bind(after)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(name,)| name))
    }

    /// Passes the packages of a repository to `take`, newest first, until it breaks: those after
    /// the one that was pushed at `after.0` and has the reference `after.1`.
    pub(crate) async fn packages(
        &self,
        repository: &str,
        after: (u64, &str),
        take: impl FnMut(StoredPackage) -> ControlFlow<()>,
    ) -> Result<()> {
        let tags: Vec<(String, String)> = sqlx::query_as(
            "SELECT ref, tag FROM tag WHERE repository = $1 AND deleted IS NULL ORDER BY tag",
        )
        .bind(repository)
        .fetch_all(&self.pool)
        .await?;
        let tags_of = |reference: &str| {
            let of_it = tags.iter().filter(|(to, _)| to == reference);
            of_it.map(|(_, tag)| tag.clone()).collect()
        };
        let rows = sqlx::query_as::<_, Row>(
            "SELECT id, ref, seal, pushed FROM package
             WHERE repository = $1 AND (pushed < $2 OR pushed = $2 AND ref < $3)
             ORDER BY pushed DESC, ref DESC",
        )
        .bind(repository)
        .bind(integer(after.0))
        .bind(after.1)
        .fetch(&self.pool);
        let read = |row: Row| {
            let seal = read_seal(&row.seal)?;
            let unreadable = |error| Error::unreadable("manifest", error);
            Ok(StoredPackage {
                manifest: seal.manifest().map_err(unreadable)?,
                tags: tags_of(&row.reference),
                id: row.id,
                reference: row.reference,
                pushed: unsigned(row.pushed),
            })
        };
        stream(rows, read, take).await
    }
}

/// What a push changes; nothing if the package is there already.
fn change(pushed: &Pushed, decision: &PushDecision, by: &Author) -> Option<Change> {
    let (action, serial) = match decision {
        PushDecision::Unchanged => return None,
        PushDecision::Repair => (Action::PackageRepair, pushed.serial),
        PushDecision::Store(serial) => (Action::PackagePush, Some(*serial)),
    };
    let change = by.did(
        action,
        format_args!("{}:{}", pushed.name.repository(), pushed.name.tag),
    );
    Some(change.after(json!({
        "id": pushed.id, "reference": pushed.reference, "digest": pushed.digest, "serial": serial,
    })))
}

async fn present(connection: &mut SqliteConnection, pushed: &Pushed) -> Result<Present> {
    let repository = pushed.name.repository();
    let tag: Option<(String, i64, bool)> = sqlx::query_as(
        "SELECT package.id, tag.serial, tag.deleted IS NOT NULL FROM tag JOIN package
         ON package.repository = tag.repository AND package.ref = tag.ref
         WHERE tag.repository = $1 AND tag.tag = $2",
    )
    .bind(&repository)
    .bind(&pushed.name.tag)
    .fetch_optional(&mut *connection)
    .await?;
    let reference: Option<(String, String, bool)> = sqlx::query_as(
        "SELECT id, digest, EXISTS (
            SELECT 1 FROM tag WHERE tag.repository = $1 AND tag.ref = $2 AND tag.tag <> $3
            AND tag.deleted IS NULL
         ) FROM package WHERE repository = $1 AND ref = $2",
    )
    .bind(&repository)
    .bind(&pushed.reference)
    .bind(&pushed.name.tag)
    .fetch_optional(connection)
    .await?;
    Ok(Present {
        tag: tag.map(|(id, serial, is_deleted)| PresentTag {
            id,
            serial: unsigned(serial),
            is_deleted,
        }),
        reference,
        archive: false,
    })
}

/// The serials of all seals that a tag has had.
async fn serials(
    connection: &mut SqliteConnection,
    repository: &str,
    tag: &str,
) -> Result<Vec<u64>> {
    let seals: Vec<(String,)> =
        sqlx::query_as("SELECT seal FROM sealed WHERE repository = $1 AND tag = $2")
            .bind(repository)
            .bind(tag)
            .fetch_all(connection)
            .await?;
    let mut all = Vec::new();
    for (text,) in seals {
        let seal = read_seal(&text)?;
        let endorsements = seal
            .seal
            .values()
            .filter_map(|value| Endorsement::from_value(value));
        all.extend(endorsements.map(|endorsement| endorsement.serial));
    }
    Ok(all)
}

async fn put(
    connection: &mut SqliteConnection,
    pushed: &Pushed,
    serial: u64,
    now: u64,
) -> Result<()> {
    let repository = pushed.name.repository();
    sqlx::query(
        "INSERT INTO package (repository, ref, id, digest, seal, pushed) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (repository, ref) DO UPDATE SET id = $3, seal = $5, pushed = $6",
    )
    .bind(&repository)
    .bind(&pushed.reference)
    .bind(&pushed.id)
    .bind(&pushed.digest)
    .bind(&pushed.seal)
    .bind(integer(now))
    .execute(&mut *connection)
    .await?;
    point_tag_to(connection, pushed, serial).await
}

/// Points the tag to the package, and keeps the seal for pulls by digest.
async fn point_tag_to(
    connection: &mut SqliteConnection,
    pushed: &Pushed,
    serial: u64,
) -> Result<()> {
    let repository = pushed.name.repository();
    sqlx::query(
        "INSERT INTO tag (repository, tag, ref, serial) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository, tag) DO UPDATE SET ref = $3, serial = $4, deleted = NULL",
    )
    .bind(&repository)
    .bind(&pushed.name.tag)
    .bind(&pushed.reference)
    .bind(integer(serial))
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO sealed (repository, tag, digest, seal) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repository, tag, digest) DO UPDATE SET seal = $4",
    )
    .bind(&repository)
    .bind(&pushed.name.tag)
    .bind(&pushed.digest)
    .bind(&pushed.seal)
    .execute(connection)
    .await?;
    Ok(())
}
