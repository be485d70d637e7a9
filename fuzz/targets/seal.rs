//! Seals of packages: what is printed is read as the same, and no signature in
//! the map has two spellings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::seal::{Endorsement, Seal};

fuzz_target!(|bytes: &[u8]| {
    let Ok(seal) = serde_json::from_slice::<Seal>(bytes) else {
        return;
    };
    let printed = seal.print().expect("a seal is JSON");
    let again: Seal = serde_json::from_slice(&printed).expect("what is printed is a seal");
    assert_eq!(again.print().ok(), Some(printed));
    assert_eq!(again.id().ok(), seal.id().ok());
    assert_eq!(again.manifest().ok(), seal.manifest().ok());
    for endorsement in seal
        .seal
        .values()
        .filter_map(|value| Endorsement::from_value(value))
    {
        assert_eq!(
            Endorsement::from_value(&endorsement.to_value()),
            Some(endorsement)
        );
    }
});
