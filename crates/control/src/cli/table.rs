//! Tables for people.

use serde_json::Value;
use std::io::{self, IsTerminal};

/// Prints rows under a heading, in columns as wide as their content.
pub(super) fn print(heading: &[&str], rows: &[Vec<String>]) {
    print!("{}", layout(heading, rows));
}

/// Prints JSON for programs.
pub(super) fn print_json(value: &Value) {
    println!("{value:#}");
}

/// Prints a log as it is, or, on a terminal, without what would steer it.
pub(super) fn print_log(log: &str) {
    if io::stdout().is_terminal() {
        print!("{}", harmless(log));
    } else {
        print!("{log}");
    }
}

/// A member of an object as text: empty where there is none.
pub(super) fn text(object: &Value, member: &str) -> String {
    match &object[member] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    }
}

fn harmless(log: &str) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    log.chars()
        .map(|c| if steers(c) { '?' } else { c })
        .collect()
}

fn layout(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading = heading.iter().map(|text| (*text).to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(heading)
        .chain(
            rows.iter()
                .map(|row| row.iter().map(|cell| printable(cell)).collect()),
        )
        .collect();
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let padded = |line: &Vec<String>| {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let text = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", text.trim_end())
    };
    lines.iter().map(padded).collect()
}

/// What hosts say about themselves does not get to steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["a".into(), "long".into()],
            vec!["bcd".into(), String::new()],
        ];
        assert_eq!(layout(&["X", "Y"], &rows), "X    Y\na    long\nbcd\n");
    }

    #[test]
    fn a_log_keeps_its_lines_alone() {
        assert_eq!(harmless("a\tb\n\u{1b}[2J\r"), "a\tb\n?[2J?");
    }

    #[test]
    fn a_host_cannot_steer_the_terminal() {
        assert_eq!(layout(&["X"], &[vec!["\u{1b}[2Jé".into()]]), "X\n?[2Jé\n");
    }
}
