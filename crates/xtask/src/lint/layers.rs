//! The layers of control: arrows between them go down only, the domain is pure, and the store
//! decides nothing (decision 62).

use super::rooms::used;
use super::sources::sources;
use release::failure::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ROOT: &str = "crates/control/src";

/// What each layer may use of the others; the first folder that holds a file counts. Files
/// elsewhere may use none.
const LAYERS: [(&str, &[&str]); 8] = [
    (
        "cli/serve/",
        &[
            "clock", "domain", "files", "fleet", "http", "service", "store",
        ],
    ),
    (
        "cli/",
        &[
            "clock",
            "domain",
            "files",
            "new_folder",
            "percent",
            "random",
            "store",
        ],
    ),
    ("http/", &["domain", "metrics", "percent", "service"]),
    (
        "service/",
        &[
            "clock", "domain", "files", "fleet", "metrics", "random", "store",
        ],
    ),
    ("fleet/", &["clock", "domain", "metrics", "random", "store"]),
    ("store/", &["clock", "domain", "files", "random"]),
    ("metrics/", &["domain"]),
    ("domain/", &[]),
];

/// What the domain may not name: time, waiting, and ways to the kernel.
const IMPURE: [&str; 7] = [
    "tokio",
    "async fn",
    ".await",
    "std::fs",
    "std::process",
    "Instant::now",
    "SystemTime",
];

/// Files that may use something beyond their layer: another layer, something impure, or a
/// function of the domain. Each has to be needed.
const EXCEPTIONS: [(&str, &str); 9] = [
    // `pilotctl user add` hashes the password on the machine that has the data.
    ("cli/user.rs", "service"),
    // The time at which a token is verified, and an answer sealed.
    ("http/agent/request.rs", "clock"),
    // `Retry-After` spreads the clients of a busy control.
    ("http/error.rs", "random"),
    ("http/error.rs", "store"),
    ("store/pings.rs", "cancelled"),
    ("store/batch_commands.rs", "masked_command"),
    ("store/rotation.rs", "same_key"),
    // Which status an open job has, for counts by status.
    ("store/figures.rs", "open_status"),
    // Rows of versions that did not store what is shown of a command.
    ("store/list_columns.rs", "masked"),
];

/// One finding for each arrow that goes up, and for each exception that is not needed.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(ROOT);
    let mut found = BTreeSet::new();
    for file in sources(&folder)? {
        let name = file.strip_prefix(&folder).unwrap_or(&file);
        let name = name.display().to_string();
        if is_checked(&name) {
            let text = fs::read_to_string(&file).context(file.display())?;
            let uses = beyond(&name, &text).into_iter();
            found.extend(uses.map(|what| (name.clone(), what)));
        }
    }
    Ok(findings(&found, &EXCEPTIONS))
}

/// Tests look at every layer, and the program itself puts them together.
fn is_checked(name: &str) -> bool {
    !name.starts_with("tests/") && !name.ends_with("tests.rs") && name != "main.rs"
}

fn findings(found: &BTreeSet<(String, String)>, exceptions: &[(&str, &str)]) -> Vec<String> {
    let is_excepted = |file: &str, what: &str| exceptions.contains(&(file, what));
    let beyond = found.iter().filter(|(file, what)| !is_excepted(file, what));
    let beyond = beyond.map(|(file, what)| format!("{ROOT}/{file}: its layer may not use {what}"));
    let is_needed =
        |(file, what): &&(&str, &str)| !found.contains(&((*file).to_owned(), (*what).to_owned()));
    let needless = exceptions.iter().filter(is_needed).map(|(file, what)| {
        format!("{ROOT}/{file}: it no longer uses {what}: remove the exception from layers.rs")
    });
    beyond.chain(needless).collect()
}

/// What a file uses beyond its layer.
fn beyond(name: &str, text: &str) -> BTreeSet<String> {
    let code = without_tests(text);
    let layer = LAYERS.iter().find(|(folder, _)| name.starts_with(folder));
    let (own, allowed) = layer.map_or(("", [].as_slice()), |(own, allowed)| (*own, *allowed));
    let own = own.split('/').next().unwrap_or_default();
    let mut beyond = used(&code);
    beyond.retain(|room| room != own && !allowed.contains(&room.as_str()));
    match own {
        "domain" => beyond.extend(impure(&code)),
        "store" => beyond.extend(decisions(&code)),
        _ => {}
    }
    beyond
}

/// The file without its unit tests and comments.
fn without_tests(text: &str) -> String {
    let tests = [
        "#[cfg(test)]\nmod tests",
        "#[cfg(test)]\npub(crate) mod tests",
    ];
    let ends = tests.iter().filter_map(|tests| text.find(tests));
    let code = &text[..ends.min().unwrap_or(text.len())];
    let lines = code.lines();
    let bare = lines.map(|line| line.split("//").next().unwrap_or_default());
    bare.collect::<Vec<_>>().join("\n")
}

fn impure(code: &str) -> impl Iterator<Item = String> {
    let named = IMPURE.into_iter().filter(|name| code.contains(name));
    named.map(str::to_owned)
}

/// The functions of the domain that a file imports. Types begin with a capital letter.
fn decisions(code: &str) -> Vec<String> {
    let imports = code.split("use crate::domain::").skip(1);
    let imports = imports.filter_map(|rest| rest.split(';').next());
    let names = imports.flat_map(|import| match import.split_once('{') {
        Some((_, group)) => group.trim_end_matches('}').split(',').collect(),
        None => vec![import],
    });
    let last = names.filter_map(|name| name.trim().rsplit("::").next());
    last.filter(|name| name.starts_with(|first: char| first.is_lowercase()) && *name != "self")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> Vec<String> {
        beyond(name, text).into_iter().collect()
    }

    #[test]
    fn arrows_go_down_only() {
        assert_eq!(found("http/host.rs", "use crate::service::hosts;"), [""; 0]);
        assert_eq!(found("http/host.rs", "use crate::store::Store;"), ["store"]);
        assert_eq!(found("service/a.rs", "use crate::http::App;"), ["http"]);
        assert_eq!(found("cli/job.rs", "use crate::http::App;"), ["http"]);
        assert_eq!(found("cli/serve/mod.rs", "use crate::http::App;"), [""; 0]);
        assert_eq!(found("clock.rs", "use crate::files;"), ["files"]);
    }

    #[test]
    fn the_domain_is_pure_outside_its_tests() {
        let text = "use crate::clock::unix_now;\nasync fn a() {} // std::fs\n\
            #[cfg(test)]\npub(crate) mod tests { use tokio::time; }\n";
        assert_eq!(found("domain/a.rs", text), ["async fn", "clock"]);
    }

    #[test]
    fn the_store_takes_types_of_the_domain_and_no_functions() {
        let text = "use crate::domain;\nuse crate::domain::push::{\n    Present, decide, self,\n};\n\
            use crate::domain::job::Job;\nuse crate::domain::enrolment::same_key;\n";
        assert_eq!(found("store/a.rs", text), ["decide", "same_key"]);
    }

    #[test]
    fn an_exception_is_for_one_file_and_has_to_be_needed() {
        let found = [("cli/user.rs".to_owned(), "service".to_owned())].into();
        assert_eq!(findings(&found, &[("cli/user.rs", "service")]), [""; 0]);
        let both = findings(&found, &[("cli/job.rs", "service")]);
        assert!(both[0].contains("user.rs: its layer may not use service"));
        assert!(both[1].contains("job.rs: it no longer uses service"));
    }
}
