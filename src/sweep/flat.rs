//! The result of a run as one row: dotted paths and plain cells, in the order of the result.
//!
//! Items of a list go by their name (`groups.database.rpo.max_s`). Of violations only the check and the instant
//! of the first are kept: the rest is a story, not a measure. Densities of reordering are left out: they are curves.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What stands in one place of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing was measured.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, and its shortest text that reads back as the same number.
    Number(f64, String),
    /// A string.
    Text(String),
}

impl Cell {
    /// Its value as a measure: a boolean counts as 0 or 1.
    pub fn measure(&self) -> Option<f64> {
        match self {
            Self::Number(number, _) => Some(*number),
            Self::Bool(truth) => Some(f64::from(u8::from(*truth))),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// As it stands in CSV: nothing for nothing.
    pub fn csv(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(_, text) | Self::Text(text) => text,
        }
    }

    /// As it stands in JSON.
    pub fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Text(text) => quoted(text),
            _ => self.csv().to_owned(),
        }
    }
}

/// The shortest text that reads back as the same number.
pub fn shortest(number: f64) -> String {
    serde_json::Number::from_f64(number).map_or_else(String::new, |number| number.to_string())
}

/// A string of JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The row of a result (the JSON object of DESIGN, section 6), without the zeros that stand for what was not measured.
///
/// # Errors
/// When it is no JSON object.
pub fn flatten(result: &str) -> Result<Vec<(String, Cell)>, serde_json::Error> {
    let mut row = verbatim(result)?;
    for last in 0..row.len() {
        let Some(family) = row[last].0.strip_suffix(".outstanding") else { continue };
        let is_of_it = |path: &str| path.strip_prefix(family).is_some_and(|rest| rest.starts_with('.'));
        let first = last - row[..last].iter().rev().take_while(|(path, _)| is_of_it(path)).count();
        // A family of time spans: `count`, the times, `outstanding`.
        let (path, count) = &row[first];
        if path.strip_prefix(family) == Some(".count") && count.measure() == Some(0.0) {
            // The mean of nothing is no zero among the means of other runs.
            row[first + 1..last].iter_mut().for_each(|(_, cell)| *cell = Cell::Null);
        }
    }
    Ok(row)
}

/// The row of a result, as the result has it.
///
/// # Errors
/// When it is no JSON object.
pub fn verbatim(result: &str) -> Result<Vec<(String, Cell)>, serde_json::Error> {
    let mut row = Vec::new();
    let Node::Object(fields) = serde_json::from_str(result)? else {
        return Err(serde::de::Error::custom("a result is an object"));
    };
    for (name, node) in fields {
        put(name, node, &mut row);
    }
    Ok(row)
}

fn put(path: String, node: Node, row: &mut Vec<(String, Cell)>) {
    match node {
        Node::Cell(_) | Node::Object(_) if path == "order.first_violation" => {
            let mut fields = match node {
                Node::Object(fields) => fields,
                _ => Vec::new(),
            };
            for kept in ["check", "at_ns"] {
                let found = fields.iter().position(|(name, _)| name == kept);
                let cell = match found.map(|index| fields.swap_remove(index).1) {
                    Some(Node::Cell(cell)) => cell,
                    _ => Cell::Null,
                };
                row.push((format!("{path}.{kept}"), cell));
            }
        }
        Node::List(_)
            if matches!(path.as_str(), "order.violations" | "order.not_judged")
                || path.starts_with("reordering.") => {}
        Node::Cell(cell) => row.push((path, cell)),
        Node::Object(fields) => {
            for (name, node) in fields {
                put(format!("{path}.{name}"), node, row);
            }
        }
        Node::List(items) if items.iter().all(|item| matches!(item, Node::Cell(_))) => {
            let texts: Vec<&str> =
                items.iter().map(|item| if let Node::Cell(cell) = item { cell.csv() } else { "" }).collect();
            row.push((path, Cell::Text(texts.join("; "))));
        }
        Node::List(items) => {
            for (index, item) in items.into_iter().enumerate() {
                let (name, item) = item.named(index);
                put(format!("{path}.{name}"), item, row);
            }
        }
    }
}

/// JSON with its fields in the order of the text.
enum Node {
    Cell(Cell),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The name of an item, taken out of it, or its place.
    fn named(self, index: usize) -> (String, Self) {
        let Self::Object(mut fields) = self else { return (index.to_string(), self) };
        let name = fields.iter().position(|(name, _)| name == "name");
        match name.map(|at| fields.remove(at).1) {
            Some(Self::Cell(Cell::Text(name))) => (name, Self::Object(fields)),
            _ => (index.to_string(), Self::Object(fields)),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Null))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Bool(truth)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Number(number as f64, number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Number(number as f64, number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Number(number, shortest(number))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Cell(Cell::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Node::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(result: &str) -> Vec<String> {
        flatten(result).unwrap().into_iter().map(|(path, cell)| format!("{path}={}", cell.json())).collect()
    }

    #[test]
    fn objects_become_dotted_paths_and_lists_go_by_name() {
        assert_eq!(
            row(
                r#"{"b":{"y":1,"x":0.10},"a":null,"groups":[{"name":"G 1","rpo":{"max_s":1e-7}},{"name":"H"}],
                   "unmet":["one","two"],"none":[],"ok":true}"#
            ),
            [
                "b.y=1",
                "b.x=0.1",
                "a=null",
                "groups.G 1.rpo.max_s=1e-7",
                "unmet=\"one; two\"",
                "none=\"\"",
                "ok=true"
            ]
        );
    }

    #[test]
    fn times_of_no_spans_are_nothing() {
        assert_eq!(
            row(r#"{"lag":{"count":0,"mean_s":0.0,"p50_s":0.0,"outstanding":2},
                    "gap":{"count":0,"mean_s":0.0},"wait":{"count":1,"mean_s":0.0,"outstanding":0}}"#),
            [
                "lag.count=0",
                "lag.mean_s=null",
                "lag.p50_s=null",
                "lag.outstanding=2",
                "gap.count=0",
                "gap.mean_s=0.0",
                "wait.count=1",
                "wait.mean_s=0.0",
                "wait.outstanding=0"
            ]
        );
    }

    #[test]
    fn of_violations_check_and_instant_of_the_first_are_kept() {
        let nothing = r#"{"order":{"verdict":"holds","first_violation":null,"violations":[]}}"#;
        let broken = r#"{"order":{"verdict":"broken",
            "first_violation":{"check":"causal","at_ns":18446744073709551615,"why":"w1, w2"},"violations":[{}]}}"#;
        assert_eq!(
            row(nothing),
            [
                "order.verdict=\"holds\"",
                "order.first_violation.check=null",
                "order.first_violation.at_ns=null"
            ]
        );
        assert_eq!(
            row(broken),
            [
                "order.verdict=\"broken\"",
                "order.first_violation.check=\"causal\"",
                "order.first_violation.at_ns=18446744073709551615"
            ]
        );
    }

    /// Without the exact reading of floats some of these come back as a neighbour.
    #[test]
    fn numbers_keep_their_shortest_text() {
        let mut bits = 0x3f1a_36e2_eb1c_432d_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits & 0x3fff_ffff_ffff_ffff);
            let text = shortest(number);
            let result = format!("{{\"x\":{text}}}");
            assert_eq!(flatten(&result).unwrap()[0].1, Cell::Number(number, text));
        }
    }
}
