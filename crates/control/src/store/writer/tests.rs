use super::group::Pieces;
use super::shared::Shared;
use super::unit::Answer;
use super::*;
use crate::store::Store;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

impl Writer {
    /// How many units and first offers wait.
    pub(in crate::store) fn waiting(&self) -> usize {
        let pieces = self.pieces.max_capacity() - self.pieces.capacity();
        pieces + self.offers.max_capacity() - self.offers.capacity()
    }
}

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
            sqlx::query(
                "INSERT INTO operator (name, role, password, created) VALUES ($1, 'reader', '', 0)",
            )
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
            "INSERT INTO job (id, batch, host) VALUES (1, 1, 'nobody')",
        ] {
            sqlx::query(statement).execute(&mut *connection).await?;
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
        sqlx::query("INSERT INTO operator (name, role, password, created) VALUES ('large', 'reader', $1, 0)")
            .bind("x".repeat(1 << 20))
            .execute(connection)
            .await?;
        Ok(())
    })
}

/// A unit that takes longer than it may wait before it begins.
fn waiting(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        pass(LONGEST_WAIT).await;
        adding("waiting")(connection).await
    })
}

/// A unit that takes as long as a group may.
fn slow(connection: &mut SqliteConnection) -> Doing<'_, ()> {
    Box::pin(async move {
        tokio::time::sleep(LEAST_WORK).await;
        adding("slow")(connection).await
    })
}

fn piece<T: Send + 'static>(
    work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
) -> (Box<dyn Piece>, Answer<T>) {
    let (asker, answer) = answer();
    (Box::new(Unit::new(work, asker)), answer)
}

/// Lets so much time pass at once.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Does pieces in one transaction.
async fn all<const N: usize>(store: &Store, pieces: [Box<dyn Piece>; N]) {
    let minute = Duration::from_secs(60);
    let (_, rest) = carry_out(&store.turns, pieces.into(), minute).await;
    assert!(rest.is_empty());
}

async fn is_user(store: &Store, name: &str) -> bool {
    store.user(name).await.unwrap().is_some()
}

#[tokio::test]
async fn a_unit_that_fails_or_panics_takes_no_other_along() {
    let (_folder, store) = store().await;
    let (first, done) = piece(adding("first"));
    let (second, failed) = piece(failing);
    let (third, panicked) = piece(panicking);
    let (last, also_done) = piece(adding("last"));
    all(&store, [first, second, third, last]).await;
    assert!(done.wait().await.is_ok() && also_done.wait().await.is_ok());
    assert!(matches!(failed.wait().await, Err(Error::Busy)));
    assert!(matches!(panicked.wait().await, Err(Error::Panicked)));
    assert!(is_user(&store, "first").await && is_user(&store, "last").await);
    assert!(!is_user(&store, "half").await && !is_user(&store, "gone").await);
}

#[tokio::test]
async fn nothing_is_acknowledged_by_a_commit_that_fails() {
    let (_folder, store) = store().await;
    let (first, lost) = piece(adding("first"));
    let (second, spoilt) = piece(spoiling);
    all(&store, [first, second]).await;
    for answer in [lost, spoilt] {
        assert!(matches!(answer.wait().await, Err(Error::Shared(_))));
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
    let (first, small) = piece(adding("small"));
    let (second, large) = piece(filling);
    all(&store, [first, second]).await;
    let error = large.wait().await.unwrap_err();
    assert_eq!(error.unavailable().map(|why| why.name()), Some("full"));
    let is_acknowledged = small.wait().await.is_ok();
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
    let (left, gone) = piece(counting(&begun));
    drop(gone);
    let (late, too_late) = piece(counting(&begun));
    let (too_late, ()) = tokio::join!(too_late.wait(), pass(LONGEST_WAIT));
    assert!(matches!(too_late, Err(Error::Busy)));
    let (wanted, done) = piece(counting(&begun));
    all(&store, [left, late, wanted]).await;
    assert!(done.wait().await.is_ok());
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}

/// The writer may wait for its connection, or for another process.
#[tokio::test]
async fn abuse_a_writer_that_is_held_up_leaves_nobody_without_an_answer() {
    let (_folder, store) = store().await;
    let turn = store.turns.acquire().await.unwrap();
    let pulse = Pulse {
        host: 1,
        n: 1,
        version: 1,
        now: 1,
    };
    let both = async { tokio::join!(store.write(adding("late")), store.take(pulse)) };
    let ((late, number), ()) = tokio::join!(both, pass(LONGEST_WAIT));
    assert!(matches!(late, Err(Error::Busy)), "{late:?}");
    assert!(matches!(number, Err(Error::Busy)), "{number:?}");
    drop(turn);
    store.write(adding("next")).await.unwrap();
    assert!(!is_user(&store, "late").await, "it was not begun");
}

/// A unit that has begun is waited for: it may be done.
#[tokio::test]
async fn what_has_begun_is_waited_for() {
    let (_folder, store) = store().await;
    store.write(waiting).await.unwrap();
    assert!(is_user(&store, "waiting").await);
}

#[tokio::test]
async fn a_group_ends_when_its_time_is_over_and_the_rest_is_next() {
    let (_folder, store) = store().await;
    let (first, done) = piece(slow);
    let (second, next) = piece(adding("next"));
    let (_, rest) = carry_out(&store.turns, [first, second].into(), LEAST_WORK).await;
    done.wait().await.unwrap();
    assert!(is_user(&store, "slow").await && !is_user(&store, "next").await);
    let (_, rest) = carry_out(&store.turns, rest, LEAST_WORK).await;
    assert!(rest.is_empty());
    next.wait().await.unwrap();
}

#[test]
fn a_group_may_take_as_long_as_a_commit() {
    let time_for = |commit| time_for_work(Duration::from_millis(commit)).as_millis();
    assert_eq!([2, 90, 9_000].map(time_for), [20, 90, 250]);
}

/// Otherwise hosts that ping all the time would keep everything else from being written.
#[tokio::test]
async fn a_group_does_a_unit_however_long_the_numbers_took() {
    let (_folder, store) = store().await;
    let mut numbers = Shared::default();
    let (number, _answer) = pulse(1, 1);
    numbers.add(number).ok().unwrap();
    let ((first, done), (second, _next)) = (piece(adding("first")), piece(adding("next")));
    let group: [Box<dyn Piece>; 3] = [Box::new(numbers), first, second];
    let (_, rest) = carry_out(&store.turns, group.into(), Duration::ZERO).await;
    assert_eq!(rest.len(), 1);
    done.wait().await.unwrap();
}

/// As a mistake in the writer would.
struct Mistaken;

impl Piece for Mistaken {
    fn is_wanted(&self) -> bool {
        true
    }

    fn carry_out<'c>(
        &'c mut self,
        _: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async { panic!("on purpose") })
    }

    fn answer(self: Box<Self>, _: Option<&Arc<Error>>) {}
}

