//! The program as its users meet it: exit codes, what is printed where, files whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use tempfile::TempDir;

/// Two arrays on either side, two groups that span them, a WAN that loses and reorders: numbering is needed.
const SCENARIO: &str = r#"
title = "Two arrays, two groups, a bad network"
[run]
seed = 1
duration = "1s"
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
cache = "1MiB"
[[local_system]]
name = "L2"
units = 2
[[remote_system]]
name = "R1"
units = 2
destage_time = "100us"
[[remote_system]]
name = "R2"
units = 2
destage_time = "100us"
[[group]]
name = "log"
pairs = ["L1:1 -> R1:1", "L2:1 -> R2:1"]
[[group]]
name = "data"
pairs = ["L1:2 -> R2:2", "L2:2 -> R1:2"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "200/s"
size = "4KiB"
on = ["L1", "L2"]
[wan]
delay = { distribution = "exponential", mean = "20ms", minimum = "5ms" }
loss = 0.05
duplicate = 0.02
[expect]
order = "holds"
"#;

/// A folder with the scenario in it, in which commands run.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("small.toml"), SCENARIO).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("NO_COLOR");
        command
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The exit code.
    fn code(&self, arguments: &[&str]) -> i32 {
        let output = self.output(arguments);
        let code = output.status.code().unwrap();
        if code >= 2 {
            assert!(!output.stderr.is_empty(), "{arguments:?} says nothing on standard error");
            assert!(output.stdout.is_empty(), "{arguments:?} says something on standard output");
        }
        code
    }

    /// Every file and folder here, but for the scenario.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.folder.path(), "", &mut found);
        found.retain(|name| name != "small.toml");
        found.sort();
        found
    }
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const NONE: &str = "protocol.scheme=none";

#[test]
fn exit_code_0_when_every_run_met_its_expectation() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["run", "small.toml"]), 0);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--set", "expect.order=broken"]), 0);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--set", "expect.order=any"]), 0);
    for asked in ["--help", "--version"] {
        assert_eq!(desk.code(&[asked]), 0);
    }
}

#[test]
fn exit_code_1_when_a_run_did_not() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", "expect.order=broken"]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", "expect.checks.destage-order=holds"]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--format", "json", "--seeds", "1..2"]), 1);
}

#[test]
fn exit_code_2_for_bad_usage_and_bad_scenarios() {
    let desk = Desk::new();
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    for bad in [
        &["run"] as &[&str],
        &["walk", "small.toml"],
        &["run", "small.toml", "--sede", "1"],
        &["run", "small.toml", "--seed", "-1"],
        &["run", "small.toml", "--seed", "1", "--seeds", "1..2"],
        &["run", "small.toml", "--seeds", "2..1"],
        &["run", "small.toml", "--threads", "0"],
        &["run", "small.toml", "--format", "xml"],
        &["run", "small.toml", "--set", "wan.loss=2"],
        &["run", "small.toml", "--set", "wan.losss=0.1"],
        &["run", "nowhere.toml"],
        &["run", "bad.toml"],
        &["validate", "bad.toml"],
        &["completions", "cmd.exe"],
        &[],
    ] {
        assert_eq!(desk.code(bad), 2, "{bad:?}");
    }
}

