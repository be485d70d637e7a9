//! What `art build` refuses, so that no host has to.

use crate::home::{Home, failed, succeeded};
use std::path::Path;
use std::process::Command;

const NAME: &str = "r.example.com/ops/hello:1";

fn build(home: &Home, project: &Path) -> Command {
    let mut build = home.art();
    build.args(["build", "-t", NAME]).arg(project);
    build
}

/// A project that packs all of its folder, with this exported function beside others.
fn exporting(function: &str) -> String {
    format!(
        "profiles:\n  - name: p\n    run:\n      - touch ran\n    target: .\nfunctions:\n  - name: f\n    export: true\n{function}"
    )
}

/// It ran without its `!`, and the function did the opposite.
#[test]
fn a_run_line_that_would_lose_its_negation_is_refused_by_every_command() {
    let home = Home::new();
    let project = home
        .project("functions:\n  - name: f\n    run:\n      - touch ran\n      - ! grep -q x f\n");
    for command in [&["run", "f"][..], &["build", "-t", NAME]] {
        let error = failed(home.art().args(command).arg(&project), 124);
        assert!(
            error.contains("build.yaml: line 5: ") && error.contains("quote it: '! grep -q x f'"),
            "{error}"
        );
    }
    assert!(!project.join("ran").exists());
    home.project("functions:\n  - name: f\n    run:\n      - '! grep -q x build.yaml'\n");
    failed(home.art().args(["run", "f"]).arg(&project), 1);
}

#[test]
fn a_variable_is_not_silently_empty() {
    let home = Home::new();
    let project = home.project(
        "env: {A: '<${NOPE:-x}>', B: '<${NOPE}>'}\nfunctions:\n  - name: f\n    run:\n      - echo \"$A$B\"\n",
    );
    let mut run = home.art();
    run.args(["run", "f"]).arg(&project);
    assert_eq!(succeeded(&mut run), "<x><>\n");
    home.project(&exporting(
        "    env: {A: '${NOPE:+x}'}\n    run: ['true']\n",
    ));
    let error = failed(&mut build(&home, &project), 124);
    assert!(
        error.contains("A under `env:`: `${NOPE:+x}` is none of"),
        "{error}"
    );
    assert!(!project.join("ran").exists());
}
