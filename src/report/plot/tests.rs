//! Folders made by hand, and what is drawn of them.

use std::fs;
use std::path::Path;

use super::*;
use crate::measures::bounds;
use crate::metrics::Estimate;

/// Two schemes, three losses, two seeds.
fn sweep_folder(rows: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let header =
        "run,point,protocol.scheme,wan.loss,seed,order.verdict,received_lag.mean_s,wan.offered,wan.lost";
    fs::write(folder.path().join("runs.csv"), format!("{header}\n{rows}")).unwrap();
    folder
}

const ROWS: &str = "\
0,0,group,0,1,holds,0.020,1000,0
1,0,group,0,2,holds,0.022,1000,0
2,1,group,0.1,1,holds,0.050,1000,90
3,1,group,0.1,2,holds,0.060,1000,110
4,2,none,0,1,holds,0.020,1000,0
5,2,none,0,2,holds,0.020,1000,0
6,3,none,0.1,1,broken,0.030,1000,90
7,3,none,0.1,2,holds,0.040,1000,110
";

fn figures_of(folder: &Path, choice: &Choice) -> Vec<Figure> {
    read(folder, std::slice::from_ref(choice)).unwrap().figures
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn curves_stand_at_the_measured_loss_and_not_at_the_knob() {
    let folder = sweep_folder(ROWS);
    let figures = figures_of(folder.path(), &Choice::default());
    let names: Vec<_> = figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["received-lag-mean", "broken"]);
    let lag = &figures[0];
    assert_eq!(lag.x.label, "Loss rate, measured");
    let group = &lag.curves[0];
    assert_eq!((group.name.as_str(), group.points.len()), ("group", 2));
    let point = group.points[1];
    close(point.x, 0.1);
    close(point.y, 0.055);
    // Student, one degree of freedom: 12.706 · 0.00707 / √2.
    assert!((point.high - point.y - 0.063_53).abs() < 1e-5, "{point:?}");
    assert_eq!(point.runs, 2);
}

#[test]
fn the_share_of_broken_runs_has_a_binomial_interval() {
    let folder = sweep_folder(ROWS);
    let figures = figures_of(folder.path(), &Choice { y: vec!["broken".into()], ..Choice::default() });
    let none = &figures[0].curves[1];
    assert_eq!(none.name, "none");
    let point = none.points[1];
    close(point.y, 0.5);
    // Clopper-Pearson of one in two: 1 - sqrt(0.975) and its mirror.
    assert!((point.low - 0.012_579).abs() < 1e-5 && (point.high - 0.987_421).abs() < 1e-5, "{point:?}");
}

#[test]
fn baselines_are_dashed_and_a_scheme_always_looks_the_same() {
    let folder = sweep_folder(ROWS);
    let curves = figures_of(folder.path(), &Choice::default())[0].curves.clone();
    assert!(!curves[0].look.dashed && curves[1].look.dashed);
    assert_eq!(curves[0].look.colour, Look::of(2).colour);
}

#[test]
fn a_chosen_axis_is_the_key_itself() {
    let folder = sweep_folder(ROWS);
    let choice = Choice { x: Some("wan.loss".into()), ..Choice::default() };
    assert_eq!(figures_of(folder.path(), &choice)[0].x.label, "Loss of the WAN");
    let by_name = Choice { x: Some("protocol.scheme".into()), ..Choice::default() };
    let figures = figures_of(folder.path(), &by_name);
    assert_eq!(figures[0].x.names, ["group", "none"]);
    assert_eq!(
        figures[0].curves.iter().map(|curve| curve.name.as_str()).collect::<Vec<_>>(),
        ["loss = 0", "loss = 0.1"]
    );
}

#[test]
fn network_delays_are_drawn_against_measured_reordering() {
    let folder = tempfile::tempdir().unwrap();
    let text = "run,point,wan.delay.minimum,seed,received_lag.mean_s,wan.reordered_ratio\n\
                0,0,20ms,1,0.02,0\n1,1,10ms,1,0.03,0.2\n2,2,0ms,1,0.05,0.4\n";
    fs::write(folder.path().join("runs.csv"), text).unwrap();
    let figures = figures_of(folder.path(), &Choice::default());
    assert_eq!(figures[0].title, "Mean received lag against reordered ratio (RFC 4737)");
    let places: Vec<_> = figures[0].curves[0].points.iter().map(|point| (point.x, point.y)).collect();
    assert_eq!(places, [(0.0, 0.02), (0.2, 0.03), (0.4, 0.05)]);
}

