//! Unpacking an archive into a folder that is empty and private.
//!
//! Files are created, never opened; folders are real; links are made last, so that nothing is
//! ever written through one. Bytes are counted as they are written, regardless of the number
//! that the archive states.

use super::entry::{DEFAULT_FOLDER_MODE, KEPT_MODE, Refusal, Unkept, path_of};
use super::link::{self, Exit};
use super::{MAX_ENTRIES, MAX_UNPACKED};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufReader, ErrorKind, Read, Seek};
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
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It holds what must not be unpacked.
    #[error("not unpacked: {0}")]
    Refused(#[from] Refusal),
    /// It has more entries or folders than [`MAX_ENTRIES`], or more bytes than
    /// allowed.
    #[error("not unpacked: the archive has more than {0}")]
    TooLarge(String),
    /// It is no archive, or damaged.
    #[error("the archive cannot be read: {0}")]
    Malformed(#[from] ZipError),
    /// The disk did not take it.
    #[error("cannot unpack {path}: {1}", path = .0.display())]
    Io(PathBuf, io::Error),
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
    /// How many folders there are. Many can lie in the name of one entry.
    folders: usize,
    /// The folder of the entry before, which most often is that of the next one.
    latest: PathBuf,
    has_links: bool,
    /// The modes of those that have an entry. They are set last: one may not be writable.
    modes: BTreeMap<PathBuf, u32>,
    unkept: Unkept,
}

/// What is made of an archive at a time: nothing of it is remembered meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    FilesAndFolders,
    Links,
    /// Where a link leads depends on all the others.
    WhereLinksLead,
}

impl<'a> Unpacker<'a> {
    fn new(folder: &'a Path, limit: u64) -> Self {
        Self {
            folder,
            left: limit,
            limit,
            most: MAX_ENTRIES,
            folders: 1,
            latest: PathBuf::new(),
            has_links: false,
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
        self.pass(Pass::FilesAndFolders, &mut archive, reader())?;
        if self.has_links {
            self.pass(Pass::Links, &mut archive, reader())?;
            self.pass(Pass::WhereLinksLead, &mut archive, reader())?;
        }
        self.set_modes()?;
        self.unkept.say();
        Ok(())
    }

    fn pass<R: Read + Seek>(
        &mut self,
        pass: Pass,
        archive: &mut ZipIterable<R>,
        reader: R,
    ) -> Result<(), Error> {
        let mut entries = archive.files_with_reader(reader, ZipReadOptions::new())?;
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let is_link = entry.unix_mode().unwrap_or_default() & TYPE_MASK == LINK;
            match pass {
                Pass::FilesAndFolders => self.entry(entry)?,
                Pass::Links if is_link => self.make_link(entry)?,
                Pass::WhereLinksLead if is_link => self.check_link(entry.name_raw())?,
                Pass::Links | Pass::WhereLinksLead => {}
            }
        }
        Ok(())
    }

    fn entry<R: Read>(&mut self, entry: ZipFile<'_, R>) -> Result<(), Error> {
        let name = entry.name_raw().to_owned();
        let path = path_of(&name)?;
        self.make_folder(path.parent().unwrap_or(Path::new("")), &name)?;
        let mode = entry.unix_mode().unwrap_or_default();
        self.unkept.note_bits(&path.to_string_lossy(), mode);
        match mode & TYPE_MASK {
            LINK => {
                self.has_links = true;
                link_target(entry, &path).map(drop)
            }
            0 | REGULAR | FOLDER if entry.is_dir() => {
                self.make_folder(&path, &name)?;
                let mode = match mode & KEPT_MODE {
                    0 => DEFAULT_FOLDER_MODE,
                    mode => mode,
                };
                match self.modes.insert(path, mode) {
                    None => Ok(()),
                    Some(_) => Err(taken(&name)),
                }
            }
            0 | REGULAR => self.write(entry, &path, mode),
            _ => Err(Refusal::new(&name, "is neither a file, a folder nor a link").into()),
        }
    }

    /// Makes a folder, and those that it lies in, for the entry of that name.
    fn make_folder(&mut self, path: &Path, name: &[u8]) -> Result<(), Error> {
        if path == self.latest {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_folder(parent, name)?;
        }
        path.clone_into(&mut self.latest);
        let target = self.folder.join(path);
        match fs::create_dir(&target) {
            Ok(()) => self.folders += 1,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let is_folder = fs::symlink_metadata(&target).is_ok_and(|found| found.is_dir());
                return if is_folder { Ok(()) } else { Err(taken(name)) };
            }
            Err(error) => return Err(Error::Io(path.into(), error)),
        }
        if self.folders > self.most {
            return Err(Error::TooLarge(format!("{} folders", self.most)));
        }
        // Regardless of the umask.
        set_mode(path, &target, DEFAULT_FOLDER_MODE)
    }

    fn write<R: Read>(
        &mut self,
        mut entry: ZipFile<'_, R>,
        path: &Path,
        mode: u32,
    ) -> Result<(), Error> {
        let name = entry.name_raw().to_owned();
        let failed = |error| Error::Io(path.to_owned(), error);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.folder.join(path))
            .map_err(|error| not_made(&name, path, error))?;
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

    fn make_link<R: Read>(&self, entry: ZipFile<'_, R>) -> Result<(), Error> {
        let name = entry.name_raw().to_owned();
        let path = path_of(&name)?;
        let target = link_target(entry, &path)?;
        symlink(target, self.folder.join(&path)).map_err(|error| not_made(&name, &path, error))
    }

    fn check_link(&self, name: &[u8]) -> Result<(), Error> {
        let path = path_of(name)?;
        let look = |path: &Path| fs::read_link(self.folder.join(path)).ok();
        let target = look(&path).unwrap_or_default();
        link::stays_inside(&path, &target, look)
            .map_err(|exit| Refusal::new(name, exit.reason()).into())
    }

    /// From the inside out.
    fn set_modes(&self) -> Result<(), Error> {
        let mut folders = self.modes.iter().rev();
        folders.try_for_each(|(path, mode)| set_mode(path, &self.folder.join(path), *mode))
    }
}

/// Where a link leads, which is no absolute path.
fn link_target<R: Read>(entry: ZipFile<'_, R>, path: &Path) -> Result<PathBuf, Error> {
    let name = entry.name_raw().to_owned();
    let mut target = String::new();
    entry
        .take(MAX_LINK)
        .read_to_string(&mut target)
        .map_err(|error| Error::Io(path.to_owned(), error))?;
    let target = PathBuf::from(target);
    if target.as_os_str().is_empty() {
        return Err(Refusal::new(&name, "is a link that leads nowhere").into());
    }
    if target.is_absolute() {
        return Err(Refusal::new(&name, Exit::Absolute.reason()).into());
    }
    Ok(target)
}

fn not_made(name: &[u8], path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => taken(name),
        _ => Error::Io(path.to_owned(), error),
    }
}

fn taken(name: &[u8]) -> Error {
    Refusal::new(name, "is there twice, or in the place of another").into()
}

fn set_mode(path: &Path, full: &Path, mode: u32) -> Result<(), Error> {
    fs::set_permissions(full, Permissions::from_mode(mode))
        .map_err(|error| Error::Io(path.to_owned(), error))
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
mod tests;
