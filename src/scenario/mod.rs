//! Scenario files: raw becomes validated; every error points into the file or at the argument.
//!
//! ```text
//! TOML text ──document──> tree ──topology──> long form ──raw──> File ──validate──> Scenario
//!                                └── assign (--set), format: shape of the file ──> schema
//! ```
//! Each step stops at the first thing wrong with a `diagnostic`. Nothing runs here.

mod assign;
mod builder;
pub mod cost;
pub mod diagnostic;
pub(crate) mod document;
mod fault_name;
pub mod figures;
pub mod files;
pub(crate) mod format;
pub(crate) mod raw;
#[cfg(feature = "schema")]
mod schema;
pub(crate) mod source;
pub(crate) mod suggest;
pub mod tape;
mod topology;
mod validate;
pub mod validated;
pub(crate) mod value;
pub mod warnings;
mod write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

pub use builder::Builder;
pub use diagnostic::Diagnostic;
#[cfg(feature = "schema")]
pub use schema::{schema, schema_of};
pub use validated::Scenario;
pub use write::{Unwritable, acting, write};

use crate::hardware::trace_file::{Reading, TraceFormat};
use diagnostic::{Fallible, Fault};
use document::{Node, Value};
use format::Read as _;
use source::Sources;

/// A commented scenario, as `rcsim init` writes it.
pub const TEMPLATE: &str = include_str!("template.toml");

/// A scenario file is no larger, in bytes: no one writes that much, and nothing of it is read.
const LARGEST_FILE: u64 = 4 << 20;

/// Reads the scenario file at `path`, then carries out every `KEY=VALUE` of `set`. `-` is standard input.
///
/// The scenario is called by the stem of the file; files that it names are relative to its folder.
///
/// # Errors
/// When the file cannot be read, or anything is wrong with it or with `set`: one error, which points at the place.
pub fn load(path: &Path, set: &[String]) -> Result<Scenario, Box<Diagnostic>> {
    load_varied(path, set, &[])
}

/// As [`load`], for one point of a sweep in which the keys `varied` have several values: what has no effect at this
/// point but may have one at another is let through.
///
/// # Errors
/// As [`load`].
pub fn load_varied(path: &Path, set: &[String], varied: &[String]) -> Result<Scenario, Box<Diagnostic>> {
    Text::of_file(path)?.scenario(set, varied)
}

/// The text of a scenario, and where it comes from: it is read once, however many scenarios are made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What the scenario is called.
    pub name: String,
    /// What errors call the place: the path of the file.
    shown: String,
    /// Files that it names are relative to this folder.
    pub base: PathBuf,
    /// The text itself.
    pub text: String,
}

impl Text {
    /// That of the file at `path`, called by its stem. `-` is standard input.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let shown = path.display().to_string();
        let standard_input = path.as_os_str() == "-";
        let text = if standard_input { read(io::stdin().lock()) } else { read_file(path) };
        let text = text.map_err(|fault| Box::new(Diagnostic::new(*fault, Sources::new(&shown, "", &[]))))?;
        let name = path.file_stem().map_or_else(|| shown.clone(), |stem| stem.to_string_lossy().into_owned());
        let base = if standard_input { Path::new("") } else { path.parent().unwrap_or(Path::new("")) };
        Ok(Self { name, shown, base: base.to_owned(), text })
    }

    /// A text that stands in no file.
    pub fn new(name: &str, text: String, base: &Path) -> Self {
        Self { name: name.to_owned(), shown: name.to_owned(), base: base.to_owned(), text }
    }

    /// The scenario, with every `KEY=VALUE` of `set` carried out; `varied` as for [`load_varied`].
    ///
    /// # Errors
    /// When anything is wrong with the text or with `set`: one error, which points at the place.
    pub fn scenario(&self, set: &[String], varied: &[String]) -> Result<Scenario, Box<Diagnostic>> {
        parse_sources(&self.name, Sources::new(&self.shown, &self.text, set), &self.base, varied)
    }

    /// The scenario in its long form: see [`expand`].
    ///
    /// # Errors
    /// As [`Text::scenario`].
    pub fn expand(&self, set: &[String]) -> Result<String, Box<Diagnostic>> {
        expand_sources(&self.shown, Sources::new(&self.shown, &self.text, set), &self.base)
    }
}

/// Reads a scenario called `name` from `text`, then carries out every `KEY=VALUE` of `set`. Files that it names are
/// relative to `base`.
///
/// # Errors
/// When anything is wrong with it: one error, which points at the place.
pub fn parse(name: &str, text: &str, base: &Path, set: &[String]) -> Result<Scenario, Box<Diagnostic>> {
    parse_varied(name, text, base, set, &[])
}

/// As [`parse`], for one point of a sweep: see [`load_varied`].
///
/// # Errors
/// As [`parse`].
pub fn parse_varied(
    name: &str,
    text: &str,
    base: &Path,
    set: &[String],
    varied: &[String],
) -> Result<Scenario, Box<Diagnostic>> {
    parse_sources(name, Sources::new(name, text, set), base, varied)
}

