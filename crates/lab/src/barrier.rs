//! A FIFO at which a function waits until the test lets it go on.

use super::run;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

/// A barrier at which a function is waiting.
pub struct Barrier(File);

impl Barrier {
    /// Makes the FIFO.
    pub fn make(path: &Path) {
        run(Command::new("mkfifo").arg(path));
    }

    /// Waits until the function has come to the barrier: opening a FIFO for
    /// writing blocks until somebody reads.
    pub fn reached(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(OpenOptions::new().write(true).open(path).unwrap()));
        Self(
            receiver
                .recv_timeout(Duration::from_secs(90))
                .expect("the function comes to the barrier"),
        )
    }

    /// Lets it go on.
    pub fn open(mut self) {
        self.0.write_all(b"go\n").unwrap();
    }
}
