//! What is wrong with a scenario: one error, its place, what was found, what was expected, what was meant.
//!
//! A [`Fault`] is raised where it is noticed and knows positions only; a [`Diagnostic`] has the texts too, and
//! can be shown. The identifiers are stable: scripts may match them.

use std::fmt;
use std::path::Path;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::source::{Sources, Span};

/// What went well, or the one thing that did not.
pub type Fallible<T> = Result<T, Box<Fault>>;

/// An error before it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    id: &'static str,
    title: String,
    span: Option<Span>,
    label: String,
    context: Vec<(Span, String)>,
    notes: Vec<(Note, String)>,
    /// Line and column, from 1, in a file that cannot be shown.
    line_and_column: Option<(usize, usize)>,
    elsewhere: Option<Elsewhere>,
}

/// What a line below the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Note,
    Help,
}

/// A place in a file that the scenario names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Elsewhere {
    path: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
}

impl Fault {
    /// An error at `span`; `title` says what was expected and what was found.
    pub fn new(id: &'static str, span: Span, title: impl Into<String>) -> Box<Self> {
        let mut fault = Self::of_file(id, title);
        fault.span = Some(span);
        fault
    }

    /// An error of the file as a whole.
    pub fn of_file(id: &'static str, title: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            id,
            title: title.into(),
            span: None,
            label: String::new(),
            context: Vec::new(),
            notes: Vec::new(),
            line_and_column: None,
            elsewhere: None,
        })
    }

    /// Its identifier.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What was expected and what was found.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Says where in the file it is, for a file that cannot be shown; from 1.
    pub fn line_and_column(mut self: Box<Self>, place: (usize, usize)) -> Box<Self> {
        self.line_and_column = Some(place);
        self
    }

    /// Says in a few words, at the very place, what is wrong there.
    pub fn label(mut self: Box<Self>, label: impl Into<String>) -> Box<Self> {
        self.label = label.into();
        self
    }

    /// Points at another place that has to do with it.
    pub fn context(mut self: Box<Self>, span: Span, label: impl Into<String>) -> Box<Self> {
        self.context.push((span, label.into()));
        self
    }

    /// Says what is so.
    pub fn note(mut self: Box<Self>, note: impl Into<String>) -> Box<Self> {
        self.notes.push((Note::Note, note.into()));
        self
    }

    /// Says what to do.
    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.notes.push((Note::Help, help.into()));
        self
    }

    /// Says what was probably meant, if that is known.
    pub fn did_you_mean(self: Box<Self>, meant: Option<impl fmt::Display>) -> Box<Self> {
        match meant {
            Some(meant) => self.help(format!("did you mean {meant}?")),
            None => self,
        }
    }

    /// The error is in another file, which the scenario names at the place of this fault.
    pub fn elsewhere(mut self: Box<Self>, path: &Path, place: Option<(usize, usize)>) -> Box<Self> {
        self.elsewhere = Some(Elsewhere { path: path.display().to_string(), place });
        self
    }
}

/// An error in a scenario: says where, what was found, what was expected and, where it can be guessed, what was
/// meant.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    fault: Fault,
    sources: Sources,
}

impl Diagnostic {
    /// `fault` in these texts.
    pub fn new(fault: Fault, sources: Sources) -> Self {
        Self { fault, sources }
    }

    /// Its stable identifier, for example `unknown-key`.
    pub fn id(&self) -> &str {
        self.fault.id
    }

    /// The error as a person reads it, in several lines without a last line end; with terminal colours or plain.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let fault = &self.fault;
        let mut error = Group::with_title(Level::ERROR.primary_title(fault.title.as_str()).id(fault.id));
        let mut groups = Vec::new();
        if let Some(elsewhere) = &fault.elsewhere {
            error = error.element(origin(&elsewhere.path, elsewhere.place));
            if let Some(span) = fault.span {
                let named = Level::NOTE.secondary_title("the file is named here");
                groups.push(Group::with_title(named).elements(self.pictures(span)));
            }
        } else if let Some(span) = fault.span {
            error = error.elements(self.pictures(span));
        } else {
            let (path, ..) = self.sources.locate(Span::default());
            error = error.element(origin(path, fault.line_and_column));
        }
        let notes = fault.notes.iter().map(|(note, text)| {
            let level = if *note == Note::Help { Level::HELP } else { Level::NOTE };
            Element::from(level.message(text.as_str()))
        });
        groups.insert(0, error.elements(notes));
        renderer.render(&groups)
    }

    /// The texts that hold the fault and its context, that of the primary place first.
    ///
    /// What an argument contradicts stands in the file, but the argument is what was said last: the first place
    /// in an argument, if there is one, is the primary one.
    fn pictures<'s>(&'s self, span: Span) -> Vec<Snippet<'s, Annotation<'s>>> {
        let context = self.fault.context.iter().map(|(span, label)| (*span, label.as_str()));
        let mut places: Vec<_> = std::iter::once((span, self.fault.label.as_str())).chain(context).collect();
        let said_last = places.iter().position(|(span, _)| !self.sources.is_in_file(*span)).unwrap_or(0);
        places[..=said_last].rotate_right(1);
        let mut pictures: Vec<(&'s str, &'s str, Vec<Annotation<'s>>)> = Vec::new();
        for (index, (span, label)) in places.into_iter().enumerate() {
            let (path, text, range) = self.sources.locate(span);
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(range);
            let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
            // Two arguments may look the same, but do not lie in the same place.
            match pictures.iter_mut().find(|(_, known, _)| std::ptr::eq(*known, text)) {
                Some((_, _, annotations)) => annotations.push(annotation),
                None => pictures.push((path, text, vec![annotation])),
            }
        }
        let picture = |(path, text, annotations): (&'s str, &'s str, Vec<Annotation<'s>>)| {
            Snippet::source(text).path(path).annotations(annotations)
        };
        pictures.into_iter().map(picture).collect()
    }
}

fn origin(path: &str, place: Option<(usize, usize)>) -> Origin<'_> {
    let origin = Origin::path(path);
    match place {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostic {}
