//! Reads a study and checks it against its scenarios: whatever is wrong is told before anything runs, at its place.

use std::path::{Path, PathBuf};

use super::file::{self, File, Settings, Texts};
use super::{Expectation, Of, Study, Until, given, names};
use crate::measures::Quantity;
use crate::report::plot::paper;
use crate::report::plot::{Choice, Scale};
use crate::scenario::diagnostic::{Diagnostic, Fallible, Fault};
use crate::scenario::document::{Node, Value, quoted};
use crate::scenario::format::{Read as _, unknown_name, wrong_type};
use crate::scenario::source::{At, Sources, Span};
use crate::scenario::suggest::nearest;
use crate::scenario::value::Positive;
use crate::scenario::{Scenario, figures, load_varied, read_file_of};
use crate::sweep::until::Share;
use crate::sweep::vary::SCENARIO_KEY;
use crate::sweep::{Axis, Seeds};
use crate::units::quantity::parse_duration;

/// A study is no longer than this, in values of one key that are tried alone before the sweep tries all of them.
const MOST_TRIED: u64 = 200;
/// Values of a key among which those of `where` are looked for.
const MOST_LISTED: u64 = 100_000;
/// Seeds of a point at most, unless it is said.
const MAX_SEEDS: u64 = 1000;

/// What is wrong with a study, at its place; then what is wrong with a scenario, if that is why.
#[derive(Clone, Debug)]
pub struct StudyError {
    /// One or two.
    pub diagnostics: Vec<Diagnostic>,
}

/// A fault of the study, or of a scenario that it names.
enum Wrong {
    Study(Box<Fault>),
    Scenario(Option<Box<Fault>>, Box<Diagnostic>),
}

impl From<Box<Fault>> for Wrong {
    fn from(fault: Box<Fault>) -> Self {
        Self::Study(fault)
    }
}

/// Reads the study in the file at `path`.
///
/// # Errors
/// When it cannot be read, or anything is wrong with it or with a scenario at any of its values.
pub fn load(path: &Path) -> Result<Study, StudyError> {
    let shown = path.display().to_string();
    let (text, fault) = match read_file_of(path, "a study file") {
        Ok(text) => (text, None),
        Err(fault) => (String::new(), Some(fault)),
    };
    let sources = Sources::new(&shown, &text, &[]);
    let base = path.parent().unwrap_or(Path::new(""));
    let read = fault.map_or_else(|| understand(&sources, base), |fault| Err(fault.into()));
    read.map_err(|wrong| {
        let own = |fault: Box<Fault>| Diagnostic::new(*fault, sources.clone());
        StudyError {
            diagnostics: match wrong {
                Wrong::Study(fault) => vec![own(fault)],
                Wrong::Scenario(fault, diagnostic) => {
                    fault.map(own).into_iter().chain([*diagnostic]).collect()
                }
            },
        }
    })
}

