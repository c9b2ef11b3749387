//! Paragraphs broken into lines between words.

/// Lines are at most so long, unless a word is longer.
pub const WIDTH: usize = 98;

/// The lines of `text`: the first begins with `first`, the others are indented by `indent`.
pub fn wrap(text: &str, first: &str, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut width = first.chars().count();
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && width + 1 + length > WIDTH {
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
