//! `[[template]]` and `count`: one table for many items.

use super::include::merged;
use super::{items, table, take};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::{Node, Table, Value, quoted};
use crate::scenario::format::wrong_type;
use crate::scenario::source::Span;
use crate::scenario::suggest::{listed, nearest};

/// The key of the list of templates, and of an item that takes one.
pub(super) const KEY: &str = "template";
/// The key of an item that stands for many.
pub(super) const COUNT: &str = "count";
/// Lists whose items may take a template or stand for many.
pub(super) const LISTS: [&str; 5] = ["local_system", "remote_system", "group", "host", "path"];

/// Stands for the number of an item.
const NUMBER: &str = "{n}";

/// Gives every item the keys of its template, then writes an item with a count that often.
pub(super) fn apply(root: &mut Node) -> Fallible<()> {
    let templates = match table(root).and_then(|table| take(table, KEY)) {
        None => Vec::new(),
        Some((_, node)) => read(node)?,
    };
    for list in LISTS {
        let Some(items) = items(root, list) else { continue };
        let mut all = Vec::with_capacity(items.len());
        for mut item in std::mem::take(items) {
            if let Some((_, name)) = table(&mut item).and_then(|table| take(table, KEY)) {
                item = merged(item, find(&templates, &name)?);
            }
            match table(&mut item).and_then(|table| take(table, COUNT)) {
                None => all.push(item),
                Some((key, count)) => all.extend(many(&item, key, &count)?),
            }
        }
        *items = all;
    }
    Ok(())
}

/// A template: its name, and the table without it.
type Template = (String, Node);

fn read(node: Node) -> Fallible<Vec<Template>> {
    let Value::List(items) = node.value else {
        return Err(
            wrong_type(&node, "a list of tables").help("a template is headed by two brackets: [[template]]")
        );
    };
    let mut templates: Vec<(String, Node, Span)> = Vec::new();
    for mut item in items {
        let span = item.span;
        let name = table(&mut item).and_then(|table| take(table, "name"));
        let Some((_, Node { value: Value::Text(name), span: place })) = name else {
            return Err(Fault::new("missing-key", span, "expected the key `name` of a template, found none"));
        };
        if let Some((.., before)) = templates.iter().find(|(known, ..)| *known == name) {
            let title =
                format!("expected a name of its own for each template, found {} twice", quoted(&name));
            return Err(Fault::new("duplicate-name", place, title).context(*before, "the first of that name"));
        }
        templates.push((name, item, place));
    }
    Ok(templates.into_iter().map(|(name, node, _)| (name, node)).collect())
}

fn find(templates: &[Template], name: &Node) -> Fallible<Node> {
    let Value::Text(wanted) = &name.value else { return Err(wrong_type(name, "the name of a template")) };
    let found = templates.iter().find(|(known, _)| known == wanted);
    found.map(|(_, template)| template.clone()).ok_or_else(|| {
        let names = || templates.iter().map(|(name, _)| name.as_str());
        let title = format!("expected the name of a template, found {}", quoted(wanted));
        let fault = Fault::new("unknown-name", name.span, title)
            .label("there is no such template")
            .did_you_mean(nearest(wanted, names()).map(quoted));
        if templates.is_empty() { fault } else { fault.note(format!("templates: {}", listed(names()))) }
    })
}

/// The items that `item` stands for.
fn many(item: &Node, key: Span, count: &Node) -> Fallible<Vec<Node>> {
    let most = super::generate::MOST;
    let number = match count.value {
        Value::Integer(number) => u64::try_from(number).ok().filter(|number| (1..=most).contains(number)),
        _ => None,
    };
    let Some(number) = number else {
        let title = format!("expected an integer from 1 to {most}, found {}", count.value);
        return Err(Fault::new("out-of-range", count.span, title));
    };
    let name = match &item.value {
        Value::Table(table) => table.get("name"),
        _ => None,
    };
    if let Some(Node { value: Value::Text(name), span }) = name
        && number > 1
        && !name.contains(NUMBER)
    {
        let title = format!("expected {NUMBER} in the name of {number} items, found {}", quoted(name));
        return Err(Fault::new("count", *span, title)
            .label("all of them would have one name")
            .context(key, "so many items"));
    }
    Ok((1..=number).map(|n| numbered(item, &n.to_string())).collect())
}

/// `node` with `{n}` in its strings, and in those below, replaced.
fn numbered(node: &Node, n: &str) -> Node {
    let value = match &node.value {
        Value::Text(text) => Value::Text(text.replace(NUMBER, n)),
        Value::List(items) => Value::List(items.iter().map(|item| numbered(item, n)).collect()),
        Value::Table(table) => {
            let entries = table.entries.iter().map(|(key, node)| (key.clone(), numbered(node, n)));
            Value::Table(Table { entries: entries.collect() })
        }
        other => other.clone(),
    };
    Node { span: node.span, value }
}
