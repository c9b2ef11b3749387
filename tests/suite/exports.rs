//! What a run exports, read by others: a judge in Python that knows docs/events.md only, and tshark's dissector.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const CHECKS: [&str; 5] = ["pair-order", "recoverable-prefix", "causal", "complete", "local-order"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rcsim(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// The result of a run whose facts stand in `facts.jsonl` of `folder`.
fn run(scenario: &Path, more: &[&str], folder: &Path) -> Value {
    let scenario = scenario.to_str().unwrap();
    let arguments = [&["run", scenario, "--format", "json", "--events", "facts.jsonl"][..], more].concat();
    let output = rcsim(&arguments, folder);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the judge says of the facts in `folder`.
fn judge(folder: &Path) -> Value {
    let judge = root().join("examples/judge.py");
    let output = Command::new("python3").arg(judge).arg("facts.jsonl").current_dir(folder).output();
    let output = output.expect("this test needs python3");
    let error = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"))
}

/// Where judge and checker differ: state of every check, its first instant, and the state of every group.
fn disagreement(result: &Value, judged: &Value) -> Option<String> {
    for check in CHECKS {
        let state = &result["order"]["checks"][check];
        let violations = result["order"]["violations"].as_array().unwrap();
        let first = violations.iter().find(|violation| violation["check"] == check);
        let first = first.map_or(&Value::Null, |violation| &violation["at_ns"]);
        let said = &judged[check];
        if state == "not-judged" {
            // A scheme that does not promise it: when it broke first is told all the same.
            let told = result["order"]["not_judged"].as_array().unwrap();
            let first = told.iter().find(|violation| violation["check"] == check);
            let first = first.map_or(&Value::Null, |violation| &violation["at_ns"]);
            if first != &said["at_ns"] {
                return Some(format!("{check}, which is not judged, broke at {first}, by the judge {said}"));
            }
            continue;
        }
        if (state, first) != (&said["state"], &said["at_ns"]) {
            return Some(format!("{check} is {state} at {first}, by the judge {said}"));
        }
        for group in result["groups"].as_array().unwrap() {
            let state = &group["checks"][check];
            let broken = said["groups"].as_array().is_some_and(|groups| groups.contains(&group["name"]));
            if (state == "broken") != broken {
                return Some(format!("{check} of {} is {state}, by the judge {said}", group["name"]));
            }
        }
    }
    None
}

/// Some numbers that are drawn anew in every run of the test, always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

/// A small world under any scheme, near the repaired rules or the literal ones, on a bad network, with faults.
fn world(seed: u64) -> String {
    let mut dice = Dice(seed);
    let scheme = dice.one_of(&[
        "pair",
        "remote-system",
        "group",
        "group",
        "none",
        "timestamp-only",
        "synchronous",
        "in-order-transport",
    ]);
    let rules = if scheme == "synchronous" || scheme == "in-order-transport" {
        "repaired"
    } else {
        dice.one_of(&["repaired", "literal"])
    };
    let mut text = format!(
        "[run]\nseed = {seed}\nduration = \"20ms\"\ndrain_limit = \"1s\"\n[protocol]\nscheme = \"{scheme}\"\n\
         rules = \"{rules}\"\nlimit_period = \"{}\"\nmarker_interval = \"1ms\"\nretransmit_timeout = \"10ms\"\n",
        dice.one_of(&["0s", "1ms"])
    );
    for name in ["L1", "L2"] {
        let _ = write!(
            text,
            "[[local_system]]\nname = \"{name}\"\nunits = 2\nunit_size = \"4KiB\"\ndestage_time = \"{}\"\n\
             clock = {{ skew = \"{}\" }}\n",
            dice.one_of(&["0s", "300us"]),
            dice.one_of(&["0s", "0s", "2ms"])
        );
    }
    for name in ["R1", "R2"] {
        let destage = dice.one_of(&["0s", "200us", "1ms"]);
        let _ =
            write!(text, "[[remote_system]]\nname = \"{name}\"\nunits = 2\ndestage_time = \"{destage}\"\n");
    }
    text.push_str(
        "[[group]]\nname = \"a-b\"\npairs = [\"L1:1 -> R1:1\", \"L1:2 -> R2:1\", \"L2:1 -> R2:2\"]\n\
         [[group]]\nname = \"c\"\npairs = [\"L2:2 -> R1:2\"]\n",
    );
    let rate = dice.one_of(&["300/s", "1000/s"]);
    let _ = write!(
        text,
        "[[host]]\nname = \"H1\"\nworkload = {{ kind = \"poisson\", rate = \"{rate}\", size = \"{}\", on = [\"L1\", \"L2\"] }}\n",
        dice.one_of(&["512B", "1KiB"])
    );
    let _ = write!(
        text,
        "[wan]\ndelay = {{ distribution = \"exponential\", mean = \"{}\" }}\nloss = {}\nduplicate = {}\n",
        dice.one_of(&["1ms", "3ms"]),
        dice.one_of(&["0.0", "0.05", "0.2"]),
        dice.one_of(&["0.0", "0.1"])
    );
    if dice.below(2) == 0 {
        let at = dice.one_of(&["5ms", "11ms"]);
        let system = dice.one_of(&["L1", "R1", "R2"]);
        let _ = write!(
            text,
            "[[fault]]\nkind = \"crash\"\nsystem = \"{system}\"\nat = \"{at}\"\nduration = \"2ms\"\n"
        );
    }
    if dice.below(4) == 0 {
        text.push_str("[[fault]]\nkind = \"local-site-loss\"\nat = \"15ms\"\n");
    }
    text.push_str("[expect]\norder = \"any\"\n");
    text
}

#[test]
fn a_judge_who_has_only_the_facts_says_what_the_checker_says() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("world.toml");
    let mut broken = [0; CHECKS.len()];
    for seed in 1..=60 {
        fs::write(&scenario, world(seed)).unwrap();
        let result = run(&scenario, &[], folder.path());
        let judged = judge(folder.path());
        if let Some(disagreement) = disagreement(&result, &judged) {
            panic!("seed {seed}: {disagreement}\n{}", world(seed));
        }
        for (check, count) in CHECKS.iter().zip(&mut broken) {
            *count += u32::from(judged[check]["state"] == "broken");
        }
    }
    // A judge that never finds anything would agree with a checker that does not either.
    assert!(broken.iter().all(|&count| count >= 3), "{CHECKS:?} broken {broken:?} times");
}

