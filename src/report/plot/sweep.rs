//! Figures of a sweep, chosen by what varies.
//!
//! Each numeric varied key is an x axis; every other key tells curves apart. A key of the network's delay or
//! reordering is never an axis itself: what the packets suffered is *measured*, and that is drawn.

use super::caption::{caption, lower_first};
use super::error::PlotError;
use super::figure::{Axis, Curve, Figure, Kind, Look, Point, Quantity, Scale};
use super::labels::Labels;
use super::measure::{self, BROKEN, LOSS, RECEIVED, REORDERED};
use super::paper::{Paper, Size};
use super::table::{Runs, Table};
use super::{theory, value};
use crate::measures::{bounds, rarest};
use crate::metrics::{Basis, Estimate};
use crate::protocol::Scheme;
use crate::scenario::Scenario;

/// Intervals are of this confidence.
pub const CONFIDENCE: f64 = 0.95;
/// Points of a theory's curve between two points of the sweep.
const BETWEEN: u32 = 12;

/// What the user chose; the rest is chosen by what varies.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The x axis: a varied key, a column, or `loss`.
    pub x: Option<String>,
    /// The measures.
    pub y: Vec<String>,
    /// Keys that tell curves apart.
    pub by: Vec<String>,
    /// Only points at which a key has this value, `KEY=VALUE`, or one of these, if the key is given several times.
    pub only: Vec<String>,
    /// Stem of the files; the measure, if it is not said.
    pub name: Option<String>,
    /// What stands above a figure: nothing where this is empty (a paper has captions); measure and axis, if it is not said.
    pub title: Option<String>,
    /// What the x axis is called; what stands there, if it is not said.
    pub x_label: Option<String>,
    /// What the y axis is called; the measure, if it is not said.
    pub y_label: Option<String>,
    /// Scale of the x axis.
    pub x_scale: Scale,
    /// Scale of the y axis.
    pub y_scale: Scale,
    /// Where the x axis begins and ends: `A..B`, of which either may be missing.
    pub x_limits: Option<String>,
    /// Where the y axis begins and ends.
    pub y_limits: Option<String>,
    /// A varied key: one panel for each of its values.
    pub facet: Option<String>,
    /// What figures stand on; a screen, or as they were drawn before, if it is not said.
    pub size: Option<Size>,
    /// Height of the letters of axis labels, in points.
    pub font_points: Option<f64>,
}

impl Choice {
    /// The sheet of a new figure.
    pub fn paper(&self) -> Paper {
        Paper { size: self.size.unwrap_or_default(), font_points: self.font_points }
    }
}

/// Makes a scenario of `KEY=VALUE` settings, if it can.
pub type ScenarioOf<'a> = &'a dyn Fn(&[String]) -> Option<Scenario>;

/// What stands at the x axis.
#[derive(Clone, Debug)]
enum Across {
    /// A varied key whose values are numbers.
    Key { key: usize, quantity: Quantity, numbers: Vec<f64> },
    /// A measure, while this key varies (if any one does).
    Measured { measure: String, key: Option<usize> },
    /// A varied key whose values are names.
    Names { key: usize, names: Vec<String> },
}

/// The figures of a sweep.
///
/// # Errors
/// When the choice names what is not there, a cell is damaged, or there is nothing to draw.
pub fn figures(table: &Table, choice: &Choice, scenario_of: ScenarioOf) -> Result<Vec<Figure>, PlotError> {
    let points = chosen_points(table, &choice.only)?;
    let acrosses = match &choice.x {
        Some(x) => vec![chosen_across(table, &points, x)?],
        None => acrosses(table, &points)?,
    };
    let mut figures = Vec::new();
    let several = acrosses.len() > 1;
    for across in &acrosses {
        for measure in measures(table, &points, choice)? {
            let mut figure = figure(table, &points, choice, across, &measure, scenario_of)?;
            if let Some(name) = &choice.name {
                figure.name.clone_from(name);
            }
            if let Some(title) = &choice.title {
                figure.title.clone_from(title);
            }
            if several {
                figure.name = format!("{}-by-{}", figure.name, measure::stem(&across.name(table)));
            }
            if !figure.is_empty() {
                figures.push(figure);
            }
        }
    }
    if figures.is_empty() {
        return Err(PlotError::Choice("no run measured anything that can be drawn".into()));
    }
    Ok(figures)
}

