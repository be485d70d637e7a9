//! Unsafe code lives in the agent's `src/sys` and nowhere else. The compiler sees to
//! that: the workspace denies it, and every library and program but the agent's
//! library forbids it. What is looked for here is who would not be asked.

use super::sources::sources;
use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The one file that may allow it.
const SYSTEM_LAYER: &str = "src/sys/mod.rs";

/// One finding for each crate that the workspace's rules do not reach, for each root
/// that does not forbid unsafe code, and for each place that allows it.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let workspace = root.join("Cargo.toml");
    let mut findings = Vec::new();
    let denied = "\nunsafe_code = \"deny\"\n";
    findings.extend(missing(root, &workspace, denied)?);
    for member in members(root)? {
        let inherited = "\n[lints]\nworkspace = true\n";
        findings.extend(missing(root, &member.join("Cargo.toml"), inherited)?);
        for name in ["src/main.rs", "src/lib.rs"].map(|name| member.join(name)) {
            if name.is_file() && name != root.join("src/lib.rs") {
                findings.extend(missing(root, &name, "#![forbid(unsafe_code)]")?);
            }
        }
    }
    for folder in ["src", "tests"] {
        findings.extend(allowed_below(root, &root.join(folder))?);
    }
    for member in members(root)? {
        findings.extend(allowed_below(root, &member.join("tests"))?);
        findings.extend(allowed_in(root, &member.join("build.rs"))?);
    }
    Ok(findings)
}

/// The folders of all crates.
fn members(root: &Path) -> Result<Vec<PathBuf>> {
    let crates = root.join("crates");
    let mut members = vec![root.to_path_buf()];
    for entry in fs::read_dir(&crates).context(crates.display())? {
        members.push(entry.context(crates.display())?.path());
    }
    Ok(members)
}

fn missing(root: &Path, file: &Path, what: &str) -> Result<Option<String>> {
    let text = fs::read_to_string(file).context(file.display())?;
    let name = file.strip_prefix(root).unwrap_or(file).display();
    Ok((!text.contains(what)).then(|| format!("{name}: {} is missing", what.trim())))
}

fn allowed_below(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for file in sources(folder)? {
        findings.extend(allowed_in(root, &file)?);
    }
    Ok(findings)
}

fn allowed_in(root: &Path, file: &Path) -> Result<Vec<String>> {
    let name = file.strip_prefix(root).unwrap_or(file);
    if !file.is_file() || name == Path::new(SYSTEM_LAYER) {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(file).context(file.display())?;
    let finding = |at| format!("{}:{at}: unsafe code is allowed", name.display());
    Ok(allowing(&text).map(finding).collect())
}

/// The lines that name the compiler's rule in order to do anything but keep it.
fn allowing(text: &str) -> impl Iterator<Item = usize> {
    let keeps = |line: &str| {
        ["forbid(unsafe_code)", "deny(unsafe_code)"]
            .iter()
            .any(|rule| line.contains(rule))
    };
    let lines = text.lines().enumerate();
    lines
        .filter(move |(_, line)| line.contains("unsafe_code") && !keeps(line))
        .map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_switches_the_rule_off_is_found() {
        for text in [
            "#![allow(unsafe_code)]",
            "//\n#[expect(unsafe_code, reason = \"speed\")]",
            "#[cfg_attr(test, warn(unsafe_code))]",
            "#[allow(\n    unsafe_code,\n)]",
        ] {
            assert_eq!(allowing(text).count(), 1, "{text}");
        }
        assert_eq!(allowing("//\n#![allow(unsafe_code)]").next(), Some(2));
    }

    #[test]
    fn who_keeps_it_is_not() {
        for text in [
            "#![forbid(unsafe_code)]",
            "#![deny(unsafe_code)]",
            "// unsafe",
        ] {
            assert_eq!(allowing(text).count(), 0, "{text}");
        }
    }
}
