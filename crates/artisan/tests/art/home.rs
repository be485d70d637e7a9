//! A home folder of its own for each test, and `art` in it.

use crate::registry::Registry;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("art/keys/verify")).unwrap();
        Self { folder }
    }

    /// A home with a key that signs and is trusted.
    pub(crate) fn with_key() -> Self {
        let home = Self::new();
        home.make_key("publisher");
        let keys = home.path("art/keys");
        fs::copy(home.path("publisher_key.pgp"), keys.join("sign.pgp")).unwrap();
        fs::copy(
            home.path("publisher_pub.pgp"),
            keys.join("verify/publisher.pgp"),
        )
        .unwrap();
        home
    }

    pub(crate) fn make_key(&self, owner: &str) {
        let folder = self.folder.path().to_str().unwrap();
        succeeded(self.art().args([
            "pgp",
            "gen",
            "-n",
            owner,
            "-e",
            "a@example.com",
            "-o",
            folder,
        ]));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `art` with this home and nothing else of our environment than PATH. It asks
    /// a registry once, so that refusals come at once.
    pub(crate) fn art(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_art"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("ARTISAN_HOME", self.path("art"))
            .env("ART_PULL_ATTEMPTS", "1");
        command
    }

    /// The same, trusting that registry's CA.
    pub(crate) fn art_with(&self, registry: &Registry) -> Command {
        let ca = self.path("ca.pem");
        fs::write(&ca, &registry.ca).unwrap();
        let mut command = self.art();
        command.env("ART_CA_FILE", ca);
        command
    }

    /// Writes a project and returns its folder.
    pub(crate) fn project(&self, build_file: &str) -> PathBuf {
        let folder = self.path("project");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("build.yaml"), build_file).unwrap();
        folder
    }

    /// Builds and signs a package.
    pub(crate) fn package(&self, name: &str, build_file: &str) {
        let project = self.project(build_file);
        succeeded(self.art().args(["build", "-t", name]).arg(project));
        succeeded(self.art().args(["sign", name]));
    }

    /// Reference and digest of the only package in the store.
    pub(crate) fn only_package(&self) -> (String, String) {
        let listed = succeeded(self.art().args(["ls", "--json"]));
        let packages: serde_json::Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(packages.as_array().unwrap().len(), 1, "{listed}");
        let text = |member: &str| packages[0][member].as_str().unwrap().to_owned();
        (text("ref"), text("digest"))
    }

    /// What lies in the folder for running packages.
    pub(crate) fn left_behind(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("art/run")) else {
            return Vec::new();
        };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must succeed, and returns its standard output.
pub(crate) fn succeeded(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{command:?}: {error}");
    text(&output.stdout)
}

/// Runs a command that must exit with `code`, and returns its standard error.
pub(crate) fn failed(command: &mut Command, code: i32) -> String {
    let output: Output = command.output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {error}");
    error
}

pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/vectors")
}
