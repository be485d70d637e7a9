//! What the commands that talk to a service say.

use super::fixture::{
    Fixture, PASSWORD, PUT, Served, enrol, enrol_as, enrol_with, facts_of, pilotctl, run, stderr,
};
use std::io::BufRead;
use wire::{HostId, HostKey};

#[test]
fn exit_codes_tell_a_refusal_from_a_failure_to_get_there() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let code = |url: &str, password: &str, arguments: &[&str]| {
        fixture.client(url, password, arguments).status.code()
    };
    let url = served.url.clone();
    assert_eq!(code(&url, PASSWORD, &["host", "ls"]), Some(0));
    assert_eq!(code(&url, PASSWORD, &["host", "rm", "nonsense"]), Some(1));
    assert_eq!(
        code(&url, PASSWORD, &["job", "run", "nobody", "--cmd", "k"]),
        Some(1)
    );
    assert_eq!(code(&url, PASSWORD, &["host", "frobnicate"]), Some(2));
    assert_eq!(code("http://127.0.0.1", PASSWORD, &["host", "ls"]), Some(2));
    assert_eq!(code(&url, "wrong", &["host", "ls"]), Some(3));
    served.stop();
    assert_eq!(code(&url, PASSWORD, &["host", "ls"]), Some(3));
}

/// Of jobs, batches and the rest it is the same code that reads the pages.
#[test]
fn a_list_of_more_than_one_page_is_shown_to_its_end() {
    const HOSTS: usize = 1_001;
    let fixture = Fixture::new();
    let served = fixture.serve();
    let invited = fixture.client(
        &served.url,
        PASSWORD,
        &["host", "invite", "--uses", &HOSTS.to_string()],
    );
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    let agent = fixture.agent();
    for number in 0..HOSTS {
        let host = HostId::derive(&number.to_string(), "", b"");
        enrol_with(&agent, &served.url, &code, host, &HostKey::new([1; 32]));
    }
    let listed = fixture.client(&served.url, PASSWORD, &["host", "ls"]);
    assert_eq!(listed.stdout.lines().count(), 1 + HOSTS);
    let listed = fixture.client(&served.url, PASSWORD, &["host", "ls", "--json"]);
    let hosts: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(hosts.len(), HOSTS);
    served.stop();
}

#[test]
fn abuse_a_host_calls_itself_what_turns_a_terminal_around() {
    const NAME: &str = "web\u{202e}\u{200b}\u{2028}\u{9b}2J\u{1b}[2J";
    let fixture = Fixture::new();
    let served = fixture.serve();
    let invited = fixture.client(&served.url, PASSWORD, &["host", "invite"]);
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol_as(&fixture.agent(), &served.url, &code, host, &key, NAME);
    let shown = |arguments: &[&str]| {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        String::from_utf8(output.stdout).unwrap()
    };
    for arguments in [&["host", "ls"][..], &["host", "show", &host.to_string()]] {
        assert!(shown(arguments).contains("web?? ?2J?[2J"), "{arguments:?}");
        let json = shown(&[arguments, &["--json"]].concat());
        let is_seen = |c| c == '\n' || wire::printable::is_printable(c);
        assert!(json.chars().all(is_seen), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let value = value.get(0).unwrap_or(&value);
        assert_eq!(value["hostname"], NAME, "{arguments:?}");
    }
    served.stop();
}

#[test]
fn what_stands_on_the_way_to_the_service_is_named() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let other = fixture.path("other");
    let made = run(pilotctl()
        .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
        .arg(&other));
    assert!(made.status.success(), "{}", stderr(&made));
    let other_ca = other.join("ca.pem");
    let by_name = served.url.replace("127.0.0.1", "localhost");
    let with_path = format!("{}/pilot", served.url);
    let dead = ("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1");
    for (url, more, code, words) in [
        (
            &served.url,
            &[dead][..],
            3,
            "the proxy 127.0.0.1:1 of HTTPS_PROXY",
        ),
        (
            &served.url,
            &[("ALL_PROXY", "http://me:hunter2@")],
            2,
            "ALL_PROXY does not name a proxy",
        ),
        (&by_name, &[], 3, "use a name that it has in PILOTCTL_URL"),
        (&with_path, &[], 2, "without /pilot"),
        (
            &served.url,
            &[("PILOTCTL_CA_FILE", other_ca.to_str().unwrap())],
            3,
            "PILOTCTL_CA_FILE has to name the CA",
        ),
    ] {
        let output = fixture.client_with(url, &["host", "ls"], more);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("hunter2"), "{said}");
        let about_ca = more.iter().any(|(name, _)| *name == "PILOTCTL_CA_FILE");
        assert_eq!(said.contains("PILOTCTL_CA_FILE"), about_ca, "{said}");
    }
    let excepted = [dead, ("NO_PROXY", "10.0.0.0/8, 127.0.0.0/8")];
    let output = fixture.client_with(&served.url, &["host", "ls"], &excepted);
    assert!(output.status.success(), "{}", stderr(&output));
    served.stop();
}

