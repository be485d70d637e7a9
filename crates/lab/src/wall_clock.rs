//! A wall clock that a test sets, for one program: a small library stands
//! between the program and the C library. The clock that counts from boot, and
//! timers with it, can be moved as if the host had been suspended.

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
        self.write(seconds, self.read()[1]);
    }

    /// As if the host had been suspended for so many seconds. A program notices when
    /// something else wakes it up, a signal for instance.
    pub fn suspend(&self, seconds: i64) {
        let [ahead, since_boot] = self.read();
        self.write(ahead + seconds, since_boot + seconds);
    }

    fn read(&self) -> [i64; 2] {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let mut lines = text.lines().map(|line| line.parse().unwrap());
        [(); 2].map(|()| lines.next().unwrap_or(0))
    }

    fn write(&self, ahead: i64, since_boot: i64) {
        // In place, because programs have it mapped, and always as long.
        let mut options = fs::File::options();
        let file = options.write(true).create(true).truncate(false);
        let mut file = file.open(&self.file).unwrap();
        let lines = format!("{ahead:+021}\n{since_boot:+021}\n");
        file.write_all(lines.as_bytes()).unwrap();
    }

    /// From now on it shows another time, in unix seconds, and goes on from there.
    pub fn set(&self, unix: i64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.advance(unix - i64::try_from(now.as_secs()).unwrap());
    }
}
