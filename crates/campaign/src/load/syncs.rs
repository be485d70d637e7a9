//! How often control has data put onto the disk, how long that takes, and whether it is
//! done at all.
//!
//! A small library stands between control and the C library. strace could do the same, as
//! root, but stops the program at every call; this costs an addition.

use release::failure::{Context, Result, failed};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where the numbers lie that control and this program share.
const COUNT: u64 = 0;
const DELAY: u64 = 8;
const LEFT_OUT: u64 = 16;
const SIZE: usize = 24;

/// The fsync(2) and fdatasync(2) of one control.
pub(super) struct Syncs {
    library: PathBuf,
    path: PathBuf,
    /// Shared with control: the kernel keeps one copy of a file's pages, however they are
    /// reached.
    shared: File,
}

impl Syncs {
    /// Compiles the library into a folder.
    ///
    /// # Errors
    /// When there is no C compiler, or the disk refuses.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let (library, path) = (folder.join("syncs.so"), folder.join("syncs"));
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]);
        compile.arg("-o").arg(&library);
        compile.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/load/syncs.c"));
        if !compile.status().context("cannot run cc")?.success() {
            return failed("cc: syncs.c was not compiled");
        }
        fs::write(&path, [0; SIZE]).context(path.display())?;
        let shared = File::options().read(true).write(true).open(&path);
        let shared = shared.context(path.display())?;
        Ok(Self {
            library,
            path,
            shared,
        })
    }

    /// Has a control that is about to start use the library.
    pub(super) fn stand_before(&self, program: &mut Command) {
        program
            .env("LD_PRELOAD", &self.library)
            .env("LOAD_SYNCS", &self.path);
    }

    /// How many there were so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn count(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        let read = self.shared.read_exact_at(&mut bytes, COUNT);
        read.context(self.path.display())?;
        Ok(u64::from_ne_bytes(bytes))
    }

    /// Has each take longer by this much, from now on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn delay(&self, by: Duration) -> Result<()> {
        self.put(DELAY, u64::try_from(by.as_micros()).unwrap_or(u64::MAX))
    }

    /// Has them left out, or made again, from now on.
    ///
    /// # Errors
    /// As [`Syncs::delay`].
    pub(super) fn leave_out(&self, left_out: bool) -> Result<()> {
        self.put(LEFT_OUT, left_out.into())
    }

    fn put(&self, at: u64, value: u64) -> Result<()> {
        let written = self.shared.write_all_at(&value.to_ne_bytes(), at);
        written.context(self.path.display())
    }
}
