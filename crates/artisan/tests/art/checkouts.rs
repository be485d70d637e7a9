//! Kinds of checkouts: worktrees, shallow and separate ones, modules.

use crate::git::{build, commit_all, git, is_missing, repository, write};
use crate::home::Home;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Makes checkouts of the commit in `folder`, one of each kind. None has a `.git` folder of its
/// own. Returns their names.
fn checkouts(home: &Home, folder: &Path) -> [&'static str; 7] {
    let path = |name: &str| home.path(name).to_str().unwrap().to_owned();
    git(folder, &["worktree", "add", "--quiet", &path("worktree")]);
    git(
        folder,
        &[
            "clone",
            "--quiet",
            "--depth=1",
            &format!("file://{}", path("repository")),
            &path("shallow"),
        ],
    );
    git(folder, &["clone", "--quiet", ".", &path("detached")]);
    git(&home.path("detached"), &["checkout", "--quiet", "--detach"]);
    git(
        folder,
        &[
            "clone",
            "--quiet",
            "--separate-git-dir",
            &path("records"),
            ".",
            &path("separate"),
        ],
    );
    with_module(home, folder);
    symlink(home.path("detached"), home.path("by-link")).unwrap();
    [
        "repository",
        "worktree",
        "shallow",
        "detached",
        "separate",
        "above/module",
        "by-link",
    ]
}

/// Makes the checkout `above`, with the repository in `folder` as its module.
fn with_module(home: &Home, folder: &Path) -> PathBuf {
    let (above, _) = repository(home, "above");
    let origin = folder.to_str().unwrap();
    git(&above, &["submodule", "--quiet", "add", origin, "module"]);
    above
}

#[test]
fn every_kind_of_checkout_is_known_and_its_records_are_not_packed() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (folder, commit) = repository(&home, "repository");
    let mut digests = Vec::new();
    for name in checkouts(&home, &folder) {
        let built = build(&home, &home.path(name));
        assert_eq!(
            (built.text("commit"), &*built.stderr),
            (&*commit, ""),
            "{name}"
        );
        digests.push(built.digest);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

/// A module is a part of the checkout around it.
#[test]
fn a_module_that_is_dirty_or_missing_makes_the_checkout_dirty() {
    if is_missing() {
        return;
    }
    let home = Home::new();
    let (folder, _) = repository(&home, "repository");
    let above = with_module(&home, &folder);
    let commit = commit_all(&above);
    assert_eq!(build(&home, &above).text("commit"), commit);
    write(&above, "module/new", "x");
    assert_eq!(
        build(&home, &above).text("commit"),
        format!("{commit}-dirty")
    );
    let without = home.path("without");
    let copy = without.to_str().unwrap();
    git(&above, &["clone", "--quiet", ".", copy]);
    let built = build(&home, &without);
    assert_eq!(
        built.text("commit"),
        format!("{commit}-dirty"),
        "{}",
        built.stderr
    );
    assert!(built.stderr.contains("module"), "{}", built.stderr);
}
