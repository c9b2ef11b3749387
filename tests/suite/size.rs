//! `rcsim size`: known answers, the run one step below, and every way in which nothing can be sized.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A thousand writes of 1 KiB a second over 10 ms: with 40 bytes of headers 8.512 Mbit/s. A limit is made on every
/// change and a single stream asks for no marker, so that nothing else is on the line to the remote site.
const CONSTANT: &str = r#"
title = "A constant load"
[run]
seed = 3
duration = "2s"
warm_up = "500ms"
drain_limit = "20s"
[protocol]
scheme = "group"
limit_period = "0s"
marker_interval = "10s"
retransmit_timeout = "60s"
[[local_system]]
name = "L1"
units = 1
[[remote_system]]
name = "R1"
units = 1
[[group]]
name = "G"
pairs = ["L1:1 -> R1:1"]
[[host]]
name = "H1"
[host.workload]
kind = "constant"
rate = "1000/s"
size = "1KiB"
on = ["L1"]
[wan]
delay = "10ms"
header = "40B"
"#;

/// Bits of a write on the line: its data and 40 bytes of headers.
const BITS: f64 = (1024.0 + 40.0) * 8.0;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.toml"), scenario).unwrap();
        Self { folder }
    }

    fn run(&self, arguments: &[&str], code: i32) -> String {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        let output = command.args(arguments).current_dir(self.folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
        text
    }

    fn size(&self, arguments: &[&str]) -> Value {
        let all = [&["size", "a.toml", "--seeds", "1..3", "--format", "json"], arguments].concat();
        serde_json::from_str(&self.run(&all, 0)).unwrap()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn is_near(found: &Value, exact: f64, share: f64) {
    let found = found.as_f64().unwrap();
    assert!((found / exact - 1.0).abs() <= share, "{found} is not {exact}");
}

/// The least line rate of a constant load is its bytes and headers; a slower one falls behind for ever.
#[test]
fn a_constant_load_needs_its_own_bytes_a_second() {
    let desk = Desk::new(CONSTANT);
    let found = desk.size(&["--target", "rpo.max <= 15ms", "--size", "line"]);
    let line = &found["sized"][0];
    assert_eq!((line["what"].as_str(), line["unit"].as_str()), (Some("line"), Some("bit/s")));
    is_near(&line["enough"], BITS * 1000.0, 0.015);
    let (enough, below) = (line["enough"].as_u64().unwrap(), line["below"]["value"].as_u64().unwrap());
    assert!(below < enough && (enough - below) as f64 <= 0.01 * enough as f64);
    assert_eq!(line["by_seed"].as_array().unwrap().len(), 3);
    assert_eq!(found["broken_promises"], serde_json::json!([]));
    is_near(&line["exceeded_by_another_seed"], 0.25, 1e-9);
}

/// A write stands in a local cache for a round trip, in a remote one until it is on a unit: rate times delay.
#[test]
fn caches_are_rate_times_delay() {
    let desk = Desk::new(CONSTANT);
    let local = desk.size(&["--target", "rpo.max <= 15ms", "--size", "local-cache"]);
    // A thousand a second for 20 ms: twenty writes, and the one that comes as the first leaves.
    is_near(&local["sized"][0]["enough"], 20.0 * 1024.0, 0.06);
    let slow = [
        "--target",
        "rpo.max <= 15ms",
        "--size",
        "remote-cache",
        "--set",
        "remote_system.R1.destage_time=900us",
    ];
    let remote = desk.size(&slow);
    // One write is destaged before the next comes: the smallest that a scenario takes is enough.
    assert_eq!(remote["sized"][0]["enough"], 1024);
    assert_eq!(remote["sized"][0]["below"], Value::Null);
}

/// All three in turn, the folder, and scenarios in it that say what was found: one step below a run fails.
#[test]
fn the_folder_holds_the_run_that_fails_one_step_below() {
    let desk = Desk::new(CONSTANT);
    let target = ["--target", "rpo.max <= 15ms", "--out", "out"];
    let found = desk.size(&target);
    let names: Vec<&str> =
        found["sized"].as_array().unwrap().iter().map(|sized| sized["what"].as_str().unwrap()).collect();
    assert_eq!(names, ["line", "local-cache", "remote-cache"]);
    let out = desk.path().join("out");
    for name in [
        "size.json",
        "enough.toml",
        "below-line.toml",
        "line-rpo-max.svg",
        "line-rpo-max.png",
        "line-rpo-max.csv",
        "local-cache-rpo-max.svg",
        "remote-cache-rpo-max.csv",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let text = fs::read_to_string(out.join("size.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), found);
    desk.run(&["run", "out/enough.toml"], 0);
    assert_eq!(found["sized"][2]["below"], Value::Null);
    for what in ["line", "local-cache"] {
        let told = desk.run(&["run", &format!("out/below-{what}.toml")], 1);
        assert!(told.contains("expected"), "{told}");
    }
    // A second time the folder is in the way, and stays.
    let again = desk.run(&["size", "a.toml", "--target", "rpo.max <= 15ms", "--out", "out"], 2);
    assert!(again.contains("out exists already; choose another --out"), "{again}");
    assert_eq!(fs::read_to_string(out.join("size.json")).unwrap(), text);
}

/// A link to an empty folder is taken as the folder, and stays a link; what cannot be a folder is told before a run.
#[cfg(unix)]
#[test]
fn the_folder_may_be_a_link() {
    let desk = Desk::new(CONSTANT);
    fs::create_dir(desk.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", desk.path().join("link")).unwrap();
    let line =
        ["size", "a.toml", "--target", "rpo.max <= 15ms", "--size", "line", "--seeds", "1..1", "--out"];
    desk.run(&[&line[..], &["link"]].concat(), 0);
    assert!(desk.path().join("link").is_symlink());
    assert!(desk.path().join("real/size.json").is_file());
    let told = desk.run(&[&line[..], &["a.toml/x"]].concat(), 3);
    assert!(told.contains("cannot write a.toml/x: Not a directory"), "{told}");
}

/// Files that the scenario names go with it.
#[test]
fn a_recorded_workload_is_kept_beside_the_scenarios() {
    let scenario = CONSTANT.replace(
        "kind = \"constant\"\nrate = \"1000/s\"\nsize = \"1KiB\"\non = [\"L1\"]",
        "kind = \"trace\"\nfile = \"writes.csv\"\nmap = { \"h.0\" = \"L1:1\" }",
    );
    let desk = Desk::new(&scenario);
    let line = |at: u64| format!("{},h,0,Write,{},1024,1\n", at * 10_000, at * 1024);
    let lines: String = (0..2_000_u64).map(line).collect::<Vec<_>>().concat();
    fs::write(desk.path().join("writes.csv"), lines).unwrap();
    let found = desk.size(&["--target", "rpo.max <= 15ms", "--size", "line", "--out", "out"]);
    is_near(&found["sized"][0]["enough"], BITS * 1000.0, 0.015);
    fs::remove_file(desk.path().join("writes.csv")).unwrap();
    fs::rename(desk.path().join("out"), desk.path().join("moved")).unwrap();
    desk.run(&["run", "moved/enough.toml"], 0);
    desk.run(&["run", "moved/below-line.toml"], 1);
}

/// Every scheme can be sized, negative controls too; what they break is told, and is no broken promise.
#[test]
fn every_scheme_is_sized() {
    // Under `epoch` a barrier of 64 bytes and its headers closes the epoch of each write.
    let barrier = (64.0 + 40.0) * 8.0;
    for (scheme, more) in [
        ("pair", 0.0),
        ("epoch", barrier),
        ("adaptive-copy", 0.0),
        ("none", 0.0),
        ("in-order-transport", 0.0),
        ("synchronous", 0.0),
    ] {
        let desk = Desk::new(&CONSTANT.replace("\"group\"", &format!("{scheme:?}")));
        let found = desk.size(&[
            "--target",
            "response_time.max <= 30ms",
            "--target",
            "rpo.max <= 15ms",
            "--size",
            "line",
        ]);
        is_near(&found["sized"][0]["enough"], (BITS + more) * 1000.0, 0.02);
        assert_eq!(found["broken_promises"], serde_json::json!([]), "{scheme}");
    }
    let disordered = CONSTANT.replace("\"group\"", "\"none\"").replace(
        "delay = \"10ms\"",
        "delay = { distribution = \"uniform\", minimum = \"5ms\", maximum = \"15ms\" }",
    );
    let told = Desk::new(&disordered)
        .run(&["size", "a.toml", "--target", "rpo.max <= 60ms", "--size", "line", "--seeds", "1..2"], 0);
    assert!(told.contains("not promised by this scheme, and broken: "), "{told}");
}

/// What is enough for one seed at the smallest value hides nothing of those that need more.
#[test]
fn a_seed_that_is_met_at_the_smallest_value_ends_nothing() {
    let desk = Desk::new(&CONSTANT.replace("\"constant\"", "\"poisson\""));
    let line = ["--target", "rpo.max <= 30ms", "--size", "line"];
    let free = desk.size(&line)["sized"][0].clone();
    let of = |sized: &Value| -> Vec<u64> {
        sized["by_seed"].as_array().unwrap().iter().map(|seed| seed["enough"].as_u64().unwrap()).collect()
    };
    let least = *of(&free).iter().min().unwrap();
    assert!(least < free["enough"].as_u64().unwrap(), "{free}");
    assert!(free["mean"].is_f64());
    let from = format!("{least}bit/s");
    let bounded = desk.size(&[&line[..], &["--from", &from]].concat())["sized"][0].clone();
    is_near(&bounded["enough"], free["enough"].as_f64().unwrap(), 0.01);
    assert_eq!(of(&bounded).iter().min(), Some(&least));
    // Its own least is not known, and so no mean.
    assert_eq!((&bounded["mean"], &bounded["low_95"]), (&Value::Null, &Value::Null));
}

#[test]
fn nothing_is_sized_where_there_is_nothing_to_find() {
    let desk = Desk::new(CONSTANT);
    let size = |more: &[&str]| desk.run(&[&["size", "a.toml", "--seeds", "1..2"], more].concat(), 2);
    let text = size(&["--target", "rpo.max <= 5ms", "--size", "line"]);
    assert!(
        text.contains("not met at the greatest value: with no limit of the line rate and seed 1, rpo.max: expected <= 5ms"),
        "{text}"
    );
    let text = size(&["--target", "rpo.max <= 15ms", "--size", "line", "--to", "1Mbit/s"]);
    assert!(text.contains("not met at the greatest value: with a line rate of 1Mbit/s and seed 1"), "{text}");
    let text = size(&["--target", "rpo.max <= 15ms", "--size", "line", "--from", "20Mbit/s"]);
    assert!(
        text.contains("met at the smallest value already: a line rate of 20Mbit/s is enough with every seed"),
        "{text}"
    );
    let text = size(&["--target", "rpo.max <= 15ms", "--from", "20Mbit/s"]);
    assert!(text.contains("--from and --to are for a single thing that is sized"), "{text}");
    let text = size(&["--target", "rpo.max <= 15ms", "--size", "line", "--from", "20MiB"]);
    assert!(text.contains("--from 20MiB: expected a rate such as 10Mbit/s"), "{text}");
    let text = size(&["--target", "rpo.mx <= 30ms"]);
    assert!(text.contains("there is no figure \"rpo.mx\"; did you mean rpo.max?"), "{text}");
    let text = size(&["--target", "rpo.max <= 15ms", "--target", "rpo.max_s <= 1s"]);
    assert!(text.contains("the figure has a target already"), "{text}");
    size(&["--target", "rpo.max <= 15ms", "--size", "disk"]);
    size(&["--target", "rpo.max <= 15ms", "--precision", "0"]);
    let own = format!("{CONSTANT}[[path]]\nfrom = \"L1\"\nto = \"R1\"\nbandwidth = \"20Mbit/s\"\n");
    let text = Desk::new(&own).run(&["size", "a.toml", "--target", "rpo.max <= 15ms", "--size", "line"], 2);
    assert!(text.contains("there is no line rate to size: each path has a `bandwidth` of its own"), "{text}");
    let netem = CONSTANT.replace("delay = \"10ms\"", "netem = \"delay 10ms\"");
    let text = Desk::new(&netem).run(&["size", "a.toml", "--target", "rpo.max <= 15ms", "--size", "line"], 2);
    assert!(text.contains("there is no line rate to size: "), "{text}");
}
