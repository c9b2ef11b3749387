//! Where text came from: the scenario file, the `--set` arguments, included files, in one line of positions.
//!
//! A [`Span`] counts bytes over the file, over each argument and over each included file, so that a value carries its place with it
//! whichever of them it stood in, and an error after `--set` points at the argument.

use std::ops::Range;

/// A stretch of text, in bytes from the start of [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One beyond the last byte.
    pub end: usize,
}

impl Span {
    /// The span of `range` in a text that begins at `base`.
    pub fn new(base: usize, range: Range<usize>) -> Self {
        Self { start: base + range.start, end: base + range.end }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl At<String> {
    /// The place of `part`, which is a piece of this very text: within the quotes, if they hold it unescaped.
    pub fn place_of(&self, part: &str) -> Span {
        let offset = (part.as_ptr() as usize).checked_sub(self.value.as_ptr() as usize);
        let offset = offset.filter(|offset| offset + part.len() <= self.value.len());
        let quotes = (self.span.end - self.span.start).checked_sub(self.value.len());
        match (offset, quotes) {
            (Some(offset), Some(quotes @ (0 | 2))) => {
                Span::new(self.span.start + quotes / 2, offset..offset + part.len())
            }
            _ => self.span,
        }
    }
}

/// The texts of one scenario.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Path and text of the file, then of each argument, then of the files that are included.
    texts: Vec<(String, String)>,
    /// How many arguments there are.
    arguments: usize,
}

/// What stands before KEY=VALUE in an argument, and before one that a sweep varies.
const SET: &str = "--set ";
const VARY: &str = "--vary ";

impl Sources {
    /// The file at `path` holds `text`, and `set` are the arguments.
    pub fn new(path: &str, text: &str, set: &[String]) -> Self {
        let arguments = set.iter().map(|argument| ("command line".to_owned(), format!("{SET}{argument}")));
        let texts = std::iter::once((path.to_owned(), text.to_owned())).chain(arguments).collect();
        Self { texts, arguments: set.len() }
    }

    /// Arguments with one of these keys are told as values that `--vary` gave.
    pub fn with_varied(mut self, keys: &[String]) -> Self {
        for (_, text) in self.texts.iter_mut().skip(1).take(self.arguments) {
            let setting = text.strip_prefix(SET).filter(|setting| {
                setting.split_once('=').is_some_and(|(key, _)| keys.iter().any(|varied| varied == key.trim()))
            });
            if let Some(varied) = setting.map(|setting| format!("{VARY}{setting}")) {
                *text = varied;
            }
        }
        self
    }

    /// Adds a file that is included: where it begins, and its end, where something is missing.
    pub fn add(&mut self, path: &str, text: &str) -> (usize, Span) {
        self.texts.push((path.to_owned(), text.to_owned()));
        let start = self.starts().last().unwrap_or(0);
        let end = text.trim_end().len();
        (start, Span::new(start, end..end))
    }

    /// The text of the file.
    pub fn file(&self) -> &str {
        self.texts.first().map_or("", |(_, text)| text)
    }

    /// The KEY=VALUE of every argument, and the position at which it begins.
    pub fn arguments(&self) -> impl Iterator<Item = (usize, &str)> {
        let starts = self.starts().skip(1);
        let texts = self.texts.iter().skip(1).take(self.arguments);
        starts.zip(texts).map(|(start, (_, text))| {
            let option = if text.starts_with(VARY) { VARY } else { SET };
            (start + option.len(), &text[option.len()..])
        })
    }

    /// The end of the file, where something is missing.
    pub fn end_of_file(&self) -> Span {
        let end = self.file().trim_end().len();
        Span::new(0, end..end)
    }

    /// Does `span` lie in the file or one that it includes, or in an argument?
    pub fn is_in_file(&self, span: Span) -> bool {
        let included = self.starts().nth(self.arguments + 1);
        span.start <= self.file().len() || included.is_some_and(|start| span.start >= start)
    }

    /// Path, text and place within that text of `span`.
    pub fn locate(&self, span: Span) -> (&str, &str, Range<usize>) {
        let found = self.starts().zip(&self.texts).take_while(|&(start, _)| start <= span.start).last();
        let Some((start, (path, text))) = found else { return ("", "", 0..0) };
        let within = |position: usize| (position - start).min(text.len());
        (path, text, within(span.start)..within(span.end.max(span.start)))
    }

    /// Where each text begins; one position lies between two texts, so that the end of one is not in the next.
    fn starts(&self) -> impl Iterator<Item = usize> {
        self.texts.iter().scan(0, |next, (_, text)| {
            let start = *next;
            *next += text.len() + 1;
            Some(start)
        })
    }
}
