use super::*;
use crate::store::Store;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

async fn store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let path = |name| folder.path().join(name);
    let store = Store::open(&path("data"), &path("key")).await.unwrap();
    (folder, store)
}

/// A unit that adds a user.
fn adding(
    name: &'static str,
) -> impl for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, ()> + Send {
    move |connection| {
        Box::pin(async move {
            sqlx::query("INSERT INTO operator VALUES ($1, 'reader', '', 0)")
                .bind(name)
                .execute(connection)
                .await?;
            Ok(())
        })
    }
}

/// A unit that leaves the transaction in a state that cannot be committed.
fn spoiling(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        for statement in [
            "PRAGMA defer_foreign_keys = on",
            "INSERT INTO job (id, batch, host, command) VALUES (1, 1, 'nobody', '')",
        ] {
            execute(connection, statement).await?;
        }
        Ok(())
    })
}

fn failing(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        adding("half")(connection).await?;
        Err(Error::Busy)
    })
}

fn panicking(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        adding("gone")(connection).await?;
        panic!("on purpose")
    })
}

/// A unit that counts how often it begins.
fn counting(
    begun: &Arc<AtomicUsize>,
) -> impl for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, ()> + Send + use<> {
    let begun = Arc::clone(begun);
    move |_| {
        Box::pin(async move {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    }
}

/// A unit that needs more space than there is on a full disk.
fn filling(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        sqlx::query("INSERT INTO operator VALUES ('large', 'reader', $1, 0)")
            .bind("x".repeat(1 << 20))
            .execute(connection)
            .await?;
        Ok(())
    })
}

fn piece<T: Send + 'static>(
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    until: Instant,
) -> (Box<dyn Piece>, oneshot::Receiver<Result<T>>) {
    let (answer, answered) = oneshot::channel();
    (Box::new(Unit::new(work, answer, until)), answered)
}

fn soon() -> Instant {
    Instant::now() + LONGEST_WAIT
}

async fn is_user(store: &Store, name: &str) -> bool {
    store.user(name).await.unwrap().is_some()
}

#[tokio::test]
async fn a_unit_that_fails_or_panics_takes_no_other_along() {
    let (_folder, store) = store().await;
    let (first, done) = piece(adding("first"), soon());
    let (second, failed) = piece(failing, soon());
    let (third, panicked) = piece(panicking, soon());
    let (last, also_done) = piece(adding("last"), soon());
    carry_out(&store.turns, vec![first, second, third, last]).await;
    assert!(done.await.unwrap().is_ok() && also_done.await.unwrap().is_ok());
    assert!(matches!(failed.await.unwrap(), Err(Error::Busy)));
    assert!(matches!(panicked.await.unwrap(), Err(Error::Panicked)));
    assert!(is_user(&store, "first").await && is_user(&store, "last").await);
    assert!(!is_user(&store, "half").await && !is_user(&store, "gone").await);
}

#[tokio::test]
async fn nothing_is_acknowledged_by_a_commit_that_fails() {
    let (_folder, store) = store().await;
    let (first, lost) = piece(adding("first"), soon());
    let (second, spoilt) = piece(spoiling, soon());
    carry_out(&store.turns, vec![first, second]).await;
    for answer in [lost, spoilt] {
        assert!(matches!(answer.await.unwrap(), Err(Error::Shared(_))));
    }
    assert!(!is_user(&store, "first").await);
    store.write(adding("next")).await.unwrap();
    assert!(is_user(&store, "next").await, "the connection is good");
}

