//! Tests of sealed databases: keys, old databases, stolen copies.

mod log;
mod replacement;

use super::{Column, StoreKey, Vault};
use crate::domain::audit::tests::ada;
use crate::domain::definition::{Definition, masked};
use crate::domain::scope::Scope;
use crate::store::for_tests::batch;
use crate::store::sqlite::MIGRATIONS;
use crate::store::{DueWork, KeyFile, NewDefinition, PutCommand, Store};
use sqlx::migrate::Migrator;
use sqlx::{SqlitePool, raw_sql};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wire::command::{Command, Secret};
use wire::{HostId, HostKey};

const HOST_KEY: [u8; 32] = *b"0123456789abcdefghijklmnopqrstuv";

/// A folder with a database and its key.
struct Fixture(TempDir);

impl Fixture {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key")
    }

    fn database(&self) -> PathBuf {
        self.data().join("pilotctl.db")
    }

    async fn pool(&self) -> SqlitePool {
        let url = format!("sqlite://{}", self.database().display());
        SqlitePool::connect(&url).await.unwrap()
    }

    async fn try_open(&self) -> Result<Store, String> {
        let store = Store::open(&self.data(), &self.key()).await;
        store.map_err(|error| error.to_string())
    }

    async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    /// A database of a version without keys, with a host, a command and a job.
    async fn with_old_database() -> Self {
        let fixture = Self::new();
        fs::create_dir(fixture.data()).unwrap();
        fs::File::create(fixture.database()).unwrap();
        let pool = fixture.pool().await;
        let older = MIGRATIONS.iter().filter(|step| step.version < 5);
        Migrator::with_migrations(older.cloned().collect())
            .run(&pool)
            .await
            .unwrap();
        let key = wire::encoding::hex(&HOST_KEY);
        let definition = serde_json::to_string(&definition()).unwrap();
        let command = serde_json::to_string(&command()).unwrap();
        raw_sql(sqlx::AssertSqlSafe(format!(
            "INSERT INTO host (id, state, key, nonce, facts, created)
                 VALUES ('{}', 'enrolled', x'{key}', x'00', '{}', 1);
             INSERT INTO command VALUES ('k', '{definition}', 1);
             INSERT INTO batch VALUES (1, 'b', '', '[]', 'ada', 'k', 1, 1);
             INSERT INTO job (id, batch, host, command) VALUES (2, 1, '{}', '{command}');",
            host(),
            facts(),
            host()
        )))
        .execute(&pool)
        .await
        .unwrap();
        pool.close().await;
        fixture
    }
}

fn host() -> HostId {
    HostId::derive("m", "", b"")
}

fn facts() -> serde_json::Value {
    serde_json::json!({
        "hostname": "web", "host_ip": "", "machine_id": host(), "os": "linux", "platform": "",
        "virtual": false, "total_memory": 1.0, "cpus": 1, "mac_address": [],
    })
}

fn new<'a>(whole: &'a Definition, shown: &'a Definition) -> NewDefinition<'a> {
    NewDefinition {
        whole,
        shown,
        version: "1",
    }
}

fn definition() -> Definition {
    Definition {
        key: "k".into(),
        pwd: Secret::new("registry-hunter2"),
        ..Definition::default()
    }
}

fn command() -> Command {
    Command {
        pwd: Secret::new("job-hunter2"),
        ..Command::default()
    }
}

async fn assert_whole(store: &Store) {
    let keys = store.session(host()).await.unwrap().unwrap().keys;
    assert_eq!(*keys.present.as_bytes(), HOST_KEY);
    assert_eq!(store.command("k").await.unwrap(), Some(definition()));
    let shown = store.masked_definition("k").await.unwrap();
    assert_eq!(shown.unwrap().0, masked(definition()));
    let shown = store
        .host(host(), &Scope::everything())
        .await
        .unwrap()
        .unwrap()
        .fingerprint;
    assert_eq!(shown, HostKey::new(HOST_KEY).fingerprint());
    assert!(store.stored_command(2).await.contains("job-hunter2"));
}

