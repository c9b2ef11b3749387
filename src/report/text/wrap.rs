//! Paragraphs broken into lines between words, and how wide the text may be.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Columns of text where nobody says how many the terminal has.
pub const WIDTH: usize = 98;
/// Terminals narrower than this are written to as if they had this many columns.
pub const LEAST_WIDTH: usize = 60;
/// Lines longer than this are hard to read.
pub const MOST_WIDTH: usize = 120;

/// Columns of every text that this process writes.
static COLUMNS: AtomicUsize = AtomicUsize::new(WIDTH);

/// From now on text is for a terminal of this many columns, within [`LEAST_WIDTH`] and [`MOST_WIDTH`].
pub fn set_width(columns: usize) {
    COLUMNS.store(columns.clamp(LEAST_WIDTH, MOST_WIDTH), Ordering::Relaxed);
}

/// Columns that a line may take.
pub fn width() -> usize {
    COLUMNS.load(Ordering::Relaxed)
}

/// The lines of `text`: the first begins with `first`, the others are indented by `indent`. A word is never broken.
pub fn wrap(text: &str, first: &str, indent: usize) -> Vec<String> {
    wrap_within(text, first, indent, width())
}

fn wrap_within(text: &str, first: &str, indent: usize, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut width = first.chars().count();
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && width + 1 + length > columns {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            width = indent;
        } else if index > 0 {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_indented() {
        let word = "x".repeat(46);
        let text = format!("{word} {word} {word}");
        assert_eq!(
            wrap(&text, "  a ", 4),
            [format!("  a {word} {word}")[..97].to_owned(), format!("    {word}")]
        );
        assert_eq!(wrap_within("one two three", "", 2, 8), ["one two", "  three"]);
    }

    #[test]
    fn a_word_that_is_too_long_stands_alone() {
        let word = "x".repeat(200);
        assert_eq!(
            wrap(&format!("a {word} b"), "", 1),
            ["a".to_owned(), format!(" {word}"), " b".to_owned()]
        );
        assert_eq!(wrap("", "  ", 1), ["  "]);
    }
}
