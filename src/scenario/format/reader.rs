//! Reads a document by the shape of the file, and says what does not fit.

use super::{Key, Leaf, LeafKind, Shape, Variant};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::{Node, Table, Value, quoted};
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::suggest::{akin, listed, nearest};

/// What can be read from a node of the document.
pub trait Read: Sized {
    /// What may stand there.
    fn shape() -> Shape;
    /// Reads what stands there.
    fn read(node: &Node) -> Fallible<Self>;
}

impl<T: Read> Read for Vec<At<T>> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::List(items) => items.iter().map(read_at).collect(),
            other => {
                let fault = wrong_type(node, &Self::shape().expected());
                Err(match (other, T::shape()) {
                    (Value::Table(_), Shape::Table(_)) => {
                        fault.help("an item of a list of tables is headed by two brackets: [[...]]")
                    }
                    (Value::Text(text), Shape::Leaf(_)) => {
                        fault.did_you_mean(Some(format!("[{}]", quoted(text))))
                    }
                    _ => fault,
                })
            }
        }
    }
}

/// A table whose keys the user chooses, sorted by key.
#[derive(Clone, Debug)]
pub struct Map<T>(pub Vec<(At<String>, At<T>)>);

impl<T: Read> Read for Map<T> {
    fn shape() -> Shape {
        Shape::Map(Box::new(T::shape()))
    }

    fn read(node: &Node) -> Fallible<Self> {
        let entries = as_table(node)?.entries.iter();
        entries.map(|(key, node)| Ok((key.clone(), read_at(node)?))).collect::<Fallible<_>>().map(Self)
    }
}

fn read_at<T: Read>(node: &Node) -> Fallible<At<T>> {
    Ok(At { value: T::read(node)?, span: node.span })
}

/// The keys of one table, asked for one by one.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'n> {
    table: &'n Table,
    span: Span,
    keys: &'n [Key],
}

impl<'n> Reader<'n> {
    /// The table at `node`, in which only `keys` may stand.
    pub fn new(node: &'n Node, keys: &'n [Key]) -> Fallible<Self> {
        let table = as_table(node)?;
        for (found, _) in &table.entries {
            if !keys.iter().any(|key| key.name == found.value) {
                return Err(unknown_key(found, keys));
            }
        }
        Ok(Self { table, span: node.span, keys })
    }

    /// The value of a key that must be there.
    pub fn required<T: Read>(&self, key: &str) -> Fallible<At<T>> {
        self.optional(key)?.ok_or_else(|| missing_key(self.span, key, self.keys))
    }

    /// The value of a key that may be absent.
    pub fn optional<T: Read>(&self, key: &str) -> Fallible<Option<At<T>>> {
        self.table.get(key).map(read_at).transpose()
    }

    /// The items of a list; an absent list has none.
    pub fn repeated<T: Read>(&self, key: &str) -> Fallible<Vec<At<T>>> {
        Ok(self.optional(key)?.map_or_else(Vec::new, |list| list.value))
    }

    /// The items of a list that must have at least one, unless the scenario is about tape.
    pub fn disk<T: Read>(&self, key: &str) -> Fallible<Vec<At<T>>> {
        if self.table.get("tape_job").is_some() { self.repeated(key) } else { self.some(key) }
    }

    /// The items of a list that must have at least one.
    pub fn some<T: Read>(&self, key: &str) -> Fallible<Vec<At<T>>> {
        match self.optional::<Vec<At<T>>>(key)? {
            None => Err(missing_key(self.span, key, self.keys)),
            Some(list) => some(list.value, key, list.span),
        }
    }
}

/// The items of the list of `key`, at `span`, of which there must be one at least.
pub fn some<T>(list: Vec<T>, key: &str, span: Span) -> Fallible<Vec<T>> {
    if list.is_empty() {
        let title = format!("expected at least one item of `{key}`, found none");
        return Err(Fault::new("empty-list", span, title));
    }
    Ok(list)
}

