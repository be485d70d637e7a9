//! Finds the options of a connection on a line that is not whole yet.

use clap::Command;
use std::ffi::OsString;

/// The program's name, and each option of `command` that takes a value and has one among `words`.
/// The last word is still being typed.
pub(super) fn options(command: &Command, words: &[OsString]) -> Vec<OsString> {
    let [program, words @ .., _typed] = words else {
        return vec![command.get_name().into()];
    };
    let mut given = vec![program.clone()];
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        let (name, value) = match text.split_once('=') {
            Some((name, _)) => (name, None),
            None => (&*text, Some(())),
        };
        if !takes_value(command, name) {
            continue;
        }
        given.push(word.clone());
        if value.is_some() {
            match words.next() {
                Some(value) => given.push(value.clone()),
                None => drop(given.pop()),
            }
        }
    }
    given
}

fn takes_value(command: &Command, name: &str) -> bool {
    let long = name.strip_prefix("--");
    long.is_some_and(|long| {
        let mut options = command.get_arguments();
        options.any(|option| option.get_long() == Some(long) && option.get_action().takes_values())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction};

    #[test]
    fn the_options_of_a_connection_are_found_anywhere_on_a_line() {
        let command = Command::new("pilotctl")
            .arg(Arg::new("url").long("url"))
            .arg(Arg::new("json").long("json").action(ArgAction::SetTrue));
        let found = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let given = options(&command, &words);
            given.join(" ".as_ref()).into_string().unwrap()
        };
        assert_eq!(found("p --url u host show --json w"), "p --url u");
        assert_eq!(found("p host --url=u show -x w"), "p --url=u");
        assert_eq!(found("p host show --url"), "p");
        assert_eq!(found("p host --url u"), "p", "it is being typed");
        assert_eq!(options(&command, &[]), ["pilotctl"]);
    }
}
