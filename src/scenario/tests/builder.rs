//! Scenarios built by calls are those of the file, and are refused like those.

use std::path::Path;

use crate::protocol::Scheme;
use crate::scenario::{Builder, Scenario, parse};
use crate::units::SimDuration;

/// Something of everything.
fn builder() -> Builder {
    Builder::new("built", Scheme::Pair)
        .seed(7)
        .duration(SimDuration::from_ns(1_500_000_001))
        .local_system("array-1", 2, [("cache", "256MiB"), ("clock.skew", "-1ms")])
        .remote_system("R1", 3, [("destage_time", "{ distribution = \"exponential\", mean = \"100us\" }")])
        .group("a", ["array-1:1 -> R1:1"])
        .group("b", ["array-1:2 -> R1:3"])
        .host("H_1", "poisson", [("rate", "500/s"), ("on", "[\"array-1\"]"), ("size", "8KiB")])
        .wan([("delay", "20ms"), ("loss", "0.01"), ("reverse.loss", "0.02")])
        .fault("wan-outage", [("at", "100ms"), ("duration", "50ms")])
        .fault("local-site-loss", [("at", "1s")])
        .set("protocol.rule.destage", "serial")
}

const FILE: &str = r#"
run = { seed = 7, duration = "1500000001ns" }
protocol = { scheme = "pair", rule = { destage = "serial" } }
local_system = [{ name = "array-1", units = 2, cache = "256MiB", clock = { skew = "-1ms" } }]
group = [{ name = "a", pairs = ["array-1:1 -> R1:1"] }, { name = "b", pairs = ["array-1:2 -> R1:3"] }]
fault = [{ kind = "wan-outage", at = "100ms", duration = "50ms" }, { kind = "local-site-loss", at = "1s" }]
[[remote_system]]
name = "R1"
units = 3
destage_time = { distribution = "exponential", mean = "100us" }
[[host]]
name = "H_1"
workload = { kind = "poisson", rate = "500/s", on = ["array-1"], size = "8KiB" }
[wan]
delay = "20ms"
loss = 0.01
reverse = { loss = 0.02 }
"#;

fn parsed(text: &str) -> Scenario {
    parse("built", text, Path::new(""), &[]).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn calls_and_file_make_the_same_scenario() {
    let built = builder().build().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(built, parsed(FILE));
    assert_eq!(parsed(&builder().text().unwrap()), built);
}

/// A builder can be changed after it was built, and what is said last counts.
#[test]
fn a_builder_is_built_more_than_once() {
    let builder = builder();
    let first = builder.build().unwrap();
    let other = builder.clone().set("protocol.scheme", "group").seed(8).build().unwrap();
    assert_eq!((first.protocol.scheme, first.run.seed), (Scheme::Pair, 7));
    assert_eq!((other.protocol.scheme, other.run.seed), (Scheme::Group, 8));
}

/// One error, which points at the key and its value.
#[test]
fn what_is_wrong_is_pointed_at() {
    let told = |builder: Builder| builder.build().unwrap_err().to_string();
    let misspelt = told(builder().host("H2", "constant", [("rte", "5/s")]));
    assert!(misspelt.contains("`rte`") && misspelt.contains("did you mean `rate`?"), "{misspelt}");
    assert!(misspelt.contains("host.\"H2\".workload.rte=5/s"), "{misspelt}");
    let unit = told(builder().wan([("delay", "20")]));
    assert!(unit.contains("wan.delay=20") && unit.contains("20ms"), "{unit}");
    let no_such_system = told(builder().group("c", ["L9:1 -> R1:2"]));
    assert!(no_such_system.contains("L9:1 -> R1:2"), "{no_such_system}");
    let nothing = told(Builder::new("empty", Scheme::Group));
    assert!(nothing.contains("missing"), "{nothing}");
    assert_eq!(builder().wan([("delay", "20")]).text().unwrap_err().to_string(), unit);
}

/// Whatever a name is, it can do no more than be a name.
#[test]
fn names_are_quoted() {
    for name in ["L\"1", "L1\"\n[run]\nseed = 99\n#", "'", ""] {
        let built = Builder::new("names", Scheme::Group)
            .local_system(name, 1, [])
            .remote_system("R1", 1, [])
            .group("g", [&*format!("{name}:1 -> R1:1")])
            .build();
        match built {
            Ok(scenario) => assert_eq!((&*scenario.local_systems[0].name, scenario.run.seed), (name, 1)),
            Err(refused) => assert!(refused.to_string().starts_with("error"), "{refused}"),
        }
    }
}