/// The points at which every key has a value that was chosen for it.
fn chosen_points(table: &Table, only: &[String]) -> Result<Vec<Runs>, PlotError> {
    let all = table.points();
    let mut chosen: Vec<(usize, Vec<&str>)> = Vec::new();
    for text in only {
        let Some((name, value)) = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()))
        else {
            return Err(PlotError::Choice(format!("--where {text}: expected KEY=VALUE")));
        };
        let Some(key) = table.keys().iter().position(|key| key == name) else {
            let keys = table.keys().join(", ");
            return Err(PlotError::Choice(format!(
                "--where {name}: not a key of this sweep; it varies {keys}"
            )));
        };
        if !all.iter().any(|point| value::same(&point.values[key], value)) {
            let values = values_of(&all, key).join(", ");
            return Err(PlotError::Choice(format!("--where {text}: no such value; there are {values}")));
        }
        match chosen.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => chosen.push((key, vec![value])),
        }
    }
    let is_chosen = |point: &Runs| {
        let is_one_of =
            |key: usize, values: &[&str]| values.iter().any(|value| value::same(&point.values[key], value));
        chosen.iter().all(|(key, values)| is_one_of(*key, values))
    };
    let points: Vec<Runs> = all.into_iter().filter(is_chosen).collect();
    if points.is_empty() {
        return Err(PlotError::Choice(format!("no point of this sweep has {}", only.join(", "))));
    }
    Ok(points)
}

impl Across {
    /// The key that varies along the axis.
    fn key(&self) -> Option<usize> {
        match self {
            Self::Key { key, .. } | Self::Names { key, .. } => Some(*key),
            Self::Measured { key, .. } => *key,
        }
    }

    fn name(&self, table: &Table) -> String {
        match self {
            Self::Key { key, .. } | Self::Names { key, .. } => table.keys()[*key].clone(),
            Self::Measured { measure, .. } => measure.clone(),
        }
    }

    fn axis(&self, labels: &Labels, scale: Scale) -> Axis {
        let keys = labels.table.keys();
        match self {
            Self::Key { key, quantity, .. } => {
                Axis { scale, ..Axis::new(labels.key(&keys[*key]), *quantity) }
            }
            Self::Measured { measure, .. } => {
                let (label, quantity) = labels.measure(measure);
                Axis { scale, ..Axis::new(label, quantity) }
            }
            Self::Names { key, names } => {
                let (label, own) = (labels.key(&keys[*key]), names);
                let is_file = keys[*key] == INCLUDE;
                let names = own.iter().map(|name| if is_file { stem_of(name) } else { name.clone() });
                Axis { scale, names: names.collect(), ..Axis::new(label, Quantity::Number) }
            }
        }
    }
}

/// Every value of a key, in the order of the table.
fn values_of(points: &[Runs], key: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for point in points {
        if !values.contains(&point.values[key]) {
            values.push(point.values[key].clone());
        }
    }
    values
}

fn across_key(table: &Table, points: &[Runs], key: usize) -> Result<Across, PlotError> {
    let own: Vec<String> = points.iter().map(|point| point.values[key].clone()).collect();
    let Some((quantity, numbers)) = value::numbers(&own) else {
        return Ok(Across::Names { key, names: values_of(points, key) });
    };
    let name = table.keys()[key].as_str();
    let of_network = name.starts_with("wan.") || name.starts_with("path.");
    let by_measure = |measure: &str| Across::Measured { measure: measure.to_owned(), key: Some(key) };
    if of_network && name.contains("loss") && table.has(LOSS) {
        return Ok(by_measure(LOSS));
    }
    let disorders = name.contains("delay") || name.contains("reorder");
    if of_network && disorders && table.has(REORDERED) {
        let ratios: Result<Vec<_>, _> = points.iter().map(|point| mean(table, point, REORDERED)).collect();
        let ratios: Vec<f64> = ratios?.into_iter().flatten().collect();
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        if most > 1.2 * least {
            return Ok(by_measure(REORDERED));
        }
    }
    Ok(Across::Key { key, quantity, numbers })
}