/// Every rule's own scenario, whose writes are drawn for it.
#[test]
fn the_judge_agrees_on_every_shipped_regression() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenarios: Vec<PathBuf> = fs::read_dir(root().join("scenarios/regressions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scenarios.sort();
    let of_disk = scenarios.iter().filter(|path| !path.to_string_lossy().contains("tape-"));
    for scenario in of_disk.filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let result = run(scenario, &[], folder.path());
        let disagreement = disagreement(&result, &judge(folder.path()));
        assert_eq!(disagreement, None, "{}", scenario.display());
    }
}

#[test]
fn facts_are_the_same_packed_or_not_and_leave_the_result_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/demos/none.toml");
    let short = ["--set", "run.duration=1s"];
    let result = run(&scenario, &short, folder.path());
    let plain = fs::read_to_string(folder.path().join("facts.jsonl")).unwrap();
    let name = scenario.to_str().unwrap();
    let packed = [&["run", name, "--format", "json", "--events", "facts.jsonl.zst"][..], &short].concat();
    let again: Value = serde_json::from_slice(&rcsim(&packed, folder.path()).stdout).unwrap();
    assert_eq!(again, result);
    let without = [&["run", name, "--format", "json"][..], &short].concat();
    assert_eq!(serde_json::from_slice::<Value>(&rcsim(&without, folder.path()).stdout).unwrap(), result);
    let packed = fs::read(folder.path().join("facts.jsonl.zst")).unwrap();
    assert!(packed.len() * 3 < plain.len(), "{} of {}", packed.len(), plain.len());

    let mut lines = plain.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let head = lines.next().unwrap();
    assert_eq!((&head["event"], &head["schema"], &head["seed"]), (&"run".into(), &1.into(), &result["seed"]));
    let (mut before, mut last) = (0, Value::Null);
    for line in lines {
        let at = line["at_ns"].as_u64().unwrap();
        assert!(at >= before, "time goes on");
        (before, last) = (at, line);
    }
    assert_eq!(last["event"], "end");
    // Every event is in the docs.
    let docs = fs::read_to_string(root().join("docs/events.md")).unwrap();
    for line in plain.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = line["event"].as_str().unwrap();
        assert!(docs.contains(&format!("`{event}`")), "{event}");
        for key in line.as_object().unwrap().keys() {
            assert!(docs.contains(&format!("`{key}`")), "{event}: {key}");
        }
    }
}

