//! Mistakes that people make, on the real program against a real service. Each message says what
//! happened, to what, and what to type.

use super::certificates::hold_between;
use super::fixture::{Fixture, PASSWORD, PUT, Served, enrol, pilotctl, run, stderr};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::thread;
use wire::{HostId, HostKey};

/// A line, its exit code, and words of its message.
type Mistake = (&'static str, i32, &'static [&'static str]);

/// Variables for a line: a name and a value, of which `DIR` stands for the folder of the test.
type Variables = &'static [(&'static str, &'static str)];

const MISTAKES: &[Mistake] = &[
    // Words and their order.
    ("", 2, &["Usage: pilotctl"]),
    ("host", 2, &["Usage: pilotctl host"]),
    ("ls host", 2, &["'ls'", "'host ls'"]),
    ("rm web", 2, &["'host rm'"]),
    ("hsot ls", 2, &["'hsot'", "'host'"]),
    ("host lst", 2, &["'lst'", "'ls'"]),
    ("host ls --jsn", 2, &["'--jsn'", "'--json'"]),
    ("host ls web", 2, &["'web'", "Usage: pilotctl host ls"]),
    ("task ls", 2, &["'task'", "'job'"]),
    ("agent ls", 2, &["'agent'", "'host'"]),
    ("node ls", 2, &["'node'", "'host'"]),
    ("run web", 2, &["'run'", "'job run'"]),
    ("host get web", 2, &["'get'", "'show'"]),
    ("user create bob", 2, &["'create'", "'add'"]),
    ("job show", 2, &["<ID>", "Usage: pilotctl job show"]),
    ("user role bob", 2, &["<ROLE>", "Usage: pilotctl user role"]),
    (
        "host label web",
        2,
        &["<LABEL>", "Usage: pilotctl host label"],
    ),
    (
        "job ls --follow",
        2,
        &["'--follow'", "Usage: pilotctl job ls"],
    ),
    (
        "host ls --json -o wide",
        2,
        &["--json", "cannot be used with", "--output"],
    ),
    ("host invite -o json", 2, &["write --json", "./json"]),
    // What is named does not exist, or is something else.
    (
        "host show wbe",
        1,
        &["no host is called wbe", "did you mean `web`?"],
    ),
    (
        "host disable shop",
        1,
        &["shop is a label", "pilotctl host ls -l shop"],
    ),
    (
        "job run web --cmd helo",
        1,
        &["there is no command helo", "did you mean `hello`?"],
    ),
    (
        "cmd show helo",
        1,
        &["there is no command helo", "did you mean `hello`?"],
    ),
    (
        "cmd rm helo --yes",
        1,
        &["there is no command helo", "did you mean `hello`?"],
    ),
    (
        "user rm bbo --yes",
        1,
        &["there is no user bbo", "did you mean `bob`?"],
    ),
    ("token rm c1 --yes", 1, &["no token c1"]),
    ("job show 99", 1, &["there is no job 99", "pilotctl job ls"]),
    (
        "job ls --batch 99",
        1,
        &["there is no batch 99", "pilotctl job ls"],
    ),
    (
        "job cancel web",
        2,
        &["'web'", "write the id that `pilotctl job ls` shows"],
    ),
    (
        "job run web --cmd hello",
        1,
        &["is not in this registry", "art push"],
    ),
    (
        "user rm ada --yes",
        1,
        &["the only admin", "give another user the role"],
    ),
    (
        "host rm web",
        2,
        &["the host web", "cannot be undone", "--yes"],
    ),
    ("cmd rm hello", 2, &["the command hello", "--yes"]),
    // Values.
    (
        "host invite --expires 5",
        2,
        &["'5'", "a number and a unit", "15m"],
    ),
    (
        "host invite --expires 5x",
        2,
        &["'5x'", "a number and a unit", "15m"],
    ),
    (
        "audit ls --limit -1",
        2,
        &["'-1'", "--limit", "a number from 1 to 10000"],
    ),
    (
        "audit ls --limit many",
        2,
        &["'many'", "--limit", "a number from 1 to 10000"],
    ),
    (
        "audit ls --since 2026-11-30T15:00:00+01:00",
        2,
        &["--since", "write 2026-11-30T15:00:00Z"],
    ),
    ("audit ls --since yesterday", 2, &["'yesterday'", "7d"]),
    (
        "user add eve --role root",
        2,
        &["'root'", "admin, operator, publisher, reader"],
    ),
    ("token add t --may fly", 1, &["fly", "read, operate, push"]),
    (
        "token add a/b",
        1,
        &["cannot be a token's name", "use up to 64 letters"],
    ),
    ("token add t --expires 400d", 1, &["at most 366 days"]),
    ("host rename web Not/A/Name", 1, &["letters"]),
    ("cmd put --key x", 2, &["--package", "--function"]),
    (
        "cmd put --key x --package r.io/p --function f --max-output 64X",
        2,
        &["'64X'", "512K, 200M or 4G"],
    ),
    (
        "cmd put --key x --package r.io/p --function f --var NAME",
        2,
        &["'NAME'", "write NAME="],
    ),
    (
        "host invite --uses -3",
        2,
        &["'-3'", "--uses", "write a number"],
    ),
    // Files.
    (
        "cmd put DIR/missing.json",
        1,
        &["missing.json", "there is no such file"],
    ),
    ("cmd put DIR", 1, &["is a folder", "name a file"]),
    (
        "cmd put DIR/wrong.json",
        2,
        &["wrong.json", "is not JSON", "line 1"],
    ),
    ("cmd put DIR/unknown.json", 1, &["pakage"]),
    (
        "key list-import DIR/wrong.json",
        2,
        &["wrong.json", "pilotctl key list-sign"],
    ),
    (
        "host invite -o DIR/no/code",
        1,
        &["code", "there is no such file or folder"],
    ),
    ("user add eve --password-file DIR/short", 2, &["password"]),
    // The way to the service.
    (
        "host ls --url 127.0.0.1:8443",
        2,
        &["the scheme is missing", "https://127.0.0.1:8443"],
    ),
    (
        "host ls --url http://127.0.0.1:8443",
        2,
        &["TLS only", "https://127.0.0.1:8443"],
    ),
    (
        "host ls --url https://127.0.0.1:8443/v1",
        2,
        &["without /v1"],
    ),
    (
        "host ls --url https://127.0.0.1:1",
        3,
        &["127.0.0.1:1", "is `pilotctl serve` running there?"],
    ),
    (
        "host ls --ca-file DIR/missing.pem",
        1,
        &["missing.pem", "there is no such file"],
    ),
    (
        "host ls --context prod",
        2,
        &["there is no context prod", "pilotctl login"],
    ),
    (
        "host ls --context prod --url https://c",
        2,
        &["--context and --url", "use either"],
    ),
    (
        "login https://ada:hunter2@c.example",
        2,
        &["without a user's name", "…@c.example"],
    ),
    (
        "host ls --password hunter2",
        2,
        &["'--password'", "'--password-file'"],
    ),
    (
        "host ls --token hp_hunter2",
        2,
        &["'--token'", "'--token-file'"],
    ),
];

/// Mistakes in the environment, for `host disable web`.
const SURROUNDINGS: &[(Variables, i32, &[&str])] = &[
    (
        &[("PILOTCTL_PASSWORD", "hunter2")],
        3,
        &[
            "did not accept the user's name and password",
            "PILOTCTL_USER",
        ],
    ),
    (&[("PILOTCTL_USER", "")], 2, &["no user", "PILOTCTL_USER"]),
    (&[("PILOTCTL_URL", "")], 2, &["no service", "PILOTCTL_URL"]),
    (
        &[("PILOTCTL_TOKEN_FILE", "DIR/token")],
        2,
        &["a token and a password", "use either"],
    ),
    (
        &[("PILOTCTL_USER", "bob")],
        1,
        &["bob", "role reader", "does not allow this"],
    ),
    (
        &[("PILOTCTL_CA_FILE", "DIR/wrong.json")],
        2,
        &["wrong.json"],
    ),
];

/// A service with a host that has a label, a command, and a reader called bob.
fn prepared(fixture: &Fixture) -> Served {
    let served = fixture.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(fixture, &served.url, host, &key);
    fixture.add("bob", "reader", PASSWORD);
    let mut put = PUT;
    put[3] = "hello";
    for arguments in [&put[..], &["host", "label", "web", "shop"]] {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let token = fixture.path("token");
    let token = [
        "token",
        "add",
        "t0",
        "--may",
        "read",
        "-o",
        token.to_str().unwrap(),
    ];
    let made = fixture.client(&served.url, PASSWORD, &token);
    assert!(made.status.success(), "{}", stderr(&made));
    fs::write(fixture.path("wrong.json"), "{").unwrap();
    fs::write(
        fixture.path("unknown.json"),
        r#"{"key": "k", "pakage": "r.io/p"}"#,
    )
    .unwrap();
    fs::write(fixture.path("short"), "x").unwrap();
    served
}

/// Checks the message of a mistake.
#[track_caller]
fn check(line: &str, output: &std::process::Output, code: i32, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{line}: {said}");
    assert!(
        output.stdout.is_empty(),
        "{line}: nothing is printed as an answer"
    );
    assert!(
        !said.contains("hunter2") && !said.contains("panicked"),
        "{line}: {said}"
    );
    assert!(!said.contains("os error"), "{line}: {said}");
    for word in words {
        assert!(said.contains(word), "{line}: {word:?} is not in: {said}");
    }
}

#[test]
fn every_typical_mistake_is_explained() {
    assert!(MISTAKES.len() + SURROUNDINGS.len() >= 60);
    let fixture = Fixture::new();
    let served = prepared(&fixture);
    let folder = fixture
        .path("")
        .to_str()
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    let mut wrong = Vec::new();
    for (line, code, words) in MISTAKES {
        let typed = line.replace("DIR", &folder);
        let typed: Vec<&str> = typed.split(' ').filter(|word| !word.is_empty()).collect();
        let home = fixture.path("home");
        let home = [
            ("HOME", home.to_str().unwrap()),
            ("PILOTCTL_PASSWORD", PASSWORD),
        ];
        let output = fixture.client_with(&served.url, &typed, &home);
        let checked = std::panic::catch_unwind(|| check(line, &output, *code, words));
        wrong.extend(checked.err().map(|_| *line));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (variables, code, words) in SURROUNDINGS {
        let values = variables.map_values(&folder);
        let values: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut command = pilotctl();
        fixture.name_user(&mut command);
        command
            .env("PILOTCTL_URL", &served.url)
            .env("PILOTCTL_PASSWORD", PASSWORD);
        command.args(["host", "disable", "web"]).envs(values);
        check(&format!("{variables:?}"), &run(&mut command), *code, words);
    }
    let token = fixture.path("token");
    let lacks = [
        "host",
        "disable",
        "web",
        "--token-file",
        token.to_str().unwrap(),
    ];
    let output = fixture.client(&served.url, PASSWORD, &lacks);
    check(
        "a token",
        &output,
        1,
        &["the token t0 of user ada does not allow this"],
    );
    served.stop();
}

/// Puts the folder of the test into values.
trait MapValues {
    fn map_values(&self, folder: &str) -> Vec<(&'static str, String)>;
}

impl MapValues for Variables {
    fn map_values(&self, folder: &str) -> Vec<(&'static str, String)> {
        let value = |(name, value): &(&'static str, &str)| (*name, value.replace("DIR", folder));
        self.iter().map(value).collect()
    }
}

/// Answers one connection with these bytes, or with TLS and the certificate in a folder.
fn answering(answer: Option<&'static [u8]>, fixture: &Fixture) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let config = answer
        .is_none()
        .then(|| lab::tls::server(&fixture.path("tls")));
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        match (answer, config) {
            // The client hangs up when it has seen enough.
            (Some(answer), _) => drop(stream.write_all(answer)),
            (None, Some(config)) => {
                let mut tls = rustls::ServerConnection::new(config).unwrap();
                drop(tls.complete_io(&mut stream));
            }
            (None, None) => {}
        }
    };
    (url, thread::spawn(serve))
}

#[test]
fn servers_that_are_not_the_service_are_explained() {
    let fixture = Fixture::new();
    let plain: Option<&[u8]> = Some(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let (expired, early) = (Some((-90, -2)), Some((2, 90)));
    for (answer, valid, words) in [
        (
            plain,
            None,
            &["does not speak TLS", "is the port right?"][..],
        ),
        (
            None,
            expired,
            &["its certificate has expired", "pilotctl tls issue"],
        ),
        (None, early, &["is not valid yet", "set the clock"]),
    ] {
        if let Some((from, to)) = valid {
            hold_between(&fixture, from, to);
        }
        let (url, server) = answering(answer, &fixture);
        let output = fixture.client(&url, PASSWORD, &["host", "ls"]);
        check("host ls", &output, 3, words);
        server.join().unwrap();
    }
}