/// The axes for which there is something to see: each numeric key, or else the names of one key.
fn acrosses(table: &Table, points: &[Runs]) -> Result<Vec<Across>, PlotError> {
    let varied: Vec<usize> =
        (0..table.keys().len()).filter(|&key| values_of(points, key).len() > 1).collect();
    let mut numeric = Vec::new();
    for &key in &varied {
        let across = across_key(table, points, key)?;
        if !matches!(across, Across::Names { .. }) {
            numeric.push(across);
        }
    }
    if !numeric.is_empty() {
        return Ok(numeric);
    }
    // Schemes and scenarios are rather curves than an axis.
    let is_scheme = |key: &usize| names_itself(&table.keys()[*key]);
    let Some(key) = varied.iter().copied().find(|key| !is_scheme(key)).or(varied.first().copied()) else {
        let what = "nothing varies in this sweep: choose the x axis with --x, or vary a key";
        return Err(PlotError::Choice(what.into()));
    };
    Ok(vec![Across::Names { key, names: values_of(points, key) }])
}

fn chosen_across(table: &Table, points: &[Runs], x: &str) -> Result<Across, PlotError> {
    if let Some(key) = table.keys().iter().position(|key| key == x) {
        let own: Vec<String> = points.iter().map(|point| point.values[key].clone()).collect();
        return Ok(match value::numbers(&own) {
            Some((quantity, numbers)) => Across::Key { key, quantity, numbers },
            None => Across::Names { key, names: values_of(points, key) },
        });
    }
    if !table.has(x) {
        return Err(PlotError::Choice(table.no_such(x)));
    }
    // The key along which it is measured is the one that moves it most alone: the only numeric one, if there is one.
    let mut numeric = (0..table.keys().len())
        .filter(|&key| values_of(points, key).len() > 1 && value::numbers(&values_of(points, key)).is_some());
    let key = match (numeric.next(), numeric.next()) {
        (Some(key), None) => Some(key),
        _ => None,
    };
    Ok(Across::Measured { measure: x.to_owned(), key })
}

/// The measures to draw.
fn measures(table: &Table, points: &[Runs], choice: &Choice) -> Result<Vec<String>, PlotError> {
    if !choice.y.is_empty() {
        return match choice.y.iter().find(|measure| !table.has(measure)) {
            Some(unknown) => Err(PlotError::Choice(table.no_such(unknown))),
            None => Ok(choice.y.clone()),
        };
    }
    let all: Vec<usize> = (0..table.runs()).collect();
    let mut tape = Vec::new();
    for column in table.measures().iter().filter(|column| measure::tape_job(column).is_some()) {
        // A job that only writes has no throughput of reading.
        if table.numbers(&all, column)?.iter().any(|&rate| rate > 0.0) {
            tape.push(column.clone());
        }
    }
    if !tape.is_empty() {
        return Ok(tape);
    }
    let mut measures: Vec<String> = [RECEIVED, "applied_lag.mean_s", "applied_lag.p99_s", "rpo.mean_s"]
        .into_iter()
        .filter(|measure| table.has(measure))
        .map(str::to_owned)
        .collect();
    let groups = table
        .measures()
        .iter()
        .filter(|column| column.starts_with("groups.") && column.ends_with(".applied_lag.mean_s"));
    let groups: Vec<String> = groups.cloned().collect();
    if groups.len() > 1 {
        measures.extend(groups);
    }
    if table.has("response_time.mean_s")
        && table.numbers(&all, "response_time.mean_s")?.iter().any(|&time| time > 1e-6)
    {
        measures.push("response_time.mean_s".into());
    }
    if points.iter().any(|point| table.broken(&point.rows, "order.verdict").0 > 0) {
        measures.push(BROKEN.into());
    }
    Ok(measures)
}

