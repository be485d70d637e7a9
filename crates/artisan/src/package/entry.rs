//! Names in an archive, and which of them may be unpacked.

use crate::output;
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// How many parts a name may have. Each is a folder on the disk, which nothing
/// else limits: they have no bytes and need no entry of their own.
const MAX_DEPTH: usize = 64;

/// The bits of a mode that are kept: neither set-user-id nor sticky ones.
pub(super) const KEPT_MODE: u32 = 0o777;
/// The mode of folders of which an archive says nothing.
pub(super) const DEFAULT_FOLDER_MODE: u32 = 0o755;

/// The bits of a mode that no package keeps, for a person.
pub(super) fn special_bits(mode: u32) -> Option<&'static str> {
    match mode & 0o7_000 {
        0 => None,
        0o4_000 => Some("set-user-id bit"),
        0o2_000 => Some("set-group-id bit"),
        0o1_000 => Some("sticky bit"),
        _ => Some("set-user-id, set-group-id or sticky bits"),
    }
}

/// What is lost of files and folders, of which the first few are named.
#[derive(Debug, Default)]
pub(super) struct Unkept {
    named: Vec<String>,
    more: usize,
}

impl Unkept {
    /// Notes the bits of a mode that are lost.
    pub(super) fn note_bits(&mut self, name: &str, mode: u32) {
        if let Some(bits) = special_bits(mode) {
            self.note(name, bits);
        }
    }

    /// Notes that something of an entry is lost.
    pub(super) fn note(&mut self, name: &str, what: &str) {
        const NAMED: usize = 5;
        if self.named.len() < NAMED {
            self.named.push(format!("the {what} of {name}"));
        } else {
            self.more += 1;
        }
    }

    /// Says all of it.
    pub(super) fn say(&self) {
        if let Some(text) = self.text() {
            output::note(&text);
        }
    }

    fn text(&self) -> Option<String> {
        let named = self.named.join(", ");
        match (self.named.len(), self.more) {
            (0, _) => None,
            (_, 0) => Some(format!("not kept: {named}")),
            (_, more) => Some(format!("not kept: {named}, and as much of {more} more")),
        }
    }
}

/// Why an archive, or one of its entries, is not unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    entry: String,
    reason: &'static str,
}

impl Refusal {
    /// Refuses the entry of that name.
    pub(crate) fn new(entry: &[u8], reason: &'static str) -> Self {
        Self {
            entry: String::from_utf8_lossy(entry).into_owned(),
            reason,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the archive's entry {:?} {}", self.entry, self.reason)
    }
}

/// The path beneath the package's folder that an entry's name stands for.
pub(crate) fn path_of(name: &[u8]) -> Result<PathBuf, Refusal> {
    let refuse = |reason| Err(Refusal::new(name, reason));
    let Ok(text) = std::str::from_utf8(name) else {
        return refuse("has a name that is not UTF-8");
    };
    if text.contains('\\') {
        return refuse("has a backslash in its name");
    }
    if text.chars().any(char::is_control) {
        return refuse("has a control character in its name");
    }
    if text.starts_with('/') {
        return refuse("has an absolute name");
    }
    let path = text.strip_suffix('/').unwrap_or(text);
    match path
        .split('/')
        .find(|part| matches!(*part, "" | "." | ".."))
    {
        Some("..") => refuse("leads out of its folder with `..`"),
        Some(_) => refuse("has an empty part in its name"),
        None if path.split('/').count() > MAX_DEPTH => refuse("lies too deep"),
        None => Ok(PathBuf::from(path)),
    }
}

/// Whether a link at `link` to `target` stays in the package's folder.
///
/// Only `../…/name/…` is accepted: `..` after a name could go up from
/// wherever another link leads. The folders above `link` are real, so each
/// `..` at the beginning is one step up from there.
pub(crate) fn link_stays_inside(link: &Path, target: &Path) -> bool {
    let depth = link.components().count().saturating_sub(1);
    let ups = target
        .components()
        .take_while(|part| *part == Component::ParentDir)
        .count();
    let names_only = target
        .components()
        .skip(ups)
        .all(|part| matches!(part, Component::Normal(_)));
    names_only && ups <= depth && !target.as_os_str().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_paths() {
        for (name, path) in [
            ("a", "a"),
            ("a/b.txt", "a/b.txt"),
            ("a/", "a"),
            ("é/..a", "é/..a"),
        ] {
            assert_eq!(path_of(name.as_bytes()).unwrap(), Path::new(path));
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let names: [&[u8]; 11] = [
            b"",
            b"/",
            b"/etc/passwd",
            b"../a",
            b"a/../../b",
            b"a/..",
            b"./a",
            b"a//b",
            b"a\\..\\b",
            b"a\0b",
            b"\xff",
        ];
        for name in names {
            assert!(path_of(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_of_endless_depth_are_refused() {
        assert!(path_of("a/".repeat(MAX_DEPTH).as_bytes()).is_ok());
        assert!(path_of("a/".repeat(MAX_DEPTH + 1).as_bytes()).is_err());
    }

    #[test]
    fn what_is_lost_is_named_and_counted() {
        let mut unkept = Unkept::default();
        unkept.note_bits("plain", 0o755);
        assert_eq!(unkept.text(), None);
        unkept.note_bits("bin/su", 0o104_755);
        unkept.note_bits("lib", 0o042_775);
        let two = "not kept: the set-user-id bit of bin/su, the set-group-id bit of lib";
        assert_eq!(unkept.text().as_deref(), Some(two));
        (0..10).for_each(|_| unkept.note("a", "access list"));
        assert!(unkept.text().unwrap().ends_with("and as much of 7 more"));
    }

    #[test]
    fn links_stay_inside() {
        let inside = |link: &str, target: &str| link_stays_inside(link.as_ref(), target.as_ref());
        assert!(inside("l", "a/b"));
        assert!(inside("a/l", "../b"));
        for (link, target) in [
            ("l", ""),
            ("l", "/etc"),
            ("l", ".."),
            ("a/l", "../../b"),
            ("a/l", "b/../../c"),
            ("a/b/l", "c/.."),
        ] {
            assert!(!inside(link, target), "{link} -> {target}");
        }
    }
}
