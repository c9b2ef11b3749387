//! Folders made by hand, and what is drawn of them.

use std::fs;
use std::path::Path;

use super::figure::{COLOURS, PLAIN};
use super::measure::RECEIVED;
use super::paper::{Paper, Size};
use super::*;
use crate::measures::bounds;
use crate::metrics::Estimate;
use crate::protocol::Scheme;

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
    assert_eq!((curves[0].look.dash, curves[1].look.dash), (Dash::Solid, Dash::Dashed));
    assert_eq!(curves[0].look.colour, Look::of_scheme(2, false).colour);
}

/// Colour means the scheme and only that: what is no scheme is black or grey, and what chooses one has its colour.
#[test]
fn only_schemes_have_colours() {
    let colours: std::collections::BTreeSet<_> = COLOURS.into_iter().chain(PLAIN).collect();
    assert_eq!(colours.len(), COLOURS.len() + PLAIN.len());
    assert_eq!(COLOURS.len(), Scheme::ALL.len());
    let folder = sweep_folder(ROWS);
    let by_loss = Choice { x: Some("protocol.scheme".into()), ..Choice::default() };
    for curve in &figures_of(folder.path(), &by_loss)[0].curves {
        assert!(PLAIN.contains(&curve.look.colour), "{curve:?}");
    }
    // Eight curves of which no two look the same, even in grey.
    let looks: Vec<Look> = (0..8).map(Look::plain).collect();
    assert!(looks.iter().enumerate().all(|(index, look)| {
        looks[..index].iter().all(|other| (other.colour, other.dash) != (look.colour, look.dash))
    }));
    let rows = "run,point,include,wan.loss,seed,scheme,received_lag.mean_s\n\
                0,0,parts/a.inc,0,1,group,0.02\n1,1,parts/a.inc,0.1,1,group,0.03\n\
                2,2,parts/b.inc,0,1,cut,0.02\n3,3,parts/b.inc,0.1,1,cut,0.03\n\
                4,4,parts/c.inc,0,1,cut,0.02\n5,5,parts/c.inc,0.1,1,cut,0.03\n";
    fs::write(folder.path().join("runs.csv"), rows).unwrap();
    let by_part = Choice { x: Some("wan.loss".into()), ..Choice::default() };
    let figure = figures_of(folder.path(), &by_part).remove(0);
    let looks: Vec<_> = figure.curves.iter().map(|curve| (curve.look.colour, curve.look.marker)).collect();
    let of = |scheme| COLOURS[Scheme::ALL.iter().position(|other| *other == scheme).unwrap()];
    let expected = [of(Scheme::Group), of(Scheme::Cut), of(Scheme::Cut)];
    assert_eq!(looks.iter().map(|(colour, _)| *colour).collect::<Vec<_>>(), expected);
    assert_ne!(looks[1].1, looks[2].1);
    assert!(figure.caption.contains("Dashed: baselines without sequence numbers."), "{}", figure.caption);
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
            "figures.json",
            "report.html"
        ]
    );
    let out = folder.path().join("figures");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("&lt;a&gt; &amp; b") && page.contains("<svg"));
    // Each figure for a wide and for a narrow window; in the dark it has the colours of the page.
    assert_eq!(
        (page.matches("<div class=\"wide\">").count(), page.matches("<div class=\"narrow\">").count()),
        (2, 2)
    );
    for (part, colour) in
        [("fill", "#FFFFFF"), ("fill", "#222222"), ("stroke", "#DEDEDE"), ("stroke", "#222222")]
    {
        assert!(
            page.contains(&format!("figure svg [{part}=\"{colour}\"]")),
            "{colour} has no colour in the dark"
        );
        assert!(page.contains(&format!(" {part}=\"{colour}\"")), "{colour} is not drawn");
    }
    for outside in ["src=", "href=\"http", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let png = fs::read(out.join("broken.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // Letters have been drawn: more than the white, the grid and the curves are in it.
    assert!(png.len() > 20_000, "{}", png.len());
    let points = fs::read_to_string(out.join("broken.csv")).unwrap();
    let head =
        "curve,panel,kind,x,y,low,high,runs,interval,seen_runs,outstanding,swept\ngroup,,measured,0,0,0,";
    assert!(points.starts_with(head), "{points}");
    // Nothing else stays behind.
    assert_eq!(fs::read_dir(&out).unwrap().count(), 8);
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
         (with result.json), or of figures (with figures.json), or the CSV of one figure"
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
    assert_eq!(cells[0][5..], ["", "", "3", "rare", "1", "0", "wan.loss=0.001"], "{csv}");
    assert_eq!(cells[1][7..], ["3", "student", "3", "7", "wan.loss=0.1"], "{csv}");
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
        "{\"faults\":[{\"kind\":\"wan-outage\",\"what\":\"outage from L to R\",\"began_s\":0.5,\"ended_s\":1.5},{\"kind\":\"local-site-loss\",\"began_s\":1.9,\"ended_s\":null}]}",
    );
    put("lag_histogram.csv", "group,low_ns,high_ns,count\nA,1,10,3\nA,11,30,1\nB,5,6,2\n");
    put(
        "group_series.csv",
        "group,from_s,to_s,received,received_lag_mean_s,applied,applied_lag_mean_s,rpo_mean_s,rpo_max_s\n\
         A,0,1,5,0.02,0,0,0.1,0.2\nA,1,2,0,0,4,0.03,0.1,0.9\nB,0,1,0,0,1,0.01,0,0\nB,1,2,0,0,0,0,0,0\n",
    );
    let shown = read(folder.path(), &[]).unwrap();
    let names: Vec<_> = shown.figures.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "rpo-over-time",
            "lag-over-time",
            "cache-over-time",
            "rpo-of-groups-over-time",
            "lag-of-groups-over-time",
            "lag-distribution",
            "lag-ccdf"
        ]
    );
    let of_groups = &shown.figures[4];
    assert_eq!(
        of_groups.curves.iter().map(|curve| curve.name.as_str()).collect::<Vec<_>>(),
        ["group A", "group B"]
    );
    assert_eq!(of_groups.curves[0].points.iter().map(Point::is_gap).collect::<Vec<_>>(), [true, false]);
    let rpo = &shown.figures[0];
    // A folder of an earlier version has kinds alone.
    let names = rpo.shades.iter().map(|shade| shade.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["outage from L to R", "loss of the local site"]);
    close(rpo.shades[0].to, 1.5);
    close(rpo.shades[1].to, 1.9);
    // A bucket without a write has no lag: a gap.
    let gaps = |curve: &Curve| curve.points.iter().map(Point::is_gap).collect::<Vec<_>>();
    assert_eq!(shown.figures[1].curves.iter().map(gaps).collect::<Vec<_>>(), [[true, false], [false, true]]);
    // The longest is beyond nobody: no zero stands on the logarithmic axis.
    let beyond: Vec<_> = shown.figures[6].curves[0].points.iter().map(|point| point.y).collect();
    assert_eq!(beyond, [0.25]);
    let shares: Vec<_> = shown.figures[5].curves[0].points.iter().map(|point| point.y).collect();
    assert_eq!(shares, [0.75, 1.0]);
    put("lag_histogram.csv", "group,low_ns,high_ns,count\nA,1,ten,3\n");
    assert!(refused(folder.path(), Choice::default()).starts_with("DIR/lag_histogram.csv:2: "));
}

