//! Fits the columns of a table into the width of a terminal.

use wire::printable;

/// What stands between two columns.
const GAP: &str = "  ";

/// The narrowest column that is cut.
const NARROWEST: usize = 6;

/// The widths of the columns. The widest are cut first, until all fit into `most`, or as far as
/// something is left of each.
pub(super) fn widths(lines: &[Vec<String>], most: Option<usize>) -> Vec<usize> {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let whole: Vec<usize> = (0..columns).map(width).collect();
    let Some(most) = most else {
        return whole;
    };
    let room = most.saturating_sub(GAP.len() * columns.saturating_sub(1));
    let capped = |cap: usize| whole.iter().map(move |&width| width.min(cap));
    let widest = whole.iter().copied().max().unwrap_or(0);
    let fits = (NARROWEST..=widest)
        .rev()
        .find(|&cap| capped(cap).sum::<usize>() <= room);
    capped(fits.unwrap_or(NARROWEST)).collect()
}

/// A line of cells of these widths. `finish` gets each cell, and what is printed of it.
pub(super) fn line(
    cells: &[String],
    widths: &[usize],
    finish: impl Fn(&str, String) -> String,
) -> String {
    let last = cells.len().saturating_sub(1);
    let padded = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (cell, &width))| {
            let cut = printable::cut(cell, width);
            let blanks = if at == last {
                0
            } else {
                width - cut.chars().count()
            };
            finish(cell, cut) + &" ".repeat(blanks)
        });
    padded.collect::<Vec<_>>().join(GAP) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: [usize; 3], most: Option<usize>) -> Vec<usize> {
        widths(&[cells.map(|width| "x".repeat(width)).into()], most)
    }

    #[test]
    fn the_widest_columns_are_cut_first() {
        assert_eq!(of([3, 40, 60], None), [3, 40, 60]);
        assert_eq!(of([3, 40, 60], Some(200)), [3, 40, 60]);
        assert_eq!(of([3, 40, 60], Some(57)), [3, 25, 25]);
        assert_eq!(of([3, 10, 60], Some(57)), [3, 10, 40]);
        assert_eq!(
            of([30, 40, 60], Some(4)),
            [6, 6, 6],
            "no terminal is that narrow"
        );
        assert!(widths(&[], Some(80)).is_empty());
    }
}
