//! What control keeps, and how much that is.

use super::fixture::{Fixture, PASSWORD, Served, enrol, pilotctl, run, stderr};
use serde_json::{Value, json};
use wire::{HostId, HostKey};

/// `store status` of the fixture's data.
fn status(fixture: &Fixture, more: &[&str]) -> String {
    let data = fixture.path("data");
    let mut command = pilotctl();
    command.args(["store", "status", "--data"]).arg(data);
    let shown = run(command.args(more));
    assert!(shown.status.success(), "{}", stderr(&shown));
    String::from_utf8(shown.stdout).unwrap()
}

#[test]
fn the_status_of_a_database_is_shown_while_the_service_runs() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    let packages = fixture.path("data/packages/ops%2Fhello");
    std::fs::create_dir_all(&packages).unwrap();
    std::fs::write(packages.join("r1.zip"), [0; 10]).unwrap();
    std::fs::write(fixture.path("data/packages/.unfinished-x"), [0; 7]).unwrap();
    let shown: Value = serde_json::from_str(&status(&fixture, &["--json"])).unwrap();
    assert_eq!(shown["hosts"]["enrolled"], 1);
    assert_eq!(
        (&shown["batches"], &shown["jobs"]["ended"]),
        (&0.into(), &0.into())
    );
    assert!(shown["database"]["bytes"].as_u64().unwrap() > 10_000);
    let packages = json!({
        "archives": 1, "bytes": 10, "unfinished": 1, "unfinished_bytes": 7,
    });
    assert_eq!(shown["packages"], packages);
    let text = status(&fixture, &[]);
    for words in ["1 enrolled", "KiB", "uploads"] {
        assert!(text.contains(words), "{text}");
    }
    served.stop();
}

#[test]
fn a_folder_without_a_database_has_no_status() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let refused = run(pilotctl().args(["store", "status", "--data", data]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("use the same --data"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        0,
        "nothing is made"
    );
}

#[test]
fn what_is_kept_and_removed_is_said_in_known_words() {
    let fixture = Fixture::new();
    let refused = run(fixture.serve_command().args(["--keep-jobs", "a while"]));
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("forever"), "{}", stderr(&refused));
    let mut serve = fixture.serve_command();
    let served = Served::start(serve.args(["--keep-jobs", "30d", "--keep-outputs", "7d"]));
    let removed = fixture.client(&served.url, PASSWORD, &["job", "rm", "7", "--yes"]);
    assert_eq!(removed.status.code(), Some(1));
    assert!(
        stderr(&removed).contains("there is no job 7"),
        "{}",
        stderr(&removed)
    );
    let nothing = fixture.client(&served.url, PASSWORD, &["job", "rm"]);
    assert_eq!(nothing.status.code(), Some(2));
    served.stop();
}
