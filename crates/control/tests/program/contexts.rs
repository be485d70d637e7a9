//! Signing in once, and from then on by context.

use super::fixture::{Fixture, PASSWORD, Served, pilotctl, run, stderr};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;

/// A user's machine: a home, and nothing in the environment.
struct Machine {
    fixture: Fixture,
    served: Served,
    password: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let fixture = Fixture::new();
        let served = fixture.serve();
        let password = fixture.path("password");
        fs::write(&password, PASSWORD).unwrap();
        Self {
            fixture,
            served,
            password,
        }
    }

    fn type_with(&self, line: &str, more: &[(&str, &str)]) -> Output {
        let mut command = pilotctl();
        let home = self.fixture.path("home");
        let line = line.replace("URL", &self.served.url);
        let line = line.replace("CA", self.fixture.ca().to_str().unwrap());
        let line = line.replace("PASSWORD", self.password.to_str().unwrap());
        command.args(line.split(' ')).env("HOME", home);
        run(command.envs(more.iter().copied()))
    }

    fn types(&self, line: &str) -> Output {
        self.type_with(line, &[])
    }

    fn does(&self, line: &str) -> String {
        let output = self.types(line);
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, line: &str, code: i32, words: &str) {
        self.fails_with(line, &[], code, words);
    }

    fn fails_with(&self, line: &str, more: &[(&str, &str)], code: i32, words: &str) {
        let output = self.type_with(line, more);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
    }

    fn log_in(&self, context: &str) -> String {
        self.does(&format!(
            "login URL --ca-file CA --user ada --password-file PASSWORD --context {context}"
        ))
    }

    fn file(&self, context: &str) -> PathBuf {
        let folder = self.fixture.path("home/.config/pilotctl/contexts");
        folder.join(format!("{context}.json"))
    }

    /// The names of ada's tokens, as control has them.
    fn tokens(&self) -> Vec<String> {
        let listed =
            self.fixture
                .client(&self.served.url, PASSWORD, &["token", "ls", "-o", "name"]);
        let listed = String::from_utf8(listed.stdout).unwrap();
        listed.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_user_logs_in_works_and_logs_out() {
    let ada = Machine::new();
    ada.fails("host ls", 2, "pilotctl login");
    assert!(ada.log_in("prod").contains("as ada, until "));
    let token = ada.tokens().remove(0);
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(ada.file("prod")), 0o600);
    assert_eq!(mode(ada.fixture.path("home/.config/pilotctl")), 0o700);
    // No variable, no option: address, CA and token are those of the context.
    fs::rename(ada.fixture.ca(), ada.fixture.path("moved.pem")).unwrap();
    ada.does("host ls");
    let shown: Value = serde_json::from_str(&ada.does("context show --json")).unwrap();
    assert_eq!(
        (&shown["user"], &shown["token"]),
        (&"ada".into(), &token.into())
    );
    let secret: Value = serde_json::from_slice(&fs::read(ada.file("prod")).unwrap()).unwrap();
    let secret = secret["token"].as_str().unwrap();
    assert!(secret.starts_with("hp_"));
    for line in [
        "context show",
        "context ls --json",
        "-v host ls",
        "host show nobody",
    ] {
        let output = ada.types(line);
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8(all).unwrap().contains(secret), "{line}");
    }
    // The token may not manage tokens: to revoke it takes the password.
    ada.fails("logout --password-file /nonexistent", 1, "/nonexistent");
    assert!(
        ada.does("logout --password-file PASSWORD")
            .contains("its token revoked")
    );
    assert!(!ada.file("prod").exists() && ada.does("context ls -o name").is_empty());
    fs::rename(ada.fixture.path("moved.pem"), ada.fixture.ca()).unwrap();
    assert!(ada.tokens().is_empty(), "{:?}", ada.tokens());
    ada.fails("host ls", 2, "no service");
    ada.served.stop();
}