#[test]
fn everything_is_written_and_the_page_needs_no_network() {
    let folder = sweep_folder(ROWS);
    fs::write(folder.path().join("scenario.toml"), "title = \"<a> & b\"\n").unwrap();
    let options = Options { formats: vec![Format::Svg, Format::Png], ..Options::default() };
    let written = plot(folder.path(), &options).unwrap();
    let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "received-lag-mean.svg",
            "received-lag-mean.png",
            "received-lag-mean.csv",
            "broken.svg",
            "broken.png",
            "broken.csv",
            "report.html"
        ]
    );
    let out = folder.path().join("figures");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("&lt;a&gt; &amp; b") && page.contains("<svg"));
    for outside in ["src=", "href=\"http", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let png = fs::read(out.join("broken.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // Letters have been drawn: more than the white, the grid and the curves are in it.
    assert!(png.len() > 20_000, "{}", png.len());
    let points = fs::read_to_string(out.join("broken.csv")).unwrap();
    let head = "curve,kind,x,y,low,high,runs,interval,seen_runs,outstanding\ngroup,measured,0,0,0,";
    assert!(points.starts_with(head), "{points}");
    // Nothing else stays behind.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 7);
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let folder = sweep_folder(ROWS);
    let options = |out: &str| Options {
        out: Some(folder.path().join(out)),
        formats: vec![Format::Svg, Format::Png],
        ..Options::default()
    };
    let (first, second) =
        (plot(folder.path(), &options("a")).unwrap(), plot(folder.path(), &options("b")).unwrap());
    for (one, other) in first.iter().zip(&second) {
        assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "{}", one.display());
    }
}

fn refused(folder: &Path, choice: Choice) -> String {
    let before = fs::read_dir(folder).map_or(0, Iterator::count);
    let error = plot(folder, &Options { choices: vec![choice], ..Options::default() }).unwrap_err();
    assert!(!error.is_of_the_machine(), "{error}");
    assert_eq!(fs::read_dir(folder).map_or(0, Iterator::count), before, "something was written");
    error.to_string().replace(&folder.display().to_string(), "DIR")
}

#[test]
fn bad_input_is_one_clear_error_and_writes_nothing() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        refused(empty.path(), Choice::default()),
        "DIR holds nothing to draw: expected the folder of `rcsim sweep` (with runs.csv) or of `rcsim run --out` \
         (with result.json)"
    );
    assert!(refused(&empty.path().join("nowhere"), Choice::default()).contains("is not there"));
    let table = |text: &str| {
        let folder = sweep_folder("");
        fs::write(folder.path().join("runs.csv"), text).unwrap();
        refused(folder.path(), Choice::default())
    };
    assert_eq!(
        table("a,b\n1,2\n"),
        "DIR/runs.csv:1: expected the header of a sweep: run, point, varied keys, seed, measures"
    );
    assert_eq!(
        table("run,point,k,seed,rpo.mean_s\n"),
        "DIR/runs.csv: there is no run in it: nothing to draw"
    );
    assert_eq!(
        table("run,point,k,seed,rpo.mean_s\n0,0,1,1,0.5\n1,1,2,1\n"),
        "DIR/runs.csv:3: expected 5 fields as in the header, found 4"
    );
    assert_eq!(
        table("run,point,k,seed,rpo.mean_s\n0,0,1,1,0.5\n1,1,2,1,wide\n"),
        "DIR/runs.csv:3: column `rpo.mean_s`: expected a number, found `wide`"
    );
    assert_eq!(
        table("run,point,k,seed,rpo.mean_s\n0,0,1,1,0.5\n"),
        "nothing varies in this sweep: choose the x axis with --x, or vary a key"
    );
    assert!(table("run,point,k,seed,events\n0,0,1,1,5\n1,1,2,1,5\n").contains("can be drawn"));
}

