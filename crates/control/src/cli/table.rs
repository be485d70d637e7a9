//! Tables for people.

use super::failure::Failure;
use super::output;
use serde_json::Value;
use wire::printable;

/// The most characters of a cell: enough for any id or fingerprint, and most names. JSON
/// has the whole text.
const LONGEST_CELL: usize = 100;

/// The most characters of a value that has its own line.
const LONGEST_VALUE: usize = 2_000;

/// Prints rows under a heading, in aligned columns.
pub(super) fn print(heading: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    output::write(&layout(heading, rows))
}

/// Prints titles and values; leaves empty values out.
pub(super) fn print_titled(rows: &[(&str, String)]) -> Result<(), Failure> {
    output::write(&titled(rows))
}

/// A member of an object as text; empty if it is missing.
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

/// Text from elsewhere, on one line and shortened.
fn shown(text: &str, most: usize) -> String {
    printable::cut(&printable::on_one_line(text), most)
}

fn titled(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
    rows.iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(title, value)| format!("{title:width$}  {}\n", shown(value, LONGEST_VALUE)))
        .collect()
}

fn layout(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading = heading.iter().map(|text| (*text).to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(heading)
        .chain(
            rows.iter()
                .map(|row| row.iter().map(|cell| shown(cell, LONGEST_CELL)).collect()),
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
    fn a_long_cell_is_cut_visibly() {
        let shown = layout(&["X"], &[vec!["é".repeat(101)]]);
        assert_eq!(shown, format!("X\n{}…\n", "é".repeat(99)));
        assert!(titled(&[("error", "x".repeat(3_000))]).ends_with("x…\n"));
    }

    #[test]
    fn empty_values_are_left_out() {
        let rows = [("id", "7".into()), ("error", String::new())];
        assert_eq!(titled(&rows), "id     7\n");
    }

    #[test]
    fn a_host_cannot_control_the_terminal() {
        assert_eq!(layout(&["X"], &[vec!["\u{1b}[2Jé".into()]]), "X\n?[2Jé\n");
    }
}
