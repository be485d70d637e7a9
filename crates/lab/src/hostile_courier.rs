//! A courier that somebody has taken over: it holds the real pipe to a real
//! agent, and says there what it likes. A small library takes its words out of
//! its mouth; agent, sandbox and deadline are as they always are.

use crate::preload;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub struct HostileCourier {
    library: PathBuf,
    path: PathBuf,
    file: File,
}

/// How it speaks; as in the library.
#[derive(Clone, Copy)]
pub enum Manner {
    /// It ends when it has said it.
    Once = 1,
    /// It says it again and again.
    ForEver = 2,
    /// It says it, and neither goes on nor ends.
    AndStall = 3,
}

const TRUTH: u32 = 0;

/// What the library has mapped.
const SIZE: u64 = 4 << 20;

const BYTES_AT: u64 = 8;

impl HostileCourier {
    /// One that tells the truth still; what belongs to it lies in `folder`.
    pub fn new(folder: &Path) -> Self {
        let path = folder.join("courier-says");
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true);
        let file = file.open(&path).unwrap();
        file.set_len(SIZE).unwrap();
        Self {
            library: preload::compile("hostile_courier", folder),
            path,
            file,
        }
    }

    /// What an agent needs in its environment to have such a courier.
    pub fn environment(&self) -> Vec<(String, String)> {
        preload::environment(&self.library, "COURIER_SAYS", &self.path)
    }

    /// From now on it reports this, even if the server answered something else.
    pub fn says(&self, manner: Manner, bytes: &[u8]) {
        self.tells_the_truth();
        let length = u32::try_from(bytes.len()).unwrap();
        self.file.write_all_at(bytes, BYTES_AT).unwrap();
        self.file.write_all_at(&length.to_ne_bytes(), 4).unwrap();
        self.put_manner(manner as u32);
    }

    /// From now on it is as it should be.
    pub fn tells_the_truth(&self) {
        self.put_manner(TRUTH);
    }

    fn put_manner(&self, manner: u32) {
        self.file.write_all_at(&manner.to_ne_bytes(), 0).unwrap();
    }
}
