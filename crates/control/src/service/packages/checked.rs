//! Verifies that an archive on the disk is the one that was pushed: disks and people damage
//! files, and restored backups lack some.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::spawn_blocking;
use wire::seal::{ArchiveHash, Seal};

const BUFFER: usize = 64 << 10;

/// The state of an archive's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It matches the seal.
    Whole,
    /// It does not match the seal.
    Damaged,
    /// There is no file.
    Gone,
}

/// Reads and verifies the file of an archive.
///
/// # Errors
/// Those of the file system.
pub(super) async fn verify(path: PathBuf, seal: Seal) -> io::Result<Found> {
    on_a_thread(move || match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Gone),
        opened => verify_file(&opened?, &seal),
    })
    .await
}

/// Verifies an open file, without moving its cursor.
fn verify_file(file: &File, seal: &Seal) -> io::Result<Found> {
    let mut hash = ArchiveHash::default();
    let mut buffer = vec![0; BUFFER];
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

/// Identifies the content of a file and the seal that it was verified against.
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

/// The result for one archive. While it is verified, other pulls wait for the result.
type CachedResult = Arc<tokio::sync::Mutex<Option<(Stamp, Found)>>>;

/// The results for archives that were pulled. Each content of a file is verified once.
#[derive(Default)]
pub(crate) struct Checked(Mutex<HashMap<PathBuf, CachedResult>>);

impl Checked {
    /// Verifies an open file of this path.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) async fn verify(&self, file: File, path: &Path, seal: Seal) -> io::Result<Found> {
        let cached = self.of(path);
        let mut cached = cached.lock().await;
        let stamp = Stamp::of(&file.metadata()?, &seal);
        if let Some((_, found)) = cached.as_ref().filter(|(then, _)| *then == stamp) {
            return Ok(*found);
        }
        let found = on_a_thread(move || verify_file(&file, &seal)).await?;
        if found != Found::Whole {
            tracing::error!(
                archive = %path.display(),
                "an archive does not match its package: push the package again to repair it"
            );
        }
        *cached = Some((stamp, found));
        Ok(found)
    }

    fn of(&self, path: &Path) -> CachedResult {
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
    async fn each_content_of_a_file_is_verified_anew() {
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
            assert_eq!(verify(path.clone(), seal.clone()).await.unwrap(), found);
            for _ in 0..2 {
                let file = File::open(&path).unwrap();
                let again = checked.verify(file, &path, seal.clone()).await.unwrap();
                assert_eq!(again, found, "{content}");
            }
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(verify(path, seal).await.unwrap(), Found::Gone);
    }
}