fn understand(sources: &Sources, base: &Path) -> Result<Study, Wrong> {
    let root = Node::parse_file(sources.file(), 0, sources.end_of_file())?;
    not_a_scenario(&root)?;
    let file = File::read(&root)?;
    let scenarios = scenarios(&file.scenario, base)?;
    let varied = Varied::new(sources, &file, &scenarios)?;
    let loaded = varied.scenarios(&scenarios)?;
    let mut groups: Vec<&str> =
        loaded.iter().flat_map(|scenario| &scenario.groups).map(|group| group.name.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let known = Known { sources, varied: &varied, groups: &groups };
    let figures: Result<Vec<Choice>, Box<Fault>> =
        file.figure.iter().map(|figure| known.figure(figure)).collect();
    let mut expectations = Vec::new();
    for expect in &file.expect {
        known.expectations(&expect.value, &mut expectations)?;
    }
    let figures = figures?;
    let seeds = seeds(&file.seeds)?;
    let until = file.until_ci.as_ref().map(|until| known.until(&until.value)).transpose()?;
    let warm_up = warm_up(file.warm_up.as_ref())?;
    something_varies(&varied, &file)?;
    Ok(Study {
        title: file.title.map(|title| title.value),
        scenarios: scenarios.into_iter().map(|scenario| scenario.value).collect(),
        seeds,
        until,
        warm_up,
        figures,
        expectations,
        set: varied.set.iter().map(|setting| setting.value.clone()).collect(),
        vary: varied.axes.iter().map(|axis| axis.given.clone()).collect(),
    })
}

/// A scenario in place of a study is told as what it is, not by its keys.
fn not_a_scenario(root: &Node) -> Fallible<()> {
    let Value::Table(table) = &root.value else { return Ok(()) };
    match table.get("run") {
        Some(run) if table.get("scenario").is_none() => {
            Err(Fault::new("not-a-study", run.span, "expected a study, found a scenario")
                .help("`rcsim run` runs it; a study names it: scenario = \"FILE\""))
        }
        _ => Ok(()),
    }
}

/// A figure needs an axis. A measure can be one; what varies is, unless there is one point only.
fn something_varies(varied: &Varied, file: &File) -> Fallible<()> {
    let varies = varied.names.len() > 1 || varied.axes.iter().any(|axis| axis.axis.count() > 1);
    let has_x = |figure: &At<file::Figure>| figure.value.x.is_some();
    if varies || !file.figure.is_empty() && file.figure.iter().all(has_x) {
        return Ok(());
    }
    let title = "expected a key with several values, or several scenarios; found one point, of which no figure can be drawn";
    let span = file.vary.as_ref().map_or(file.scenario.span, |vary| vary.span);
    Err(Fault::new("nothing-varies", span, title)
        .help("a scenario alone is judged by its [expect.figures], which `rcsim run --seeds A..B` holds against every run"))
}

/// The scenario files, which stand from the folder of the study.
fn scenarios(texts: &At<Texts>, base: &Path) -> Fallible<Vec<At<PathBuf>>> {
    let mut found: Vec<At<PathBuf>> = Vec::new();
    for text in &texts.value.0 {
        let path = base.join(&text.value);
        if !path.is_file() {
            let title = format!("expected a scenario file, found no such file: {}", path.display());
            return Err(Fault::new("file-not-found", text.span, title)
                .note("the path of a scenario is from the folder of the study"));
        }
        if let Some(twice) = found.iter().find(|known| known.value.file_stem() == path.file_stem()) {
            let title = "two scenarios have the same name, and a sweep tells them apart by it";
            return Err(Fault::new("contradiction", text.span, title).context(twice.span, "the first"));
        }
        found.push(At { value: path, span: text.span });
    }
    Ok(found)
}

fn seeds(text: &At<file::SeedRange>) -> Fallible<Seeds> {
    text.value.0.parse().map_err(|problem| {
        let title = format!("expected seeds such as \"1..20\": {problem}");
        Fault::new("seeds", text.span, title)
    })
}

fn warm_up(text: Option<&At<String>>) -> Fallible<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    if text.value != "auto"
        && let Err(error) = parse_duration(&text.value)
    {
        let title = format!("expected a time such as \"2s\", or \"auto\", found {}", quoted(&text.value));
        return Err(Fault::new("wrong-type", text.span, title).label(error.to_string()));
    }
    Ok(Some(text.value.clone()))
}

/// An axis, and where each of its values stands.
struct StudyAxis {
    /// As `--vary` takes it.
    given: String,
    axis: Axis,
    /// Where the key stands.
    span: Span,
    /// The place of each item of the list; a range is one item.
    items: Vec<(Axis, Span)>,
}

/// What varies and what is set.
struct Varied {
    set: Vec<At<String>>,
    axes: Vec<StudyAxis>,
    /// The names of the scenarios, if they are an axis.
    names: Vec<String>,
}

