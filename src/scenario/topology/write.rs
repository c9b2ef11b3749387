//! A document as TOML: what `rcsim expand` prints. Comments are gone; keys stand in the order of the reference.

use crate::scenario::document::{Node, Table, Value};
use crate::scenario::format::{Read as _, Shape};
use crate::scenario::raw;

/// The document as TOML.
pub fn write(root: &Node) -> String {
    let Value::Table(table) = &root.value else { return String::new() };
    let order: Vec<&str> = match raw::File::shape() {
        Shape::Table(file) => file.keys.iter().map(|key| key.name).collect(),
        _ => Vec::new(),
    };
    let mut entries: Vec<&(_, Node)> = table.entries.iter().collect();
    entries.sort_by_key(|(key, _)| order.iter().position(|known| *known == key.value));
    let mut parts = Vec::new();
    for (key, node) in entries {
        let table: toml::Table = [(key.value.clone(), value(node))].into_iter().collect();
        // A document that was read can be written.
        parts.push(toml::to_string(&table).unwrap_or_default());
    }
    parts.join("\n")
}

fn value(node: &Node) -> toml::Value {
    match &node.value {
        Value::Text(text) | Value::Date(text) => toml::Value::String(text.clone()),
        // What is larger was refused when it was read, or is refused by the key that it is given to.
        Value::Integer(number) => toml::Value::Integer(i64::try_from(*number).unwrap_or(i64::MAX)),
        Value::Float(number) => toml::Value::Float(*number),
        Value::Flag(flag) => toml::Value::Boolean(*flag),
        Value::List(items) => toml::Value::Array(items.iter().map(value).collect()),
        Value::Table(Table { entries }) => {
            toml::Value::Table(entries.iter().map(|(key, node)| (key.value.clone(), value(node))).collect())
        }
    }
}
