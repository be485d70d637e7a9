//! A control with something of everything.

use lab::Lab;
use lab::control::PASSWORD;
use lab::host::Host;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Who sends requests.
pub(super) struct User {
    pub(super) name: &'static str,
    /// The value of `Authorization`.
    pub(super) credentials: String,
}

/// A control with hosts, commands, jobs and tokens.
pub(super) struct Fixture {
    lab: Lab,
    token: String,
    // Its agent answers while things are tried.
    _host: Host,
}

impl Fixture {
    /// Sets it up: a host that runs jobs, one that waits for admission, one that never pings.
    pub(super) fn new() -> Self {
        let lab = Lab::new();
        let host = lab.running_host();
        let silent = lab.enrolled_host();
        lab.command("greet", &[("GREETING", "hello")], json!({}));
        lab.run_job("greet", &host);
        lab.job("greet", &[&silent]);
        let rest = lab.control.rest();
        let made = rest.post(
            "/token",
            &json!({ "name": "few", "may": ["read", "run:greet"] }),
        );
        let made: Value = serde_json::from_str(&made).unwrap();
        Self {
            token: made["token"].as_str().unwrap().to_owned(),
            lab,
            _host: host,
        }
    }

    /// The admin, with the password.
    pub(super) fn admin(&self) -> User {
        let pair = format!("{}:{PASSWORD}", self.own_user());
        User {
            name: "an admin",
            credentials: format!("Basic {}", wire::encoding::base64(pair.as_bytes())),
        }
    }

    /// A token with few rights.
    pub(super) fn reader(&self) -> User {
        User {
            name: "a token that may read and run one command",
            credentials: format!("Bearer {}", self.token),
        }
    }

    /// The user that signs in.
    pub(super) fn own_user(&self) -> &'static str {
        "admin"
    }

    /// The address of control.
    pub(super) fn url(&self) -> &str {
        self.lab.control.url()
    }

    /// The CA of its certificate.
    pub(super) fn ca(&self) -> PathBuf {
        self.lab.control.ca()
    }

    /// The document that control serves.
    pub(super) fn document(&self) -> String {
        self.lab.control.rest().get("/v1/openapi.json").to_string()
    }

    /// Prints what control logged.
    pub(super) fn print_log(&self) {
        print!("{}", self.lab.control.service().log());
    }

    /// Asserts that no request failed for a reason that only control's log has.
    pub(super) fn expect_no_internal_error(&self) {
        let log = self.lab.control.service().log();
        assert!(
            !log.contains("internal error") && !log.contains("panicked"),
            "{log}"
        );
    }
}
