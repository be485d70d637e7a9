//! How long texts and lists may be.

use wire::bounded::{self, TooLong};
use wire::limits::MOST_NAME;

/// The most bytes of a batch's notes, and of a command's description.
pub(crate) const MOST_NOTES: usize = 4 << 10;

/// How many labels a host or a batch may have.
pub(crate) const MOST_LABELS: usize = 64;

/// Checks the lengths of labels and of their list.
pub(crate) fn check_labels(labels: &[String]) -> Result<(), TooLong> {
    bounded::list("label", labels, MOST_LABELS)?;
    bounded::texts("a label", labels, MOST_NAME)
}
