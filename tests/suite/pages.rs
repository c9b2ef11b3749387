//! The text page: as it is printed, as README quotes it, and what it tells of caches.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::desk::{Desk, NONE, TWO_ARRAYS, text};

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

/// Where nothing was reordered, and where nothing arrived, there is no mean of what was: none is shown, zero least of all.
#[test]
fn means_of_nothing_are_not_shown() {
    let desk = Desk::new();
    let quiet = ["--set", "wan.delay=20ms", "--set", "wan.loss=0", "--set", "wan.duplicate=0"];
    let words = |of: &[&str], line: &str| {
        let page = text(&desk.output(&[&["run", "small.toml"], of].concat()).stdout);
        let rows = page.lines().filter(|row| row.trim().starts_with(line));
        rows.map(|row| row.split_whitespace().skip(2).map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    let rows = words(&quiet, "to remote");
    assert_eq!(rows[1], ["0%", "-", "-", "20ms", "20ms", "20ms"]);
    assert_eq!(rows[2][..5], ["0%", "0%", "-", "-", "-"]);
    let silent = [&quiet[..], &["--set", "wan.reverse.loss=1", "--set", "run.drain_limit=100ms"]].concat();
    let rows = words(&silent, "to local");
    assert_eq!(rows[1], ["-"; 6]);
    assert_eq!(rows[2], ["-"; 8]);
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
    let scenario = TWO_ARRAYS.replace("cache = \"1MiB\"\n", "").replace(
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

/// What README quotes of the program is what the program prints: each line of a quotation, in order.
#[test]
fn readme_quotes_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for (scenario, begin) in [
        ("scenarios/demos/quickstart.toml", "Four volumes over a bad network\n"),
        ("scenarios/demos/none.toml", "  recoverable-prefix breaks in group database at "),
    ] {
        let start = readme.find(begin).unwrap_or_else(|| panic!("README has no {begin:?}"));
        let quoted = readme[start..].split("\n```").next().unwrap();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        let printed = command.args(["run", scenario]).current_dir(root).output().unwrap();
        let page = text(&printed.stdout);
        let mut lines = page.lines();
        for line in quoted.lines().filter(|line| line.trim() != "...") {
            assert!(
                lines.any(|printed| printed == line),
                "{scenario} does not print, or not there: {line:?}\n{page}"
            );
        }
    }
}

/// The pairs of a run add up to their groups, stand on its page, and are kept only if asked for.
#[test]
fn the_pairs_of_a_run_add_up_to_their_groups() {
    let desk = Desk::new();
    desk.ends(&["run", "small.toml", "--out", "run", "--pairs", "--set", "wan.loss=0.1"], 0);
    let result: Value = serde_json::from_slice(&fs::read(desk.path("run/result.json")).unwrap()).unwrap();
    let mut reader = csv::Reader::from_path(desk.path("run/pairs.csv")).unwrap();
    let head = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: &csv::StringRecord, name: &str| -> f64 {
        row[head.iter().position(|column| column == name).unwrap()].parse().unwrap()
    };
    let names: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(names, ["L1:1 -> R1:1", "L2:1 -> R2:1", "L1:2 -> R2:2", "L2:2 -> R1:2"]);
    for group in result["groups"].as_array().unwrap() {
        let own: Vec<_> = rows.iter().filter(|row| row[1] == *group["name"].as_str().unwrap()).collect();
        assert_eq!(own.len(), 2);
        for spans in ["response_time", "received_lag", "applied_lag"] {
            let of = |row: &csv::StringRecord, figure: &str| cell(row, &format!("{spans}.{figure}"));
            let all = &group[spans];
            let count: f64 = own.iter().map(|row| of(row, "count")).sum();
            assert_eq!(Some(count), all["count"].as_f64());
            let mean = own.iter().map(|row| of(row, "count") * of(row, "mean_s")).sum::<f64>() / count;
            let expected = all["mean_s"].as_f64().unwrap();
            assert!((mean - expected).abs() <= 1e-9 * expected, "{spans}: {mean} and {expected}");
            let longest = own.iter().map(|row| of(row, "max_s")).fold(0.0, f64::max);
            assert_eq!(Some(longest), all["max_s"].as_f64(), "{spans}");
        }
    }
    desk.ends(&["plot", "run", "--format", "svg"], 0);
    let page = fs::read_to_string(desk.path("run/figures/report.html")).unwrap();
    for part in ["<h2 id=\"pairs\">Pairs</h2>", "<td>L2:2 -&gt; R1:2</td>"] {
        assert!(page.contains(part), "{part}");
    }
    desk.ends(&["run", "small.toml", "--out", "run"], 0);
    assert!(!desk.path("run/pairs.csv").exists());
}

/// The series of the groups add up to that of the run, and its recovery point is that of the worst of them.
#[test]
fn the_groups_of_a_run_have_series_that_add_up() {
    let desk = Desk::new();
    desk.ends(&["run", "small.toml", "--out", "run", "--set", "wan.loss=0.1"], 0);
    let read = |name: &str| -> Vec<(String, [f64; 4])> {
        let text = fs::read_to_string(desk.path("run").join(name)).unwrap();
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            let cell = |name: &str| cells[head.iter().position(|column| *column == name).unwrap()];
            let bucket =
                ["received", "applied", "rpo_max_s", "rpo_mean_s"].map(|name| cell(name).parse().unwrap());
            (cell("from_s").to_owned(), bucket)
        };
        lines.map(row).collect()
    };
    let (run, groups) = (read("series.csv"), read("group_series.csv"));
    assert_eq!(groups.len(), 2 * run.len());
    for (from, [received, applied, rpo_max, rpo_mean]) in run {
        let own: Vec<&[f64; 4]> =
            groups.iter().filter(|(at, _)| *at == from).map(|(_, bucket)| bucket).collect();
        let sum = |column: usize| own.iter().map(|bucket| bucket[column]).sum::<f64>();
        assert!((sum(0) - received).abs() < 1e-9 && (sum(1) - applied).abs() < 1e-9, "{from}: {own:?}");
        let worst = own.iter().map(|bucket| bucket[2]).fold(0.0, f64::max);
        assert!((worst - rpo_max).abs() < 1e-9, "{from}: {worst} and {rpo_max}");
        // At each instant the run has the recovery point of one of its groups.
        assert!(
            own.iter().all(|bucket| bucket[3] <= rpo_mean + 1e-12) && sum(3) >= rpo_mean - 1e-12,
            "{from}"
        );
    }
    desk.ends(&["plot", "run", "--format", "svg"], 0);
    let page = fs::read_to_string(desk.path("run/figures/report.html")).unwrap();
    for part in
        ["<h2 id=\"groups\">Groups</h2>", "<td>log</td>", "<td>all groups</td>", "lag-of-groups-over-time"]
    {
        assert!(page.contains(part), "{part}");
    }
}
