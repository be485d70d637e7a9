//! Opening, also after an interruption, and what is refused.

use super::checks;
use super::kept::{EARLIER, Kept, MIGRATIONS, execute};
use crate::fixture::stderr;
use sqlx::migrate::Migrator;

/// The steps that a database of an earlier version lacks.
async fn missing(database: &mut sqlx::SqliteConnection) -> Vec<i64> {
    let done: Vec<(i64,)> = sqlx::query_as("SELECT version FROM _sqlx_migrations")
        .fetch_all(database)
        .await
        .unwrap();
    let steps = MIGRATIONS.iter().map(|step| step.version);
    steps.filter(|step| !done.contains(&(*step,))).collect()
}

fn all_is_there(name: &str) {
    let kept = Kept::copy(name);
    let earlier = kept.command(&["store", "status"]);
    assert!(
        stderr(&earlier).contains("another version"),
        "{name}: {}",
        stderr(&earlier)
    );
    let served = kept.serve();
    checks::all(&kept, &served);
    served.stop();
    let status = kept.printed(&["store", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["batches"], 3, "{name}: {status}");
    let sound = kept.with_database(async |database| {
        let found: (String,) = sqlx::query_as("PRAGMA integrity_check")
            .fetch_one(&mut *database)
            .await
            .unwrap();
        let dangling = sqlx::query("PRAGMA foreign_key_check");
        (found.0, dangling.fetch_all(database).await.unwrap().len())
    });
    assert_eq!(sound, ("ok".into(), 0), "{name}");
}

#[test]
fn all_that_the_first_version_filled_is_there() {
    all_is_there(EARLIER[0]);
}

/// It had a later step, but not the one before.
#[test]
fn all_that_a_version_without_a_step_in_between_filled_is_there() {
    all_is_there(EARLIER[1]);
}

#[test]
fn all_that_a_version_without_numbers_of_jobs_filled_is_there() {
    all_is_there(EARLIER[2]);
}

#[test]
fn all_that_the_first_version_with_numbers_of_jobs_filled_is_there() {
    all_is_there(EARLIER[3]);
}

/// Each step is a transaction of its own. What follows them, because it needs the store key, has
/// not begun.
#[test]
fn an_interrupted_migration_goes_on_at_each_step() {
    for name in EARLIER {
        let kept = Kept::copy(name);
        let steps = kept.with_database(missing);
        for done in 1..=steps.len() {
            kept.copy_again();
            kept.with_database(async |database| {
                let steps = &steps[done..];
                let before = MIGRATIONS
                    .iter()
                    .filter(|step| !steps.contains(&step.version));
                let before = Migrator::with_migrations(before.cloned().collect());
                before.run(database).await.unwrap();
            });
            let users = kept.printed(&["user", "ls"]);
            assert!(users.contains("ada") && users.contains("rob"), "{users}");
            checks::converted(&kept);
        }
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let kept = Kept::copy(EARLIER[0]);
    kept.printed(&["user", "ls"]);
    kept.with_database(async |database| {
        let newer = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success,
             checksum, execution_time FROM _sqlx_migrations LIMIT 1";
        execute(database, newer).await;
    });
    let refused = kept.command(&["user", "ls"]);
    assert_eq!(refused.status.code(), Some(1));
    let why = stderr(&refused);
    assert!(
        why.contains("a newer pilotctl has migrated this database"),
        "{why}"
    );
    assert!(why.contains("a backup from before"), "{why}");
    let status = kept.command(&["store", "status"]);
    assert_eq!(status.status.code(), Some(1), "{}", stderr(&status));
}
