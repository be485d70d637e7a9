//! In what a folder differs from the commit that is checked out there.

use super::git::{Git, NoAnswer};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The files that differ; the first few are named.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dirt {
    named: Vec<String>,
    more: usize,
}

impl Dirt {
    /// What was changed, and what git neither has nor ignores. Of `home` nothing is packed.
    ///
    /// # Errors
    /// When git does not say.
    pub(super) fn of(git: &Git<'_>, folder: &Path, home: &Path) -> Result<Self, NoAnswer> {
        let home = home.canonicalize().ok();
        let beneath = home.and_then(|home| {
            let beneath = home.strip_prefix(folder).ok()?.as_os_str().to_owned();
            (!beneath.is_empty()).then_some(beneath)
        });
        let mut dirt = Self::default();
        dirt.look(git, "--untracked-files=normal", beneath.as_deref())?;
        dirt.look_behind(git)?;
        Ok(dirt)
    }

    /// What was changed of that which git has.
    ///
    /// # Errors
    /// When git does not say.
    pub(super) fn of_committed(git: &Git<'_>) -> Result<Self, NoAnswer> {
        let mut dirt = Self::default();
        dirt.look(git, "--untracked-files=no", None)?;
        Ok(dirt)
    }

    fn look(
        &mut self,
        git: &Git<'_>,
        untracked: &str,
        but: Option<&OsStr>,
    ) -> Result<(), NoAnswer> {
        let arguments = ["status", "--porcelain", "-z", "--ignore-submodules=none"];
        let mut arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        arguments.extend(["--", "."].map(OsStr::new));
        arguments.insert(1, OsStr::new(untracked));
        let but = but.map(|but| {
            let mut path = OsString::from(":(exclude,literal)");
            path.push(but);
            path
        });
        arguments.extend(but.as_deref());
        // Two letters and a blank stand before the path.
        git.records(&arguments, |record| {
            self.add(&String::from_utf8_lossy(record.get(3..).unwrap_or(record)));
        })
    }

    /// What git does not look at: because of `update-index`, or because it is a submodule that
    /// was not checked out.
    fn look_behind(&mut self, git: &Git<'_>) -> Result<(), NoAnswer> {
        let arguments = ["ls-files", "-v", "--stage", "-z", "--", "."].map(OsStr::new);
        git.records(&arguments, |record| {
            let (about, path) = split_at_tab(record);
            let is_unseen = about
                .first()
                .is_some_and(|tag| matches!(tag, b'a'..=b'z' | b'S'));
            let is_module = about
                .get(2..)
                .is_some_and(|mode| mode.starts_with(b"160000"));
            let module = || git.0.join(OsStr::from_bytes(path)).join(".git");
            if is_unseen || (is_module && module().symlink_metadata().is_err()) {
                self.add(&String::from_utf8_lossy(path));
            }
        })
    }

    /// Adds something that differs.
    pub(super) fn add(&mut self, name: &str) {
        const NAMED: usize = 3;
        if self.named.len() < NAMED {
            self.named.push(name.to_owned());
        } else {
            self.more += 1;
        }
    }

    /// Whether nothing differs.
    pub(super) fn is_none(&self) -> bool {
        self.named.is_empty()
    }
}

fn split_at_tab(record: &[u8]) -> (&[u8], &[u8]) {
    let at = record.iter().position(|byte| *byte == b'\t');
    at.map_or((record, b""), |at| (&record[..at], &record[at + 1..]))
}

impl fmt::Display for Dirt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.named.join(", "))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