/// The table at `node`, one of several kinds: the place in `variants` of its kind, and its keys.
pub fn read_variant<'n>(node: &'n Node, tag: &Key, variants: &'n [Variant]) -> Fallible<(usize, Reader<'n>)> {
    let table = as_table(node)?;
    let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
    let Some(chosen) = table.get(tag.name) else {
        let misspelt = table.entries.iter().find(|(found, _)| nearest(&found.value, [tag.name]).is_some());
        return Err(match misspelt {
            Some((found, _)) => unknown_key(found, std::slice::from_ref(tag)),
            None => missing_key(node.span, tag.name, std::slice::from_ref(tag)),
        });
    };
    let index = read_choice(chosen, &tag.shape.expected(), &names)?;
    let Variant { name, keys, .. } = &variants[index];
    for (found, value) in table.entries.iter().filter(|(found, _)| found.value != tag.name) {
        if keys.iter().any(|key| key.name == found.value) {
            continue;
        }
        let others = variants.iter().filter(|other| other.keys.iter().any(|key| key.name == found.value));
        let others: Vec<_> = others.map(|other| quoted(other.name)).collect();
        if others.is_empty() {
            let keys: Vec<_> = std::iter::once(tag).chain(keys).cloned().collect();
            return Err(unknown_key(found, &keys));
        }
        let title = format!("the key `{}` does not belong to {} \"{name}\"", found.value, tag.name);
        return Err(Fault::new("key-of-another-kind", found.span, title)
            .label(match &value.value {
                Value::List(_) | Value::Table(_) => format!("found with {}", value.value),
                single => format!("found with the value {single}"),
            })
            .context(chosen.span, format!("the {}", tag.name))
            .note(format!("\"{name}\" takes: {}", listed(keys.iter().map(|key| key.name))))
            .note(format!("`{}` belongs to {}", found.value, others.join(", "))));
    }
    Ok((index, Reader { table, span: node.span, keys }))
}

/// The place in `names` of the string at `node`.
pub fn read_choice(node: &Node, what: &str, names: &[&str]) -> Fallible<usize> {
    let Value::Text(text) = &node.value else {
        return Err(wrong_type(node, &format!("{what} ({})", listed(names.iter().copied()))));
    };
    let known = names.iter().position(|name| name == text);
    known.ok_or_else(|| unknown_name(&At { value: text.clone(), span: node.span }, what, names))
}

/// `found` is none of `names`, of which `what` is one.
pub fn unknown_name(found: &At<String>, what: &str, names: &[&str]) -> Box<Fault> {
    Fault::new("unknown-name", found.span, format!("expected {what}, found {}", quoted(&found.value)))
        .label("there is no such name")
        .did_you_mean(nearest(&found.value, names.iter().copied()).map(quoted))
        .note(format!("there are: {}", listed(names.iter().copied())))
}

/// `found` is none of `keys`.
pub fn unknown_key(found: &At<String>, keys: &[Key]) -> Box<Fault> {
    let names = keys.iter().map(|key| key.name);
    let fault = Fault::new("unknown-key", found.span, format!("there is no key `{}` here", found.value));
    let fault = if let Some(name) = nearest(&found.value, names.clone()) {
        fault.did_you_mean(Some(format!("`{name}`")))
    } else {
        // Half a name of this table, or the right name at the wrong place?
        let mut meant: Vec<String> =
            akin(&found.value, names.clone()).into_iter().map(str::to_owned).collect();
        if meant.is_empty() {
            meant = paths_to(&found.value);
        }
        match meant.as_slice() {
            [] => fault,
            [one] => fault.did_you_mean(Some(format!("`{one}`"))),
            some => fault.help(format!("did you mean one of {}?", listed(some.iter().map(String::as_str)))),
        }
    };
    fault.note(format!("keys here: {}", listed(names)))
}

/// A few dotted keys that end with `name`.
fn paths_to(name: &str) -> Vec<String> {
    let suffix = format!(".{name}");
    raw::File::shape().paths("").into_iter().filter(|path| path.ends_with(&suffix)).take(6).collect()
}

/// The key called `name`, one of `keys`, must stand in the table at `span`.
pub fn missing_key(span: Span, name: &str, keys: &[Key]) -> Box<Fault> {
    let key = keys.iter().find(|key| key.name == name);
    let what = match key.map(|key| &key.shape) {
        Some(Shape::Table(_) | Shape::Map(_)) => format!("the table `{name}`"),
        Some(Shape::List(item)) if matches!(**item, Shape::Table(_)) => format!("at least one `[[{name}]]`"),
        _ => format!("the key `{name}`"),
    };
    let fault = Fault::new("missing-key", span, format!("expected {what}, found none"));
    let Some(key) = key else { return fault };
    let fault = if key.doc.is_empty() { fault } else { fault.note(key.doc.trim()) };
    match &key.shape {
        Shape::Leaf(Leaf { kind: LeafKind::Choice(names), .. }) => {
            fault.help(format!("it is one of: {}", listed(names.iter().copied())))
        }
        shape @ (Shape::Leaf(_) | Shape::Either { .. }) => fault.help(format!("it is {}", shape.expected())),
        _ => fault,
    }
}

/// The table at `node`.
pub fn as_table(node: &Node) -> Fallible<&Table> {
    match &node.value {
        Value::Table(table) => Ok(table),
        Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Table(_))) => {
            Err(wrong_type(node, "a table").help("a single table is headed by one bracket: [...]"))
        }
        _ => Err(wrong_type(node, "a table")),
    }
}

/// Something else stands at `node`.
pub fn wrong_type(node: &Node, expected: &str) -> Box<Fault> {
    Fault::new("wrong-type", node.span, format!("expected {expected}, found {}", node.value))
}