#[test]
fn what_is_named_counts_before_the_context_that_is_used() {
    let ada = Machine::new();
    ada.log_in("prod");
    ada.log_in("spare");
    assert_eq!(ada.does("context ls -o name"), "prod\nspare\n");
    ada.does("context use prod");
    assert!(
        ada.does("context ls")
            .lines()
            .any(|line| line.starts_with("prod     current"))
    );
    ada.does("host ls --context spare");
    assert!(
        ada.type_with("host ls", &[("PILOTCTL_CONTEXT", "spare")])
            .status
            .success()
    );
    let elsewhere = "https://127.0.0.1:1";
    ada.fails_with("host ls", &[("PILOTCTL_URL", elsewhere)], 2, "no user");
    let typed = ada.type_with("--context prod host ls", &[("PILOTCTL_URL", elsewhere)]);
    assert!(typed.status.success(), "{}", stderr(&typed));
    ada.fails(
        "host ls --context prod --url https://127.0.0.1:1",
        2,
        "use either",
    );
    ada.fails("host ls --context prd", 2, "did you mean `prod`?");
    ada.fails_with(
        "host ls",
        &[("PILOTCTL_CONTEXT", "gone")],
        2,
        "there is no context gone",
    );
    ada.fails(
        "login https://127.0.0.1:1 --context prod",
        2,
        "the context prod is for",
    );
    assert!(ada.does("context rm spare").contains("removed spare"));
    ada.does("host ls");
    ada.served.stop();
}

#[test]
fn abuse_a_token_goes_to_no_other_address_and_its_file_is_for_its_user_alone() {
    let ada = Machine::new();
    ada.log_in("prod");
    // Another service may not get the token of this one.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let url = format!("https://{}", other.local_addr().unwrap());
    ada.fails(&format!("host ls --url {url}"), 2, "no user");
    assert!(other.accept().is_err(), "somebody connected");
    let open =
        |mode| fs::set_permissions(ada.file("prod"), fs::Permissions::from_mode(mode)).unwrap();
    open(0o644);
    ada.fails("host ls", 2, "chmod 600 ");
    open(0o600);
    // Logging in again ends the token that somebody may have read.
    let before = ada.tokens();
    ada.log_in("prod");
    assert!(ada.tokens().len() == 1 && ada.tokens() != before);
    let token = ada.tokens().remove(0);
    let removed = ada
        .fixture
        .client(&ada.served.url, PASSWORD, &["token", "rm", &token, "--yes"]);
    assert!(removed.status.success(), "{}", stderr(&removed));
    let anew = format!("pilotctl login {} --context prod", ada.served.url);
    ada.fails("host ls", 3, &anew);
    fs::write(&ada.password, "wrong").unwrap();
    ada.fails(
        "login URL --ca-file CA --user ada --password-file PASSWORD",
        3,
        "did not accept",
    );
    ada.fails("login URL --ca-file CA --user ada", 2, "no password");
    ada.fails("login URL --ca-file CA", 2, "no user");
    ada.served.stop();
}

#[test]
fn a_program_logs_in_with_a_token_of_its_own() {
    let ada = Machine::new();
    let file = ada.fixture.path("token");
    let made = [
        "token",
        "add",
        "ci",
        "--may",
        "run:k",
        "-o",
        file.to_str().unwrap(),
    ];
    let made = ada.fixture.client(&ada.served.url, PASSWORD, &made);
    assert!(made.status.success(), "{}", stderr(&made));
    let line = format!("login URL --ca-file CA --token-file {}", file.display());
    ada.does(&line);
    ada.fails("host ls", 1, "does not allow this");
    assert!(ada.does("logout").contains("is removed"));
    assert_eq!(ada.tokens(), ["ci"], "it was not made by login");
    fs::write(&file, "hp_nonsense").unwrap();
    ada.fails(&line, 2, "this is no API token");
    ada.served.stop();
}
