//! A package in one file that a supervisor keeps from run to run.
//!
//! The length of the seal in 32 bits, little-endian; the seal; the archive. A torn or changed
//! file is no package, or not the requested one.

use crate::files::{self, COPIED_AT_ONCE};
use crate::package::{Draft, MAX_SEAL, Package, parse_seal};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};

/// The package in a file, if it holds one; its archive is copied to the draft.
pub(crate) fn read(mut file: &File, mut draft: Draft) -> Option<Package> {
    file.rewind().ok()?;
    let mut length = [0; 4];
    file.read_exact(&mut length).ok()?;
    let length = u64::from(u32::from_le_bytes(length));
    let seal = files::read_up_to(file.take(length), MAX_SEAL).ok()?;
    let seal = parse_seal(&seal).ok()?;
    io::copy(
        &mut BufReader::with_capacity(COPIED_AT_ONCE, file),
        &mut draft,
    )
    .ok()?;
    Some(Package {
        seal,
        archive: draft.finish(),
    })
}

/// Replaces the content of a file by a package.
///
/// # Errors
/// When the disk refuses; the file then holds nothing.
pub(crate) fn write(file: &File, package: &Package) -> io::Result<()> {
    try_write(file, package).inspect_err(|_| drop(file.set_len(0)))
}

fn try_write(mut file: &File, package: &Package) -> io::Result<()> {
    let seal = package.seal.print()?;
    let length = u32::try_from(seal.len()).map_err(io::Error::other)?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(&seal)?;
    package.archive.copy_to(file)
}

#[cfg(test)]
mod tests {
    use super::{Draft, File, Package, write};
    use crate::package::Archive;
    use wire::seal::{Manifest, Seal};

    fn package(archive: &[u8]) -> Package {
        let archive = Archive::of(archive);
        Package {
            seal: Seal::new(&Manifest::default(), archive.hash()).unwrap(),
            archive,
        }
    }

    fn read(file: &File) -> Option<Package> {
        super::read(file, Draft::new(&std::env::temp_dir()).unwrap())
    }

    #[test]
    fn a_written_package_is_read_and_a_torn_one_is_not() {
        let file = tempfile::tempfile().unwrap();
        assert!(read(&file).is_none());
        for archive in [&b"a longer archive"[..], b"short"] {
            write(&file, &package(archive)).unwrap();
            let found = read(&file).unwrap();
            assert_eq!(found.archive.bytes(), archive);
            assert!(found.is_whole());
        }
        let whole = file.metadata().unwrap().len();
        file.set_len(whole - 1).unwrap();
        let torn = read(&file).unwrap();
        assert!(!torn.is_whole());
        file.set_len(20).unwrap();
        assert!(read(&file).is_none());
    }
}
