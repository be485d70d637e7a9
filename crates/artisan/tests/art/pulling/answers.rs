//! Answers that are no package.

use super::*;
use crate::home::{Home, failed};
use crate::registry::{Answer, Registry};
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;

#[test]
fn a_refusal_is_not_asked_for_again() {
    let fixture = Fixture::new();
    fixture.answer("seal", Answer::new(403, "no"));
    failed(fixture.exe().env_remove("ART_PULL_ATTEMPTS"), 120);
    assert_eq!(fixture.times_asked_for("seal"), 1);
}

#[test]
fn answers_that_are_no_package_say_what_to_do() {
    for (status, advice) in [
        (401, "ART_REG_USER"),
        (403, "administrator"),
        (404, "name and tag"),
        (503, "try again later"),
    ] {
        let fixture = Fixture::new();
        fixture.answer("seal", Answer::new(status, "\x1b[2Jwhy\nmore"));
        let error = failed(&mut fixture.exe(), 120);
        assert!(
            error.contains(advice) && error.contains("why"),
            "{status}: {error}"
        );
        assert!(
            !error.contains('\x1b') && !error.contains("more"),
            "{error}"
        );
    }
}

#[test]
fn abuse_the_registry_never_ends_its_answer() {
    for kind in ["manifest", "seal", "archive"] {
        let fixture = Fixture::new();
        let endless = Answer {
            is_endless: true,
            ..Answer::new(200, vec![b' '; 1 << 16])
        };
        match kind {
            "manifest" => fixture
                .registry
                .answer("GET /package/manifest/ops/hello/1", endless),
            kind => fixture.answer(kind, endless),
        }
        let error = failed(&mut fixture.exe(), 120);
        assert!(error.contains("cannot be used"), "{kind}: {error}");
        assert!(fixture.host.left_behind().is_empty());
    }
}

#[test]
fn abuse_the_registry_redirects_to_another_host_or_to_plain_http() {
    let elsewhere = Registry::start();
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    plain.set_nonblocking(true).unwrap();
    let address = plain.local_addr().unwrap();
    for location in [
        format!("https://{}/", elsewhere.domain),
        format!("http://{address}/"),
    ] {
        let fixture = Fixture::new();
        let mut redirect = Answer::new(302, "");
        redirect.headers = format!("Location: {location}\r\n");
        fixture.answer("archive", redirect);
        let mut exe = fixture.exe();
        exe.env("ART_REG_USER", "ann").env("ART_REG_PWD", "hunter2");
        let error = failed(&mut exe, 120);
        assert!(error.contains("not followed"), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
    let refused = plain.accept().unwrap_err().kind();
    assert_eq!(
        refused,
        ErrorKind::WouldBlock,
        "nothing was sent in the clear"
    );
}

#[test]
fn abuse_the_registry_serves_nonsense() {
    for (kind, body) in [
        ("seal", "{"),
        ("seal", "{\"manifest\": {}, \"digest\": \"\"}"),
    ] {
        let fixture = Fixture::new();
        fixture.answer(kind, Answer::new(200, body));
        failed(&mut fixture.exe(), 120);
    }
    let fixture = Fixture::new();
    let outward = Answer::new(200, "{\"ref\": \"../../keys/verify/x\"}");
    fixture
        .registry
        .answer("GET /package/manifest/ops/hello/1", outward);
    let error = failed(&mut fixture.exe(), 120);
    assert!(error.contains("cannot be a package's reference"), "{error}");
}

/// Laid out as deep as it is nested, this seal of 200 kB would take 20 GB; and no
/// deeper than messages are, 200 bytes for each of its brackets.
#[test]
fn abuse_the_registry_serves_deep_nesting() {
    let fixture = Fixture::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let reference = fixture.publisher.only_package().0;
    let fields = "\"os\": \"\", \"profile\": \"\", \"time\": \"\", \"size\": \"\"";
    let manifest = format!("{{\"ref\": \"{reference}\", {fields}, \"x\": {deep}}}");
    let seal = format!("{{\"manifest\": {manifest}, \"digest\": \"\"}}");
    fixture.answer("seal", Answer::new(200, seal));
    let error = failed(&mut fixture.exe(), 120);
    assert!(error.contains("32 deep"), "{error}");
}

#[test]
fn abuse_the_registry_has_another_ca() {
    let fixture = Fixture::new();
    let other = Registry::start();
    let ca = fixture.host.path("other.pem");
    fs::write(&ca, &other.ca).unwrap();
    let error = failed(fixture.exe().env("ART_CA_FILE", ca), 120);
    assert!(
        error.contains("certificate") && error.contains("ART_CA_FILE"),
        "{error}"
    );
    assert!(fixture.registry.requests().is_empty());
    let error = failed(fixture.exe().env_remove("ART_CA_FILE"), 120);
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_registry_that_is_not_there_is_named() {
    let host = Home::new();
    let error = failed(host.art().args(["pull", "127.0.0.1:1/ops/hello"]), 120);
    assert!(error.contains("127.0.0.1:1 cannot be reached"), "{error}");
}
