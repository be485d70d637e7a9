//! Unpacking an archive into a folder that is empty and private.
//!
//! Files are created, never opened; folders are real; links are made last, so
//! that nothing is ever written through one. Bytes are counted as they are
//! written, whatever the archive says of their number.

use super::entry::{DEFAULT_FOLDER_MODE, KEPT_MODE, Refusal, Unkept, link_stays_inside, path_of};
use super::{MAX_ENTRIES, MAX_UNPACKED};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use zip::ZipReadOptions;
use zip::read::{Config, ZipFile};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

const DEFAULT_MODE: u32 = 0o644;
const TYPE_MASK: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
/// The longest path that a link may hold, in bytes.
const MAX_LINK: u64 = 4_096;

/// Why an archive was not unpacked.
#[derive(Debug)]
pub(crate) enum Error {
    /// It holds what must not be unpacked.
    Refused(Refusal),
    /// It has more entries or folders than [`MAX_ENTRIES`], or more bytes than
    /// allowed.
    TooLarge(String),
    /// It is no archive, or damaged.
    Malformed(ZipError),
    /// The disk did not take it.
    Io(PathBuf, io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "not unpacked: {refusal}"),
            Self::TooLarge(what) => write!(f, "not unpacked: the archive has more than {what}"),
            Self::Malformed(error) => write!(f, "the archive cannot be read: {error}"),
            Self::Io(path, error) => write!(f, "cannot unpack {}: {error}", path.display()),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ZipError> for Error {
    fn from(error: ZipError) -> Self {
        Self::Malformed(error)
    }
}

/// Unpacks an archive into `folder`.
///
/// # Errors
/// On the first entry that must not be unpacked; the folder then holds a part.
pub(crate) fn unpack(archive: impl Read + Seek + Clone, folder: &Path) -> Result<(), Error> {
    Unpacker::new(folder, MAX_UNPACKED).unpack(archive)
}

struct Unpacker<'a> {
    folder: &'a Path,
    /// How many bytes may still be written.
    left: u64,
    limit: u64,
    /// How many entries there may be, and how many folders.
    most: usize,
    seen: BTreeSet<PathBuf>,
    /// Those that were made. Many can lie in the name of one entry.
    folders: BTreeSet<PathBuf>,
    links: Vec<(PathBuf, PathBuf)>,
    /// The modes of folders, which are set last: one may not be writable.
    modes: BTreeMap<PathBuf, u32>,
    unkept: Unkept,
}

impl<'a> Unpacker<'a> {
    fn new(folder: &'a Path, limit: u64) -> Self {
        Self {
            folder,
            left: limit,
            limit,
            most: MAX_ENTRIES,
            folders: BTreeSet::new(),
            seen: BTreeSet::new(),
            links: Vec::new(),
            modes: BTreeMap::new(),
            unkept: Unkept::default(),
        }
    }

    fn unpack(mut self, archive: impl Read + Seek + Clone) -> Result<(), Error> {
        // One entry after the other: the archive may say that it has any number.
        let reader = || BufReader::new(archive.clone());
        let mut archive = ZipIterable::try_new(reader(), Config::default())?;
        if archive.len() > self.most {
            return Err(Error::TooLarge(format!("{} entries", self.most)));
        }
        let mut entries = archive.files_with_reader(reader(), ZipReadOptions::new())?;
        while let Some(entry) = entries.next() {
            self.entry(entry?)?;
        }
        self.make_links()?;
        self.set_modes()?;
        self.unkept.say();
        Ok(())
    }

    fn entry<R: Read>(&mut self, entry: ZipFile<'_, R>) -> Result<(), Error> {
        let name = entry.name_raw().to_owned();
        let path = path_of(&name)?;
        if !self.seen.insert(path.clone()) {
            return Err(Refusal::new(&name, "is there twice").into());
        }
        self.make_folder(path.parent().unwrap_or(Path::new("")))?;
        let mode = entry.unix_mode().unwrap_or_default();
        self.unkept.note_bits(&path.to_string_lossy(), mode);
        match mode & TYPE_MASK {
            LINK => self.remember_link(entry, path),
            0 | REGULAR | FOLDER if entry.is_dir() => {
                self.make_folder(&path)?;
                if mode & KEPT_MODE != 0 {
                    self.modes.insert(path, mode & KEPT_MODE);
                }
                Ok(())
            }
            0 | REGULAR => self.write(entry, &path, mode),
            _ => Err(Refusal::new(&name, "is neither a file, a folder nor a link").into()),
        }
    }

    fn make_folder(&mut self, path: &Path) -> Result<(), Error> {
        // Above the first that is known, all are.
        let new = path
            .ancestors()
            .take_while(|folder| !self.folders.contains(*folder));
        let new: Vec<_> = new.map(Path::to_owned).collect();
        self.folders.extend(new);
        if self.folders.len() > self.most {
            return Err(Error::TooLarge(format!("{} folders", self.most)));
        }
        let target = self.folder.join(path);
        fs::create_dir_all(&target).map_err(|error| Error::Io(path.into(), error))
    }

    fn write<R: Read>(
        &mut self,
        mut entry: ZipFile<'_, R>,
        path: &Path,
        mode: u32,
    ) -> Result<(), Error> {
        let failed = |error| Error::Io(path.to_owned(), error);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.folder.join(path))
            .map_err(failed)?;
        let mut limited = entry.by_ref().take(self.left + 1);
        let written = io::copy(&mut limited, &mut file).map_err(failed)?;
        self.left = self
            .left
            .checked_sub(written)
            .ok_or_else(|| self.too_many_bytes())?;
        let mode = if mode == 0 {
            DEFAULT_MODE
        } else {
            mode & KEPT_MODE
        };
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(failed)
    }

    fn too_many_bytes(&self) -> Error {
        Error::TooLarge(format!("{} bytes in it", self.limit))
    }

    fn remember_link<R: Read>(
        &mut self,
        entry: ZipFile<'_, R>,
        path: PathBuf,
    ) -> Result<(), Error> {
        let name = entry.name_raw().to_owned();
        let mut target = String::new();
        entry
            .take(MAX_LINK)
            .read_to_string(&mut target)
            .map_err(|error| Error::Io(path.clone(), error))?;
        let target = PathBuf::from(target);
        if !link_stays_inside(&path, &target) {
            return Err(Refusal::new(&name, "is a link that leaves the package's folder").into());
        }
        self.links.push((path, target));
        Ok(())
    }

    fn make_links(&self) -> Result<(), Error> {
        for (path, target) in &self.links {
            symlink(target, self.folder.join(path))
                .map_err(|error| Error::Io(path.clone(), error))?;
        }
        Ok(())
    }

    /// From the inside out, and whatever the umask is.
    fn set_modes(&self) -> Result<(), Error> {
        let made = self.folders.iter().rev();
        for path in made.filter(|path| !path.as_os_str().is_empty()) {
            let mode = self.modes.get(path).unwrap_or(&DEFAULT_FOLDER_MODE);
            fs::set_permissions(self.folder.join(path), Permissions::from_mode(*mode))
                .map_err(|error| Error::Io(path.clone(), error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
