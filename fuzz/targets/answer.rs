//! The header that authenticates an answer: it has one spelling, and belongs to
//! one answer. (The fuzzer sees the bytes that are compared, and so does make
//! good ones.)
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::answer::Answer;
use wire::{HostId, HostKey};

fuzz_target!(|input: (&str, u64, u64, u16, &[u8])| {
    let (header, unix, n, status, body) = input;
    let key = HostKey::new([7; 32]);
    let host = HostId::derive("m", "", b"");
    let answer = Answer {
        host,
        n,
        status,
        body,
    };
    let sealed = answer.seal(&key, unix);
    assert_eq!(answer.open(&key, &sealed), Some(unix));
    if let Some(unix) = answer.open(&key, header) {
        assert_eq!(answer.seal(&key, unix), header);
    }
    let next = Answer {
        n: n.wrapping_add(1),
        ..answer
    };
    assert_eq!(next.open(&key, &sealed), None);
});