#[test]
fn all_scenarios_are_validated_before_any_runs() {
    let desk = Desk::new();
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    fs::write(desk.path("worse.toml"), "= 1").unwrap();
    let output = desk.output(&["run", "small.toml", "bad.toml", "worse.toml", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let errors = text(&output.stderr);
    assert!(errors.contains("bad.toml") && errors.contains("worse.toml"), "{errors}");
    assert_eq!(desk.files(), ["bad.toml", "worse.toml"]);
}

/// The keys of an object, in their order.
struct Keys(Vec<String>);

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

#[test]
fn the_seed_of_the_command_line_is_the_seed() {
    let desk = Desk::new();
    let digests = |arguments: &[&str]| {
        let output = desk.output(&[&["run", "small.toml", "--format", "json"], arguments].concat());
        let lines = text(&output.stdout);
        let digest = |line: &str| serde_json::from_str::<Value>(line).unwrap()["digest"].clone();
        lines.lines().map(digest).collect::<Vec<_>>()
    };
    let two = digests(&["--seeds", "1..2"]);
    assert_ne!(two[0], two[1]);
    assert_eq!(digests(&[]), two[..1]);
    assert_eq!(digests(&["--seed", "2"]), two[1..]);
    assert_eq!(digests(&["--set", "run.seed=2"]), two[1..]);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let desk = Desk::new();
    for format in ["json", "text"] {
        let output = |threads: &str, out: &str| {
            let arguments =
                ["run", "small.toml", "--seeds", "1..5", "--format", format, "--threads", threads];
            text(&desk.output(&[&arguments[..], &["--out", out]].concat()).stdout)
        };
        let (one, two) = (output("1", "one"), output("2", "two"));
        assert_eq!(one.replace("one", "two"), two);
    }
    let files: Vec<_> = desk.files().into_iter().filter(|name| name.starts_with("one/")).collect();
    assert_eq!(files.len(), 5 * RUN_FILES.len() + 1);
    for file in files {
        let twin = file.replacen("one", "two", 1);
        assert_eq!(fs::read(desk.path(&file)).unwrap(), fs::read(desk.path(&twin)).unwrap(), "{file}");
    }
}

const RUN_FILES: [&str; 7] = [
    "lag_histogram.csv",
    "lag_histogram.json",
    "replay.txt",
    "result.json",
    "scenario.toml",
    "series.csv",
    "series.json",
];

#[test]
fn the_folder_of_a_run_says_where_it_came_from_and_may_be_run_again_with_figures_in_it() {
    let desk = Desk::new();
    let run = ["run", "small.toml", "--seed", "3", "--set", "wan.loss=0.02", "--out", "out"];
    assert_eq!(desk.output(&run).status.code(), Some(0));
    let read = |name: &str| fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("out/scenario.toml"), read("small.toml"));
    assert_eq!(read("out/replay.txt"), "rcsim run scenario.toml --name small --seed 3 --set wan.loss=0.02\n");
    assert_eq!(desk.output(&["plot", "out", "--format", "svg"]).status.code(), Some(0));
    let page = read("out/figures/report.html");
    assert!(
        page.contains("rcsim run scenario.toml --name small --seed 3 --set wan.loss=0.02 --out DIR"),
        "{page}"
    );
    // Figures of an earlier result go with it; a folder that only has their name is somebody's.
    assert_eq!(desk.output(&run).status.code(), Some(0));
    assert!(!desk.path("out/figures").exists());
    fs::create_dir(desk.path("out/figures")).unwrap();
    assert_eq!(desk.output(&run).status.code(), Some(2));
}

/// The scenario names a recorded workload above its folder and measured delays; a setting names another file.
#[test]
fn the_folder_of_a_run_replays_itself_wherever_it_is_taken() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("study/scenarios")).unwrap();
    let trace = "128166372003061629,pg,1,Write,0,4096,100\n128166372013061629,pg,1,Write,8192,4096,100\n";
    fs::write(desk.path("study/trace.csv"), trace).unwrap();
    fs::write(desk.path("study/scenarios/delays.txt"), "20ms\n30ms\n40ms\n").unwrap();
    let workload = SCENARIO.find("kind = \"poisson\"").unwrap()..SCENARIO.find("[wan]").unwrap();
    let mut scenario = SCENARIO.to_owned();
    let recorded = "kind = \"trace\"\nfile = \"../trace.csv\"\nmap = { \"pg.1\" = \"L1:1\" }\n";
    scenario.replace_range(workload, recorded);
    fs::write(desk.path("study/scenarios/recorded.toml"), scenario).unwrap();
    let delay = "wan.delay={ distribution = \"empirical\", file = \"delays.txt\" }";
    let run = [
        "run",
        "study/scenarios/recorded.toml",
        "--seeds",
        "3..4",
        "--set",
        delay,
        "--set",
        "run.duration=2s",
    ];
    let output = desk.output(&[&run[..], &["--out", "out"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // Taken elsewhere, and what it was made of is gone.
    fs::rename(desk.path("out/recorded-seed4"), desk.path("elsewhere")).unwrap();
    fs::remove_dir_all(desk.path("study")).unwrap();
    fs::remove_dir_all(desk.path("out")).unwrap();
    let command = fs::read_to_string(desk.path("elsewhere/replay.txt")).unwrap();
    let program = assert_cmd::cargo::cargo_bin!("rcsim");
    let script = format!(
        "rcsim() {{ '{}' \"$@\"; }}\n{} --format json --out again",
        program.display(),
        command.trim()
    );
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &script]).current_dir(desk.path("elsewhere")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), fs::read_to_string(desk.path("elsewhere/result.json")).unwrap());
    // What it writes is the same folder again.
    let again = desk.path("elsewhere/again");
    for entry in fs::read_dir(&again).unwrap() {
        let name = entry.unwrap().file_name();
        if again.join(&name).is_file() {
            let (before, now) = (fs::read(desk.path("elsewhere").join(&name)), fs::read(again.join(&name)));
            assert_eq!(before.unwrap(), now.unwrap(), "{name:?}");
        }
    }
    assert_eq!(fs::read_dir(again.join("scenario.files")).unwrap().count(), 2);
    // And it may be replaced by another result.
    assert_eq!(desk.code(&["run", "small.toml", "--out", "elsewhere/again"]), 0);
}

