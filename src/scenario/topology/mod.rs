//! Topologies as data: what a person writes in short becomes the long form, before anything of it is read.
//!
//! | room | turns |
//! |---|---|
//! | `include` | `include = "site.toml"` into what stands in that file |
//! | `generate` | `[topology]` into systems, groups and pairs |
//! | `templates` | `template = "array"` into the keys of that `[[template]]`; `count = 16` into 16 items |
//! | `ranges` | `"L1:1..50 -> R1:1..50"`, `"L1:* -> R2:*"` and `on = ["*"]` into single pairs, units and systems |
//! | `write` | the long form into TOML, for `rcsim expand` |
//!
//! All of it works on the document, whose nodes keep the places at which a person wrote them: an error in the
//! long form points there. Nothing is decided that `validate` decides.

mod generate;
mod include;
mod ranges;
mod shape;
mod templates;
mod write;

pub use shape::shape;
pub use write::write;

use std::path::Path;

use super::assign::assign;
use super::diagnostic::Fallible;
use super::document::{Node, Table, Value};
use super::source::{Sources, Span};

/// The document of a scenario in its long form, with every `--set` carried out. Files are relative to `base`.
///
/// What is set at `include`, `topology`, `template` or a `count` is set before the long form is made, all else after.
pub fn document(sources: &mut Sources, base: &Path) -> Fallible<Node> {
    let mut root = Node::parse_file(sources.file(), 0, sources.end_of_file())?;
    let shape = shape();
    let arguments: Vec<(usize, String)> =
        sources.arguments().map(|(start, argument)| (start, argument.to_owned())).collect();
    let set = |root: &mut Node, wanted: fn(&str) -> bool| -> Fallible<()> {
        let wanted = arguments.iter().filter(|(_, argument)| wanted(key(argument)));
        wanted.into_iter().try_for_each(|(start, argument)| assign(root, &shape, argument, *start))
    };
    set(&mut root, is_of_include)?;
    include::include(&mut root, sources, base)?;
    set(&mut root, is_of_short_form)?;
    generate::generate(&mut root)?;
    templates::apply(&mut root)?;
    set(&mut root, |key| !is_of_include(key) && !is_of_short_form(key))?;
    ranges::expand(&mut root)?;
    Ok(root)
}

/// What stands before the `=` of an argument.
fn key(argument: &str) -> &str {
    argument.split_once('=').map_or(argument, |(key, _)| key).trim()
}

fn is_of_include(key: &str) -> bool {
    key == include::KEY
}

fn is_of_short_form(key: &str) -> bool {
    let first = key.split('.').next().unwrap_or(key);
    let last = key.rsplit('.').next().unwrap_or(key);
    [generate::KEY, templates::KEY].contains(&first) || last == templates::COUNT || last == templates::KEY
}

/// The table at `node`; what is none is left for the reader to refuse.
fn table(node: &mut Node) -> Option<&mut Table> {
    match &mut node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The items of the list at `key`, if there is one.
fn items<'n>(root: &'n mut Node, key: &str) -> Option<&'n mut Vec<Node>> {
    match table(root)?.entries.iter_mut().find(|(known, _)| known.value == key) {
        Some((_, Node { value: Value::List(items), .. })) => Some(items),
        _ => None,
    }
}

/// Takes the entry of `key` out: the place of its key, and its value.
fn take(table: &mut Table, key: &str) -> Option<(Span, Node)> {
    let index = table.entries.iter().position(|(known, _)| known.value == key)?;
    let (key, node) = table.entries.remove(index);
    Some((key.span, node))
}
