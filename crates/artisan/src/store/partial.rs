//! The received part of an archive whose pull ended early, for the next pull of it.
//!
//! `partial/REF` holds the registry's name for the bytes (ETag) on one line, and the bytes. A
//! function may have changed them: they are only copied into a private file, and the whole
//! archive has to match the seal.

use super::Store;
use crate::failure::Failure;
use crate::files::COPIED_AT_ONCE;
use crate::package::{Draft, Reference};
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Older files are useless: the tag has moved on, or the pull was given up.
const LONGEST_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest name that a registry may have for bytes.
const LONGEST_NAME: u64 = 1 << 10;

/// Where the bytes of an archive are kept until all have come.
#[derive(Debug)]
pub(crate) struct Partial {
    /// Locked while it is written.
    file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Store {
    /// The file for an archive's bytes, less those of all others. `None` where another `art`
    /// pulls the same one, or the disk refuses. It only saves time.
    pub(crate) fn partial(&self, reference: &Reference) -> Option<Partial> {
        self.try_partial(reference).ok()?
    }

    fn try_partial(&self, reference: &Reference) -> Result<Option<Partial>, Failure> {
        let folder = self.folder("partial")?;
        let path = folder.join(reference.to_string());
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path() != path || is_old(&entry.path()) {
                remove_unless_used(&entry.path());
            }
        }
        Ok(locked(&path).map(|file| Partial {
            file,
            path,
            is_kept: false,
        }))
    }
}

impl Partial {
    /// Copies the kept bytes to an empty draft; returns the registry's name for them.
    pub(crate) fn resume(&mut self, draft: &mut Draft) -> Option<String> {
        let read = self.read(draft);
        let name = read.ok().flatten().filter(|_| draft.length() > 0);
        self.is_kept = name.is_some();
        name
    }

    fn read(&self, draft: &mut Draft) -> io::Result<Option<String>> {
        let mut reader = BufReader::with_capacity(COPIED_AT_ONCE, &self.file);
        let mut name = String::new();
        reader.by_ref().take(LONGEST_NAME).read_line(&mut name)?;
        let Some(name) = name.strip_suffix('\n').filter(|name| is_name(name)) else {
            return Ok(None);
        };
        io::copy(&mut reader, draft)?;
        Ok(Some(name.to_owned()))
    }

    /// Discards the kept bytes, and keeps those that follow, if the registry has a name for
    /// them.
    pub(crate) fn begin(&mut self, name: Option<&str>) {
        let name = name.filter(|name| is_name(name));
        self.is_kept = name.is_some() && self.restart(name.unwrap_or_default()).is_ok();
        if !self.is_kept {
            self.forget();
        }
    }

    fn restart(&mut self, name: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        io::Seek::rewind(&mut self.file)?;
        writeln!(self.file, "{name}")
    }

    /// Keeps received bytes. A full disk is not filled further.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if self.is_kept && self.file.write_all(bytes).is_err() {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.is_kept = false;
        let _ = self.file.set_len(0);
    }

    /// The pull is complete.
    pub(crate) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// It is sent back as it came.
fn is_name(name: &str) -> bool {
    name.starts_with('"')
        && name.len() < 512
        && name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn is_old(path: &Path) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
    // A clock that was set back makes nothing old.
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LONGEST_AGE))
}

fn remove_unless_used(path: &Path) {
    if locked(path).is_some() {
        let _ = fs::remove_file(path);
    }
}

/// A regular file that no other process has locked; created if missing.
fn locked(path: &Path) -> Option<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options
        .mode(0o600)
        .custom_flags(flags.cast_signed())
        .open(path)
        .ok()?;
    let is_usable = file.metadata().ok()?.is_file() && file.try_lock().is_ok();
    is_usable.then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"a\"";

    fn reference(text: &str) -> Reference {
        text.parse().unwrap()
    }

    fn resumed(store: &Store, name: &str) -> Option<(String, u64)> {
        let mut draft = Draft::new(&std::env::temp_dir()).unwrap();
        let mut partial = store.partial(&reference(name)).unwrap();
        let name = partial.resume(&mut draft)?;
        Some((name, draft.length()))
    }

    fn kept(store: &Store, name: &str, bytes: &[u8]) {
        let mut partial = store.partial(&reference(name)).unwrap();
        partial.begin(Some(TAG));
        partial.add(bytes);
    }

    #[test]
    fn received_bytes_are_kept_for_the_next_pull_of_the_same_archive() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        assert_eq!(resumed(&store, "one"), None);
        kept(&store, "one", b"0123");
        assert_eq!(resumed(&store, "one"), Some((TAG.to_owned(), 4)));
        assert_eq!(resumed(&store, "other"), None);
        let left: Vec<_> = fs::read_dir(home.path().join("partial")).unwrap().collect();
        assert_eq!(left.len(), 1, "the one before is gone");
        kept(&store, "one", b"0123");
        store.partial(&reference("one")).unwrap().remove();
        assert_eq!(resumed(&store, "one"), None);
    }

    #[test]
    fn only_one_pull_at_a_time_keeps_its_bytes() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let mut first = store.partial(&reference("one")).unwrap();
        first.begin(Some(TAG));
        assert!(store.partial(&reference("one")).is_none());
        drop(store.partial(&reference("other")));
        first.add(b"0123");
        drop(first);
        assert_eq!(resumed(&store, "one"), Some((TAG.to_owned(), 4)));
    }

    #[test]
    fn old_torn_or_unnamed_bytes_are_not_resumed() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::new(home.path());
        let path = home.path().join("partial/one");
        kept(&store, "one", b"0123");
        let old = std::time::SystemTime::now() - LONGEST_AGE - Duration::from_secs(60);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
        assert_eq!(resumed(&store, "one"), None);
        for text in [
            "",
            "\"a\"",
            "\"a\"\n",
            "W/\"a\"\n0123",
            "\"a\r\"\n0123",
            "\0\0\0\n0123",
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(resumed(&store, "one"), None, "{text:?}");
        }
        let mut partial = store.partial(&reference("one")).unwrap();
        partial.begin(None);
        partial.add(b"0123");
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }
}
