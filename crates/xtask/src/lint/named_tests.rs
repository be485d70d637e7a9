//! Tests that the page on threats names are there, so that what it says is shown.

use super::sources::sources;
use release::failure::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/threat-model.md";

/// One finding for each test that the page names and nobody has written.
///
/// # Errors
/// When page or code cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).context(path.display())?;
    let mut written = BTreeSet::new();
    for folder in ["src", "crates", "tests"] {
        for file in sources(&root.join(folder))? {
            let text = fs::read_to_string(&file).context(file.display())?;
            written.extend(functions(&text).map(str::to_owned));
        }
    }
    Ok(named(&page)
        .filter(|name| !written.contains(*name))
        .map(|name| format!("{PAGE}: there is no test {name}"))
        .collect())
}

/// What stands between backticks and could be the name of a test: several words.
fn named(page: &str) -> impl Iterator<Item = &str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.matches('_').count() > 1 && text.chars().all(is_of_name))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

/// The names of the functions in a source.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim_start);
    lines.filter_map(|line| {
        let rest = line.strip_prefix("async ").unwrap_or(line);
        rest.strip_prefix("fn ")?.split(['(', '<']).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tests_are_told_from_other_code() {
        let page =
            "| `abuse_a_b` | `SSL_CERT_FILE`, `a_b`, `src/sys` | ```x_y_z w``` `what_is_it` |";
        assert_eq!(named(page).collect::<Vec<_>>(), ["abuse_a_b", "what_is_it"]);
    }

    #[test]
    fn a_function_is_known_wherever_it_stands() {
        let text = "fn one() {}\n    async fn two<T>() {}\n// fn three\nlet fn_four = 4;";
        assert_eq!(functions(text).collect::<Vec<_>>(), ["one", "two"]);
    }
}
