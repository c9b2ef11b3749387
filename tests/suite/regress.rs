//! `rcsim regress`: a change is seen, bracketed, told and blessed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::desk::one_pair;

/// One pair over a WAN that reorders.
fn scenario() -> String {
    let run = "seed = 7\nduration = \"2s\"";
    let workload = "kind = \"poisson\"\nrate = \"200/s\"\nsize = \"4KiB\"\non = [\"L1\"]";
    let scenario = one_pair(run, workload, "delay = { distribution = \"exponential\", mean = \"20ms\" }");
    format!("{scenario}[expect]\norder = \"holds\"\n")
}

struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("scenarios/demos")).unwrap();
        fs::write(folder.path().join("scenarios/demos/a.toml"), scenario()).unwrap();
        fs::write(folder.path().join("scenarios/b.toml"), scenario().replace("200/s", "100/s")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn golden(&self) -> String {
        fs::read_to_string(self.path("results/golden.jsonl")).unwrap()
    }

    fn regress(&self, arguments: &[&str], code: i32) -> String {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        let output = command.arg("regress").args(arguments).current_dir(self.folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
        text
    }
}

#[test]
fn what_is_blessed_is_as_it_was_with_any_number_of_threads() {
    let repository = Repository::new();
    let text = repository.regress(&[], 1);
    assert!(text.contains("scenarios/demos/a.toml, seed 9\n  is new"), "{text}");
    repository.regress(&["--bless", "--threads", "1"], 0);
    let golden = repository.golden();
    assert_eq!(golden.lines().count(), 6);
    assert!(repository.regress(&["--threads", "2"], 0).contains("6 runs unchanged"));
    repository.regress(&["--bless", "--threads", "2"], 0);
    assert_eq!(repository.golden(), golden);
}

/// An outage late in the run: every record before it is as it was, and the first after it is shown.
#[test]
fn the_first_different_record_is_bracketed() {
    let repository = Repository::new();
    repository.regress(&["--bless"], 0);
    let outage = "\n[[fault]]\nkind = \"wan-outage\"\nat = \"1.5s\"\nduration = \"100ms\"\n";
    fs::write(repository.path("scenarios/demos/a.toml"), format!("{}{outage}", scenario())).unwrap();
    let text = repository.regress(&["--junit", "report.xml"], 1);
    assert!(
        text.contains(
            "scenarios/demos/a.toml, seed 7\n  the scenario changed since the golden file was made\n  the first record \
             that differs is among "
        ),
        "{text}"
    );
    let first = text.split("seed 7\n").nth(1).unwrap().split("seed 8").next().unwrap();
    assert!(first.contains("1.5s             fault 0 begins: wan-outage"), "{first}");
    assert!(first.contains("  received_lag.mean_s: 0.0"), "{first}");
    assert!(!text.contains("b.toml"), "{text}");
    assert!(text.contains("3 of 6 runs changed; --bless updates results/golden.jsonl"), "{text}");
    let xml = fs::read_to_string(repository.path("report.xml")).unwrap();
    assert!(
        xml.contains("<testsuite name=\"rcsim regress\" tests=\"6\" failures=\"3\" errors=\"0\" time=\""),
        "{xml}"
    );
    assert!(xml.contains("<testcase classname=\"scenarios/b.toml\" name=\"seed 7\" time=\"0."), "{xml}");
    assert!(xml.contains("fault 0 begins: wan-outage"), "{xml}");
}

#[test]
fn a_folder_is_compared_and_blessed_by_itself() {
    let repository = Repository::new();
    repository.regress(&["--bless"], 0);
    let before = repository.golden();
    fs::write(repository.path("scenarios/b.toml"), scenario()).unwrap();
    fs::write(repository.path("scenarios/demos/c.toml"), scenario()).unwrap();
    let text = repository.regress(&["./scenarios/demos"], 1);
    assert!(text.contains("3 of 6 runs changed") && !text.contains("b.toml"), "{text}");
    repository.regress(&["scenarios/demos", "--bless"], 0);
    let of_b = |golden: &str| -> Vec<String> {
        golden.lines().filter(|line| line.contains("scenarios/b.toml")).map(str::to_owned).collect()
    };
    assert_eq!(repository.golden().lines().count(), 9);
    assert_eq!(of_b(&repository.golden()), of_b(&before));
    fs::remove_file(repository.path("scenarios/demos/a.toml")).unwrap();
    assert!(repository.regress(&["scenarios/demos"], 1).contains("a.toml, seed 7\n  is gone"));
}

/// Names in the golden file do not depend on where the program is started, nor on how the path is written.
#[test]
fn a_file_or_a_folder_is_taken_from_any_directory() {
    let repository = Repository::new();
    repository.regress(&["--bless"], 0);
    let golden = repository.golden();
    let from = |folder: &str, arguments: &[&str], code: i32| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        command.arg("regress").args(arguments).current_dir(repository.path(folder));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{folder} {arguments:?}\n{text}");
        text
    };
    let absolute = repository.path("scenarios/demos");
    for (folder, arguments, runs) in [
        (".", &["scenarios/b.toml"] as &[&str], 3),
        ("scenarios", &["b.toml"], 3),
        ("scenarios/demos", &[], 6),
        ("scenarios/demos", &["."], 3),
        ("scenarios/demos", &["../b.toml"], 3),
        ("results", &["../scenarios"], 6),
        ("/", &[absolute.to_str().unwrap()], 3),
    ] {
        assert!(
            from(folder, arguments, 0).contains(&format!("{runs} runs unchanged")),
            "{folder} {arguments:?}"
        );
    }
    from("scenarios/demos", &["--bless"], 0);
    assert_eq!(repository.golden(), golden);
}

