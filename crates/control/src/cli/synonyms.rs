//! Words that other programs use for the same thing. Other forms of our words do what is meant;
//! for other words an error names ours.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::ffi::OsString;

/// Forms of the commands' names that do the same, and that no help shows.
const FORMS: [(&str, &[&str]); 10] = [
    ("ls", &["list"]),
    ("rm", &["remove", "delete"]),
    ("host", &["hosts"]),
    ("job", &["jobs"]),
    ("user", &["users"]),
    ("token", &["tokens"]),
    ("cmd", &["cmds", "command", "commands"]),
    ("package", &["packages"]),
    ("key", &["keys"]),
    ("context", &["contexts"]),
];

/// Words for which an error names ours.
const WORDS: [(&str, &str); 24] = [
    ("task", "job"),
    ("tasks", "job"),
    ("execution", "job"),
    ("node", "host"),
    ("nodes", "host"),
    ("agent", "host"),
    ("agents", "host"),
    ("machine", "host"),
    ("client", "host"),
    ("account", "user"),
    ("function", "cmd"),
    ("config", "context"),
    ("profile", "context"),
    ("signin", "login"),
    ("start", "serve"),
    ("run", "job run"),
    ("exec", "job run"),
    ("logs", "job show"),
    ("invite", "host invite"),
    ("get", "show"),
    ("describe", "show"),
    ("inspect", "show"),
    ("create", "add"),
    ("new", "add"),
];

/// Adds the forms to a command and those below it.
pub(super) fn with_forms(command: Command) -> Command {
    let forms = FORMS.iter().find(|(name, _)| *name == command.get_name());
    let command = match forms {
        Some((_, forms)) => command.aliases(forms.iter().copied()),
        None => command,
    };
    command.mut_subcommands(with_forms)
}

/// Adds our word to the error about another one, if the command that the line names has it.
pub(super) fn explained(mut error: Error, program: &Command, line: &[OsString]) -> Error {
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) if error.kind() == ErrorKind::InvalidSubcommand => typed,
        _ => return error,
    };
    let level = level(program, line);
    let ours = WORDS.iter().find(|(word, _)| word == typed);
    let ours = match ours.filter(|(_, ours)| has(level, ours)) {
        Some((_, ours)) => vec![(*ours).to_owned()],
        None => actions(level, typed),
    };
    if !ours.is_empty() {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(ours),
        );
    }
    error
}

/// The command that the words of a line name, as far as they do.
fn level<'a>(program: &'a Command, line: &[OsString]) -> &'a Command {
    let mut level = program;
    for word in line.iter().skip(1) {
        match word.to_str().and_then(|word| level.find_subcommand(word)) {
            Some(below) => level = below,
            None => break,
        }
    }
    level
}

/// What was typed without the thing that it is done to: `host ls` for `ls`.
fn actions(level: &Command, typed: &str) -> Vec<String> {
    let groups = level.get_subcommands();
    let groups = groups.filter(|group| group.find_subcommand(typed).is_some());
    let actions = groups.map(|group| format!("{} {typed}", group.get_name()));
    actions.collect()
}

/// Whether a command has these words below it.
fn has(level: &Command, words: &str) -> bool {
    let mut words = words.split(' ');
    words
        .try_fold(level, |level, word| level.find_subcommand(word))
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;

    #[test]
    fn other_forms_do_what_is_meant_and_other_words_are_explained() {
        let read = |line: &str| command().try_get_matches_from(line.split(' '));
        for line in [
            "p hosts list",
            "p jobs ls",
            "p commands delete k -y",
            "p contexts list",
        ] {
            assert!(read(line).is_ok(), "{line}");
        }
        for (line, tip) in [
            ("p task ls", "'job'"),
            ("p node ls", "'host'"),
            ("p run web", "'job run'"),
            ("p host describe web", "'show'"),
            ("p hots ls", "'host'"),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let error = explained(read(line).unwrap_err(), &command(), &words).to_string();
            assert!(error.contains(tip), "{line}: {error}");
        }
        let help = command().render_long_help().to_string();
        assert!(!help.contains("alias"), "{help}");
    }

    #[test]
    fn every_word_of_ours_is_a_command() {
        let program = command();
        for (word, ours) in WORDS {
            let mut groups = program.get_subcommands();
            assert!(
                has(&program, ours) || groups.any(|group| has(group, ours)),
                "{word}"
            );
        }
    }
}
