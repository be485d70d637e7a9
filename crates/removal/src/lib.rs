//! Removes a folder that somebody hostile may have filled.
//!
//! The standard library follows no link either. But it holds a descriptor for each
//! level, so that a deep tree is its end; it goes into what is mounted there, which
//! may be any folder of the host; and it takes as long as it takes. Here, what lies
//! deeper is first moved up, so that there is only one level.
#![forbid(unsafe_code)]

mod folder;

use folder::Folder;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// Removes a folder with everything in it, if it is there. What is mounted in it
/// stays, and so does what a link leads to.
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

struct Removal {
    root: Folder,
    deadline: Instant,
    /// For the next name of a folder that is moved up.
    next_name: u64,
    /// What was removed or moved up.
    steps: u64,
    /// What stood in the way first.
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
            obstacle: None,
        })
    }

    /// Empties the folder. What is moved up while it is read may be passed over, so
    /// it is read until it is empty, or nothing more can be done.
    fn finish(mut self) -> io::Result<()> {
        loop {
            let (steps, mut is_empty) = (self.steps, true);
            self.obstacle = None;
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
            self.flatten(&place)?.and_then(|()| fs::remove_dir(&place))
        } else {
            fs::remove_file(&place)
        };
        self.note(done, &entry.file_name());
        Ok(())
    }

    /// Removes the files of a folder of the first level and moves its folders up.
    /// The outer result is about going on at all, the inner one about this folder.
    fn flatten(&mut self, place: &Path) -> io::Result<io::Result<()>> {
        let folder = match self.enter(place) {
            Ok(folder) => folder,
            Err(error) => return Ok(Err(error)),
        };
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
            self.note(done, &entry.file_name());
        }
        Ok(Ok(()))
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
            // Somebody else was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.steps += 1,
            Err(error) => {
                let told = || io::Error::new(error.kind(), format!("{}: {error}", name.display()));
                self.obstacle.get_or_insert_with(told);
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

#[cfg(test)]
mod tests;
