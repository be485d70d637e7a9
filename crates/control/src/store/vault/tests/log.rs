//! The beginning of the audit log, which only its creation seals.

use super::*;

/// Only the version that creates the log may seal its beginning, and only then: later it would seal
/// what somebody emptied.
#[tokio::test]
async fn abuse_a_log_is_emptied_as_if_it_had_never_begun() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    assert!(store.verify_audit().await.unwrap().is_whole());
    store
        .change(
            "DELETE FROM audit; UPDATE audit_ends SET removed = 0, removed_mac = x'', newest = 0,
                 newest_mac = x'', seal = x''",
        )
        .await;
    assert!(!store.verify_audit().await.unwrap().is_whole());
    store.close().await;
    let store = fixture.open().await;
    assert!(!store.verify_audit().await.unwrap().is_whole());
    store.rekey(&fixture.key(), &ada()).await.unwrap();
    store.close().await;
    assert!(
        !fixture
            .open()
            .await
            .verify_audit()
            .await
            .unwrap()
            .is_whole()
    );
}

/// The beginning of the log can be sealed only while it is created.
#[tokio::test]
async fn a_database_without_its_key_does_not_get_a_log() {
    let fixture = Fixture::with_old_database().await;
    let pool = fixture.pool().await;
    let older = MIGRATIONS.iter().filter(|step| step.version < 25);
    Migrator::with_migrations(older.cloned().collect())
        .run(&pool)
        .await
        .unwrap();
    KeyFile::create(&fixture.key()).unwrap();
    let key = fs::read_to_string(fixture.key()).unwrap();
    let id = KeyFile::read(&fixture.key()).unwrap().unwrap();
    let id = id.into_first().unwrap().id().to_owned();
    raw_sql(sqlx::AssertSqlSafe(format!(
        "PRAGMA foreign_keys = off; DELETE FROM host; DELETE FROM job; DELETE FROM batch;
         DELETE FROM command;
         INSERT INTO vault (id, key_id) VALUES (1, '{id}')"
    )))
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    fs::remove_file(fixture.key()).unwrap();
    assert!(fixture.try_open().await.is_err());
    fs::write(fixture.key(), key).unwrap();
    let store = fixture.open().await;
    assert!(store.verify_audit().await.unwrap().is_whole());
}
