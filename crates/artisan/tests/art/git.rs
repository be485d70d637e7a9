//! Repositories that packages are built from, made by the real git.

use crate::home::{Home, succeeded};
use needs::{Need, lacks};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// 2023-11-14T22:13:20Z
pub(crate) const COMMITTED: &str = "1700000000 +0000";

pub(crate) const NAME: &str = "r.example.com/ops/hello:1";

pub(crate) const PROJECT: &str = "profiles:\n  - name: p\n    target: .\nfunctions:\n  - name: f\n    export: true\n    run:\n      - 'true'\n";

pub(crate) fn is_missing() -> bool {
    lacks(&[Need::Program("git")])
}

/// Runs git as a user without settings.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", COMMITTED)
        .env("GIT_COMMITTER_DATE", COMMITTED)
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"])
        .args(["-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always", "-C"])
        .arg(folder);
    succeeded(git.args(arguments)).trim().to_owned()
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn commit_all(folder: &Path) -> String {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--allow-empty", "-m", "c"]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A repository of this name in the home, with one commit, and that commit.
pub(crate) fn repository(home: &Home, name: &str) -> (PathBuf, String) {
    let folder = home.path(name);
    fs::create_dir_all(&folder).unwrap();
    git(&folder, &["init", "--quiet"]);
    write(&folder, "build.yaml", PROJECT);
    write(&folder, "src/main.sh", "echo\n");
    let commit = commit_all(&folder);
    (folder, commit)
}

/// What was built last.
pub(crate) struct Built {
    pub(crate) manifest: serde_json::Value,
    pub(crate) digest: String,
    pub(crate) stderr: String,
}

impl Built {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.manifest[member].as_str().unwrap_or_default()
    }
}

/// Builds with a command that is prepared otherwise, and reads what came of it.
pub(crate) fn build_by(home: &Home, command: &mut Command, folder: &Path) -> Built {
    let build = command.args(["build", "--json", "-t", NAME]).arg(folder);
    let output = build.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let built: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let reference = built["ref"].as_str().unwrap();
    let seal = fs::read(home.path(&format!("art/packages/{reference}.json"))).unwrap();
    let seal: serde_json::Value = serde_json::from_slice(&seal).unwrap();
    assert_eq!(seal["digest"], built["digest"]);
    let commit = seal["manifest"]["commit"].as_str();
    assert_eq!(built["commit"].as_str(), commit);
    Built {
        manifest: seal["manifest"].clone(),
        digest: built["digest"].as_str().unwrap().to_owned(),
        stderr,
    }
}

pub(crate) fn build(home: &Home, folder: &Path) -> Built {
    build_by(home, &mut home.art(), folder)
}
