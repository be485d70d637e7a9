//! Finding source files.

use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// All `.rs` files below a folder; none when there is no such folder.
///
/// # Errors
/// When a folder cannot be listed.
pub(super) fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}
