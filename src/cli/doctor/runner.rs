//! `art`: whether it is there and starts.

use super::report::Finding;
use crate::child::sandbox::Sandbox;
use crate::child::{Allowance, Child};
use crate::config::Config;
use crate::sys::user::{self, Access};
use std::path::Path;
use std::time::Duration;

const CHECK: &str = "art";
const PATIENCE: Duration = Duration::from_secs(10);
const REMEDY: &str =
    "install `art` beside pilot or in PATH, for this machine's architecture, or set PILOT_ART";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    vec![judge(&config.art, PATIENCE)]
}

fn judge(art: &Path, patience: Duration) -> Finding {
    let name = art.display();
    if !art.is_file() {
        return Finding::fail(CHECK, format_args!("{name} is not there"), REMEDY);
    }
    if !user::may(art, Access::Execute) {
        let remedy = format_args!("chmod a+x {name}");
        return Finding::fail(CHECK, format_args!("{name} cannot be executed"), remedy);
    }
    let allowance = Allowance {
        time: patience,
        memory: u64::MAX,
        descriptors: 64,
        file_size: 0,
        output: 4 << 10,
        sandbox: Sandbox::Open,
    };
    // Nothing is made there for a version.
    let environment = [("ARTISAN_HOME".to_owned(), "/nonexistent".to_owned())];
    let output = match Child::execute(&allowance, art, &["art", "version"], &environment)
        .and_then(Child::wait)
    {
        Ok(Some(output)) if output.trim_ascii().is_empty() => "it printed nothing".to_owned(),
        Ok(Some(output)) => String::from_utf8_lossy(&output).trim().to_owned(),
        Ok(None) => format!("no answer within {} s", patience.as_secs()),
        Err(error) => error.to_string(),
    };
    if output.starts_with("art ") {
        Finding::ok(CHECK, format_args!("{name}, {output}"))
    } else {
        Finding::fail(
            CHECK,
            format_args!("{name} does not start: {output}"),
            REMEDY,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    /// By another process: a child that another test forks at that moment would hold the
    /// file open for writing, and what is so is not executed (ETXTBSY, execve(2)).
    fn write(path: &Path, format: &str) {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "printf \"$1\" > \"$0\""])
            .arg(path)
            .arg(format);
        assert!(shell.status().unwrap().success());
    }

    #[test]
    fn a_runner_has_to_be_there_and_to_start() {
        let folder = tempfile::tempdir().unwrap();
        let art = folder.path().join("art");
        let assert_finding = |word: &str| {
            let found = judge(&art, Duration::from_secs(120));
            assert_eq!(found.level, Level::Fail);
            assert!(found.to_string().contains(word), "{found}");
        };
        assert_finding("is not there");
        write(&art, "\\177ELF of another machine");
        assert_finding("cannot be executed");
        fs::set_permissions(&art, Permissions::from_mode(0o755)).unwrap();
        assert_finding("does not start: Exec format error");
        write(&art, "#!/bin/sh\\n");
        assert_finding("does not start: it printed nothing");
    }
}
