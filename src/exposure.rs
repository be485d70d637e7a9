//! What decides what an agent of root does has to be root's alone: its jobs may be
//! another user's, and other users may have been at work before it.
#![forbid(unsafe_code)]

use crate::failure::Failure;
use crate::sys::user::{self, ROOT};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The user of the agent of this home: another user who can change that user's files is root, or
/// that user.
pub(crate) fn agent_user(home: &Path) -> u32 {
    fs::metadata(home).map_or_else(|_| user::effective_id(), |found| found.uid())
}

/// Refuses a file or folder that others could change, on behalf of an agent of root.
///
/// # Errors
/// What they could change, and the command that mends it.
pub(crate) fn refuse(path: &Path, home: &Path) -> Result<(), Failure> {
    if user::effective_id() != ROOT || agent_user(home) != ROOT {
        return Ok(());
    }
    ownership::check(path, ROOT).map_err(|exposed| {
        Failure::configuration(format!(
            "{exposed}, so that others decide what root does here: run `{}`",
            exposed.remedy()
        ))
    })
}