#[test]
fn a_host_is_named_and_a_disabled_or_pending_one_is_called_what_it_is() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    let pending = HostId::derive("pending", "", b"");
    let body = facts_of(pending, &key, "new");
    let asked = fixture
        .agent()
        .post(format!("{}/enrol", served.url))
        .send(body.to_string());
    assert_eq!(asked.unwrap().status(), 202);
    for (arguments, code, words) in [
        (&["host", "show", "web"][..], 0, ""),
        (&["host", "disable", "web"], 0, ""),
        (
            &["job", "run", "web", "--cmd", "k"],
            1,
            "there is no command k",
        ),
        (&["job", "run", "new", "--cmd", "k"], 1, "new is pending"),
        (
            &["job", "run", "nobody", "--cmd", "k"],
            1,
            "no host is called nobody",
        ),
        (&["host", "rm", "nobody"], 1, "no host is called nobody"),
        (&["host", "rm", "web"], 2, "add --yes"),
        (&["host", "rm", "web", "--yes"], 0, ""),
        (
            &["host", "invite", "--uses", "1K"],
            2,
            "write a number, without a unit",
        ),
        (&["host", "lst"], 2, "ls"),
    ] {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    served.stop();
}

#[test]
fn what_pages_say_of_options_is_so() {
    let fixture = Fixture::new();
    let url = "https://127.0.0.1:9443";
    let served =
        Served::start(
            fixture
                .serve_command()
                .args(["--url", url, "--max-package", "64M"]),
        );
    let invited = fixture.client(&served.url, PASSWORD, &["host", "invite"]);
    assert!(stderr(&invited).contains(url), "{}", stderr(&invited));
    let no_folder = fixture.path("no/code");
    let output = no_folder.to_str().unwrap();
    let lost = fixture.client(&served.url, PASSWORD, &["host", "invite", "-o", output]);
    assert_eq!(lost.status.code(), Some(1));
    assert!(
        !stderr(&lost).contains(url),
        "no code was made: {}",
        stderr(&lost)
    );
    std::fs::write(fixture.path("k.json"), "{}").unwrap();
    let file = fixture.path("k.json");
    let file = file.to_str().unwrap();
    for (arguments, words) in [
        (
            &["cmd", "put", file, "--timeout", "5m"][..],
            "cannot be used with",
        ),
        (
            &["cmd", "put", file, "--limit-memory", "1G"],
            "cannot be used with",
        ),
        (&["cmd", "put", "--key", "k"], "--package"),
        (
            &[&PUT[..], &["--registry-user", "hosts"]].concat(),
            "--registry-password-file",
        ),
        (
            &[&PUT[..], &["--registry-password-file", file]].concat(),
            "--registry-user",
        ),
        (
            &[&PUT[..], &["--max-output", "64X"]].concat(),
            "512K, 200M or 4G",
        ),
    ] {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    served.stop();
}

#[test]
fn an_id_of_nothing_is_an_error_and_no_empty_list() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    for (arguments, code, words) in [
        (
            &["job", "ls", "--batch", "99"][..],
            1,
            "there is no batch 99",
        ),
        (&["job", "show", "99"], 1, "there is no job 99"),
        (&["job", "cancel", "99"], 1, "there is no job 99"),
        (&["job", "ls", "--batch", "web1"], 2, "write the id"),
        (
            &["cmd", "show", "nothing"],
            1,
            "there is no command nothing",
        ),
    ] {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    served.stop();
}

#[test]
fn whoever_asks_for_json_gets_json() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let file = fixture.path("code");
    let output = file.to_str().unwrap();
    for arguments in [
        &PUT[..],
        &["cmd", "ls"],
        &["cmd", "show", "k"],
        &["cmd", "rm", "k", "--yes"],
        &["host", "invite", "-o", output],
        &["host", "ls"],
        &["job", "ls"],
    ] {
        let output = fixture.client(&served.url, PASSWORD, &[arguments, &["--json"]].concat());
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        let json: serde_json::Result<serde_json::Value> = serde_json::from_slice(&output.stdout);
        let json = json.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert!(json.get("code").is_none(), "the code is in the file alone");
    }
    served.stop();
}
