//! Where a package's source came from, as git tells it.

use std::path::Path;
use std::process::{Command, Stdio};

/// What git knows of a folder; empty where it knows nothing.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    /// The configured author.
    pub(crate) author: String,
    /// The checked-out commit.
    pub(crate) commit: String,
    /// The checked-out branch.
    pub(crate) branch: String,
    /// The remote's address, without user name and password.
    pub(crate) source: String,
}

impl Origin {
    /// Asks git about a folder. Neither git nor a repository is required.
    pub(crate) fn of(folder: &Path) -> Self {
        let ask = |arguments: &[&str]| ask(folder, arguments).unwrap_or_default();
        let commit = ask(&["rev-parse", "--verify", "HEAD"]);
        if commit.is_empty() {
            return Self::default();
        }
        Self {
            commit,
            author: ask(&["config", "user.name"]),
            branch: ask(&["symbolic-ref", "--short", "HEAD"]),
            source: without_credentials(&ask(&["config", "remote.origin.url"])),
        }
    }
}

fn ask(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// `https://user:token@host/path` would publish the token.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_remote_is_not_published() {
        for (url, shown) in [
            (
                "https://ann:token@git.example.com/a@b",
                "https://git.example.com/a@b",
            ),
            ("https://git.example.com/a", "https://git.example.com/a"),
            ("git@git.example.com:a/b", "git@git.example.com:a/b"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
