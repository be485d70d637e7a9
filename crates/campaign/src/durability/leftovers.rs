//! Files that must not be left when all jobs have been reported.

use std::fs;
use std::path::Path;

/// What is there only while a key changes.
const UNDER_WAY: [&str; 3] = ["identity.draft", "trial-ca.pem", "key.next"];

/// How the names of what is half written, half removed, or set aside end.
const HALF_DONE: [&str; 3] = [".new", ".gone", ".damaged"];

/// The names that remain where none should: secrets, room, half-written files.
pub(super) fn leftovers(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name().into_string().unwrap(), entry.path());
        let is_jobs = path
            .parent()
            .and_then(Path::file_name)
            .is_some_and(|name| name == "jobs");
        let is_half_done = HALF_DONE.iter().any(|ending| name.ends_with(ending));
        if is_half_done || UNDER_WAY.contains(&name.as_str()) {
            found.push(path.display().to_string());
        } else if is_jobs && path.is_dir() {
            found.extend(leftovers(&path));
            let dead = ["request", "work", "reserve"].map(|name| path.join(name));
            found.extend(
                dead.iter()
                    .filter(|path| path.exists())
                    .map(|path| path.display().to_string()),
            );
        } else if name == "jobs" || name == "trust" {
            found.extend(leftovers(&path));
        }
    }
    found
}
