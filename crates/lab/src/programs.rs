//! The three programs, from a named folder or from builds of their own. Packages and keys
//! may be made by another `art`, which `PILOT_TEST_PUBLISHER` names.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub struct Programs {
    pub pilot: PathBuf,
    pub pilotctl: PathBuf,
    pub art: PathBuf,
    /// The `art` of a publisher, who makes packages and keys.
    pub publisher: PathBuf,
}

/// Builds the programs on first use.
///
/// A whole-workspace build would link what the agent does not ask for, so each
/// is built by itself.
pub fn programs() -> &'static Programs {
    PROGRAMS.get_or_init(|| in_folder(&named_or_built(&["--quiet"])))
}

/// As [`programs`], with cargo's progress shown.
pub fn build_with_progress() -> &'static Programs {
    PROGRAMS.get_or_init(|| in_folder(&named_or_built(&["--locked"])))
}

fn named_or_built(options: &[&str]) -> PathBuf {
    std::env::var_os("PILOT_TEST_BIN").map_or_else(|| build(options), PathBuf::from)
}

static PROGRAMS: OnceLock<Programs> = OnceLock::new();

/// Has this agent taken in place of the one that would be built, unless it was
/// needed already.
pub fn take_pilot(pilot: &Path) {
    let _ = PROGRAMS.set(Programs {
        pilot: pilot.to_path_buf(),
        ..in_folder(&named_or_built(&["--quiet"]))
    });
}

/// Has the programs taken from this folder, unless they were needed already.
pub fn take_from(folder: &Path) {
    let _ = PROGRAMS.set(in_folder(folder));
}

fn in_folder(folder: &Path) -> Programs {
    let art = folder.join("art");
    let publisher = std::env::var_os("PILOT_TEST_PUBLISHER");
    Programs {
        pilot: folder.join("pilot"),
        pilotctl: folder.join("pilotctl"),
        publisher: publisher.map_or_else(|| art.clone(), PathBuf::from),
        art,
    }
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn build(options: &[&str]) -> PathBuf {
    let root = &workspace();
    for package in ["pilot", "pilotctl", "art"] {
        let mut build = Command::new(env!("CARGO"));
        let status = build
            .args(["build", "--package", package])
            .args(options)
            .current_dir(root)
            .status();
        assert!(status.unwrap().success(), "building {package}");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |target| root.join(target));
    target.join("debug")
}
