//! Removes a folder that an attacker may have filled.
//!
//! The standard library follows no link either. But it holds a descriptor for each level, so a
//! deep tree exhausts them; it enters mounts, which may be any folder of the host; and it has no
//! time limit. Here, deeper folders are first moved up, so that there is only one level. On
//! overlayfs, a folder of a lower layer cannot be moved (`EXDEV`): it is emptied in place.

mod folder;

use folder::Folder;
use std::collections::{HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Removes a folder with everything in it, if it is there. Mounts in it are kept, and so are the
/// targets of links.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] when `patience` was too short for all of it: the
/// next call goes on. Otherwise the first thing that could not be removed, and
/// why; everything else is gone then.
pub fn remove(folder: &Path, patience: Duration) -> io::Result<()> {
    let gone = Removal::of(folder, patience).and_then(Removal::finish);
    match gone.and_then(|()| fs::remove_dir(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // A link or a file in its place.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => fs::remove_file(folder),
        done => done,
    }
}

/// The most levels that are held open where folders cannot be moved up.
const MOST_OPEN: usize = 32;

struct Removal {
    root: Folder,
    deadline: Instant,
    /// For the next name of a folder that is moved up.
    next_name: u64,
    /// How many entries were removed or moved up.
    steps: u64,
    /// Folders that can neither be moved nor removed.
    stuck: HashSet<(u64, u64)>,
    /// The first error.
    obstacle: Option<io::Error>,
}

impl Removal {
    fn of(folder: &Path, patience: Duration) -> io::Result<Self> {
        let above = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let root = Folder::open(folder)?;
        root.refuse_other_mount(&Folder::open(&above.canonicalize()?)?)?;
        root.unlock();
        Ok(Self {
            root,
            deadline: Instant::now() + patience,
            next_name: 0,
            steps: 0,
            stuck: HashSet::new(),
            obstacle: None,
        })
    }

    /// Empties the folder. What is moved up while it is read may be passed over, so
    /// it is read until it is empty, or nothing more can be done.
    fn finish(mut self) -> io::Result<()> {
        loop {
            let (steps, mut is_empty) = (self.steps, true);
            self.obstacle = None;
            self.stuck.clear();
            for entry in self.root.entries()? {
                is_empty = false;
                self.remove(&entry?)?;
            }
            match self.obstacle {
                _ if is_empty => return Ok(()),
                Some(obstacle) if steps == self.steps => return Err(obstacle),
                _ => {}
            }
        }
    }

    fn remove(&mut self, entry: &DirEntry) -> io::Result<()> {
        self.keep_the_deadline()?;
        let place = self.root.place(&entry.file_name());
        let done = if entry.file_type()?.is_dir() {
            self.empty(&place)?.and_then(|()| fs::remove_dir(&place))
        } else {
            fs::remove_file(&place)
        };
        self.note(done, &entry.file_name());
        Ok(())
    }

    /// Empties a folder of the first level. The outer result is about going on at
    /// all, the inner one about this folder.
    fn empty(&mut self, place: &Path) -> io::Result<io::Result<()>> {
        loop {
            let folder = match self.enter(place) {
                Ok(folder) => folder,
                Err(error) => return Ok(Err(error)),
            };
            match self.flatten(&folder)? {
                Ok(None) => return Ok(Ok(())),
                Ok(Some(fixed)) => self.remove_in_place(folder, fixed)?,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Removes the files of a folder and moves its folders up, until there is one that
    /// cannot be moved: that is returned. Results as those of [`Removal::empty`].
    fn flatten(&mut self, folder: &Folder) -> io::Result<io::Result<Option<OsString>>> {
        let entries = match folder.entries() {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(error)),
        };
        for entry in entries {
            self.keep_the_deadline()?;
            let entry = entry?;
            let inner = folder.place(&entry.file_name());
            let done = if entry.file_type()?.is_dir() {
                self.move_up(&inner)
            } else {
                fs::remove_file(&inner)
            };
            match done {
                Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                    if !identity(&inner).is_some_and(|found| self.stuck.contains(&found)) {
                        return Ok(Ok(Some(entry.file_name())));
                    }
                }
                done => self.note(done, &entry.file_name()),
            }
        }
        Ok(Ok(None))
    }

    /// Removes a folder that cannot be moved, and those below it that cannot either, from the
    /// deepest up. Of a tree deeper than [`MOST_OPEN`], it removes that many of the deepest
    /// levels; the caller calls again.
    fn remove_in_place(&mut self, above: Folder, name: OsString) -> io::Result<()> {
        let mut way = VecDeque::from([(above, name)]);
        while let Some((above, name)) = way.back() {
            let place = above.place(name);
            let emptied = match self.enter(&place) {
                Ok(folder) => match self.flatten(&folder)? {
                    Ok(Some(deeper)) => {
                        way.push_back((folder, deeper));
                        if way.len() > MOST_OPEN {
                            way.pop_front();
                        }
                        continue;
                    }
                    flattened => flattened.map(drop),
                },
                Err(error) => Err(error),
            };
            let done = emptied.and_then(|()| fs::remove_dir(&place));
            if done.is_err() {
                self.stuck.extend(identity(&place));
            }
            self.note(done, name);
            way.pop_back();
        }
        Ok(())
    }

    /// A folder of the same mount, that can be read and changed from now on.
    fn enter(&self, place: &Path) -> io::Result<Folder> {
        let folder = Folder::open(place)?;
        folder.refuse_other_mount(&self.root)?;
        folder.unlock();
        Ok(folder)
    }

    /// Moving a folder changes it, because it knows what it lies in.
    fn move_up(&mut self, place: &Path) -> io::Result<()> {
        drop(self.enter(place)?);
        loop {
            let name = self.next_name.to_string();
            self.next_name += 1;
            match fs::rename(place, self.root.place(OsStr::new(&name))) {
                // The name is taken.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::DirectoryNotEmpty
                            | io::ErrorKind::AlreadyExists
                            | io::ErrorKind::NotADirectory
                    ) =>
                {
                    self.keep_the_deadline()?
                }
                done => return done,
            }
        }
    }

    fn note(&mut self, done: io::Result<()>, name: &OsStr) {
        match done {
            Ok(()) => self.steps += 1,
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.steps += 1,
            Err(error) => {
                let named = || io::Error::new(error.kind(), format!("{}: {error}", name.display()));
                self.obstacle.get_or_insert_with(named);
            }
        }
    }

    fn keep_the_deadline(&self) -> io::Result<()> {
        if Instant::now() < self.deadline {
            return Ok(());
        }
        let why = "there is more in it than can be removed in this time";
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    }
}

/// What identifies a folder (stat(2)).
fn identity(place: &Path) -> Option<(u64, u64)> {
    let found = place.symlink_metadata().ok()?;
    Some((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests;
