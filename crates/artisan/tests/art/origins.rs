//! What a package says of where it came from: of the folder that is packed, or nothing.

use crate::git::{Built, build, build_by, commit_all, git, is_missing, repository, write};
use crate::home::Home;
use needs::{Need, lacks};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

#[test]
fn a_clean_checkout_is_recorded_with_its_commit() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (folder, commit) = repository(&home, "repository");
    let url = "https://ann:token@git.example.com/ops/hello.git";
    git(&folder, &["remote", "add", "origin", url]);
    let built = build(&home, &folder);
    assert_eq!(built.text("commit"), commit);
    assert_eq!(built.text("source"), "https://git.example.com/ops/hello");
    assert_eq!(built.text("author"), "Ann");
    assert_eq!(built.text("time"), "Tuesday, 14-Nov-23 22:13:20 UTC");
    assert!(built.text("ref").starts_with("20231114221320000-"));
    assert_eq!(built.stderr, "");
}

/// A hook's variables name the repository that git was called in.
#[test]
fn another_repository_that_the_environment_names_is_not_asked() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (folder, commit) = repository(&home, "ours");
    let (other, _) = repository(&home, "theirs");
    write(&other, "more", "x");
    commit_all(&other);
    let plain = home.project(crate::git::PROJECT);
    let dot_git = other.join(".git");
    let as_hook = |folder: &Path| {
        let mut art = home.art();
        art.env("GIT_DIR", &dot_git)
            .env("GIT_WORK_TREE", &other)
            .env("GIT_INDEX_FILE", dot_git.join("index"))
            .env("GIT_COMMON_DIR", &dot_git)
            .env("GIT_OBJECT_DIRECTORY", dot_git.join("objects"))
            .env("GIT_PREFIX", "src/")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "remote.origin.url")
            .env("GIT_CONFIG_VALUE_0", "https://evil.example.com/x");
        build_by(&home, &mut art, folder)
    };
    let built = as_hook(&folder);
    assert_eq!((built.text("commit"), built.text("source")), (&*commit, ""));
    let built = as_hook(&plain);
    assert_eq!((built.text("commit"), built.stderr.as_str()), ("", ""));
}

type Change = fn(&Path);

/// What differs from the commit, however it does.
const CHANGES: [(&str, Change); 9] = [
    ("src/main.sh", |folder| {
        write(folder, "src/main.sh", "false\n")
    }),
    ("src/main.sh", |folder| {
        write(folder, "src/main.sh", "false\n");
        git(folder, &["add", "--all"]);
    }),
    ("src/main.sh", |folder| {
        let path = folder.join("src/main.sh");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }),
    ("src/main.sh", |folder| {
        fs::remove_file(folder.join("src/main.sh")).unwrap()
    }),
    ("new", |folder| write(folder, "new", "x")),
    ("new", |folder| {
        // The publisher's own settings hide it.
        git(folder, &["config", "status.showUntrackedFiles", "no"]);
        write(folder, "new", "x");
    }),
    ("src/main.sh", |folder| {
        git(
            folder,
            &["update-index", "--assume-unchanged", "src/main.sh"],
        );
        write(folder, "src/main.sh", "false\n");
    }),
    ("src/main.sh", |folder| {
        git(folder, &["update-index", "--skip-worktree", "src/main.sh"]);
        write(folder, "src/main.sh", "false\n");
    }),
    ("build.yaml", |folder| {
        git(folder, &["rm", "--quiet", "--cached", "build.yaml"]);
        write(folder, ".gitignore", "build.yaml\n");
        commit_all(folder);
    }),
];

#[test]
fn differences_from_the_commit_are_reported_as_dirty() {
    if is_missing() {
        return;
    }
    for (name, change) in CHANGES {
        let home = Home::new();
        let (folder, _) = repository(&home, "repository");
        change(&folder);
        let commit = git(&folder, &["rev-parse", "HEAD"]);
        let built = build(&home, &folder);
        assert_eq!(built.text("commit"), format!("{commit}-dirty"), "{name}");
        assert!(!built.text("time").contains("14-Nov-23"), "{name}");
        assert!(
            built.stderr.contains("differs from the commit") && built.stderr.contains(name),
            "{name}: {}",
            built.stderr
        );
    }
}

#[test]
fn ignored_files_files_elsewhere_and_the_home_are_not_dirty() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (top, _) = repository(&home, "repository");
    let folder = top.join("packages/one");
    write(&folder, "build.yaml", crate::git::PROJECT);
    write(&top, ".gitignore", "*.o\n");
    let commit = commit_all(&top);
    write(&folder, "main.o", "x");
    write(&top, "src/main.sh", "changed\n");
    write(&folder, "artisan/keys/sign.pgp", "x");
    let mut art = home.art();
    art.env("ARTISAN_HOME", folder.join("artisan"));
    let output = art
        .args(["build", "--json", "-t", crate::git::NAME])
        .arg(&folder);
    let output = output.output().unwrap();
    let built: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        built["commit"],
        commit,
        "{}",
        crate::home::text(&output.stderr)
    );
}

