//! Tables for people.

use serde_json::Value;

/// Prints rows under a heading, in columns as wide as their content.
pub(super) fn print(heading: &[&str], rows: &[Vec<String>]) {
    print!("{}", layout(heading, rows));
}

/// Prints JSON for programs.
pub(super) fn print_json(value: &Value) {
    println!("{value:#}");
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
    fn a_host_cannot_steer_the_terminal() {
        assert_eq!(layout(&["X"], &[vec!["\u{1b}[2Jé".into()]]), "X\n?[2Jé\n");
    }
}
