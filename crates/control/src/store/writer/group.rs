//! What shares a transaction.

use super::unit::Piece;
use crate::store::Result;
use sqlx::{Connection, SqliteConnection, SqlitePool};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Pieces, first those that are to be done first.
pub(super) type Pieces = VecDeque<Box<dyn Piece>>;

/// Does a group in one transaction, and answers its pieces. Those that have not begun when `time`
/// is over are returned, with how long the commit took, if anything was written.
pub(super) async fn carry_out(
    pool: &SqlitePool,
    mut group: Pieces,
    time: Duration,
) -> (Option<Duration>, Pieces) {
    let mut begun = Vec::with_capacity(group.len());
    let done = transact(pool, &mut group, &mut begun, time).await;
    let (commit, failure) = match done {
        Ok(commit) => (commit, None),
        Err(error) => (None, Some(Arc::new(error))),
    };
    if begun.is_empty() {
        // There was no transaction for them.
        begun.extend(group.drain(..));
    }
    for piece in begun {
        piece.answer(failure.as_ref());
    }
    (commit, group)
}

/// Does pieces, and commits; returns how long that took, if one of them was done.
async fn transact(
    pool: &SqlitePool,
    group: &mut Pieces,
    begun: &mut Vec<Box<dyn Piece>>,
    time: Duration,
) -> Result<Option<Duration>> {
    if !group.iter().any(|piece| piece.is_wanted()) {
        return Ok(None);
    }
    let mut connection = pool.acquire().await?;
    let is_one_statement = group.len() == 1 && group[0].is_one_statement();
    if let Some(mut piece) = group.pop_front_if(|_| is_one_statement) {
        let began = Instant::now();
        let is_done = piece.carry_out(&mut connection).await;
        begun.push(piece);
        return Ok(is_done.then(|| began.elapsed()));
    }
    // The library knows of the transaction, and rolls it back if this panics.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let (mut is_written, until) = (false, Instant::now() + time);
    while let Some(mut piece) = group.pop_front() {
        let done = do_one(&mut transaction, piece.as_mut()).await;
        // However long that takes which comes first, each group also does one unit.
        let may_be_last = !piece.comes_first();
        begun.push(piece);
        is_written |= done?;
        if may_be_last && Instant::now() >= until {
            break;
        }
    }
    let began = Instant::now();
    transaction.commit().await?;
    Ok(is_written.then(|| began.elapsed()))
}

/// Does a piece under a savepoint; `false` if it failed.
///
/// # Errors
/// When the transaction is lost, and with it all that was done in it.
async fn do_one(connection: &mut SqliteConnection, piece: &mut dyn Piece) -> Result<bool> {
    if !piece.is_wanted() {
        return Ok(false);
    }
    let mut part = connection.begin().await?;
    let is_done = piece.carry_out(&mut part).await;
    match is_done {
        true => part.commit().await?,
        false => part.rollback().await?,
    }
    Ok(is_done)
}
