//! Whatever a file or an argument holds, the answer is a scenario or an error that can be shown.

use proptest::prelude::*;

use super::{DESIGN, read};

/// Pieces that mean something to TOML, to a quantity, to a path, or to a terminal.
const PIECES: [&str; 24] = [
    "=",
    "\"",
    "'''",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "#",
    ".",
    "-",
    "->",
    ":",
    "1",
    "1e9",
    "\u{b5}s",
    "\u{fc}ber",
    "\u{1f600}",
    "\u{202e}",
    "\t",
    "\r",
    "e\u{301}",
    ",",
    "host.H1.workload",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_answered(
        places in prop::collection::vec((0..DESIGN.len(), 0..40_usize, 0..PIECES.len()), 1..4),
    ) {
        let mut text = DESIGN.to_owned();
        for (at, length, piece) in places {
            let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let end = (at + length).min(text.len());
            let end = (end..=text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
            text.replace_range(at..end, PIECES[piece]);
        }
        if let Err(error) = read(&text, &[]) {
            prop_assert!(!error.render(true).is_empty());
        }
    }

    #[test]
    fn any_argument_is_answered(pieces in prop::collection::vec(0..PIECES.len(), 0..6), key in 0..4_usize) {
        let key = ["", "wan.delay=", "group.solid.pairs.0=", "host.H1.workload.size="][key];
        let argument: String = std::iter::once(key).chain(pieces.into_iter().map(|piece| PIECES[piece])).collect();
        if let Err(error) = read(DESIGN, &[&argument]) {
            prop_assert!(!error.render(true).is_empty());
        }
    }
}
