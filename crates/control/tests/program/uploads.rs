//! A client that sends all of its body before it reads still reads why it is refused.

use crate::fixture::{Fixture, PASSWORD, Served};
use lab::tls;
use std::fs;
use std::io::{Read, Write};
use wire::encoding::base64;
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

/// More than all buffers on the way hold.
const LARGE: usize = 32 << 20;

const PUSH: &str = "POST /package/ops/hello/tag/1";

const BOUNDARY: &str = "xyzzy";

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

/// Sends a request to its end, and only then reads. What it sends looks like an archive.
fn upload(fixture: &Fixture, url: &str, line: &str, authorization: &str) -> String {
    let target = url.strip_prefix("https://").unwrap();
    let mut stream = tls::connect(&tls::client(&fixture.path("tls")), target).unwrap();
    let part =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"package-file\"\r\n\r\n");
    let head = format!(
        "{line} HTTP/1.1\r\nHost: c\r\nAuthorization: {authorization}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n{part}",
        part.len() + LARGE
    );
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![b'x'; 64 << 10];
    for at in 0..LARGE / piece.len() {
        let sent = stream.write_all(&piece);
        assert!(sent.is_ok(), "{line}: {sent:?} after {at} pieces");
    }
    stream.flush().unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A token of a host that nobody enrolled.
fn stranger() -> String {
    let host = HostId::derive("7", "", b"");
    let request = Request {
        method: "POST",
        target: "/ping",
        body: b"",
    };
    Token::new(&HostKey::new([7; 32]), host, 1, 1, &request).to_string()
}

#[test]
fn who_still_sends_reads_why_it_is_refused() {
    let fixture = Fixture::new();
    fixture.add("bob", "reader", PASSWORD);
    let mut serve = fixture.serve_command();
    serve.args(["--max-package", "1"]);
    let served = Served::start(&mut serve);
    let (ada, bob) = (basic("ada", PASSWORD), basic("bob", PASSWORD));
    for (line, authorization, status, why) in [
        (
            PUSH,
            &basic("ada", "wrong"),
            401,
            "a user's name and password",
        ),
        (PUSH, &bob, 403, "the role reader"),
        (PUSH, &ada, 413, "the archive is larger than 1048576 bytes"),
        (
            "POST /package/ops/a%20b/tag/1",
            &ada,
            422,
            "cannot be a package",
        ),
        ("POST /nothing/here", &ada, 404, "there is no such address"),
        (
            "POST /nothing/here",
            &basic("eve", ""),
            401,
            "a user's name and password",
        ),
        ("PUT /cmd", &ada, 413, "too large"),
        ("POST /ping", &stranger(), 401, "not authenticated"),
        ("POST /enrol", &String::new(), 413, "too large"),
    ] {
        let answer = upload(&fixture, &served.url, line, authorization);
        let begins = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begins), "{line}: {answer}");
        assert!(answer.contains(why), "{line}: {answer}");
    }
    let left = fs::read_dir(fixture.path("data/packages")).unwrap();
    assert_eq!(left.count(), 0, "nothing is left of what was refused");
}
