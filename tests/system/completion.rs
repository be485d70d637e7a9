//! Completion in zsh and fish, which asks the real programs for their `--help`. It has
//! to offer what completion in bash does, whose words are compared with the command
//! lines beside these.

use lab::manual::offered_by_bash;
use lab::programs::{programs, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Stands in for zsh's own functions, and prints what they are told.
const ZSH: &str = r#"
_describe() { [[ $1 == -o ]] && shift; print -rl -- ${(P)2}; }
_files() { :; }
complete() { words=("$@"); CURRENT=$#words; PREFIX=$words[-1]; source $COMPLETION; }
complete "$@"
"#;

struct Shells {
    folder: TempDir,
    names: Vec<&'static str>,
}

impl Shells {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| workspace().join("packaging/completion").join(name);
        for program in ["pilot", "art", "pilotctl"] {
            let place = folder.path().join(format!("{program}.fish"));
            fs::copy(file("help.fish"), place).unwrap();
        }
        fs::copy(file("help.zsh"), folder.path().join("help.zsh")).unwrap();
        fs::write(folder.path().join("complete.zsh"), ZSH).unwrap();
        let is_there = |name: &&str| {
            let there = Command::new(name).arg("--version").output().is_ok();
            if !there {
                println!("left out: {name} is not installed");
            }
            there
        };
        let names = ["fish", "zsh"].into_iter().filter(is_there).collect();
        Self { folder, names }
    }

    fn offered(&self, shell: &str, words: &[&str]) -> Vec<String> {
        let at = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(shell);
        match shell {
            "fish" => {
                let file = at(&format!("{}.fish", words[0]));
                let line = words.join(" ");
                let script = format!("source {}; complete -C '{line}'", file.display());
                command.args(["--no-config", "-c", &script])
            }
            _ => command
                .arg("-f")
                .arg(at("complete.zsh"))
                .args(words)
                .env("COMPLETION", at("help.zsh")),
        };
        let told = command
            .env("PATH", path())
            .env("HOME", self.folder.path())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(told.stdout).unwrap();
        let word = |line: &str| line.split(['\t', ':']).next().unwrap().to_owned();
        text.lines().map(word).collect()
    }

    /// Compares all shells with bash, here and behind every command that it offers.
    fn compare(&self, program: &str, words: &[&str], gaps: &mut Vec<String>) {
        let mut commands = offered_by_bash(program, words, "");
        commands.retain(|word| !word.starts_with('-') && !Path::new(word).exists());
        let mut options = vec![];
        if words.len() == 2 || commands.is_empty() {
            options = offered_by_bash(program, words, "--");
            options.retain(|word| word != "--help");
        }
        for (begun, wanted) in [("", &commands), ("--", &options)] {
            let line = [&[program], words, &[begun]].concat();
            for shell in &self.names {
                let offered = self.offered(shell, &line);
                let missing = wanted.iter().filter(|word| !offered.contains(word));
                gaps.extend(
                    missing.map(|word| format!("{shell}: {} lacks {word}", line.join(" "))),
                );
            }
        }
        // What stands behind `help` is never followed by another.
        if words.len() < 2 {
            for command in commands.iter().filter(|command| *command != "help") {
                self.compare(program, &[words, &[command]].concat(), gaps);
            }
        }
    }
}

fn path() -> std::ffi::OsString {
    let programs = programs();
    let folders = [&programs.pilot, &programs.art, &programs.pilotctl];
    let folders = folders.map(|program| program.parent().unwrap().to_owned());
    let others = std::env::var_os("PATH").unwrap();
    let others: Vec<PathBuf> = std::env::split_paths(&others).collect();
    std::env::join_paths(folders.into_iter().chain(others)).unwrap()
}

#[test]
fn zsh_and_fish_offer_what_bash_does() {
    let shells = Shells::new();
    let mut gaps = Vec::new();
    for program in ["pilot", "art", "pilotctl"] {
        shells.compare(program, &[], &mut gaps);
    }
    assert!(gaps.is_empty(), "{gaps:#?}");
}
