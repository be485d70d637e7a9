//! What a registry answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::registry::{PackageDigest, Repository};

fuzz_target!(|bytes: &[u8]| {
    if let Some(reference) = art::fuzzing::reference(bytes) {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(!reference.is_empty() && reference.chars().all(plain));
    }
    if let Ok(repository) = serde_json::from_slice::<Repository>(bytes) {
        let json = serde_json::to_vec(&repository).expect("it is JSON");
        assert_eq!(
            serde_json::from_slice::<Repository>(&json).ok(),
            Some(repository)
        );
    }
    if let Ok(digest) = serde_json::from_slice::<PackageDigest>(bytes) {
        let json = serde_json::to_vec(&digest).expect("it is JSON");
        assert_eq!(
            serde_json::from_slice::<PackageDigest>(&json).ok(),
            Some(digest)
        );
    }
});
