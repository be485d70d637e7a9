//! Options that every command has, and what a terminal is shown.

use super::fixture::{Fixture, PASSWORD, Served, enrol_as, stderr};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Output, Stdio};
use wire::{HostId, HostKey};

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A service with so many hosts.
fn with_hosts(fixture: &Fixture, hosts: usize) -> (Served, Vec<HostId>) {
    let served = fixture.serve();
    let uses = hosts.to_string();
    let invited = fixture.client(&served.url, PASSWORD, &["host", "invite", "--uses", &uses]);
    let code = text(&invited).parse().unwrap();
    let (agent, key) = (fixture.agent(), HostKey::new([1; 32]));
    let host = |number: usize| {
        let name = format!("shop{number}.a-rather-long-name.example.com");
        let host = HostId::derive(&name, "", b"");
        enrol_as(&agent, &served.url, &code, host, &key, &name);
        host
    };
    let hosts = (0..hosts).map(host).collect();
    (served, hosts)
}

#[test]
fn options_stand_anywhere_and_choose_the_shape() {
    let fixture = Fixture::new();
    let (served, hosts) = with_hosts(&fixture, 2);
    let ada = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        text(&fixture.client(&served.url, PASSWORD, &words))
    };
    let json = ada("host ls --json");
    for line in [
        "--json host ls",
        "host --json ls",
        "-o json host ls",
        "host ls -ojson",
        "-q host ls -o json",
    ] {
        assert_eq!(ada(line), json, "{line}");
    }
    let ids = format!("{}\n{}\n", hosts[0], hosts[1]);
    assert_eq!(ada("host ls -o name"), ids);
    assert_eq!(ada("-q host ls"), ids);
    let lines = ada("host ls -o jsonl");
    let entries = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let entries: Vec<serde_json::Value> = entries.collect();
    assert_eq!(
        serde_json::json!(entries),
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    );
    let (table, wide) = (ada("host ls"), ada("-o wide host ls"));
    assert!(!table.contains("FINGERPRINT") && wide.contains("FINGERPRINT"));
    // Not a terminal: nothing is cut or coloured, and awk finds each column.
    let columns = |line: &str| line.split_whitespace().count();
    assert!(
        table
            .lines()
            .all(|line| columns(line) == columns(table.lines().next().unwrap())),
        "{table}"
    );
    assert!(table.contains(&hosts[0].to_string()) && !table.contains('\u{1b}'));
    assert!(ada("--color always host ls").contains("\u{1b}[32menrolled"));
    assert_eq!(
        ada("-q host disable shop0.a-rather-long-name.example.com"),
        ""
    );
    served.stop();
}

#[test]
fn verbose_says_who_asks_whom_for_what_and_how_long_it_took() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let output = fixture.client(&served.url, PASSWORD, &["-v", "user", "ls"]);
    let said = stderr(&output);
    let expected = format!(
        "pilotctl: GET {}/user?limit=1000 as ada: done after ",
        served.url
    );
    assert!(
        said.starts_with(&expected) && said.ends_with(" ms\n"),
        "{said}"
    );
    assert!(!said.contains(PASSWORD), "{said}");
    assert!(!text(&output).contains("GET"));
    served.stop();
}

/// What a command prints on a terminal of this size.
fn on_terminal(
    fixture: &Fixture,
    url: &str,
    arguments: &[&str],
    size: (u16, u16),
    more: &[(&str, &str)],
) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let name = std::ffi::OsStr::from_bytes(name.as_bytes());
    let end = File::options().read(true).write(true).open(name).unwrap();
    let (ws_col, ws_row) = size;
    let size = Winsize {
        ws_row,
        ws_col,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&end, size).unwrap();
    let mut command = super::fixture::pilotctl();
    fixture.name_user(&mut command);
    command
        .args(arguments)
        .env("PILOTCTL_URL", url)
        .env("PATH", std::env::var_os("PATH").unwrap());
    command.envs(more.iter().copied());
    let mut child = command
        .stdin(Stdio::from(end.try_clone().unwrap()))
        .stdout(Stdio::from(end))
        .spawn()
        .unwrap();
    // The child alone has the other end now, when the command's copies are gone.
    drop(command);
    let (mut shown, mut terminal) = (Vec::new(), File::from(terminal));
    // A terminal whose other end was closed reports EIO.
    let _ = terminal.read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    String::from_utf8(shown).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_table_fits_the_terminal_and_a_long_one_goes_through_the_pager() {
    let fixture = Fixture::new();
    let (served, hosts) = with_hosts(&fixture, 12);
    let shown = |arguments: &[&str], size, more: &[(&str, &str)]| {
        on_terminal(&fixture, &served.url, arguments, size, more)
    };
    let table = shown(&["host", "ls", "--color", "never"], (72, 50), &[]);
    assert_eq!(table.lines().count(), 1 + hosts.len());
    assert!(
        table.lines().all(|line| line.chars().count() <= 72),
        "{table}"
    );
    assert!(
        table.contains(&format!("{}…", &hosts[0].to_string()[..8])),
        "{table}"
    );
    let wide = shown(&["host", "ls", "-o", "wide"], (72, 50), &[]);
    assert!(
        wide.contains(&hosts[0].to_string()) && wide.contains("\u{1b}[32m"),
        "{wide}"
    );
    for plain in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(
            !shown(&["host", "ls"], (72, 50), &[plain]).contains('\u{1b}'),
            "{plain:?}"
        );
    }
    let pager = [("PAGER", "sed s/^/paged:/")];
    let paged = shown(&["host", "ls"], (72, 10), &pager);
    assert!(
        paged.lines().all(|line| line.starts_with("paged:")),
        "{paged}"
    );
    for (arguments, lines) in [
        (&["host", "ls", "--no-pager"][..], 10),
        (&["host", "ls"], 50),
    ] {
        assert!(
            !shown(arguments, (72, lines), &pager).contains("paged:"),
            "{arguments:?}"
        );
    }
    served.stop();
}
