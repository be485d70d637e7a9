//! Mistakes of users, and the messages that they get.

use lab::host::Host;
use lab::programs::programs;
use lab::service::Service;
use lab::{Lab, output_text};
use serde_json::json;
use std::fs::File;
use std::process::Command;
use tempfile::TempDir;

/// A host without a control.
pub fn bare_host() -> (TempDir, Host) {
    let folder = TempDir::new().unwrap();
    let host = Host::new(folder.path().join("host"), 1);
    (folder, host)
}

/// What a command says, and its exit code.
pub fn complaint(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), output_text(&output))
}

#[track_caller]
pub fn assert_complains(command: &mut Command, code: i32, words: &[&str]) {
    let (status, text) = complaint(command);
    assert_eq!(status, Some(code), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[test]
fn a_malformed_configuration_is_named_by_file_and_line() {
    let (_folder, host) = bare_host();
    let file = host.path(".pilot").display().to_string();
    host.write(".pilot", "PILOT_WAIT=1\nPILOT_HOME\n");
    assert_complains(&mut host.pilot(), 78, &[&file, "line 2"]);
    host.configure("PILOT_CTL_UIR=https://a");
    assert_complains(
        &mut host.pilot(),
        78,
        &[&file, "PILOT_CTL_UIR", "PILOT_CTL_URI"],
    );
}

/// Each of them was read as something by one of systemd, a shell and the agent.
#[test]
fn a_line_that_systemd_and_a_shell_read_differently_is_refused() {
    let (_folder, host) = bare_host();
    let state = host.state().display().to_string();
    for line in [
        format!("PILOT_HOME={state} # note"),
        format!("PILOT_HOME='{state}' # note"),
        format!("export PILOT_HOME={state}"),
        "PILOT_HOME=$HOME/state".to_owned(),
        "PILOT_REBOOT=/sbin/reboot now".to_owned(),
        "PILOT_HOME=/a\\ b".to_owned(),
    ] {
        host.write(".pilot", &format!("# settings\n{line}\n"));
        assert_complains(&mut host.pilot(), 78, &["line 2: "]);
    }
    host.configure("PILOT_REBOOT='/sbin/reboot now' \nPILOT_NO_PROXY=\"a, b\"");
    let shown = lab::run(host.pilot().args(["config", "ALL"]));
    assert!(shown.contains("/sbin/reboot now"), "{shown}");
}

/// The service manager has read the file before control does.
#[test]
fn a_control_whose_settings_could_be_read_otherwise_does_not_start() {
    let mut lab = Lab::without_package();
    lab.control.kill();
    let file = lab.path("pilotctl.conf");
    for (line, word) in [
        ("PILOTCTL_DATA=/x # note", "line 1: "),
        ("PILOTCTL_INTREVAL=1s", "PILOTCTL_INTREVAL is not a setting"),
    ] {
        std::fs::write(&file, line).unwrap();
        let mut serve = lab.control.pilotctl();
        // A port that cannot be bound, if the command gets that far.
        serve.args(["serve", "--listen", "192.0.2.1:1"]);
        lab.control.name_files(&mut serve);
        assert_complains(serve.env("PILOTCTL_SETTINGS", &file), 2, &[word]);
    }
}

/// The environment is not the agent's alone: what is misspelt there is named, and
/// the rest counts.
#[test]
fn a_variable_that_is_no_setting_is_named() {
    let (_folder, mut host) = bare_host();
    host.configure("");
    host.environment = vec![("PILOT_TIMEUOT".to_owned(), "5".to_owned())];
    host.start();
    let said = host.agent().wait_for("PILOT_TIMEUOT");
    assert!(
        said.contains("WARN") && said.contains("no setting"),
        "{said}"
    );
    host.agent().wait_for("pilot enrol");
    let (_, text) = complaint(host.pilot().arg("doctor"));
    assert!(
        text.contains("no setting of this agent: PILOT_TIMEUOT"),
        "{text}"
    );

    host.environment = vec![("PILOT_TIMEOUT".to_owned(), "soon".to_owned())];
    assert_complains(host.pilot().arg("status"), 78, &["PILOT_TIMEOUT=soon"]);
}

#[test]
fn a_file_that_the_configuration_names_has_to_be_there() {
    let (_folder, host) = bare_host();
    host.configure("PILOT_CTL_URI=https://127.0.0.1:1\nPILOT_CA_FILE=/no/such/ca.pem");
    assert_complains(&mut host.pilot(), 78, &["/no/such/ca.pem"]);
}

#[test]
fn a_key_that_is_none_is_named() {
    let (_folder, host) = bare_host();
    host.configure("PILOT_CTL_URI=https://127.0.0.1:1");
    host.write(".pilot_verify.pgp", "nonsense");
    assert_complains(&mut host.pilot(), 78, &[".pilot_verify.pgp"]);
}

/// Each program names the option that may have been meant, its commands' own too.
#[test]
fn a_misspelt_option_is_recognised() {
    for (line, meant) in [
        ("pilot --hwid", "--hw-id"),
        ("pilot launch --trase", "--trace"),
        ("pilot enrol https://c.example --code-fiel f", "--code-file"),
        ("pilot job ls --jsn", "--json"),
        ("pilotctl serve --listne x", "--listen"),
        ("pilotctl host ls --jsn", "--json"),
        ("pilotctl cmd put --secret-fiel A=f", "--secret-file"),
        ("art build --profle p", "--profile"),
        ("art pgp gen --nmae n", "--name"),
        ("art --verbos ls", "--verbose"),
    ] {
        let mut words = line.split_whitespace();
        let mut command = Command::new(match words.next().unwrap() {
            "pilot" => &programs().pilot,
            "pilotctl" => &programs().pilotctl,
            _ => &programs().art,
        });
        let (status, text) = complaint(command.args(words));
        assert_eq!(status, Some(2), "{line}: {text}");
        let quoted = [format!("`{meant}`"), format!("'{meant}'")];
        assert!(
            quoted.iter().any(|meant| text.contains(meant)),
            "{line}: {text}"
        );
    }
}

#[test]
fn a_wrong_command_line_is_explained() {
    let (_folder, host) = bare_host();
    host.configure("");
    for (arguments, word) in [
        (&["lanch"][..], "pilot --help"),
        (&["launch", "now"], "takes no argument"),
        (&["--telemetry"], "telemetry"),
        (&["-s"], "PILOT_CA_FILE"),
        (&["--cve-path", "/x"], "CVE"),
        (&["enrol"], "https://host:port"),
        (&["enrol", "http://127.0.0.1:1"], "plain HTTP"),
        (&["config", "colour"], "host-uuid"),
        (&["status", "--yaml"], "yaml"),
    ] {
        assert_complains(host.pilot().args(arguments), 2, &[word]);
    }
    for command in ["", "launch", "enrol", "status", "config", "version"] {
        let (status, text) = complaint(host.pilot().args(["help", command]));
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains("Usage: pilot"), "{text}");
    }
}

#[test]
fn a_malformed_code_and_an_unreachable_control_are_distinguished() {
    let lab = Lab::without_package();
    let host = lab.host();
    host.configure("");
    host.write("code", "hello");
    assert_complains(
        host.pilot()
            .args(["enrol", lab.control.url(), "--code-file", "code"]),
        2,
        &["not an enrolment code"],
    );
    assert_complains(
        host.pilot()
            .args(["enrol", lab.control.url(), "--code-file", "nowhere"]),
        78,
        &["nowhere: no such file"],
    );
    host.write("code", &lab.control.invite());
    assert_complains(
        host.pilot()
            .args(["enrol", "https://127.0.0.1:1", "--code-file", "code"]),
        75,
        &["127.0.0.1:1"],
    );
}

#[test]
fn there_is_one_agent_for_one_home() {
    let lab = Lab::without_package();
    let host = lab.running_host();
    assert_complains(
        &mut host.pilot(),
        78,
        &["another pilot is running", "PILOT_INSTANCE"],
    );
}

#[test]
fn a_control_that_is_away_is_tried_again_and_complained_about_once() {
    let mut lab = Lab::without_package();
    let host = lab.running_host();
    lab.control.kill();
    host.agent().signal("HUP");
    let complaint = host.agent().wait_for("WARN");
    assert!(complaint.contains("127.0.0.1"), "{complaint}");
    host.agent().signal("HUP");
    host.agent().wait_for("trying again in");
    lab.control.start_again();
    host.agent().signal("HUP");
    host.agent().wait_for("connected to");
    assert_eq!(
        host.agent().log().matches("onnection refused").count(),
        1,
        "{}",
        host.agent().log()
    );
}

#[test]
fn the_longest_wait_after_a_failure_is_a_setting() {
    let mut lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_MAX_BACKOFF=1");
    lab.control.kill();
    host.start();
    for _ in 0..6 {
        let said = host.agent().wait_for("trying again in ");
        let (_, delay) = said.rsplit_once(' ').unwrap();
        assert!(delay.ends_with("ms") || delay == "1s", "{said}");
    }
    lab.control.start_again();
    host.agent().wait_for("connected to");
    host.configure("PILOT_MAX_BACKOFF=0");
    assert_complains(
        host.pilot().arg("status"),
        78,
        &["PILOT_MAX_BACKOFF=0", "from 1 to"],
    );
}

#[test]
fn a_missing_runner_fails_the_job_and_not_the_agent() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.environment
        .push(("PILOT_ART".into(), "/no/such/art".into()));
    host.start();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let job = lab.run_job("greet", &host);
    assert_eq!(job["status"], "failed");
    let text = job["result"]["Err"].as_str().unwrap();
    assert!(text.contains("/no/such/art: No such file"), "{text}");
}

