//! Names that control knows are offered in real shells.

use super::fixture::{Fixture, PASSWORD, PUT, enrol, enrol_as, stderr};
use lab::shells::{SHELLS, offered};
use needs::{Need, lacks};
use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use wire::{HostId, HostKey};

/// What a shell offers for these lines.
fn offers(
    fixture: &Fixture,
    shell: &str,
    more: &[(&str, &str)],
    lines: &[&str],
) -> Vec<Vec<String>> {
    let words = |line: &&str| line.split(' ').map(str::to_owned).collect();
    let lines: Vec<Vec<String>> = lines.iter().map(words).collect();
    offered(shell, &lines, |command| {
        fixture.name_user(command);
        command.envs(more.iter().copied());
    })
}

#[test]
fn hosts_commands_users_and_tokens_are_offered() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let ada = |arguments: &[&str]| {
        let output = fixture.client(&served.url, PASSWORD, arguments);
        let done = output.status.success();
        assert!(done, "{arguments:?}: {}", stderr(&output));
    };
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    ada(&PUT);
    ada(&["token", "add", "ci"]);
    let id = host.to_string();
    let (by_id, with_url) = (
        format!("pilotctl host rm {}", &id[..4]),
        format!("pilotctl --url {} host show w", served.url),
    );
    let lines = [
        ("pilotctl host show ", "web"),
        (&by_id, &id),
        ("pilotctl job run web w", "web"),
        ("pilotctl job run --cmd ", "k"),
        ("pilotctl cmd show ", "k"),
        ("pilotctl user role ", "ada"),
        ("pilotctl audit ls --who a", "ada"),
        ("pilotctl token rm ", "ci"),
    ];
    for shell in SHELLS {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        let url = [("PILOTCTL_URL", &*served.url)];
        let offered = offers(&fixture, shell, &url, &lines.map(|(line, _)| line));
        for ((line, wanted), offered) in lines.iter().zip(offered) {
            assert_eq!(offered, [*wanted], "{shell}: {line}");
        }
        let by_option = offers(&fixture, shell, &[("PILOTCTL_URL", "")], &[&with_url]);
        assert_eq!(by_option, [["web"]], "{shell}");
    }
    served.stop();
}

#[test]
fn abuse_a_host_calls_itself_what_a_shell_would_carry_out() {
    const NAMES: [&str; 4] = ["$(touch /tmp/x)", "web;reboot", "--all", "w\u{1b}[2J"];
    let fixture = Fixture::new();
    let served = fixture.serve();
    let uses = NAMES.len().to_string();
    let invited = fixture.client(&served.url, PASSWORD, &["host", "invite", "--uses", &uses]);
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    let mut ids = NAMES.map(|name| {
        let host = HostId::derive(name, "", b"");
        enrol_as(
            &fixture.agent(),
            &served.url,
            &code,
            host,
            &HostKey::new([1; 32]),
            name,
        );
        host.to_string()
    });
    ids.sort();
    for shell in SHELLS {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        let url = [("PILOTCTL_URL", &*served.url)];
        let mut offered = offers(&fixture, shell, &url, &["pilotctl host show "]).remove(0);
        offered.sort();
        assert_eq!(offered, ids, "{shell}");
    }
    served.stop();
}

/// The shell stands still meanwhile.
#[test]
fn a_service_that_does_not_answer_is_not_waited_for() {
    let fixture = Fixture::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    let begun = Instant::now();
    let offered = offers(
        &fixture,
        "bash",
        &[("PILOTCTL_URL", &url)],
        &["pilotctl host show w"],
    );
    assert_eq!(offered, [[""; 0]]);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let (mut asked, _) = silent.accept().unwrap();
    asked
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    assert!(asked.read(&mut [0; 1]).unwrap() > 0, "it was asked");
}

#[test]
fn nobody_is_asked_without_credentials() {
    let fixture = Fixture::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let url = format!("https://{}", server.local_addr().unwrap());
    let without = [("PILOTCTL_URL", &*url), ("PILOTCTL_USER", "")];
    let offered = offers(&fixture, "bash", &without, &["pilotctl host show w"]);
    assert_eq!(offered, [[""; 0]]);
    assert!(server.accept().is_err(), "somebody connected");
}
