//! Whether an archive on the disk is still the one that was pushed: disks and people change
//! files, and restored backups lack some.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::spawn_blocking;
use wire::seal::{ArchiveHash, Seal};

const AT_ONCE: usize = 64 << 10;

/// What lies where an archive should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The archive that the seal is for.
    Whole,
    /// Other bytes, or not all of them.
    Damaged,
    /// Nothing.
    Gone,
}

/// Reads what lies there.
///
/// # Errors
/// What the file system reports.
pub(super) async fn look_at(path: PathBuf, seal: Seal) -> io::Result<Found> {
    on_a_thread(move || match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Gone),
        opened => inspect(&opened?, &seal),
    })
    .await
}

/// Leaves the place in the file where the next read begins.
fn inspect(file: &File, seal: &Seal) -> io::Result<Found> {
    let mut hash = ArchiveHash::default();
    let mut buffer = vec![0; AT_ONCE];
    let mut at = 0;
    loop {
        match file.read_at(&mut buffer, at)? {
            0 => break,
            count => {
                hash.update(&buffer[..count]);
                at += count as u64;
            }
        }
    }
    Ok(match seal.matches(&hash) {
        true => Found::Whole,
        false => Found::Damaged,
    })
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// What tells one state of a file from another.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
    digest: String,
}

impl Stamp {
    fn of(file: &Metadata, seal: &Seal) -> Self {
        Self {
            inode: file.ino(),
            length: file.len(),
            changed: (file.ctime(), file.ctime_nsec()),
            digest: seal.digest.clone(),
        }
    }
}

/// One archive: who pulls it while another reads it waits for what comes of that.
type Looked = Arc<tokio::sync::Mutex<Option<(Stamp, Found)>>>;

/// What was found of archives that were given out. Each state of a file is read once.
#[derive(Default)]
pub(crate) struct Checked(Mutex<HashMap<PathBuf, Looked>>);

impl Checked {
    /// What an open file is, that belongs at this path.
    ///
    /// # Errors
    /// What the file system reports.
    pub(super) async fn look_at(&self, file: File, path: &Path, seal: Seal) -> io::Result<Found> {
        let looked = self.of(path);
        let mut looked = looked.lock().await;
        let stamp = Stamp::of(&file.metadata()?, &seal);
        if let Some((_, found)) = looked.as_ref().filter(|(then, _)| *then == stamp) {
            return Ok(*found);
        }
        let found = on_a_thread(move || inspect(&file, &seal)).await?;
        if found != Found::Whole {
            tracing::error!(
                archive = %path.display(),
                "an archive is not the one that was pushed: push its package again, which repairs it"
            );
        }
        *looked = Some((stamp, found));
        Ok(found)
    }

    fn of(&self, path: &Path) -> Looked {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(path.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use wire::seal::Manifest;

    #[tokio::test]
    async fn each_state_of_a_file_is_judged_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r1.zip");
        let seal = Seal::new(&Manifest::default(), &ArchiveHash::of(b"archive")).unwrap();
        let checked = Checked::default();
        for (content, found) in [
            ("archive", Found::Whole),
            ("archiv", Found::Damaged),
            ("brchive", Found::Damaged),
            ("archive", Found::Whole),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(look_at(path.clone(), seal.clone()).await.unwrap(), found);
            for _ in 0..2 {
                let file = File::open(&path).unwrap();
                let again = checked.look_at(file, &path, seal.clone()).await.unwrap();
                assert_eq!(again, found, "{content}");
            }
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(look_at(path, seal).await.unwrap(), Found::Gone);
    }
}
