//! What is uploaded.

use crate::home::{Home, failed, succeeded, text};
use crate::registry::{Answer, Registry};
use std::fs::File;
use std::io::{self, Read};

/// More than the buffers between two programs hold, in bytes.
const LARGE: u64 = 20 << 20;

const PROJECT: &str = "profiles:\n  - name: p\n    type: content/script\n    target: .\n";

fn pushed(answer: Answer) -> (Registry, Home, std::process::Command) {
    let registry = Registry::start();
    registry.answer("POST /package/ops%2Fdeep/hello/tag/1", answer);
    let home = Home::with_key();
    let name = format!("{}/ops/deep/hello:1", registry.domain);
    home.package(&name, PROJECT);
    let mut push = home.art_with(&registry);
    push.args(["push", "-u", "ann", &name])
        .env("ART_REG_PWD", "hunter2");
    (registry, home, push)
}

#[test]
fn a_push_has_meta_seal_and_archive() {
    let (registry, home, mut push) = pushed(Answer::new(201, ""));
    assert!(succeeded(&mut push).contains("is pushed"));
    let requests = registry.requests();
    let request = requests.first().unwrap();
    assert!(
        request
            .authorization
            .as_deref()
            .unwrap()
            .starts_with("Basic ")
    );
    let body = text(&request.body);
    let (reference, digest) = home.only_package();
    for part in [
        "name=\"package-meta\"".to_owned(),
        format!("name=\"package-seal\"; filename=\"{reference}.json\""),
        format!("name=\"package-file\"; filename=\"{reference}.zip\""),
        format!("\"file_ref\":\"{reference}\""),
        "\"type\":\"content/script\"".to_owned(),
        format!("\"digest\": \"{digest}\""),
    ] {
        assert!(body.contains(&part), "{part}");
    }
}

#[test]
fn a_push_that_changes_nothing_reports_that() {
    let (_registry, _home, mut push) = pushed(Answer::new(200, ""));
    assert!(succeeded(&mut push).contains("was there already"));
}

const TARGET: &str = "POST /package/ops%2Fdeep/hello/tag/1";

/// The output of a push that first gets this answer, and how often it was sent.
fn after(first: &[u16], last: u16) -> (String, usize) {
    let (registry, _home, mut push) = pushed(Answer::new(last, ""));
    registry.answer_first(TARGET, first.iter().map(|status| Answer::new(*status, "")));
    let output = succeeded(push.env("ART_PULL_ATTEMPTS", "3"));
    (output, registry.requests().len())
}

#[test]
fn a_push_is_sent_again_after_what_may_pass() {
    for first in [[0, 0], [503, 429], [502, 504]] {
        let (output, sent) = after(&first, 201);
        assert_eq!((output.contains("is pushed"), sent), (true, 3), "{output}");
    }
}

/// A registry that stored a package may be unable to say so.
#[test]
fn what_an_attempt_before_may_have_stored_is_pushed() {
    for (first, words) in [
        (0, "is pushed"),
        (504, "is pushed"),
        (429, "was there already"),
    ] {
        let (output, sent) = after(&[first], 200);
        assert_eq!(
            (output.contains(words), sent),
            (true, 2),
            "{first}: {output}"
        );
    }
}

#[test]
fn what_a_registry_refuses_is_sent_once() {
    for status in [400, 401, 403, 409, 413, 422] {
        let (registry, _home, mut push) = pushed(Answer::new(status, "no"));
        let error = failed(push.env("ART_PULL_ATTEMPTS", "3"), 124);
        assert_eq!(registry.requests().len(), 1, "{error}");
    }
}

#[test]
fn a_push_that_repairs_reports_that() {
    let (_registry, _home, mut push) = pushed(Answer::new(200, r#"{"repaired":true}"#));
    let output = succeeded(push.arg("--json"));
    let output: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&output["stored"], &output["repaired"]),
        (&true.into(), &true.into())
    );
}

/// Before, a registry that closed after its answer made a broken pipe of a large push.
#[test]
fn a_refusal_is_read_while_a_push_is_still_being_sent() {
    for (status, advice, after) in [(403, "administrator", 0), (413, "too large", 1 << 20)] {
        let refusal = Answer {
            after: Some(after),
            ..Answer::new(status, "not for readers")
        };
        let (registry, home, _) = pushed(refusal);
        let name = format!("{}/ops/deep/hello:1", registry.domain);
        let project = home.project(PROJECT);
        let mut random = File::open("/dev/urandom").unwrap().take(LARGE);
        let mut content = File::create(project.join("content")).unwrap();
        io::copy(&mut random, &mut content).unwrap();
        succeeded(home.art().args(["build", "-t", &name]).arg(project));
        let mut push = home.art_with(&registry);
        let error = failed(push.args(["push", "--unsigned", &name]), 124);
        assert!(
            error.contains(advice) && error.contains("not for readers"),
            "{error}"
        );
    }
}

#[test]
fn a_registry_that_refuses_is_quoted() {
    for (status, advice) in [
        (409, "conflicts with a package"),
        (410, "has lost what it had"),
        (413, "too large"),
        (401, "ART_REG_PWD"),
    ] {
        let (_registry, _home, mut push) = pushed(Answer::new(status, "serial 5 is known"));
        let error = failed(&mut push, 124);
        assert!(
            error.contains(advice) && error.contains("serial 5 is known"),
            "{error}"
        );
    }
}
