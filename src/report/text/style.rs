//! Colour, where it is wanted: the words of a verdict and headings, nothing else.

use crate::checker::CheckState;

/// Paints, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Are colours wanted?
    pub colour: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Of less weight.
    Faint,
}

impl Style {
    /// `text`, painted; the escape sequences come on top of its width.
    pub fn paint(self, text: &str, paint: Paint) -> String {
        // ECMA-48, Select Graphic Rendition.
        let code = match paint {
            _ if !self.colour => return text.to_owned(),
            Paint::Plain => return text.to_owned(),
            Paint::Heading => "1",
            Paint::Good => "32",
            Paint::Bad => "1;31",
            Paint::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

impl From<CheckState> for Paint {
    fn from(state: CheckState) -> Self {
        match state {
            CheckState::Holds => Self::Good,
            CheckState::Broken => Self::Bad,
            CheckState::NotJudged | CheckState::NotChecked => Self::Faint,
        }
    }
}
