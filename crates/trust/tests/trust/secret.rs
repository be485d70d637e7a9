//! Keys that are made here.

use trust::{Algorithm, Flaw, KeyError, Keyring, Refusal, SecretKey};

const NOW: u64 = 1_780_272_000;

fn keyring(key: &SecretKey) -> Keyring {
    Keyring::from_bytes(key.certificate().to_armor().as_bytes()).unwrap()
}

#[test]
fn what_a_new_key_signs_is_believed_and_nothing_else_is() {
    for algorithm in [Algorithm::Ed25519, Algorithm::Rsa3072] {
        let key = SecretKey::generate("Control <control@example.com>", algorithm, NOW).unwrap();
        let signature = key.sign(b"hello", NOW).unwrap();
        let verify = |message: &[u8], now| keyring(&key).verify(message, signature.as_bytes(), now);
        assert_eq!(verify(b"hello", NOW), Ok(key.certificate().fingerprint()));
        assert_eq!(
            verify(b"hullo", NOW),
            Err(Refusal::Signature(Flaw::Mismatch))
        );
        assert!(verify(b"hello", NOW + 20 * 365 * 86_400).is_ok());
        assert_eq!(
            key.certificate().user_id().as_deref(),
            Some("Control <control@example.com>")
        );
    }
}

#[test]
fn a_stored_key_is_the_same_key() {
    let key = SecretKey::generate("Control", Algorithm::Ed25519, NOW).unwrap();
    let again = SecretKey::from_bytes(key.to_armor().unwrap().as_bytes()).unwrap();
    assert_eq!(again.certificate().to_armor(), key.certificate().to_armor());
    let signature = again.sign(b"hello", NOW).unwrap();
    assert!(
        keyring(&key)
            .verify(b"hello", signature.as_bytes(), NOW)
            .is_ok()
    );
}

#[test]
fn a_key_that_an_editor_put_a_bom_before_is_the_same_key() {
    let key = SecretKey::generate("a", Algorithm::Ed25519, 1_000).unwrap();
    let with_bom = |armor: &str| format!("\u{FEFF}{}", armor.replace('\n', "\r\n"));
    let secret = SecretKey::from_bytes(with_bom(&key.to_armor().unwrap()).as_bytes()).unwrap();
    assert_eq!(
        secret.certificate().fingerprint(),
        key.certificate().fingerprint()
    );
    let public = with_bom(&key.certificate().to_armor());
    let ring = Keyring::from_bytes(public.as_bytes()).unwrap();
    assert_eq!(
        ring.certificates()[0].fingerprint(),
        key.certificate().fingerprint()
    );
}

#[test]
fn two_keys_are_never_the_same() {
    let make = || {
        SecretKey::generate("Control", Algorithm::Ed25519, NOW)
            .unwrap()
            .certificate()
            .fingerprint()
    };
    assert_ne!(make(), make());
}

#[test]
fn a_key_does_not_sign_before_its_time() {
    let key = SecretKey::generate("Control", Algorithm::Ed25519, NOW).unwrap();
    let error = key.sign(b"hello", NOW - 86_400).unwrap_err();
    assert!(
        matches!(error, KeyError::Unusable(Refusal::Key { .. })),
        "{error:?}"
    );
}

#[test]
fn a_key_needs_a_name_and_a_time_that_openpgp_can_state() {
    let generate = |name, now| SecretKey::generate(name, Algorithm::Ed25519, now).err();
    assert_eq!(generate(" ", NOW), Some(KeyError::NoUserId));
    assert_eq!(
        generate("Control", u64::MAX),
        Some(KeyError::Time(u64::MAX))
    );
}

#[test]
fn a_secret_key_file_holds_exactly_one_secret_key() {
    let armor = |name| SecretKey::generate(name, Algorithm::Ed25519, NOW).unwrap();
    let (one, two) = (armor("One"), armor("Two"));
    let secret = one.to_armor().unwrap();
    let refuse = |input: &str| SecretKey::from_bytes(input.as_bytes()).err();
    assert_eq!(
        refuse(&format!("{}{}", *secret, *two.to_armor().unwrap())),
        Some(KeyError::Several)
    );
    assert_eq!(
        refuse(&one.certificate().to_armor()),
        Some(KeyError::Public)
    );
    assert_eq!(refuse(""), Some(KeyError::Empty));
    assert!(matches!(refuse("hello"), Some(KeyError::Unreadable(_))));
}

#[test]
fn debug_output_of_a_keyring_names_keys_and_no_more() {
    let key = SecretKey::generate("Control", Algorithm::Ed25519, NOW).unwrap();
    let shown = format!("{:?}", keyring(&key));
    let fingerprint = key.certificate().fingerprint();
    assert_eq!(
        shown,
        format!("Keyring {{ certificates: [Certificate({fingerprint})] }}")
    );
}

#[test]
fn a_key_of_version_6_signs_and_is_believed() {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let key = crate::forge::version_6_key();
    let key = SecretKey::from_bytes(&key).unwrap();
    let signature = key.sign(b"hello", now).unwrap();
    let signer = keyring(&key)
        .verify(b"hello", signature.as_bytes(), now)
        .unwrap();
    assert_eq!(signer.to_string().len(), 64);
}
