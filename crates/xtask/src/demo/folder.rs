//! The demo's temporary folder. Everything that the demo writes lies below it,
//! and it is removed at the end.

use release::failure::{Context, Result};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that only its owner can enter.
pub(super) struct Folder(TempDir);

impl Folder {
    /// Makes the folder below `TMPDIR`.
    ///
    /// # Errors
    /// As mkdtemp(3).
    pub(super) fn new() -> Result<Self> {
        tempfile::Builder::new()
            .prefix("host-pilot-demo-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()
            .map(Self)
            .context("cannot make a temporary folder")
    }

    /// The folder itself.
    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    /// A path below it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Makes a folder below it.
    ///
    /// # Errors
    /// As mkdir(2).
    pub(super) fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(&path).context(path.display())?;
        Ok(path)
    }

    /// Removes it, with all that is below it.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub(super) fn remove(self) -> Result<()> {
        let path = self.root().to_owned();
        self.0.close().context(path.display())
    }
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// As open(2) and write(2).
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    write_with_mode(path, text, 0o600)
}

/// Writes a script that its owner can run.
///
/// # Errors
/// As open(2) and write(2).
pub(super) fn write_script(path: &Path, text: &str) -> Result<()> {
    write_with_mode(path, text, 0o700)
}

fn write_with_mode(path: &Path, text: &str, mode: u32) -> Result<()> {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .context(path.display())
}

/// Copies a folder of plain files and folders.
///
/// # Errors
/// When something cannot be read or written.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).context(to.display())?;
    for entry in fs::read_dir(from).context(from.display())? {
        let source = entry.context(from.display())?.path();
        let target = to.join(source.file_name().unwrap_or_default());
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).context(source.display())?;
        }
    }
    Ok(())
}

/// A random text of 48 hexadecimal digits.
///
/// # Errors
/// When the kernel's random numbers cannot be read.
pub(super) fn random_text() -> Result<String> {
    let mut bytes = [0; 24];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("/dev/urandom")?;
    Ok(wire::encoding::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_can_read_and_nothing_stays() {
        let folder = Folder::new().unwrap();
        let file = folder.path("secret");
        write(&file, "s").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.root()), mode(&file)), (0o700, 0o600));
        let root = folder.root().to_owned();
        folder.remove().unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn random_texts_differ() {
        assert_ne!(random_text().unwrap(), random_text().unwrap());
    }
}
