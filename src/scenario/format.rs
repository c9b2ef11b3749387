//! The shape of the scenario file: one declaration per table gives its type, its reader, its keys and its schema.
//!
//! [`table!`](macro@self::table) and [`variants!`](macro@self::variants) declare; `raw` holds the declarations. So "did you mean", `--set`, the
//! JSON Schema and the reader cannot disagree. What a value means is not decided here.

use super::diagnostic::{Fallible, Fault};
use super::document::{Node, Table, Value, quoted};
use super::raw;
use super::source::{At, Span};
use super::suggest::{listed, nearest};

/// What may stand at a place of the file.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A single value.
    Leaf(Leaf),
    /// A table with known keys.
    Table(TableShape),
    /// A list of items of one shape.
    List(Box<Shape>),
    /// A table whose keys the user chooses.
    Map(Box<Shape>),
    /// A short form, or a longer one.
    Either {
        /// The short form.
        plain: Box<Shape>,
        /// The longer form.
        structured: Box<Shape>,
        /// What a short form is in the longer one, where `--set` gives a key of that.
        promote: Option<fn(Node) -> Value>,
    },
}

/// A single value.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// As an error message says it: `a duration such as "20ms"`.
    pub expected: String,
    /// Its TOML type and range.
    pub kind: LeafKind,
}

/// TOML type and range of a single value.
#[derive(Clone, Debug)]
pub enum LeafKind {
    /// A string.
    Text,
    /// One of these strings.
    Choice(Vec<&'static str>),
    /// An integer within these bounds, both included.
    Integer(u64, u64),
    /// A number within these bounds.
    Number(f64, f64),
    /// `true` or `false`.
    Flag,
}

/// A table with known keys.
#[derive(Clone, Debug, Default)]
pub struct TableShape {
    /// The keys that it always takes.
    pub keys: Vec<Key>,
    /// The key that chooses between kinds of it, and the kinds.
    pub variants: Option<(&'static str, Vec<Variant>)>,
}

/// One kind of a table.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The value of the choosing key.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The keys that it takes.
    pub keys: Vec<Key>,
}

/// A key of a table.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is, its default included.
    pub doc: &'static str,
    /// Must it be there?
    pub required: bool,
    /// What it takes.
    pub shape: Shape,
}

impl TableShape {
    /// The key of that name, whatever kind of table it belongs to.
    pub fn find(&self, name: &str) -> Option<Key> {
        self.all().into_iter().find(|key| key.name == name)
    }

    /// Every key of every kind once, the choosing key first.
    pub fn all(&self) -> Vec<Key> {
        let mut keys = self.keys.clone();
        if let Some((tag, variants)) = &self.variants {
            let names = variants.iter().map(|variant| variant.name).collect();
            keys.insert(
                0,
                Key { name: tag, doc: "", required: true, shape: Shape::choice(format!("a {tag}"), names) },
            );
            for key in variants.iter().flat_map(|variant| &variant.keys) {
                if !keys.iter().any(|known| known.name == key.name) {
                    keys.push(key.clone());
                }
            }
        }
        keys
    }
}

impl Shape {
    /// One of these strings.
    pub fn choice(expected: impl Into<String>, names: Vec<&'static str>) -> Self {
        Self::Leaf(Leaf { expected: expected.into(), kind: LeafKind::Choice(names) })
    }

    /// A string which is `expected`.
    pub fn text(expected: impl Into<String>) -> Self {
        Self::Leaf(Leaf { expected: expected.into(), kind: LeafKind::Text })
    }

    /// As an error message says it.
    pub fn expected(&self) -> String {
        match self {
            Self::Leaf(leaf) => leaf.expected.clone(),
            Self::Table(_) | Self::Map(_) => "a table".into(),
            Self::List(item) => match **item {
                Self::Table(_) => "a list of tables".into(),
                _ => "a list".into(),
            },
            Self::Either { plain, structured, .. } => {
                format!("{}, or {}", plain.expected(), structured.expected())
            }
        }
    }

    /// Every dotted key below `prefix`; an item of a list is `NAME` if it has a name, else `N`.
    pub fn paths(&self, prefix: &str) -> Vec<String> {
        let join = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        match self {
            Self::Leaf(_) => vec![prefix.to_owned()],
            Self::Table(table) => {
                table.all().iter().flat_map(|key| key.shape.paths(&join(key.name))).collect()
            }
            Self::List(item) => match &**item {
                Self::Table(table) if table.find("name").is_some() => item.paths(&join("NAME")),
                Self::Table(_) => item.paths(&join("N")),
                _ => vec![prefix.to_owned()],
            },
            Self::Map(values) => values.paths(&join("NAME")),
            Self::Either { structured, .. } => {
                let mut paths = vec![prefix.to_owned()];
                paths.extend(structured.paths(prefix).into_iter().filter(|path| path != prefix));
                paths
            }
        }
    }
}

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
}

