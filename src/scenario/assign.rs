//! `--set KEY=VALUE`: puts a value at a dotted key of the document.
//!
//! The shape of the file says which keys there are, so a key can be set whose tables the file does not have. A
//! value keeps its place in the argument: whatever is wrong with it later points there.

use super::diagnostic::{Fallible, Fault};
use super::document::{Node, Value, quoted};
use super::format::{Shape, unknown_key};
use super::source::{At, Span};
use super::suggest::{listed, nearest};

/// Carries out `argument`, which begins at position `base`.
pub fn assign(root: &mut Node, shape: &Shape, argument: &str, base: usize) -> Fallible<()> {
    let whole = Span::new(base, 0..argument.len());
    let Some((path, value)) = split(argument) else {
        let title = format!("expected KEY=VALUE, found {}", quoted(argument));
        return Err(Fault::new("assignment", whole, title).help("for example: --set wan.loss=0.01"));
    };
    let segments = segments(path, base)?;
    let written = value.trim_start();
    let value = Node::parse_value(written.trim_end(), base + argument.len() - written.len())?;
    let whole = At { value: path.to_owned(), span: Span::new(base, 0..path.len()) };
    descend(root, shape, &segments, value, &whole)
}

/// KEY and VALUE: the first `=` outside quotes parts them.
fn split(argument: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (index, c) in argument.char_indices() {
        match (quote, c) {
            (None, '=') => return Some((&argument[..index], &argument[index + 1..])),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The names between the dots of `path`; a name in quotes may hold dots.
fn segments(path: &str, base: usize) -> Fallible<Vec<At<String>>> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut quote = None;
    for (index, c) in path.char_indices().chain(std::iter::once((path.len(), '.'))) {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '.') => {
                let name = path[start..index].trim();
                let unquoted = ['"', '\'']
                    .iter()
                    .find_map(|&quote| name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote)));
                let span = Span::new(base, start..index);
                if name.is_empty() {
                    let title = format!("expected names between dots, found {}", quoted(path));
                    return Err(Fault::new("assignment", span, title).label("a name is missing"));
                }
                segments.push(At { value: unquoted.unwrap_or(name).to_owned(), span });
                start = index + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() {
        let title = format!("expected a quote that ends the name, found {}", quoted(path));
        return Err(Fault::new("assignment", Span::new(base, start..path.len()), title));
    }
    Ok(segments)
}

fn descend(
    node: &mut Node,
    shape: &Shape,
    path: &[At<String>],
    value: Node,
    whole: &At<String>,
) -> Fallible<()> {
    let Some((segment, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    match shape {
        Shape::Leaf(leaf) => {
            let title = format!("expected no key below a single value, found `{}`", segment.value);
            Err(Fault::new("unknown-key", segment.span, title)
                .label("there is nothing below")
                .note(format!("its value is {}", leaf.expected)))
        }
        Shape::Either { structured, promote, .. } => {
            if !matches!(node.value, Value::Table(_) | Value::List(_)) {
                node.value = match promote {
                    Some(promote) => promote(node.clone()),
                    None => empty(structured),
                };
                // What is missing in the longer form is missing in the argument.
                node.span = whole.span;
            }
            descend(node, structured, path, value, whole)
        }
        Shape::Table(table) => {
            let keys = table.all();
            let Some(key) = keys.iter().find(|key| key.name == segment.value) else {
                return Err(unknown_key(segment, &keys));
            };
            enter(node, segment, &key.shape, rest, value, whole)
        }
        Shape::Map(values) => enter(node, segment, values, rest, value, whole),
        Shape::List(shape) => {
            let Value::List(items) = &mut node.value else {
                return Err(not_there(segment, "a list"));
            };
            let index = item(items, segment)?;
            descend(&mut items[index], shape, rest, value, whole)
        }
    }
}

/// Goes on in the entry `segment` of the table at `node`.
fn enter(
    node: &mut Node,
    segment: &At<String>,
    shape: &Shape,
    rest: &[At<String>],
    value: Node,
    whole: &At<String>,
) -> Fallible<()> {
    let Value::Table(table) = &mut node.value else {
        return Err(not_there(segment, "a table"));
    };
    let (key, entry) = table.get_or_insert(segment.clone(), empty(shape));
    if rest.is_empty() {
        key.span = segment.span;
    }
    descend(entry, shape, rest, value, whole)
}

/// What stands where nothing stood, before anything is put there.
fn empty(shape: &Shape) -> Value {
    match shape {
        Shape::List(_) => Value::List(Vec::new()),
        Shape::Either { structured, .. } => empty(structured),
        Shape::Leaf(_) | Shape::Table(_) | Shape::Map(_) => Value::Table(super::document::Table::default()),
    }
}

/// The file has another kind of value above `segment`; it would be refused anyway.
fn not_there(segment: &At<String>, what: &str) -> Box<Fault> {
    let title = format!("expected {what} above `{}`, found something else", segment.value);
    Fault::new("wrong-type", segment.span, title)
}

/// The index of the item that `segment` names: by its name, or by its position from 0.
fn item(items: &[Node], segment: &At<String>) -> Fallible<usize> {
    let name = |item: &Node| match &item.value {
        Value::Table(table) => match table.get("name").map(|node| &node.value) {
            Some(Value::Text(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    let names: Vec<_> = items.iter().map(name).collect();
    let found = names.iter().position(|name| name.as_deref() == Some(&segment.value));
    let position = || segment.value.parse().ok().filter(|&position: &usize| position < items.len());
    found.or_else(position).ok_or_else(|| {
        let names: Vec<_> = names.iter().flatten().map(String::as_str).collect();
        let title = match items.len() {
            0 => format!("there is no item `{}`: the list has no items", segment.value),
            count => format!(
                "expected an item by its name or by its position from 0 to {}, found `{}`",
                count - 1,
                segment.value
            ),
        };
        let fault = Fault::new("unknown-item", segment.span, title)
            .did_you_mean(nearest(&segment.value, names.iter().copied()).map(|name| format!("`{name}`")));
        if items.is_empty() {
            return fault.help("set the list as a whole: KEY=[{ .. }]");
        }
        if names.is_empty() { fault } else { fault.note(format!("names: {}", listed(names))) }
    })
}