#[test]
fn exports_are_of_one_run_and_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/demos/none.toml");
    let scenario = scenario.to_str().unwrap();
    let output = rcsim(&["run", scenario, "--seeds", "1..2", "--events", "facts.jsonl"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("export a single run, but 2 were asked for"));
    let output = rcsim(&["run", scenario, "--events", "no/such/facts.jsonl"], folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write no/such/facts.jsonl"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// pcapng by its own rules: blocks whose two lengths agree, known types, interfaces that exist, time in order.
#[test]
fn packets_are_pcapng_and_a_trace_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/demos/quickstart.toml");
    let more = [
        "--set",
        "run.duration=200ms",
        "--set",
        "run.warm_up=0s",
        "--pcap",
        "p.pcapng",
        "--perfetto",
        "t.json",
    ];
    let result = run(&scenario, &more, folder.path());
    let bytes = fs::read(folder.path().join("p.pcapng")).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut at, mut interfaces, mut packets, mut sent, mut before) = (0, 0, 0_u64, 0_u64, 0);
    while at < bytes.len() {
        let (kind, length) = (word(at), word(at + 4) as usize);
        assert_eq!(word(at + length - 4) as usize, length, "block at {at}");
        match kind {
            0x0a0d_0d0a => assert_eq!((at, word(8)), (0, 0x1a2b_3c4d)),
            1 => interfaces += 1,
            6 => {
                assert!(word(at + 8) < interfaces);
                let time = u64::from(word(at + 12)) << 32 | u64::from(word(at + 16));
                assert!(time >= before);
                before = time;
                let data = &bytes[at + 28..at + 28 + word(at + 20) as usize];
                assert_eq!((data[0], data[9], data.len()), (0x45, 253, 60));
                let sum: u32 =
                    data[..20].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
                assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "checksum of RFC 791");
                packets += 1;
                sent += u64::from(data[23]);
            }
            other => panic!("block of type {other:#x}"),
        }
        at += length;
    }
    assert_eq!(interfaces, 4, "two paths, two ends");
    let facts = fs::read_to_string(folder.path().join("facts.jsonl")).unwrap();
    let count = |event: &str| facts.matches(&format!("\"event\":\"{event}\"")).count() as u64;
    assert_eq!((sent, packets - sent), (count("packet-sent"), count("packet-arrived")));
    assert!(sent > 0 && result["wan"]["offered"].as_u64().unwrap() <= sent);

    let trace: Value = serde_json::from_slice(&fs::read(folder.path().join("t.json")).unwrap()).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let flows = events.iter().filter(|event| event["ph"] == "s").count() as u64;
    assert_eq!(flows, count("issued"));
    let names: Vec<&str> = events.iter().filter_map(|event| event["args"]["name"].as_str()).collect();
    for name in
        ["local system L1", "remote system R1", "unit L1:1", "unit R2:1", "group database", "path L1-R1"]
    {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
}
