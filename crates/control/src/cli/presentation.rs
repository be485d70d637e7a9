//! How output is presented: options that every command has, and what the terminal is.

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum, value_parser};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The shape of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// Columns that fit the terminal
    #[default]
    Table,
    /// All columns, with nothing cut and no time relative
    Wide,
    /// Ids or names, one on each line
    Name,
    /// JSON
    Json,
    /// JSON, an entry on each line
    Jsonl,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How this run presents its output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presentation {
    pub(super) shape: Shape,
    /// Print only what was asked for.
    pub(super) quiet: bool,
    /// Say which call took how long.
    pub(super) verbose: bool,
    color: Color,
    no_pager: bool,
}

static CHOSEN: OnceLock<Presentation> = OnceLock::new();

const SHAPE: &str = "shape";
const HEADING: &str = "Output";

/// The options of every command but `serve`, which prints a log. `-o` of a command that writes a
/// file names the file.
pub(super) fn with_options(command: Command) -> Command {
    if command.get_name() == "serve" {
        return command;
    }
    if command.has_subcommands() {
        return command.mut_subcommands(with_options);
    }
    let command = command.mut_args(|option| match option.get_action().takes_values() {
        // So the error is about the value, and not about an option that nobody meant.
        true => option.allow_negative_numbers(true),
        false => option,
    });
    let json = command
        .get_arguments()
        .any(|option| option.get_id() == "json");
    let file = command
        .get_arguments()
        .find(|option| option.get_short() == Some('o'));
    let file = file.map(|option| option.get_id().clone());
    let command = command.args(everywhere());
    match file {
        Some(id) => command.mut_arg(id, |option| {
            option.value_parser(PathBufValueParser::new().try_map(not_a_shape))
        }),
        None if json => command.arg(shape()).mut_arg("json", |option| {
            option
                .conflicts_with(SHAPE)
                .help_heading(HEADING)
                .default_value_ifs([
                    (SHAPE, "json", Some("true")),
                    (SHAPE, "jsonl", Some("true")),
                ])
        }),
        None => command.arg(shape()),
    }
}

fn shape() -> Arg {
    let option = Arg::new(SHAPE).short('o').long("output");
    option
        .value_parser(value_parser!(Shape))
        .value_name("SHAPE")
        .hide_possible_values(true)
        .help_heading(HEADING)
        .help("table, wide, name, json or jsonl")
}

fn everywhere() -> [Arg; 4] {
    let flag = |name: &'static str, help: &'static str| {
        let option = Arg::new(name).long(name).help(help);
        option.action(ArgAction::SetTrue).help_heading(HEADING)
    };
    [
        flag("quiet", "Print only what was asked for").short('q'),
        flag("verbose", "Say on standard error which call took how long").short('v'),
        flag("no-pager", "Do not use a pager on a terminal"),
        Arg::new("color")
            .long("color")
            .value_parser(value_parser!(Color))
            .value_name("WHEN")
            .hide_possible_values(true)
            .help_heading(HEADING)
            .help("auto, always or never"),
    ]
}

/// Refuses the name of a shape as the name of a file.
fn not_a_shape(path: PathBuf) -> Result<PathBuf, String> {
    let text = path.to_string_lossy();
    match Shape::from_str(&text, false) {
        Ok(_) => Err(format!(
            "-o names a file here: write --json for JSON, or ./{text} for a file of that name"
        )),
        Err(_) => Ok(path),
    }
}

/// Takes what a command line says, for the rest of this run.
pub(super) fn choose(matches: &ArgMatches) {
    let mut leaf = matches;
    while let Some((_, below)) = leaf.subcommand() {
        leaf = below;
    }
    let flag = |name: &str| matches!(leaf.try_get_one::<bool>(name), Ok(Some(true)));
    let shape = leaf.try_get_one::<Shape>(SHAPE).ok().flatten();
    let color = leaf.try_get_one::<Color>("color").ok().flatten();
    // It is called once.
    let _ = CHOSEN.set(Presentation {
        shape: shape.copied().unwrap_or_default(),
        quiet: flag("quiet"),
        verbose: flag("verbose"),
        color: color.copied().unwrap_or_default(),
        no_pager: flag("no-pager"),
    });
}

/// What was chosen, or what is usual.
pub(super) fn chosen() -> Presentation {
    CHOSEN.get().copied().unwrap_or_default()
}

impl Presentation {
    /// Whether only names are printed.
    pub(super) fn only_names(self) -> bool {
        self.quiet || self.shape == Shape::Name
    }

    /// Whether to use colours on standard output.
    pub(super) fn has_colors(self) -> bool {
        let set = |name: &str| std::env::var(name).unwrap_or_default();
        is_colored(
            self.color,
            io::stdout().is_terminal(),
            &set("NO_COLOR"),
            &set("TERM"),
        )
    }

    /// Whether a long list may go through a pager.
    pub(super) fn may_page(self) -> bool {
        !self.no_pager && io::stdout().is_terminal() && io::stdin().is_terminal()
    }
}

fn is_colored(color: Color, is_terminal: bool, no_color: &str, term: &str) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_terminal && no_color.is_empty() && term != "dumb",
    }
}

/// The columns and lines of the terminal, if standard output is one.
pub(super) fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        for (color, is_terminal, no_color, term, expected) in [
            (Color::Auto, true, "", "xterm", true),
            (Color::Auto, false, "", "xterm", false),
            (Color::Auto, true, "1", "xterm", false),
            (Color::Auto, true, "", "dumb", false),
            (Color::Always, false, "1", "dumb", true),
            (Color::Never, true, "", "xterm", false),
        ] {
            assert_eq!(is_colored(color, is_terminal, no_color, term), expected);
        }
    }

    #[test]
    fn a_shape_of_json_is_the_same_as_the_option() {
        let json = |line: &str| {
            let matches = command().get_matches_from(line.split(' '));
            let (_, host) = matches.subcommand().unwrap();
            host.subcommand().unwrap().1.get_flag("json")
        };
        assert!(json("p host ls --json") && json("p host ls -o json") && json("p host ls -ojsonl"));
        assert!(!json("p host ls -o wide") && !json("p host ls -q"));
        let refused = |line: &str| command().try_get_matches_from(line.split(' ')).is_err();
        assert!(refused("p host ls --json -o wide") && refused("p host ls -o code"));
        assert!(refused("p host invite -o json") && !refused("p host invite -o ./json"));
    }
}
