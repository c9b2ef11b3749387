//! Aligned tables: the first column to the left, the others to the right, two spaces between.
//!
//! A table that is wider than the terminal is not broken anywhere but between columns: those that find no room stand
//! below, beside the first column again.

use super::style::{Paint, Style};
use super::wrap::width;

/// Between two columns.
const GAP: usize = 2;

/// A cell: its text and how it is painted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A painted cell.
    pub fn painted(text: impl Into<String>, paint: Paint) -> Self {
        Self { text: text.into(), paint }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::painted(text, Paint::Plain)
    }
}

/// Rows of cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Adds a row; one that ends early has empty cells.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Adds a row of headings.
    pub fn heading<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        self.row(cells.into_iter().map(|text| Cell::painted(text, Paint::Faint)));
    }

    /// The lines, each indented by `indent`.
    pub fn lines(&self, indent: usize, style: Style) -> Vec<String> {
        self.lines_within(indent, style, width())
    }

    fn lines_within(&self, indent: usize, style: Style, most: usize) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = Vec::new();
        let mut from = 1;
        loop {
            // At least one column beside the first, and as many as find room.
            let mut taken = indent + widths.first().copied().unwrap_or(0);
            let mut to = from;
            while to < columns && (to == from || taken + GAP + widths[to] <= most) {
                taken += GAP + widths[to];
                to += 1;
            }
            let part = |row: &[Cell]| -> Vec<Cell> {
                let rest = row.get(from.min(row.len())..to.min(row.len())).unwrap_or_default();
                row.first().into_iter().chain(rest).cloned().collect()
            };
            let shown: Vec<usize> = widths
                .first()
                .copied()
                .into_iter()
                .chain(widths[from.min(columns)..to.min(columns)].iter().copied())
                .collect();
            lines.extend(self.rows.iter().map(|row| line(&part(row), &shown, indent, style)));
            if to >= columns {
                return lines;
            }
            from = to;
        }
    }
}

fn line(row: &[Cell], widths: &[usize], indent: usize, style: Style) -> String {
    let mut line = " ".repeat(indent);
    let mut pending = 0;
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        let space = width - cell.text.chars().count();
        let (before, after) = if column == 0 { (0, space) } else { (GAP + space, 0) };
        // Spaces are written when something follows them: no line ends with any.
        pending += before;
        if !cell.text.is_empty() {
            line.extend(std::iter::repeat_n(' ', pending));
            line.push_str(&style.paint(&cell.text, cell.paint));
            pending = 0;
        }
        pending += after;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_with_no_space() {
        let mut table = Table::default();
        table.heading(["group", "a", "bb"]);
        table.row(["x", "1,000", "2"]);
        table.row(["longer name", ""]);
        table.row(["", "", "3"]);
        assert_eq!(
            table.lines(2, Style::default()),
            [
                "  group            a  bb",
                "  x            1,000   2",
                "  longer name",
                "                       3"
            ]
        );
    }

    #[test]
    fn a_table_that_is_too_wide_is_parted_between_columns() {
        let mut table = Table::default();
        table.heading(["group", "mean", "p50", "max"]);
        table.row(["a", "1.25ms", "2ms", "3ms"]);
        table.row(["b"]);
        assert_eq!(
            table.lines_within(2, Style::default(), 20),
            ["  group    mean  p50", "  a      1.25ms  2ms", "  b", "  group  max", "  a      3ms", "  b"]
        );
        // A column is never broken.
        assert_eq!(table.lines_within(2, Style::default(), 1).len(), 9);
        assert_eq!(Table::default().lines_within(2, Style::default(), 1), [""; 0]);
    }

    #[test]
    fn colour_does_not_count_for_the_width() {
        let mut table = Table::default();
        table.row([Cell::painted("a", Paint::Bad), Cell::from("b")]);
        table.row(["cc", "d"]);
        let lines = table.lines(0, Style { colour: true });
        assert_eq!(lines, ["\u{1b}[1;31ma\u{1b}[0m   b", "cc  d"]);
    }
}
