use super::*;
use crate::package::Archive;
use std::sync::LazyLock;
use trust::{Algorithm, SecretKey};
use wire::seal::Manifest;

const NOW: u64 = 1_800_000_000;

static PUBLISHER: LazyLock<SecretKey> = LazyLock::new(|| key("publisher"));
static STRANGER: LazyLock<SecretKey> = LazyLock::new(|| key("stranger"));

fn key(owner: &str) -> SecretKey {
    SecretKey::generate(owner, Algorithm::Ed25519, NOW - 1_000).unwrap()
}

fn name(text: &str) -> PackageName {
    text.parse().unwrap()
}

/// A package that `key` endorsed as `signed_as`.
fn package(key: &SecretKey, signed_as: &str, serial: u64) -> Package {
    let archive = Archive::of(b"archive");
    let mut seal = Seal::new(&Manifest::default(), archive.hash()).unwrap();
    let message = Statement::new(&name(signed_as), &seal.digest, serial).message();
    let endorsement = Endorsement {
        serial,
        signature: key.sign(&message, NOW).unwrap(),
    };
    let authority = key.certificate().fingerprint().to_string();
    seal.seal.insert(authority, endorsement.to_value());
    Package { seal, archive }
}

fn verify_as(
    asked: &str,
    package: Package,
    pin: Option<&str>,
    seen: Seen,
) -> Result<Verified, Refusal> {
    let armor = PUBLISHER.certificate().to_armor();
    verify(
        package,
        &Checks {
            name: &name(asked),
            keyring: &Keyring::from_bytes(armor.as_bytes()).unwrap(),
            keys_in: Path::new("/keys/verify"),
            pin,
            seen: &seen,
            now: NOW,
        },
    )
}

fn verify_plainly(package: Package) -> Result<Verified, Refusal> {
    verify_as("r.io/ops/a:1", package, None, Seen(None))
}

fn seen(serial: u64, digest: &str) -> Seen {
    Seen(Some(Serial {
        serial,
        digest: digest.into(),
    }))
}

#[test]
fn what_the_publisher_signed_is_accepted() {
    let verified = verify_plainly(package(&PUBLISHER, "r.io/ops/a:1", 5)).unwrap();
    assert_eq!(verified.serial().serial, 5);
    assert_eq!(*verified.signer(), PUBLISHER.certificate().fingerprint());
}

#[test]
fn one_changed_byte_is_refused() {
    let mut changed = package(&PUBLISHER, "r.io/ops/a:1", 5);
    changed.archive = Archive::of(b"brchive");
    assert_eq!(verify_plainly(changed).unwrap_err(), Refusal::Altered);
}

#[test]
fn an_unsigned_package_is_refused() {
    let mut unsigned = package(&PUBLISHER, "r.io/ops/a:1", 5);
    unsigned.seal.seal.clear();
    assert_eq!(verify_plainly(unsigned).unwrap_err(), Refusal::Unsigned);
}

#[test]
fn a_strangers_signature_is_refused_under_any_name() {
    let mut foreign = package(&STRANGER, "r.io/ops/a:1", 5);
    let (_, value) = foreign.seal.seal.pop_first().unwrap();
    let publisher = PUBLISHER.certificate().fingerprint().to_string();
    foreign.seal.seal.insert(publisher.clone(), value);
    let refusal = verify_plainly(foreign).unwrap_err();
    assert!(refusal.to_string().contains(&publisher), "{refusal}");
}

#[test]
fn abuse_a_signature_for_another_name_or_tag() {
    for signed_as in ["r.io/ops/b:1", "r.io/dev/a:1", "r.io/ops/a:2"] {
        let outcome = verify_plainly(package(&PUBLISHER, signed_as, 5));
        assert!(matches!(outcome, Err(Refusal::Untrusted(_))), "{signed_as}");
    }
}

#[test]
fn abuse_a_serial_that_was_not_signed() {
    let mut raised = package(&PUBLISHER, "r.io/ops/a:1", 5);
    for value in raised.seal.seal.values_mut() {
        *value = value.replacen("v1.5.", "v1.9.", 1);
    }
    assert!(matches!(verify_plainly(raised), Err(Refusal::Untrusted(_))));
}

#[test]
fn a_good_signature_counts_among_bad_ones() {
    let mut mixed = package(&PUBLISHER, "r.io/ops/a:1", 5);
    mixed
        .seal
        .seal
        .insert("\x1b[2J".into(), "v1.99.AAAA".into());
    mixed.seal.seal.insert("old".into(), "another kind".into());
    assert_eq!(verify_plainly(mixed).unwrap().serial().serial, 5);
}

#[test]
fn another_digest_than_the_one_asked_for_is_refused() {
    let digest = package(&PUBLISHER, "r.io/ops/a:1", 5).seal.digest;
    let verified = |pin| {
        verify_as(
            "r.io/ops/a:1",
            package(&PUBLISHER, "r.io/ops/a:1", 5),
            Some(pin),
            Seen(None),
        )
    };
    assert!(verified(&digest).is_ok());
    assert_eq!(
        verified("sha256:x").unwrap_err(),
        Refusal::NotThePinned { found: digest }
    );
}

#[test]
fn an_older_package_is_refused_and_the_same_again_is_not() {
    let digest = package(&PUBLISHER, "r.io/ops/a:1", 5).seal.digest;
    let verified = |seen| {
        verify_as(
            "r.io/ops/a:1",
            package(&PUBLISHER, "r.io/ops/a:1", 5),
            None,
            seen,
        )
    };
    assert!(verified(seen(5, &digest)).is_ok());
    assert!(verified(seen(4, "other")).is_ok());
    for newer in [seen(6, &digest), seen(5, "other")] {
        assert!(matches!(
            verified(newer),
            Err(Refusal::RolledBack { found: 5, .. })
        ));
    }
}

