//! Topologies as data: each short form is the same scenario as its long form, and errors point at what was written.

use std::path::Path;

use super::{DESIGN, edited, good, read};
use crate::scenario::{Scenario, parse};

const SITE: &str = r#"
[run]
duration = "10ms"
[protocol]
scheme = "group"
[wan]
delay = "1ms"
"#;

const LONG: &str = r#"
[[local_system]]
name = "L1"
units = 4
cache = "1MiB"
[[local_system]]
name = "L2"
units = 4
cache = "1MiB"
[[remote_system]]
name = "R1"
units = 8
[[group]]
name = "g"
pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2", "L1:3 -> R1:3", "L1:4 -> R1:4"]
[[group]]
name = "h"
pairs = ["L2:1 -> R1:5", "L2:2 -> R1:6", "L2:3 -> R1:7"]
[[host]]
name = "H1"
workload = { kind = "poisson", rate = "100/s", size = "4KiB", on = ["L1", "L2:1", "L2:2"] }
"#;

const SHORT: &str = r#"
[[template]]
name = "array"
units = 4
cache = "1MiB"
[[local_system]]
name = "L{n}"
count = 2
template = "array"
[[remote_system]]
name = "R1"
template = "array"
units = 8
cache = "unlimited"
[[group]]
name = "g"
pairs = ["L1:* -> R1:1..4"]
[[group]]
name = "h"
pairs = ["L2:1..2 -> R1:5..6", "L2:3 -> R1:7"]
[[host]]
name = "H1"
workload = { kind = "poisson", rate = "100/s", size = "4KiB", on = ["L1", "L2:1..2"] }
"#;

fn with_site(text: &str) -> String {
    format!("{SITE}{text}")
}

#[test]
fn the_short_form_is_the_long_form() {
    assert_eq!(good(&with_site(SHORT), &[]), good(&with_site(LONG), &[]));
    // What is set is set in the long form; templates, counts and what is generated before.
    let all = [
        "local_system.L2.units=5",
        "group.h.pairs=[\"L2:* -> R1:4..8\"]",
        "group.g.pairs=[\"L1:1..3 -> R1:1..3\"]",
    ];
    let scenario = good(&with_site(SHORT), &all);
    assert_eq!(scenario.groups.iter().map(|group| group.pairs.len()).collect::<Vec<_>>(), [3, 5]);
    let scenario = good(
        &with_site(SHORT),
        &[
            "template.array.units=6",
            "local_system.0.count=3",
            "group.g.pairs=[\"L1:* -> R1:1..6\"]",
            "group.h.pairs=[\"L3:2 -> R1:8\"]",
        ],
    );
    assert_eq!(scenario.local_systems.len(), 3);
    assert_eq!(scenario.local_systems[2].units, 6);
    let every = good(&with_site(SHORT), &["host.H1.workload.on=[\"*\"]"]);
    assert_eq!(every.hosts, good(&with_site(LONG), &["host.H1.workload.on=[\"L1\", \"L2\"]"]).hosts);
}

#[test]
fn included_files_are_as_if_they_stood_there_and_own_keys_win() {
    let folder = tempfile::tempdir().unwrap();
    let load = |text: &str| parse("x", text, folder.path(), &[]);
    std::fs::write(folder.path().join("site.toml"), format!("include = \"wan.toml\"\n{SITE}")).unwrap();
    std::fs::write(folder.path().join("wan.toml"), "[wan]\ndelay = \"9ms\"\nloss = 0.25\n").unwrap();
    let scenario = load(&format!("include = [\"site.toml\"]\n[run]\nseed = 7\n{LONG}")).unwrap();
    let written =
        with_site(LONG).replace("[run]", "[run]\nseed = 7").replace("1ms\"\n", "1ms\"\nloss = 0.25\n");
    assert_eq!(scenario, parse("x", &written, folder.path(), &[]).unwrap());

    // An error points into the file that a person wrote.
    std::fs::write(folder.path().join("wan.toml"), "[wan]\ndelay = \"9ms\"\nlos = 0.25\n").unwrap();
    let error = load(&format!("include = \"site.toml\"\n{LONG}")).unwrap_err().to_string();
    assert!(error.contains("wan.toml:3:1") && error.contains("did you mean `loss`?"), "{error}");
    std::fs::write(folder.path().join("wan.toml"), "[wan\n").unwrap();
    let error = load(&format!("include = \"site.toml\"\n{LONG}")).unwrap_err().to_string();
    assert!(error.contains("wan.toml:1:"), "{error}");
    std::fs::write(folder.path().join("wan.toml"), "include = \"site.toml\"\n").unwrap();
    let error = load(&format!("include = \"site.toml\"\n{LONG}")).unwrap_err().to_string();
    assert!(
        error.contains("expected a file that does not include itself") && error.contains("wan.toml:1:11"),
        "{error}"
    );
    let error = load("include = \"gone.toml\"\n").unwrap_err().to_string();
    assert!(
        error.contains("the file \"gone.toml\" cannot be included") && error.contains("x:1:11"),
        "{error}"
    );
    let error = load("include = 3\n").unwrap_err().to_string();
    assert!(error.contains("expected the name of a file, or a list of such names, found 3"), "{error}");
}

fn generated(topology: &str, set: &[&str]) -> Scenario {
    let host = "[[host]]\nname = \"H1\"\nworkload = { kind = \"poisson\", rate = \"1/s\", size = \"4KiB\", on = [\"*\"] }\n";
    let template = "[[template]]\nname = \"big\"\ncache = \"64MiB\"\n";
    good(&with_site(&format!("[topology]\n{topology}\n{template}{host}")), set)
}

