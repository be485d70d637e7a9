//! A folder by a descriptor: the descriptor stays with the folder when its name changes.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions, ReadDir};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What its owner needs to read a folder and to change it.
const OWNERS: u32 = 0o700;

pub(crate) struct Folder {
    file: File,
    /// The path of the descriptor, which leads to the folder itself
    /// (`/proc/self/fd` in proc(5)).
    path: PathBuf,
}

impl Folder {
    /// Opens it, even where it may not be read.
    ///
    /// # Errors
    /// `NotADirectory` when it is none, as a link to one is.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.read(true);
        options.custom_flags(libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW);
        let file = options.open(path)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        Ok(Self { file, path })
    }

    /// The path of something in it.
    pub(crate) fn place(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn entries(&self) -> io::Result<ReadDir> {
        fs::read_dir(&self.path)
    }

    /// Gives its owner the right to read and change it. On a folder of another user this fails,
    /// and the next call reports why.
    pub(crate) fn unlock(&self) {
        let mode = self.file.metadata().map(|found| found.permissions().mode());
        if mode.is_ok_and(|mode| mode & OWNERS != OWNERS) {
            let _ = fs::set_permissions(&self.path, Permissions::from_mode(OWNERS));
        }
    }

    /// Refuses a folder that is mounted somewhere else than `other`, be it a folder
    /// of the same file system.
    ///
    /// # Errors
    /// `ResourceBusy`.
    pub(crate) fn refuse_other_mount(&self, other: &Self) -> io::Result<()> {
        if self.mount()? == other.mount()? {
            return Ok(());
        }
        let why = "another folder or file system is mounted there: unmount it";
        Err(io::Error::new(io::ErrorKind::ResourceBusy, why))
    }

    /// The number of the mount (`/proc/self/fdinfo` in proc(5), since Linux 3.15).
    fn mount(&self) -> io::Result<String> {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", self.file.as_raw_fd()))?;
        let line = info.lines().find_map(|line| line.strip_prefix("mnt_id:"));
        let number = line.map(|number| number.trim().to_owned());
        number.ok_or_else(|| io::Error::other("/proc does not show what is mounted"))
    }
}
