//! The same source gives the same package, wherever, whenever and by whom it is built.

use crate::git::{NAME, PROJECT, build, build_by, git, is_missing, repository, write};
use crate::home::{Home, failed, succeeded};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// `art` of another user: the program is `art` in a shell that sets a umask.
fn art_under_umask(home: &Home, umask: &str) -> Command {
    let art = home.art();
    let mut shell = Command::new("/bin/sh");
    shell.env_clear();
    for (name, value) in art.get_envs() {
        shell.env(name, value.unwrap());
    }
    let line = format!("umask {umask}; exec \"$0\" \"$@\"");
    shell.args(["-c", &line]).arg(art.get_program());
    shell
}

#[test]
fn two_builds_of_one_commit_have_one_digest() {
    if is_missing() {
        return;
    }
    let publishers = [Home::new(), Home::new()];
    let (folder, _) = repository(&publishers[0], "repository");
    let profile = "profiles:\n  - name: p\n    run:\n      - mkdir -p out && date -u -d @$SOURCE_DATE_EPOCH > out/made || echo $SOURCE_DATE_EPOCH > out/made\n    target: .\n";
    write(&folder, "build.yaml", profile);
    write(&folder, ".gitignore", "/out\n");
    write(&folder, "deep/tool", "#!/bin/sh\n");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.join("deep/tool"), mode).unwrap();
    crate::git::commit_all(&folder);
    git(&folder, &["tag", "v1"]);
    let mut built = Vec::new();
    for (home, umask, zone, who) in [
        (&publishers[0], "022", "UTC", "Ann"),
        (&publishers[1], "077", "Pacific/Auckland", "Bob"),
    ] {
        let clone = home.path(&format!("clones/of-{who}"));
        fs::create_dir_all(clone.parent().unwrap()).unwrap();
        let mut shell = Command::new("/bin/sh");
        let line = format!("umask {umask}; exec git clone --quiet \"$0\" \"$1\"");
        succeeded(shell.args(["-c", &line]).arg(&folder).arg(&clone));
        git(&clone, &["config", "user.name", who]);
        git(&clone, &["checkout", "--quiet", "-b", who]);
        let mut art = art_under_umask(home, umask);
        art.env("TZ", zone)
            .env("LANG", "de_DE.UTF-8")
            .env("HOME", home.path(""))
            .env("USER", who);
        art.current_dir(home.path(""));
        let relative = format!("clones/of-{who}");
        built.push(build_by(home, &mut art, Path::new(&relative)));
    }
    assert_eq!(built[0].manifest, built[1].manifest);
    assert_eq!(built[0].digest, built[1].digest);
    assert_eq!(built[0].text("author"), "Ann");
}

#[test]
fn source_date_epoch_is_the_time_of_a_package() {
    let homes = [Home::new(), Home::new()];
    let built = homes.each_ref().map(|home| {
        let folder = home.project(PROJECT);
        let mut art = home.art();
        art.env("SOURCE_DATE_EPOCH", "86400");
        build_by(home, &mut art, &folder)
    });
    assert_eq!(built[0].digest, built[1].digest);
    assert_eq!(built[0].text("time"), "Friday, 02-Jan-70 00:00:00 UTC");
    assert!(built[0].text("ref").starts_with("19700102000000000-"));
    if is_missing() {
        return;
    }
    let (folder, _) = repository(&homes[0], "repository");
    let mut art = homes[0].art();
    art.env("SOURCE_DATE_EPOCH", "0");
    let built = build_by(&homes[0], &mut art, &folder);
    assert_eq!(built.text("time"), "Thursday, 01-Jan-70 00:00:00 UTC");
}

#[test]
fn a_source_date_epoch_that_is_none_is_an_error_before_anything_runs() {
    let home = Home::new();
    let run = "profiles:\n  - name: p\n    run:\n      - echo > ran\n    target: .\n";
    let folder = home.project(run);
    for value in ["", "yesterday", "1.5", "-1"] {
        let mut art = home.art();
        art.env("SOURCE_DATE_EPOCH", value);
        let error = failed(art.args(["build", "-t", NAME]).arg(&folder), 124);
        assert!(
            error.contains("SOURCE_DATE_EPOCH") && error.contains("whole seconds"),
            "{error}"
        );
    }
    assert!(!folder.join("ran").exists());
}

#[test]
fn each_tag_has_a_reference_of_its_own() {
    let home = Home::new();
    let folder = home.project(PROJECT);
    let reference = |name: &str| {
        let mut art = home.art();
        art.env("SOURCE_DATE_EPOCH", "0");
        let printed = succeeded(art.args(["build", "--json", "-t", name]).arg(&folder));
        let built: serde_json::Value = serde_json::from_str(&printed).unwrap();
        built["ref"].as_str().unwrap().to_owned()
    };
    assert_ne!(reference("r.io/ops/a:1"), reference("r.io/ops/a:2"));
    assert_eq!(reference("r.io/ops/a:1"), reference("mirror.io/ops/a:1"));
}

/// The signature is over the digest, which is the same.
#[test]
fn a_package_that_is_built_again_keeps_its_signatures() {
    let home = Home::with_key();
    let folder = home.project(PROJECT);
    let build = || {
        let mut art = home.art();
        art.env("SOURCE_DATE_EPOCH", "0");
        build_by(&home, &mut art, &folder)
    };
    build();
    succeeded(home.art().args(["sign", NAME]));
    build();
    succeeded(home.art().args(["verify", NAME]));
    write(&folder, "new", "x");
    build();
    let error = failed(home.art().args(["verify", NAME]), 121);
    assert!(error.contains("not signed"), "{error}");
}

#[test]
fn two_builds_at_different_times_without_a_source_of_time_differ() {
    let home = Home::new();
    let folder = home.project(PROJECT);
    let first = build(&home, &folder);
    assert_ne!(build(&home, &folder).text("ref"), first.text("ref"));
}

/// Lines print what they like.
#[test]
fn with_json_standard_output_is_json_alone() {
    let home = Home::new();
    let folder = home.project(
        "profiles:\n  - name: p\n    run:\n      - echo printed\n      - $(say)\n    target: .\n\
         functions:\n  - name: say\n    run:\n      - echo said\n",
    );
    let build = |arguments: &[&str]| {
        let mut art = home.art();
        let output = art.args(["build", "-t", NAME]).args(arguments).arg(&folder);
        output.output().unwrap()
    };
    let output = build(&["--json"]);
    serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
    let error = crate::home::text(&output.stderr);
    assert!(
        error.contains("printed\n") && error.contains("said\n"),
        "{error}"
    );
    let output = crate::home::text(&build(&[]).stdout);
    assert!(output.starts_with("printed\nsaid\n"), "{output}");
}