#[test]
fn one_run_writes_its_files_into_the_folder() {
    let desk = Desk::new();
    let output = desk.output(&["run", "small.toml", "--format", "json", "--out", "deep/out"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(desk.files(), RUN_FILES.map(|name| format!("deep/out/{name}")));
    let file = |name: &str| fs::read(desk.path("deep/out").join(name)).unwrap();
    assert_eq!(file("result.json"), output.stdout);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();

    // Both forms of the histogram hold every write that counts.
    let bars: Value = serde_json::from_slice(&file("lag_histogram.json")).unwrap();
    let in_json: u64 =
        bars["bars"].as_array().unwrap().iter().map(|bar| bar["count"].as_u64().unwrap()).sum();
    let rows = text(&file("lag_histogram.csv"));
    let rows = csv::Reader::from_reader(rows.as_bytes()).into_records();
    let in_csv: u64 = rows.map(|row| row.unwrap()[3].parse::<u64>().unwrap()).sum();
    assert_eq!(Value::from(in_json), result["applied_lag"]["count"]);
    assert_eq!(in_csv, in_json);

    // Both forms of the series hold every write, and reach to the end of the run.
    let series: Value = serde_json::from_slice(&file("series.json")).unwrap();
    let buckets = series["buckets"].as_array().unwrap();
    let applied: u64 = buckets.iter().map(|bucket| bucket["applied"].as_u64().unwrap()).sum();
    assert_eq!(Value::from(applied), result["writes"]["destaged"]);
    assert_eq!(buckets.last().unwrap()["to_s"], result["simulated_s"]);
    let csv = text(&file("series.csv"));
    assert_eq!(csv.lines().count(), buckets.len() + 1);
    let Keys(keys) = {
        let json = text(&file("series.json"));
        let start = json.find("\"buckets\":[").unwrap() + "\"buckets\":[".len();
        serde_json::Deserializer::from_str(&json[start..]).into_iter().next().unwrap().unwrap()
    };
    assert_eq!(csv.lines().next().unwrap(), keys.join(","));
}

#[test]
fn several_runs_have_a_folder_each() {
    let desk = Desk::new();
    let output = desk.output(&["run", "small.toml", "--seeds", "7..8", "--format", "json", "--out", "out"]);
    let mut expected = vec!["out/results.jsonl".to_owned()];
    for seed in [7, 8] {
        expected.extend(RUN_FILES.map(|name| format!("out/small-seed{seed}/{name}")));
    }
    assert_eq!(desk.files(), expected);
    assert_eq!(fs::read(desk.path("out/results.jsonl")).unwrap(), output.stdout);
}

#[test]
fn an_earlier_result_is_replaced_whole_and_nothing_else_is() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["run", "small.toml", "--seeds", "7..8", "--out", "out"]), 0);
    assert_eq!(desk.code(&["run", "small.toml", "--out", "out"]), 0);
    assert_eq!(desk.files(), RUN_FILES.map(|name| format!("out/{name}")));
    fs::write(desk.path("out/thesis.tex"), "years of work").unwrap();
    let before = desk.files();
    let output = desk.output(&["run", "small.toml", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: out holds `thesis.tex`: not an rcsim result folder; choose another --out (nothing was written)\n"
    );
    assert_eq!(desk.files(), before);
}

