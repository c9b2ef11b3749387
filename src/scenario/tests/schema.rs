//! The JSON Schema says of a file what the reader says of its keys.

use std::sync::LazyLock;

use serde_json::Value;

use super::{DESIGN, edited, read, shipped};
use crate::scenario::{TEMPLATE, schema};

/// Does `value` fit `schema`? A validator of others says so.
fn fits(schema: &Value, value: &Value) -> bool {
    validator(schema).is_valid(value)
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::new(schema).unwrap_or_else(|error| panic!("{error}"))
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

fn scenarios(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { scenarios(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect()
}

#[test]
fn every_shipped_scenario_fits() {
    let validator = validator(&schema());
    let all = scenarios(&shipped());
    assert!(all.len() > 60);
    for path in all {
        let document = document(&std::fs::read_to_string(&path).unwrap());
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
}

/// What a schema cannot say: names that must be known, whole nanoseconds, bounds of a quantity, integers with a point,
/// keys that must come together; and `[explore]`, which it does not know.
const LEFT_TO_THE_PROGRAM: &[&str] = &[
    "the name of",
    "both `from` and `to`",
    "found \"0.1ns\"",
    "found \"99999999999h\"",
    "below 4GiB",
    "an MTU of at least",
    "a mean duration of at least",
    "found 7.0",
    "less than a second a second",
    "expected a single unit",
    "expected a local system",
    "expected at least one `[[",
    "the units of the data in `on`",
    "expected a time zero",
    "expected the column `op`",
    "expected the key `bad_to_good`",
    "expected the key `good_to_bad`",
    "expected the key `bad`",
    "expected the key `good`",
    "expected the key `delay`",
    "expected a measured line",
    "the position of an earlier write",
    "expected a stripe of whole blocks",
    "expected the key `scheme`",
    "expected the key `at`",
    "writes = 0",
    "losses = -1",
];

/// The validator of our schema: it takes a while to make.
static SHARED: LazyLock<jsonschema::Validator> = LazyLock::new(|| validator(&schema()));

/// Called with every bad input of the snapshots: what the reader refuses for its keys, types, choices, bounds and
/// quantities, the schema refuses too.
pub fn refuses_too(text: &str, error: &str) -> Option<String> {
    let said = ["unknown-key", "wrong-type", "missing-key", "unknown-name", "out-of-range", "quantity"];
    let id = error.split(['[', ']']).nth(1).unwrap_or("");
    let value = toml::from_str::<toml::Value>(text).ok()?;
    let mut value = serde_json::to_value(value).unwrap();
    value.as_object_mut().unwrap().remove("explore");
    let is_left = LEFT_TO_THE_PROGRAM.iter().any(|left| error.contains(left));
    let fault = said.contains(&id) && !is_left && SHARED.is_valid(&value);
    fault.then(|| format!("the schema takes it: {}", error.lines().next().unwrap_or_default()))
}

#[test]
fn defaults_examples_and_kinds_are_said() {
    let schema = schema();
    let properties = &schema["properties"];
    assert_eq!(properties["run"]["properties"]["seed"]["default"], 1);
    assert_eq!(properties["run"]["properties"]["drain_limit"]["default"], "60s");
    assert_eq!(properties["protocol"]["properties"]["rules"]["default"], "repaired");
    assert_eq!(properties["local_system"]["items"]["properties"]["cache"]["default"], "unlimited");
    assert_eq!(properties["local_system"]["items"]["properties"]["cache"]["examples"][0], "256MiB");
    assert!(schema["$id"].is_string() && properties.get("explore").is_some());
    let workload = &properties["host"]["items"]["properties"]["workload"];
    assert_eq!(workload["discriminator"]["propertyName"], "kind");
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
