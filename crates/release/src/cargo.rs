//! Cargo and the checkout, for tasks that build.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo, without the variables that `cargo run` has set for this program.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_own_package(&mut cargo);
    cargo
}

/// Takes from a command's environment what `cargo run` has set for this program about
/// itself: build scripts would take it for a change and run again, and another
/// toolchain would load this one's libraries.
pub fn forget_own_package(command: &mut Command) {
    let own = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "LD_LIBRARY_PATH",
    ];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if own.iter().any(|own| text.starts_with(own)) {
            command.env_remove(&name);
        }
    }
}

/// The root of this checkout.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
