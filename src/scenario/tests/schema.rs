//! The JSON Schema says of a file what the reader says of its keys.

use serde_json::Value;

use super::{DESIGN, edited, read, shipped};
use crate::scenario::{TEMPLATE, schema};

/// Does `value` fit `schema`? As much of the standard as our schema uses.
fn fits(schema: &Value, value: &Value) -> bool {
    let any = |key: &str| schema[key].as_array().map(|all| all.iter().filter(|one| fits(one, value)).count());
    if any("anyOf") == Some(0) || any("oneOf").is_some_and(|count| count != 1) {
        return false;
    }
    if schema.get("const").is_some_and(|only| only != value)
        || schema["enum"].as_array().is_some_and(|all| !all.contains(value))
    {
        return false;
    }
    let number = value.as_f64();
    let within = |key: &str, holds: fn(f64, f64) -> bool| match (schema[key].as_f64(), number) {
        (Some(bound), Some(number)) => holds(number, bound),
        _ => true,
    };
    if !within("minimum", |number, bound| number >= bound)
        || !within("maximum", |number, bound| number <= bound)
    {
        return false;
    }
    match (schema["type"].as_str(), value) {
        (None, _)
        | (Some("string"), Value::String(_))
        | (Some("boolean"), Value::Bool(_))
        | (Some("number"), Value::Number(_)) => true,
        (Some("integer"), Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Some("array"), Value::Array(items)) => items.iter().all(|item| fits(&schema["items"], item)),
        (Some("object"), Value::Object(entries)) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let mut required = required.filter_map(Value::as_str);
            let known = |key: &str| schema["properties"].get(key);
            let other = &schema["additionalProperties"];
            required.all(|key| entries.contains_key(key))
                && entries.iter().all(|(key, value)| match known(key) {
                    Some(schema) => fits(schema, value),
                    None => *other != Value::Bool(false) && fits(other, value),
                })
        }
        _ => false,
    }
}

fn document(text: &str) -> Value {
    let value: toml::Value = toml::from_str(text).unwrap();
    serde_json::to_value(value).unwrap()
}

#[test]
fn good_files_fit() {
    let schema = schema();
    let exemplary = std::fs::read_to_string(shipped().join("figures/exemplary.toml")).unwrap();
    let postgresql = std::fs::read_to_string(shipped().join("demos/postgresql.toml")).unwrap();
    for text in [DESIGN, TEMPLATE, &exemplary, &postgresql] {
        assert!(fits(&schema, &document(text)), "{text}");
    }
}

#[test]
fn what_the_reader_refuses_for_its_keys_and_types_does_not_fit() {
    let schema = schema();
    let changes = [
        ("loss = 0.0", "los = 0.0"),
        ("loss = 0.0", "loss = 1.5"),
        ("loss = 0.0", "loss = { model = \"gilbert-elliott\", good_to_bad = 2 }"),
        ("duration = \"10s\"", ""),
        ("duration = \"10s\"", "duration = 10"),
        ("scheme = \"group\"", "scheme = \"gruop\""),
        ("units = 7", "units = 0"),
        ("rate = \"200/s\"", "queue_depth = 3"),
        ("kind = \"poisson\"", "kind = \"closed-loop\""),
        ("distribution = \"exponential\"", "distribution = \"uniform\""),
    ];
    for change in changes {
        let text = edited(&[change]);
        assert!(!fits(&schema, &document(&text)), "{change:?}");
        assert!(read(&text, &[]).is_err());
    }
}

#[test]
fn keys_are_described() {
    let schema = schema();
    let duration = &schema["properties"]["run"]["properties"]["duration"];
    assert_eq!(
        duration["description"],
        "Hosts write this long, then the run drains. Expected: a duration above zero, such as \"20ms\"."
    );
}
