//! Unsafe code lives in the agent's `src/sys` and nowhere else. Every other
//! crate forbids it at its root; in the agent, whose root cannot, the keyword
//! itself is looked for.

use super::sources::sources;
use crate::failure::{Context, Result};
use std::fs;
use std::path::Path;

/// One finding for each place outside `src/sys` that mentions unsafe code.
///
/// # Errors
/// When a source file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for folder in ["src", "crates", "tests"] {
        for file in sources(&root.join(folder))? {
            let text = fs::read_to_string(&file).context(file.display())?;
            let name = file.strip_prefix(root).unwrap_or(&file);
            findings.extend(check_file(name, &text));
        }
    }
    findings.extend(check_roots(root)?);
    Ok(findings)
}

fn check_file(name: &Path, text: &str) -> Vec<String> {
    if name.starts_with("src/sys") || name == Path::new("src/sys.rs") {
        return Vec::new();
    }
    text.lines()
        .enumerate()
        .filter(|(_, line)| is_unsafe(line))
        .map(|(at, _)| format!("{}:{}: unsafe code", name.display(), at + 1))
        .collect()
}

/// Whether a line of code, its comment and its strings left aside, has the
/// keyword.
fn is_unsafe(line: &str) -> bool {
    let line = line.replace("\\\"", "");
    let code = line.split("//").next().unwrap_or_default();
    let outside_strings: String = code.split('"').step_by(2).collect();
    outside_strings
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word == "unsafe")
}

/// One finding for each workspace member that does not forbid unsafe code.
fn check_roots(root: &Path) -> Result<Vec<String>> {
    let crates = root.join("crates");
    let mut findings = Vec::new();
    for entry in fs::read_dir(&crates).context(crates.display())? {
        let source = entry.context(crates.display())?.path().join("src");
        for name in ["main.rs", "lib.rs"] {
            findings.extend(check_root(root, &source.join(name))?);
        }
    }
    Ok(findings)
}

fn check_root(root: &Path, file: &Path) -> Result<Option<String>> {
    if !file.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(file).context(file.display())?;
    let forbidden = text.contains("#![forbid(unsafe_code)]");
    let name = file.strip_prefix(root).unwrap_or(file).display();
    Ok((!forbidden).then(|| format!("{name}: #![forbid(unsafe_code)] is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyword_is_found() {
        for line in [
            "unsafe { f() }",
            "    let x = unsafe{1};",
            "pub unsafe fn f() {}",
            "unsafe extern \"C\" {",
        ] {
            assert_eq!(check_file(Path::new("src/job.rs"), line).len(), 1, "{line}");
        }
    }

    #[test]
    fn words_about_it_are_not() {
        for line in [
            "// unsafe",
            "#![forbid(unsafe_code)]",
            "println!(\"unsafe\");",
            "let unsafely = 1;",
        ] {
            assert!(!is_unsafe(line), "{line}");
        }
    }

    #[test]
    fn the_system_layer_may_have_it() {
        assert!(check_file(Path::new("src/sys/fork.rs"), "unsafe { f() }").is_empty());
    }
}
