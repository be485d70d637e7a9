//! A signed job request, as it comes from the network: one that can be opened
//! can be signed again, with the same message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use wire::envelope::Signed;

fuzz_target!(|body: &[u8]| {
    let Ok(signed) = Signed::parse(body) else {
        return;
    };
    let refused = signed.open(|_, _| Err("a stranger"));
    assert!(refused.is_err(), "nothing is read that is not signed");
    let Ok(envelope) = signed.open(|_, _| Ok::<(), &str>(())) else {
        return;
    };
    let message = RefCell::new(Vec::new());
    let sign = |bytes: &[u8]| {
        message.replace(bytes.to_vec());
        Ok::<_, &str>("a signature".to_owned())
    };
    let again = Signed::new(&envelope, sign).expect("it can be signed");
    let opened = again.open(|bytes, signature| {
        assert_eq!(bytes, *message.borrow());
        assert_eq!(signature, b"a signature");
        Ok::<(), &str>(())
    });
    assert_eq!(opened.ok(), Some(envelope));
});