#[test]
fn a_choice_that_is_not_there_is_refused_with_the_nearest_name() {
    let folder = sweep_folder(ROWS);
    let choice = |x: Option<&str>, y: &[&str], by: &[&str]| Choice {
        x: x.map(str::to_owned),
        y: y.iter().map(|&y| y.to_owned()).collect(),
        by: by.iter().map(|&by| by.to_owned()).collect(),
        ..Choice::default()
    };
    assert!(
        refused(folder.path(), choice(None, &["recieved_lag.mean_s"], &[]))
            .ends_with("did you mean `received_lag.mean_s`?")
    );
    assert!(refused(folder.path(), choice(Some("wan.los"), &[], &[])).ends_with("did you mean `wan.loss`?"));
    // What resembles nothing is answered with what there is.
    let told = refused(folder.path(), choice(Some("distance"), &[], &[]));
    assert!(told.contains("has no column `distance`. Swept: ") && !told.contains("did you mean"), "{told}");
    assert!(told.contains("measures: received_lag.mean_s, "), "{told}");
    assert!(
        refused(folder.path(), choice(None, &[], &["seed"])).contains("it varies protocol.scheme, wan.loss")
    );
}

/// A mean whose runs mostly lost nothing has no interval; a lag of which some is outstanding is a lower bound. Figure,
/// caption, page and CSV say so.
#[test]
fn points_that_are_not_known_well_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let header = "run,point,wan.loss,seed,received_lag.mean_s,received_lag.outstanding,hits.losses,wan.offered,wan.lost";
    let rows = "0,0,0.001,1,0.02,0,0,1000,0\n1,0,0.001,2,0.02,0,0,1000,0\n2,0,0.001,3,0.05,0,1,1000,1\n\
                3,1,0.1,1,0.06,4,90,1000,90\n4,1,0.1,2,0.07,3,95,1000,95\n5,1,0.1,3,0.07,0,80,1000,80\n";
    fs::write(folder.path().join("runs.csv"), format!("{header}\n{rows}")).unwrap();
    let figures = figures_of(folder.path(), &Choice::default());
    let lag = &figures[0];
    let [rare, bound] = lag.curves[0].points[..] else { panic!("two points") };
    assert!(rare.is_rare() && !rare.is_lower_bound() && (rare.low, rare.high) == (rare.y, rare.y));
    assert!(!bound.is_rare() && bound.is_lower_bound() && bound.high > bound.y);
    assert!(lag.caption.contains("too few runs lost a packet to the remote site"), "{}", lag.caption);
    assert!(lag.caption.contains("a lower bound") && lag.caption.contains("(7 in all)"), "{}", lag.caption);
    let csv = String::from_utf8(lag.csv()).unwrap();
    let cells: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(cells[0][4..], ["", "", "3", "rare", "1", "0"], "{csv}");
    assert_eq!(cells[1][6..], ["3", "student", "3", "7"], "{csv}");
    let options = Options { out: Some(folder.path().join("out")), ..Options::default() };
    plot(folder.path(), &options).unwrap();
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(
        page.contains("no interval: 1 of 3 runs saw what it depends on") && page.contains("≥ "),
        "{page}"
    );
}

/// Three keys, of which one is the axis and one tells curves apart: the third is not joined over.
#[test]
fn points_that_differ_in_a_third_key_are_not_joined() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows =
        "run,point,protocol.scheme,wan.loss,host.H.workload.rate,seed,received_lag.mean_s\n".to_owned();
    let mut run = 0;
    for scheme in ["group", "pair"] {
        for loss in ["0", "0.1"] {
            for rate in ["10/s", "20/s"] {
                rows += &format!("{run},{run},{scheme},{loss},{rate},1,0.{}\n", run + 1);
                run += 1;
            }
        }
    }
    fs::write(folder.path().join("runs.csv"), rows).unwrap();
    let choice = |by: &[&str], only: &[&str]| Choice {
        x: Some("host.H.workload.rate".into()),
        by: by.iter().map(|&key| key.to_owned()).collect(),
        only: only.iter().map(|&key| key.to_owned()).collect(),
        ..Choice::default()
    };
    let told = refused(folder.path(), choice(&["protocol.scheme"], &[]));
    assert!(told.contains("differ in `wan.loss` (0, 0.1): add --by wan.loss"), "{told}");
    assert!(told.contains("--where wan.loss=0"), "{told}");
    let curves = |choice: Choice| figures_of(folder.path(), &choice)[0].curves.len();
    assert_eq!(curves(choice(&["protocol.scheme", "wan.loss"], &[])), 4);
    assert_eq!(curves(choice(&[], &[])), 4);
    assert_eq!(curves(choice(&["protocol.scheme"], &["wan.loss=0.1"])), 2);
    assert_eq!(curves(choice(&[], &["wan.loss=0.1", "protocol.scheme=pair"])), 1);
    let wrong = |only: &str| refused(folder.path(), choice(&[], &[only]));
    assert!(wrong("wan.los=0").contains("it varies protocol.scheme, wan.loss"));
    assert!(wrong("wan.loss=7").contains("there are 0, 0.1"));
}

