//! Changes to a file or a folder.

use std::path::{Path, PathBuf};

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// A file was opened for writing, and made if it was not there.
    Open {
        path: PathBuf,
        truncate: bool,
        append: bool,
    },
    /// Bytes were written: at a place, or behind those that were written last.
    Write {
        path: PathBuf,
        at: Option<usize>,
        bytes: Vec<u8>,
    },
    Resize(PathBuf, usize),
    /// A file has room for at least so much.
    Allocate(PathBuf, usize),
    MakeFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    /// A file, or an empty folder.
    Remove(PathBuf),
    /// A file's content, or a folder's names.
    Sync(PathBuf),
}

impl Deed {
    /// The changed file or folder.
    pub(super) fn place(&self) -> &Path {
        match self {
            Self::Open { path, .. }
            | Self::Write { path, .. }
            | Self::Resize(path, _)
            | Self::Allocate(path, _)
            | Self::MakeFolder(path)
            | Self::Rename(path, _)
            | Self::Link(path, _)
            | Self::Remove(path)
            | Self::Sync(path) => path,
        }
    }

    /// The same, with the paths from `folder`; `None` when it is about something
    /// that `counts` does not hold for.
    pub(super) fn below(&self, folder: &Path, counts: impl Fn(&Path) -> bool) -> Option<Self> {
        let place = |path: &PathBuf| {
            let below = path.strip_prefix(folder).ok()?;
            counts(below).then(|| below.to_path_buf())
        };
        Some(match self {
            Self::Open {
                path,
                truncate,
                append,
            } => Self::Open {
                path: place(path)?,
                truncate: *truncate,
                append: *append,
            },
            Self::Write { path, at, bytes } => Self::Write {
                path: place(path)?,
                at: *at,
                bytes: bytes.clone(),
            },
            Self::Resize(path, length) => Self::Resize(place(path)?, *length),
            Self::Allocate(path, length) => Self::Allocate(place(path)?, *length),
            Self::MakeFolder(path) => Self::MakeFolder(place(path)?),
            Self::Rename(from, to) => Self::Rename(place(from)?, place(to)?),
            Self::Link(from, to) => Self::Link(place(from)?, place(to)?),
            Self::Remove(path) => Self::Remove(place(path)?),
            Self::Sync(path) => Self::Sync(place(path)?),
        })
    }
}
