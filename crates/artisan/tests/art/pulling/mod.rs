//! A host pulls from a registry that it does not trust: the worst that a registry can do is
//! to serve nothing.

mod answers;
mod function;
mod identity;
mod interrupted;
mod store;

use crate::home::Home;
use crate::registry::{Answer, Registry};
use std::process::Command;

const PROJECT: &str = "profiles:\n  - name: p\n    target: .\n\
    functions:\n  - name: f\n    export: true\n    run:\n      - pwd\n      - env\n";

const OTHER_USER: u32 = 65_534;

/// A publisher's home, a registry that offers its package, a host that trusts it.
struct Fixture {
    publisher: Home,
    registry: Registry,
    host: Home,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self {
            publisher: Home::with_key(),
            registry: Registry::start(),
            host: Home::new(),
        };
        fixture.publish("");
        fixture
    }

    /// Builds, signs and offers; `more` is added to the package.
    fn publish(&self, more: &str) {
        self.publisher
            .package(&self.registry.name(), &format!("{PROJECT}{more}"));
        self.offer();
    }

    fn offer(&self) {
        let (reference, _) = self.publisher.only_package();
        self.registry
            .offer_from(&self.publisher.path("art/packages"), &reference);
    }

    fn exe(&self) -> Command {
        let mut exe = self.host.art_with(&self.registry);
        exe.env("ART_VERIFY_KEYS", self.publisher.path("publisher_pub.pgp"))
            .args(["exe", &self.registry.name(), "f"]);
        exe
    }

    fn answer(&self, kind: &str, answer: Answer) {
        let (reference, _) = self.publisher.only_package();
        self.registry.answer(
            &format!("GET /package/{kind}/ops/hello/{reference}"),
            answer,
        );
    }

    fn times_asked_for(&self, kind: &str) -> usize {
        let requests = self.registry.requests();
        requests
            .iter()
            .filter(|request| request.line.contains(kind))
            .count()
    }
}
