//! Tables for people.

mod fit;

use super::failure::Failure;
use super::presentation::{self, Presentation, Shape};
use super::{output, pager};
use serde_json::Value;
use wire::printable;

/// The most characters of a value that has its own line.
const LONGEST_VALUE: usize = 2_000;

/// How many characters of an id a terminal shows: the beginning names it as well.
const SHORT_ID: usize = 9;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    title: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Usual,
    /// Only in wide tables.
    Wide,
    /// Shortened on a terminal.
    Id,
}

impl From<&'static str> for Column {
    fn from(title: &'static str) -> Self {
        let kind = Kind::Usual;
        Self { title, kind }
    }
}

/// A column that only wide tables have.
pub(super) fn wide(title: &'static str) -> Column {
    let kind = Kind::Wide;
    Column { title, kind }
}

/// A column of ids that are named by their beginning, too.
pub(super) fn id(title: &'static str) -> Column {
    let kind = Kind::Id;
    Column { title, kind }
}

/// Prints rows under a heading, in aligned columns. The first cell of a row names it: where only
/// names are wanted, it stands alone.
pub(super) fn print<C: Copy + Into<Column>>(
    heading: &[C],
    rows: &[Vec<String>],
) -> Result<(), Failure> {
    let presentation = presentation::chosen();
    if presentation.only_names() {
        return print_names(rows.iter().filter_map(|row| row.first()));
    }
    let columns: Vec<Column> = heading.iter().map(|&title| title.into()).collect();
    let size = presentation::terminal_size();
    let layout = Layout {
        width: size.map(|(width, _)| width),
        is_wide: presentation.shape == Shape::Wide,
        has_colors: presentation.has_colors(),
    };
    pager::print(&layout.text(&columns, rows), presentation, size)
}

/// Prints titles and values; leaves empty values out. The first value names it all.
pub(super) fn print_titled(rows: &[(&str, String)]) -> Result<(), Failure> {
    match presentation::chosen() {
        Presentation {
            shape: Shape::Name, ..
        } => print_names(rows.iter().map(|(_, value)| value).take(1)),
        _ => output::write(&titled(rows)),
    }
}

fn print_names<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    let names = names.map(|name| printable::on_one_line(name) + "\n");
    output::write(&names.collect::<String>())
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

fn titled(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
    let shown = |value: &str| printable::cut(&printable::on_one_line(value), LONGEST_VALUE);
    rows.iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(title, value)| format!("{title:width$}  {}\n", shown(value)))
        .collect()
}

/// How a table is laid out.
struct Layout {
    /// Of the terminal; elsewhere nothing is cut.
    width: Option<usize>,
    is_wide: bool,
    has_colors: bool,
}

impl Layout {
    fn text(&self, columns: &[Column], rows: &[Vec<String>]) -> String {
        let shown: Vec<usize> = (0..columns.len())
            .filter(|&at| self.is_wide || columns[at].kind != Kind::Wide)
            .collect();
        let heading = shown
            .iter()
            .map(|&at| columns[at].title.to_owned())
            .collect();
        let cells = rows.iter().map(|row| {
            let cells = shown.iter().map(|&at| self.cell(columns[at], row.get(at)));
            cells.collect()
        });
        let lines: Vec<Vec<String>> = std::iter::once(heading).chain(cells).collect();
        let width = self.width.filter(|_| !self.is_wide);
        let widths = fit::widths(&lines, width);
        let line = |line: &Vec<String>| {
            fit::line(line, &widths, |cell, padded| self.colored(cell, padded))
        };
        lines.iter().map(line).collect()
    }

    /// What a program reads as a column is never empty.
    fn cell(&self, column: Column, text: Option<&String>) -> String {
        let text = printable::on_one_line(text.map_or("", String::as_str));
        match column.kind {
            _ if text.is_empty() => "-".into(),
            Kind::Id if self.width.is_some() && !self.is_wide => printable::cut(&text, SHORT_ID),
            _ => text,
        }
    }

    fn colored(&self, cell: &str, padded: String) -> String {
        match color_of(cell) {
            Some(color) if self.has_colors => format!("\u{1b}[{color}m{padded}\u{1b}[0m"),
            _ => padded,
        }
    }
}

/// The colour of a state: green for what is well, yellow for what waits, red for what is not well.
fn color_of(cell: &str) -> Option<u8> {
    match cell {
        "succeeded" | "enrolled" | "connected" => Some(32),
        "queued" | "received" | "cancelling" | "pending" | "disabled" => Some(33),
        "failed" | "refused" | "timed_out" | "interrupted" | "expired" | "removed" | "past" => {
            Some(31)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Layout = Layout {
        width: None,
        is_wide: false,
        has_colors: false,
    };

    fn layout(layout: &Layout, rows: &[[&str; 3]]) -> String {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.map(str::to_owned).into())
            .collect();
        layout.text(&[id("X"), "Y".into(), wide("Z")], &rows)
    }

    #[test]
    fn columns_are_aligned_and_none_is_empty() {
        let text = layout(&PLAIN, &[["a", "long", ""], ["bcd", "", ""]]);
        assert_eq!(text, "X    Y\na    long\nbcd  -\n");
        let wide = Layout {
            is_wide: true,
            ..PLAIN
        };
        assert_eq!(layout(&wide, &[["a", "b", "c"]]), "X  Y  Z\na  b  c\n");
    }

    #[test]
    fn nothing_is_cut_but_on_a_terminal() {
        let (uuid, long) = ("3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728", "é".repeat(200));
        assert!(layout(&PLAIN, &[[uuid, &long, ""]]).contains(&format!("{uuid}  {long}\n")));
        let narrow = Layout {
            width: Some(20),
            ..PLAIN
        };
        let text = layout(&narrow, &[[uuid, &long, ""]]);
        assert_eq!(
            text,
            format!("X          Y\n3f2b8c1e…  {}…\n", "é".repeat(8))
        );
        let wide = Layout {
            is_wide: true,
            ..narrow
        };
        assert!(layout(&wide, &[[uuid, &long, ""]]).contains(uuid));
        assert!(titled(&[("error", "x".repeat(3_000))]).ends_with("x…\n"));
    }

    #[test]
    fn empty_values_are_left_out() {
        let rows = [("id", "7".into()), ("error", String::new())];
        assert_eq!(titled(&rows), "id     7\n");
    }

    #[test]
    fn a_state_has_a_colour_where_colours_are_wanted() {
        let colored = Layout {
            has_colors: true,
            ..PLAIN
        };
        let rows = [["a", "failed", ""], ["b", "other", ""]];
        let text = layout(&colored, &rows);
        assert_eq!(text, "X  Y\na  \u{1b}[31mfailed\u{1b}[0m\nb  other\n");
        assert!(!layout(&PLAIN, &rows).contains('\u{1b}'));
    }

    #[test]
    fn a_host_cannot_control_the_terminal() {
        assert_eq!(
            layout(&PLAIN, &[["\u{1b}[2Jé", "", ""]]),
            "X     Y\n?[2Jé  -\n".replace("X     Y", "X      Y")
        );
    }
}
