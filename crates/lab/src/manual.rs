//! Whether the man page and the completion of the agent, which are written by hand, know
//! all that its command line takes.

use super::clean;
use super::programs::workspace;
use std::fs;
use std::path::Path;

/// A command of a program.
pub struct Command {
    /// Its words, for instance `host invite`.
    pub path: String,
    /// Its options, for instance `-o` and `--output`.
    pub options: Vec<String>,
}

/// All commands of a program that clap reads the command line of.
pub fn commands_of(program: &clap::Command) -> Vec<Command> {
    let mut commands = Vec::new();
    for command in program.get_subcommands() {
        let name = command.get_name();
        let inner = commands_of(command);
        if inner.is_empty() {
            commands.push(Command {
                path: name.to_owned(),
                options: command.get_arguments().flat_map(options_of).collect(),
            });
        }
        commands.extend(inner.into_iter().map(|inner| Command {
            path: format!("{name} {}", inner.path),
            ..inner
        }));
    }
    commands
}

fn options_of(argument: &clap::Arg) -> impl Iterator<Item = String> {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long)
}

/// One sentence for each thing that page or completion lack, or that the page makes up.
pub fn gaps(program: &str, commands: &[Command]) -> Vec<String> {
    assert!(!commands.is_empty());
    let packaging = workspace().join("packaging");
    let page = fs::read_to_string(packaging.join(format!("man/{program}.1"))).unwrap();
    let completion = Completion {
        program,
        file: &packaging.join(format!("completion/{program}.bash")),
    };
    let mut gaps = made_up(&page, commands);
    for command in commands {
        let path = &command.path;
        let lacks = |what: &str, option| format!("{what} lacks {program} {path} {option}");
        match explained(&page, path) {
            None => gaps.push(lacks("the man page", "")),
            Some(text) => gaps.extend(
                (command
                    .options
                    .iter()
                    .filter(|option| !names(&text, option)))
                .map(|option| lacks("the man page", option)),
            ),
        }
        gaps.extend((completion.missing(command).iter()).map(|word| lacks("the completion", word)));
    }
    gaps
}

/// One sentence for each command and option that a page has and the program has not.
fn made_up(page: &str, commands: &[Command]) -> Vec<String> {
    let mut made_up = Vec::new();
    for item in page.lines().filter_map(|line| line.strip_prefix(".It Cm ")) {
        let is_it = |command: &&Command| {
            let rest = item.strip_prefix(&command.path);
            rest.is_some_and(|rest| rest.is_empty() || ends_a_path(rest))
        };
        let Some(command) = commands.iter().find(is_it) else {
            made_up.push(format!("the man page has made up {item}"));
            continue;
        };
        let unknown = options_in(item).filter(|option| !command.options.contains(option));
        let sentence = |option| format!("the man page has made up {} {option}", command.path);
        made_up.extend(unknown.map(sentence));
    }
    made_up
}

/// The options that an item names.
fn options_in(item: &str) -> impl Iterator<Item = String> {
    let parts = item.replace("Fl Fl ", "Fl -");
    let words: Vec<String> = parts.split_whitespace().map(str::to_owned).collect();
    let named: Vec<String> = (words.windows(2))
        .filter(|pair| pair[0] == "Fl")
        .map(|pair| format!("-{}", pair[1]))
        .collect();
    named.into_iter()
}

/// What a page (mdoc(7)) says about a command, and about all of them.
fn explained(page: &str, path: &str) -> Option<String> {
    let mut blocks = page.split("\n.It Cm ");
    let common = blocks.next()?.to_owned();
    let (mut own, mut rest) = (None, common);
    for block in blocks {
        // After the last command come other sections.
        let (block, after) = block.split_once("\n.S").unwrap_or((block, ""));
        rest += after;
        if block.strip_prefix(path).is_some_and(ends_a_path) {
            own = Some(block);
        }
    }
    own.map(|own| format!("{own}\n{rest}"))
}

/// Whether no further word of a command follows, but the end of the line or a
/// macro.
fn ends_a_path(rest: &str) -> bool {
    let follows = rest.strip_prefix(' ').unwrap_or(rest);
    follows.starts_with(|c: char| c == '\n' || c.is_ascii_uppercase())
}

/// Whether a page's text names an option: `--json` is `Fl Fl json` there.
fn names(text: &str, option: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let named = match option.strip_prefix("--") {
        Some(long) => vec!["Fl", "Fl", long],
        None => vec!["Fl", option.trim_start_matches('-')],
    };
    let is_named = |found: &[&str]| {
        let bare = |word: &str| word.trim_start_matches('.').to_owned();
        found
            .iter()
            .map(|word| bare(word))
            .eq(named.iter().copied())
    };
    words.windows(named.len()).any(is_named)
}

struct Completion<'a> {
    program: &'a str,
    file: &'a Path,
}

impl Completion<'_> {
    /// The words of a command that are not offered where they could stand.
    fn missing(&self, command: &Command) -> Vec<String> {
        let words: Vec<&str> = command.path.split(' ').collect();
        let mut missing = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if !self
                .offered(&words[..at], "")
                .iter()
                .any(|offered| offered == word)
            {
                missing.push((*word).to_owned());
            }
        }
        let offered = self.offered(&words, "--");
        let long = command
            .options
            .iter()
            .filter(|option| option.starts_with("--"));
        missing.extend(long.filter(|option| !offered.contains(option)).cloned());
        missing
    }

    /// What bash offers behind these words.
    fn offered(&self, words: &[&str], begun: &str) -> Vec<String> {
        let script = format!(
            ". {file}; COMP_WORDS=({program} {words} '{begun}'); COMP_CWORD={at}; \
             _{program} {program} '{begun}' {last}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file = self.file.display(),
            program = self.program,
            words = words.join(" "),
            last = words.last().unwrap_or(&self.program),
            at = words.len() + 1,
        );
        let output = clean(Path::new("bash"))
            .args(["-c", &script])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // Nothing at all is printed as one empty line.
        let words = text.lines().filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
.Bl -tag
.It Cm host ls Op Fl Fl all
Lists.
.It Cm host show Oo Fl f | Fl Fl follow Oc Ar id
Shows.
.El
.Sh COMMON
.It Fl Fl json
";

    #[test]
    fn a_page_is_read_command_by_command() {
        let page = format!("\n{PAGE}");
        let ls = explained(&page, "host ls").unwrap();
        assert!(names(&ls, "--all") && names(&ls, "--json") && !names(&ls, "--follow"));
        let show = explained(&page, "host show").unwrap();
        assert!(names(&show, "--follow") && names(&show, "-f") && !names(&show, "--all"));
        assert!(explained(&page, "host").is_none() && explained(&page, "host rm").is_none());
    }

    #[test]
    fn what_a_page_makes_up_is_found() {
        let command = |path: &str, options: &[&str]| Command {
            path: path.into(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
        };
        let ls = command("host ls", &["--all"]);
        let show = command("host show", &["-f", "--follow"]);
        assert!(made_up(PAGE, &[ls, show]).is_empty());
        let found = made_up(PAGE, &[command("host show", &["-f"])]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("host ls") && found[1].ends_with("host show --follow"));
    }

    #[test]
    fn what_nobody_wrote_down_is_found() {
        let unheard_of = Command {
            path: "status".into(),
            options: vec!["--json".into(), "--unheard-of".into()],
        };
        let gaps = gaps("pilot", &[unheard_of]);
        let of_it = gaps
            .iter()
            .filter(|gap| gap.ends_with("pilot status --unheard-of"));
        assert_eq!(of_it.count(), 2, "{gaps:?}");
    }
}