/// SQLite may undo the one statement or the whole transaction.
#[tokio::test]
async fn a_full_disk_acknowledges_nothing_that_it_did_not_keep() {
    let (_folder, store) = store().await;
    let full = "PRAGMA max_page_count = 1";
    store.on_every_connection(full).await;
    let (first, small) = piece(adding("small"), soon());
    let (second, large) = piece(filling, soon());
    carry_out(&store.turns, vec![first, second]).await;
    let error = large.await.unwrap().unwrap_err();
    assert_eq!(error.unavailable().map(|why| why.name()), Some("full"));
    let is_acknowledged = small.await.unwrap().is_ok();
    assert_eq!(is_user(&store, "small").await, is_acknowledged);
    store
        .on_every_connection("PRAGMA max_page_count = 1000000")
        .await;
    store.write(filling).await.unwrap();
    store.write(adding("next")).await.unwrap();
}

#[tokio::test]
async fn abuse_what_nobody_waits_for_or_waited_too_long_is_not_begun() {
    let (_folder, store) = store().await;
    let begun = Arc::new(AtomicUsize::new(0));
    let (left, gone) = piece(counting(&begun), soon());
    drop(gone);
    let (late, too_late) = piece(counting(&begun), Instant::now());
    let (wanted, done) = piece(counting(&begun), soon());
    carry_out(&store.turns, vec![left, late, wanted]).await;
    assert!(done.await.unwrap().is_ok());
    assert!(matches!(too_late.await.unwrap(), Err(Error::Busy)));
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_numbers_of_a_moment_are_taken_one_for_each_host_at_a_time() {
    let mut pulses = Pulses::default();
    let mut add = |host, n| {
        let (answer, answered) = oneshot::channel();
        let pulse = Pulse {
            host,
            n,
            version: 1,
            now: 1,
        };
        let added = pulses.add(WaitingPulse {
            pulse,
            answer,
            until: soon(),
        });
        (added.is_ok(), answered)
    };
    let added = [add(7, 1), add(8, 1), add(7, 2)].map(|(is_added, _)| is_added);
    assert_eq!(added, [true, true, false]);
}

#[tokio::test]
async fn abuse_more_than_the_queue_holds_is_refused_at_once() {
    let (queue, _waiting) = mpsc::channel(1);
    let writer = Writer { queue };
    let first = tokio::spawn({
        let writer = writer.clone();
        async move { writer.write(adding("first")).await }
    });
    while writer.queue.capacity() > 0 {
        tokio::task::yield_now().await;
    }
    let refused = writer.write(adding("second")).await;
    assert!(matches!(refused, Err(Error::Busy)));
    first.abort();
}

#[tokio::test]
async fn closing_does_what_waits_and_refuses_the_rest() {
    let (folder, store) = store().await;
    let turn = store.turns.acquire().await.unwrap();
    let closing = async {
        drop(turn);
        store.close().await;
    };
    let (waiting, ()) = tokio::join!(store.write(adding("waiting")), closing);
    waiting.unwrap();
    let refused = store.write(adding("late")).await.unwrap_err();
    assert_eq!(refused.unavailable().map(|why| why.name()), Some("away"));
    let path = |name| folder.path().join(name);
    let store = Store::open(&path("data"), &path("key")).await.unwrap();
    assert!(is_user(&store, "waiting").await);
}

#[test]
fn a_host_has_one_place_in_a_group_and_one_in_the_next() {
    let pulse = |host, n| {
        let (answer, answered) = oneshot::channel();
        let pulse = Pulse {
            host,
            n,
            version: 1,
            now: 0,
        };
        let until = Instant::now() + LONGEST_WAIT;
        let waiting = WaitingPulse {
            pulse,
            answer,
            until,
        };
        (Item::Pulse(waiting), answered)
    };
    let (items, mut answers): (Vec<_>, Vec<_>) = [(1, 1), (1, 2), (1, 3), (2, 1)]
        .map(|(host, n)| pulse(host, n))
        .into_iter()
        .unzip();
    let group = Group::of(items);
    assert_eq!((group.pieces.len(), group.later.len()), (1, 1));
    assert!(matches!(answers[1].try_recv(), Ok(Err(Error::Busy))));
    assert!(answers[2].try_recv().is_err(), "the newest one waits");
}
