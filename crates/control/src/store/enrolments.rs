//! Invitations, and hosts that enrol.

use super::hosts::PlaceRow;
use super::narrowed::{scope_column, scope_of};
use super::row::{integer, to_json, unsigned};
use super::vault::Column;
use super::{Error, Result, Store};
use crate::domain::audit::{Action, Author};
use crate::domain::enrolment::{Attempt, Code, Decision, Invitation, StoredHost};
use crate::domain::host::{HostKeys, HostState, Place};
use crate::domain::keyed_request::KeyedRequest;
use crate::random;
use serde_json::json;
use sqlx::{FromRow, SqliteConnection};
use std::sync::Arc;
use wire::HostKey;
use wire::encoding::hex;

/// The outcome of an attempt to enrol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EnrolOutcome {
    /// The host is enrolled.
    Enrolled,
    /// The host is stored, and waits for admission from now on.
    NewlyPending,
    /// The host waits for admission already.
    Pending,
    /// Another key owns the id.
    Clone,
    /// The code is not valid, for this reason.
    Refused(&'static str),
    /// Too many hosts wait for admission.
    Full,
}

impl EnrolOutcome {
    /// Whether a source that repeatedly causes this has to be slowed down.
    pub(crate) fn is_burden(&self) -> bool {
        !matches!(self, Self::Enrolled | Self::Pending)
    }
}

/// The outcome of storing an invitation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invited {
    /// It is stored.
    Stored,
    /// The user sent a different request with the same key before, or the earlier invitation
    /// was used already.
    KeyUsed,
}

/// What decides about a host that wants to enrol again.
#[derive(FromRow)]
struct StoredRow {
    state: String,
    disabled: Option<i64>,
    sealed_key: String,
    next_key: Option<String>,
    #[sqlx(flatten)]
    place: PlaceRow,
    jobs: i64,
}

#[derive(FromRow)]
struct CodeRow {
    uses_left: i64,
    expires: i64,
    #[sqlx(flatten)]
    place: PlaceRow,
    scope: String,
}

