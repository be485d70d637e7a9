//! What a run line may do, and what an input never can.

use crate::home::{Home, failed, succeeded, text};
use std::fs;
use std::process::Command;

/// Values that would be code if they ever became part of a line.
const HOSTILE: [&str; 9] = [
    "; touch hacked",
    "$(touch hacked)",
    "`touch hacked`",
    "$[ touch hacked ]",
    "a\ntouch hacked\n",
    "'; touch hacked; '",
    "\"; touch hacked; \"",
    "${HOME} $(hidden) \\",
    "-n * ~ && touch hacked #",
];

const ECHOES: &str = r#"
env:
  COPY: "${VALUE}"
input:
  var:
    - name: VALUE
functions:
  - name: quoted
    input: {var: [VALUE]}
    run:
      - printf '%s' "${VALUE}"
  - name: through-a-sub-shell
    input: {var: [VALUE]}
    run:
      - printf '%s.' "$[ printf '%s' "${VALUE}" ]" > out
      - cat out
  - name: through-a-call
    input: {var: [VALUE]}
    run:
      - $(quoted)
  - name: through-env
    run:
      - printf '%s' "${COPY}"
  - name: unquoted
    input: {var: [VALUE]}
    run:
      - 'set -f; printf "%s " ${VALUE} $[ printf "%s" "${VALUE}" ]'
  - name: hidden
    run:
      - touch hacked
"#;

fn run(home: &Home, function: &str, value: &str) -> Command {
    let mut command = home.art();
    command
        .args(["run", function])
        .arg(home.path("project"))
        .env("VALUE", value);
    command
}

#[test]
fn an_input_is_never_code() {
    let home = Home::new();
    let project = home.project(ECHOES);
    for value in HOSTILE {
        for function in ["quoted", "through-a-call", "through-env"] {
            let printed = succeeded(&mut run(&home, function, value));
            assert_eq!(printed, value, "{function}");
        }
        let printed = succeeded(&mut run(&home, "through-a-sub-shell", value));
        assert_eq!(printed, format!("{}.", value.trim_end_matches('\n')));
        succeeded(&mut run(&home, "unquoted", value));
        assert!(!project.join("hacked").exists(), "{value:?}");
    }
}

#[test]
fn lines_run_in_order_up_to_the_first_that_fails() {
    let home = Home::new();
    home.project(
        "functions:\n  - name: f\n    run:\n      - echo one\n      - $(g)\n      - echo never\n\
         \x20 - name: g\n    run:\n      - echo \"two of ${ART_FX_NAME}\"\n      - exit 42\n",
    );
    let output = home
        .art()
        .args(["run", "f"])
        .arg(home.path("project"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(output.stdout, b"one\ntwo of g\n");
}

/// What a function of these lines prints, and its exit code.
fn outcome(run: &str) -> (String, Option<i32>) {
    let home = Home::new();
    home.project(&format!(
        "functions:\n  - name: g\n    run:\n      - |\n        echo g\n        (exit 5)\n        echo never\n\
         \x20 - name: f\n    run:\n{run}"
    ));
    let project = home.path("project");
    let output = home.art().args(["run", "f"]).arg(project).output().unwrap();
    (text(&output.stdout), output.status.code())
}

/// A block of lines went on after one that had failed, and the job was green.
#[test]
fn a_block_ends_with_its_first_line_that_fails() {
    for (run, printed, code) in [
        (
            "      - |\n        echo one\n        (exit 3)\n        echo never\n      - echo never\n",
            "one\n",
            3,
        ),
        ("      - echo one; false; echo never\n", "one\n", 1),
        ("      - $(g)\n      - echo never\n", "g\n", 5),
        (
            "      - |\n        x=$[ echo no; exit 4; echo never ]\n        echo never\n",
            "",
            4,
        ),
        (
            "      - |\n        echo \"[$[ echo a; false; echo never ]]\"\n        echo on\n",
            "[a]\non\n",
            0,
        ),
        (
            "      - |\n        false | true\n        if false; then :; fi\n        false || echo on\n",
            "on\n",
            0,
        ),
        (
            "      - |\n        set +e\n        false\n        echo on\n",
            "on\n",
            0,
        ),
    ] {
        assert_eq!(outcome(run), (printed.to_owned(), Some(code)), "{run}");
    }
}

#[test]
fn lines_that_come_to_no_end_are_refused_before_anything_runs() {
    let deep = format!(
        "      - 'touch ran; echo {}id{}'\n",
        "$[ ".repeat(20_000),
        " ]".repeat(20_000)
    );
    let home = Home::new();
    let project = home.project(&format!("functions:\n  - name: f\n    run:\n{deep}"));
    let error = failed(home.art().args(["run", "f"]).arg(&project), 124);
    assert!(error.contains("32 deep"), "{error}");
    let doubling = (0..26).map(|n| {
        let next = n + 1;
        format!("  - name: f{n}\n    run: ['touch ran', '$(f{next})', '$(f{next})']\n")
    });
    let doubling: String = doubling.collect();
    home.project(&format!(
        "functions:\n{doubling}  - name: f26\n    run: ['true']\n"
    ));
    let error = failed(home.art().args(["run", "f0"]).arg(&project), 124);
    assert!(error.contains("10000 lines"), "{error}");
    assert!(!project.join("ran").exists());
}

#[test]
fn both_streams_pass_untouched_and_art_is_silent() {
    let home = Home::new();
    home.project("functions:\n  - name: f\n    run:\n      - printf out; printf err >&2\n");
    let output = home
        .art()
        .args(["run", "f"])
        .arg(home.path("project"))
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout, output.stderr),
        (b"out".to_vec(), b"err".to_vec())
    );
}

