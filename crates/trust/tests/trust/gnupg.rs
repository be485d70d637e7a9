//! What GnuPG makes: see `tests/fixtures/README.md`.

use trust::{Fingerprint, Flaw, KeyError, KeyFlaw, Keyring, Refusal, SecretKey};

/// 2026-06-01
const NOW: u64 = 1_780_272_000;
const DAY: u64 = 86_400;

pub(crate) fn read(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

fn keyring(name: &str) -> Keyring {
    Keyring::from_bytes(&read(name)).unwrap()
}

fn verify_at(key: &str, signature: &str, now: u64) -> Result<Fingerprint, Refusal> {
    keyring(key).verify(&read("message.bin"), &read(signature), now)
}

fn verify(key: &str, signature: &str) -> Result<Fingerprint, Refusal> {
    verify_at(key, signature, NOW)
}

/// The flaw of the key that made a signature.
fn key_flaw(name: &str, now: u64) -> KeyFlaw {
    match verify_at(&format!("{name}.asc"), &format!("{name}.sig"), now) {
        Err(Refusal::Key { flaw, .. }) => flaw,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn good_signatures_are_believed() {
    let good = keyring("good.asc").certificates()[0].fingerprint();
    for (key, signature) in [
        ("good.asc", "good.sig"),
        ("good.asc", "good-binary.sig"),
        ("good-binary.asc", "good.sig"),
        ("good.asc", "notation.sig"),
    ] {
        assert_eq!(verify(key, signature), Ok(good.clone()), "{signature}");
    }
    assert!(verify("rsa.asc", "rsa.sig").is_ok());
}

#[test]
fn a_keyring_of_several_keys_says_which_one_signed() {
    let mut all = Keyring::from_bytes(&[read("good.asc"), read("rsa.asc")].concat()).unwrap();
    all.extend(keyring("offline.asc"));
    assert_eq!(all.certificates().len(), 3);
    for (i, signature) in ["good.sig", "rsa.sig", "offline.sig"].iter().enumerate() {
        let signer = all.verify(&read("message.bin"), &read(signature), NOW);
        assert_eq!(signer, Ok(all.certificates()[i].fingerprint()));
    }
}

#[test]
fn without_a_trusted_key_nothing_is_believed() {
    let refusal = Keyring::default().verify(b"", &read("good.sig"), NOW);
    assert_eq!(refusal, Err(Refusal::NoTrustedKeys));
}

#[test]
fn another_keys_signature_is_refused_by_both_names() {
    let name = |key| keyring(key).certificates()[0].fingerprint();
    let (good, rsa) = (name("good.asc"), name("rsa.asc"));
    assert_eq!(
        verify("good.asc", "rsa.sig").unwrap_err().to_string(),
        format!(
            "signed by key {}, which is not one of the trusted keys ({})",
            rsa, good
        )
    );
}

#[test]
fn an_expired_key_is_believed_until_it_expires() {
    let expiry = 1_767_225_600 + 30 * DAY;
    assert!(verify_at("expired.asc", "expired.sig", expiry - 1).is_ok());
    assert_eq!(key_flaw("expired", expiry), KeyFlaw::Expired(expiry));
    let sentence = verify("expired.asc", "expired.sig")
        .unwrap_err()
        .to_string();
    assert!(
        sentence.starts_with("the signing key ") && sentence.ends_with(" expired on 2026-01-31"),
        "{sentence}"
    );
}

#[test]
fn a_renewed_key_is_believed() {
    assert!(verify("renewed.asc", "renewed.sig").is_ok());
}

#[test]
fn a_revoked_key_is_refused_even_for_what_it_signed_before() {
    assert_eq!(key_flaw("revoked", NOW), KeyFlaw::Revoked);
    assert_eq!(key_flaw("revoked", 1_768_500_000), KeyFlaw::Revoked);
}

#[test]
fn a_revocation_counts_even_if_its_hash_is_weak() {
    assert_eq!(key_flaw("weakrev", NOW), KeyFlaw::Revoked);
}

#[test]
fn a_key_with_one_of_two_user_ids_revoked_is_believed() {
    assert!(verify("withdrawn.asc", "withdrawn.sig").is_ok());
}

#[test]
fn a_signing_subkey_signs_for_its_certificate() {
    let certificate = keyring("offline.asc").certificates()[0].fingerprint();
    assert_eq!(verify("offline.asc", "offline.sig"), Ok(certificate));
}

#[test]
fn an_expired_or_revoked_subkey_is_refused() {
    let expiry = 1_767_312_000 + 30 * DAY;
    assert!(verify_at("shortsub.asc", "shortsub.sig", expiry - 1).is_ok());
    assert_eq!(key_flaw("shortsub", expiry), KeyFlaw::Expired(expiry));
    assert_eq!(key_flaw("lostsub", NOW), KeyFlaw::Revoked);
}

#[test]
fn weak_keys_are_refused() {
    assert_eq!(key_flaw("rsa1024", NOW), KeyFlaw::ShortRsa(1024));
    assert_eq!(key_flaw("dsa", NOW), KeyFlaw::Algorithm("DSA".to_owned()));
    assert_eq!(
        key_flaw("oldself", NOW),
        KeyFlaw::SelfSignature(Flaw::Hash("SHA1".to_owned()))
    );
}

#[test]
fn weak_hashes_are_refused() {
    for (signature, hash) in [("sha1.sig", "SHA1"), ("ripemd.sig", "RIPEMD160")] {
        assert_eq!(
            verify("rsa.asc", signature),
            Err(Refusal::Signature(Flaw::Hash(hash.to_owned())))
        );
    }
}

#[test]
fn a_signature_over_text_is_refused() {
    assert_eq!(verify("good.asc", "text.sig"), Err(Refusal::NotBinary));
}

#[test]
fn a_signature_is_believed_within_its_own_time_only() {
    let (made, expiry) = (1_769_904_000, 1_769_904_000 + 10 * DAY);
    assert!(verify_at("good.asc", "short-lived.sig", expiry - 1).is_ok());
    assert_eq!(
        verify_at("good.asc", "short-lived.sig", expiry),
        Err(Refusal::Signature(Flaw::Expired(expiry)))
    );
    assert!(verify_at("good.asc", "good.sig", made - trust::CLOCK_SKEW).is_ok());
    assert_eq!(
        verify_at("good.asc", "good.sig", made - trust::CLOCK_SKEW - 1),
        Err(Refusal::Signature(Flaw::FromFuture(made)))
    );
    assert_eq!(
        verify("good.asc", "future.sig").unwrap_err().to_string(),
        "the signature was made on 2030-01-01, which by this machine's clock is still to come"
    );
}

#[test]
fn a_critical_notation_is_refused() {
    let notation = Flaw::CriticalNotation("colour@example.com".to_owned());
    assert_eq!(
        verify("good.asc", "critical-notation.sig"),
        Err(Refusal::Signature(notation))
    );
}

#[test]
fn a_second_signature_in_any_form_is_refused() {
    for signature in [
        "two-blocks.sig",
        "two-packets.sig",
        "two-packets-in-a-block.sig",
    ] {
        assert_eq!(
            verify("good.asc", signature),
            Err(Refusal::NotAlone),
            "{signature}"
        );
    }
}

#[test]
fn what_is_no_signature_is_refused_as_such() {
    for (input, why) in [
        (
            "good.asc",
            "the signature cannot be read: it is a PGP PUBLIC KEY BLOCK",
        ),
        (
            "good-binary.asc",
            "the signature cannot be read: it is another kind of OpenPGP data",
        ),
        (
            "message.bin",
            "the signature cannot be read: it is neither text nor binary OpenPGP",
        ),
        (
            "README.md",
            "the signature cannot be read: there is text outside the armored block",
        ),
    ] {
        assert_eq!(verify("good.asc", input).unwrap_err().to_string(), why);
    }
}

#[test]
fn a_keyring_takes_public_keys_only() {
    assert_eq!(
        Keyring::from_bytes(&read("good-secret.asc")).unwrap_err(),
        KeyError::Secret
    );
    assert_eq!(Keyring::from_bytes(b" \n").unwrap_err(), KeyError::Empty);
    assert_eq!(Keyring::from_bytes(b"").unwrap_err(), KeyError::Empty);
    for (input, why) in [
        (
            read("good.sig"),
            "it cannot be read as an OpenPGP key: it is a PGP SIGNATURE",
        ),
        (
            read("good-binary.sig"),
            "it cannot be read as an OpenPGP key: it does not begin with a key",
        ),
        (
            b"ssh-ed25519 AAAA".to_vec(),
            "it cannot be read as an OpenPGP key: there is text outside the armored block",
        ),
    ] {
        assert_eq!(Keyring::from_bytes(&input).unwrap_err().to_string(), why);
    }
}

#[test]
fn an_exported_certificate_is_what_was_read() {
    let read_once = keyring("offline.asc");
    let certificate = &read_once.certificates()[0];
    let again = Keyring::from_bytes(certificate.to_armor().as_bytes()).unwrap();
    assert_eq!(again.certificates()[0].to_armor(), certificate.to_armor());
    assert_eq!(
        certificate.user_id().as_deref(),
        Some("offline <offline@example.com>")
    );
    assert!(
        again
            .verify(&read("message.bin"), &read("offline.sig"), NOW)
            .is_ok()
    );
}

#[test]
fn gnupgs_secret_keys_sign() {
    for (secret, public) in [
        ("good-secret.asc", "good.asc"),
        ("offline-secret.asc", "offline.asc"),
    ] {
        let key = SecretKey::from_bytes(&read(secret)).unwrap();
        let signature = key.sign(b"hello", NOW).unwrap();
        let signer = keyring(public).verify(b"hello", signature.as_bytes(), NOW);
        assert_eq!(signer, Ok(key.certificate().fingerprint()), "{secret}");
    }
}

#[test]
fn a_passphrase_is_refused_in_words() {
    let error = SecretKey::from_bytes(&read("locked-secret.asc"))
        .err()
        .unwrap();
    assert_eq!(error, KeyError::Passphrase);
    assert!(error.to_string().contains("protected by a passphrase"));
}
