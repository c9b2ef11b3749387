//! What a study's file says, and what is told of one that is wrong.

use std::fs;
use std::path::Path;

use super::*;
use crate::report::plot::paper::Size;

const SCENARIO: &str = r#"
[run]
duration = "1s"
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
[[remote_system]]
name = "R1"
units = 2
[[group]]
name = "log"
pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "200/s"
size = "4KiB"
on = ["L1"]
[wan]
delay = "5ms"
"#;

/// The study `text` beside two scenarios.
fn read(text: &str) -> Result<Study, String> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.toml", "b.toml"] {
        fs::write(folder.path().join(name), SCENARIO).unwrap();
    }
    let path = folder.path().join("study.toml");
    fs::write(&path, text).unwrap();
    let home = format!("{}/", folder.path().display());
    load(&path).map_err(|error| {
        let told: Vec<String> = error.diagnostics.iter().map(|diagnostic| diagnostic.render(false)).collect();
        told.join("\n").replace(&home, "")
    })
}

#[test]
fn axes_stand_in_the_order_of_the_file_and_look_as_on_the_command_line() {
    let study = read(
        r#"
scenario = "a.toml"
seeds = "1..20"
[set]
"run.warm_up" = "0s"
wan.duplicate = 0.01
[vary]
"wan.loss" = "0..0.2:0.1"
"protocol.scheme" = ["pair", "group"]
"wan.delay" = ["20ms", { distribution = "exponential", mean = "20ms" }]
"protocol.limit_period,protocol.marker_interval" = ["1ms,2ms", ["3ms", "4ms"], "(5ms,6ms)"]
title = ["a, b", "true", " c"]
"#,
    )
    .unwrap();
    assert_eq!(
        study.vary,
        [
            "wan.loss=0..0.2:0.1",
            "protocol.scheme=pair,group",
            r#"wan.delay=20ms,{ distribution = "exponential", mean = "20ms" }"#,
            "protocol.limit_period,protocol.marker_interval=(1ms,2ms),(3ms,4ms),(5ms,6ms)",
            r#"title="a, b","true"," c""#,
        ]
    );
    assert_eq!(study.set, ["run.warm_up=0s", "wan.duplicate=0.01"]);
    assert_eq!((study.seeds.first, study.seeds.last), (1, 20));
}

#[test]
fn measures_go_by_the_names_that_people_use() {
    let study = read(
        r#"
scenario = ["a.toml", "b.toml"]
seeds = 7
until_ci = { measure = "received_lag.mean", within = "5%" }
[vary]
"wan.loss" = [0, 0.1]
[[figure]]
measure = ["rpo.max", "groups.log.applied_lag.p99_s", "broken.causal", "faults.0.caught_up"]
x = "wan.loss"
by = "scenario"
where = { "wan.loss" = [0.1, 0.0], scenario = "b" }
[[expect]]
where = { "wan.loss" = 0.10 }
of = "interval"
figures = { "rpo.max" = "<= 2s", broken = "== 0" }
"#,
    )
    .unwrap();
    let figure = &study.figures[0];
    assert_eq!(
        figure.y,
        ["rpo.max_s", "groups.log.applied_lag.p99_s", "broken.causal", "faults.0.caught_up_s"]
    );
    assert_eq!(figure.only, ["wan.loss=0.1", "wan.loss=0", "scenario=b"]);
    let names: Vec<_> = study.expectations.iter().map(|one| (one.column.as_str(), one.limit)).collect();
    assert_eq!(names, [("broken", 0.0), ("rpo.max_s", 2.0)]);
    assert_eq!(study.expectations[0].only, [("wan.loss".to_owned(), vec!["0.1".to_owned()])]);
    assert_eq!(study.until.unwrap().measure, "received_lag.mean_s");
}

