//! Links between the pages lead somewhere: to a file, and to a heading of it.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use release::failure::{Context, Result};
use std::collections::BTreeMap;
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
            if !leads_somewhere(&page, &text, &link)? {
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

/// What a page links to, images included, that is not on the web.
fn links(text: &str) -> Vec<String> {
    let targets = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    let targets = targets.map(|target| target.to_string());
    targets.filter(|target| !target.contains("://")).collect()
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
    let anchors = anchors(other.as_deref().unwrap_or(text));
    Ok(anchors.iter().any(|found| found == anchor))
}

/// The anchors of a page's headings, as forges make them: what repeats is numbered.
fn anchors(text: &str) -> Vec<String> {
    let (mut anchors, mut times) = (Vec::new(), BTreeMap::<String, usize>::new());
    let mut heading = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = slug(&heading.take().unwrap_or_default());
                let before = times.entry(anchor.clone()).or_default();
                anchors.push(match before {
                    0 => anchor,
                    _ => format!("{anchor}-{before}"),
                });
                *before += 1;
            }
            _ => {}
        }
    }
    anchors
}

fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let text: String = heading.to_ascii_lowercase().chars().filter(kept).collect();
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
        let text = "# One thing\n[b](b.md#two-of-them \"title\") [r] [web](https://example.com)\n\
                    ```\n# In code\n[code](in-code.md)\n```\n## Twice\n## Twice\n\n[r]: c.md\n";
        fs::write(&page, text).unwrap();
        fs::write(other, "## Two of `them`\n").unwrap();
        assert_eq!(links(text), ["b.md#two-of-them", "c.md"]);
        for (link, is_good) in [
            ("b.md", true),
            ("b.md#two-of-them", true),
            ("#one-thing", true),
            ("#twice-1", true),
            ("c.md", false),
            ("b.md#three", false),
            ("b.md#Two-of-them", false),
            ("#two-of-them", false),
            ("#in-code", false),
            ("#twice-2", false),
        ] {
            let leads = leads_somewhere(&page, text, link).unwrap();
            assert_eq!(leads, is_good, "{link}");
        }
    }
}
