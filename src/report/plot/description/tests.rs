//! What was drawn is drawn again from what stands beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::super::{Choice, Format, Options, PlotError, Size, Verdicts, plot};
use super::*;

/// Three keys, a gap, runs that saw no loss, an axis of names, panels, open spans: all that a CSV has to say.
fn sweep_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text =
        "run,point,protocol.scheme,wan.loss,host.h.rate,seed,order.verdict,received_lag.mean_s,wan.offered,\
                    wan.lost,faults.0.caught_up_s\n"
            .to_owned();
    let mut run = 0;
    for (scheme, loss, rate) in [("group", "0", "1/s"), ("group", "0.1", "1/s"), ("none", "0", "1/s")]
        .into_iter()
        .chain([("none", "0.1", "1/s"), ("pair", "0", "2/s"), ("pair", "0.1", "2/s"), ("none", "0.2", "2/s")])
    {
        for seed in 1..=3 {
            let lost = if loss == "0" { 0 } else { 90 + seed };
            let lag = if scheme == "none" && loss == "0.1" {
                String::new()
            } else {
                format!("0.0{}{seed}", run % 7 + 1)
            };
            let verdict = if scheme == "none" && seed == 2 { "broken" } else { "holds" };
            let point = run / 3;
            text.push_str(&format!(
                "{run},{point},{scheme},{loss},{rate},{seed},{verdict},{lag},1000,{lost},1.{seed}\n"
            ));
            run += 1;
        }
    }
    fs::write(folder.path().join("runs.csv"), text).unwrap();
    fs::write(folder.path().join("scenario.toml"), "title = \"<a> & b\"\n").unwrap();
    folder
}

const FORMATS: [Format; 3] = [Format::Svg, Format::Png, Format::Pdf];

fn draw_into(from: &Path, out: &Path, choices: Vec<Choice>) -> Result<(), PlotError> {
    let options =
        Options { out: Some(out.to_owned()), formats: FORMATS.to_vec(), choices, ..Options::default() };
    plot(from, &options).map(drop)
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn assert_redraws(drawn: &Path) {
    let again = tempfile::tempdir().unwrap();
    draw_into(drawn, again.path(), Vec::new()).unwrap();
    let (first, second) = (files(drawn), files(again.path()));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, content) in first {
        assert!(content == second[&name], "{name} differs when it is drawn again");
    }
}

/// Sweeps with panels, gaps, names, limits and titles of the user, and a page with verdicts and an index.
#[test]
fn figures_of_a_sweep_are_the_same_without_the_runs() {
    let folder = sweep_folder();
    let drawn = folder.path().join("figures");
    let of = |y: &str| Choice { y: vec![y.into()], ..Choice::default() };
    let choices = vec![
        Choice { facet: Some("host.h.rate".into()), x: Some("wan.loss".into()), ..of("received_lag.mean_s") },
        Choice { x: Some("protocol.scheme".into()), size: Some(Size::SingleColumn), ..of("broken") },
        Choice {
            x: Some("wan.loss".into()),
            y_scale: Scale::Log,
            x_limits: Some("0.05..".into()),
            title: Some(String::new()),
            x_label: Some("Loss, \"quoted\", with a comma".into()),
            font_points: Some(9.5),
            ..of("received_lag.mean_s")
        },
    ];
    let verdicts = Verdicts { headings: vec!["Point".into()], rows: vec![(false, vec!["loss=0".into()])] };
    let options = Options {
        out: Some(drawn.clone()),
        formats: FORMATS.to_vec(),
        choices,
        title: Some("Mine".into()),
        verdicts: Some(verdicts),
        commands: Some(vec!["rcsim study x.toml".into()]),
        index: true,
    };
    plot(folder.path(), &options).unwrap();
    let csv = fs::read_to_string(drawn.join("received-lag-mean.csv")).unwrap();
    assert!(csv.contains(",rate = 1/s,measured,") && csv.contains(",,,,"), "no panels or no gap: {csv}");
    assert!(drawn.join("index.md").is_file());
    assert_redraws(&drawn);
}

/// Lines, steps and shades of one run.
#[test]
fn figures_of_a_run_are_the_same_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "result.json",
        r#"{"scenario":"a","seed":1,"scheme":"group","order":{"verdict":"holds","checks":{}},"groups":[]}"#,
    );
    put(
        "series.csv",
        "from_s,to_s,received,received_lag_mean_s,applied,applied_lag_mean_s,rpo_mean_s,rpo_max_s,local_cache_bytes,\
         remote_cache_bytes\n0,0.1,5,0.01,5,0.02,0.03,0.04,10,20\n0.1,0.2,0,0,0,0,0.1,0.2,30,40\n",
    );
    put("series.json", r#"{"faults":[{"kind":"wan-outage","began_s":0.1,"ended_s":0.15}]}"#);
    put("lag_histogram.csv", "group,low_ns,high_ns,count\na,1,2,3\na,4,5,6\nb,1,9,2\n");
    let drawn = folder.path().join("figures");
    draw_into(folder.path(), &drawn, Vec::new()).unwrap();
    assert!(files(&drawn).len() > 15);
    assert_redraws(&drawn);
}

