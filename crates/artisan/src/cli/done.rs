//! What a command has done, for people and for programs.

use super::arguments::Format;
use crate::failure::Failure;
use serde_json::Value;

/// What a command has done.
pub(super) struct Done {
    /// As JSON.
    pub(super) value: Value,
    /// In a line.
    pub(super) text: String,
}

impl Done {
    /// Prints it.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(super) fn report(&self, format: &Format) -> Result<(), Failure> {
        format.done(&self.value, &self.text)
    }
}