/// More groups than can be told apart have a panel each, in the order of the scenario; many more are told together.
#[test]
fn distributions_of_many_groups_can_be_read() {
    let of = |groups: usize| {
        let folder = tempfile::tempdir().unwrap();
        let bars: Vec<String> =
            (1..=groups).map(|group| format!("G{group},1,10,3\nG{group},11,30,1\n")).collect();
        let bars = bars.concat();
        let bars = format!("group,low_ns,high_ns,count\n{bars}");
        fs::write(folder.path().join("lag_histogram.csv"), bars).unwrap();
        fs::write(folder.path().join("result.json"), "{}").unwrap();
        super::run::read(folder.path()).unwrap().unwrap().figures
    };
    let names = |figure: &Figure| figure.curves.iter().map(|curve| curve.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&of(2)[0]), ["group G1", "group G2"]);
    let nine = &of(9)[1];
    assert_eq!(nine.panels, ["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"]);
    assert_eq!(of(10)[0].panels.last().unwrap(), "G10");
    assert!(nine.caption.contains("per group"));
    let many = &of(17)[0];
    assert_eq!((many.panels.len(), names(many)), (0, vec![String::new()]));
    let shares: Vec<_> = many.curves[0].points.iter().map(|point| point.y).collect();
    assert_eq!(shares, [0.75, 1.0]);
    assert!(many.caption.contains("over all groups"), "{}", many.caption);
}