impl Varied {
    fn new(sources: &Sources, file: &File, scenarios: &[At<PathBuf>]) -> Fallible<Self> {
        let mut set: Vec<At<String>> = Vec::new();
        for (key, node) in file.set.iter().flat_map(|set| &set.value.0) {
            not_a_seed(key)?;
            let value = format!("{}={}", key.value, given::one(sources, node));
            set.push(At { value, span: key.span });
        }
        let mut axes: Vec<StudyAxis> = Vec::new();
        for (key, node) in file.vary.iter().flat_map(|vary| &vary.value.0) {
            let axis = axis(sources, key, node)?;
            for own in axis.axis.keys() {
                let at = At { value: own.clone(), span: key.span };
                not_a_seed(&at)?;
                let known = axes.iter().find(|known| known.axis.keys().contains(own)).map(|known| known.span);
                let is_set = |setting: &&At<String>| setting.value.split('=').next() == Some(own);
                if let Some(first) = known.or_else(|| set.iter().find(is_set).map(|setting| setting.span)) {
                    let title = format!("`{own}` has its values already");
                    return Err(Fault::new("contradiction", key.span, title).context(first, "here"));
                }
            }
            axes.push(axis);
        }
        let stem = |path: &At<PathBuf>| {
            path.value.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
        };
        let names = if scenarios.len() > 1 { scenarios.iter().map(stem).collect() } else { Vec::new() };
        Ok(Self { set, axes, names })
    }

    /// The varied keys.
    fn keys(&self) -> Vec<&str> {
        let own = self.axes.iter().flat_map(|axis| axis.axis.keys()).map(String::as_str);
        let of_scenarios = (!self.names.is_empty()).then_some(SCENARIO_KEY);
        of_scenarios.into_iter().chain(own).collect()
    }

    /// The values of a varied key, each as tables show it and by its name: `0` and `0.0` have one name.
    fn values(&self, key: &str) -> Vec<(String, String)> {
        if key == SCENARIO_KEY && !self.names.is_empty() {
            let name = |name: &String| (name.clone(), serde_json::Value::from(name.as_str()).to_string());
            return self.names.iter().map(name).collect();
        }
        let mut values: Vec<(String, String)> = Vec::new();
        for axis in &self.axes {
            let Some(place) = axis.axis.keys().iter().position(|known| known == key) else { continue };
            for index in 0..axis.axis.count().min(MOST_LISTED) {
                let value = axis.axis.values(index).swap_remove(place);
                let known = (value.text.clone(), value.name());
                // Those of keys that go together may be there before.
                if axis.axis.keys().len() == 1 || !values.contains(&known) {
                    values.push(known);
                }
            }
        }
        values
    }

    /// Loads every scenario at the first values, and at each value of one axis: what is wrong is told at the value.
    fn scenarios(&self, paths: &[At<PathBuf>]) -> Result<Vec<Scenario>, Wrong> {
        let mut loaded = Vec::new();
        for path in paths {
            loaded.push(self.valid(&path.value, None)?);
            for (place, axis) in self.axes.iter().enumerate() {
                for index in 1..axis.axis.count().min(MOST_TRIED) {
                    self.valid(&path.value, Some((place, index)))?;
                }
            }
        }
        Ok(loaded)
    }

    /// The scenario with the first value of each axis but one, which has that of an index.
    fn valid(&self, path: &Path, chosen: Option<(usize, u64)>) -> Result<Scenario, Wrong> {
        let keys: Vec<String> = self.axes.iter().flat_map(|axis| axis.axis.keys().iter().cloned()).collect();
        let mut settings: Vec<(String, Span)> =
            self.set.iter().map(|setting| (setting.value.clone(), setting.span)).collect();
        for (place, axis) in self.axes.iter().enumerate() {
            let index = chosen.filter(|(other, _)| *other == place).map_or(0, |(_, index)| index);
            let span = axis.place_of(index);
            let values = axis.axis.keys().iter().zip(axis.axis.values(index));
            settings.extend(values.map(|(key, value)| (format!("{key}={}", value.given), span)));
        }
        let texts: Vec<String> = settings.iter().map(|(text, _)| text.clone()).collect();
        let failed = match load_varied(path, &texts, &keys) {
            Ok(scenario) => return Ok(scenario),
            Err(diagnostic) => diagnostic,
        };
        // Of all settings in a row, the first without which it could be read is to blame.
        for count in 0..=texts.len() {
            let Err(diagnostic) = load_varied(path, &texts[..count], &keys) else { continue };
            let Some((text, span)) = count.checked_sub(1).and_then(|last| settings.get(last)) else { break };
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            let title = format!("{} cannot be run with {key} = {value}", path.display());
            let fault = Fault::new("study-value", *span, title).label("this value, for the reason below");
            return Err(Wrong::Scenario(Some(fault), diagnostic));
        }
        Err(Wrong::Scenario(None, failed))
    }
}