/// If it were accepted, no publisher with a correct clock could sign a newer package.
#[test]
fn a_serial_from_the_future_is_not_believed() {
    let latest = (NOW + trust::CLOCK_SKEW) * 1_000;
    let verified = |serial| verify_plainly(package(&PUBLISHER, "r.io/ops/a:1", serial));
    assert_eq!(verified(latest).unwrap().serial().serial, latest);
    let refusal = verified(latest + 1_000).unwrap_err();
    assert!(matches!(refusal, Refusal::Untrusted(_)), "{refusal}");
    for words in ["ahead of this machine's clock", "2027-01-15T08:05:01Z"] {
        assert!(refusal.to_string().contains(words), "{refusal}");
    }
}

/// An older version believed it, or this machine's clock has gone back.
#[test]
fn after_a_serial_from_the_future_the_refusal_names_the_cure() {
    let digest = package(&PUBLISHER, "r.io/ops/a:1", 5).seal.digest;
    let ahead = (NOW + 86_400) * 1_000;
    for pin in [None, Some(digest.as_str())] {
        let good = package(&PUBLISHER, "r.io/ops/a:1", 5);
        let refusal = verify_as("r.io/ops/a:1", good, pin, seen(ahead, "newer")).unwrap_err();
        let (found, now) = (5, NOW);
        let overtaken = Refusal::Overtaken {
            found,
            seen: ahead,
            now,
        };
        assert_eq!(refusal, overtaken);
        let message = refusal.to_string();
        assert!(message.contains("another tag") && !message.contains("sign it anew"));
    }
}

/// The package that a job was made with is refused too, but no one did anything wrong.
#[test]
fn a_requested_package_older_than_the_last_run_is_superseded() {
    let digest = package(&PUBLISHER, "r.io/ops/a:1", 5).seal.digest;
    let verified = |seen| {
        verify_as(
            "r.io/ops/a:1",
            package(&PUBLISHER, "r.io/ops/a:1", 5),
            Some(&digest),
            seen,
        )
    };
    assert!(verified(seen(5, &digest)).is_ok());
    assert_eq!(
        verified(seen(6, "newer")).unwrap_err(),
        Refusal::Superseded { found: 5, seen: 6 }
    );
    assert!(matches!(
        verified(seen(5, "other")),
        Err(Refusal::RolledBack { .. })
    ));
}

#[test]
fn abuse_a_thousand_invented_signatures() {
    let mut flooded = package(&STRANGER, "r.io/ops/a:1", 5);
    for number in 0..1_000 {
        let authority = format!("{number}{}", "x".repeat(10_000));
        flooded.seal.seal.insert(authority, "another kind".into());
    }
    let refusal = verify_plainly(flooded).unwrap_err().to_string();
    assert!(refusal.len() < 4_000, "{}", refusal.len());
    assert!(refusal.contains("and 985 more"), "{refusal}");
    let stranger = STRANGER.certificate().fingerprint().to_string();
    let theirs = format!("by key {stranger}, made at");
    assert!(refusal.contains(&theirs), "what says most comes first");
}

/// Adds an endorsement of the package as `signed_as`, by a key, at a time.
fn endorse(package: &mut Package, key: &SecretKey, signed_as: &str, made: u64) {
    let message = Statement::new(&name(signed_as), &package.seal.digest, 5).message();
    let endorsement = Endorsement {
        serial: 5,
        signature: key.sign(&message, made).unwrap(),
    };
    let authority = key.certificate().fingerprint().to_string();
    let at = package.seal.seal.len();
    let authority = format!("{at:03}{authority}");
    package.seal.seal.insert(authority, endorsement.to_value());
}

/// The first four alone were explained, and none with its time.
#[test]
fn each_rejected_signature_has_its_reason() {
    let mut package = package(&STRANGER, "r.io/ops/a:1", 5);
    endorse(&mut package, &PUBLISHER, "r.io/ops/a:2", NOW);
    endorse(&mut package, &PUBLISHER, "r.io/ops/a:1", NOW + 86_400 * 3);
    for _ in 0..5 {
        endorse(&mut package, &STRANGER, "r.io/ops/a:1", NOW);
    }
    package.seal.seal.insert("old".into(), "of Go".into());
    let message = verify_plainly(package).unwrap_err().to_string();
    let [publisher, stranger] =
        [&*PUBLISHER, &*STRANGER].map(|key| key.certificate().fingerprint().to_string());
    for expected in [
        format!(
            "by key {publisher}, made at 2027-01-15T08:00:00Z: it does not match \
             this name, tag, digest and serial"
        ),
        format!(
            "by key {publisher}, made at 2027-01-18T08:00:00Z: that is 3 days ahead of this \
             machine's clock, which says 2027-01-15T08:00:00Z"
        ),
        format!(
            "by key {stranger}, made at 2027-01-15T08:00:00Z: that key is not among the trusted keys"
        ),
        "old: it was not made by `art sign`".to_owned(),
        format!("The trusted keys, in /keys/verify, are {publisher}"),
    ] {
        assert!(message.contains(&expected), "{expected}: {message}");
    }
    let unknown = message
        .matches("that key is not among the trusted keys")
        .count();
    assert_eq!(unknown, 6, "{message}");
    assert_eq!(
        message.matches(&publisher).count(),
        5,
        "named once as trusted: {message}"
    );
}
