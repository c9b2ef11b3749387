//! The JSON Schema of the scenario file, for editors that complete and check it.
//!
//! It is derived from the same declarations as the reader. What a schema cannot say (that a name is known, that a
//! unit is in one pair only) is left to `rcsim validate`.

use serde_json::{Map, Value, json};

use super::format::{Key, Leaf, LeafKind, Read as _, Shape, TableShape, Variant};
use super::raw;

/// The JSON Schema (draft 2020-12) of the scenario file.
pub fn schema() -> Value {
    let mut schema = of_shape(&raw::File::shape());
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A scenario of rcsim");
    schema
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Leaf(leaf) => of_leaf(leaf),
        Shape::Table(TableShape { keys, variants: None }) => of_table(keys, None),
        Shape::Table(TableShape { variants: Some((tag, variants)), .. }) => {
            json!({ "oneOf": variants.iter().map(|variant| of_variant(tag.name, variant)).collect::<Vec<_>>() })
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
        LeafKind::Choice(names) => json!({ "enum": names }),
        LeafKind::Integer(minimum, u64::MAX) => json!({ "type": "integer", "minimum": minimum }),
        LeafKind::Integer(minimum, maximum) => {
            json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
        }
        LeafKind::Number(minimum, maximum) => {
            json!({ "type": "number", "minimum": minimum, "maximum": maximum })
        }
        LeafKind::Flag => json!({ "type": "boolean" }),
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
