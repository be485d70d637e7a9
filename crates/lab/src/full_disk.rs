//! A disk that is full for one program, while a test says so: a small library stands
//! between the program and the C library.

use crate::preload;
use std::fs;
use std::path::{Path, PathBuf};

pub struct FullDisk {
    library: PathBuf,
    mark: PathBuf,
}

impl FullDisk {
    /// A disk with room; what belongs to it lies in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            library: preload::compile("full_disk", folder),
            mark: folder.join("full-disk"),
        }
    }

    /// What a program needs in its environment. It has to be linked dynamically.
    pub fn environment(&self) -> Vec<(String, String)> {
        preload::environment(&self.library, "FULL_DISK", &self.mark)
    }

    /// From now on there is no room.
    pub fn fill(&self) {
        fs::write(&self.mark, "").unwrap();
    }

    /// From now on there is.
    pub fn make_room(&self) {
        fs::remove_file(&self.mark).unwrap();
    }
}
