//! Tests of the store.

use super::for_tests::batch;
use super::{Consumed, DueWork, JobsError, Recorded, Store};
use crate::domain::audit::tests::ada;
use crate::domain::enrolment::{self, Attempt, StoredHost};
use crate::domain::job::{cancelled, end_of_cancel};
use crate::domain::scope::Scope;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use wire::command::Command;
use wire::enrol::EnrolRequest;
use wire::ping::Ping;
use wire::{HostId, HostKey};

async fn open(folder: &TempDir) -> Store {
    let path = |name| folder.path().join(name);
    Store::open(&path("data"), &path("key")).await.unwrap()
}

fn host() -> HostId {
    HostId::derive("m", "", b"")
}

fn attempt(key: u8) -> Attempt {
    let facts = serde_json::json!({
        "hostname": "web", "host_ip": "", "machine_id": host(), "os": "linux", "platform": "",
        "virtual": false, "total_memory": 1.0, "cpus": 1, "mac_address": [],
    });
    let request = EnrolRequest {
        host: host(),
        key: HostKey::new([key; 32]),
        nonce: [0; 16],
        code: None,
        facts: serde_json::from_value(facts).unwrap(),
    };
    Attempt {
        request,
        now: 1_000,
    }
}

async fn with_host() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    enrol(&store, 1).await;
    (folder, store)
}

/// A store in which these hosts are enrolled.
pub(super) async fn with_hosts(hosts: &[HostId]) -> (TempDir, Store) {
    let (folder, store) = with_host().await;
    for host in hosts {
        let copy = format!(
            "INSERT INTO host (id, state, sealed_key, fingerprint, nonce, facts, created)
             SELECT '{host}', state, sealed_key, fingerprint, nonce, facts, created FROM host LIMIT 1"
        );
        store.change(&copy).await;
    }
    (folder, store)
}

fn removed(job: i64) -> wire::ping::JobResult {
    cancelled(job, "the host was removed", 0)
}

async fn enrol(store: &Store, key: u8) {
    let attempt = Arc::new(attempt(key));
    let decide = {
        let attempt = Arc::clone(&attempt);
        move |known: Option<&StoredHost>, code| {
            enrolment::decide(known, &attempt.request.key, code, attempt.now)
        }
    };
    store.enrol(attempt, decide).await.unwrap();
    let admission = api::invitations::Admission {
        host_uuid: host(),
        fingerprint: None,
        place: crate::domain::host::Place::default(),
    };
    store.admit(&[admission], &ada()).await.unwrap();
}

