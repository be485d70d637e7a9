//! Packages that the store has already.

use super::*;
use crate::home::{failed, succeeded};
use crate::registry::Answer;
use std::fs;
use std::path::PathBuf;
use wire::seal::{ArchiveHash, Seal};

#[test]
fn a_stored_package_is_not_fetched_again() {
    let fixture = Fixture::new();
    succeeded(&mut fixture.exe());
    succeeded(&mut fixture.exe());
    assert_eq!(
        (
            fixture.times_asked_for("manifest"),
            fixture.times_asked_for("archive")
        ),
        (2, 1)
    );
    let (_, digest) = fixture.publisher.only_package();
    succeeded(fixture.exe().env("ART_PACKAGE_DIGEST", digest));
    assert_eq!(
        fixture.times_asked_for("manifest"),
        2,
        "pinned and stored: the registry is not asked"
    );
}

#[test]
fn a_stored_package_that_was_damaged_is_fetched_again() {
    let fixture = Fixture::new();
    succeeded(&mut fixture.exe());
    let (reference, digest) = fixture.publisher.only_package();
    fs::write(
        fixture.host.path(&format!("art/packages/{reference}.zip")),
        "PK",
    )
    .unwrap();
    succeeded(fixture.exe().env("ART_PACKAGE_DIGEST", digest));
    assert_eq!(fixture.times_asked_for("archive"), 2);
}

#[test]
fn a_store_that_lost_a_seal_fetches_it_again() {
    let fixture = Fixture::new();
    succeeded(&mut fixture.exe());
    let (reference, _) = fixture.publisher.only_package();
    let seal = fixture.host.path(&format!("art/packages/{reference}.json"));
    for damage in [
        |seal: &PathBuf| fs::write(seal, "{"),
        |seal: &PathBuf| fs::remove_file(seal),
    ] {
        damage(&seal).unwrap();
        succeeded(&mut fixture.exe());
        assert!(seal.exists());
    }
}

#[test]
fn a_pulled_package_has_the_digest_that_is_printed() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let seal = fixture
        .publisher
        .path(&format!("art/packages/{reference}.json"));
    let seal = String::from_utf8(fs::read(seal).unwrap()).unwrap();
    fixture.answer(
        "seal",
        Answer::new(200, seal.replace("sha256:", "\\u001b[2J")),
    );
    let name = fixture.registry.name();
    let mut pull = fixture.host.art_with(&fixture.registry);
    let error = failed(pull.args(["pull", &name]), 121);
    assert!(error.contains("digest does not match"), "{error}");
    assert!(!fixture.host.path("art/packages").exists());
}

/// Another name's package, built here and about to be signed again, must not be replaced by a
/// registry's package of the same reference.
#[test]
fn a_pulled_package_does_not_displace_anothers() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let store = fixture.publisher.path("art/packages");
    let read = |extension: &str| fs::read(store.join(format!("{reference}.{extension}"))).unwrap();
    let (seal, archive) = (read("json"), read("zip"));
    let mine = "r.example/ops/mine:1";
    let project = fixture.publisher.project(&format!("{PROJECT}# mine\n"));
    succeeded(
        fixture
            .publisher
            .art()
            .args(["build", "-t", mine])
            .arg(project),
    );
    let own = succeeded(fixture.publisher.art().args(["ls", "--json"]));
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    let own = own[1]["ref"].as_str().unwrap();
    let mut forged: serde_json::Value = serde_json::from_slice(&seal).unwrap();
    forged["manifest"]["ref"] = own.into();
    let manifest = serde_json::from_value(forged["manifest"].take()).unwrap();
    let forged = Seal::new(&manifest, &ArchiveHash::of(&archive)).unwrap();
    fixture
        .registry
        .offer(own, &forged.print().unwrap(), &archive);
    let before = fs::read(store.join(format!("{own}.json"))).unwrap();
    let name = fixture.registry.name();
    let mut pull = fixture.publisher.art_with(&fixture.registry);
    let error = failed(pull.args(["pull", &name]), 121);
    assert!(error.contains(mine), "{error}");
    assert_eq!(fs::read(store.join(format!("{own}.json"))).unwrap(), before);
}