fn mean(table: &Table, point: &Runs, measure: &str) -> Result<Option<f64>, PlotError> {
    let numbers = table.numbers(&point.rows, measure)?;
    Ok((!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64))
}

/// The value and its interval at a point.
fn measured(table: &Table, point: &Runs, x: f64, measure: &str) -> Result<Option<Point>, PlotError> {
    let rare = rarest(measure, &table.seen(&point.rows, measure)?);
    let seen = rare.map(|(_, seen)| seen);
    let estimate = if let Some(flags) = table.flags(&point.rows, measure) {
        Estimate::of_share(&flags, CONFIDENCE)
    } else {
        let numbers = table.numbers(&point.rows, measure)?;
        Estimate::of_mean(&numbers, seen.map(|seen| (seen, point.rows.len())), CONFIDENCE)
            .map(|estimate| estimate.within(bounds(measure)))
    };
    let Some(estimate) = estimate else { return Ok(None) };
    // Without an interval there is no bar.
    let (low, high) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
    let seen = seen.filter(|_| estimate.basis != Basis::ClopperPearson);
    Ok(Some(Point {
        x,
        y: estimate.mean,
        low,
        high,
        runs: estimate.runs as u32,
        basis: Some(estimate.basis),
        seen: seen.map(|seen| seen as u32),
        outstanding: table.outstanding(&point.rows, measure)?,
        swept: None,
    }))
}

fn figure(
    table: &Table,
    points: &[Runs],
    choice: &Choice,
    across: &Across,
    measure: &str,
    scenario_of: ScenarioOf,
) -> Result<Figure, PlotError> {
    let (mut keys, facet) = curve_keys(table, points, choice, across)?;
    let facet = facet.or_else(|| small_multiples(table, points, &keys));
    keys.retain(|key| Some(*key) != facet);
    let panels = facet.map_or_else(Vec::new, |facet| values_of(points, facet));
    let (mut swept, mut origins) = (Vec::new(), Vec::new());
    let mut names: Vec<Vec<String>> = Vec::new();
    let is_alone = keys.iter().all(|&key| table.keys()[key] == SCHEME);
    let mut curves: Vec<(Vec<String>, Curve)> = Vec::new();
    let mut without_x: Vec<String> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let x = match across {
            Across::Key { numbers, .. } => Some(numbers[index]),
            Across::Measured { measure, .. } => mean(table, point, measure)?,
            Across::Names { key, names } => {
                names.iter().position(|name| *name == point.values[*key]).map(|place| place as f64)
            }
        };
        let Some(x) = x else {
            without_x.push(settings_of(table, point).collect::<Vec<_>>().join(", "));
            continue;
        };
        // Where nothing was measured there is a gap, through which no line goes.
        let found = measured(table, point, x, measure)?.unwrap_or_else(|| Point::gap(x));
        swept.push(settings_of(table, point).collect::<Vec<_>>().join(", "));
        origins.push(point);
        let found = Point { swept: Some(swept.len() - 1), ..found };
        let own: Vec<String> = keys.iter().map(|&key| point.values[key].clone()).collect();
        let panel = facet.and_then(|facet| panels.iter().position(|name| *name == point.values[facet]));
        let panel = panel.unwrap_or(0);
        let known = curves.iter().position(|(known, curve)| *known == own && curve.panel == panel);
        let place = known.unwrap_or_else(|| {
            // The same curve looks the same in every panel.
            let place = names.iter().position(|known| *known == own).unwrap_or_else(|| {
                names.push(own.clone());
                names.len() - 1
            });
            let curve = Curve {
                name: curve_name(table, &keys, &own),
                look: look(scheme_of(table, &keys, point), is_alone, place),
                kind: Kind::Measured,
                points: Vec::new(),
                panel,
            };
            curves.push((own, curve));
            curves.len() - 1
        });
        curves[place].1.points.push(found);
    }
    let mut drawn = Vec::new();
    for (own, mut curve) in curves {
        in_order(&origins, across, &mut curve.points);
        let of_panel: Vec<Runs> = points
            .iter()
            .filter(|point| facet.is_none_or(|facet| point.values[facet] == panels[curve.panel]))
            .cloned()
            .collect();
        let theory = theory_curve(table, &of_panel, across, &keys, &own, measure, scenario_of);
        let theory = theory.map(|points| Curve {
            name: if curve.name.is_empty() {
                "closed form".to_owned()
            } else {
                format!("{}, closed form", curve.name)
            },
            kind: Kind::Theory,
            points,
            ..curve
        });
        drawn.push(curve);
        drawn.extend(theory);
    }
    // In the legend what was measured comes first.
    drawn.sort_by_key(|curve| curve.kind == Kind::Theory);
    let labels = Labels { table, points, scenario_of };
    let (label, quantity) = labels.measure(measure);
    let x = across.axis(&labels, choice.x_scale);
    let event = rarest(measure, &table.seen(&(0..table.runs()).collect::<Vec<_>>(), measure)?);
    let seen = event.map_or("saw what the measure depends on", |(event, _)| event.seen());
    let called = |chosen: &Option<String>, label: &str| chosen.clone().unwrap_or_else(|| label.to_owned());
    let limited = |option: &str, text: &Option<String>, quantity| {
        let limits = text.as_ref().map_or(Ok((None, None)), |text| value::limits(text, quantity));
        limits.map_err(|problem| PlotError::Choice(format!("{option}: {problem}")))
    };
    let x_limits = limited("--x-limits", &choice.x_limits, x.quantity)?;
    let y_limits = limited("--y-limits", &choice.y_limits, quantity)?;
    let mut figure = Figure {
        name: measure::stem(measure),
        title: format!("{label} against {}", lower_first(x.label.split(',').next().unwrap_or(&x.label))),
        caption: String::new(),
        x: Axis { label: called(&choice.x_label, &x.label), limits: x_limits, ..x.clone() },
        y: Axis {
            scale: choice.y_scale,
            limits: y_limits,
            ..Axis::new(called(&choice.y_label, &label), quantity)
        },
        curves: drawn,
        panels: panels.iter().map(|value| facet_name(table, facet, value)).collect(),
        swept,
        paper: choice.paper(),
        shades: Vec::new(),
    };
    figure.caption = caption(&label, &x.label, seen, points, &without_x, &figure);
    Ok(figure)
}

