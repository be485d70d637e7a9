//! A kernel that lacks what newer ones have, as far as one program can tell.

use crate::preload;
use std::path::Path;

/// What a program needs in its environment to find the kernel without these
/// means, `landlock` and `seccomp`; what belongs to it lies in `folder`.
pub fn without(means: &str, folder: &Path) -> Vec<(String, String)> {
    let library = preload::compile("older_kernel", folder);
    preload::environment(&library, "LACKING_IN_KERNEL", Path::new(means))
}
