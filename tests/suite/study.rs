//! Studies as their users meet them: one file, run, drawn, judged, broken off and continued.

use std::fs;

use crate::desk::{Desk, text};

const STUDY: &str = r#"
title = "What loss costs"
scenario = "small.toml"
seeds = "1..3"
[set]
"run.duration" = "300ms"
[vary]
"protocol.scheme" = ["group", "none"]
"wan.loss" = [0.0, 0.05]
[[figure]]
measure = ["received_lag.mean", "rpo.max"]
x = "wan.loss"
[[figure]]
measure = "received_lag.mean"
by = "wan.loss"
x = "protocol.scheme"
title = "none"
x_label = "Scheme | of the study"
[[expect]]
where = { "protocol.scheme" = "group" }
figures = { broken = "== 0", "rpo.max" = "<= 10s" }
"#;

fn desk(study: &str) -> Desk {
    let desk = Desk::new();
    fs::write(desk.path("loss.toml"), study).unwrap();
    desk
}

fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_study_is_run_drawn_and_judged() {
    let desk = desk(STUDY);
    let told = desk.output(&["study", "loss.toml"]);
    assert_eq!(told.status.code(), Some(0), "{}", text(&told.stderr));
    let told = text(&told.stdout);
    assert!(told.contains("12 runs at 4 points: all finished (12 now)"), "{told}");
    assert!(told.contains("Expected: 4 of 4 met"), "{told}");
    let folder: Vec<String> = {
        let entries = fs::read_dir(desk.path("out/loss")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let figures = ["received-lag-mean", "received-lag-mean-2", "rpo-max"];
    let files = figures.iter().flat_map(|name| ["csv", "png", "svg"].map(|end| format!("{name}.{end}")));
    let mut expected: Vec<String> =
        files.chain(["figures.json", "index.md", "report.html", "sweep"].map(str::to_owned)).collect();
    expected.sort();
    assert_eq!(folder, expected);
    let page = read(&desk, "out/loss/report.html");
    for part in
        ["<h1>What loss costs</h1>", "<td>rpo.max</td>", "class=\"holds\">met", "rcsim study loss.toml"]
    {
        assert!(page.contains(part), "{part}");
    }
    let index = read(&desk, "out/loss/index.md");
    for part in
        ["# What loss costs", "![Mean received lag", "](rpo-max.svg)", "| yes |", "Scheme \\| of the study"]
    {
        assert!(index.contains(part), "{part}\n{index}");
    }
    assert!(!read(&desk, "out/loss/received-lag-mean-2.svg").contains("Mean received lag against"));

    // The same sweep by the command line has the same bytes.
    let sweep =
        ["sweep", "small.toml", "--set", "run.duration=300ms", "--vary", "protocol.scheme=group,none"];
    desk.ends(
        &[&sweep[..], &["--vary", "wan.loss=0.0,0.05", "--seeds", "1..3", "--out", "alone"]].concat(),
        0,
    );
    for name in ["runs.csv", "points.csv", "paired.csv", "sweep.json"] {
        assert_eq!(
            read(&desk, &format!("alone/{name}")),
            read(&desk, &format!("out/loss/sweep/{name}")),
            "{name}"
        );
    }
}

#[test]
fn what_is_not_met_ends_with_1_and_says_where() {
    let expect =
        "[[expect]]\nof = \"every-run\"\nfigures = { broken = \"== 0\", \"rpo.max\" = \"<= 1ms\" }\n";
    let desk = desk(&format!("{STUDY}{expect}"));
    let told = desk.output(&["study", "loss.toml", "--format", "svg", "--junit", "study.xml"]);
    assert_eq!(told.status.code(), Some(1), "{}", text(&told.stderr));
    let xml = read(&desk, "study.xml");
    // Four points and two limits, with those of [[expect]] for group alone.
    for part in [
        "<testsuite name=\"rcsim study loss.toml\" tests=\"12\" failures=\"",
        "<testcase classname=\"protocol.scheme=group, wan.loss=0.05\" name=\"rpo.max &lt;= 10s (mean)\"/>",
        "<failure message=\"rpo.max (every-run): expected &lt;= 1ms, found ",
        "rcsim study loss.toml\n</failure>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    assert_eq!(xml.matches("<failure ").count(), text(&told.stdout).matches("  not met: ").count());
    let told = text(&told.stdout);
    for line in [
        "  not met: broken == 0 (every-run) at protocol.scheme=none, wan.loss=0.0: ",
        "  not met: rpo.max <= 1ms (every-run) at protocol.scheme=group, wan.loss=0.05: ",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(read(&desk, "out/loss/index.md").contains("| **no** |"));
    assert!(read(&desk, "out/loss/report.html").contains("class=\"broken\">not met"));
}

/// A study that was broken off, or that asks for more, runs only what is missing.
#[test]
fn a_study_goes_on_where_it_was() {
    let desk = desk(STUDY);
    desk.ends(&["study", "loss.toml", "--out", "whole"], 0);
    let journal = read(&desk, "whole/sweep/journal.jsonl");
    let half: String = journal.split_inclusive('\n').take(5).collect();
    // As a kill leaves it: a torn line at the end, no tables.
    fs::create_dir_all(desk.path("part/sweep")).unwrap();
    for name in ["sweep.json", "scenario.toml"] {
        fs::copy(desk.path("whole/sweep").join(name), desk.path("part/sweep").join(name)).unwrap();
    }
    fs::write(desk.path("part/sweep/journal.jsonl"), format!("{half}{{\"at\":[\"gro")).unwrap();
    let told = text(&desk.output(&["study", "loss.toml", "--out", "part"]).stdout);
    assert!(told.contains("12 runs at 4 points: all finished (7 now)"), "{told}");
    for name in ["rpo-max.svg", "received-lag-mean-2.csv", "index.md", "report.html", "sweep/points.csv"] {
        assert_eq!(read(&desk, &format!("part/{name}")), read(&desk, &format!("whole/{name}")), "{name}");
    }
    fs::write(desk.path("loss.toml"), STUDY.replace("1..3", "1..4")).unwrap();
    let told = text(&desk.output(&["study", "loss.toml", "--out", "part"]).stdout);
    assert!(told.contains("16 runs at 4 points: all finished (4 now)"), "{told}");

    // In shards on several machines: run, merged, drawn.
    for shard in ["1/2", "2/2"] {
        let runs = shard.replace('/', "-");
        desk.ends(&["study", "loss.toml", "--shard", shard, "--runs", &runs, "--out", "none"], 0);
    }
    assert!(!desk.path("none").exists());
    desk.ends(&["merge", "1-2", "2-2", "--out", "merged"], 0);
    let told = text(&desk.output(&["study", "loss.toml", "--runs", "merged", "--out", "drawn"]).stdout);
    assert!(told.contains("all finished (0 now)"), "{told}");
    assert_eq!(read(&desk, "drawn/report.html"), read(&desk, "part/report.html"));
}

#[test]
fn a_study_that_is_wrong_writes_nothing() {
    let desk = desk(&STUDY.replace("\"wan.loss\" = [0.0, 0.05]", "\"wan.loss\" = [0.0, 5]"));
    let told = desk.output(&["study", "loss.toml"]);
    assert_eq!(told.status.code(), Some(2));
    let told = text(&told.stderr);
    assert!(told.contains("loss.toml:9:20") && told.contains("cannot be run with wan.loss = 5"), "{told}");
    assert!(!desk.path("out").exists());
}

/// `[expect]` of each run as `JUnit` XML: a case for the order and one for each figure that is bounded.
#[test]
fn what_runs_are_expected_to_do_is_told_to_ci() {
    let desk = Desk::new();
    let small = fs::read_to_string(desk.path("small.toml")).unwrap();
    let expect = "[expect.figures]\n\"rpo.max\" = \"<= 1ns\"\n\"rpo.mean\" = \"<= 10s\"\n";
    fs::write(desk.path("limited.toml"), format!("{small}\n{expect}")).unwrap();
    desk.ends(&["run", "small.toml", "limited.toml", "--seeds", "1..2", "--junit", "run.xml"], 1);
    let xml = read(&desk, "run.xml");
    assert!(xml.contains("<testsuite name=\"rcsim run\" tests=\"8\" failures=\"2\" errors=\"0\">"), "{xml}");
    for part in [
        "<testcase classname=\"small, seed 1\" name=\"order\"/>",
        "<testcase classname=\"limited, seed 2\" name=\"rpo.mean &lt;= 10s\"/>",
        "<testcase classname=\"limited, seed 2\" name=\"rpo.max &lt;= 1ns\">",
        "<failure message=\"rpo.max: expected &lt;= 1ns, found ",
        "rcsim run limited.toml --seed 2\n</failure>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
    // A negative control that is not said to be one.
    desk.ends(
        &[
            "run",
            "small.toml",
            "--set",
            "protocol.scheme=none",
            "--set",
            "wan.loss=0.3",
            "--junit",
            "run.xml",
        ],
        1,
    );
    let xml = read(&desk, "run.xml");
    assert!(
        xml.contains("<failure message=\"order: expected holds, found broken\">order: expected"),
        "{xml}"
    );
}

#[test]
fn a_study_in_which_nothing_varies_is_refused_before_it_runs() {
    let study = "scenario = \"small.toml\"\nseeds = \"1..2\"\n[vary]\n\"wan.loss\" = [0.1]\n";
    let desk = desk(study);
    let (out, told) = desk.ends(&["study", "loss.toml"], 2);
    assert_eq!(out, "");
    insta::assert_snapshot!(told, @"
    error[nothing-varies]: expected a key with several values, or several scenarios; found one point, of which no figure can be drawn
     --> loss.toml:3:1
      |
    3 | [vary]
      | ^^^^^^
      |
      = help: a scenario alone is judged by its [expect.figures], which `rcsim run --seeds A..B` holds against every run
    ");
    assert_eq!(desk.files(), ["loss.toml"]);
    // A measure may be an axis.
    let measured =
        format!("{study}[[figure]]\nmeasure = \"received_lag.mean\"\nx = \"wan.reordered_ratio\"\n");
    fs::write(desk.path("loss.toml"), measured).unwrap();
    desk.ends(&["study", "loss.toml"], 0);
}

#[test]
fn a_study_and_a_scenario_are_not_taken_for_one_another() {
    let desk = desk(STUDY);
    let (_, told) = desk.ends(&["study", "small.toml"], 2);
    assert!(told.starts_with("error[not-a-study]: expected a study, found a scenario\n"), "{told}");
    let (_, told) = desk.ends(&["run", "loss.toml"], 2);
    assert!(told.starts_with("error[not-a-scenario]: expected a scenario, found a study\n"), "{told}");
}