#[test]
fn a_run_is_drawn_over_time_with_its_faults() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "result.json",
        "{\"title\":\"T\",\"scenario\":\"s\",\"seed\":1,\"scheme\":\"group\",\"order\":{\"verdict\":\"holds\"}}",
    );
    put(
        "series.csv",
        "from_s,to_s,received,received_lag_mean_s,applied,applied_lag_mean_s,rpo_mean_s,rpo_max_s,\
         local_cache_bytes,remote_cache_bytes\n0,1,5,0.02,0,0,0.1,0.2,4096,8192\n1,2,0,0,4,0.03,0.4,0.9,8192,0\n",
    );
    put(
        "series.json",
        "{\"faults\":[{\"kind\":\"wan-outage\",\"began_s\":0.5,\"ended_s\":1.5},{\"kind\":\"local-site-loss\",\"began_s\":1.9,\"ended_s\":null}]}",
    );
    put("lag_histogram.csv", "group,low_ns,high_ns,count\nA,1,10,3\nA,11,30,1\nB,5,6,2\n");
    let shown = read(folder.path(), &[]).unwrap();
    let names: Vec<_> = shown.figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["rpo-over-time", "lag-over-time", "cache-over-time", "lag-distribution"]);
    let rpo = &shown.figures[0];
    assert_eq!(rpo.shades.len(), 2);
    close(rpo.shades[0].to, 1.5);
    close(rpo.shades[1].to, 1.9);
    // A bucket without a write has no lag.
    assert_eq!(shown.figures[1].curves.iter().map(|curve| curve.points.len()).collect::<Vec<_>>(), [1, 1]);
    let shares: Vec<_> = shown.figures[3].curves[0].points.iter().map(|point| point.y).collect();
    assert_eq!(shares, [0.75, 1.0]);
    put("lag_histogram.csv", "group,low_ns,high_ns,count\nA,1,ten,3\n");
    assert!(refused(folder.path(), Choice::default()).starts_with("DIR/lag_histogram.csv:2: "));
}

#[test]
fn the_font_has_every_glyph_that_is_drawn() {
    font::register().unwrap();
    let subset = font::GLYPHS.chars().chain('!'..='~');
    for glyph in subset {
        let face = font::has(glyph);
        assert!(face, "{glyph}");
    }
    assert!(!font::has('漢'));
}

/// Labels are what a person would write: no dotted key.
#[test]
fn keys_have_names_that_people_read() {
    for (key, name) in [
        ("wan.loss", "Loss of the WAN"),
        ("wan.delay.mean", "Mean delay of the WAN"),
        ("protocol.retransmit_timeout", "Retransmit timeout"),
        ("protocol.rule.destage", "Rule destage"),
        ("host.H1.workload.rate", "Rate of host H1"),
        ("remote_system.R1.destage_time.minimum", "Minimum destage time of R1"),
        ("control.delay", "Delay of the control network"),
        ("topology.pairs", "Pairs"),
        ("run.duration", "Duration"),
    ] {
        assert_eq!(super::sweep::key_label(key), name, "{key}");
    }
}

/// No interval reaches below what a measure can be, however widely its few values are spread.
#[test]
fn no_interval_passes_a_bound_of_its_measure() {
    let estimate = Estimate::of_mean(&[0.0, 0.0, 0.9], None, 0.95).unwrap();
    let (low, high) = estimate.interval.unwrap();
    assert!(low < 0.0 && high > 1.0);
    assert_eq!(estimate.within(bounds("rpo.max_s")).interval, Some((0.0, high)));
    assert_eq!(estimate.within(bounds("wan.reordered_ratio")).interval, Some((0.0, 1.0)));
    assert_eq!(estimate.within(bounds("no.such")).interval, Some((low, high)));
}
