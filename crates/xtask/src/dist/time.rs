//! Whether 32-bit programs outlive January 2038.
//!
//! musl has had 64 bits for the time on 32-bit machines since version 1.2. The libc crate
//! has to be told that it may rely on that; the one that the standard library brings
//! along listens since version 0.2.181.

use super::target::Target;
use crate::failure::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// What tells the libc crate.
pub(super) fn wide_time(target: &Target) -> Option<(&'static str, &'static str)> {
    (!target.is_64).then_some(("RUST_LIBC_UNSTABLE_MUSL_V1_2_3", "1"))
}

/// The packages that the standard library is built from.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// Whether the standard library in this folder of sources has 32 bits for the time on
/// 32-bit machines: asked for it after 2038, it panics.
///
/// # Errors
/// When the list of its packages is missing or malformed.
pub(super) fn ends(library_source: &Path) -> Result<bool> {
    let file = library_source.join("library/Cargo.lock");
    let text = fs::read_to_string(&file).context(file.display())?;
    let lock: Lock = toml::from_str(&text).context(file.display())?;
    Ok(lock.ends())
}

impl Lock {
    fn ends(&self) -> bool {
        let mut libc = self.package.iter().filter(|one| one.name == "libc");
        libc.any(|libc| {
            let number = libc.version.strip_prefix("0.2.");
            number.is_some_and(|number| number.parse().is_ok_and(|number: u32| number < 181))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_ends_with_the_libc_crate_before_0_2_181() {
        let with = |version| {
            let lock = format!(
                "[[package]]\nname = \"cc\"\nversion = \"0.2.1\"\n\n\
                 [[package]]\nname = \"libc\"\nversion = \"{version}\"\n"
            );
            toml::from_str::<Lock>(&lock).unwrap().ends()
        };
        assert_eq!(["0.2.178", "0.2.180"].map(with), [true; 2]);
        assert_eq!(["0.2.181", "0.2.1000", "1.0.0"].map(with), [false; 3]);
    }
}
