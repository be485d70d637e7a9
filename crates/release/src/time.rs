//! Whether 32-bit programs outlive January 2038.
//!
//! musl has had 64 bits for the time on 32-bit machines since version 1.2. The libc crate
//! uses that only if a variable allows it, from version 0.2.181 on. If the standard library
//! contains an older one, that is left as it is: the standard library can ask the C library for
//! 64 bits without it, as it does with glibc.

use super::target::Target;
use crate::failure::{Context, Result, failed};
use serde::Deserialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// Where the standard library asks for the time, and of which C library it knows that
/// it can be asked for 64 bits.
const CLOCK: &str = "library/std/src/sys/pal/unix/time.rs";
const KNOWN: &str = "target_env = \"gnu\",";
const WIDENED: &str = "any(target_env = \"gnu\", target_env = \"musl\"),";

/// A copy of the standard library's sources that asks musl for 64 bits too.
///
/// # Errors
/// When the copy cannot be made, or the place to change is not there.
pub(super) fn widen(library_source: &Path, repository: &Path) -> Result<PathBuf> {
    let copy = repository.join("target/dist/rust");
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy).context(copy.display())?;
    let mut command = Command::new("cp");
    let library = library_source.join("library");
    let status = command.arg("-a").arg(&library).arg(&copy).status();
    if !status.context("cannot run cp")?.success() {
        return failed(format!("cannot copy {}", library.display()));
    }
    let file = copy.join(CLOCK);
    let widened = widened(&fs::read_to_string(&file).context(file.display())?);
    let Some(widened) = widened else {
        return failed(format!(
            "{} does not ask for the time as that of Rust 1.95 does: look whether it has 64 bits for it \
             with musl, and correct crates/release/src/time.rs",
            file.display()
        ));
    };
    // Cargo takes a file that is newer for a change.
    let modified = fs::metadata(&file).and_then(|file| file.modified());
    let modified = modified.context(file.display())?;
    fs::write(&file, widened).context(file.display())?;
    let written = File::options().write(true).open(&file);
    let dated = written.and_then(|file| file.set_modified(modified));
    dated.context(file.display())?;
    Ok(copy)
}

fn widened(text: &str) -> Option<String> {
    let is_there = text.contains("__clock_gettime64") && text.contains(KNOWN);
    is_there.then(|| text.replace(KNOWN, WIDENED))
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

    #[test]
    fn what_asks_for_the_time_otherwise_is_not_changed() {
        let known = format!("#[cfg({KNOWN})] fn __clock_gettime64();");
        let wide = widened(&known).unwrap();
        assert!(wide.contains("musl") && wide.contains("gnu"), "{wide}");
        assert_eq!(widened(KNOWN), None);
        assert_eq!(widened("fn __clock_gettime64();"), None);
    }
}