#[test]
fn a_generated_topology_has_what_was_asked_for() {
    for spread in ["even", "random"] {
        for (locals, remotes, groups, pairs) in [(1, 1, 1, 1), (4, 4, 10, 100), (3, 5, 7, 7), (2, 3, 1, 50)] {
            let topology = format!(
                "locals = {locals}\nremotes = {remotes}\ngroups = {groups}\npairs = {pairs}\nspread = \"{spread}\"\n\
                 local_template = \"big\""
            );
            let scenario = generated(&topology, &[]);
            assert_eq!(scenario.local_systems.len(), locals);
            assert_eq!(scenario.remote_systems.len(), remotes);
            assert_eq!((scenario.groups.len(), scenario.pairs.len()), (groups, pairs));
            assert!(scenario.groups.iter().all(|group| !group.pairs.is_empty()));
            assert!(
                scenario
                    .local_systems
                    .iter()
                    .all(|system| system.units > 0 && system.cache == Some(64 << 20))
            );
            assert!(scenario.remote_systems.iter().all(|system| system.units > 0 && system.cache.is_none()));
            let units: u32 = scenario.local_systems.iter().map(|system| system.units).sum();
            assert_eq!(units as usize, pairs);
            // Run seeds leave it as it is; its own seed does not, if it is drawn.
            assert_eq!(generated(&topology, &["run.seed=9"]).pairs, scenario.pairs);
            let other = generated(&topology, &["topology.seed=2"]).pairs;
            assert_eq!(other == scenario.pairs, spread == "even" || pairs == 1, "{topology}");
            assert_eq!(generated(&topology, &["topology.pairs=60", "topology.groups=2"]).pairs.len(), 60);
        }
    }
}

/// A known answer: the generator is part of what a seed means.
#[test]
fn a_drawn_topology_stays_what_it_is() {
    let scenario = generated("locals = 2\nremotes = 2\ngroups = 2\npairs = 6\nspread = \"random\"", &[]);
    let places: Vec<_> =
        scenario.pairs.iter().map(|pair| (pair.group.0, pair.local.system.0, pair.remote.0)).collect();
    insta::assert_debug_snapshot!(places);
}

#[test]
fn the_long_form_is_written_and_is_the_same_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let drawn = "[topology]\nlocals = 2\nremotes = 3\ngroups = 4\npairs = 9\nspread = \"random\"\n";
    let host = "[[host]]\nname = \"H1\"\nworkload = { kind = \"poisson\", rate = \"1/s\", size = \"4KiB\", on = [\"*\"] }\n";
    let texts = [with_site(SHORT), with_site(&format!("{drawn}{host}")), DESIGN.to_owned()];
    for text in texts {
        std::fs::write(&path, &text).unwrap();
        let set = ["expect.figures.\"rpo.max\"=<= 2s".to_owned()];
        let long = crate::scenario::expand(&path, &set).unwrap();
        for short in ["template", "count", "topology", "..", "*", "{n}"] {
            assert!(!long.contains(short), "{short} in {long}");
        }
        let base = Path::new("");
        assert_eq!(parse("x", &long, base, &[]).unwrap(), parse("x", &text, base, &set).unwrap(), "{long}");
    }
}

#[test]
fn errors_point_at_what_was_written() {
    let short = with_site(SHORT);
    for (from, to, expected) in [
        ("template = \"array\"\n[[remote", "template = \"aray\"\n[[remote", "did you mean \"array\"?"),
        ("units = 4\ncache", "unit = 4\ncache", "did you mean `units`?"),
        ("name = \"L{n}\"", "name = \"L\"", "expected {n} in the name of 2 items, found \"L\""),
        ("count = 2", "count = 0", "expected an integer from 1 to 1000000, found 0"),
        ("L1:* -> R1:1..4", "L1:* -> R1:1..5", "expected as many remote units as local ones (4), found 5"),
        ("L1:* -> R1:1..4", "L1:4..1 -> R1:1..4", "expected a range of units such as 1..50, found \"4..1\""),
        ("L1:* -> R1:1..4", "L1:1..99999999999999999999 -> R1:1..4", "a range has at most 1000000 units"),
        ("L1:* -> R1:1..4", "L9:* -> R1:1", "expected the name of a disk system, found \"L9\""),
        ("L2:1..2 -> R1:5..6", "L2:1..2 -> R1:8..9", "expected a unit of R1 from 1 to 8, found \"9\""),
        ("[[template]]\nname = \"array\"", "[[template]]", "expected the key `name` of a template"),
        ("[[template]]", "[template]", "a template is headed by two brackets: [[template]]"),
    ] {
        assert!(short.contains(from), "{from}");
        let error = read(&short.replacen(from, to, 1), &[]).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("--> test.toml:"), "{to}: {error}");
    }
    for (topology, expected) in [
        ("locals = 3\npairs = 2", "expected no more than pairs (2), found 3"),
        ("pairs = 0", "expected an integer from 1 to 1000000, found 0"),
        ("locals = 2", "expected the key `pairs`, found none"),
        ("pairs = 2\nspred = \"even\"", "did you mean `spread`?"),
        ("pairs = 2\nspread = \"evn\"", "did you mean \"even\"?"),
        ("pairs = 2\nlocal_template = \"x\"", "expected the name of a template, found \"x\""),
    ] {
        let error = read(&with_site(&format!("[topology]\n{topology}\n")), &[]).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("--> test.toml:"), "{topology}: {error}");
    }
    let text = edited(&[]);
    let error = read(&text, &["topology.pair=3"]).unwrap_err().to_string();
    assert!(error.contains("did you mean `pairs`?") && error.contains("command line"), "{error}");
}
