//! The CAs of a file, as the TLS library reads them.
//!
//! Left to itself it passes over the first certificate behind a byte order mark, and
//! the second where two are joined on a line.

use super::frame::{Class, LinkFailure};
use crate::storage;
use crate::sys::pipe::pipe;
use std::io::{self, Write};
use std::os::fd::IntoRawFd;
use std::path::{Path, PathBuf};
use wire::ca_file::{MOST_BYTES, certificates, pem};

/// A file of all the certificates that count in a CA file, and no others: that file
/// itself, if it holds nothing else.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(super) fn readable(file: &Path) -> Result<PathBuf, LinkFailure> {
    let unusable = |why: String| LinkFailure {
        class: Class::CaFile,
        text: format!("the CA file {} {why}", file.display()),
    };
    let cannot_be_read = |error: io::Error| unusable(format!("cannot be read: {error}"));
    let bytes = storage::read_limited(file, MOST_BYTES).map_err(cannot_be_read)?;
    let bytes = bytes.ok_or_else(|| unusable("is not there".to_owned()))?;
    let plain: String = certificates(&bytes)
        .map_err(unusable)?
        .iter()
        .map(|der| pem(der))
        .collect();
    if plain.as_bytes() == bytes {
        return Ok(file.to_path_buf());
    }
    hold(plain.as_bytes()).map_err(cannot_be_read)
}

/// Keeps bytes in a pipe, which this process has until it ends: it can write no files.
fn hold(bytes: &[u8]) -> io::Result<PathBuf> {
    let mut pipe = pipe()?;
    pipe.hold(bytes.len())?;
    pipe.writer.write_all(bytes)?;
    let number = pipe.reader.into_raw_fd();
    Ok(format!("/proc/self/fd/{number}").into())
}