#[tokio::test]
async fn a_writer_that_panics_is_missed_and_leaves_no_transaction_open() {
    let (_folder, store) = store().await;
    let (other, lost) = piece(adding("lost"));
    let turn = store.turns.acquire().await.unwrap();
    store.writer.pieces.try_send(other).unwrap();
    store.writer.pieces.try_send(Box::new(Mistaken)).unwrap();
    drop(turn);
    store.writer.ended().await;
    assert!(lost.wait().await.is_err());
    assert!(store.write(adding("refused")).await.is_err());
    store.begin().await.unwrap().commit().await.unwrap();
    assert!(!is_user(&store, "lost").await);
}

fn pulse(host: i64, n: u64) -> (Waiting<Pulse>, Answer<bool>) {
    let (asker, answer) = answer();
    let pulse = Pulse {
        host,
        n,
        version: 1,
        now: 1,
    };
    (Waiting { what: pulse, asker }, answer)
}

#[tokio::test]
async fn the_numbers_of_a_moment_are_taken_one_for_each_host_at_a_time() {
    let mut pulses = Shared::default();
    let added = [(7, 1), (8, 1), (7, 2)].map(|(host, n)| pulses.add(pulse(host, n).0).is_ok());
    assert_eq!(added, [true, true, false]);
}

#[tokio::test]
async fn abuse_more_than_the_queue_holds_is_refused_at_once() {
    let (writer, _queue, _written) = Writer::new(1);
    let first = tokio::spawn({
        let writer = writer.clone();
        async move { writer.write(adding("first")).await }
    });
    while writer.pieces.capacity() > 0 {
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

/// A full disk may commit a transaction in which nothing could be done.
#[tokio::test]
async fn what_failed_was_not_written() {
    let (_folder, store) = store().await;
    let minute = Duration::from_secs(60);
    assert!(!store.writer.wrote_within(minute));
    store.write(failing).await.unwrap_err();
    assert!(!store.writer.wrote_within(minute));
    store.write(adding("first")).await.unwrap();
    while !store.writer.wrote_within(minute) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn abuse_a_long_queue_does_not_keep_the_service_from_ending() {
    let (writer, mut queue, _written) = Writer::new(10);
    let left: Vec<_> = (0..10)
        .map(|_| {
            let (piece, answer) = piece(adding("late"));
            writer.pieces.try_send(piece).unwrap();
            answer
        })
        .collect();
    writer.end.send_replace(true);
    let group = queue.next().await.unwrap();
    assert!(writer.pieces.is_closed());
    queue.put_back(group);
    pass(Duration::from_secs(2)).await;
    assert!(queue.next().await.is_none());
    drop(queue);
    for left in left {
        let refused = left.wait().await.unwrap_err();
        assert_eq!(refused.unavailable().map(|why| why.name()), Some("away"));
    }
}

#[tokio::test]
async fn numbers_of_pings_come_first_and_each_host_has_one_in_a_group() {
    let (writer, mut queue, _written) = Writer::new(10);
    let (unit, _answer) = piece(adding("first"));
    writer.pieces.try_send(unit).unwrap();
    let (gone, answer) = pulse(1, 9);
    drop(answer);
    writer.pulses.try_send(gone).ok().unwrap();
    let answers = [(1, 1), (1, 2), (1, 3), (2, 1)].map(|(host, n)| {
        let (pulse, answer) = pulse(host, n);
        writer.pulses.try_send(pulse).ok().unwrap();
        answer
    });
    let [_, older, _, _] = answers;
    let kinds = |group: Pieces| -> Vec<bool> {
        let kinds = group.iter().map(|piece| piece.is_one_statement());
        kinds.collect()
    };
    assert_eq!(kinds(queue.next().await.unwrap()), [true, false]);
    assert!(matches!(older.wait().await, Err(Error::Busy)));
    let next = queue.next().await.unwrap();
    assert_eq!(kinds(next), [true], "the newest one of the host");
}
