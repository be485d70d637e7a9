//! A kernel that lacks what newer ones have, as far as programs can tell: a filter
//! answers in its place. It holds for static programs too.

use crate::preload;
use std::path::Path;

/// The system calls that came after Linux 4.9, the oldest that the agent is made for.
pub const LINUX_4_9: &str = "4.9";

/// What starts a program on a kernel without these means, [`LINUX_4_9`], `landlock`,
/// `seccomp` or `adoption` of orphans, several of them with commas in between; the starter lies in `folder`.
pub fn without(means: &str, folder: &Path) -> Vec<String> {
    let starter = preload::compile_program("older_kernel", folder);
    vec![starter.display().to_string(), means.to_owned()]
}