/// Every dotted key that `--set` and sweeps take; an item of a list stands there as `NAME` or, if it has no name, as
/// `N`, its position from 0. A `[[template]]` has the keys of the items that it is for, as `template.NAME.KEY`.
pub fn assignable_keys() -> Vec<String> {
    let mut keys = topology::shape().paths("");
    keys.retain(|key| !key.starts_with("template."));
    keys
}

/// The scenario file at `path` in its long form, as TOML: what it includes, templates, counts, ranges and `[topology]`
/// written out, every `KEY=VALUE` of `set` carried out. It is the same scenario.
///
/// # Errors
/// As [`load`].
pub fn expand(path: &Path, set: &[String]) -> Result<String, Box<Diagnostic>> {
    Text::of_file(path)?.expand(set)
}

/// The long form of a scenario called `name`.
fn expand_sources(name: &str, mut sources: Sources, base: &Path) -> Result<String, Box<Diagnostic>> {
    let expanded = topology::document(&mut sources, base).and_then(|root| {
        validate::scenario(name, &raw::File::read(&root)?, base, &[])?;
        Ok(topology::write(&root))
    });
    expanded.map_err(|fault| Box::new(Diagnostic::new(*fault, sources)))
}

/// How the files of a trace are read: by the name of their format, or by `columns` as a scenario has them, a table of
/// TOML. Without either they are recognised by content.
///
/// # Errors
/// When there is no such format, or anything is wrong with the columns: one error, which points at the argument.
pub fn trace_reading(format: Option<&str>, columns: Option<&str>) -> Result<Reading, Box<Diagnostic>> {
    let argument = columns.map(|text| ("--columns", text)).or(format.map(|text| ("--read-as", text)));
    let Some((option, text)) = argument else { return Ok(Reading::default()) };
    let fail = |fault: Box<Fault>| Box::new(Diagnostic::new(*fault, Sources::new(option, text, &[])));
    if columns.is_none() {
        let name =
            Node { span: source::Span::new(0, 0..text.len()), value: document::Value::Text(text.into()) };
        let format = TraceFormat::read(&name).map_err(fail)?;
        return Ok(Reading { format: Some(format), columns: None });
    }
    let table = Node::parse_value(text, 0).and_then(|node| raw::TableColumns::read(&node));
    let columns = table.and_then(|table| validate::columns(&table)).map_err(fail)?;
    Ok(Reading { format: Some(TraceFormat::Columns), columns: Some(columns) })
}

fn parse_sources(
    name: &str,
    sources: Sources,
    base: &Path,
    varied: &[String],
) -> Result<Scenario, Box<Diagnostic>> {
    let mut sources = sources.with_varied(varied);
    understand(name, &mut sources, base, varied).map_err(|fault| Box::new(Diagnostic::new(*fault, sources)))
}

fn understand(name: &str, sources: &mut Sources, base: &Path, varied: &[String]) -> Fallible<Scenario> {
    let root = topology::document(sources, base)?;
    not_a_study(&root)?;
    validate::scenario(name, &raw::File::read(&root)?, base, varied)
}

/// A study in place of a scenario is told as what it is, not by its keys.
fn not_a_study(root: &Node) -> Fallible<()> {
    let Value::Table(table) = &root.value else { return Ok(()) };
    match table.get("scenario") {
        Some(named) if table.get("seeds").is_some() && table.get("run").is_none() => {
            Err(Fault::new("not-a-scenario", named.span, "expected a scenario, found a study")
                .help("`rcsim study` runs a study; this is the scenario that it names"))
        }
        _ => Ok(()),
    }
}

fn read_file(path: &Path) -> Fallible<String> {
    read_file_of(path, "a scenario file")
}

/// The text of the file at `path`, which is `what`.
pub(crate) fn read_file_of(path: &Path, what: &str) -> Fallible<String> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            Fault::of_file("file-not-found", format!("expected {what}, found no such file"))
        }
        _ => Fault::of_file("file-unreadable", format!("expected {what}, which cannot be read: {error}")),
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Fault::of_file("not-a-file", format!("expected {what}, found a folder")));
    }
    read(File::open(path).map_err(unreadable)?)
}

/// The text of `file`, of which no more than the largest scenario is read.
fn read(file: impl io::Read) -> Fallible<String> {
    let mut bytes = Vec::new();
    let unreadable = |error| Fault::of_file("file-unreadable", format!("the file cannot be read: {error}"));
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let title = "expected a scenario file of at most 4MiB, found a larger one";
        return Err(Fault::of_file("file-too-large", title));
    }
    if let Some(zero) = bytes.iter().position(|&byte| byte == 0) {
        let fault = Fault::of_file("not-text", "expected a text, found the byte 0x00");
        return Err(fault.line_and_column(place_after(&bytes[..zero])));
    }
    String::from_utf8(bytes).map_err(|error| {
        let (before, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let found = rest.first().copied().unwrap_or_default();
        Fault::of_file("not-utf8", format!("expected text in UTF-8, found the byte 0x{found:02x}"))
            .line_and_column(place_after(before))
            .help("save the file in the encoding UTF-8")
    })
}

/// Line and column, from 1, of the character after `before`.
fn place_after(before: &[u8]) -> (usize, usize) {
    let before = String::from_utf8_lossy(before);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    (line, column)
}
