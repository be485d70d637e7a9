//! The package that was asked for, and others that a registry serves instead.

use super::*;
use crate::home::{failed, succeeded};
use crate::registry::Answer;
use std::fs;

#[test]
fn abuse_the_registry_serves_another_digest() {
    let fixture = Fixture::new();
    let (_, old) = fixture.publisher.only_package();
    fixture.publish("# newer\n");
    let error = failed(fixture.exe().env("ART_PACKAGE_DIGEST", &old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
    let mut pull = fixture.host.art_with(&fixture.registry);
    pull.args(["pull", &fixture.registry.name()]);
    let error = failed(pull.env("ART_PACKAGE_DIGEST", old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
    assert!(!fixture.host.path("art/packages/index.json").exists());
}

impl Fixture {
    /// Offers the publisher's current package under a digest, regardless of the tag.
    fn offer_as(&self, digest: &str) {
        let (reference, _) = self.publisher.only_package();
        let seal = self
            .publisher
            .path(&format!("art/packages/{reference}.json"));
        let mut segment = digest.to_owned();
        for (byte, code) in [(":", "%3A"), ("+", "%2B"), ("/", "%2F"), ("=", "%3D")] {
            segment = segment.replace(byte, code);
        }
        self.registry.answer(
            &format!("GET /package/by-digest/ops/hello/1/{segment}"),
            Answer::new(200, fs::read(seal).unwrap()),
        );
    }
}

/// A job's digest was fixed when the job was made: the tag has moved since, and is deleted.
#[test]
fn a_requested_digest_is_pulled_wherever_the_tag_points() {
    let fixture = Fixture::new();
    let (_, digest) = fixture.publisher.only_package();
    fixture.offer_as(&digest);
    fixture.publish("# newer\n");
    succeeded(fixture.exe().env("ART_PACKAGE_DIGEST", &digest));
    let nothing = Answer::new(404, "no such tag");
    fixture
        .registry
        .answer("GET /package/manifest/ops/hello/1", nothing);
    fs::remove_dir_all(fixture.host.path("art/packages")).unwrap();
    succeeded(fixture.exe().env("ART_PACKAGE_DIGEST", &digest));
}

#[test]
fn a_package_requested_before_a_newer_one_ran_is_superseded() {
    let fixture = Fixture::new();
    let (_, digest) = fixture.publisher.only_package();
    fixture.offer_as(&digest);
    fixture.publish("# newer\n");
    succeeded(&mut fixture.exe());
    let error = failed(fixture.exe().env("ART_PACKAGE_DIGEST", &digest), 125);
    assert!(error.contains("superseded"), "{error}");
}

#[test]
fn abuse_the_registry_serves_another_package_by_digest() {
    let fixture = Fixture::new();
    let (_, old) = fixture.publisher.only_package();
    fixture.publish("# newer\n");
    fixture.offer_as(&old);
    let error = failed(fixture.exe().env("ART_PACKAGE_DIGEST", old), 121);
    assert!(error.contains("not the one that was asked for"), "{error}");
}

#[test]
fn abuse_the_registry_serves_an_older_serial() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let store = fixture.publisher.path("art/packages");
    let read = |extension: &str| fs::read(store.join(format!("{reference}.{extension}"))).unwrap();
    let (seal, archive) = (read("json"), read("zip"));
    fixture.publish("# newer\n");
    succeeded(&mut fixture.exe());
    fixture.registry.offer(&reference, &seal, &archive);
    let error = failed(&mut fixture.exe(), 121);
    assert!(error.contains("older package"), "{error}");
}

#[test]
fn abuse_the_registry_serves_another_name() {
    let fixture = Fixture::new();
    let (reference, _) = fixture.publisher.only_package();
    let store = fixture.publisher.path("art/packages");
    for (kind, file) in [("seal", "json"), ("archive", "zip")] {
        let bytes = fs::read(store.join(format!("{reference}.{file}"))).unwrap();
        let line = format!("GET /package/{kind}/ops/other/{reference}");
        fixture.registry.answer(&line, Answer::new(200, bytes));
    }
    let manifest = format!("{{\"ref\": \"{reference}\"}}");
    fixture.registry.answer(
        "GET /package/manifest/ops/other/1",
        Answer::new(200, manifest),
    );
    let name = fixture.registry.name().replace("hello", "other");
    let mut exe = fixture.host.art_with(&fixture.registry);
    exe.env(
        "ART_VERIFY_KEYS",
        fixture.publisher.path("publisher_pub.pgp"),
    );
    let error = failed(exe.args(["exe", &name, "f"]), 121);
    assert!(
        error.contains("not signed by a trusted key under this name"),
        "{error}"
    );
}
