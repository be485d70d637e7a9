//! Which tests of one run of cargo were left out. The test programs of a run share
//! nothing but their parent, so the list is a file named after that.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};

/// A test that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its name, as libtest prints it.
    pub test: String,
    /// What the machine lacks.
    pub missing: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs {}", self.test, self.missing)
    }
}

/// Adds a line to the list. If the list cannot be written, the test has still been reported.
pub(crate) fn add(left_out: &LeftOut) {
    let Some(file) = file_of_this_run() else {
        return;
    };
    let _ = file.parent().map(fs::create_dir_all);
    let line = format!("{}\t{}\n", left_out.test, left_out.missing);
    if let Ok(mut list) = OpenOptions::new().create(true).append(true).open(file) {
        // One write, so that lines of several tests do not mix.
        let _ = list.write_all(line.as_bytes());
    }
}

/// Takes the list of the run of cargo that started this program: all tests that were left
/// out so far, in order of their names. Lists of earlier runs are removed.
#[must_use]
pub fn take_left_out() -> Vec<LeftOut> {
    let Some(file) = file_of_this_run() else {
        return Vec::new();
    };
    let lines = fs::read_to_string(&file).unwrap_or_default();
    let _ = file.parent().map(fs::remove_dir_all);
    parse(&lines)
}

fn parse(lines: &str) -> Vec<LeftOut> {
    let parse = |line: &str| {
        let (test, missing) = line.split_once('\t')?;
        Some(LeftOut {
            test: test.to_owned(),
            missing: missing.to_owned(),
        })
    };
    let mut tests: Vec<LeftOut> = lines.lines().filter_map(parse).collect();
    tests.sort();
    tests.dedup();
    tests
}

/// Beside the folder of the test programs. A process's number is used again; with the
/// time of its start it is not.
fn file_of_this_run() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?.parent()?.join("left-out");
    let parent = parent_id();
    let stat = fs::read_to_string(Path::new("/proc").join(parent.to_string()).join("stat"));
    // proc_pid_stat(5): the name, in parentheses, may have blanks; starttime is the 20th
    // field after it.
    let (_, fields) = stat.as_ref().ok()?.rsplit_once(')')?;
    let start = fields.split_whitespace().nth(19)?;
    Some(folder.join(format!("{parent}-{start}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_each_test_once_and_in_order() {
        let left_out = |test: &str, missing: &str| LeftOut {
            test: test.to_owned(),
            missing: missing.to_owned(),
        };
        assert_eq!(
            parse("users::sudo\troot, the program sudo\nkeys::gpg\tgpg\nkeys::gpg\tgpg\ntorn"),
            [
                left_out("keys::gpg", "gpg"),
                left_out("users::sudo", "root, the program sudo")
            ]
        );
        assert_eq!(parse(""), []);
    }

    #[test]
    fn a_run_has_a_file_of_its_own() {
        let file = file_of_this_run().unwrap();
        assert_eq!(file_of_this_run(), Some(file.clone()));
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("{}-", parent_id())), "{name}");
    }
}
