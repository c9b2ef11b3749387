//! The JSON Schema of the scenario file, for editors that complete and check it.
//!
//! It is derived from the same declarations as the reader. What a schema cannot say (that a name is known, that a
//! unit is in one pair only) is left to `rcsim validate`.

use serde_json::{Map, Value, json};

use super::format::{Key, Leaf, LeafKind, Shape, TableShape, Variant};
use super::topology;

/// What the schema is called.
const ID: &str = "https://docs.rs/rcsim/scenario.schema.json";

/// The JSON Schema (draft 2020-12) of the scenario file.
pub fn schema() -> Value {
    schema_of(&topology::shape(), ID, "A scenario of rcsim")
}

/// The JSON Schema (draft 2020-12) of a file of this shape, which is called `id`.
pub fn schema_of(shape: &Shape, id: &str, title: &str) -> Value {
    let mut schema = of_shape(shape);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(id);
    schema["title"] = json!(title);
    schema
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Leaf(leaf) => of_leaf(leaf),
        Shape::Table(TableShape { keys, variants: None }) => of_table(keys, None),
        Shape::Table(TableShape { variants: Some((tag, variants)), .. }) => {
            let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
            // What chooses stands outside, so that a validator complains of it, or of the kind that it chooses.
            json!({
                "type": "object",
                "required": [tag.name],
                "properties": { tag.name: { "enum": names } },
                "discriminator": { "propertyName": tag.name },
                "oneOf": variants.iter().map(|variant| of_variant(tag.name, variant)).collect::<Vec<_>>(),
            })
        }
        Shape::List(item) => json!({ "type": "array", "items": of_shape(item) }),
        Shape::Map(values) => json!({ "type": "object", "additionalProperties": of_shape(values) }),
        Shape::Either { plain, structured, .. } => {
            json!({ "anyOf": [of_shape(plain), of_shape(structured)] })
        }
    }
}

fn of_leaf(Leaf { expected, kind }: &Leaf) -> Value {
    match kind {
        LeafKind::Text => json!({ "type": "string", "description": expected }),
        LeafKind::Quantity(pattern, example) => json!({
            "type": "string",
            "description": expected,
            "pattern": pattern,
            "examples": [example.trim_matches('"')],
        }),
        LeafKind::Choice(names) => {
            // A name that is a number may be written as one: `width = 8`.
            let numbers = names.iter().filter_map(|name| name.parse::<u64>().ok()).map(Value::from);
            json!({ "enum": names.iter().copied().map(Value::from).chain(numbers).collect::<Vec<_>>() })
        }
        LeafKind::Integer(minimum, u64::MAX) => json!({ "type": "integer", "minimum": minimum }),
        LeafKind::Integer(minimum, maximum) => {
            json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
        }
        LeafKind::Number(minimum, maximum) => {
            json!({ "type": "number", "minimum": minimum, "maximum": maximum })
        }
        LeafKind::Positive(maximum) => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": maximum }),
        LeafKind::Flag => json!({ "type": "boolean" }),
        LeafKind::Any => json!({ "description": expected }),
    }
}

fn of_variant(tag: &str, variant: &Variant) -> Value {
    let mut table = of_table(&variant.keys, Some((tag, variant.name)));
    table["description"] = json!(variant.doc.trim());
    table
}

/// A table of these keys and, where there is one, of the key that chose them.
fn of_table(keys: &[Key], chosen: Option<(&str, &str)>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    if let Some((tag, name)) = chosen {
        properties.insert(tag.to_owned(), json!({ "const": name }));
        required.push(tag);
    }
    for key in keys {
        let mut property = of_shape(&key.shape);
        let doc = key.doc.trim();
        let description = match property.get("description").and_then(Value::as_str) {
            Some(expected) => format!("{doc} Expected: {expected}."),
            None => doc.to_owned(),
        };
        property["description"] = json!(description);
        if let Some(default) = default_in(doc, &key.shape) {
            property["default"] = default;
        }
        // A list that must be there must have something in it.
        if key.required && matches!(key.shape, Shape::List(_)) {
            property["minItems"] = json!(1);
        }
        properties.insert(key.name.to_owned(), property);
        if key.required {
            required.push(key.name);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The default that the sentence above a key gives: `Default: 10ms.`, or `"uniform" (the default)`.
fn default_in(doc: &str, shape: &Shape) -> Option<Value> {
    let said = doc.rsplit_once("Default: ").map(|(_, said)| said.trim_end_matches('.'));
    let named = || {
        doc.split_once("\" (the default)")
            .and_then(|(before, _)| before.rsplit_once('"'))
            .map(|(_, name)| name)
    };
    let said = said.or_else(named)?.trim_matches('"');
    if said.contains([' ', ',', '`']) {
        return None;
    }
    let leaf = match shape {
        Shape::Leaf(leaf) => leaf,
        Shape::Either { plain, .. } => match &**plain {
            Shape::Leaf(leaf) => leaf,
            _ => return None,
        },
        _ => return None,
    };
    match &leaf.kind {
        LeafKind::Integer(..) => said.parse::<u64>().ok().map(Value::from),
        LeafKind::Number(..) | LeafKind::Positive(_) => said.parse::<f64>().ok().map(Value::from),
        LeafKind::Flag => said.parse::<bool>().ok().map(Value::from),
        LeafKind::Choice(names) => names.contains(&said).then(|| Value::from(said)),
        LeafKind::Quantity(..) => {
            (said == "unlimited" || said.starts_with(|c: char| c.is_ascii_digit())).then(|| Value::from(said))
        }
        LeafKind::Text | LeafKind::Any => None,
    }
}
