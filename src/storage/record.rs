//! Records: JSON on disk, with a version, a length and a checksum, so that a
//! torn or corrupt file is known for what it is.
//!
//! `pilot-record 1 <length> <first 16 digits of the SHA-256>` and a line feed
//! stand before the JSON.
//!
//! The JSON is that of a type made for the disk ([`OnDisk`]): a type of the wire may get a
//! member, and a spec or a result that an older agent has left still means what it meant.

use crate::log;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fmt, io};
use wire::encoding::hex;
use wire::labelled::sha256;

const MAGIC: &str = "pilot-record";
const VERSION: &str = "1";

/// No record is near this size; a file that is has gone wrong.
const MOST_BYTES: u64 = 16 << 20;

/// A type that is kept in records, and the JSON of version 1 that it has there. The agent
/// writes no type to the disk that does not have it.
pub(crate) trait OnDisk: Sized {
    /// The JSON.
    ///
    /// # Errors
    /// Only what JSON cannot express.
    fn to_json(&self) -> serde_json::Result<Vec<u8>>;

    /// Reads the JSON.
    ///
    /// # Errors
    /// When it is not that of this type.
    fn from_json(json: &[u8]) -> serde_json::Result<Self>;
}

/// Has a type kept as another one that mirrors it (`#[serde(remote = …)]`), or as itself
/// where it is made for the disk alone.
macro_rules! kept_on_disk {
    ($kept:ty as $mirror:ty) => {
        impl $crate::storage::record::OnDisk for $kept {
            fn to_json(&self) -> serde_json::Result<Vec<u8>> {
                let mut json = Vec::new();
                <$mirror>::serialize(self, &mut serde_json::Serializer::new(&mut json))?;
                Ok(json)
            }

            fn from_json(json: &[u8]) -> serde_json::Result<Self> {
                let mut json = serde_json::Deserializer::from_slice(json);
                let value = <$mirror>::deserialize(&mut json)?;
                json.end()?;
                Ok(value)
            }
        }
    };
}
pub(crate) use kept_on_disk;

kept_on_disk!(u64 as u64);
kept_on_disk!(std::path::PathBuf as std::path::PathBuf);

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
pub(crate) fn write<T: OnDisk>(path: &Path, value: &T) -> io::Result<()> {
    super::replace(path, &encode(value)?)
}

/// Reads a record; `None` when there is no file.
///
/// # Errors
/// [`RecordError`].
pub(crate) fn read<T: OnDisk>(path: &Path) -> Result<Option<T>, RecordError> {
    let bytes = super::read_limited(path, MOST_BYTES).map_err(RecordError::Io)?;
    bytes.map(|bytes| decode(&bytes)).transpose()
}

/// Reads a record that can be done without: one that is damaged, or that another version of this
/// program wrote, is set aside, so that an operator can examine it, and counts as missing.
///
/// # Errors
/// When the file is there and cannot be read at all.
pub(crate) fn read_or_set_aside<T: OnDisk>(path: &Path) -> io::Result<Option<T>> {
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
fn encode<T: OnDisk>(value: &T) -> io::Result<Vec<u8>> {
    Ok(with_header(value.to_json()?))
}

/// Puts the header in front of the JSON of a record.
pub(crate) fn with_header(mut json: Vec<u8>) -> Vec<u8> {
    let header = format!("{MAGIC} {VERSION} {} {}\n", json.len(), checksum(&json));
    // In front, and not into another vector: a result may be long.
    json.splice(..0, header.into_bytes());
    json
}

fn decode<T: OnDisk>(bytes: &[u8]) -> Result<T, RecordError> {
    T::from_json(json_in(bytes)?).map_err(|error| RecordError::Corrupt(error.to_string()))
}

/// The JSON behind a header that fits it.
///
/// # Errors
/// [`RecordError`] unless the bytes are all of one record of this version.
pub(crate) fn json_in(bytes: &[u8]) -> Result<&[u8], RecordError> {
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
    Ok(json)
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
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Checks that a value is read from the record that version 1 of this program has left
    /// of it, and written as that record was.
    pub(crate) fn assert_is_version_1<T: OnDisk>(name: &str, is_expected: impl Fn(&T) -> bool) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/records/v1");
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let value: T = decode(&bytes).unwrap();
        assert!(is_expected(&value), "{name} is read as another value");
        assert_eq!(
            encode(&value).unwrap(),
            bytes,
            "{name} is written otherwise"
        );
    }

    #[test]
    fn plain_records_of_version_1_are_read() {
        assert_is_version_1("sequence", |number: &u64| *number == 2_048);
        let cgroup = Path::new("/sys/fs/cgroup/pilot-job-7");
        assert_is_version_1("cgroup", |path: &PathBuf| path == cgroup);
    }

    #[test]
    fn a_record_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        assert!(read::<u64>(&path).unwrap().is_none());
        write(&path, &7_u64).unwrap();
        assert_eq!(read::<u64>(&path).unwrap(), Some(7));
    }

    #[test]
    fn a_damaged_record_is_set_aside_and_counts_as_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        std::fs::write(&path, "torn").unwrap();
        assert!(read_or_set_aside::<u64>(&path).unwrap().is_none());
        let aside = folder.path().join("r.damaged");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "torn");
        assert!(!path.exists());
    }

    #[test]
    fn a_record_of_another_version_is_not_called_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r");
        std::fs::write(&path, "pilot-record 2 3 0123456789abcdef more\n{}").unwrap();
        let message = read::<u64>(&path).unwrap_err().to_string();
        assert!(message.contains("records of version 2"), "{message}");
        assert!(read_or_set_aside::<u64>(&path).unwrap().is_none());
        assert!(folder.path().join("r.damaged").exists());
    }

    #[test]
    fn every_torn_or_flipped_record_is_noticed() {
        let whole = encode(&PathBuf::from("/some/path")).unwrap();
        for length in 0..whole.len() {
            assert!(
                decode::<PathBuf>(&whole[..length]).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert!(decode::<PathBuf>(&flipped).is_err(), "flipped at {at}");
        }
    }
}
