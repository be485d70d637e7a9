//! Options of a command may also stand before it: `pilotctl --json host ls` is
//! `pilotctl host ls --json`.

use clap::Command;
use std::ffi::{OsStr, OsString};

/// The same line with the options that stand before the command behind it. A line that names no
/// command keeps its words from the one on that is wrong.
pub(super) fn moved(program: &Command, words: Vec<OsString>) -> Vec<OsString> {
    let mut words = words.into_iter();
    let mut line: Vec<OsString> = words.next().into_iter().collect();
    let (mut level, mut options) = (program, Vec::new());
    while level.has_subcommands() {
        let Some(word) = words.next() else {
            return line;
        };
        match read(program, level, &word) {
            Word::Option { takes_next } => options.push(match takes_next.then(|| words.next()) {
                Some(Some(value)) => joined(&word, &value),
                _ => word,
            }),
            Word::Command(below) => {
                line.push(word);
                level = below;
            }
            Word::Other => {
                line.push(word);
                line.extend(words);
                return line;
            }
        }
    }
    line.extend(options);
    line.extend(words);
    line
}

/// `--name=value` or `-nvalue`, which takes no more than this value.
fn joined(option: &OsStr, value: &OsStr) -> OsString {
    let mut joined = option.to_owned();
    if option.as_encoded_bytes().starts_with(b"--") {
        joined.push("=");
    }
    joined.push(value);
    joined
}

enum Word<'a> {
    /// An option of a command, and whether its value is the next word.
    Option {
        takes_next: bool,
    },
    /// A command of this level.
    Command(&'a Command),
    Other,
}

fn read<'a>(program: &Command, level: &'a Command, word: &OsStr) -> Word<'a> {
    let Some(text) = word.to_str() else {
        return Word::Other;
    };
    if let Some(command) = level.find_subcommand(text) {
        return Word::Command(command);
    }
    let name = match text.strip_prefix("--") {
        Some(long) => Name::Long(long.split('=').next().unwrap_or_default()),
        None => match text.strip_prefix('-').and_then(|rest| rest.chars().next()) {
            Some(short) => Name::Short(short),
            None => return Word::Other,
        },
    };
    let has_value = match name {
        Name::Long(_) => text.contains('='),
        Name::Short(_) => text.chars().count() > 2,
    };
    match takes_value(program, name) {
        Some(takes_value) => Word::Option {
            takes_next: takes_value && !has_value,
        },
        None => Word::Other,
    }
}

#[derive(Clone, Copy)]
enum Name<'a> {
    Long(&'a str),
    Short(char),
}

/// Whether an option of any command takes a value; `None` if there is none of this name. A name
/// takes a value everywhere or nowhere.
fn takes_value(command: &Command, name: Name<'_>) -> Option<bool> {
    let mut below = command.get_subcommands();
    if command.has_subcommands() {
        return below.find_map(|command| takes_value(command, name));
    }
    let option = command.get_arguments().find(|option| match name {
        Name::Long(long) => option.get_long() == Some(long),
        Name::Short(short) => option.get_short() == Some(short),
    });
    option.map(|option| option.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;
    use std::collections::BTreeMap;

    fn line(text: &str) -> String {
        let words = text.split(' ').map(OsString::from).collect();
        moved(&command(), words)
            .join(" ".as_ref())
            .into_string()
            .unwrap()
    }

    #[test]
    fn options_may_stand_before_the_command() {
        for (typed, read) in [
            ("p host ls --json", "p host ls --json"),
            ("p --json host ls", "p host ls --json"),
            (
                "p --json host --url https://c ls -o wide",
                "p host ls --json --url=https://c -o wide",
            ),
            ("p -o json host ls", "p host ls -ojson"),
            ("p -ojson host ls", "p host ls -ojson"),
            ("p --url=u job show -f 7", "p job show --url=u -f 7"),
            ("p --host a tls init --dir d", "p tls init --host=a --dir d"),
            // What is wrong is left to clap, with what is right before it.
            ("p --json hsot ls", "p hsot ls"),
            ("p --nonsense host ls", "p --nonsense host ls"),
            ("p --help", "p --help"),
            ("p host --help", "p host --help"),
            ("p --json", "p"),
            ("p - host ls", "p - host ls"),
            ("p --url", "p"),
        ] {
            assert_eq!(line(typed), read, "{typed}");
        }
    }

    #[test]
    fn an_option_takes_a_value_everywhere_or_nowhere() {
        fn check(command: &Command, known: &mut BTreeMap<String, bool>) {
            for below in command.get_subcommands() {
                check(below, known);
            }
            for option in command
                .get_arguments()
                .filter(|_| !command.has_subcommands())
            {
                let takes_value = option.get_action().takes_values();
                let short = option.get_short().map(|short| format!("-{short}"));
                let long = option.get_long().map(|long| format!("--{long}"));
                for name in short.into_iter().chain(long) {
                    let before = *known.entry(name.clone()).or_insert(takes_value);
                    assert_eq!(before, takes_value, "{name} of {}", command.get_name());
                }
            }
        }
        check(&command(), &mut BTreeMap::new());
    }
}
