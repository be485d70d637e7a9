//! Files that are either as they were or as they should be, even after a power cut, and
//! folders that are gone once they were removed.
//!
//! Each function returns once what it did survives a power cut. A file is written beside
//! its place, synced and renamed, then its folder is synced: [`replace`] for a place with
//! one writer, `unfinished` for one that has several.
#![forbid(unsafe_code)]

mod file;
mod folder;
pub mod removal;
#[cfg(feature = "unfinished")]
pub mod unfinished;

pub use file::{create_private, remove, replace};
pub use folder::{
    folder_of, make_new_private_folder, make_private_folder, remove_folder, sync_folder,
    sync_parent,
};

use std::io;

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