/// No line leads to a point between two gaps: it is a dot, or nobody would see it.
#[test]
fn a_point_between_gaps_is_seen() {
    let mut figure = figures_of(sweep_folder(ROWS).path(), &Choice::default()).remove(0);
    let points = vec![
        Point::exact(0.0, 1.0),
        Point::exact(1.0, 2.0),
        Point::gap(2.0),
        Point::exact(3.0, 1.0),
        Point::gap(4.0),
    ];
    figure.curves.truncate(1);
    figure.curves[0] = Curve { kind: Kind::Line, points, ..figure.curves[0].clone() };
    assert_eq!(super::draw::svg(&figure).unwrap().matches("<circle").count(), 1);
    figure.curves[0].points.remove(2);
    assert_eq!(super::draw::svg(&figure).unwrap().matches("<circle").count(), 0);
}

/// All faults are of one grey: which is which, and where one ends within another, is seen all the same.
#[test]
fn faults_can_be_told_apart() {
    let choice = Choice { y: vec!["broken".into()], ..Choice::default() };
    let mut figure = figures_of(sweep_folder(ROWS).path(), &choice).remove(0);
    figure.x = Axis::new("Simulated time", Quantity::Time);
    let shade = |name: &str, from: f64, to: f64| Shade { name: name.into(), from, to };
    let svg = |figure: &Figure| super::draw::svg(figure).unwrap();
    let grey = |svg: &str| svg.matches("fill=\"#ECECEC\"").count();
    let edges = |svg: &str| svg.matches("stroke=\"#808080\" stroke-width=\"2\"").count();
    // One needs no more than its name.
    figure.shades = vec![shade("outage", 0.02, 0.06)];
    let alone = svg(&figure);
    assert!(alone.contains("outage\n") && !alone.contains("outage,"), "{alone}");
    assert_eq!((grey(&alone), edges(&alone)), (2, 0));
    figure.shades = vec![
        shade("outage", 0.02, 0.06),
        shade("crash", 0.03, 0.05),
        shade("crash", 0.08, 0.09),
        shade("loss", 0.095, 0.095),
    ];
    let several = svg(&figure);
    let words = several.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    let words = words.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    for told in
        ["outage, 20.0 ms to 60.0 ms", "crash, 30.0 ms to 50.0 ms and 80.0 ms to 90.0 ms", "loss, 95.0 ms"]
    {
        assert!(words.contains(told), "{told}: {words}");
    }
    // Three that last and two of the legend; the ends of the two that overlap.
    assert_eq!((grey(&several), edges(&several)), (5, 4));
    // Within a fault all is shaded; a fault that begins where the axis ends is no instant; what is not shown is not named.
    figure.x.limits = (Some(0.035), Some(0.045));
    assert_eq!((grey(&svg(&figure)), edges(&svg(&figure))), (4, 0));
    figure.x.limits = (Some(0.0), Some(0.02));
    let before = svg(&figure);
    assert!(!before.contains("stroke-width=\"4\" points") && !before.contains("crash"), "{before}");
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

/// What a PNG says of itself: width and height in pixels, pixels a metre.
fn png_header(png: &[u8]) -> [u32; 3] {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!(&png[37..41], b"pHYs");
    [number(16), number(20), number(41)]
}

/// A figure has its width on paper in every form, whatever its letters, and the letters their height.
#[test]
fn figures_have_their_size_on_paper() {
    let folder = sweep_folder(ROWS);
    let drawn = |paper: Paper| {
        let Paper { size, font_points } = paper;
        let choice =
            Choice { y: vec![RECEIVED.to_owned()], size: Some(size), font_points, ..Choice::default() };
        let out = folder.path().join("out");
        let formats = vec![Format::Svg, Format::Png, Format::Pdf];
        let options =
            Options { out: Some(out.clone()), formats, choices: vec![choice], ..Options::default() };
        plot(folder.path(), &options).unwrap();
        let read = |end: &str| fs::read(out.join(format!("received-lag-mean.{end}"))).unwrap();
        (String::from_utf8(read("svg")).unwrap(), read("png"), read("pdf"))
    };
    for (size, font_points, inches) in [
        (Size::Screen, None, 9.375),
        (Size::SingleColumn, None, 3.5),
        (Size::SingleColumn, Some(6.0), 3.5),
        (Size::DoubleColumn, Some(10.0), 516.0 / 72.0),
        (Size::Slide, None, 960.0 / 72.0),
    ] {
        let (svg, png, pdf) = drawn(Paper { size, font_points });
        let width: f64 = svg.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        assert!((width / 96.0 - inches).abs() < 0.01, "{size:?}: {width} pixels");
        let [pixels, _, per_metre] = png_header(&png);
        let found = f64::from(pixels) / (f64::from(per_metre) * 0.0254);
        assert!((found - inches).abs() < 0.01, "{size:?}: {found} inches");
        let text = String::from_utf8_lossy(&pdf);
        let points: f64 =
            text.split("/MediaBox [0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((points / 72.0 - inches).abs() < 0.01, "{size:?}: {points} points");
        let unit = Paper { size, font_points }.unit_points();
        let label = svg.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(
            label.parse::<f64>().unwrap() > 20.0 && unit * f64::from(paper::LABEL) >= 6.0 - 1e-9,
            "{label}"
        );
    }
}

/// The table of objects of a PDF points at each, and the streams unpack.
#[test]
fn a_pdf_is_whole() {
    use std::io::Read as _;
    let folder = sweep_folder(ROWS);
    let figure = figures_of(folder.path(), &Choice::default()).remove(0);
    let pdf = super::draw::pdf(&figure).unwrap();
    assert_eq!(pdf, super::draw::pdf(&figure).unwrap());
    let find = |from: usize, what: &[u8]| {
        from + pdf[from..].windows(what.len()).position(|window| window == what).unwrap()
    };
    let last = |what: &[u8]| pdf.windows(what.len()).rposition(|window| window == what).unwrap();
    let line = |at: usize| String::from_utf8_lossy(&pdf[at..find(at, b"\n")]).into_owned();
    let table: usize = line(last(b"startxref") + 10).parse().unwrap();
    assert_eq!(line(table), "xref");
    let entries = find(table, b"65535 f \n") + 9;
    for object in 1..10 {
        let place: usize = line(entries + 20 * (object - 1))[..10].parse().unwrap();
        assert_eq!(line(place), format!("{object} 0 obj"));
    }
    let unpacked = |object: usize| {
        let from = find(find(0, format!("\n{object} 0 obj").as_bytes()), b"stream\n") + 7;
        let mut text = Vec::new();
        flate2::read::ZlibDecoder::new(&pdf[from..]).read_to_end(&mut text).unwrap();
        text
    };
    let content = String::from_utf8(unpacked(4)).unwrap();
    assert!(content.contains(" Tj ET") && content.contains(" re f") && content.contains("/O0 gs"));
    assert_eq!(unpacked(8), font::SUBSET);
    // Every letter of a label can be copied.
    let letters = String::from_utf8(unpacked(9)).unwrap();
    for letter in figure.y.label.chars() {
        assert!(letters.contains(&format!("> <{:04x}>", u32::from(letter))), "{letter}");
    }
}

#[test]
fn panels_have_the_values_of_a_key() {
    let folder = sweep_folder(ROWS);
    let choice =
        Choice { facet: Some("protocol.scheme".into()), y: vec!["broken".into()], ..Choice::default() };
    let figure = figures_of(folder.path(), &choice).remove(0);
    assert_eq!(figure.panels, ["group", "none"]);
    assert_eq!(
        figure.curves.iter().map(|curve| (curve.panel, curve.name.as_str())).collect::<Vec<_>>(),
        [(0, ""), (1, "")]
    );
    // The last label of a panel makes room for the first of the next: 0.10 stands below the second only.
    let narrow = Figure { paper: Paper { size: Size::SingleColumn, font_points: None }, ..figure.clone() };
    let labels = |label: &str| super::draw::svg(&narrow).unwrap().matches(&format!("\n{label}\n")).count();
    assert_eq!((labels("0.00"), labels("0.10")), (2, 1));
    // A row of the table of values says in which panel it stands.
    let rows: Vec<String> =
        page::value_rows(&figure).into_iter().map(|[curve, x, ..]| curve + " " + &x).collect();
    assert_eq!(rows, ["group 0", "group 0.100", "none 0", "none 0.100"]);
    let told = refused(folder.path(), Choice { facet: Some("wan.los".into()), ..Choice::default() });
    assert!(told.contains("--facet wan.los: not a key of this sweep"), "{told}");
}

/// More than eight curves are not told apart: they become panels, schemes side by side.
#[test]
fn many_curves_become_small_multiples() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows =
        "run,point,protocol.scheme,local_system.L.cache,wan.loss,seed,received_lag.mean_s\n".to_owned();
    let mut run = 0;
    for scheme in ["pair", "group", "none"] {
        for cache in ["1MiB", "2MiB", "4MiB"] {
            for loss in ["0", "0.1"] {
                // Nothing was measured at one point.
                let lag = if run == 3 { String::new() } else { format!("0.{}", run + 1) };
                rows += &format!("{run},{run},{scheme},{cache},{loss},1,{lag}\n");
                run += 1;
            }
        }
    }
    fs::write(folder.path().join("runs.csv"), rows).unwrap();
    let choice = Choice { x: Some("wan.loss".into()), ..Choice::default() };
    let figure = figures_of(folder.path(), &choice).remove(0);
    assert_eq!(figure.panels, ["cache = 1MiB", "cache = 2MiB", "cache = 4MiB"]);
    assert_eq!(figure.curves.len(), 9);
    for curve in &figure.curves {
        let first = figure.curves.iter().find(|other| other.name == curve.name).unwrap();
        assert_eq!(curve.look, first.look, "the same in every panel");
    }
    let gap = figure.curves.iter().flat_map(|curve| &curve.points).find(|point| point.is_gap()).unwrap();
    assert_eq!(
        figure.swept[gap.swept.unwrap()],
        "protocol.scheme=pair, local_system.L.cache=2MiB, wan.loss=0.1"
    );
    assert!(figure.caption.contains("A gap in a line: nothing was measured there."), "{}", figure.caption);
    assert!(String::from_utf8(figure.csv()).unwrap().contains("pair,cache = 2MiB,measured,0.1,,,,0,"));
    let svg = super::draw::svg(&figure).unwrap();
    assert!(!svg.contains("NaN"), "{svg}");
}

/// What an axis leaves out is said, on the figure and below it.
#[test]
fn what_an_axis_leaves_out_is_said() {
    let folder = sweep_folder(ROWS);
    let choice = Choice { y: vec!["broken".into()], y_scale: Scale::Log, ..Choice::default() };
    let figure = figures_of(folder.path(), &choice).remove(0);
    assert!(figure.caption.contains("Not on the log scale: zeros of group, none."), "{}", figure.caption);
    assert!(super::draw::svg(&figure).unwrap().contains("Not on the log"));
    // Both axes cut the same curves: said once.
    let both = Choice { x: Some("wan.loss".into()), x_scale: Scale::Log, ..choice };
    let figure = figures_of(folder.path(), &both).remove(0);
    assert_eq!(figure.caption.matches("Not on the log scale").count(), 1, "{}", figure.caption);
    let choice =
        Choice { y: vec![RECEIVED.to_owned()], y_limits: Some("0s..30ms".into()), ..Choice::default() };
    let figure = figures_of(folder.path(), &choice).remove(0);
    assert!(figure.caption.contains("2 points are beyond the limits."), "{}", figure.caption);
    let limits =
        |text: &str| refused(folder.path(), Choice { x_limits: Some(text.into()), ..Choice::default() });
    assert!(limits("1..0").contains("--x-limits: the limits 1..0 hold nothing"), "{}", limits("1..0"));
    assert!(limits("5ms..").contains("expected A..B such as 0..0.5"), "{}", limits("5ms.."));
}

/// A point for which nothing was measured that could stand on the x axis cannot be drawn: it is named.
#[test]
fn points_without_a_place_are_named() {
    let rows = ROWS.replace("none,0,1,holds,0.020,1000,0", "none,0,1,holds,0.020,0,0");
    let folder = sweep_folder(&rows.replace("none,0,2,holds,0.020,1000,0", "none,0,2,holds,0.020,0,0"));
    let figure = figures_of(folder.path(), &Choice::default()).remove(0);
    let told = "Left out, since nothing was measured there for the x axis: 1 of 4 points (protocol.scheme=none, \
                wan.loss=0).";
    assert!(figure.caption.contains(told), "{}", figure.caption);
    assert!(!figures_of(sweep_folder(ROWS).path(), &Choice::default())[0].caption.contains("Left out"));
}

/// Curves that lie on one another are told, since no eye can.
#[test]
fn curves_that_coincide_are_told() {
    let rows = ROWS
        .replace("6,3,none,0.1,1,broken,0.030", "6,3,none,0.1,1,broken,0.050")
        .replace("holds,0.040", "holds,0.060");
    let folder = sweep_folder(&rows.replace("1,0,group,0,2,holds,0.022", "1,0,group,0,2,holds,0.020"));
    let figure = figures_of(folder.path(), &Choice::default()).remove(0);
    assert!(figure.caption.contains("The curves of group and none coincide."), "{}", figure.caption);
    assert!(!figures_of(sweep_folder(ROWS).path(), &Choice::default())[0].caption.contains("coincide"));
}