/// Each database has several connections. When they were opened at the same time, opening
/// failed with "database is locked".
#[tokio::test(flavor = "multi_thread")]
async fn new_databases_are_made_on_a_busy_machine() {
    let folder = TempDir::new().unwrap();
    let made: Vec<_> = (0..64)
        .map(|number| {
            let folder = folder.path().join(number.to_string());
            tokio::spawn(async move { Store::open(&folder, &folder.join("key")).await.map(drop) })
        })
        .collect();
    for made in made {
        made.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn sequence_numbers_only_grow_and_survive_a_restart() {
    let (folder, store) = with_host().await;
    assert_eq!(consume(&store, 5, 1).await.unwrap(), Consumed::Accepted);
    store.close().await;
    let store = open(&folder).await;
    assert_eq!(
        consume(&store, 5, 2).await.unwrap(),
        Consumed::NotNew { last: 5 }
    );
    assert_eq!(consume(&store, 6, 2).await.unwrap(), Consumed::Accepted);
}

#[tokio::test]
async fn an_old_key_keeps_its_numbers_and_a_new_key_begins_again() {
    let (_folder, store) = with_host().await;
    consume(&store, 5, 1).await.unwrap();
    store.remove_host(host(), 2, removed, &ada()).await.unwrap();
    assert_eq!(consume(&store, 9, 2).await.unwrap(), Consumed::Gone);
    enrol(&store, 1).await;
    assert_eq!(
        consume(&store, 5, 3).await.unwrap(),
        Consumed::NotNew { last: 5 }
    );
    store.remove_host(host(), 4, removed, &ada()).await.unwrap();
    enrol(&store, 2).await;
    assert_eq!(consume(&store, 1, 5).await.unwrap(), Consumed::Accepted);
}

#[tokio::test]
async fn a_number_that_no_column_can_hold_is_still_answered() {
    let (_folder, store) = with_host().await;
    assert_eq!(
        consume(&store, u64::MAX, 1).await.unwrap(),
        Consumed::Accepted
    );
    let last = i64::MAX.unsigned_abs();
    assert_eq!(
        consume(&store, u64::MAX, 1).await.unwrap(),
        Consumed::NotNew { last }
    );
}

/// Uses up a number as a token that was verified does.
async fn consume(store: &Store, n: u64, now: u64) -> super::Result<Consumed> {
    let Some(session) = store.session(host()).await? else {
        return Ok(Consumed::Gone);
    };
    let pulse = super::Pulse {
        host: session.number,
        n,
        version: session.version,
        now,
    };
    let taken = store.take(pulse).await?;
    assert_ne!(taken, session.has_used(n));
    Ok(match taken {
        true => Consumed::Accepted,
        false => Consumed::NotNew {
            last: session.last_n,
        },
    })
}

async fn create(store: &Store, jobs: &[(i64, HostId)]) -> Result<(), JobsError> {
    let jobs: Vec<_> = jobs
        .iter()
        .map(|(id, host)| ((*id).into(), *host))
        .collect();
    let batch = batch(1);
    let command = Command::default();
    store
        .create_batch(&batch, &jobs, &command, None, &ada())
        .await
}

/// The offered job, and whether it is offered for the first time.
async fn offered(store: &Store, now: u64) -> (i64, bool) {
    match store.sent_work(host(), false, now).await.unwrap() {
        DueWork::Offer(offer) => {
            let next = offer.job.unwrap();
            (next.number, next.is_first)
        }
        DueWork::Nothing(_) | DueWork::Unreadable(..) => panic!("no job is offered"),
    }
}

/// The cancels that a busy host is sent, or how long until then.
async fn cancels(store: &Store, now: u64) -> Result<Vec<i64>, Option<Duration>> {
    match store.sent_work(host(), true, now).await.unwrap() {
        DueWork::Offer(offer) => Ok(offer.cancel),
        DueWork::Nothing(wait) => Err(wait),
        DueWork::Unreadable(job, why) => panic!("job {job}: {why}"),
    }
}

#[tokio::test]
async fn a_cancel_is_sent_every_thirty_seconds_until_the_job_ends() {
    let (_folder, store) = with_host().await;
    create(&store, &[(2, host())]).await.unwrap();
    assert_eq!(offered(&store, 1_000).await, (2, true));
    assert_eq!(cancels(&store, 1_000).await, Err(None));
    let offered = |was_offered| end_of_cancel(2.into(), was_offered, 1_001);
    store
        .cancel(2.into(), 1_001, offered, &ada())
        .await
        .unwrap();
    assert_eq!(cancels(&store, 1_002).await, Ok(vec![2]));
    let wait = Duration::from_secs(29);
    assert_eq!(cancels(&store, 1_003).await, Err(Some(wait)));
    assert_eq!(cancels(&store, 1_032).await, Ok(vec![2]));
    let ping = Ping {
        result: Some(cancelled(2, "why", 1_033)),
        received: vec![],
        ..Ping::default()
    };
    let recorded = store
        .record_ping(host(), &ping.clone().into(), 1_033)
        .await
        .unwrap()
        .recorded;
    assert_eq!(recorded, Some(Recorded::Yes(2.into())));
    let recorded = store
        .record_ping(host(), &ping.clone().into(), 1_034)
        .await
        .unwrap()
        .recorded;
    assert!(matches!(recorded, Some(Recorded::No(_))));
    assert_eq!(cancels(&store, 1_070).await, Err(None));
}

#[tokio::test]
async fn a_restart_between_offer_and_result_loses_nothing() {
    let (folder, store) = with_host().await;
    let jobs = [(2, host()), (3, host())];
    create(&store, &jobs).await.unwrap();
    assert_eq!(offered(&store, 1_001).await, (2, true));
    assert_eq!(offered(&store, 1_002).await, (2, false));
    store.close().await;

    let store = open(&folder).await;
    assert_eq!(store.last_id().await.unwrap(), 3);
    let ping = Ping {
        result: Some(cancelled(2, "why", 1_002)),
        received: vec![3],
        ..Ping::default()
    };
    store
        .record_ping(host(), &ping.clone().into(), 1_002)
        .await
        .unwrap();
    let (ended, _) = store
        .job(2.into(), &Scope::everything())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (ended.ended, ended.result.unwrap().err.as_str()),
        (Some(1_002), "why")
    );
    let (other, _) = store
        .job(3.into(), &Scope::everything())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(other.received, Some(1_002));
}

#[tokio::test]
async fn a_batch_is_created_whole_or_not_at_all() {
    let (_folder, store) = with_host().await;
    let stranger = HostId::derive("stranger", "", b"");
    let jobs = [(2, host()), (3, stranger)];
    let error = create(&store, &jobs).await.unwrap_err();
    assert!(matches!(error, JobsError::UnknownHost(id) if id == stranger));
    assert!(
        store
            .job(2.into(), &Scope::everything())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.last_id().await.unwrap(), 0);
}

#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    let (folder, store) = with_host().await;
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    let files = std::fs::read_dir(&data).unwrap();
    let modes: Vec<u32> = files.map(|file| mode(&file.unwrap().path())).collect();
    assert!(
        modes.len() >= 2 && modes.iter().all(|mode| *mode == 0o600),
        "{modes:?}"
    );
    store.close().await;
}