#[test]
fn what_run_lines_change_is_dirt_and_what_they_make_is_not() {
    if is_missing() {
        return;
    }
    for (line, is_dirty) in [
        ("echo > made", false),
        ("echo > src/main.sh", true),
        (
            "git -c user.name=a -c user.email=b commit -q --allow-empty -m c",
            true,
        ),
    ] {
        let home = Home::new();
        let (folder, _) = repository(&home, "repository");
        let file = format!("profiles:\n  - name: p\n    run:\n      - {line}\n    target: .\n");
        write(&folder, "build.yaml", &file);
        let commit = commit_all(&folder);
        let built = build(&home, &folder);
        let expected = if is_dirty {
            format!("{commit}-dirty")
        } else {
            commit
        };
        assert_eq!(built.text("commit"), expected, "{line}: {}", built.stderr);
    }
}

/// Where there is a repository, and nothing can be stderr of the folder, that is stderr.
fn assert_unknown(built: &Built, why: &str) {
    for member in ["commit", "source", "author", "branch"] {
        assert_eq!(built.text(member), "", "{member}");
    }
    assert!(
        built.stderr.contains("does not say which commit") && built.stderr.contains(why),
        "{why}: {}",
        built.stderr
    );
}

#[test]
fn an_origin_that_is_not_the_folders_is_unknown() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    // A repository of dotfiles that ignores everything else.
    let (top, _) = repository(&home, "dotfiles");
    write(&top, ".gitignore", "/work\n");
    commit_all(&top);
    write(&top, "work/build.yaml", crate::git::PROJECT);
    assert_unknown(&build(&home, &top.join("work")), "nothing of this folder");

    let empty = home.path("empty");
    write(&empty, "build.yaml", crate::git::PROJECT);
    git(&empty, &["init", "--quiet"]);
    assert_unknown(&build(&home, &empty), "no commit yet");

    let (elsewhere, _) = repository(&home, "elsewhere");
    let folder = home.path("dotfiles");
    git(
        &elsewhere,
        &["config", "core.worktree", folder.to_str().unwrap()],
    );
    assert_unknown(&build(&home, &elsewhere), "elsewhere");

    // The worktree of a repository that is not there, as in a container.
    let lost = home.path("lost");
    write(&lost, "build.yaml", crate::git::PROJECT);
    write(&lost, ".git", "gitdir: /nowhere/.git/worktrees/w\n");
    assert_unknown(&build(&home, &lost), "not a git repository");

    let (folder, _) = repository(&home, "without");
    let mut art = home.art();
    art.env("PATH", home.path("none"));
    assert_unknown(&build_by(&home, &mut art, &folder), "git cannot be run");
}

#[test]
fn no_repository_needs_no_word() {
    let home = Home::new();
    let folder = home.project(crate::git::PROJECT);
    let mut art = home.art();
    art.env("PATH", home.path("none"));
    for built in [build(&home, &folder), build_by(&home, &mut art, &folder)] {
        assert_eq!((built.text("commit"), built.stderr.as_str()), ("", ""));
    }
}

#[test]
fn a_checkout_of_another_user_is_unknown_and_the_cure_named() {
    if is_missing() || lacks(&[Need::Root]) {
        return;
    }
    let home = Home::new();
    let (folder, commit) = repository(&home, "repository");
    for path in [&folder, &folder.join(".git")] {
        chown(path, Some(12_345), None).unwrap();
    }
    let built = build(&home, &folder);
    let cure = format!(
        "git config --global --add safe.directory {}",
        folder.display()
    );
    assert_unknown(&built, &cure);
    let mut art = home.art();
    let settings = format!("[safe]\n\tdirectory = {}\n", folder.display());
    write(&home.path(""), "settings", &settings);
    art.env("GIT_CONFIG_GLOBAL", home.path("settings"));
    assert_eq!(build_by(&home, &mut art, &folder).text("commit"), commit);
}

#[test]
fn abuse_a_repository_that_has_git_run_programs() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (folder, commit) = repository(&home, "repository");
    let trap = home.path("trap");
    write(
        &home.path(""),
        "trap",
        &format!("#!/bin/sh\necho > {}/sprung\n", home.path("").display()),
    );
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.to_str().unwrap();
    let hooks = folder.join(".git/hooks");
    for hook in [
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
    ] {
        symlink(trap, hooks.join(hook)).unwrap();
    }
    for setting in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "gpg.program",
        "diff.external",
    ] {
        git(&folder, &["config", setting, trap]);
    }
    git(&folder, &["config", "log.showSignature", "true"]);
    // Its stamp is another one, so that git has to look at it.
    fs::write(folder.join("src/main.sh"), "echo\n").unwrap();
    assert_eq!(build(&home, &folder).text("commit"), commit);
    assert!(!home.path("sprung").exists());
}
