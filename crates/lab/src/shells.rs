//! What the real shells offer on a command line, with the packaged completions.

use super::clean;
use super::programs::{programs, workspace};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs that have completions.
pub const PROGRAMS: [&str; 3] = ["pilot", "art", "pilotctl"];

/// The shells that have completions.
pub const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// Reads the files, and stands in for what only a line editor has. A path that the shell would
/// complete by itself is printed as `:default` or `:dirnames`.
const BASH: &str = r#"
compopt() { printf ':%s\n' "${@: -1}"; }
complete() { :; }
for program in pilot art pilotctl; do . ./$program.bash; done
offer() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE} COMPREPLY=()
    "_$1" "$1" "${@: -1}" "${@: -2:1}"
    printf '%s\n' "${COMPREPLY[@]}"
}
"#;

/// As [`BASH`]; zsh's own functions print their arguments.
const ZSH: &str = r#"
_describe() { [[ $1 == -* ]] && shift; print -rl -- ${(P)2}; }
_files() { [[ $1 == -/ ]] && print :dirnames || print :default; }
compset() { :; }
offer() { words=("$@"); CURRENT=$#words; PREFIX=$words[-1]; source ./$1.zsh; }
"#;

/// Stands before what is offered for a line.
const NEXT: &str = "==";

/// What a shell offers for each line, whose last word is being typed. `with` adds variables.
pub fn offered(
    shell: &str,
    lines: &[Vec<String>],
    with: impl Fn(&mut Command),
) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for program in PROGRAMS {
        let name = format!("{program}.{shell}");
        let file = workspace().join("packaging/completion").join(&name);
        fs::copy(file, folder.path().join(name)).unwrap();
    }
    let file = folder.path().join("script");
    fs::write(&file, script(shell, lines)).unwrap();
    let mut command = clean(Path::new(shell));
    command.args(match shell {
        "bash" => ["--norc"],
        "zsh" => ["-f"],
        _ => ["--no-config"],
    });
    command
        .arg(file)
        .env("HOME", folder.path())
        .env("PATH", path());
    with(&mut command);
    let output = command.current_dir(folder.path()).output().unwrap();
    let offers = read(shell, &String::from_utf8(output.stdout).unwrap());
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(offers.len(), lines.len(), "{shell}: {complaints}");
    offers
}

fn script(shell: &str, lines: &[Vec<String>]) -> String {
    let mut script = match shell {
        "bash" => BASH.to_owned(),
        "zsh" => ZSH.to_owned(),
        _ => PROGRAMS
            .map(|program| format!("source ./{program}.fish\n"))
            .concat(),
    };
    for words in lines {
        let line = match shell {
            "fish" => format!("complete -C '{}'", words.join(" ")),
            _ => format!("offer '{}'", words.join("' '")),
        };
        script += &format!("echo '{NEXT}'\n{line}\n");
    }
    script
}

/// The words of each line's offers, without what they mean.
fn read(shell: &str, text: &str) -> Vec<Vec<String>> {
    let mut offers = Vec::<Vec<String>>::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match (line, offers.last_mut()) {
            (NEXT, _) => offers.push(vec![]),
            (line, Some(offer)) => offer.push(word(shell, line)),
            (line, None) => panic!("{line}"),
        }
    }
    offers
}

/// The word of an offer. What it means follows in fish after a tab, and in zsh after a colon:
/// those of the word are escaped.
fn word(shell: &str, line: &str) -> String {
    if shell != "zsh" || line.starts_with(':') {
        return line.split('\t').next().unwrap().to_owned();
    }
    let line = line.replace("\\:", "\u{1f}");
    line.split(':').next().unwrap().replace('\u{1f}', ":")
}

/// Where the shells find the programs.
fn path() -> OsString {
    let programs = programs();
    let folders = [&programs.pilot, &programs.art, &programs.pilotctl];
    let folders = folders.map(|program| program.parent().unwrap().to_owned());
    let others = std::env::var_os("PATH").unwrap();
    let others: Vec<PathBuf> = std::env::split_paths(&others).collect();
    std::env::join_paths(folders.into_iter().chain(others)).unwrap()
}
