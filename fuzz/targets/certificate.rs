//! Public keys as they come from a key list or a file: what is read can be
//! written, and is then the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trust::Keyring;

fuzz_target!(|bytes: &[u8]| {
    let Ok(keys) = Keyring::from_bytes(bytes) else {
        return;
    };
    for certificate in keys.certificates() {
        let armored = certificate.to_armor();
        assert!(!armored.contains("PRIVATE"), "a secret key is refused");
        let again = Keyring::from_bytes(armored.as_bytes()).expect("it can be read again");
        let found: Vec<_> = again
            .certificates()
            .iter()
            .map(|key| key.fingerprint())
            .collect();
        assert_eq!(found, [certificate.fingerprint()]);
    }
});
