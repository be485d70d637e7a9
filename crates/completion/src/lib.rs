//! Completion in bash, zsh and fish, for programs whose command line clap reads.
//!
//! The files in `packaging/completion` call the program with the words of the line and a variable
//! that is set. The program prints an offer a line: a word, and after a tab what it means. `:files`
//! and `:folders` stand for the shell's own completion of paths; after a tab comes what stands
//! before the path in the same word. All shells read the same lines.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod mark;

pub use clap_complete::engine::ArgValueCompleter;
pub use mark::{named, path_after_equals};

use clap::{Command, ValueHint};
use clap_complete::engine::complete;
use mark::Mark;
use std::ffi::{OsStr, OsString};
use wire::printable;

/// The most offers: more do not fit on a screen.
const MOST: usize = 500;

/// The most characters of a word, and of what it means.
const LONGEST: usize = 200;

/// A word that may stand at the end of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The word.
    pub word: String,
    /// What it means; may be empty.
    pub about: String,
}

impl Offer {
    /// A word, and what it means.
    pub fn new(word: impl ToString, about: impl ToString) -> Self {
        Self {
            word: word.to_string(),
            about: about.to_string(),
        }
    }
}

/// The words of the line to complete, if the program was called for that: `variable` is set.
pub fn words(variable: &str) -> Option<Vec<OsString>> {
    let is_set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    is_set.then(|| std::env::args_os().collect())
}

/// The offers for a line that ends with the last of `words`, as lines for the shell. `names` is
/// asked for the names of a kind (see [`named`]) that begin with a text.
pub fn answer(
    program: Command,
    words: &[OsString],
    mut names: impl FnMut(&str, &str) -> Vec<Offer>,
) -> Vec<String> {
    let at = words.len().saturating_sub(1);
    let candidates = complete(&mut with_paths(program), words.to_vec(), at, None);
    let mut lines = Vec::new();
    for candidate in candidates.unwrap_or_default() {
        let about = candidate.get_help().map(ToString::to_string);
        match Mark::read(candidate.get_value()) {
            None => {
                let word = candidate.get_value().to_string_lossy();
                lines.extend(line("", &Offer::new(word, about.unwrap_or_default())));
            }
            // An option is being typed.
            Some(mark) if mark.begun.starts_with('-') => {}
            Some(Mark { before, kind, .. }) if kind.starts_with(':') => {
                lines.push(format!("{kind}\t{before}"));
            }
            Some(mark) => {
                let mut offers = names(&mark.kind, &mark.begun);
                offers.retain(|offer| offer.word.starts_with(&mark.begun) && is_name(&offer.word));
                lines.extend(offers.iter().filter_map(|offer| line(&mark.before, offer)));
            }
        }
    }
    let begun = words.last().map(OsString::as_os_str).unwrap_or_default();
    shown(lines, begun)
}

/// Options are offered after a hyphen, or where nothing else can stand.
fn shown(mut lines: Vec<String>, begun: &OsStr) -> Vec<String> {
    let is_option = |line: &String| line.starts_with('-');
    if begun.is_empty() && !lines.iter().all(is_option) {
        lines.retain(|line| !is_option(line));
    }
    lines.truncate(MOST);
    lines
}

fn line(before: &str, offer: &Offer) -> Option<String> {
    let word = format!("{before}{}", offer.word);
    let about = offer.about.lines().next().unwrap_or_default();
    let about = printable::cut(&printable::on_one_line(about), LONGEST);
    is_plain(&word).then(|| format!("{word}\t{about}"))
}

/// Whether a name means itself in every shell, and is no option. A host chooses its own name:
/// completed, `$(reboot)` would be a command.
pub fn is_name(word: &str) -> bool {
    is_plain(word) && !word.starts_with('-')
}

fn is_plain(word: &str) -> bool {
    let plain = |c: char| {
        c.is_alphanumeric() && printable::is_printable(c)
            || matches!(c, '.' | '_' | '-' | '/' | ':' | '@' | '+' | '=' | ',')
    };
    let first = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '/');
    word.starts_with(first) && word.chars().all(plain) && word.chars().count() <= LONGEST
}

/// Lets the shell complete paths where an argument is one.
fn with_paths(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let takes_folder = argument.get_value_hint() == ValueHint::DirPath
            || argument
                .get_value_names()
                .is_some_and(|names| names == ["DIR"]);
        let takes_path = matches!(
            argument.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        );
        match argument.get::<ArgValueCompleter>() {
            None if takes_folder => argument.add(mark::of(mark::FOLDERS)),
            None if takes_path => argument.add(mark::of(mark::FILES)),
            _ => argument,
        }
    });
    command.mut_subcommands(with_paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, value_parser};
    use std::path::PathBuf;

    fn program() -> Command {
        let path = |name: &'static str| {
            Arg::new(name)
                .long(name)
                .value_parser(value_parser!(PathBuf))
        };
        let show = Command::new("show")
            .arg(Arg::new("host").add(named("hosts")))
            .arg(path("file"))
            .arg(path("data").value_name("DIR"))
            .arg(Arg::new("secret").long("secret").add(path_after_equals()));
        Command::new("pilotctl").subcommand(show.about("Show a host"))
    }

    fn offered(words: &[&str]) -> Vec<String> {
        let words: Vec<OsString> = ["pilotctl"]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let names = |kind: &str, _: &str| {
            assert_eq!(kind, "hosts");
            vec![
                Offer::new("web1", "a\u{1b}[2J\nb"),
                Offer::new("$(reboot)", ""),
                Offer::new("--all", ""),
                Offer::new("db", ""),
            ]
        };
        answer(program(), &words, names)
    }

    #[test]
    fn commands_options_and_names_are_offered() {
        assert_eq!(offered(&["sh"]), ["show\tShow a host"]);
        assert_eq!(offered(&["show", "w"]), ["web1\ta?[2J"]);
        assert_eq!(
            offered(&["show", ""]).len(),
            2,
            "no option, and no command of a shell's"
        );
        assert!(offered(&["show", "--f"])[0].starts_with("--file\t"));
        assert!(
            offered(&["show", "--"])
                .iter()
                .all(|line| line.starts_with("--"))
        );
        assert!(offered(&["nothing", "x"]).is_empty() && offered(&[]).is_empty());
    }

    #[test]
    fn paths_are_left_to_the_shell() {
        assert_eq!(offered(&["show", "--file", "x"]), [":files\t"]);
        assert_eq!(offered(&["show", "--data", ""]), [":folders\t"]);
        assert_eq!(offered(&["show", "--data=x"]), [":folders\t--data="]);
        assert_eq!(offered(&["show", "--secret", "K=x"]), [":files\tK="]);
        assert!(offered(&["show", "--secret", "K"]).is_empty());
    }

    #[test]
    fn abuse_a_word_that_a_shell_would_carry_out_is_not_offered() {
        for word in [
            "web1",
            "a.b-c_d",
            "registry:8443/ops/hello:1",
            "--role=admin",
            "büro",
        ] {
            assert!(is_plain(word), "{word}");
        }
        for word in [
            "",
            "~root",
            "a b",
            "$(x)",
            "`x`",
            "a;b",
            "a|b",
            "a>b",
            "a&b",
            "a*",
            "a?",
            "[a]",
            "{a,b}",
            "a'b",
            "a\"b",
            "a\\b",
            "!x",
            "#x",
            "=ls",
            ":files",
            "a\nb",
            "a\tb",
            "\u{1b}[2J",
            "a\u{202e}b",
        ] {
            assert!(!is_plain(word), "{word:?}");
        }
        assert!(!is_plain(&"x".repeat(LONGEST + 1)));
    }
}
