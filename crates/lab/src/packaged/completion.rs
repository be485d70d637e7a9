//! Completions as clap_complete generates them, with what it leaves out.

use clap::{Arg, Command, ValueHint};
use clap_complete::{Shell, generate};

/// What clap_complete puts between the words of a command in the script for bash.
const SEPARATOR: &str = "__subcmd__";

/// The completion of a program for a shell.
pub(super) fn script(shell: Shell, program: &mut Command) -> String {
    let (name, mut script) = (program.get_name().to_owned(), Vec::new());
    generate(shell, program, &name, &mut script);
    let script = String::from_utf8(script).unwrap();
    match shell {
        Shell::Bash => with_files(script, program, &name),
        Shell::Fish => with_words_of_help(&script, &name) + &values(program, &name),
        _ => script,
    }
}

/// Has bash offer the files of the folder where a command takes one, and options only after a
/// `-`: clap_complete offers options for an empty word, and bash offers files only where it is
/// offered nothing else.
fn with_files(script: String, command: &Command, function: &str) -> String {
    let mut script = script;
    let takes_file = |argument: &Arg| {
        let hint = argument.get_value_hint();
        matches!(
            hint,
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        )
    };
    if command.get_positionals().any(takes_file) {
        let begin = format!("\n        {function})\n            opts=\"");
        let (before, after) = script.split_once(&begin).expect("a part for each command");
        let (options, after) = after.split_once('\n').expect("more lines");
        let only = "            [[ ${cur} == -* ]] || opts=\"\"";
        script = format!("{before}{begin}{options}\n{only}\n{after}");
    }
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        let name = inner.get_name().replace('-', SEPARATOR);
        script = with_files(script, inner, &format!("{function}{SEPARATOR}{name}"));
    }
    script
}

/// Has fish offer the commands after `help`: clap_complete stops offering them as soon as the
/// line has one of them, and counts `help` itself.
fn with_words_of_help(script: &str, program: &str) -> String {
    let begin =
        format!("complete -c {program} -n \"__fish_{program}_using_subcommand help; and not ");
    let lines = script.lines().map(|line| match line.starts_with(&begin) {
        true => line.replacen(" help\" -f", "\" -f", 1),
        false => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Has fish offer the values of arguments: clap_complete offers those of options only.
fn values(program: &Command, name: &str) -> String {
    let mut lines = String::new();
    for group in program.get_subcommands() {
        for command in group.get_subcommands() {
            let values = command.get_positionals().flat_map(Arg::get_possible_values);
            let values: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
            if !values.is_empty() {
                let (group, command) = (group.get_name(), command.get_name());
                lines += &format!(
                    "complete -c {name} -n \"__fish_{name}_using_subcommand {group}; and \
                     __fish_seen_subcommand_from {command}\" -f -a \"{}\"\n",
                    values.join(" ")
                );
            }
        }
    }
    lines
}
