//! What `art build` refuses, so that no host has to.

use crate::home::{Home, failed, succeeded};
use std::fs;
use std::os::unix::fs::symlink;
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

/// Nothing is run or packed of these; each was built, and failed on the host.
#[test]
fn what_no_host_could_run_is_not_built() {
    let home = Home::new();
    let long = "x".repeat(128 << 10);
    for (function, words) in [
        ("", "function \"f\" has no run lines"),
        ("    run: ['echo $[ id']\n", "`$[` is never closed"),
        (
            "    run: [$(g)]\n  - name: g\n    run: [$(f)]\n",
            "in a circle: f > g > f",
        ),
        (
            "    run: [$(g)]\n  - name: g\n",
            "function \"g\" has no run lines",
        ),
        (
            "    run: [$(g)]\n  - name: g\n    run: ['x $(f)']\n",
            "must stand alone",
        ),
        (&format!("    run: ['{long}']\n"), "more than 131071 bytes"),
        (
            &format!("    env: {{A: {long}}}\n    run: [':']\n"),
            "the value of A is too long",
        ),
    ] {
        let project = home.project(&exporting(function));
        let error = failed(&mut build(&home, &project), 124);
        assert!(
            error.contains(words) && error.contains("nothing is packed"),
            "{words}: {error}"
        );
        assert!(!project.join("ran").exists());
    }
    let defaults = "profiles:\n  - {name: p, default: true, target: .}\n  - {name: q, default: true, target: .}\n";
    let project = home.project(defaults);
    let error = failed(&mut build(&home, &project), 124);
    assert!(
        error.contains("several profiles `default: true` (p, q)"),
        "{error}"
    );
    assert_eq!(succeeded(home.art().arg("ls")), "");
}

#[test]
fn a_build_file_that_a_run_line_writes_is_checked_like_any_other() {
    let home = Home::new();
    let project =
        home.project(&exporting("    run: [':']\n").replace("touch ran", "mv other build.yaml"));
    fs::write(project.join("other"), exporting("")).unwrap();
    let error = failed(&mut build(&home, &project), 124);
    assert!(error.contains("has no run lines"), "{error}");
}

#[test]
fn a_name_that_no_registry_keeps_is_not_built() {
    let home = Home::new();
    let project = home.project(&exporting("    run: [':']\n"));
    let group = "ops/".repeat(42);
    let mut build = home.art();
    build.args(["build", "-t", &format!("r.example.com/{group}hello:1")]);
    let error = failed(build.arg(&project), 124);
    assert!(error.contains("shorten group or name"), "{error}");
    assert!(!project.join("ran").exists());
}

/// It was refused by the registry, and before that by the publisher's own store.
#[test]
fn a_seal_that_no_registry_takes_is_not_built() {
    let home = Home::new();
    let text = "<".repeat(700 << 10);
    let project = home.project(&format!(
        "labels: {{a: '{text}'}}\n{}",
        exporting("    run: [':']\n")
    ));
    let error = failed(&mut build(&home, &project), 124);
    assert!(
        error.contains("the package's seal takes") && error.contains("shorten labels"),
        "{error}"
    );
    assert_eq!(succeeded(home.art().arg("ls")), "");
}

#[test]
fn links_in_the_place_of_target_or_build_file_are_refused() {
    let home = Home::new();
    let project = home.project(&exporting("    run: [':']\n"));
    fs::create_dir_all(project.join("releases/7/bin")).unwrap();
    symlink("releases/7", project.join("current")).unwrap();
    let build_file = project.join("build.yaml");
    let text = fs::read_to_string(&build_file).unwrap();
    for (target, words) in [
        ("current", "is a link to releases/7"),
        ("current/bin", "leads through current"),
        ("../other", "leads out of the folder of build.yaml"),
        ("releases/../releases", "has a `..`"),
        ("/etc", "absolute path"),
    ] {
        fs::write(
            &build_file,
            text.replace("target: .", &format!("target: {target}")),
        )
        .unwrap();
        let error = failed(&mut build(&home, &project), 124);
        assert!(
            error.contains(words) && !error.contains("rename it"),
            "{target}: {error}"
        );
    }
    fs::write(project.join("real.yaml"), &text).unwrap();
    fs::remove_file(&build_file).unwrap();
    symlink("real.yaml", &build_file).unwrap();
    let error = failed(&mut build(&home, &project), 124);
    assert!(
        error.contains("build.yaml: it is a link to real.yaml"),
        "{error}"
    );
    assert!(!project.join("ran").exists());
}

/// They could be built, but the host refused them as links that leave the package.
#[test]
fn a_built_package_is_unpacked_and_runs() {
    let home = Home::with_key();
    let project = home.project(&exporting("    run: [cat dot up/file a/b/back/b/file]\n"));
    fs::create_dir_all(project.join("a/b")).unwrap();
    fs::write(project.join("a/b/file"), "x").unwrap();
    for (link, target) in [
        ("dot", "./a/b/file"),
        ("up", "a/../a/b"),
        ("a/b/back", ".."),
    ] {
        symlink(target, project.join(link)).unwrap();
    }
    succeeded(&mut build(&home, &project));
    succeeded(home.art().args(["sign", NAME]));
    let mut exe = home.art();
    exe.args(["exe", NAME, "f"])
        .env("ART_PACKAGE_DIGEST", home.only_package().1);
    assert_eq!(succeeded(&mut exe), "xxx");
    // Each stays inside, and together they lead out.
    symlink("s/../x", project.join("a/l")).unwrap();
    symlink("..", project.join("a/s")).unwrap();
    let error = failed(&mut build(&home, &project), 124);
    assert!(error.contains("a/l: it is a link that leaves"), "{error}");
    assert!(error.contains("from where another link leads"), "{error}");
}

/// The first line had run by then.
#[test]
fn what_the_system_does_not_pass_on_is_refused_before_anything_runs() {
    let home = Home::new();
    let long = "x".repeat((128 << 10) - "A=".len());
    let project = home.project(&format!(
        "functions:\n  - name: f\n    run: [touch ran, $(g)]\n  - name: g\n    env: {{A: {long}}}\n    run: [':']\n"
    ));
    let error = failed(home.art().args(["run", "f"]).arg(&project), 123);
    assert!(
        error.contains("\"g\": the value of A is too long"),
        "{error}"
    );
    let fifty: Vec<String> = (10..60).map(|n| format!("V{n}: '${{A}}'")).collect();
    home.project(&format!(
        "env: {{A: {}}}\nfunctions:\n  - name: f\n    run: [touch ran, $(g)]\n  - name: g\n    env: {{{}}}\n    run: [':']\n",
        &long[2..],
        fifty.join(", ")
    ));
    let error = failed(home.art().args(["run", "f"]).arg(&project), 123);
    assert!(
        error.contains("all variables together") || error.contains("bytes together"),
        "{error}"
    );
    assert!(!project.join("ran").exists());
}
