//! What the fuzz targets reach of this program.

use crate::{build_file, function, package, registry};
use std::path::{Path, PathBuf};

/// Reads a build file.
///
/// # Errors
/// Why it is refused.
pub fn build_file(text: &str) -> Result<(), String> {
    build_file::parse(text).map(drop)
}

/// Reads a run line, and returns what the shell is given.
pub fn run_line(text: &str) -> Option<String> {
    match function::expand(text, |_| false).ok()? {
        function::Line::Shell(line) => Some(line),
        function::Line::Call(_) => None,
    }
}

/// The path that an archive's entry stands for.
pub fn entry_path(name: &[u8]) -> Option<PathBuf> {
    package::path_of(name).ok()
}

/// Unpacks an archive.
///
/// # Errors
/// Why it is not unpacked.
pub fn unpack(archive: &[u8], folder: &Path) -> Result<(), String> {
    package::unpack(std::io::Cursor::new(archive), folder).map_err(|error| error.to_string())
}

/// The reference in a registry's answer, which becomes part of paths.
pub fn reference(answer: &[u8]) -> Option<String> {
    let reference: package::Reference = registry::reference_in(answer).ok()?.parse().ok()?;
    Some(reference.to_string())
}
