//! `docs/measures.md` and the table behind it: neither more nor less than results and tables hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rcsim::explain::{Detail, Question, Wanted};
use rcsim::measures::{COLUMNS, FILES, SPAN_FAMILIES, SPANS, page};
use rcsim::metrics::Options;
use rcsim::report::{ExplanationResult, InevitableResult, OracleResult, RunResult};
use rcsim::scenario;
use rcsim::world::{Disasters, simulate, simulate_with_oracle};
use serde_json::Value;

/// Every path of a result, with `*` for a name or a place in a list.
fn paths(prefix: &str, value: &Value, found: &mut BTreeSet<String>) {
    let below = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    match value {
        // A story and a picture: no figures.
        _ if prefix == "explanation" => {
            found.insert(prefix.to_owned());
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                // Checks are a set that grows by itself; packets and writes have the same figures.
                let name = if prefix.ends_with("checks") || prefix == "reordering" { "*" } else { name };
                paths(&below(name), value, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                paths(&below("*"), item, found);
            }
        }
        _ => {
            found.insert(prefix.to_owned());
        }
    }
}

fn add(scenario: &str, settings: &[&str], found: &mut BTreeSet<String>) {
    let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let scenario = scenario::load(&path, &settings).unwrap();
    let disasters = Disasters { random: 1, chosen: vec![] };
    let outcome = if scenario.local_systems().is_empty() {
        simulate(&scenario, Options::default(), &mut |_| {})
    } else {
        simulate_with_oracle(&scenario, Options::default(), &disasters, &mut |_| {})
    };
    let outcome = outcome.unwrap();
    let mut result = RunResult::new(&scenario, &outcome);
    if let Some(violation) = outcome.judgement.verdict.first_violation() {
        let wanted = Wanted { detail: Detail::default(), cause: false };
        let explanation = rcsim::explain::explain(&scenario, violation, wanted).unwrap();
        result.explanation = Some(ExplanationResult::from(&explanation));
        let question = Question::new(&scenario, violation, 1);
        result.inevitable = Some(InevitableResult::from(&question.answer(&[true, false])));
    }
    let _: &Option<OracleResult> = &result.oracle;
    paths("", &serde_json::to_value(&result).unwrap(), found);
}

/// Runs that show every field: disks and tape, a fault, the loss of the local site, a broken order explained.
#[test]
fn every_figure_of_a_result_is_defined_and_nothing_else() {
    let mut found = BTreeSet::new();
    add("demos/quickstart.toml", &["run.duration=1s", "run.warm_up=100ms"], &mut found);
    add("study/stalled-group.toml", &["run.disasters=2"], &mut found);
    let bounded = ["run.duration=200ms", "run.warm_up=0s", "expect.figures={ \"rpo.max\" = \"<= 2s\" }"];
    add("demos/none.toml", &bounded, &mut found);
    add("figures/fig-16.toml", &[], &mut found);
    add("demos/postgresql.toml", &["run.duration=100ms", "run.warm_up=0s"], &mut found);
    let mut defined: BTreeSet<String> = COLUMNS
        .iter()
        .map(|column| column.path.to_owned())
        // Derived by sweeps and plots.
        .filter(|path| !["loss", "broken", "broken.*"].contains(&path.as_str()))
        .collect();
    for family in &SPAN_FAMILIES {
        defined.extend(SPANS.iter().map(|span| format!("{}.{}", family.path, span.path)));
    }
    // A field that is null in these runs has no fields of its own: what stands below it is not seen.
    let null: Vec<String> = found
        .iter()
        .filter(|path| defined.iter().any(|known| known.starts_with(&format!("{path}."))))
        .cloned()
        .collect();
    found.retain(|path| !null.contains(path));
    let undefined: Vec<_> = found.difference(&defined).collect();
    assert!(
        undefined.is_empty(),
        "in results, but not in src/measures/table.rs: add a row for each: {undefined:#?}"
    );
    let gone: Vec<_> = defined.difference(&found).collect();
    assert!(gone.is_empty(), "in src/measures/table.rs, but in no result: {gone:#?}");
}

#[test]
fn the_page_is_as_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/measures.md");
    let page = page();
    if std::env::var_os("RCSIM_WRITE_PAGES").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    let differs = stands.lines().zip(page.lines()).position(|(stands, made)| stands != made);
    assert!(
        stands == page,
        "docs/measures.md differs from src/measures/ at line {:?}; RCSIM_WRITE_PAGES=1 cargo test --test suite measures \
         writes it anew",
        differs.map(|line| line + 1)
    );
}

/// The header of a table of the sweep and run folders, as `FILES` has it.
#[track_caller]
fn assert_header(folder: &Path, file: &str, name: &str) {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let columns = FILES.iter().find(|known| known.file == file).unwrap().columns;
    let mut defined = Vec::new();
    for &(column, ..) in columns {
        match column {
            "KEY" => defined.push("protocol.scheme"),
            "RESULT" => defined.extend(&header[defined.len()..]),
            column => defined.push(column),
        }
    }
    assert_eq!(header, defined, "{name}");
}

#[test]
fn every_column_of_a_table_is_defined() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rcsim = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rcsim"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let scenario = root.join("scenarios/demos/quickstart.toml");
    let scenario = scenario.to_str().unwrap();
    let short = ["--set", "run.duration=200ms", "--set", "run.warm_up=0s"];
    rcsim(
        &[
            &["sweep", scenario, "--vary", "protocol.scheme=group,pair", "--seeds", "1..2", "--out", "sweep"]
                [..],
            &short,
        ]
        .concat(),
    );
    rcsim(&["plot", "sweep"]);
    rcsim(&[&["run", scenario, "--out", "run", "--pairs"][..], &short].concat());
    for file in ["runs.csv", "points.csv", "paired.csv"] {
        assert_header(&folder.path().join("sweep"), file, file);
    }
    assert_header(&folder.path().join("sweep/figures"), "NAME.csv", "received-lag-mean.csv");
    for file in ["series.csv", "group_series.csv", "pairs.csv", "lag_histogram.csv"] {
        assert_header(&folder.path().join("run"), file, file);
    }
}
