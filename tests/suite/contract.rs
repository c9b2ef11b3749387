//! The JSON of a run: every key of the contract, in its order, with values that agree with one another.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::desk::{Desk, NONE, text};

/// The keys of an object, in their order.
pub struct Keys(pub Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Keys;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Keys, M::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The text of the object under `key`.
fn object<'a>(line: &'a str, key: &str) -> &'a str {
    let start = line.find(&format!("\"{key}\":{{")).unwrap() + key.len() + 3;
    let mut values = serde_json::Deserializer::from_str(&line[start..]).into_iter::<IgnoredAny>();
    values.next().unwrap().unwrap();
    &line[start..start + values.byte_offset()]
}

/// The contract's keys come first and in their order; others may follow.
fn assert_begins(object: &str, contract: &[&str]) {
    let Keys(keys) = serde_json::from_str(object).unwrap();
    assert_eq!(keys[..contract.len()], *contract);
}

#[test]
fn json_is_one_object_a_line_with_every_key_of_the_contract() {
    let desk = Desk::new();
    let output = desk.output(&["run", "small.toml", "--set", NONE, "--seeds", "3..5", "--format", "json"]);
    assert_eq!(text(&output.stderr), "");
    let stdout = text(&output.stdout);
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    let spans = ["count", "mean_s", "p50_s", "p90_s", "p99_s", "p999_s", "max_s"];
    let network = [
        "offered",
        "delivered",
        "lost",
        "duplicated",
        "retransmitted",
        "markers",
        "reordered_ratio",
        "reordering_extent_mean",
        "reordering_extent_max",
        "delay",
    ];
    let top = [
        "schema",
        "rcsim",
        "scenario",
        "title",
        "seed",
        "scheme",
        "rules",
        "digest",
        "expected",
        "order",
        "sequence_counters",
        "writes",
        "response_time",
        "received_lag",
        "applied_lag",
        "rpo",
        "wan",
        "wan_reverse",
        "cache",
        "groups",
        "simulated_s",
        "events",
    ];
    for (line, seed) in lines.iter().zip(3..) {
        assert_begins(line, &top);
        assert_begins(object(line, "order"), &["verdict", "checks", "first_violation"]);
        assert_begins(object(line, "writes"), &["acknowledged", "destaged", "outstanding"]);
        for key in ["response_time", "received_lag", "applied_lag"] {
            assert_begins(object(line, key), &spans);
        }
        assert_begins(object(line, "rpo"), &["mean_s", "max_s"]);
        for key in ["wan", "wan_reverse"] {
            assert_begins(object(line, key), &network);
        }
        assert_begins(object(line, "delay"), &["mean_s", "p50_s", "p99_s"]);
        assert_begins(object(line, "cache"), &["local_peak_bytes", "remote_peak_bytes"]);
        let checks = object(line, "checks");
        let Keys(names) = serde_json::from_str(checks).unwrap();
        let all = rcsim::checker::Check::ALL.map(rcsim::checker::Check::name);
        assert_eq!(names, all);
        let first = object(line, "first_violation");
        assert_begins(first, &["check", "at_ns", "group", "why", "present", "missing"]);
        assert_begins(object(first, "missing"), &["write", "pair", "issued_ns", "fixed_ns", "completed_ns"]);

        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["schema"], 1);
        assert_eq!(value["scenario"], "small");
        assert_eq!(value["seed"], seed);
        assert_eq!(value["scheme"], "none");
        assert_eq!(value["sequence_counters"], 0);
        assert_eq!(value["expected"], false);
        assert_eq!(value["order"]["verdict"], "broken");
        assert_eq!(value["groups"].as_array().unwrap().len(), 2);
        for group in value["groups"].as_array().unwrap() {
            for key in ["name", "applied_lag", "rpo", "checks", "response_time", "received_lag"] {
                assert!(!group[key].is_null(), "{key}");
            }
        }
        // What was measured agrees with itself.
        let count = |value: &Value| value.as_u64().unwrap();
        let wan = &value["wan"];
        assert_eq!(count(&wan["offered"]), count(&wan["delivered"]) + count(&wan["lost"]));
        let writes = &value["writes"];
        assert!(count(&writes["acknowledged"]) > 500);
        assert_eq!(
            count(&writes["acknowledged"]),
            count(&writes["destaged"]) + count(&writes["outstanding"])
        );
        let of_groups = value["groups"].as_array().unwrap().iter();
        let of_groups: u64 = of_groups.map(|group| count(&group["applied_lag"]["count"])).sum();
        assert_eq!(count(&value["applied_lag"]["count"]), of_groups);
    }
}

#[test]
fn an_order_that_holds_has_no_first_violation() {
    let desk = Desk::new();
    let output = desk.output(&["run", "small.toml", "--format", "json"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["order"]["verdict"], "holds");
    assert!(value["order"]["first_violation"].is_null());
    // Several remote systems are not destaged in one order unless they are told to; that is told all the same.
    assert_eq!(value["order"]["checks"]["destage-order"], "not-judged");
    assert_eq!(value["order"]["violations"], serde_json::json!([]));
    assert_eq!(value["order"]["not_judged"][0]["check"], "destage-order");
    // Fig. 4: one counter per group, local and remote system with a common pair.
    assert_eq!(value["sequence_counters"], 4);
}
