//! `KEY=VALUE` lines, as systemd's EnvironmentFile= and a shell read them.
//!
//! A line that the two read differently is refused, so that a file means the same to both.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;

/// What a line may begin with, and what may follow a value.
const BLANKS: [char; 2] = [' ', '\t'];

/// Characters that a shell or systemd does not take literally.
const SPECIAL: &str = " \t\"'\\$`;&|<>()~";
const SPECIAL_IN_DOUBLE_QUOTES: &str = "\"\\$`";
const SPECIAL_IN_SINGLE_QUOTES: &str = "'\\";

/// Reads the lines. Empty lines and comments (`#`) are skipped; a value may stand in single or
/// double quotes.
///
/// # Errors
/// The number of the line, and what is wrong with it.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines().map(|line| line.trim_matches(BLANKS))) {
        let pair = match line.chars().next() {
            None => continue,
            Some('#') => comment(line).map(|()| None),
            Some(_) => pair(line).map(Some),
        };
        let Some((key, value)) = pair.map_err(|why| format!("line {number}: {why}"))? else {
            continue;
        };
        if values.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(format!("line {number}: {key} is set twice"));
        }
    }
    Ok(values)
}

/// A comment that ends with a backslash continues on the next line for systemd alone.
fn comment(line: &str) -> Result<(), String> {
    match line.ends_with('\\') {
        true => Err("a comment must not end with '\\'".to_owned()),
        false => Ok(()),
    }
}

fn pair(line: &str) -> Result<(&str, &str), String> {
    let (key, value) = line.split_once('=').ok_or("not of the form KEY=VALUE")?;
    if key.starts_with("export ") {
        return Err("write KEY=VALUE without 'export', which only a shell knows".to_owned());
    }
    let named = key
        .bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if key.is_empty() || !named {
        return Err(
            "write the key before '=' in capitals, digits and '_', without blanks".to_owned(),
        );
    }
    Ok((key, unquote(value)?))
}

fn unquote(value: &str) -> Result<&str, String> {
    for (quote, special) in [
        ('"', SPECIAL_IN_DOUBLE_QUOTES),
        ('\'', SPECIAL_IN_SINGLE_QUOTES),
    ] {
        let Some(rest) = value.strip_prefix(quote) else {
            continue;
        };
        let (inner, behind) = rest.split_once(quote).ok_or("the quote is not closed")?;
        if !behind.is_empty() {
            return Err(format!(
                "nothing may follow the value in quotes, also no comment: {behind:?}"
            ));
        }
        return plain(
            inner,
            special,
            "other quotes around the value, or none of it",
        );
    }
    plain(
        value,
        SPECIAL,
        "single quotes around the whole value; a comment has a line of its own",
    )
}

/// Checks that systemd and a shell read a value alike.
fn plain<'a>(value: &'a str, special: &str, remedy: &str) -> Result<&'a str, String> {
    let is_special = |c: &char| special.contains(*c) || c.is_control();
    match value.chars().find(is_special) {
        None => Ok(value),
        Some(found) => Err(format!(
            "systemd and a shell read {found:?} in this value differently: write {remedy}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_a_shell_would() {
        let text = "# a comment\n\nPILOT_A=1 \t\n PILOT_B=\"two 'words' # \" \nPILOT_C='x=$y \"'\nPILOT_D=\n\
                    PILOT_E=a#b,c*?[]{}!%:/\r\n#\n";
        let values = parse(text).unwrap();
        let pairs: Vec<_> = values
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("PILOT_A", "1"),
                ("PILOT_B", "two 'words' # "),
                ("PILOT_C", "x=$y \""),
                ("PILOT_D", ""),
                ("PILOT_E", "a#b,c*?[]{}!%:/"),
            ]
        );
    }

    #[test]
    fn what_systemd_and_a_shell_read_differently_is_refused() {
        for line in [
            "A=/x # note",
            "A=two words",
            "A= x",
            "A=\"x\" # note",
            "A='x'y",
            "A=x\"y\"",
            "A=x'y'",
            "A=x\\y",
            "A=\"x\\y\"",
            "A='x\\y'",
            "A=$HOME/x",
            "A=\"$HOME/x\"",
            "A=`id`",
            "A=~/x",
            "A=x;y",
            "A=x&",
            "A=x|y",
            "A=(x)",
            "A=x\u{1b}y",
            "A=x\ry",
            "export A=x",
            "; A=x",
            "# goes on \\",
            "A=x \\",
        ] {
            let error = parse(&format!("B=1\n{line}\n")).unwrap_err();
            assert!(error.starts_with("line 2: "), "{line}: {error}");
        }
    }

    #[test]
    fn a_malformed_line_is_named() {
        for (text, number) in [
            ("A=1\nnonsense", 2),
            ("a=1", 1),
            ("A =1", 1),
            ("A=\"x", 1),
            ("A=1\n\nA=2", 3),
            ("=x", 1),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("line {number}: ")),
                "{text:?}: {error}"
            );
        }
    }
}
