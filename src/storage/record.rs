//! Records: JSON on disk, with a version, a length and a checksum, so that a
//! torn or corrupt file is known for what it is.
//!
//! `pilot-record 1 <length> <first 16 digits of the SHA-256>` and a line feed
//! stand before the JSON.

use crate::log;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::{fmt, io};
use wire::encoding::hex;
use wire::labelled::sha256;

const MAGIC: &str = "pilot-record";
const VERSION: &str = "1";

/// No record is near this size; a file that is has gone wrong.
const MOST_BYTES: u64 = 16 << 20;

/// Why a record cannot be read.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The file could not be read at all.
    Io(io::Error),
    /// The file is torn or corrupt.
    Corrupt(String),
    /// It is a record of this version, which this program does not know: as
    /// after a newer one was replaced by an older one.
    OtherVersion(String),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Corrupt(why) => f.write_str(why),
            Self::OtherVersion(version) => write!(
                f,
                "another version of this program wrote it (records of version {version}, where this one has {VERSION})"
            ),
        }
    }
}

impl std::error::Error for RecordError {}

/// Writes a record durably.
///
/// # Errors
/// As [`super::replace`].
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    super::replace(path, &encode(value)?)
}

/// Reads a record; `None` when there is no file.
///
/// # Errors
/// [`RecordError`].
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RecordError> {
    let bytes = super::read_limited(path, MOST_BYTES).map_err(RecordError::Io)?;
    bytes.map(|bytes| decode(&bytes)).transpose()
}

/// Reads a record that can be done without: one that is damaged, or that
/// another version of this program wrote, is set aside, for whoever wants to
/// know why, and counts as not there.
///
/// # Errors
/// When the file is there and cannot be read at all.
pub(crate) fn read_or_set_aside<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match read(path) {
        Ok(found) => Ok(found),
        Err(RecordError::Io(error)) => Err(error),
        Err(unreadable) => {
            set_aside(path, &unreadable.to_string());
            Ok(None)
        }
    }
}

/// Moves a damaged record out of the way and says so.
pub(crate) fn set_aside(path: &Path, why: &str) {
    let aside = path.with_added_extension("damaged");
    let moved = std::fs::rename(path, &aside).and_then(|()| super::sync_parent(path));
    let fate = moved.map_or_else(
        |error| format!("it cannot be set aside ({error})"),
        |()| format!("it is set aside as {}", aside.display()),
    );
    log::warning!("{}: {why}; {fate}", path.display());
}

/// The bytes of a record.
///
/// # Errors
/// Only what JSON cannot express.
pub(crate) fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    let header = format!("{MAGIC} {VERSION} {} {}\n", bytes.len(), checksum(&bytes));
    // In front, and not into another vector: a result may be long.
    bytes.splice(..0, header.into_bytes());
    Ok(bytes)
}

/// Reads the bytes of a record.
///
/// # Errors
/// [`RecordError::Corrupt`] unless they are all of one record.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    let corrupt = |why: &str| RecordError::Corrupt(why.to_owned());
    let end = bytes
        .iter()
        .position(|&byte| byte == b'\n')
        .ok_or_else(|| corrupt("it has no header"))?;
    let (header, json) = (&bytes[..end], &bytes[end + 1..]);
    if let Some(version) = version_of(header).filter(|version| *version != VERSION) {
        return Err(RecordError::OtherVersion(version.to_owned()));
    }
    let expected = format!("{MAGIC} {VERSION} {} {}", json.len(), checksum(json));
    if header != expected.as_bytes() {
        return Err(corrupt("its length or checksum is wrong"));
    }
    serde_json::from_slice(json).map_err(|error| corrupt(&error.to_string()))
}

/// What stands where the version belongs, if it can be one.
fn version_of(header: &[u8]) -> Option<&str> {
    let mut words = std::str::from_utf8(header).ok()?.split(' ');
    let version = words.next().filter(|&word| word == MAGIC).and(words.next());
    version.filter(|version| version.parse::<u16>().is_ok())
}

fn checksum(json: &[u8]) -> String {
    hex(&sha256(json)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        assert!(read::<u32>(&path).unwrap().is_none());
        write(&path, &7_u32).unwrap();
        assert_eq!(read::<u32>(&path).unwrap(), Some(7));
    }

    #[test]
    fn a_damaged_record_is_set_aside_and_counts_as_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        std::fs::write(&path, "torn").unwrap();
        assert!(read_or_set_aside::<u32>(&path).unwrap().is_none());
        let aside = folder.path().join("r.damaged");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "torn");
        assert!(!path.exists());
    }

    #[test]
    fn a_record_of_another_version_is_told_from_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        std::fs::write(&path, "pilot-record 2 3 0123456789abcdef more\n{}").unwrap();
        let told = read::<u32>(&path).unwrap_err().to_string();
        assert!(told.contains("records of version 2"), "{told}");
        assert!(read_or_set_aside::<u32>(&path).unwrap().is_none());
        assert!(folder.path().join("r.damaged").exists());
    }

    #[test]
    fn every_torn_or_flipped_record_is_noticed() {
        let whole = encode(&"some text").unwrap();
        for length in 0..whole.len() {
            assert!(
                decode::<String>(&whole[..length]).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(decode::<String>(&flipped).is_err(), "flipped at {at}");
        }
    }
}
