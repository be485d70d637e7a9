//! A wall clock that fails once, for one program: a small library stands between the
//! program and the C library. It panics there, without a fault of its own.

use crate::preload;
use std::fs;
use std::path::{Path, PathBuf};

pub struct FailingClock {
    library: PathBuf,
    count: PathBuf,
}

impl FailingClock {
    /// One that works; what belongs to it lies in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            library: preload::compile("failing_clock", folder),
            count: folder.join("failing-clock"),
        }
    }

    /// What a program needs in its environment. It has to be linked dynamically.
    pub fn environment(&self) -> Vec<(String, String)> {
        preload::environment(&self.library, "FAILING_CLOCK", &self.count)
    }

    /// Of all that look at it from now on, the one of this number, from 1 on, fails.
    pub fn fail(&self, number: usize) {
        fs::write(&self.count, "x".repeat(number)).unwrap();
    }

    /// None fails any more.
    pub fn work(&self) {
        // The one that failed has taken it away.
        drop(fs::remove_file(&self.count));
    }
}
