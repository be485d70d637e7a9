//! A wall clock that a test sets, for one program: a small library stands
//! between the program and the C library. The clocks that nobody can set, and
//! timers, are left alone.

use crate::preload;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub struct WallClock {
    library: PathBuf,
    file: PathBuf,
}

impl WallClock {
    /// A clock that is right; what belongs to it lies in `folder`.
    pub fn new(folder: &Path) -> Self {
        let clock = Self {
            library: preload::compile("wall_clock", folder),
            file: folder.join("wall-clock"),
        };
        clock.advance(0);
        clock
    }

    /// The same for every program that is linked dynamically, where `folder` is laid
    /// over /etc: the loader goes by a file there.
    pub fn of_all_programs(folder: &Path) -> Self {
        let file = folder.join("wall-clock");
        let named = format!("-DCLOCK_FILE=\"{}\"", file.display());
        let clock = Self {
            library: preload::compile_with(&[&named], "wall_clock", folder),
            file,
        };
        let list = format!("{}\n", clock.library.display());
        fs::write(folder.join("ld.so.preload"), list).unwrap();
        clock.advance(0);
        clock
    }

    /// What a program needs in its environment to go by this clock. It has to
    /// be linked dynamically.
    pub fn environment(&self) -> Vec<(String, String)> {
        preload::environment(&self.library, "WALL_CLOCK", &self.file)
    }

    /// From now on it is so many seconds ahead.
    pub fn advance(&self, seconds: i64) {
        // In place, because programs have it mapped, and always as long.
        let mut options = fs::File::options();
        let file = options.write(true).create(true).truncate(false);
        let mut file = file.open(&self.file).unwrap();
        file.write_all(format!("{seconds:+021}\n").as_bytes())
            .unwrap();
    }

    /// From now on it shows another time, in unix seconds, and goes on from there.
    pub fn set(&self, unix: i64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.advance(unix - i64::try_from(now.as_secs()).unwrap());
    }
}
