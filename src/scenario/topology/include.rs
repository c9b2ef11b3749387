//! `include`: what stands in other files, as if it stood here. Keys that are in both are those of the including file;
//! items of lists come after those of the included files.

use std::path::{Path, PathBuf};

use super::{table, take};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::{Node, Value, quoted};
use crate::scenario::format::wrong_type;
use crate::scenario::source::{At, Sources};

/// The key.
pub(super) const KEY: &str = "include";

/// Puts what the files of `include` hold into `root`; these are relative to `base`, and so is all that they name.
pub(super) fn include(root: &mut Node, sources: &mut Sources, base: &Path) -> Fallible<()> {
    let mut open = Vec::new();
    include_below(root, sources, base, &mut open)
}

/// `open` are the files that are being included, each by the one before.
fn include_below(
    root: &mut Node,
    sources: &mut Sources,
    base: &Path,
    open: &mut Vec<PathBuf>,
) -> Fallible<()> {
    let Some((_, named)) = table(root).and_then(|table| take(table, KEY)) else { return Ok(()) };
    let names = match named.value {
        Value::Text(name) => vec![At { value: name, span: named.span }],
        Value::List(items) => items.iter().map(file_name).collect::<Fallible<_>>()?,
        _ => return Err(wrong_type(&named, "the name of a file, or a list of such names")),
    };
    let mut before: Option<Node> = None;
    for name in names {
        let path = crate::scenario::files::find(base, &name.value);
        if open.contains(&path) {
            let title =
                format!("expected a file that does not include itself, found {}", quoted(&name.value));
            return Err(Fault::new("include", name.span, title));
        }
        let text = crate::scenario::read_file(&path).map_err(|fault| {
            let title = format!("the file {} cannot be included", quoted(&name.value));
            Fault::new("include", name.span, title).note(fault.title().to_owned())
        })?;
        let (start, end) = sources.add(&path.display().to_string(), &text);
        let mut included = Node::parse_file(&text, start, end)?;
        open.push(path);
        include_below(&mut included, sources, base, open)?;
        open.pop();
        before = Some(match before {
            None => included,
            Some(before) => merged(included, before),
        });
    }
    if let Some(before) = before {
        let end = root.span;
        *root = merged(std::mem::replace(root, Node { span: end, value: Value::Flag(false) }), before);
        root.span = end;
    }
    Ok(())
}

fn file_name(node: &Node) -> Fallible<At<String>> {
    match &node.value {
        Value::Text(name) => Ok(At { value: name.clone(), span: node.span }),
        _ => Err(wrong_type(node, "the name of a file")),
    }
}

/// `over` and what it lacks of `under`: tables key by key, the items of lists one after the other.
pub(super) fn merged(over: Node, under: Node) -> Node {
    let span = over.span;
    let value = match (over.value, under.value) {
        (Value::Table(mut over), Value::Table(under)) => {
            for (key, node) in under.entries {
                match over.entries.iter().position(|(known, _)| known.value == key.value) {
                    None => over.entries.push((key, node)),
                    Some(index) => {
                        let (known, own) = over.entries.remove(index);
                        over.entries.insert(index, (known, merged(own, node)));
                    }
                }
            }
            Value::Table(over)
        }
        (Value::List(over), Value::List(under)) if is_of_tables(&over) && is_of_tables(&under) => {
            Value::List(under.into_iter().chain(over).collect())
        }
        (over, _) => over,
    };
    Node { span, value }
}

fn is_of_tables(items: &[Node]) -> bool {
    items.iter().all(|item| matches!(item.value, Value::Table(_)))
}