#[test]
fn a_full_disk_behind_a_stream_is_an_error_and_no_panic() {
    let (_folder, host) = bare_host();
    host.configure("");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    assert_complains(
        host.pilot().arg("version").stdout(full()),
        1,
        &["standard output", "No space left"],
    );
    let status = host.pilot().arg("lanch").stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_trace_goes_on_when_the_configuration_is_read_again() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let agent = Service::start(host.pilot().arg("--trace"));
    agent.wait_for("connected to");
    agent.signal("HUP");
    agent.wait_for("configuration read again");
    agent.wait_for("DEBUG");
}

/// The page has one table for all three programs, and each `--help` has its codes.
#[test]
fn the_exit_codes_of_the_page_are_those_of_the_help() {
    let page = lab::programs::workspace().join("docs/operations/troubleshooting.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("## Exit codes\n").unwrap();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        cells.get(1)?.parse::<u8>().ok().map(|code| (code, cells))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() > 10);
    let programs = programs();
    for (column, program) in [
        (2, &programs.pilot),
        (3, &programs.pilotctl),
        (4, &programs.art),
    ] {
        let (_, help) = complaint(Command::new(program).arg("--help"));
        let (_, codes) = help.split_once("Exit codes:").unwrap();
        let of_help: Vec<u8> = codes
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter_map(|word| word.parse().ok())
            .collect();
        let of_page = rows.iter().filter(|(_, cells)| !cells[column].is_empty());
        let mut of_page: Vec<u8> = of_page.map(|(code, _)| *code).collect();
        // Those that a function may have, too, `art` does not list.
        if column == 4 {
            of_page.retain(|code| *code > 1);
        }
        assert_eq!(of_help, of_page, "{}", program.display());
    }
}
