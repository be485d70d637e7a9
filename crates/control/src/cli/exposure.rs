//! What decides what a service of root does has to be root's alone.

use super::failure::Failure;
use std::path::Path;

/// Refuses files and folders that others could change, where this process is root's.
///
/// # Errors
/// What they could change, and the command that mends it.
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
