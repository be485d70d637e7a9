//! Messages that the page on troubleshooting quotes are ones that the programs
//! have.

use super::sources::sources;
use release::failure::{Context, Result};
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/operations/troubleshooting.md";

/// Stands in a quoted message for what is different each time.
const ANYTHING: char = '…';

/// One finding for each quoted message that is not in the code.
///
/// # Errors
/// When page or code cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).context(path.display())?;
    let code = code(root)?;
    let is_unknown = |message: &&str| !is_said(&code, message);
    Ok(quoted(&page)
        .filter(is_unknown)
        .map(|message| format!("{PAGE}: no program says `{message}`"))
        .collect())
}

/// What stands between backticks in the first cells of the page's tables.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2))
}

fn is_said(code: &str, message: &str) -> bool {
    let parts = message.split(ANYTHING).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .all(|part| code.contains(part))
}

/// The code of the programs, with every string on one line, and without comments
/// and unit tests.
fn code(root: &Path) -> Result<String> {
    let mut code = String::new();
    for folder in ["src", "crates"] {
        for file in sources(&root.join(folder))? {
            let text = fs::read_to_string(&file).context(file.display())?;
            let tested = text.split("#[cfg(test)]\nmod tests {").next();
            code += &joined(tested.unwrap_or_default());
        }
    }
    Ok(code)
}

fn joined(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let mut joined = String::new();
    for line in lines.filter(|line| !line.starts_with("//")) {
        match line.strip_suffix('\\') {
            Some(begun) => joined += begun,
            None => {
                joined += line;
                joined.push('\n');
            }
        }
    }
    joined.replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
| it says | what to do |
|---|---|
| `the disk … is full` | make room, `df -h` shows where |
| status `lost`, or `…: gone` | nothing |
";

    #[test]
    fn messages_are_found_in_first_cells_alone() {
        let found: Vec<&str> = quoted(PAGE).collect();
        assert_eq!(found, ["the disk … is full", "lost", "…: gone"]);
    }

    #[test]
    fn a_message_is_known_by_its_constant_parts() {
        let code =
            joined("// it is lost\nformat!(\"the disk {name} \\\n    is full: \\\"{why}\\\"\")\n");
        assert!(is_said(&code, "the disk … is full: …"));
        assert!(is_said(&code, "is full: \"…\""));
        assert!(!is_said(&code, "the disk … is empty"));
        assert!(!is_said(&code, "it is lost"));
    }
}