impl StudyAxis {
    /// Where the value of an index stands.
    fn place_of(&self, index: u64) -> Span {
        let mut from = 0;
        let item = self.items.iter().find(|(item, _)| {
            from += item.count();
            index < from
        });
        item.map_or(self.span, |(_, span)| *span)
    }
}

fn not_a_seed(key: &At<String>) -> Fallible<()> {
    if key.value != "run.seed" {
        return Ok(());
    }
    Err(Fault::new("contradiction", key.span, "seeds are given by the key `seeds` of the study"))
}

/// Reads the values of a key, or of several that go together.
fn axis(sources: &Sources, key: &At<String>, node: &Node) -> Fallible<StudyAxis> {
    let together = key.value.contains(',');
    let read = |node: &Node| if together { given::tuple(sources, node) } else { given::one(sources, node) };
    let nodes: Vec<&Node> = match &node.value {
        Value::List(items) if items.is_empty() => {
            return Err(Fault::new("empty-list", node.span, "expected at least one value, found none"));
        }
        Value::List(items) => items.iter().collect(),
        Value::Table(_) => return Err(wrong_type(node, "a list of values")),
        // A range, or a key that has one value for now.
        _ => vec![node],
    };
    let mut items = Vec::new();
    for node in nodes {
        let axis = Axis::read(&format!("{}={}", key.value, read(node)));
        let problem =
            |problem: String| Fault::new("values", node.span, format!("`{}`: {problem}", key.value));
        items.push((axis.map_err(problem)?, node.span, read(node)));
    }
    let texts: Vec<&str> = items.iter().map(|(_, _, text)| text.as_str()).collect();
    let given = format!("{}={}", key.value, texts.join(","));
    let axis = Axis::read(&given)
        .map_err(|problem| Fault::new("values", node.span, format!("`{}`: {problem}", key.value)))?;
    let items = items.into_iter().map(|(axis, span, _)| (axis, span)).collect();
    Ok(StudyAxis { given, axis, span: key.span, items })
}

/// What figures and expectations may name.
struct Known<'a> {
    sources: &'a Sources,
    varied: &'a Varied,
    groups: &'a [&'a str],
}

