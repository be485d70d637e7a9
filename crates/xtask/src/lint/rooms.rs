//! Rooms: the files and folders at the top of a program or library. The arrows between them,
//! from a room to those that it uses, form no cycle.

use super::sources::sources;
use release::failure::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The sources that have no cycle.
const ROOTS: [&str; 5] = [
    "src",
    "crates/artisan/src",
    "crates/dial/src",
    "crates/trust/src",
    "crates/wire/src",
];

/// Which rooms each room uses.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// One finding for each way that leads from a room back into it, the shortest of each.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for folder in ROOTS {
        let arrows = arrows(&root.join(folder))?;
        let found = cycles(&arrows).into_iter();
        findings.extend(found.map(|way| format!("{folder}: rooms in a circle: {way}")));
    }
    Ok(findings)
}

fn arrows(folder: &Path) -> Result<Arrows> {
    let mut arrows = Arrows::new();
    for file in sources(folder)? {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        let is_test = file.file_stem().is_some_and(|stem| {
            let stem = stem.to_string_lossy();
            stem == "tests" || stem.ends_with("_tests")
        });
        let top = name.iter().next().map(|top| top.to_string_lossy());
        let room = top.map(|top| top.trim_end_matches(".rs").to_owned());
        // The entry points put everything together.
        let Some(room) = room.filter(|room| !is_test && room != "lib" && room != "main") else {
            continue;
        };
        let text = fs::read_to_string(&file).context(file.display())?;
        let mut used = used(&text);
        used.remove(&room);
        arrows.entry(room).or_default().extend(used);
    }
    // Types that the root shows as its own are no rooms.
    let rooms: BTreeSet<String> = arrows.keys().cloned().collect();
    for used in arrows.values_mut() {
        used.retain(|room| rooms.contains(room));
    }
    Ok(arrows)
}

/// What follows `crate::` outside the unit tests, in groups too.
pub(super) fn used(text: &str) -> BTreeSet<String> {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let code: String = text[..end]
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let mut used = BTreeSet::new();
    for (_, rest) in code
        .match_indices("crate::")
        .map(|(at, it)| code.split_at(at + it.len()))
    {
        match rest.strip_prefix('{') {
            Some(group) => used.extend(first_words(group)),
            None => used.extend(word(rest)),
        }
    }
    used
}

/// The first word of each member of a group, which ends with its brace.
fn first_words(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut words: Vec<String> = word(group).into_iter().collect();
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.extend(word(&group[at + 1..])),
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> Option<String> {
    let text = text.trim_start();
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The shortest way from each room back into it, each once.
fn cycles(arrows: &Arrows) -> BTreeSet<String> {
    let ways = arrows.keys().filter_map(|room| way_back(arrows, room));
    let turned = ways.map(|mut way| {
        let first = (0..way.len()).min_by_key(|at| way[*at]).unwrap_or(0);
        way.rotate_left(first);
        format!("{} > {}", way.join(" > "), way[0])
    });
    turned.collect()
}

/// The rooms of that way, without the last, which is the first again.
fn way_back<'a>(arrows: &'a Arrows, room: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![room]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way[way.len() - 1];
            for next in arrows.get(last).into_iter().flatten() {
                if next == room {
                    return Some(way);
                }
                if seen.insert(next) {
                    longer.push([&way[..], &[next.as_str()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_uses_is_found_in_every_form() {
        let text = "use crate::log;\nuse crate::{Fingerprint, key::{Key, Other},\n    armor};\n\
            // crate::comment\nfn a() { crate::sys::clock::now() }\n\
            #[cfg(test)]\nmod tests { use crate::lab; }\n";
        let used = used(text);
        let expected = ["Fingerprint", "armor", "key", "log", "sys"];
        assert_eq!(used, expected.map(str::to_owned).into());
    }

    #[test]
    fn a_circle_is_told_once_by_its_shortest_way() {
        let arrows = |pairs: &[(&str, &[&str])]| -> Arrows {
            let owned = |all: &[&str]| all.iter().map(|room| (*room).to_owned()).collect();
            pairs
                .iter()
                .map(|(room, used)| ((*room).to_owned(), owned(used)))
                .collect()
        };
        let tree = arrows(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
        assert_eq!(cycles(&tree), BTreeSet::new());
        let circle = arrows(&[("c", &["a"]), ("a", &["b"]), ("b", &["c"]), ("d", &["a"])]);
        assert_eq!(cycles(&circle), ["a > b > c > a".to_owned()].into());
    }
}
