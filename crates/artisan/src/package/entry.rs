//! Names in an archive, and which of them may be unpacked.

use crate::output;
use std::path::PathBuf;

/// How many parts a name may have. Each is a folder on the disk, which nothing
/// else limits: they have no bytes and need no entry of their own.
const MAX_DEPTH: usize = 64;

/// The longest path, in bytes: on a host it follows that of the folder that it is unpacked
/// into, and the system takes 4,096 with both.
const MAX_PATH: usize = 3_072;

/// The bits of an entry's mode that are kept: neither set-user-id nor sticky ones.
pub(super) const KEPT_MODE: u32 = 0o777;
/// The mode of folders that an archive does not list.
pub(super) const DEFAULT_FOLDER_MODE: u32 = 0o755;

/// The mode that a file is packed with: whether its owner may execute it is all that
/// version control knows, and what the umask of a checkout leaves of it.
pub(super) fn packed_mode(mode: u32) -> u32 {
    if mode & 0o100 == 0 { 0o644 } else { 0o755 }
}

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

/// Properties of files and folders that a package does not keep. The first few files are named.
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
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the archive's entry {entry:?} {reason}")]
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

/// Why a package cannot have an entry of some name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadName {
    NotUtf8,
    Backslash,
    Control,
    Absolute,
    Upwards,
    EmptyPart,
    TooDeep,
    TooLong,
}

impl BadName {
    /// What such a name is.
    fn reason(self) -> &'static str {
        match self {
            Self::NotUtf8 => "has a name that is not UTF-8",
            Self::Backslash => "has a backslash in its name",
            Self::Control => "has a control character in its name",
            Self::Absolute => "has an absolute name",
            Self::Upwards => "leads out of its folder with `..`",
            Self::EmptyPart => "has an empty part in its name",
            Self::TooDeep => "lies too deep: a path may have up to 64 names",
            Self::TooLong => "has too long a path: it may have up to 3072 bytes",
        }
    }

    /// The permissions of the user who packs it.
    pub(super) fn advice(self) -> String {
        let cure = match self {
            Self::NotUtf8 | Self::Backslash | Self::Control | Self::EmptyPart => "rename it",
            Self::Absolute | Self::Upwards => "name it from the folder of build.yaml down",
            Self::TooDeep => "move it up, or pack it as an archive",
            Self::TooLong => "shorten its name, or those of its folders",
        };
        format!("it {}: {cure}", self.reason())
    }
}

// They stand in the reasons.
const _: () = assert!(MAX_DEPTH == 64 && MAX_PATH == 3072);

/// The path beneath the package's folder that an entry's name stands for.
pub(crate) fn path_of(name: &[u8]) -> Result<PathBuf, Refusal> {
    check_name(name).map_err(|bad| Refusal::new(name, bad.reason()))
}

/// As [`path_of`], for entries that are packed.
pub(super) fn check_name(name: &[u8]) -> Result<PathBuf, BadName> {
    let text = std::str::from_utf8(name).map_err(|_| BadName::NotUtf8)?;
    if text.contains('\\') {
        return Err(BadName::Backslash);
    }
    if text.chars().any(char::is_control) {
        return Err(BadName::Control);
    }
    if text.starts_with('/') {
        return Err(BadName::Absolute);
    }
    let path = text.strip_suffix('/').unwrap_or(text);
    match path
        .split('/')
        .find(|part| matches!(*part, "" | "." | ".."))
    {
        Some("..") => Err(BadName::Upwards),
        Some(_) => Err(BadName::EmptyPart),
        None if path.split('/').count() > MAX_DEPTH => Err(BadName::TooDeep),
        None if path.len() > MAX_PATH => Err(BadName::TooLong),
        None => Ok(PathBuf::from(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

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
    fn lost_properties_are_named_and_counted() {
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
    fn each_bad_name_has_its_own_reason_and_cure() {
        let deep = "a/".repeat(MAX_DEPTH + 1);
        let long = ["x".repeat(250).as_str(); 13].join("/");
        for (name, bad, cure) in [
            (&b"\xff"[..], BadName::NotUtf8, "rename it"),
            (b"a\\b", BadName::Backslash, "rename it"),
            (b"a\nb", BadName::Control, "rename it"),
            (b"/a", BadName::Absolute, "from the folder of build.yaml"),
            (b"a/../b", BadName::Upwards, "from the folder of build.yaml"),
            (deep.as_bytes(), BadName::TooDeep, "move it up"),
            (long.as_bytes(), BadName::TooLong, "shorten"),
        ] {
            assert_eq!(check_name(name), Err(bad));
            assert!(bad.advice().contains(cure), "{}", bad.advice());
        }
    }
}
