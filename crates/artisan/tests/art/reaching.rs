//! What keeps the runner from a registry is named, with what helps against it.

use crate::home::{Home, failed};
use crate::registry::Registry;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType, date_time_ymd};
use std::process::Command;

fn pull(host: &Home, registry: &Registry) -> Command {
    let mut pull = host.art_with(registry);
    pull.args(["pull", &registry.name()]);
    pull
}

/// The error for a registry whose certificate differs like this from a good one.
fn error_for(change: impl Fn(&mut CertificateParams)) -> String {
    let host = Home::new();
    let registry = Registry::with_certificate(change);
    failed(&mut pull(&host, &registry), 120)
}

#[test]
fn each_flaw_of_a_certificate_has_words_of_its_own() {
    let expired = error_for(|leaf| leaf.not_after = date_time_ymd(2020, 1, 2));
    let early = error_for(|leaf| leaf.not_before = date_time_ymd(2090, 1, 2));
    let misnamed = error_for(|leaf| {
        leaf.subject_alt_names = vec![SanType::DnsName("other.example".try_into().unwrap())];
    });
    let a_clients =
        error_for(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    for (error, words) in [
        (expired, "its certificate expired at 2020-01-02T00:00:00Z"),
        (
            early,
            "its certificate is not valid before 2090-01-02T00:00:00Z",
        ),
        (misnamed, "use a name that it has"),
        (a_clients, "its certificate is not one for a server"),
    ] {
        assert!(error.contains(words), "{words}: {error}");
        assert!(!error.contains("ART_CA_FILE"), "{error}");
        assert!(!error.contains("trying again"), "{error}");
    }
}

#[test]
fn a_dead_proxy_is_named_and_a_network_needs_none() {
    let host = Home::new();
    let registry = Registry::start();
    let mut proxied = pull(&host, &registry);
    proxied
        .env("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1")
        .env("ART_PULL_ATTEMPTS", "1");
    let error = failed(&mut proxied, 120);
    assert!(error.contains("through the proxy 127.0.0.1:1"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let error = failed(proxied.env("NO_PROXY", "::1, 127.0.0.0/8"), 120);
    assert!(error.contains("has no such package"), "{error}");
}
