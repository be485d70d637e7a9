//! Files that decide what a service of root does must be writable by root only.

use super::failure::Failure;
use std::path::Path;

/// Refuses files and folders that others could change, if this process runs as root.
///
/// # Errors
/// What they could change, and the command that prevents it.
pub(super) fn refuse<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    if !ownership::is_root() {
        return Ok(());
    }
    for path in paths {
        ownership::check(path, ownership::ROOT).map_err(|exposed| {
            Failure::Refused(format!(
                "{exposed}, so that others decide what root does here: run this as the user whose \
                 service it is, or run `{}`",
                exposed.remedy()
            ))
        })?;
    }
    Ok(())
}
