//! Detached signatures: no bytes are a valid signature of a message that was never signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use trust::Keyring;

/// Certificates of several kinds, all of whose signatures are over `message.bin`.
static KEYS: LazyLock<Keyring> = LazyLock::new(|| {
    let mut keys = Keyring::default();
    for armored in [
        include_bytes!("../../crates/trust/tests/fixtures/good.asc").as_slice(),
        include_bytes!("../../crates/trust/tests/fixtures/rsa.asc").as_slice(),
        include_bytes!("../../crates/trust/tests/fixtures/offline.asc").as_slice(),
        include_bytes!("../../crates/trust/tests/fixtures/renewed.asc").as_slice(),
    ] {
        keys.extend(Keyring::from_bytes(armored).expect("a fixture"));
    }
    keys
});

const SIGNED: &[u8] = include_bytes!("../../crates/trust/tests/fixtures/message.bin");
const NEVER_SIGNED: &[u8] = b"run this as root";

/// 2026, when the fixtures' keys were valid.
const NOW: u64 = 1_790_000_000;

fuzz_target!(|signature: &[u8]| {
    assert!(KEYS.verify(NEVER_SIGNED, signature, NOW).is_err());
    if let Ok(signer) = KEYS.verify(SIGNED, signature, NOW) {
        let known = KEYS.certificates().iter().map(|key| key.fingerprint());
        assert!(known.into_iter().any(|fingerprint| fingerprint == signer));
    }
});
