//! Whether what a profile names can be packed under that name.

use super::pack::Source;
use super::walk::{cannot_pack, is_version_controls, plain};
use crate::build_file::FILE_NAME;
use crate::failure::Failure;
use std::fs;
use std::path::{Component, Path};

/// Checks the target and the build file as far as they are there already.
///
/// # Errors
/// Why a host would not find what was meant, and what to do.
pub(crate) fn check(source: &Source<'_>) -> Result<(), Failure> {
    check_name(source.target)?;
    refuse_home(source)?;
    if let Some(leads_to) = link_at(source, Path::new(FILE_NAME)) {
        return Err(cannot_pack(
            Path::new(FILE_NAME),
            &format!(
                "it is a link to {leads_to}, which a package may have elsewhere or not at all: put the file itself \
                 in its place"
            ),
        ));
    }
    let mut prefixes: Vec<_> = source.target.ancestors().collect();
    prefixes.reverse();
    let links = prefixes.into_iter().filter_map(|prefix| {
        let leads_to = link_at(source, prefix)?;
        Some((prefix, leads_to))
    });
    match links.into_iter().next() {
        None => Ok(()),
        Some((prefix, leads_to)) if prefix == source.target => Err(cannot_pack(
            prefix,
            &format!(
                "the target is a link to {leads_to}, and the link alone would be packed: name what it leads to"
            ),
        )),
        Some((prefix, leads_to)) => Err(cannot_pack(
            source.target,
            &format!(
                "the target leads through {}, which is a link to {leads_to}: name the folder that it leads to",
                prefix.display()
            ),
        )),
    }
}

/// Names lead from the build file's folder down.
fn check_name(target: &Path) -> Result<(), Failure> {
    let mut depth = 0_usize;
    let mut has_up = false;
    for part in target.components() {
        match part {
            Component::Prefix(_) | Component::RootDir => {
                return Err(cannot_pack(
                    target,
                    "the target is an absolute path: name it from the folder of build.yaml down",
                ));
            }
            Component::CurDir => {}
            Component::Normal(name) if is_version_controls(name) => {
                return Err(cannot_pack(
                    target,
                    "what version control keeps for itself is never packed: name another target",
                ));
            }
            Component::Normal(_) => depth += 1,
            Component::ParentDir => {
                has_up = true;
                depth = depth.checked_sub(1).ok_or_else(|| {
                    cannot_pack(
                        target,
                        "the target leads out of the folder of build.yaml: copy it there, for instance by a run line, \
                         or move build.yaml up",
                    )
                })?;
            }
        }
    }
    match has_up {
        true => Err(cannot_pack(
            target,
            "the target has a `..`: name it from the folder of build.yaml down, without",
        )),
        false => Ok(()),
    }
}

/// The home holds keys. Nothing of it is packed, so the package would be empty.
fn refuse_home(source: &Source<'_>) -> Result<(), Failure> {
    let home = fs::canonicalize(source.home);
    let target = fs::canonicalize(source.root.join(source.target));
    match (home, target) {
        (Ok(home), Ok(target)) if target.starts_with(&home) => Err(cannot_pack(
            source.target,
            &format!(
                "the target lies in {}, where keys are, and which is never packed: name another one",
                home.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// Where the link leads that is there, if there is one.
fn link_at(source: &Source<'_>, path: &Path) -> Option<String> {
    if plain(path).as_os_str().is_empty() {
        return None;
    }
    let leads_to = fs::read_link(source.root.join(plain(path))).ok()?;
    Some(leads_to.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn refusal(root: &Path, target: &str) -> String {
        let source = Source {
            root,
            target: Path::new(target),
            home: &root.join("home"),
        };
        check(&source).map_or_else(|failure| failure.to_string(), |()| String::new())
    }

    #[test]
    fn a_target_is_named_from_the_build_files_folder_down() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("home/keys")).unwrap();
        fs::create_dir_all(root.join("bin/deep")).unwrap();
        for target in [".", "./bin", "bin/deep/.", "bin/", "not-there-yet"] {
            assert_eq!(refusal(root, target), "", "{target}");
        }
        for (target, reason) in [
            ("/etc", "absolute path: name it from"),
            ("..", "leads out of the folder of build.yaml: copy it"),
            ("bin/../../x", "leads out of the folder"),
            ("bin/../bin", "has a `..`: name it"),
            (".git", "never packed: name another"),
            (".git/hooks", "never packed"),
            ("bin/.svn", "never packed"),
            ("home", "where keys are"),
            ("home/keys", "where keys are"),
        ] {
            let refusal = refusal(root, target);
            assert!(refusal.contains(reason), "{target}: {refusal}");
        }
    }

    #[test]
    fn a_target_that_is_a_link_is_refused_and_its_target_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("releases/7/bin")).unwrap();
        symlink("releases/7", root.join("current")).unwrap();
        let whole = refusal(root, "current");
        assert!(
            whole.contains("is a link to releases/7") && whole.contains("name what it"),
            "{whole}"
        );
        assert_eq!(
            refusal(root, "current/"),
            whole.replace("current:", "current/:")
        );
        let through = refusal(root, "./current/bin");
        assert!(
            through.contains("through ./current, which is a link to releases/7"),
            "{through}"
        );
        symlink("releases/build.yaml", root.join("build.yaml")).unwrap();
        assert!(refusal(root, ".").contains("build.yaml: it is a link to releases/build.yaml"));
    }
}
