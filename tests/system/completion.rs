//! Completion in bash, zsh and fish, which is typed here. That of the agent asks the program for
//! its `--help` in zsh and fish; those of `art` and `pilotctl` ask the program what may follow.

use lab::shells::{PROGRAMS, SHELLS, offered};
use lab::{Lab, clean, run};
use needs::{Need, lacks};
use serde_json::json;
use std::fs;
use std::path::Path;

/// A line, up to the word that is being typed, and what has to be offered for that.
struct Case {
    words: Vec<String>,
    wanted: Vec<String>,
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn by_bash(line: &str) -> Vec<String> {
    offered("bash", &[words(line)], |_| {}).remove(0)
}

/// What bash offers for a line, and behind every command that it offers.
fn cases(line: &str, cases: &mut Vec<Case>) {
    let mut commands = by_bash(&format!("{line} "));
    commands.retain(|word| !word.starts_with(['-', ':']));
    let depth = words(line).len();
    let mut options = vec![];
    if depth == 3 || commands.is_empty() {
        options = by_bash(&format!("{line} --"));
        options.retain(|word| word != "--help");
    }
    for (begun, wanted) in [("", commands.clone()), ("--", options)] {
        let words = words(&format!("{line} {begun}"));
        cases.push(Case { words, wanted });
    }
    // What stands behind `help` is never followed by another.
    if depth < 3 && !line.ends_with(" help") {
        for command in &commands {
            self::cases(&format!("{line} {command}"), cases);
        }
    }
}

#[test]
fn zsh_and_fish_offer_what_bash_does() {
    let mut all = Vec::new();
    for program in PROGRAMS {
        cases(program, &mut all);
    }
    let lines: Vec<_> = all.iter().map(|case| case.words.clone()).collect();
    for shell in ["fish", "zsh"] {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        for (case, offered) in all.iter().zip(offered(shell, &lines, |_| {})) {
            let missing = (case.wanted.iter()).filter(|word| !offered.contains(word));
            let missing: Vec<_> = missing.collect();
            let line = case.words.join(" ");
            assert!(missing.is_empty(), "{shell}: {line:?} lacks {missing:?}");
        }
    }
}

#[test]
fn every_shell_offers_values_and_its_own_paths() {
    let lines = [
        ("pilotctl user add --role ", "publisher"),
        ("pilotctl user role ci ", "publisher"),
        ("pilotctl user role ci re", "reader"),
        ("pilotctl cmd put ", ":default"),
        ("pilotctl cmd put --j", "--json"),
        ("pilotctl key list-import ", ":default"),
        ("pilotctl host show ", "--json"),
        ("pilotctl help ho", "host"),
        ("pilotctl backup --data ", ":dirnames"),
        ("art pgp gen --algorithm ", "rsa3072"),
        ("art build ", ":dirnames"),
        ("art build --json ", ":dirnames"),
        ("art sign --key ", ":default"),
    ];
    for shell in SHELLS {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        let offers = offered(shell, &lines.map(|(line, _)| words(line)), |_| {});
        for ((line, wanted), offered) in lines.iter().zip(offers) {
            // Fish itself lists the paths of a folder, which has the scripts and no other folder.
            let wanted = match (shell, *wanted) {
                ("fish", ":default") => "pilot.fish",
                ("fish", ":dirnames") if offered.is_empty() => continue,
                (_, wanted) => wanted,
            };
            assert!(
                offered.iter().any(|word| word == wanted),
                "{shell}: {line:?}: {offered:?}"
            );
            let is_value = !wanted.starts_with('-');
            let has_options = offered.iter().any(|word| word.starts_with('-'));
            assert!(!(is_value && has_options), "{shell}: {line:?}: {offered:?}");
        }
    }
}

/// Bash and zsh load a file by its name, when its program is completed for the first time.
#[test]
fn zsh_finds_the_files_by_their_first_line() {
    const FOUND: &str = r#"
fpath=($PWD $fpath)
autoload -Uz compinit; compinit -u -D
for name in pilot art pilotctl; do [[ $_comps[$name] == _$name ]] || exit 1; done
"#;
    if lacks(&[Need::Program("zsh")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for program in PROGRAMS {
        let file = lab::programs::workspace().join(format!("packaging/completion/{program}.zsh"));
        fs::copy(file, folder.path().join(format!("_{program}"))).unwrap();
    }
    let mut zsh = clean(Path::new("zsh"));
    zsh.args(["-f", "-c", FOUND]).env("HOME", folder.path());
    run(zsh.current_dir(folder.path()));
}

#[test]
fn jobs_batches_and_packages_are_offered() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let job = lab.run_job("greet", &host);
    let id = job["id"].as_str().unwrap();
    let jobs = lab.control.rest().get("/job");
    let batch = jobs[0]["batch"].as_str().unwrap();
    let package = lab.package("tests/package:latest");
    let lines = [
        ("pilotctl job show -f ", id),
        ("pilotctl job rm ", id),
        ("pilotctl job ls --batch=", batch),
        ("pilotctl cmd put --package ", &package),
        ("art push ", &package),
    ];
    for shell in SHELLS {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        let offers = offered(shell, &lines.map(|(line, _)| words(line)), |command| {
            for of in [lab.control.pilotctl(), lab.art()] {
                let given = of
                    .get_envs()
                    .filter(|(name, _)| *name != "PATH" && *name != "HOME");
                command.envs(given.filter_map(|(name, value)| Some((name, value?))));
            }
        });
        for ((line, wanted), offered) in lines.iter().zip(offers) {
            let whole =
                |word: &String| word == wanted || word.strip_prefix("--batch=") == Some(*wanted);
            assert!(
                offered.iter().any(whole),
                "{shell}: {line:?}: {offered:?}, not {wanted}"
            );
        }
    }
}