/// Whether any file of a folder holds these bytes.
fn finds(folder: &Path, wanted: &[u8]) -> bool {
    let files = fs::read_dir(folder).unwrap();
    files.map(Result::unwrap).any(|file| {
        let bytes = fs::read(file.path()).unwrap();
        bytes.windows(wanted.len()).any(|found| found == wanted)
    })
}

fn assert_no_secrets_in(folder: &Path) {
    let hexadecimal = wire::encoding::hex(&HOST_KEY);
    let base64 = wire::encoding::base64(&HOST_KEY);
    let texts = [hexadecimal.as_bytes(), base64.as_bytes(), b"hunter2"];
    for wanted in [&HOST_KEY[..]].into_iter().chain(texts) {
        assert!(
            !finds(folder, wanted),
            "{}",
            String::from_utf8_lossy(wanted)
        );
    }
}

#[tokio::test]
async fn a_database_without_a_key_is_sealed_when_it_is_opened() {
    let fixture = Fixture::with_old_database().await;
    assert!(finds(&fixture.data(), &HOST_KEY) && finds(&fixture.data(), b"job-hunter2"));
    let store = fixture.open().await;
    assert!(store.has_new_key());
    assert_whole(&store).await;
    assert_no_secrets_in(&fixture.data());
    store.close().await;
    assert_no_secrets_in(&fixture.data());
    let again = fixture.open().await;
    assert!(!again.has_new_key());
    assert_whole(&again).await;
}

#[tokio::test]
async fn abuse_a_backup_is_stolen_and_the_key_is_not() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    store
        .create_batch(&batch(3), &[(4.into(), host())], &command(), None, &ada())
        .await
        .unwrap();
    let shown = masked(definition());
    store
        .put_command(new(&definition(), &shown), 2, |_| true, &ada())
        .await
        .unwrap();
    // A copy of an open database includes its journal.
    assert!(fixture.data().join("pilotctl.db-wal").exists());
    assert_no_secrets_in(&fixture.data());
    store.close().await;
    fs::remove_file(fixture.key()).unwrap();
    let refusal = fixture.try_open().await.err().unwrap();
    assert!(refusal.contains("restore it from its backup"), "{refusal}");
    assert!(
        !fixture.key().exists(),
        "no other key is created in its place"
    );
    KeyFile::create(&fixture.key()).unwrap();
    let refusal = fixture.try_open().await.err().unwrap();
    assert!(refusal.contains("key of another database"), "{refusal}");
}