/// Every varied key of a point with its value, as settings.
pub(super) fn settings_of<'a>(table: &'a Table, point: &'a Runs) -> impl Iterator<Item = String> + 'a {
    table.keys().iter().zip(&point.values).map(|(key, value)| format!("{key}={value}"))
}

/// What a panel is called.
fn facet_name(table: &Table, facet: Option<usize>, value: &str) -> String {
    facet.map_or_else(String::new, |facet| curve_name(table, &[facet], &[value.to_owned()]))
}

/// Points in the order in which a line joins them: that of what was swept, where it is a number; else that of the axis.
fn in_order(points: &[&Runs], across: &Across, joined: &mut [Point]) {
    let number = |key: usize, point: &Point| {
        let runs = point.swept.and_then(|place| points.get(place))?;
        value::numbers(&[runs.values[key].clone()]).and_then(|(_, numbers)| numbers.first().copied())
    };
    let along = match across {
        Across::Measured { key: Some(key), .. } => Some(*key),
        _ => None,
    };
    let Some(along) = along.filter(|&key| joined.iter().all(|point| number(key, point).is_some())) else {
        joined.sort_by(|left, right| left.x.total_cmp(&right.x));
        return;
    };
    let number = |point: &Point| number(along, point).unwrap_or(point.x);
    joined.sort_by(|left, right| number(left).total_cmp(&number(right)));
    // From left to right, whichever way the key runs.
    if joined.first().zip(joined.last()).is_some_and(|(first, last)| first.x > last.x) {
        joined.reverse();
    }
}

/// More curves than this are not told apart.
const MOST_CURVES: usize = 8;

