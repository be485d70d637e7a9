//! Programs of another architecture, executed as if they were this machine's: a
//! rule in the kernel (binfmt_misc) names the emulator that runs them, for one user namespace.

use release::Target;
use release::failure::{Context, Result, failed};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const REGISTER: &str = r#"
set -e
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf %s "$1" > /proc/sys/fs/binfmt_misc/register
shift
exec "$@"
"#;

/// What starts a program with everything emulated that it executes of the target.
///
/// # Errors
/// When the kernel lets nobody have rules of its own.
pub(super) fn starter(target: &Target, emulator: &Path, pilot: &Path) -> Result<Vec<String>> {
    let rule = rule(target, emulator);
    let starter = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
    ];
    let starter = [&starter[..], &[REGISTER, "sh", &rule]].concat();
    let starter: Vec<String> = starter.into_iter().map(str::to_owned).collect();
    let mut version = Command::new(&starter[0]);
    version.args(&starter[1..]).arg(pilot).arg("version");
    let output = version.output().context("cannot run unshare")?;
    if output.status.success() {
        return Ok(starter);
    }
    failed(format!(
        "{} does not start under {}: {}\nA user namespace has rules of its own (binfmt_misc) from \
         Linux 6.7 on; it takes unprivileged user namespaces or root",
        pilot.display(),
        emulator.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}

/// The emulator of a target's programs that is linked dynamically.
pub(super) fn dynamic(target: &Target) -> &'static str {
    target.emulator.trim_end_matches("-static")
}

/// Finds the emulator of a target's programs, itself static or linked dynamically.
///
/// # Errors
/// When it is missing.
pub(super) fn find(target: &Target, is_dynamic: bool) -> Result<PathBuf> {
    if is_dynamic {
        find_in_path(dynamic(target), "qemu-user")
    } else {
        find_in_path(target.emulator, "qemu-user-static")
    }
}

fn find_in_path(emulator: &str, package: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).map(|folder| folder.join(emulator));
    match places.into_iter().find(|place| place.is_file()) {
        Some(found) => Ok(found),
        None => failed(format!(
            "{emulator} is missing: `apt-get install --no-install-recommends {package}`"
        )),
    }
}

/// Which files the emulator runs, by the first 20 bytes of their ELF headers (elf(5)),
/// and how: the kernel opens it now (F), and passes it the program's name (P).
fn rule(target: &Target, emulator: &Path) -> String {
    let mut magic = *b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\0\0";
    magic[4] = if target.is_64 { 2 } else { 1 };
    magic[18..].copy_from_slice(&target.machine.0.to_le_bytes());
    let mut mask = [0xff; 20];
    // For any operating system.
    mask[7] = 0;
    // Executables (2) and shared objects (3), which are executables as well.
    mask[16] = 0xfe;
    let (magic, mask) = (escaped(&magic), escaped(&mask));
    format!(":pilot:M::{magic}:{mask}:{}:FP", emulator.display())
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use release::TargetName;

    #[test]
    fn a_rule_is_for_the_programs_of_one_machine() {
        let TargetName(arm) = "armv7".parse().unwrap();
        let rule = rule(arm, Path::new("/usr/bin/qemu-arm-static"));
        let zeros = "\\x00".repeat(9);
        let ones = |count| "\\xff".repeat(count);
        let magic = format!("\\x7f\\x45\\x4c\\x46\\x01\\x01\\x01{zeros}\\x02\\x00\\x28\\x00");
        let mask = format!("{}\\x00{}\\xfe{}", ones(7), ones(8), ones(3));
        assert_eq!(
            rule,
            format!(":pilot:M::{magic}:{mask}:/usr/bin/qemu-arm-static:FP")
        );
    }

    #[test]
    fn an_emulator_that_is_missing_comes_with_a_remedy() {
        let failure = find_in_path("qemu-pdp11", "qemu-user").unwrap_err();
        assert!(failure.to_string().ends_with("qemu-user`"), "{failure}");
    }
}
