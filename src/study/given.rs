//! A TOML value of the study as `--set` and `--vary` take it: the text of one value.

use crate::scenario::document::{Node, Value};
use crate::scenario::source::Sources;
use crate::sweep::{Axis, Value as Given};

/// The value at `node` as it is given for one key: without quotes where none are needed, so that a command shows it as a
/// person would write it. `"A..B:STEP"` is a range.
pub fn one(sources: &Sources, node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text_of(text),
        _ => as_written(sources, node),
    }
}

/// The values at `node` for several keys that go together: `"1,2"`, `"(1,2)"` or `[1, 2]`.
pub fn tuple(sources: &Sources, node: &Node) -> String {
    match &node.value {
        Value::Text(text) if text.trim_start().starts_with('(') => text.trim().to_owned(),
        Value::Text(text) => format!("({text})"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| one(sources, item)).collect();
            format!("({})", items.join(","))
        }
        _ => as_written(sources, node),
    }
}

/// The value at `node`, to be compared with others; `None` if it is no single value.
pub fn value(sources: &Sources, node: &Node) -> Option<Given> {
    let axis = Axis::read(&format!("key={}", one(sources, node))).ok()?;
    (axis.count() == 1).then(|| axis.values(0)).and_then(|mut values| values.pop())
}

/// `text` as a value that is a string, or a range.
fn text_of(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if text.trim() != text || text.starts_with(['"', '\'', '[', '{', '(']) {
        return quoted;
    }
    let alone = Axis::read(&format!("key={text}"));
    let is_range = alone.as_ref().is_ok_and(|axis| axis.count() > 1 && !text.contains(','));
    let is_itself = alone.is_ok_and(|axis| {
        axis.count() == 1 && axis.values(0).first().is_some_and(|value| !value.bare && value.text == text)
    });
    // What looks like a range and is none is told as such.
    if is_range || is_itself || text.contains("..") { text.to_owned() } else { quoted }
}

/// The text of the value in the file, on one line.
fn as_written(sources: &Sources, node: &Node) -> String {
    let (_, text, range) = sources.locate(node.span);
    text.get(range).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
