//! `art publish`: built, signed and pushed in one command.

use crate::home::{Home, failed, succeeded, text};
use crate::registry::{Answer, Registry};
use serde_json::Value;

const PROJECT: &str = "profiles:\n  - name: p\n    type: content/script\n    target: .\n";

const TARGET: &str = "POST /package/ops/hello/tag/1";

fn publishing(registry: &Registry, home: &Home) -> std::process::Command {
    let mut publish = home.art_with(registry);
    publish
        .args(["publish", "-u", "ann"])
        .arg(format!("{}/ops/hello:1", registry.domain))
        .arg(home.project(PROJECT))
        .env("ART_REG_PWD", "hunter2");
    publish
}

#[test]
fn a_package_is_built_signed_and_pushed() {
    let (registry, home) = (Registry::start(), Home::with_key());
    registry.answer(TARGET, Answer::new(201, ""));
    let output = succeeded(&mut publishing(&registry, &home));
    let words = ["is built", "is signed by", "is pushed"];
    let said: Vec<bool> = output
        .lines()
        .zip(words)
        .map(|(line, word)| line.contains(word))
        .collect();
    assert_eq!(said, [true; 3], "{output}");
    let (reference, digest) = home.only_package();
    let body = text(&registry.requests().first().unwrap().body);
    assert!(
        body.contains(&reference) && body.contains(&digest),
        "{body}"
    );
    assert!(body.contains(": \"v1."), "signed: {body}");
}

#[test]
fn programs_get_all_three_in_one_object() {
    let (registry, home) = (Registry::start(), Home::with_key());
    registry.answer(TARGET, Answer::new(201, ""));
    let output = succeeded(publishing(&registry, &home).arg("--json"));
    let report: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(report["built"]["digest"], report["pushed"]["digest"]);
    assert_eq!(report["pushed"]["stored"], true);
    assert!(report["signed"]["serial"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn without_a_key_nothing_is_built() {
    let (registry, home) = (Registry::start(), Home::new());
    let error = failed(&mut publishing(&registry, &home), 124);
    assert!(error.contains("sign.pgp"), "{error}");
    assert!(registry.requests().is_empty());
    assert!(
        !home.path("art/packages").exists() && !succeeded(home.art().arg("ls")).contains("hello")
    );
}

#[test]
fn what_was_signed_stays_here_if_the_registry_refuses_it() {
    let (registry, home) = (Registry::start(), Home::with_key());
    registry.answer(TARGET, Answer::new(403, r#"{"error":"ann may not push"}"#));
    let error = failed(&mut publishing(&registry, &home), 124);
    assert!(error.contains("ann may not push"), "{error}");
    registry.answer(TARGET, Answer::new(201, ""));
    let name = format!("{}/ops/hello:1", registry.domain);
    let mut push = home.art_with(&registry);
    assert!(succeeded(push.args(["push", &name])).contains("is pushed"));
}