#[test]
fn runs_are_listed_filtered_and_told_to_programs() {
    let repository = Repository::new();
    repository.regress(&["--bless"], 0);
    assert_eq!(
        repository.regress(&["--list", "--filter", "demos"], 0),
        "scenarios/demos/a.toml, seed 7\nscenarios/demos/a.toml, seed 8\nscenarios/demos/a.toml, seed 9\n"
    );
    let line = repository.regress(&["--list", "--filter", "b.toml", "--format", "json"], 0);
    assert!(line.starts_with("{\"scenario\":\"scenarios/b.toml\",\"seed\":7}\n"), "{line}");
    assert!(repository.regress(&["--filter", "b.toml", "--filter", "zzz"], 0).contains("3 runs unchanged"));
    assert!(repository.regress(&["--filter", "zzz"], 2).contains("contains zzz"));
    // A comment changes no run.
    let text = scenario().replace("200/s", "100/s");
    fs::write(repository.path("scenarios/b.toml"), format!("# a remark\n{text}")).unwrap();
    assert!(repository.regress(&[], 0).contains("6 runs unchanged"));
    fs::write(repository.path("scenarios/b.toml"), text.replace("100/s", "101/s")).unwrap();
    let json = repository.regress(&["--format", "json"], 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["runs"], &json["changed"]), (&6.into(), &3.into()));
    let findings = json["findings"].as_array().unwrap();
    let of_b: Vec<_> = findings.iter().filter(|finding| finding["scenario"] == "scenarios/b.toml").collect();
    assert!(of_b.iter().all(|finding| finding["scenario_changed"] == true && finding["changed"] == true));
    assert_eq!(of_b[0]["changes"][0], "the scenario changed since the golden file was made");
    assert!(findings.iter().filter(|finding| finding["changed"] == true).count() == 3);
}

#[test]
fn what_breaks_its_own_expectation_is_not_blessed() {
    let repository = Repository::new();
    repository.regress(&["--bless"], 0);
    let before = repository.golden();
    fs::write(repository.path("scenarios/b.toml"), scenario().replace("\"pair\"", "\"none\"")).unwrap();
    let text = repository.regress(&["--bless"], 1);
    assert!(text.contains("scenarios/b.toml, seed 7\n  does not meet its [expect]"), "{text}");
    assert!(text.contains("order.verdict: holds -> broken"), "{text}");
    assert_eq!(repository.golden(), before);
}

#[test]
fn bad_input_is_said() {
    let repository = Repository::new();
    assert!(
        repository
            .regress(&["nowhere"], 2)
            .contains("nowhere is not there: expected a scenario, or a folder of them")
    );
    repository.regress(&["--bless"], 0);
    fs::write(repository.path("results/golden.jsonl"), "half a li").unwrap();
    assert!(repository.regress(&[], 2).contains("results/golden.jsonl:1: "));
    let told = repository.regress(&["--golden", "scenarios"], 2);
    assert!(told.starts_with("error: cannot read scenarios: "), "{told}");
    fs::write(repository.path("results/golden.jsonl"), b"\xff").unwrap();
    assert!(repository.regress(&[], 2).contains("cannot read "));
    fs::write(repository.path("scenarios/b.toml"), "title = 1").unwrap();
    assert!(repository.regress(&[], 2).contains("b.toml"));
}

/// Our own CI: every shipped scenario over its seeds, against `results/golden.jsonl`.
#[test]
fn the_shipped_scenarios_are_as_they_were() {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
    let output = command.arg("regress").current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
}