#[test]
fn two_scenarios_of_one_name_do_not_share_a_folder() {
    let desk = Desk::new();
    fs::create_dir(desk.path("other")).unwrap();
    fs::copy(desk.path("small.toml"), desk.path("other/small.toml")).unwrap();
    assert_eq!(desk.code(&["run", "small.toml", "other/small.toml", "--out", "out"]), 2);
    assert_eq!(desk.code(&["run", "small.toml", "other/small.toml"]), 0);
}

#[cfg(target_os = "linux")]
mod failing_machine {
    use super::*;

    fn to_full_disk(desk: &Desk, arguments: &[&str]) -> Output {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = desk.command(arguments).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        child.wait_with_output().unwrap()
    }

    #[test]
    fn a_full_disk_under_standard_output_is_exit_code_3() {
        let desk = Desk::new();
        for arguments in [
            &["run", "small.toml"] as &[&str],
            &["run", "small.toml", "--format", "json", "--seeds", "1..4"],
            &["run", "small.toml", "--seeds", "1..4"],
            &["validate", "small.toml"],
            &["init"],
            &["schema"],
            &["completions", "bash"],
        ] {
            let output = to_full_disk(&desk, arguments);
            assert_eq!(output.status.code(), Some(3), "{arguments:?}");
            let error = text(&output.stderr);
            assert!(error.starts_with("error: cannot write to standard output: No space left"), "{error}");
        }
        assert_eq!(desk.files(), [""; 0]);
    }

    /// The reader leaves before the first line.
    #[test]
    fn a_closed_pipe_ends_every_command_without_a_word() {
        let desk = Desk::new();
        fs::create_dir(desk.path("folder")).unwrap();
        fs::copy(desk.path("small.toml"), desk.path("folder/small.toml")).unwrap();
        let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..2", "--out"];
        for shard in ["one", "two"] {
            let shard_number = if shard == "one" { "1/2" } else { "2/2" };
            assert_eq!(desk.code(&[&sweep[..], &[shard, "--shard", shard_number]].concat()), 0);
        }
        assert_eq!(desk.code(&["run", "small.toml", "--out", "run"]), 0);
        assert_eq!(desk.code(&["regress", "folder", "--golden", "golden.jsonl", "--bless"]), 0);
        for (arguments, code) in [
            (&["run", "small.toml"] as &[&str], 0),
            (&["run", "small.toml", "--set", NONE], 1),
            (&["run", "small.toml", "--seeds", "1..3"], 0),
            (&["run", "small.toml", "--seeds", "1..3", "--format", "json"], 0),
            (&["run", "small.toml", "--out", "again"], 0),
            (&[&sweep[..], &["three"]].concat(), 0),
            (&["merge", "one", "two", "--out", "merged"], 0),
            (&["regress", "folder", "--golden", "golden.jsonl"], 0),
            (&["plot", "run"], 0),
            (&["validate", "small.toml"], 0),
            (&["init"], 0),
            (&["schema"], 0),
            (&["completions", "bash"], 0),
            (&["--help"], 0),
            (&["run", "--help"], 0),
            (&["--version"], 0),
        ] {
            let mut command = desk.command(arguments);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            assert_eq!(text(&output.stderr), "", "{arguments:?}");
            assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        }
        assert!(desk.files().iter().all(|name| !name.contains(".rcsim-")), "{:?}", desk.files());
    }