/// Every error points at the place in the study and says what was meant.
#[test]
fn what_is_wrong_is_told_at_its_place() {
    let head = "scenario = \"a.toml\"\nseeds = \"1..2\"\n";
    let vary = "[vary]\n\"wan.loss\" = [0, 0.1]\n\"protocol.scheme\" = [\"pair\", \"group\"]\n";
    for (text, place, told) in [
        (String::new(), "study.toml:1:1", "expected the key `scenario`"),
        ("scenario = \"c.toml\"\nseeds = 1".into(), "study.toml:1:12", "found no such file"),
        ("scenario = [\"a.toml\", \"x/../a.toml\"]\nseeds = 1".into(), "study.toml:1:23", "no such file"),
        ("scenario = \"a.toml\"\nseeds = \"2..1\"".into(), "study.toml:2:9", "the range 2..1 is empty"),
        (format!("{head}figures = 1"), "study.toml:3:1", "did you mean `figure`?"),
        (format!("{head}warm_up = \"soon\""), "study.toml:3:11", "or \"auto\", found \"soon\""),
        (format!("{head}[vary]\n\"wan.loss\" = [0, 2]"), "study.toml:4:18", "from 0 to 1"),
        (format!("{head}[vary]\n\"wan.los\" = [0, 0.1]"), "study.toml:4:14", "did you mean `loss`?"),
        (
            format!("{head}[vary]\n\"wan.loss\" = [0, 0.1, 0]"),
            "study.toml:4:14",
            "the value 0 is given twice",
        ),
        (format!("{head}[vary]\n\"wan.loss\" = []"), "study.toml:4:14", "at least one value"),
        (format!("{head}[vary]\n\"wan.loss\" = [0.1]"), "study.toml:3:1", "a key with several values"),
        (head.to_owned(), "study.toml:1:12", "or several scenarios"),
        (format!("{head}[vary]\n\"a,b\" = [\"1,2\", \"3\"]"), "study.toml:4:17", "1 values for 2 keys"),
        (format!("{head}[vary]\n\"run.seed\" = [1, 2]"), "study.toml:4:1", "by the key `seeds`"),
        (
            format!("{head}[set]\n\"wan.loss\" = 0\n[vary]\n\"wan.loss\" = [0, 1]"),
            "study.toml:6:1",
            "already",
        ),
        (
            format!("{head}{vary}[[figure]]\nmeasure = \"rpo.maxx\""),
            "study.toml:7:11",
            "did you mean \"rpo.max\"?",
        ),
        (
            format!("{head}{vary}[[figure]]\nmeasure = \"groups.lgo.rpo.max\""),
            "study.toml:7:11",
            "did you mean \"groups.log.rpo.max\"?",
        ),
        (
            format!("{head}{vary}[[figure]]\nmeasure = \"broken\"\nby = \"protocol.shceme\""),
            "study.toml:8:6",
            "did you mean \"protocol.scheme\"?",
        ),
        (
            format!("{head}{vary}[[figure]]\nmeasure = \"broken\"\nx = \"wan.lss\""),
            "study.toml:8:5",
            "did you mean \"wan.loss\"?",
        ),
        (
            format!("{head}{vary}[[figure]]\nmeasure = \"broken\"\nwhere = {{ \"wan.loss\" = 0.2 }}"),
            "study.toml:8:24",
            "a value of `wan.loss`",
        ),
        (
            format!(
                "{head}{vary}\"wan.duplicate\" = [0, 0.1]\n[[figure]]\nmeasure = \"broken\"\nx = \"wan.loss\"\nby = \"protocol.scheme\""
            ),
            "study.toml:7:1",
            "join points that differ in `wan.duplicate`",
        ),
        (
            format!("{head}{vary}[[expect]]\nfigures = {{ \"rpo.max\" = \"2s\" }}"),
            "study.toml:7:25",
            "a comparison",
        ),
        (
            format!("{head}{vary}[[expect]]\nof = \"every run\"\nfigures = {{ broken = \"== 0\" }}"),
            "study.toml:7:6",
            "did you mean \"every-run\"?",
        ),
        (
            format!("{head}until_ci = {{ measure = \"rpo.max\", within = \"5\" }}"),
            "study.toml:3:44",
            "a share",
        ),
        (
            format!("{head}[[figure]]\nmeasure = \"broken\"\nname = \"../x\""),
            "study.toml:5:8",
            "letters, digits",
        ),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.contains(place) && error.contains(told), "{text}\n{error}\nexpected {place}, {told}");
    }
}

