//! The shape of the scenario file: which keys there are, and what each takes.
//!
//! `declare` has the macros that make of one declaration a table's type, its reader, its keys and its schema, so
//! that "did you mean", `--set`, the JSON Schema and the reader cannot disagree; `raw` holds the declarations;
//! `reader` reads. What a value means is not decided here.

mod declare;
mod reader;

pub(crate) use declare::{field_type, keys_of, read_key, table, variants};
pub use reader::{
    Map, Read, Reader, as_table, missing_key, read_choice, read_variant, some, unknown_key, unknown_name,
    wrong_type,
};

use super::document::{Node, Value};

/// The name of a key, as a field of that name stands in the source: `where` is a word of Rust.
pub fn name_of_key(field: &'static str) -> &'static str {
    field.trim_start_matches("r#")
}

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
    /// A quantity with its unit: the pattern of its text, as far as one can say it, and an example.
    Quantity(&'static str, &'static str),
    /// One of these strings.
    Choice(Vec<&'static str>),
    /// An integer within these bounds, both included.
    Integer(u64, u64),
    /// A number within these bounds.
    Number(f64, f64),
    /// A number above zero, of at most this.
    Positive(f64),
    /// `true` or `false`.
    Flag,
    /// Whatever TOML can say.
    Any,
}

/// A table with known keys.
#[derive(Clone, Debug, Default)]
pub struct TableShape {
    /// The keys that it always takes.
    pub keys: Vec<Key>,
    /// The key that chooses between kinds of it, and the kinds.
    pub variants: Option<(Box<Key>, Vec<Variant>)>,
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
            keys.push((**tag).clone());
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

    /// A quantity with its unit, which is `expected`.
    pub fn quantity(expected: impl Into<String>, pattern: &'static str, example: &'static str) -> Self {
        Self::Leaf(Leaf { expected: expected.into(), kind: LeafKind::Quantity(pattern, example) })
    }

    /// A string which is `expected`.
    pub fn text(expected: impl Into<String>) -> Self {
        Self::Leaf(Leaf { expected: expected.into(), kind: LeafKind::Text })
    }

    /// Any value, which is `expected`.
    pub fn any(expected: impl Into<String>) -> Self {
        Self::Leaf(Leaf { expected: expected.into(), kind: LeafKind::Any })
    }

    /// As an error message says it.
    pub fn expected(&self) -> String {
        match self {
            Self::Leaf(leaf) => leaf.expected.clone(),
            Self::Table(TableShape { variants: Some((tag, _)), .. }) => {
                format!("a table with the key `{}`", tag.name)
            }
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
