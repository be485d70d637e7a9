//! A new key in place of the first.

use super::*;

#[tokio::test]
async fn a_new_key_replaces_the_first_and_opens_everything() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    let old = fs::read(fixture.key()).unwrap();
    let shown = masked(definition());
    store
        .put_command(new(&definition(), &shown), 2, |_| true, &ada())
        .await
        .unwrap();
    let unreadable = store.rekey(&fixture.key(), &ada()).await.unwrap();
    assert!(unreadable.is_empty());
    store.close().await;
    assert_no_secrets_in(&fixture.data());
    let store = fixture.open().await;
    assert_whole(&store).await;
    let log = store.verify_audit().await.unwrap();
    assert_eq!((log.named, log.entries), (Vec::new(), 2));
    store.close().await;
    fs::write(fixture.key(), old).unwrap();
    assert!(fixture.try_open().await.is_err());
}

/// A stolen key is replaced, whatever has become of some rows.
#[tokio::test]
async fn a_new_key_leaves_what_control_cannot_read_as_it_is() {
    let fixture = Fixture::with_old_database().await;
    let store = fixture.open().await;
    let other = HostId::derive("other", "", b"");
    let damaged = format!(
        "INSERT INTO host (id, state, sealed_key, next_key, fingerprint, nonce, facts, created)
             SELECT '{other}', state, 'torn', 'torn', fingerprint, nonce, facts, created FROM host;
         INSERT INTO command SELECT 'torn', 'torn', updated, shown, version FROM command;
         INSERT INTO batch SELECT 3, name, notes, label, owner, fx_key, fx_version, created, NULL,
             NULL, 'torn' FROM batch;"
    );
    raw_sql(sqlx::AssertSqlSafe(damaged))
        .execute(&store.pool)
        .await
        .unwrap();
    let unreadable = store.rekey(&fixture.key(), &ada()).await.unwrap();
    store.close().await;
    assert_eq!(unreadable.len(), 4, "{unreadable:?}");
    for (row, remedy) in [
        ("command.definition of torn", "cmd put"),
        ("batch.command of 3", "refused"),
    ] {
        let named = unreadable.iter().find(|value| value.contains(row));
        assert!(named.unwrap().contains(remedy), "{unreadable:?}");
    }
    let store = fixture.open().await;
    assert_whole(&store).await;
    assert!(store.command("torn").await.is_err());
    assert!(store.session(other).await.is_err());
    assert!(
        !store
            .rekey(&fixture.key(), &ada())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn during_a_replacement_the_file_has_both_keys() {
    let fixture = Fixture::with_old_database().await;
    fixture.open().await.close().await;
    let present = fs::read_to_string(fixture.key()).unwrap();
    let next = fixture.0.path().join("next");
    KeyFile::create(&next).unwrap();
    let both = [&fs::read_to_string(&next).unwrap(), present.as_str()].concat();
    fs::write(fixture.key(), both).unwrap();
    let store = fixture.open().await;
    assert_whole(&store).await;
    store.rekey(&fixture.key(), &ada()).await.unwrap();
    store.close().await;
    assert_whole(&fixture.open().await).await;
    let text = fs::read_to_string(fixture.key()).unwrap();
    assert_eq!(text.matches("pilotctl-store-key-1:").count(), 1);
}
