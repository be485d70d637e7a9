//! The header that authenticates a request: it has one spelling, and belongs
//! to one request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

fuzz_target!(|input: (&str, u64, u64, &[u8])| {
    let (header, unix, n, body) = input;
    if let Ok(token) = Token::parse(header) {
        assert_eq!(token.to_string(), header);
    }
    let key = HostKey::new([7; 32]);
    let request = Request {
        method: "POST",
        target: "/ping",
        body,
    };
    let token = Token::new(&key, HostId::derive("m", "", b""), unix, n, &request);
    assert_eq!(Token::parse(&token.to_string()).as_ref(), Ok(&token));
    assert!(token.authenticates(&key, &request));
    let other = [body, b"x"].concat();
    let other = Request {
        body: &other,
        ..request
    };
    assert!(!token.authenticates(&key, &other));
});
