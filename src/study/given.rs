//! A TOML value of the study as `--set` and `--vary` take it: the text of one value.

use crate::scenario::document::{Node, Value};
use crate::scenario::source::Sources;
use crate::sweep::vary::given_text;
use crate::sweep::{Axis, Value as Given};

/// The value at `node` as it is given for one key: without quotes where none are needed, so that a command shows it as a
/// person would write it. `"A..B:STEP"` is a range.
pub fn one(sources: &Sources, node: &Node) -> String {
    match &node.value {
        Value::Text(text) => given_text(text),
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

/// The text of the value in the file, on one line.
fn as_written(sources: &Sources, node: &Node) -> String {
    let (_, text, range) = sources.locate(node.span);
    text.get(range).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
