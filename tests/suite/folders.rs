//! The folder of a run: what is in it, that it replays itself, and that it is whole or not there at all.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::contract::Keys;
use crate::desk::{Desk, TWO_ARRAYS, text};

const RUN_FILES: [&str; 8] = [
    "group_series.csv",
    "lag_histogram.csv",
    "lag_histogram.json",
    "replay.txt",
    "result.json",
    "scenario.toml",
    "series.csv",
    "series.json",
];

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
    let workload = TWO_ARRAYS.find("kind = \"poisson\"").unwrap()..TWO_ARRAYS.find("[wan]").unwrap();
    let mut scenario = TWO_ARRAYS.to_owned();
    let recorded = "kind = \"trace\"\nfile = \"../trace.csv\"\nmap = { \"pg.1\" = \"L1:1\" }\n";
    scenario.replace_range(workload, recorded);
    // Every way to name a file: a trace, delays (below), a line over time, a table of netem, and a file that is included.
    scenario.insert_str(0, "include = \"../site.toml\"\n");
    fs::write(desk.path("study/site.toml"), "[wan.reverse]\ntimeline = \"line.csv\"\n").unwrap();
    fs::write(desk.path("study/scenarios/line.csv"), "time,loss\n0s,0\n1s,0.5\n").unwrap();
    let table: Vec<String> = (0..64).map(|index| (index * 512 - 16_384).to_string()).collect();
    fs::write(desk.path("study/scenarios/own.dist"), table.join("\n")).unwrap();
    scenario.push_str("[control]\nnetem = \"delay 1ms 100us distribution own\"\n");
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
    assert_eq!(fs::read_dir(again.join("scenario.files")).unwrap().count(), 5);
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