/// The CSV of one figure draws that one, with other words and limits, and says anew what they leave out.
#[test]
fn one_figure_gets_other_labels_from_its_csv() {
    let folder = sweep_folder();
    let (drawn, again) = (folder.path().join("figures"), folder.path().join("again"));
    let choice = Choice { x: Some("wan.loss".into()), ..Choice::default() };
    draw_into(folder.path(), &drawn, vec![choice]).unwrap();
    let other = Choice {
        y_label: Some("Mean lag of mine".into()),
        y_scale: Scale::Log,
        x_limits: Some("0.15..0.3".into()),
        size: Some(Size::SingleColumn),
        ..Choice::default()
    };
    draw_into(&drawn.join("received-lag-mean.csv"), &again, vec![other]).unwrap();
    let names: Vec<String> = files(&again).into_keys().collect();
    let stem = |extension: &str| format!("received-lag-mean.{extension}");
    assert_eq!(
        names,
        ["figures.json".into(), stem("csv"), stem("pdf"), stem("png"), stem("svg"), "report.html".into()]
    );
    let svg = fs::read_to_string(again.join(stem("svg"))).unwrap();
    assert!(svg.contains("Mean lag of mine") && svg.contains("width=\"336\""), "{svg}");
    let told = |folder: &Path| {
        let text = fs::read(folder.join(FILE_NAME)).unwrap();
        serde_json::from_slice::<Description>(&text).unwrap().figures[0].caption.clone()
    };
    assert!(!told(&drawn).contains("beyond the limits"));
    assert!(told(&again).ends_with("5 points are beyond the limits."), "{}", told(&again));
    // Without limits it is what it was.
    let back = folder.path().join("back");
    let wide = Choice { x_limits: Some("-1..1".into()), ..Choice::default() };
    draw_into(&again, &back, vec![wide]).unwrap();
    assert_eq!(told(&back), told(&drawn));
}

#[test]
fn what_needs_the_runs_or_is_damaged_is_said() {
    let folder = sweep_folder();
    let drawn = folder.path().join("figures");
    draw_into(folder.path(), &drawn, vec![Choice { x: Some("wan.loss".into()), ..Choice::default() }])
        .unwrap();
    let refused = |from: &Path, choice: Choice| {
        let out = folder.path().join("never");
        let error = draw_into(from, &out, vec![choice]).unwrap_err();
        assert!(!error.is_of_the_machine() && !out.exists(), "{error}");
        error.to_string().replace(&drawn.display().to_string(), "DIR")
    };
    let by = Choice { by: vec!["wan.loss".into()], ..Choice::default() };
    assert!(
        refused(&drawn, by).starts_with("--by needs the runs, and DIR holds only what was drawn of them")
    );
    let csv = drawn.join("broken.csv");
    let whole = fs::read_to_string(&csv).unwrap();
    let spoil = |text: &str| {
        fs::write(&csv, text).unwrap();
        refused(&drawn, Choice::default())
    };
    assert_eq!(
        spoil(&whole.replacen("group,", "grope,", 1)),
        "DIR/broken.csv:2: figures.json has no curve `grope, rate = 1/s` of kind `measured`"
    );
    assert!(
        spoil(&whole.replacen("measured,0,", "measured,zero,", 1))
            .starts_with("DIR/broken.csv:2: x: expected a number")
    );
    assert!(
        spoil(&whole.replacen("measured,0,", "measured,inf,", 1))
            .starts_with("DIR/broken.csv:2: expected finite")
    );
    assert!(
        spoil(&whole.replacen("clopper-pearson", "clopper", 1))
            .contains("broken.csv:2: interval: `clopper` is none")
    );
    assert_eq!(spoil(whole.lines().next().unwrap()), "DIR/broken.csv: there is no value in it");
    assert!(spoil("curve,panel\ngroup,\n").starts_with("DIR/broken.csv:2: "));
    fs::write(&csv, &whole).unwrap();
    let json = drawn.join(FILE_NAME);
    let whole = fs::read_to_string(&json).unwrap();
    let spoil = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from} is not in it");
        fs::write(&json, whole.replacen(from, to, 1)).unwrap();
        refused(&drawn, Choice::default())
    };
    assert!(spoil("\"schema\": 1", "\"schema\": 2").ends_with("expected schema 1, found 2"));
    assert!(spoil("\"#009E73\"", "\"green\"").contains("expected a colour"));
    assert!(spoil("\"name\": \"broken\"", "\"name\": \"../broken\"").contains("the stem of its files"));
    assert!(
        spoil("\"kind\": \"measured\"", "\"kind\": \"measured\", \"panel\": 3")
            .contains("there is no panel 3")
    );
    assert!(spoil("\"page\"", "\"leaf\"").contains("unknown field `leaf`"));
}