#[test]
fn missing_inputs_are_all_named() {
    let home = Home::new();
    home.project(
        "input:\n  var:\n    - {name: A, required: true}\n    - {name: B}\n\
         \x20 secret:\n    - {name: C, required: true}\n\
         functions:\n  - name: f\n    input: {var: [A, B], secret: [C]}\n    run: [touch ran]\n",
    );
    let error = failed(home.art().args(["run", "f"]).arg(home.path("project")), 123);
    assert!(error.contains("requires A, C:"), "{error}");
    assert!(!home.path("project/ran").exists());
}

#[test]
fn an_input_that_is_empty_or_of_another_type_is_refused_before_anything_runs() {
    let home = Home::new();
    let project = home.project(
        "input:\n  var:\n    - {name: A, required: true, default: '1', type: integer}\n\
         functions:\n  - name: f\n    input: {var: [A]}\n    run: [touch ran]\n",
    );
    for (value, words) in [("", "requires A:"), ("abc", "a whole number as A:")] {
        let error = failed(
            home.art().args(["run", "f"]).arg(&project).env("A", value),
            123,
        );
        assert!(error.contains(words), "{error}");
        assert!(!home.path("project/ran").exists());
    }
    succeeded(home.art().args(["run", "f"]).arg(&project).env("A", "-7"));
}

#[test]
fn a_misspelt_key_of_the_build_file_is_refused_by_every_command_that_reads_it() {
    let home = Home::new();
    let project = home.project("functions:\n  - name: f\n    exprt: true\n    run: [touch ran]\n");
    for command in [&["run", "f"][..], &["build", "-t", "r.example/ops/f:1"]] {
        let error = failed(home.art().args(command).arg(&project), 124);
        assert!(
            error.contains("line 3") && error.contains("did you mean export?"),
            "{error}"
        );
    }
    assert!(!home.path("project/ran").exists());
}

#[test]
fn inputs_of_called_functions_are_missed_before_anything_runs() {
    let home = Home::new();
    home.project(
        "input:\n  var:\n    - {name: A, required: true}\n\
         functions:\n  - name: f\n    run:\n      - touch ran\n      - $(g)\n\
         \x20 - name: g\n    input: {var: [A]}\n",
    );
    let error = failed(home.art().args(["run", "f"]).arg(home.path("project")), 123);
    assert!(error.contains("\"g\" requires A:"), "{error}");
    assert!(!home.path("project/ran").exists());
}

#[test]
fn a_missing_function_is_named_with_those_there_are() {
    let home = Home::new();
    let project = home.project("functions:\n  - name: f\n");
    let error = failed(home.art().args(["run", "g"]).arg(&project), 123);
    assert!(error.contains("there are f"), "{error}");
    let error = failed(home.art().args(["run", "f"]).arg(home.path("nowhere")), 124);
    assert!(error.contains("art init"), "{error}");
    fs::write(
        project.join("build.yaml"),
        "functions:\n  - name: f\n    run: echo\n",
    )
    .unwrap();
    let error = failed(home.art().args(["run", "f"]).arg(&project), 124);
    assert!(
        error.contains("build.yaml") && error.contains("line 3"),
        "{error}"
    );
}

#[test]
fn the_first_build_file_runs() {
    let home = Home::new();
    let folder = home.path("new");
    succeeded(home.art().arg("init").arg(&folder));
    let printed = succeeded(home.art().args(["run", "hello"]).arg(&folder));
    assert!(
        printed.contains("preparing prepare\nhello world, it is "),
        "{printed}"
    );
    let error = failed(home.art().arg("init").arg(&folder), 124);
    assert!(error.contains("build.yaml"), "{error}");
    succeeded(
        home.art()
            .args(["build", "-t", "r.example.com/a"])
            .arg(&folder),
    );
}

#[test]
fn a_bad_command_line_has_its_own_exit_code() {
    let home = Home::new();
    for arguments in [
        &["frobnicate"][..],
        &["exe", "r.io/a"],
        &["exe", "../a", "f"],
        &[],
    ] {
        failed(home.art().args(arguments), 2);
    }
    let error = failed(home.art().args(["pull", "-u", "ann:hunter2", "r.io/a"]), 2);
    assert!(
        error.contains("process list") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn a_message_cannot_steer_the_terminal() {
    let folder = "no\x1b[2Jsuch\nfolder";
    let error = failed(Home::new().art().args(["run", "f", folder]), 124);
    assert!(
        !error.contains('\x1b') && error.lines().count() == 1,
        "{error:?}"
    );
}

/// The option is for the agent: a user who tries it reads what is missing.
#[test]
fn a_standard_input_that_hands_nothing_over_is_refused() {
    let home = Home::new();
    let mut exe = home.art();
    exe.args(["exe", "--supervised", "r.example/a", "f"]);
    let error = failed(&mut exe, 124);
    assert!(error.contains("--supervised is for the agent"), "{error}");
}