impl Known<'_> {
    fn until(&self, until: &file::Until) -> Fallible<Until> {
        let within: Share = until.within.value.parse().map_err(|problem: String| {
            Fault::new("wrong-type", until.within.span, format!("expected a share such as \"5%\": {problem}"))
        })?;
        let max_seeds = until.max_seeds.as_ref().map_or(MAX_SEEDS, |most| most.value.0);
        Ok(Until { measure: self.measure(&until.measure)?.0, within, max_seeds })
    }

    /// The column of a measure and what it is.
    fn measure(&self, name: &At<String>) -> Fallible<(String, figures::Kind)> {
        names::column(&name.value, self.groups).map_err(|meant| {
            let title = format!("expected a measure, found {}", quoted(&name.value));
            let fault = Fault::new("unknown-figure", name.span, title).label("there is no such measure");
            let fault = fault.did_you_mean(meant.map(|meant| quoted(&meant)));
            fault.note("for example \"received_lag.mean\", \"rpo.max\", \"groups.NAME.rpo.max\", \"broken\"")
        })
    }

    fn key(&self, name: &At<String>) -> Fallible<()> {
        let keys = self.varied.keys();
        if keys.contains(&name.value.as_str()) {
            return Ok(());
        }
        if keys.is_empty() {
            return Err(Fault::new("unknown-name", name.span, "nothing varies in this study"));
        }
        Err(unknown_name(name, "a key that varies", &keys))
    }

    /// The points of `where`: each key with its values.
    fn only(&self, settings: Option<&At<Settings>>) -> Fallible<Vec<(String, Vec<String>)>> {
        let mut only = Vec::new();
        for (key, node) in settings.into_iter().flat_map(|settings| &settings.value.0) {
            self.key(key)?;
            let there = self.varied.values(&key.value);
            let nodes = match &node.value {
                Value::List(items) => items.iter().collect(),
                _ => vec![node],
            };
            let mut values = Vec::new();
            for node in nodes {
                let found = given::value(self.sources, node);
                let is_it = |name: &String| found.as_ref().is_some_and(|found| found.name() == *name);
                let Some((text, _)) = there.iter().find(|(_, name)| is_it(name)) else {
                    let names: Vec<&str> = there.iter().map(|(text, _)| text.as_str()).take(30).collect();
                    let found = At { value: given::one(self.sources, node), span: node.span };
                    return Err(unknown_name(&found, &format!("a value of `{}`", key.value), &names));
                };
                values.push(text.clone());
            }
            only.push((key.value.clone(), values));
        }
        Ok(only)
    }

    fn figure(&self, figure: &At<file::Figure>) -> Fallible<Choice> {
        let file::Figure { measure, x, by, x_label, y_label, x_scale, y_scale, title, name, .. } =
            &figure.value;
        let text = |text: &Option<At<String>>| text.as_ref().map(|text| text.value.clone());
        let mut y = Vec::new();
        for measure in &measure.value.0 {
            y.push(self.measure(measure)?.0);
        }
        let mut keys = Vec::new();
        for key in by.iter().flat_map(|by| &by.value.0) {
            self.key(key)?;
            keys.push(key.value.clone());
        }
        let along = x.as_ref().map(|x| self.across(x)).transpose()?;
        let only = self.only(figure.value.r#where.as_ref())?;
        let facet = &figure.value.facet;
        facet.iter().try_for_each(|facet| self.key(facet))?;
        // A panel tells apart as a curve does.
        let apart: Vec<String> = keys.iter().cloned().chain(text(facet)).collect();
        if !keys.is_empty() {
            self.tells_all_apart(figure.span, &apart, along.as_deref(), &only)?;
        }
        for (limits, measure) in [(&figure.value.x_limits, x.as_ref()), (&figure.value.y_limits, None)] {
            let quantity = measure.map_or_else(|| y.first(), |_| along.as_ref());
            limits.iter().try_for_each(|limits| are_limits(limits, quantity))?;
        }
        let font_points = figure.value.font_size.as_ref().map(font_points).transpose()?;
        if let Some(name) = name {
            is_a_stem(name)?;
        }
        let settings = |(key, values): (String, Vec<String>)| {
            values.into_iter().map(move |value| format!("{key}={value}"))
        };
        Ok(Choice {
            x: along,
            y,
            by: keys,
            only: only.into_iter().flat_map(settings).collect(),
            x_label: text(x_label),
            y_label: text(y_label),
            x_scale: x_scale.as_ref().map_or(Scale::Auto, |scale| scale.value.0),
            y_scale: y_scale.as_ref().map_or(Scale::Auto, |scale| scale.value.0),
            x_limits: text(&figure.value.x_limits),
            y_limits: text(&figure.value.y_limits),
            facet: text(facet),
            size: figure.value.size.as_ref().map(|size| size.value.0),
            font_points,
            name: text(name),
            title: text(title).map(|title| if title == "none" { String::new() } else { title }),
        })
    }

    /// The x axis: a varied key, or the column of a measure.
    fn across(&self, x: &At<String>) -> Fallible<String> {
        let keys = self.varied.keys();
        if keys.contains(&x.value.as_str()) {
            return Ok(x.value.clone());
        }
        self.measure(x).map(|(column, _)| column).map_err(|fault| {
            match nearest(&x.value, keys.iter().copied()) {
                Some(_) => unknown_name(x, "a key that varies, or a measure", &keys),
                None => fault,
            }
        })
    }

    /// With `by`, a curve must not join points that differ in another key than that of the x axis.
    fn tells_all_apart(
        &self,
        span: Span,
        by: &[String],
        along: Option<&str>,
        only: &[(String, Vec<String>)],
    ) -> Fallible<()> {
        let is_one = |key: &str| {
            let chosen = only.iter().find(|(known, _)| known == key).map(|(_, values)| values.len());
            chosen.unwrap_or_else(|| self.varied.values(key).len()) == 1
        };
        let keys = self.varied.keys();
        let others: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| !by.iter().any(|by| by == key) && Some(*key) != along && !is_one(key))
            .collect();
        let is_measured = along.is_none_or(|along| !keys.contains(&along));
        let Some(other) = others.get(usize::from(is_measured)) else { return Ok(()) };
        let title = format!("a curve of this figure would join points that differ in `{other}`");
        Err(Fault::new("third-key", span, title)
            .help(format!("add {} to `by`, or choose a value in `where`", quoted(other))))
    }

    fn expectations(&self, expect: &file::Expect, found: &mut Vec<Expectation>) -> Fallible<()> {
        let only = self.only(expect.r#where.as_ref())?;
        let of = expect.of.as_ref().map_or(Of::Mean, |of| of.value.0);
        if expect.figures.value.0.is_empty() {
            let title = "expected at least one limit such as \"rpo.max\" = \"<= 2s\", found none";
            return Err(Fault::new("empty-list", expect.figures.span, title));
        }
        for (name, limit) in &expect.figures.value.0 {
            let (column, kind) = self.measure(name)?;
            let (comparison, value) = figures::limit(&limit.value, kind).map_err(|expected| {
                let title = format!("expected {expected}; found {}", quoted(&limit.value));
                Fault::new("limit", limit.span, title)
            })?;
            let written = limit.value.trim().to_owned();
            let (name, only) = (name.value.clone(), only.clone());
            found.push(Expectation { only, of, name, column, kind, comparison, limit: value, written });
        }
        Ok(())
    }
}