/// The key whose values get panels of their own, where one panel would have too many curves: the one that leaves the
/// most curves in each that can still be told apart. Schemes stay together, so that they can be compared.
fn small_multiples(table: &Table, points: &[Runs], keys: &[usize]) -> Option<usize> {
    let curves = |keys: &[usize]| {
        let mut names: Vec<Vec<&String>> =
            points.iter().map(|point| keys.iter().map(|&key| &point.values[key]).collect()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    if curves(keys) <= MOST_CURVES {
        return None;
    }
    let left = |key: usize| {
        let others: Vec<usize> = keys.iter().copied().filter(|other| *other != key).collect();
        if others.is_empty() { 1 } else { curves(&others) }
    };
    let rank = |key: &usize| {
        let left = left(*key);
        let is_scheme = keys.len() > 1 && table.keys()[*key] == SCHEME;
        // Too many still: the fewer the better.
        (left > MOST_CURVES, is_scheme, if left > MOST_CURVES { left } else { MOST_CURVES - left })
    };
    keys.iter().copied().min_by_key(rank)
}

/// The keys that tell curves apart: those chosen, or all that vary but the one along the axis; and the key that has a
/// panel for each of its values, if one was chosen.
fn curve_keys(
    table: &Table,
    points: &[Runs],
    choice: &Choice,
    across: &Across,
) -> Result<(Vec<usize>, Option<usize>), PlotError> {
    let varied = |key: usize| values_of(points, key).len() > 1;
    let place = |option: &str, name: &String| {
        table.keys().iter().position(|key| key == name).ok_or_else(|| {
            PlotError::Choice(format!(
                "{option} {name}: not a key of this sweep; it varies {}",
                table.keys().join(", ")
            ))
        })
    };
    let facet = choice.facet.as_ref().map(|facet| place("--facet", facet)).transpose()?;
    if choice.by.is_empty() {
        let others = (0..table.keys().len()).filter(|&key| Some(key) != across.key() && Some(key) != facet);
        return Ok((others.filter(|&key| varied(key)).collect(), facet));
    }
    let keys: Vec<usize> = choice.by.iter().map(|by| place("--by", by)).collect::<Result<_, _>>()?;
    let mut others: Vec<usize> = (0..table.keys().len())
        .filter(|key| varied(*key) && !keys.contains(key))
        .filter(|key| Some(*key) != across.key() && Some(*key) != facet)
        .collect();
    // A measured axis may be walked along by one key, whichever that is.
    if across.key().is_none() && others.len() == 1 {
        others.clear();
    }
    match others.first() {
        None => Ok((keys, facet)),
        Some(&other) => Err(third_key(table, points, choice, across, other)),
    }
}

/// A curve would join points that differ in a key which is neither its axis nor its name.
fn third_key(table: &Table, points: &[Runs], choice: &Choice, across: &Across, other: usize) -> PlotError {
    let key = &table.keys()[other];
    let values = values_of(points, other);
    let shown: Vec<&str> = values.iter().take(4).map(String::as_str).collect();
    let more = if values.len() > shown.len() { ", .." } else { "" };
    let by: Vec<String> = choice.by.iter().map(|by| format!("--by {by}")).collect();
    PlotError::Choice(format!(
        "with {} along {} a curve would join points that differ in `{key}` ({}{more}): add --by {key} for \
         one curve each, or choose one with --where {key}={}",
        by.join(" "),
        across.name(table),
        shown.join(", "),
        shown.first().unwrap_or(&"VALUE")
    ))
}

/// Do the values of this key say what they are of?
fn names_itself(key: &str) -> bool {
    matches!(key, SCHEME | super::SCENARIO_KEY)
}

/// The key that names the scheme.
const SCHEME: &str = "protocol.scheme";

/// The key that names files of which a scenario is made.
const INCLUDE: &str = "include";

/// What an included file is called: `parts/fast.toml` is `fast`.
fn stem_of(file: &str) -> String {
    let stem = std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(file).to_owned()
}

/// Schemes, scenarios and included files by their name alone, other keys as `key = value`.
fn curve_name(table: &Table, keys: &[usize], values: &[String]) -> String {
    let parts = keys.iter().zip(values).map(|(&key, value)| {
        let key = &table.keys()[key];
        match key.rsplit('.').next() {
            _ if names_itself(key) => value.clone(),
            _ if key == INCLUDE => stem_of(value),
            last => format!("{} = {value}", last.unwrap_or(key)),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The scheme of a curve, if that is what its keys choose: by name, or with a scenario, an included file or a preset.
fn scheme_of(table: &Table, keys: &[usize], point: &Runs) -> Option<Scheme> {
    let key = |wanted: &str| keys.iter().copied().find(|&key| table.keys()[key] == wanted);
    if let Some(key) = key(SCHEME) {
        return Scheme::from_name(point.values[key].trim_matches('"'));
    }
    key(super::SCENARIO_KEY).or_else(|| key(INCLUDE)).or_else(|| key("protocol.preset"))?;
    table.texts(&point.rows, "scheme").next().and_then(Scheme::from_name)
}

/// A scheme has the same colour in every figure, baselines are dashed; one that `is_alone` with its name has
/// the same marker too. Nothing else has a colour.
fn look(scheme: Option<Scheme>, is_alone: bool, place: usize) -> Look {
    let Some(scheme) = scheme else { return Look::plain(place) };
    let index = Scheme::ALL.iter().position(|other| *other == scheme).unwrap_or(0);
    let look = Look::of_scheme(index, !scheme.is_numbered());
    if is_alone { look } else { Look { marker: Look::marker(place), ..look } }
}

/// What theory says of a measure in a scenario.
fn of_theory(measure: &str, scenario: &Scenario) -> Option<f64> {
    match measure::tape_job(measure) {
        Some(job) => theory::tape_bytes_per_s(scenario, job),
        None if measure == RECEIVED => theory::received_lag_s(scenario),
        None => None,
    }
}

/// What theory says of a measure along a curve; `None` if it says nothing.
fn theory_curve(
    table: &Table,
    points: &[Runs],
    across: &Across,
    keys: &[usize],
    own: &[String],
    measure: &str,
    scenario_of: ScenarioOf,
) -> Option<Vec<Point>> {
    let along = across.key()?;
    let mine: Vec<&Runs> = points
        .iter()
        .filter(|point| keys.iter().zip(own).all(|(&key, value)| point.values[key] == *value))
        .collect();
    let texts: Vec<String> = mine.iter().map(|point| point.values[along].clone()).collect();
    let (quantity, mut numbers) = value::numbers(&texts)?;
    numbers.sort_by(f64::total_cmp);
    let first = mine.first()?;
    let at = |text: String| {
        let settings: Vec<String> = table
            .keys()
            .iter()
            .enumerate()
            .map(|(key, name)| format!("{name}={}", if key == along { &text } else { &first.values[key] }))
            .collect();
        let scenario = scenario_of(&settings)?;
        let y = of_theory(measure, &scenario)?;
        let x = match across {
            Across::Key { .. } => value::numbers(&[text])?.1.first().copied()?,
            Across::Measured { measure, .. } if measure == REORDERED => theory::reordered_ratio(&scenario)?,
            Across::Measured { measure, .. } if measure == LOSS => theory::loss(&scenario)?,
            Across::Measured { .. } | Across::Names { .. } => return None,
        };
        Some(Point::exact(x, y))
    };
    // At the points themselves in the scenario's own words, between them evenly (by factors, if far apart).
    let mut curve = Vec::new();
    for text in &texts {
        curve.push(at(text.clone())?);
    }
    for two in numbers.windows(2) {
        for step in 1..BETWEEN {
            let share = f64::from(step) / f64::from(BETWEEN);
            let number = if two[0] > 0.0 && two[1] > 2.0 * two[0] {
                two[0] * libm::pow(two[1] / two[0], share)
            } else {
                two[0] + (two[1] - two[0]) * share
            };
            curve.extend(at(value::text(quantity, number)));
        }
    }
    curve.sort_by(|left, right| left.x.total_cmp(&right.x));
    Some(curve)
}