impl<'n> Reader<'n> {
    /// The table at `node`, in which only `keys` may stand.
    pub fn new(node: &'n Node, keys: &[Key]) -> Fallible<Self> {
        let table = as_table(node)?;
        for (found, _) in &table.entries {
            if !keys.iter().any(|key| key.name == found.value) {
                return Err(unknown_key(found, found.span, keys));
            }
        }
        Ok(Self { table, span: node.span })
    }

    /// The value of a key that must be there.
    pub fn required<T: Read>(&self, key: &str) -> Fallible<At<T>> {
        self.optional(key)?.ok_or_else(|| missing_key(self.span, key, &T::shape()))
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
            None => Err(missing_key(self.span, key, &Vec::<At<T>>::shape())),
            Some(list) if list.value.is_empty() => Err(Fault::new(
                "empty-list",
                list.span,
                format!("expected at least one item of `{key}`, found none"),
            )),
            Some(list) => Ok(list.value),
        }
    }
}

/// The table at `node`, one of several kinds: the place in `variants` of its kind, and its keys.
pub fn read_variant<'n>(node: &'n Node, tag: &str, variants: &[Variant]) -> Fallible<(usize, Reader<'n>)> {
    let table = as_table(node)?;
    let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
    let what = format!("a {tag}");
    let Some(chosen) = table.get(tag) else {
        return Err(missing_key(node.span, tag, &Shape::choice(what, names)));
    };
    let index = read_choice(chosen, &what, &names)?;
    let Variant { name, keys, .. } = &variants[index];
    for (found, value) in table.entries.iter().filter(|(found, _)| found.value != tag) {
        if keys.iter().any(|key| key.name == found.value) {
            continue;
        }
        let others = variants.iter().filter(|other| other.keys.iter().any(|key| key.name == found.value));
        let others: Vec<_> = others.map(|other| quoted(other.name)).collect();
        if others.is_empty() {
            return Err(unknown_key(found, found.span, keys));
        }
        let title = format!("the key `{}` does not belong to {tag} \"{name}\"", found.value);
        return Err(Fault::new("key-of-another-kind", found.span, title)
            .label(format!("found with the value {}", value.value))
            .context(chosen.span, format!("the {tag}"))
            .note(format!("\"{name}\" takes: {}", listed(keys.iter().map(|key| key.name))))
            .note(format!("`{}` belongs to {}", found.value, others.join(", "))));
    }
    Ok((index, Reader { table, span: node.span }))
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
pub fn unknown_key(found: &At<String>, span: Span, keys: &[Key]) -> Box<Fault> {
    let names = keys.iter().map(|key| key.name);
    let fault = Fault::new("unknown-key", span, format!("there is no key `{}` here", found.value));
    let fault = match nearest(&found.value, names.clone()) {
        Some(name) => fault.did_you_mean(Some(format!("`{name}`"))),
        None => {
            // The right name at the wrong place?
            let elsewhere = raw::File::shape().paths("");
            let suffix = format!(".{}", found.value);
            let elsewhere: Vec<_> = elsewhere.iter().filter(|path| path.ends_with(&suffix)).collect();
            match elsewhere.as_slice() {
                [] => fault,
                [one] => fault.did_you_mean(Some(format!("`{one}`"))),
                some => fault.help(format!(
                    "did you mean one of {}?",
                    listed(some.iter().take(6).map(|path| path.as_str()))
                )),
            }
        }
    };
    fault.note(format!("keys here: {}", listed(names)))
}

/// `key`, of that shape, must stand in the table at `span`.
pub fn missing_key(span: Span, key: &str, shape: &Shape) -> Box<Fault> {
    let what = match shape {
        Shape::Table(_) | Shape::Map(_) => format!("the table `{key}`"),
        Shape::List(item) if matches!(**item, Shape::Table(_)) => format!("at least one `[[{key}]]`"),
        _ => format!("the key `{key}`"),
    };
    let fault = Fault::new("missing-key", span, format!("expected {what}, found none"));
    match shape {
        Shape::Leaf(Leaf { expected, kind: LeafKind::Choice(names) }) => {
            fault.help(format!("`{key}` is {expected}: {}", listed(names.iter().copied())))
        }
        Shape::Table(_) | Shape::Map(_) => fault,
        Shape::List(item) if matches!(**item, Shape::Table(_)) => fault,
        other => fault.help(format!("`{key}` is {}", other.expected())),
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

/// The type of a key's field, by what is needed of it.
macro_rules! field_type {
    (required, $type:ty) => { $crate::scenario::source::At<$type> };
    (optional, $type:ty) => { Option<$crate::scenario::source::At<$type>> };
    (repeated, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (some, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (disk, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (flatten, $type:ty) => { $type };
}

/// Adds a key to the keys of its table.
macro_rules! push_keys {
    ($keys:ident, flatten, $name:expr, $doc:expr, $type:ty) => { $keys.extend(<$type>::keys()) };
    ($keys:ident, required, $name:expr, $doc:expr, $type:ty) => { push_keys!(@ $keys, true, $name, $doc, $type) };
    ($keys:ident, optional, $name:expr, $doc:expr, $type:ty) => { push_keys!(@ $keys, false, $name, $doc, $type) };
    ($keys:ident, some, $name:expr, $doc:expr, $type:ty) => {
        push_keys!(@ $keys, true, $name, $doc, Vec<$crate::scenario::source::At<$type>>)
    };
    ($keys:ident, disk, $name:expr, $doc:expr, $type:ty) => {
        push_keys!($keys, repeated, $name, $doc, $type)
    };
    ($keys:ident, repeated, $name:expr, $doc:expr, $type:ty) => {
        push_keys!(@ $keys, false, $name, $doc, Vec<$crate::scenario::source::At<$type>>)
    };
    (@ $keys:ident, $required:literal, $name:expr, $doc:expr, $type:ty) => {
        $keys.push($crate::scenario::format::Key {
            name: $name,
            doc: $doc,
            required: $required,
            shape: <$type as $crate::scenario::format::Read>::shape(),
        })
    };
}

/// Reads the field of a key.
macro_rules! read_key {
    ($reader:ident, flatten, $name:expr, $type:ty) => {
        <$type>::from_reader($reader)?
    };
    ($reader:ident, $need:ident, $name:expr, $type:ty) => {
        $reader.$need($name)?
    };
}

/// Declares a table of the file: for each key, whether it is `required` or `optional`, `repeated` (a list that
/// may be absent), `some` (a list of at least one) or `disk` (`some`, but `repeated` beside tape jobs), and its type. `flatten` takes in the keys of another table.
macro_rules! table {
    ($(#[doc = $doc:literal])* pub struct $name:ident {
        $($(#[doc = $key_doc:literal])* $key:ident: $need:ident $type:ty,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $key_doc])* pub $key: field_type!($need, $type),)*
        }

        impl $name {
            /// Its keys.
            pub fn keys() -> Vec<$crate::scenario::format::Key> {
                let mut keys = Vec::new();
                $(push_keys!(keys, $need, stringify!($key), concat!($($key_doc,)* ""), $type);)*
                keys
            }

            /// Reads its keys.
            pub fn from_reader(
                reader: &$crate::scenario::format::Reader,
            ) -> $crate::scenario::diagnostic::Fallible<Self> {
                Ok(Self { $($key: read_key!(reader, $need, stringify!($key), $type),)* })
            }
        }

        impl $crate::scenario::format::Read for $name {
            fn shape() -> $crate::scenario::format::Shape {
                $crate::scenario::format::Shape::Table($crate::scenario::format::TableShape {
                    keys: Self::keys(),
                    variants: None,
                })
            }

            fn read(node: &$crate::scenario::document::Node) -> $crate::scenario::diagnostic::Fallible<Self> {
                Self::from_reader(&$crate::scenario::format::Reader::new(node, &Self::keys())?)
            }
        }
    };
}

/// Declares a table of several kinds, which one of its keys chooses; each kind is a `table!`.
macro_rules! variants {
    ($(#[doc = $doc:literal])* pub enum $name:ident by $tag:literal {
        $($(#[doc = $variant_doc:literal])* $text:literal => $variant:ident,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub enum $name {
            $($(#[doc = $variant_doc])* $variant($variant),)*
        }

        impl $name {
            fn variants() -> Vec<$crate::scenario::format::Variant> {
                vec![$($crate::scenario::format::Variant {
                    name: $text,
                    doc: concat!($($variant_doc,)* ""),
                    keys: $variant::keys(),
                },)*]
            }
        }

        impl $crate::scenario::format::Read for $name {
            fn shape() -> $crate::scenario::format::Shape {
                $crate::scenario::format::Shape::Table($crate::scenario::format::TableShape {
                    keys: Vec::new(),
                    variants: Some(($tag, Self::variants())),
                })
            }

            fn read(node: &$crate::scenario::document::Node) -> $crate::scenario::diagnostic::Fallible<Self> {
                let variants = Self::variants();
                let (index, reader) = $crate::scenario::format::read_variant(node, $tag, &variants)?;
                $(if variants[index].name == $text {
                    return Ok(Self::$variant($variant::from_reader(&reader)?));
                })*
                Err($crate::scenario::format::wrong_type(node, "a table of a known kind"))
            }
        }
    };
}

pub(super) use {field_type, push_keys, read_key, table, variants};
