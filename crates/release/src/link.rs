//! zig as cargo-zigbuild calls it, with two options of its linker that its compiler
//! driver does not take.
//!
//! `ZIG_VERBOSE_LINK` has zig say how it calls the linker, LLD, which knows the
//! options and is in zig too (`zig ld.lld`): a program is linked once as zig does it,
//! and once more in the same way, smaller.

use crate::failure::{Context, Result, failed};
use crate::order;
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::NamedTempFile;

/// Names the real zig to this program.
const ZIG: &str = "XTASK_ZIG";

/// As cargo-zigbuild has it: a program that exists, and its first arguments.
const COMMAND: &str = "CARGO_ZIGBUILD_ZIG_COMMAND";
const COMMAND_ARGUMENTS: &str = "CARGO_ZIGBUILD_ZIG_COMMAND_ARGS";

/// What has to be moved when a program is loaded takes a bit and not 24 bytes, and
/// functions of the same code are one.
const OPTIONS: [&str; 3] = ["-z", "pack-relative-relocs", "--icf=all"];

/// How zig is called.
#[derive(clap::Args)]
pub struct Call {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Has a command's cargo-zigbuild call this program in zig's place, as `zig`: it has to
/// hand such a call to [`run`].
///
/// # Errors
/// When this program's own file cannot be found.
pub(super) fn stand_between(command: &mut Command, zigbuild: &Path) -> Result<()> {
    let this = env::current_exe().context("cannot find this program's file")?;
    command
        .env(COMMAND, this)
        .env(COMMAND_ARGUMENTS, "zig")
        .env(ZIG, zig(zigbuild));
    Ok(())
}

/// The one of the Python package beside cargo-zigbuild, or the one in PATH.
fn zig(zigbuild: &Path) -> PathBuf {
    let script =
        "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))";
    let packaged = Command::new(zigbuild.with_file_name("python3"))
        .args(["-c", script])
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().into());
    packaged.unwrap_or_else(|| "zig".into())
}

/// Calls zig, and its linker once more where it linked a program of Rust's.
///
/// # Errors
/// When zig fails, or does not say how it linked.
pub fn run(call: &Call) -> Result<()> {
    let zig = env::var_os(ZIG).unwrap_or_else(|| "zig".into());
    let mut command = Command::new(&zig);
    command.args(&call.arguments);
    if !call.links() {
        return succeed(&mut command);
    }
    let output = command
        .env("ZIG_VERBOSE_LINK", "1")
        .output()
        .context("cannot run zig")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return failed(said);
    }
    let Some(arguments) = linker_arguments(&said) else {
        return failed(format!("zig does not say how it calls LLD:\n{said}"));
    };
    let mut linker = Command::new(zig);
    linker.arg("ld.lld").args(arguments).args(OPTIONS);
    let Some(order) = order::of_waiting(&call.objects())? else {
        return succeed(&mut linker);
    };
    let mut file = NamedTempFile::new().context("cannot make a temporary file")?;
    file.write_all(order.as_bytes())
        .context(file.path().display())?;
    linker
        .arg("--symbol-ordering-file")
        .arg(file.path())
        .arg("--no-warn-symbol-ordering");
    succeed(&mut linker)
}

impl Call {
    /// The object files that rustc made.
    fn objects(&self) -> Vec<&Path> {
        let objects = self
            .arguments
            .iter()
            .filter(|argument| argument.ends_with(".rcgu.o"));
        objects.map(Path::new).collect()
    }

    /// Whether it is rustc that calls, which hands over its objects, or a file with
    /// their names if there are many. What zig says does not quote, so that nobody can
    /// call LLD again with paths that have blanks: those programs stay larger.
    fn links(&self) -> bool {
        let is_input =
            |argument: &String| argument.ends_with(".rcgu.o") || argument.starts_with('@');
        self.arguments.first().is_some_and(|first| first == "cc")
            && self.arguments.iter().any(is_input)
            && !self.arguments.iter().any(|argument| argument.contains(' '))
    }
}

/// What zig said of its last call of LLD.
fn linker_arguments(said: &str) -> Option<impl Iterator<Item = &str>> {
    let mut calls = said.lines().filter_map(|line| line.strip_prefix("ld.lld "));
    Some(calls.next_back()?.split_whitespace())
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().context("cannot run zig")?;
    if status.success() {
        return Ok(());
    }
    failed(format!("zig: {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &[&str]) -> Call {
        Call {
            arguments: arguments.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn what_is_compiled_is_not_linked() {
        assert!(!call(&["version"]).links());
        assert!(!call(&["cc", "-c", "curve25519.c", "-o", "curve25519.o"]).links());
        assert!(!call(&["ar", "libring.a", "x.rcgu.o"]).links());
        assert!(call(&["cc", "pilot.1-cgu.0.rcgu.o", "-o", "pilot"]).links());
        assert!(call(&["cc", "@/tmp/linker-arguments"]).links());
        assert!(!call(&["cc", "a folder/pilot.1-cgu.0.rcgu.o", "-o", "pilot"]).links());
    }

    #[test]
    fn the_linker_is_called_as_zig_called_it() {
        let said = "warning: ignored\nld.lld -o first a.o\nld.lld -pie -o pilot pilot.o\n";
        let arguments: Vec<_> = linker_arguments(said).unwrap().collect();
        assert_eq!(arguments, ["-pie", "-o", "pilot", "pilot.o"]);
        assert!(linker_arguments("error: no such file\n").is_none());
    }
}