/// Limits of an axis are told here as far as they can be read without its values.
fn are_limits(text: &At<String>, column: Option<&String>) -> Fallible<()> {
    let known = column.map(|column| crate::report::plot::quantity_of(column));
    // Of a key what it is counted in is not known here: any of these will do.
    let kinds = [Quantity::Number, Quantity::Time, Quantity::Bytes, Quantity::BitsPerSecond, Quantity::Rate];
    let read = |quantity| crate::report::plot::limits(&text.value, quantity);
    let mut tried = known.flatten().map_or_else(|| kinds.to_vec(), |known| vec![known]).into_iter().map(read);
    let first = tried.next().unwrap_or(Ok((None, None)));
    match first {
        Err(problem) if tried.all(|read| read.is_err()) => Err(Fault::new("limits", text.span, problem)),
        _ => Ok(()),
    }
}

fn font_points(points: &At<Positive>) -> Fallible<f64> {
    paper::font_points(&points.value.0.to_string())
        .map_err(|expected| Fault::new("out-of-range", points.span, expected))
}

/// A name of files that stays in its folder.
fn is_a_stem(name: &At<String>) -> Fallible<()> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if !name.value.is_empty() && name.value.len() <= 100 && name.value.chars().all(plain) {
        return Ok(());
    }
    let title = format!("expected a name of letters, digits, - and _, found {}", quoted(&name.value));
    Err(Fault::new("wrong-type", name.span, title))
}
