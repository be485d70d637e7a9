//! A package that the existing programs made.

use crate::home::{Home, failed, succeeded, vectors};
use crate::registry::Registry;
use std::fs;

const REFERENCE: &str = "20221108143838999-0123456789";

/// A registry that offers it, and a home that has pulled it.
fn pulled() -> (Registry, Home) {
    let registry = Registry::start();
    registry.offer_from(&vectors().join("package"), REFERENCE);
    let home = Home::with_key();
    succeeded(home.art_with(&registry).args(["pull", &registry.name()]));
    (registry, home)
}

#[test]
fn it_is_listed_as_its_manifest_states() {
    let (_registry, home) = pulled();
    let listed = succeeded(home.art().args(["ls", "--json"]));
    assert!(
        listed.contains(REFERENCE) && listed.contains("\"greet\""),
        "{listed}"
    );
    assert!(listed.contains("sha256:FPwhiZBtU1wlhrOSkiLgHNuFDMk5SFVcYZHSfrIgUyw="));
}

#[test]
fn it_does_not_run_before_it_is_signed() {
    let (registry, home) = pulled();
    let mut exe = home.art_with(&registry);
    let error = failed(exe.args(["exe", &registry.name(), "greet"]), 121);
    assert!(error.contains("not signed"), "{error}");
}

#[test]
fn signed_it_runs() {
    let (registry, home) = pulled();
    succeeded(home.art().args(["sign", &registry.name()]));
    registry.offer_from(&home.path("art/packages"), REFERENCE);
    let exe = |function: &str| {
        let mut exe = home.art_with(&registry);
        exe.args(["exe", &registry.name(), function])
            .env("GREETING", "good  day");
        exe
    };
    assert_eq!(succeeded(&mut exe("greet")), "good day from greet\n");
    let error = failed(&mut exe("hidden"), 123);
    assert!(error.contains("it exports greet"), "{error}");
    let error = failed(exe("greet").env_remove("GREETING"), 123);
    assert!(error.contains("requires GREETING"), "{error}");
    assert!(home.left_behind().is_empty());
}

#[test]
fn one_changed_byte_is_refused_before_anything_is_unpacked() {
    let (registry, home) = pulled();
    succeeded(home.art().args(["sign", &registry.name()]));
    let store = home.path("art/packages");
    let seal = fs::read(store.join(format!("{REFERENCE}.json"))).unwrap();
    let mut archive = fs::read(store.join(format!("{REFERENCE}.zip"))).unwrap();
    archive[100] ^= 1;
    registry.offer(REFERENCE, &seal, &archive);
    // Another home: this one would not fetch again what it has.
    let host = Home::new();
    let mut exe = host.art_with(&registry);
    exe.env("ART_VERIFY_KEYS", home.path("publisher_pub.pgp"));
    exe.env("ART_PHASE_FILE", host.path("phase"));
    let error = failed(exe.args(["exe", &registry.name(), "greet"]), 121);
    assert!(error.contains("digest does not match"), "{error}");
    assert_eq!(fs::read(host.path("phase")).unwrap(), b"verify\n");
    assert!(!host.path("art/run").exists() && !host.path("art/packages").exists());
}