#[tokio::test]
async fn the_command_of_an_old_batch_is_that_of_a_job_which_has_not_ended() {
    let fixture = Fixture::with_old_database().await;
    let pool = fixture.pool().await;
    raw_sql(
        "INSERT INTO job (id, batch, host, command, offered, ended)
             SELECT 1, batch, host, replace(command, 'job-hunter2', '***'), 5, 6 FROM job;
         UPDATE job SET offered = 7 WHERE id = 2;
         INSERT INTO job (id, batch, host, command) SELECT 3, batch, host, command FROM job WHERE id = 2;",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let store = fixture.open().await;
    for id in [1, 2, 3] {
        assert!(store.stored_command(id).await.contains("job-hunter2"));
    }
    let mut numbers = Vec::new();
    for id in [1, 2, 3] {
        numbers.push(
            store
                .job(id.into(), &Scope::everything())
                .await
                .unwrap()
                .unwrap()
                .0
                .number,
        );
    }
    assert_eq!(numbers, [Some(1.into()), Some(2.into()), None]);
    let due = store.due_work(host(), false, None, 8).await.unwrap();
    let DueWork::Offer(offer) = due else {
        panic!("nothing is due");
    };
    assert_eq!(offer.job.unwrap().number, 2);
    let unmoved: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM unmoved_command")
        .fetch_one(&store.pool)
        .await
        .unwrap();
    assert_eq!(unmoved, (0,));
    store.close().await;
    assert_no_secrets_in(&fixture.data());
}

#[tokio::test]
async fn abuse_rows_are_swapped_in_the_database() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    let other = HostId::derive("other", "", b"");
    let swap = format!(
        "INSERT INTO host (id, state, sealed_key, fingerprint, nonce, facts, created)
             SELECT '{other}', state, sealed_key, fingerprint, nonce, facts, created FROM host;
         UPDATE command SET definition = (SELECT command FROM batch WHERE id = 1);
         INSERT INTO batch SELECT 3, name, notes, label, owner, fx_key, fx_version, created, NULL,
             NULL, command FROM batch;
         INSERT INTO job (id, batch, host) VALUES (4, 3, '{other}');"
    );
    raw_sql(sqlx::AssertSqlSafe(swap))
        .execute(&store.pool)
        .await
        .unwrap();
    let refusal = store.session(other).await.err().unwrap().to_string();
    assert!(
        refusal.contains("moved there from another row"),
        "{refusal}"
    );
    assert!(store.command("k").await.is_err());
    let news = store.due_work(other, false, None, 1).await.unwrap();
    assert!(matches!(news, DueWork::Unreadable(job, _) if job.number() == 4));
    assert!(store.due_work(host(), false, None, 1).await.is_ok());
}

#[tokio::test]
async fn control_starts_though_it_cannot_read_what_lists_are_to_show() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    let damage = "UPDATE host SET sealed_key = 'torn', fingerprint = NULL;
         UPDATE command SET definition = 'torn', shown = NULL;";
    raw_sql(damage).execute(&store.pool).await.unwrap();
    store.close().await;
    let store = fixture.open().await;
    let host = store
        .host(host(), &Scope::everything())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(host.fingerprint, "");
    let shown = store.masked_definition("k").await.unwrap().unwrap();
    assert!(shown.0.description.contains("put it again"));
    let definition = definition();
    store
        .put_command(
            new(&definition, &masked(definition.clone())),
            2,
            |_| true,
            &ada(),
        )
        .await
        .unwrap();
    assert_eq!(store.command("k").await.unwrap(), Some(definition));
    raw_sql(damage).execute(&store.pool).await.unwrap();
    let removed = store.remove_command("k", |_| true, &ada()).await.unwrap();
    assert_eq!(removed, PutCommand::Done);
}

fn vault() -> Vault {
    Vault::new(&StoreKey::new([1; 32]), false)
}

#[test]
fn a_sealed_value_opens_in_its_place_and_reveals_nothing() {
    let vault = vault();
    let sealed = vault.seal(Column::JobCommand, "7", b"hunter2").unwrap();
    assert_eq!(
        &**vault.open(Column::JobCommand, "7", &sealed).unwrap(),
        b"hunter2"
    );
    let again = vault.seal(Column::JobCommand, "7", b"hunter2").unwrap();
    assert_ne!(sealed, again, "equal values look different");
}

#[test]
fn abuse_sealed_values_are_moved_or_changed() {
    let vault = vault();
    let sealed = vault.seal(Column::JobCommand, "7", b"hunter2").unwrap();
    assert!(vault.open(Column::JobCommand, "8", &sealed).is_err());
    assert!(vault.open(Column::Definition, "7", &sealed).is_err());
    let stranger = Vault::new(&StoreKey::new([2; 32]), false);
    assert!(stranger.open(Column::JobCommand, "7", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(vault.open(Column::JobCommand, "7", &changed).is_err());
    }
    for broken in ["", "v1.", "v1.AAAA", "hunter2"] {
        let refusal = vault.open(Column::JobCommand, "7", broken).unwrap_err();
        assert!(!refusal.to_string().contains("hunter2"));
    }
}
