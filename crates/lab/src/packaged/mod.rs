//! The man page and the completions of a program whose command line clap reads, as they
//! lie in `packaging`.

mod completion;

use super::programs::workspace;
use clap::{Arg, Command};
use clap_mangen::Man;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};

/// Set to write the files instead of comparing them.
const WRITE: &str = "WRITE_PACKAGED";

/// An option that so many commands take in the same sense is explained once.
const COMMON: usize = 5;

/// Compares the files in `packaging` with the command line of a program. `notes` is what
/// the page says besides, in man(7): first what belongs to its description, then sections.
///
/// # Panics
/// When a file is another one, unless `WRITE_PACKAGED` has it written.
pub fn check(mut program: Command, notes: &str) {
    program.build();
    let name = program.get_name().to_owned();
    let mut files = vec![(format!("man/{name}.1"), page(&program, notes))];
    let completions = completion::files(&name);
    files.extend(completions.map(|(ending, text)| (format!("completion/{name}.{ending}"), text)));
    for (file, wanted) in files {
        let path = workspace().join("packaging").join(&file);
        if std::env::var_os(WRITE).is_some() {
            fs::write(&path, &wanted).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "packaging/{file} is not what the command line says: \
             `{WRITE}=1 cargo test -p {name} packaged` writes it"
        );
    }
}

/// One page for a program and all of its commands.
fn page(program: &Command, notes: &str) -> String {
    let (description, sections) = notes.split_once("\n.SH ").unwrap_or((notes, ""));
    let program = program.clone().subcommand_value_name("command");
    let man = Man::new(program.clone());
    let mut page = format!(
        ".TH {} 1 \"\" \"Host Pilot\"\n",
        program.get_name().to_ascii_uppercase()
    );
    page += &rendered(|page| man.render_name_section(page));
    page += &format!(".SH SYNOPSIS\n{}", synopsis(&program));
    page += &format!(
        ".SH DESCRIPTION\n{}\n.SH COMMANDS\n",
        description.trim_end()
    );
    let common = common_options(&program);
    for command in program.get_subcommands() {
        page += &explained(command, "", &common);
    }
    page += ".SH OPTIONS OF SEVERAL COMMANDS\n";
    let shared = Command::new("shared").disable_help_flag(true);
    page += &options(shared.args(common.into_values()));
    page += &format!(".SH {sections}");
    // Each section begins with a definition of the apostrophe.
    let (first, last) = (".ie \\n(.g .ds Aq \\(aq\n", ".el .ds Aq '\n");
    format!("{first}{last}{}", page.replace(first, "").replace(last, ""))
}

/// What a command and those below it do, with their options and examples.
fn explained(command: &Command, above: &str, common: &BTreeMap<String, Arg>) -> String {
    let name = command.get_name();
    if name == "help" {
        return String::new();
    }
    let path = format!("{above}{name}");
    let man = Man::new(command.clone());
    let about = rendered(|page| man.render_description_section(page));
    let about = about.replace(".SH DESCRIPTION\n", "");
    if command.has_subcommands() {
        let below = command.get_subcommands();
        let below = below.map(|command| explained(command, &format!("{path} "), common));
        return format!(".SS {path}\n{about}{}", below.collect::<String>());
    }
    let own = command.clone().mut_args(|option| {
        let shared = option.get_long().and_then(|long| common.get(long));
        // `--url` of `serve` is another one than that of clients.
        let is_shared = shared.is_some_and(|shared| help_of(shared) == help_of(&option));
        option.hide(is_shared)
    });
    let synopsis = synopsis(command);
    format!(
        ".SS {path}\n{synopsis}.PP\n{about}{}{}",
        options(own),
        example(command)
    )
}

/// clap_mangen names no values of options, and puts what is required into brackets.
fn synopsis(command: &Command) -> String {
    let man = Man::new(command.clone());
    let synopsis = rendered(|page| man.render_synopsis_section(page));
    let mut synopsis = synopsis.replace(".SH SYNOPSIS\n", "");
    let of_options = command.get_arguments().filter_map(|option| {
        let values = option.get_value_names()?.join(" ");
        Some((option, option.get_long()?.replace('-', "\\-"), values))
    });
    for (option, name, values) in of_options.filter(|(option, ..)| takes_value(option)) {
        let flag = format!("\\fB\\-\\-{name}\\fR");
        let whole = format!("{flag} \\fI{values}\\fR");
        synopsis = synopsis.replace(&flag, &whole);
        if option.is_required_set() {
            let short = option.get_short();
            let short = short.map_or_else(String::new, |short| format!("\\fB\\-{short}\\fR|"));
            let bare = format!("{short}{whole}");
            synopsis = synopsis.replace(&format!("<{bare}>"), &bare);
        }
    }
    synopsis
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

fn options(command: Command) -> String {
    let man = Man::new(command);
    let options = rendered(|page| man.render_options_section(page));
    options
        .replace(".SH OPTIONS\n", "")
        .replace(" [default: ]", "")
}

/// The example that stands at the beginning of what follows a command's help.
fn example(command: &Command) -> String {
    let after = command.get_after_help().map(ToString::to_string);
    let after = after.unwrap_or_default();
    let example = after.split("\n\n").next().unwrap_or_default();
    if example.is_empty() {
        return String::new();
    }
    let example = example.replace('\\', "\\e").replace('-', "\\-");
    format!(".PP\n.nf\n{example}\n.fi\n")
}

/// The options that many commands take, under their long names.
fn common_options(program: &Command) -> BTreeMap<String, Arg> {
    let mut uses = BTreeMap::<(String, String), (usize, Arg)>::new();
    count_options(program, &mut uses);
    let common = uses.into_iter().filter(|(_, (count, _))| *count >= COMMON);
    common
        .map(|((long, _), (_, option))| (long, option))
        .collect()
}

fn count_options(command: &Command, uses: &mut BTreeMap<(String, String), (usize, Arg)>) {
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        count_options(below, uses);
    }
    if command.has_subcommands() {
        return;
    }
    for option in command.get_arguments() {
        if let (Some(long), Some(help)) = (option.get_long(), help_of(option)) {
            let use_of = (long.to_owned(), help);
            uses.entry(use_of).or_insert((0, option.clone())).0 += 1;
        }
    }
}

fn help_of(option: &Arg) -> Option<String> {
    option.get_help().map(ToString::to_string)
}

fn rendered(render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    render(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}