#[test]
fn a_figure_says_what_it_stands_on() {
    let head = "scenario = \"a.toml\"\nseeds = 1\n[vary]\n\"wan.loss\" = [0, 0.1]\n[[figure]]\nmeasure = \"rpo.max\"\n";
    let study = read(&format!(
        "{head}facet = \"wan.loss\"\nsize = \"single-column\"\nfont_size = 9\ny_limits = \"0s..2s\"\n"
    ));
    let figure = study.unwrap().figures.remove(0);
    assert_eq!((figure.facet.as_deref(), figure.y_limits.as_deref()), (Some("wan.loss"), Some("0s..2s")));
    assert_eq!((figure.size, figure.font_points), (Some(Size::SingleColumn), Some(9.0)));
    for (line, place, told) in [
        ("size = \"single-colum\"", "study.toml:7:8", "did you mean \"single-column\"?"),
        ("font_size = 90", "study.toml:7:13", "from 4 to 40"),
        ("facet = \"wan.los\"", "study.toml:7:9", "did you mean \"wan.loss\"?"),
        ("y_limits = \"0..2KiB\"", "study.toml:7:12", "expected A..B such as 10ms..2s"),
        ("y_limits = \"2s..1s\"", "study.toml:7:12", "hold nothing"),
    ] {
        let error = read(&format!("{head}{line}")).unwrap_err();
        assert!(error.contains(place) && error.contains(told), "{line}\n{error}");
    }
}

#[test]
fn a_study_that_is_not_there_is_told() {
    let told = load(Path::new("no/such.toml")).unwrap_err().diagnostics[0].render(false);
    assert!(
        told.contains("expected a study file, found no such file") && told.contains("no/such.toml"),
        "{told}"
    );
}

/// `scripts/study.sh` runs every study that is shipped: each is for a scenario of the same name, and is right.
#[test]
fn every_shipped_study_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("studies");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    for path in names {
        let study = load(&path).map_err(|error| error.diagnostics[0].render(false)).unwrap();
        assert_eq!(study.scenarios[0].file_stem(), path.file_stem());
    }
}

/// The schema says of a study what the reader says of its keys and types: a validator of others compares them.
#[cfg(feature = "schema")]
#[test]
fn the_schema_takes_every_shipped_study_and_refuses_what_the_reader_refuses() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let document = |text: &str| serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap();
    let studies = Path::new(env!("CARGO_MANIFEST_DIR")).join("studies");
    let mut shipped = 0;
    for entry in fs::read_dir(studies).unwrap() {
        let path = entry.unwrap().path();
        let document = document(&fs::read_to_string(&path).unwrap());
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        shipped += 1;
    }
    assert!(shipped >= 9, "{shipped} studies");
    let whole = r#"
title = "t"
scenario = ["a.toml", "b.toml"]
seeds = "1..20"
warm_up = "auto"
[until_ci]
measure = "received_lag.mean"
within = "5%"
max_seeds = 30
[set]
"run.warm_up" = "0s"
wan.duplicate = 0.01
[vary]
"wan.loss" = "0..0.2:0.1"
"wan.delay" = ["20ms", { distribution = "exponential", mean = "20ms" }]
[[figure]]
measure = ["received_lag.mean", "broken"]
by = ["scenario", "wan.delay"]
where = { "wan.loss" = [0.0, 0.1] }
size = "slide"
y_scale = "log"
font_size = 9
[[expect]]
of = "interval"
figures = { broken = "== 0" }
"#;
    assert!(validator.is_valid(&document(whole)));
    assert!(read(whole).is_ok(), "{:?}", read(whole).err());
    for (from, to) in [
        ("seeds =", "seed ="),
        ("seeds = \"1..20\"", ""),
        ("seeds = \"1..20\"", "seeds = \"1 to 20\""),
        ("seeds = \"1..20\"", "seeds = -1"),
        ("scenario = [\"a.toml\", \"b.toml\"]", "scenario = [1]"),
        ("scenario = [\"a.toml\", \"b.toml\"]", ""),
        ("title = \"t\"", "title = 1"),
        ("max_seeds = 30", "max_seeds = 0"),
        ("within = \"5%\"", ""),
        ("measure = [\"received_lag.mean\", \"broken\"]", ""),
        ("size = \"slide\"", "size = \"slid\""),
        ("y_scale = \"log\"", "y_scale = 10"),
        ("font_size = 9", "font_size = 0"),
        ("of = \"interval\"", "of = \"median\""),
        ("figures = { broken = \"== 0\" }", ""),
        ("figures = { broken = \"== 0\" }", "figures = { broken = 0 }"),
        ("[vary]", "[vari]"),
    ] {
        assert!(whole.contains(from), "{from}");
        let text = whole.replacen(from, to, 1);
        let told = read(&text);
        assert!(told.is_err(), "the reader takes {to}");
        assert!(
            !validator.is_valid(&document(&text)),
            "the schema takes {to}, of which the reader says {told:?}"
        );
    }
}