async fn delete_expired(connection: &mut SqliteConnection, before: u64) -> Result<()> {
    sqlx::query("DELETE FROM invitation WHERE expires < $1")
        .bind(integer(before))
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes the invitation of an earlier equal request. The client lost the answer, and with
/// it the only copy of the code. `false` if the key belongs to another request.
async fn delete_earlier(
    connection: &mut SqliteConnection,
    owner: &str,
    keyed: &KeyedRequest,
) -> Result<bool> {
    sqlx::query(
        "DELETE FROM invitation
         WHERE owner = $1 AND asked_key = $2 AND asked_hash = $3 AND uses_left = uses",
    )
    .bind(owner)
    .bind(&keyed.key)
    .bind(&keyed.hash)
    .execute(&mut *connection)
    .await?;
    let left: Option<(i64,)> =
        sqlx::query_as("SELECT uses_left FROM invitation WHERE owner = $1 AND asked_key = $2")
            .bind(owner)
            .bind(&keyed.key)
            .fetch_optional(connection)
            .await?;
    Ok(left.is_none())
}

impl Store {
    /// Stores an invitation under the hash of its secret. It replaces the invitation of an
    /// earlier equal request. Also deletes invitations that expired before `forget_before`.
    pub(crate) async fn invite(
        &self,
        secret_hash: [u8; 32],
        invitation: &Invitation,
        keyed: Option<&KeyedRequest>,
        by: &Author,
        forget_before: u64,
    ) -> Result<Invited> {
        let owner = &by.who;
        let mut transaction = self.begin().await?;
        delete_expired(&mut transaction, forget_before).await?;
        if let Some(keyed) = keyed
            && !delete_earlier(&mut transaction, owner, keyed).await?
        {
            return Ok(Invited::KeyUsed);
        }
        let place = &invitation.place;
        let (key, hash) = keyed.map(|keyed| (&keyed.key, &keyed.hash)).unzip();
        sqlx::query(
            "INSERT INTO invitation (secret_hash, uses_left, expires, owner, org_group, org, area, location, label,
                                     uses, asked_key, asked_hash, scope)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $2, $10, $11, $12)",
        )
        .bind(secret_hash.as_slice())
        .bind(invitation.uses_left)
        .bind(integer(invitation.expires))
        .bind(owner)
        .bind(&place.org_group)
        .bind(&place.org)
        .bind(&place.area)
        .bind(&place.location)
        .bind(to_json(&place.label)?)
        .bind(key)
        .bind(hash)
        .bind(scope_column(&invitation.scope)?)
        .execute(&mut *transaction)
        .await?;
        // A part of the hash names the invitation, and opens nothing.
        let change = by.did(Action::InvitationCreate, hex(&secret_hash[..8]));
        let change = change.after(json!({
            "uses": invitation.uses_left, "expires": invitation.expires, "place": place,
        }));
        self.record(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(Invited::Stored)
    }

    /// Whether there is an invitation with this secret, valid or not.
    pub(crate) async fn is_invitation(&self, secret_hash: [u8; 32]) -> Result<bool> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT uses_left FROM invitation WHERE secret_hash = $1")
                .bind(secret_hash.as_slice())
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// Has `decide` decide about an attempt by what is stored, and carries the decision out, in
    /// one unit of work: many hosts may enrol at once.
    pub(crate) async fn enrol(
        &self,
        attempt: Arc<Attempt>,
        decide: impl FnOnce(Option<&StoredHost>, Code) -> Decision + Send + 'static,
    ) -> Result<EnrolOutcome> {
        let store = self.clone();
        let enrolled = self.write(move |connection| {
            Box::pin(async move {
                let known = store.stored_host(connection, &attempt).await?;
                let code = code(connection, &attempt).await?;
                let decision = decide(known.as_ref(), code);
                let keeps_key =
                    known.is_some_and(|known| known.is_key_in_force(&attempt.request.key));
                store
                    .carry_out(connection, &attempt, decision, keeps_key)
                    .await
            })
        });
        enrolled.await
    }

    async fn carry_out(
        &self,
        connection: &mut SqliteConnection,
        attempt: &Attempt,
        decision: Decision,
        keeps_key: bool,
    ) -> Result<EnrolOutcome> {
        Ok(match decision {
            Decision::AlreadyEnrolled => EnrolOutcome::Enrolled,
            Decision::StillPending => EnrolOutcome::Pending,
            Decision::Refuse(why) => EnrolOutcome::Refused(why),
            Decision::Clone => {
                note_clone(connection, attempt).await?;
                EnrolOutcome::Clone
            }
            Decision::Enrol(place) => {
                use_code(connection, attempt).await?;
                self.put_host(connection, attempt, "enrolled", &place, keeps_key)
                    .await?;
                EnrolOutcome::Enrolled
            }
            Decision::Wait { most } if pending(connection).await? >= most => EnrolOutcome::Full,
            Decision::Wait { .. } => {
                let place = Place::default();
                self.put_host(connection, attempt, "pending", &place, keeps_key)
                    .await?;
                EnrolOutcome::NewlyPending
            }
        })
    }

    async fn stored_host(
        &self,
        connection: &mut SqliteConnection,
        attempt: &Attempt,
    ) -> Result<Option<StoredHost>> {
        let row: Option<StoredRow> = sqlx::query_as(
            "SELECT state, disabled, sealed_key, next_key, org_group, org, area, location, label,
                 (SELECT COUNT(*) FROM (SELECT id FROM job WHERE job.host = host.id LIMIT 1) AS one) AS jobs
             FROM host WHERE id = $1",
        )
        .bind(attempt.host().to_string())
        .fetch_optional(connection)
        .await?;
        let host = attempt.host();
        row.map(|row| {
            // A key that cannot be read is nobody's: once the host is removed, it enrols again.
            let open = |column, sealed: &str| self.vault.open_key(column, host, sealed).ok();
            let present = open(Column::HostKey, &row.sealed_key);
            Ok(StoredHost {
                state: HostState::new(&row.state, row.disabled.is_some())
                    .ok_or_else(|| Error::unreadable("state of a host", &row.state))?,
                has_jobs: row.jobs > 0,
                place: row.place.place()?,
                keys: HostKeys {
                    present: present.unwrap_or_else(|| HostKey::new(random::bytes())),
                    next: row
                        .next_key
                        .and_then(|sealed| open(Column::NextKey, &sealed)),
                },
            })
        })
        .transpose()
    }

    /// Stores the host with its key. With a new key, sequence numbers begin again; with the same
    /// key, they go on, so that no number is accepted twice.
    async fn put_host(
        &self,
        connection: &mut SqliteConnection,
        attempt: &Attempt,
        state: &str,
        place: &Place,
        keeps_key: bool,
    ) -> Result<()> {
        let request = &attempt.request;
        sqlx::query(
        "INSERT INTO host (id, state, sealed_key, nonce, facts, org_group, org, area, location, label, created, fingerprint)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET
            state = $2, sealed_key = $3, next_key = NULL, rotation_asked = NULL, key_changed = NULL, disabled = NULL, removed = NULL, nonce = $4, facts = $5, registered = FALSE, interval = NULL,
            org_group = $6, org = $7, area = $8, location = $9, label = $10, fingerprint = $12",
    )
    .bind(request.host.to_string())
    .bind(state)
    .bind(self.vault.seal_key(Column::HostKey, request.host, &request.key)?)
    .bind(request.nonce.as_slice())
    .bind(to_json(&request.facts)?)
    .bind(&place.org_group)
    .bind(&place.org)
    .bind(&place.area)
    .bind(&place.location)
    .bind(to_json(&place.label)?)
    .bind(integer(attempt.now))
    .bind(request.key.fingerprint())
    .execute(&mut *connection)
    .await?;
        if !keeps_key {
            begin_numbers_again(connection, attempt).await?;
        }
        Ok(())
    }
}

async fn code(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<Code> {
    let Some(hash) = attempt.code_hash() else {
        return Ok(Code::None);
    };
    let row: Option<CodeRow> = sqlx::query_as(
        "SELECT uses_left, expires, org_group, org, area, location, label, scope FROM invitation WHERE secret_hash = $1",
    )
    .bind(hash.as_slice())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(Code::Unknown);
    };
    Ok(Code::Of(Invitation {
        uses_left: row.uses_left,
        expires: unsigned(row.expires),
        place: row.place.place()?,
        scope: scope_of(&row.scope)?,
    }))
}

async fn use_code(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<()> {
    if let Some(hash) = attempt.code_hash() {
        sqlx::query("UPDATE invitation SET uses_left = uses_left - 1 WHERE secret_hash = $1")
            .bind(hash.as_slice())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn begin_numbers_again(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<()> {
    sqlx::query("UPDATE pulse SET last_n = 0 WHERE host = (SELECT number FROM host WHERE id = $1)")
        .bind(attempt.host().to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn note_clone(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<()> {
    sqlx::query("UPDATE host SET clone_seen = $2 WHERE id = $1")
        .bind(attempt.host().to_string())
        .bind(integer(attempt.now))
        .execute(connection)
        .await?;
    Ok(())
}

async fn pending(connection: &mut SqliteConnection) -> Result<i64> {
    let (pending,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM host WHERE state = 'pending'")
        .fetch_one(connection)
        .await?;
    Ok(pending)
}
