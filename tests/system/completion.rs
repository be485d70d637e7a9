//! Completion in zsh and fish. It has to offer what completion in bash does, whose words
//! are compared with the command lines beside these. That of the agent asks the program
//! for its `--help`; those of `art` and `pilotctl` are generated.

use lab::manual::offered_by_bash;
use lab::programs::{programs, workspace};
use lab::run;
use needs::{Need, lacks};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands in for zsh's own functions, and prints their arguments.
const ZSH: &str = r#"
_describe() { [[ $1 == -o ]] && shift; print -rl -- ${(P)2}; }
_files() { :; }
complete() { words=("$@"); CURRENT=$#words; PREFIX=$words[-1]; source ./pilot.zsh; }
"#;

/// Has zsh load what was generated, and prints the first commands that it offers.
const GENERATED_ZSH: &str = r#"
autoload -Uz compinit; compinit -u -D
source ./$1.zsh
[[ $_comps[$1] == _$1 ]] || exit 1
_describe() { print -rl -- ${(P)4}; }
_$1_commands
"#;

const PROGRAMS: [&str; 3] = ["pilot", "art", "pilotctl"];

/// Stands before what is offered for a line.
const NEXT: &str = "==";

/// A line, up to the word that is being typed, and what has to be offered for that.
struct Case {
    words: Vec<String>,
    wanted: Vec<String>,
}

/// What bash offers, here and behind every command that it offers.
fn cases(program: &str, words: &[&str], cases: &mut Vec<Case>) {
    let mut commands = offered_by_bash(program, words, "");
    commands.retain(|word| !word.starts_with('-') && !Path::new(word).exists());
    let mut options = vec![];
    if words.len() == 2 || commands.is_empty() {
        options = offered_by_bash(program, words, "--");
        options.retain(|word| word != "--help");
    }
    for (begun, wanted) in [("", commands.clone()), ("--", options)] {
        let words = [&[program], words, &[begun]].concat();
        let words = words.into_iter().map(str::to_owned).collect();
        cases.push(Case { words, wanted });
    }
    // What stands behind `help` is never followed by another.
    if words.len() < 2 && words != ["help"] {
        for command in &commands {
            self::cases(program, &[words, &[command]].concat(), cases);
        }
    }
}

/// What a shell offers for each line, in a folder that holds the files.
fn offered(shell: &str, folder: &Path, cases: &[Case]) -> Vec<Vec<String>> {
    let mut script = String::new();
    if shell == "zsh" {
        script += ZSH;
    } else {
        script.extend(PROGRAMS.map(|program| format!("source ./{program}.fish\n")));
    }
    for case in cases {
        let line = match shell {
            "zsh" => format!("complete '{}'", case.words.join("' '")),
            _ => format!("complete -C '{}'", case.words.join(" ")),
        };
        script += &format!("echo '{NEXT}'\n{line}\n");
    }
    let file = folder.join("script");
    fs::write(&file, script).unwrap();
    let quiet = if shell == "zsh" { "-f" } else { "--no-config" };
    let output = Command::new(shell)
        .arg(quiet)
        .arg(file)
        .env("PATH", path())
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut offers = Vec::new();
    for line in text.lines() {
        match (line, offers.last_mut()) {
            (NEXT, _) => offers.push(vec![]),
            (line, Some(offer)) => offer.push(line.split(['\t', ':']).next().unwrap().to_owned()),
            (line, None) => panic!("{shell}: {line}"),
        }
    }
    offers
}

fn path() -> std::ffi::OsString {
    let programs = programs();
    let folders = [&programs.pilot, &programs.art, &programs.pilotctl];
    let folders = folders.map(|program| program.parent().unwrap().to_owned());
    let others = std::env::var_os("PATH").unwrap();
    let others: Vec<PathBuf> = std::env::split_paths(&others).collect();
    std::env::join_paths(folders.into_iter().chain(others)).unwrap()
}

/// The completions, in a folder of their own, and what has to be offered for each program.
fn completions() -> (tempfile::TempDir, Vec<Case>) {
    let folder = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    for program in PROGRAMS {
        for shell in ["zsh", "fish"] {
            let name = format!("{program}.{shell}");
            let file = workspace().join("packaging/completion").join(&name);
            fs::copy(file, folder.path().join(name)).unwrap();
        }
        self::cases(program, &[], &mut cases);
    }
    (folder, cases)
}

#[test]
fn zsh_and_fish_offer_what_bash_does() {
    let (folder, mut cases) = completions();
    for shell in ["fish", "zsh"] {
        if lacks(&[Need::Program(shell)]) {
            continue;
        }
        if shell == "zsh" {
            cases.retain(|case| case.words[0] == "pilot");
        }
        let offers = offered(shell, folder.path(), &cases);
        assert_eq!(offers.len(), cases.len(), "{shell}");
        for (case, offered) in cases.iter().zip(offers) {
            let missing = (case.wanted.iter()).filter(|word| !offered.contains(word));
            let missing: Vec<_> = missing.collect();
            let line = case.words.join(" ");
            assert!(missing.is_empty(), "{shell}: {line:?} lacks {missing:?}");
        }
    }
}

#[test]
fn zsh_takes_what_was_generated() {
    if lacks(&[Need::Program("zsh")]) {
        return;
    }
    let (folder, _) = completions();
    for program in ["art", "pilotctl"] {
        let mut zsh = Command::new("zsh");
        zsh.args(["-f", "-c", GENERATED_ZSH, "zsh", program]);
        let output = run(zsh.env("HOME", folder.path()).current_dir(folder.path()));
        let names = output.lines().filter_map(|line| line.split(':').next());
        let offered: Vec<&str> = names.collect();
        let mut wanted = offered_by_bash(program, &[], "");
        wanted.retain(|word| !word.starts_with('-'));
        assert_eq!(offered, wanted, "{program}");
    }
}

/// Bash offers the files of the folder by itself where it is offered no other word.
#[test]
fn bash_offers_files_where_a_command_takes_one_and_options_after_a_hyphen() {
    for (program, words) in [
        ("art", &["build"][..]),
        ("art", &["build", "--json"]),
        ("pilotctl", &["cmd", "put"]),
        ("pilotctl", &["key", "list-import"]),
    ] {
        let offered = offered_by_bash(program, words, "");
        assert!(offered.is_empty(), "{program} {words:?}: {offered:?}");
        let options = offered_by_bash(program, words, "--");
        assert!(options.contains(&"--json".to_owned()), "{options:?}");
    }
    let roles = offered_by_bash("pilotctl", &["user", "add", "--role"], "");
    assert!(roles.contains(&"publisher".to_owned()), "{roles:?}");
    let names = offered_by_bash("pilotctl", &["host", "show"], "");
    assert!(names.contains(&"--json".to_owned()), "{names:?}");
}
