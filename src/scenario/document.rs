//! A TOML document as a tree whose every key and value knows its place.
//!
//! What the keys mean is said in `raw`; here is syntax only.

use std::fmt;

use toml::de::{DeTable, DeValue};

use super::diagnostic::{Fallible, Fault};
use super::source::{At, Span};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its place; of a table, its header.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i128),
    /// A number with a point or an exponent; it may be infinite or not a number.
    Float(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A date or a time, which no key takes.
    Date(String),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// The entries of a table, sorted by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The entries.
    pub entries: Vec<(At<String>, Node)>,
}

impl Table {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(known, _)| known.value == key).map(|(_, node)| node)
    }

    /// The value of `key`, which is put there if it is absent; its place is then that of `key`.
    pub fn get_or_insert(&mut self, key: At<String>, absent: Value) -> &mut (At<String>, Node) {
        let known = self.entries.iter().position(|(known, _)| known.value == key.value);
        let index = known.unwrap_or_else(|| {
            let node = Node { span: key.span, value: absent };
            self.entries.push((key, node));
            self.entries.len() - 1
        });
        &mut self.entries[index]
    }
}

impl Node {
    /// Parses the text of a file, which begins at `base`, and at whose `end` is missing what no table of it holds.
    pub fn parse_file(text: &str, base: usize, end: Span) -> Fallible<Self> {
        let table = DeTable::parse(text).map_err(|error| syntax(&error, text, base))?;
        let span = end;
        Ok(Self { span, value: Value::Table(table_of(table.into_inner(), base)?) })
    }

    /// Reads `text`, which begins at `base`, as a TOML value, else as a string.
    pub fn parse_value(text: &str, base: usize) -> Fallible<Self> {
        match DeValue::parse(text) {
            Ok(value) => node_of(value.span(), value.into_inner(), base),
            Err(_) => Ok(Self { span: Span::new(base, 0..text.len()), value: Value::Text(text.to_owned()) }),
        }
    }
}

impl fmt::Display for Value {
    /// What an error message says was found: short, and of a string what stands in the quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Date(date) => write!(f, "the date {date}"),
            Self::List(_) => f.write_str("a list"),
            Self::Table(_) => f.write_str("a table"),
        }
    }
}

/// `text` in quotes, cut if it is long.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        None => format!("\"{text}\""),
        Some((end, _)) => format!("\"{}...\"", &text[..end]),
    }
}

fn syntax(error: &toml::de::Error, text: &str, base: usize) -> Box<Fault> {
    let span = error.span().unwrap_or(text.len()..text.len());
    let before = text.get(..span.start).unwrap_or_default();
    let no_value = before.trim_end_matches([' ', '\t']).ends_with('=')
        && text.get(span.clone()).unwrap_or_default().trim().is_empty();
    let message = if no_value {
        "expected a value, found none".to_owned()
    } else {
        error.message().lines().collect::<Vec<_>>().join(": ")
    };
    Fault::new("toml-syntax", Span::new(base, span), "this is not TOML").label(message)
}

fn table_of(table: DeTable<'_>, base: usize) -> Fallible<Table> {
    let entries = table.into_iter().map(|(key, value)| {
        let key_span = Span::new(base, key.span());
        let node = node_of(value.span(), value.into_inner(), base)?;
        Ok((At { value: key.into_inner().into_owned(), span: key_span }, node))
    });
    Ok(Table { entries: entries.collect::<Fallible<_>>()? })
}

fn node_of(range: std::ops::Range<usize>, value: DeValue<'_>, base: usize) -> Fallible<Node> {
    let span = Span::new(base, range);
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let parsed = i128::from_str_radix(number.as_str(), number.radix());
            Value::Integer(parsed.map_err(|_| out_of_range(span, number.as_str()))?)
        }
        DeValue::Float(number) => {
            Value::Float(number.as_str().parse().map_err(|_| out_of_range(span, number.as_str()))?)
        }
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(list) => {
            let nodes = list.into_iter().map(|item| node_of(item.span(), item.into_inner(), base));
            Value::List(nodes.collect::<Fallible<_>>()?)
        }
        DeValue::Table(table) => Value::Table(table_of(table, base)?),
    };
    Ok(Node { span, value })
}

fn out_of_range(span: Span, found: &str) -> Box<Fault> {
    Fault::new("out-of-range", span, format!("expected a number of at most 64 bits, found {}", quoted(found)))
}
