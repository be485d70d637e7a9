//! The index of decisions lists every page once, in order, under its title, and says of each
//! number without a page what became of it.

use release::failure::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FOLDER: &str = "docs/decisions";
const INDEX: &str = "README.md";

/// A page of a decision.
struct Page {
    file: String,
    /// Its first line.
    heading: String,
}

/// A row of the index: `| [0001](0001-a-title.md) | what was decided |`.
struct Row<'a> {
    number: &'a str,
    file: &'a str,
    title: &'a str,
}

/// One finding for each difference between the pages and their index.
///
/// # Errors
/// When a page cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(FOLDER);
    let index = read(&folder.join(INDEX))?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if file != INDEX {
            let text = read(&path)?;
            pages.push(Page {
                file: file.into_owned(),
                heading: text.lines().next().unwrap_or_default().to_owned(),
            });
        }
    }
    pages.sort_by(|a, b| a.file.cmp(&b.file));
    let findings = differences(&index, &pages).into_iter();
    Ok(findings
        .map(|finding| format!("{FOLDER}/{INDEX}: {finding}"))
        .collect())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).context(path.display())
}

fn differences(index: &str, pages: &[Page]) -> Vec<String> {
    let rows: Vec<Row<'_>> = index.lines().filter_map(row).collect();
    let mut findings: Vec<String> = rows
        .windows(2)
        .filter(|pair| pair[0].number >= pair[1].number)
        .map(|pair| format!("{} stands before {}", pair[0].number, pair[1].number))
        .collect();
    for row in &rows {
        findings.extend(wrong(row, pages));
    }
    let is_listed = |page: &&Page| rows.iter().any(|row| row.file == page.file);
    let unlisted = pages.iter().filter(|page| !is_listed(page));
    findings.extend(unlisted.map(|page| format!("{} is not listed", page.file)));
    findings.extend(
        unexplained(index, &rows)
            .into_iter()
            .map(|number| format!("nothing says what became of {number:04}")),
    );
    findings
}

fn row(line: &str) -> Option<Row<'_>> {
    let (number, rest) = line.strip_prefix("| [")?.split_once("](")?;
    let (file, rest) = rest.split_once(") | ")?;
    let title = rest.strip_suffix(" |")?;
    Some(Row {
        number,
        file,
        title,
    })
}

/// What is wrong with a row, if anything.
fn wrong(row: &Row<'_>, pages: &[Page]) -> Option<String> {
    let number = row.number;
    if !row.file.starts_with(&format!("{number}-")) {
        return Some(format!("{number} leads to {}", row.file));
    }
    let Some(page) = pages.iter().find(|page| page.file == row.file) else {
        return Some(format!("there is no {}", row.file));
    };
    let heading = format!("# {}. {}", number.trim_start_matches('0'), row.title);
    match page.heading.eq_ignore_ascii_case(&heading) {
        true => None,
        false => Some(format!("{number} is not the title `{}`", page.heading)),
    }
}

/// The numbers up to the last row that have neither a row nor a word in the text above them.
fn unexplained(index: &str, rows: &[Row<'_>]) -> Vec<u32> {
    let above = index.split("\n|").next().unwrap_or_default();
    let words = above.split(|c: char| !c.is_ascii_digit());
    let numbers = words.filter(|word| word.len() == 4);
    let numbers = numbers.chain(rows.iter().map(|row| row.number));
    let known: BTreeSet<u32> = numbers.filter_map(|number| number.parse().ok()).collect();
    let last = rows.last().and_then(|row| row.number.parse().ok());
    (1..last.unwrap_or_default())
        .filter(|number| !known.contains(number))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "\
# Decisions

The number 0002 was never used.

| page | decision |
|---|---|
| [0001](0001-one.md) | `one` is enough |
| [0003](0003-three.md) | TLS is used |
";

    fn pages(pages: &[(&str, &str)]) -> Vec<Page> {
        let page = |&(file, heading): &(&str, &str)| Page {
            file: file.into(),
            heading: heading.into(),
        };
        pages.iter().map(page).collect()
    }

    fn good() -> Vec<Page> {
        pages(&[
            ("0001-one.md", "# 1. `One` is enough"),
            ("0003-three.md", "# 3. TLS is used"),
        ])
    }

    #[test]
    fn an_index_with_every_page_once_in_order_is_good() {
        assert_eq!(differences(INDEX, &good()), [""; 0]);
    }

    #[test]
    fn each_difference_is_named() {
        let row = "| [0003](0003-three.md) | TLS is used |\n";
        for (index, finding) in [
            (format!("{INDEX}{row}"), "0003 stands before 0003"),
            (INDEX.replace(row, ""), "0003-three.md is not listed"),
            (
                INDEX.replace("TLS", "DNS"),
                "0003 is not the title `# 3. TLS is used`",
            ),
            (
                INDEX.replace("(0003-t", "(0004-t"),
                "0003 leads to 0004-three.md",
            ),
            (
                INDEX.replace("0002", "2"),
                "nothing says what became of 0002",
            ),
            (
                format!("{INDEX}| [0004](0004-four.md) | no |\n"),
                "there is no 0004-four.md",
            ),
        ] {
            let found = differences(&index, &good());
            assert!(found.iter().any(|found| found == finding), "{found:?}");
        }
    }
}