    /// No file can grow beyond 4 KiB: the result fits, the time series does not.
    #[test]
    fn a_disk_that_fills_up_leaves_no_half_folder() {
        let desk = Desk::new();
        let program = assert_cmd::cargo::cargo_bin!("rcsim");
        let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
        for seeds in ["1..1", "1..3"] {
            let arguments = ["run", "small.toml", "--out", "out", "--seeds", seeds];
            let mut command = Command::new("sh");
            command.args(["-c", limited]).arg(program).args(arguments);
            let output = command.current_dir(desk.folder.path()).output().unwrap();
            let error = text(&output.stderr);
            assert_eq!(output.status.code(), Some(3), "{error}");
            assert!(error.starts_with("error: cannot write ") && error.contains("File too large"), "{error}");
            assert_eq!(desk.files(), [""; 0]);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_exit_code_3_before_any_run() {
        let desk = Desk::new();
        fs::write(desk.path("file"), "").unwrap();
        // Nobody, not even root, makes a folder in /proc.
        for out in ["file/out", "/proc/out"] {
            let output = desk.output(&["run", "small.toml", "--out", out]);
            assert_eq!(output.status.code(), Some(3), "{out}");
            assert_eq!(text(&output.stdout), "");
            let error = text(&output.stderr);
            assert!(error.starts_with(&format!("error: cannot write {out}: ")), "{error}");
        }
        assert_eq!(desk.code(&["run", "small.toml", "--out", "file"]), 2);
        assert_eq!(desk.code(&["run", "small.toml", "--out", "small.toml"]), 2);
        assert_eq!(desk.files(), ["file"]);
    }

    #[test]
    fn init_on_a_full_disk_is_exit_code_3() {
        let desk = Desk::new();
        assert_eq!(desk.code(&["init", "/dev/full"]), 2);
        assert_eq!(desk.code(&["init", "--force", "/dev/full"]), 3);
        assert_eq!(desk.code(&["init", "nowhere/new.toml"]), 3);
    }
}

#[test]
fn the_page_of_a_run() {
    let desk = Desk::new();
    insta::assert_snapshot!(text(&desk.output(&["run", "small.toml"]).stdout));
}

#[test]
fn the_page_of_a_broken_order() {
    let desk = Desk::new();
    let output = desk.output(&["run", "small.toml", "--set", NONE, "--set", "wan.bandwidth=10Mbit/s"]);
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn the_list_of_several_runs() {
    let desk = Desk::new();
    let output =
        desk.output(&["run", "small.toml", "--set", "protocol.scheme=timestamp-only", "--seeds", "1..2"]);
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn the_command_that_replays_a_broken_order_does() {
    let desk = Desk::new();
    let first = text(&desk.output(&["run", "small.toml", "--set", NONE, "--seed", "3"]).stdout);
    let replay = first.lines().find_map(|line| line.trim().strip_prefix("replay   rcsim ")).unwrap();
    let words: Vec<_> = replay.split(' ').collect();
    assert_eq!(text(&desk.output(&words).stdout), first);
}

#[test]
fn writes_that_a_full_cache_delayed_are_told() {
    let desk = Desk::new();
    let arguments = ["run", "small.toml", "--set", "local_system.L1.cache=16KiB"];
    let told = text(&desk.output(&arguments).stdout);
    assert!(told.contains("a full local cache delayed"), "{told}");
    let output = desk.output(&[&arguments[..], &["--format", "json"]].concat());
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value["delayed_by_cache"].as_u64().unwrap() > 0);
}

/// Four writes of a transaction at one instant wait for a nanosecond each: an unlimited cache delays nobody.
#[test]
fn without_a_limit_no_cache_delays_anybody() {
    let desk = Desk::new();
    let scenario = SCENARIO.replace("cache = \"1MiB\"\n", "").replace(
        "kind = \"poisson\"\nrate = \"200/s\"\nsize = \"4KiB\"\non = [\"L1\", \"L2\"]",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 4\non = [\"L1:2\"]\nthink_time = \"10ms\"",
    );
    assert!(scenario.contains("transaction"));
    fs::write(desk.path("transaction.toml"), scenario).unwrap();
    let told = text(&desk.output(&["run", "transaction.toml"]).stdout);
    assert!(!told.contains("note"), "{told}");
    let found_full: Vec<_> = told.lines().filter(|line| line.contains("never")).collect();
    assert_eq!(found_full.len(), 2, "neither cache was ever full: {told}");
    let json = desk.output(&["run", "transaction.toml", "--format", "json"]).stdout;
    let value: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(value["delayed_by_cache"], 0);
}

/// A remote cache that is too small refuses, and the result says how often.
#[test]
fn what_a_remote_cache_refused_is_told() {
    let desk = Desk::new();
    for scheme in ["group", "in-order-transport"] {
        let scheme = format!("protocol.scheme={scheme}");
        let arguments = ["run", "small.toml", "--set", "remote_system.R1.cache=20KiB", "--set", &scheme];
        let output = desk.output(&[&arguments[..], &["--format", "json"]].concat());
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let refused = value["cache"]["remote_refused"].as_u64().unwrap();
        assert!(refused > 0, "{scheme}");
        let told = text(&desk.output(&arguments).stdout);
        let row = told.lines().find(|line| line.contains("fullest remote")).unwrap();
        assert!(row.contains("write data refused"), "{row}");
    }
}

#[test]
fn a_scenario_comes_from_standard_input() {
    let desk = Desk::new();
    let mut command = desk.command(&["run", "-", "--format", "json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(SCENARIO.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["scenario"], "-");
}

#[test]
fn validate_says_ok_and_what_is_in_it() {
    let desk = Desk::new();
    let output = desk.output(&["validate", "small.toml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(
        text(&output.stdout),
        @"small.toml: ok: scheme group, 2 local and 2 remote systems, 4 pairs in 2 groups, 1 host, 1s of writes"
    );
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    let output = desk.output(&["validate", "bad.toml", "small.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).starts_with("small.toml: ok"));
    assert!(text(&output.stderr).contains("durration"));
}

#[test]
fn init_writes_a_scenario_that_runs_and_replaces_nothing() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["init", "new.toml"]), 0);
    assert_eq!(desk.code(&["validate", "new.toml"]), 0);
    assert_eq!(desk.code(&["run", "new.toml"]), 0);
    let written = fs::read(desk.path("new.toml")).unwrap();
    assert_eq!(desk.output(&["init"]).stdout, written);
    assert_eq!(desk.output(&["init", "-"]).stdout, written);
    fs::write(desk.path("new.toml"), "mine").unwrap();
    assert_eq!(desk.code(&["init", "new.toml"]), 2);
    assert_eq!(fs::read(desk.path("new.toml")).unwrap(), b"mine");
    assert_eq!(desk.code(&["init", "new.toml", "--force"]), 0);
    assert_eq!(fs::read(desk.path("new.toml")).unwrap(), written);
    assert_eq!(desk.code(&["init", ".", "--force"]), 2);
    assert_eq!(desk.files(), ["new.toml"]);
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_is_json() {
    let schema: Value = serde_json::from_slice(&Desk::new().output(&["schema"]).stdout).unwrap();
    assert!(schema.get("$schema").is_some() && schema.get("properties").is_some());
}

#[test]
fn every_shell_has_completions() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = desk.output(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("rcsim"), "{shell}");
    }
}

/// `[expect.figures]`: a limit that is not kept is exit code 1, and is told wherever the result is.
#[test]
fn a_figure_beyond_its_limit_is_exit_code_1_with_figure_and_limit() {
    let desk = Desk::new();
    let kept = ["run", "small.toml", "--set", "expect.figures.\"rpo.max\"=<= 10s", "--format", "json"];
    let output = desk.output(&kept);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figure = &result["expected_figures"][0];
    assert_eq!((&figure["name"], &figure["limit"]), (&"rpo.max".into(), &"<= 10s".into()));
    assert_eq!((&figure["found"], &figure["met"]), (&result["rpo"]["max_s"], &true.into()));

    let limits =
        ["--set", "expect.figures.\"rpo.max\"=<= 1us", "--set", "expect.figures.\"received_lag.p99\"=> 0s"];
    let broken = [&["run", "small.toml"][..], &limits].concat();
    let output = desk.output(&broken);
    assert_eq!(output.status.code(), Some(1));
    let page = text(&output.stdout);
    assert!(page.contains("holds, not as expected\n  rpo.max: expected <= 1us, found "), "{page}");
    let json = [&broken[..], &["--format", "json"]].concat();
    let result: serde_json::Value = serde_json::from_slice(&desk.output(&json).stdout).unwrap();
    assert_eq!(result["expected"], false);
    assert_eq!(result["order"]["verdict"], "holds");
    assert!(result["unmet"][0].as_str().unwrap().starts_with("rpo.max: expected <= 1us, found "));
    assert_eq!(result["expected_figures"].as_array().unwrap().len(), 2);
    assert_eq!(result["expected_figures"][1]["met"], true);
    let sweep = ["sweep", "small.toml", "--seeds", "1..2", "--strict", "--out", "s", limits[0], limits[1]];
    assert_eq!(desk.code(&sweep), 1);
}
