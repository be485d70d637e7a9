//! Links between the pages lead somewhere: to a file, and to a heading of it.

use release::failure::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// One finding for each link of a page to what is not there.
///
/// # Errors
/// When a page cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for page in pages(root)? {
        let text = read(&page)?;
        let name = page.strip_prefix(root).unwrap_or(&page).display();
        for link in links(&text) {
            if !leads_somewhere(&page, &text, link)? {
                findings.push(format!("{name}: the link to {link} leads nowhere"));
            }
        }
    }
    Ok(findings)
}

/// Every page of the repository that people read.
fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = in_folder(root, false)?;
    for folder in ["docs", "examples", "packaging"] {
        pages.extend(in_folder(&root.join(folder), true)?);
    }
    Ok(pages)
}

fn in_folder(folder: &Path, deep: bool) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        if path.is_dir() && deep {
            pages.extend(in_folder(&path, deep)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    Ok(pages)
}

fn read(page: &Path) -> Result<String> {
    fs::read_to_string(page).context(page.display())
}

/// The targets of `[text](target)` that are not on the web.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split([')', ' ', '\n']).next())
        .filter(|target| !target.contains("://"))
}

fn leads_somewhere(page: &Path, text: &str, link: &str) -> Result<bool> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = page.with_file_name(file);
    let is_there = match file {
        "" => true,
        _ => target.exists(),
    };
    if !is_there || anchor.is_empty() {
        return Ok(is_there);
    }
    let other = match file {
        "" => None,
        _ => Some(read(&target)?),
    };
    Ok(has_heading(other.as_deref().unwrap_or(text), anchor))
}

fn has_heading(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.trim_start_matches('#').trim())
        .any(|heading| slug(heading) == anchor)
}

/// A heading's anchor, as forges make it.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let text: String = heading.to_lowercase().chars().filter(kept).collect();
    text.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_and_headings_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("a.md");
        let other = folder.path().join("b.md");
        let text = "# One thing\n[b](b.md#two-of-them) [web](https://example.com)";
        fs::write(&page, text).unwrap();
        fs::write(other, "## Two of `them`\n").unwrap();
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md#two-of-them"]);
        for (link, is_good) in [
            ("b.md", true),
            ("b.md#two-of-them", true),
            ("#one-thing", true),
            ("c.md", false),
            ("b.md#three", false),
            ("#two-of-them", false),
        ] {
            let leads = leads_somewhere(&page, text, link).unwrap();
            assert_eq!(leads, is_good, "{link}");
        }
    }
}
