//! Figures from a folder that `sweep` or `run` has written, and the page that shows them.
//!
//! ```text
//! runs.csv ──table──> rows ──sweep──> figures ──draw──> SVG, PNG ──page──> report.html
//! result.json, series.csv, lag_histogram.csv ──run──┤    └──> points as CSV, the rest as figures.json
//! points as CSV, figures.json ──description─────────┘
//! ```
//! Reads files only: what is drawn is what was written, whoever ran it. Every file is made before the first one
//! takes its place. Nothing here simulates; theory's curves come from `metrics::closed_form`.

mod axis;
mod bitmap;
mod caption;
mod description;
mod draw;
mod error;
mod figure;
mod font;
mod labels;
mod legend;
mod markdown;
mod marker;
mod measure;
mod page;
mod pairs;
pub mod paper;
mod pdf;
mod resolution;
mod run;
mod space_time;
mod steps;
mod story;
mod stroke;
mod sweep;
mod table;
mod theory;
mod value;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

pub use draw::{png as draw_png, svg as draw_svg};
pub use error::PlotError;
pub use figure::{Axis, Curve, Dash, Figure, Kind, Look, Marker, Point, Quantity, Scale, Shade};
pub use sweep::Choice;
pub use value::limits;

use super::{REPLAY_NAME, SCENARIO_NAME};
use crate::making::{self, Making};
use description::Description;
use page::{Page, Picture, Section};
use paper::{Paper, Size};
use table::Table;

/// What a measure is counted in; `None` for one that is in no table, such as a varied key.
pub fn quantity_of(measure: &str) -> Option<Quantity> {
    crate::measures::lookup(measure).map(|known| known.quantity)
}

/// The page's name.
pub const PAGE_NAME: &str = "report.html";
/// The index's name, where one is asked for.
pub const INDEX_NAME: &str = "index.md";
/// The folder for figures within a results folder, unless another is named.
pub const FOLDER_NAME: &str = "figures";

/// A form in which a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics, for slides; it says its resolution.
    Png,
    /// Portable Document Format, for papers.
    Pdf,
}

/// What to draw, and where.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to; `figures` in the results folder if not said.
    pub out: Option<PathBuf>,
    /// In which forms beside the page.
    pub formats: Vec<Format>,
    /// What of a sweep; none is the same as one that chooses nothing.
    pub choices: Vec<Choice>,
    /// Heading of the page; the scenario's title if not said.
    pub title: Option<String>,
    /// A table of verdicts that stands before the figures.
    pub verdicts: Option<Verdicts>,
    /// The commands that do it all again; those of `sweep` and `plot` if not said.
    pub commands: Option<Vec<String>>,
    /// Writes the page as Markdown too.
    pub index: bool,
}

/// What was expected of a sweep and whether it is so: a table for the page.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    /// What is in each column.
    pub headings: Vec<String>,
    /// Is it met? Then the cells.
    pub rows: Vec<(bool, Vec<String>)>,
}

/// Draws what the folder `folder` of results or of figures holds, or the one figure whose CSV it is, and says which files it wrote.
///
/// # Errors
/// When there is nothing to draw, something is damaged, or a file cannot be written: then none was.
pub fn plot(folder: &Path, options: &Options) -> Result<Vec<PathBuf>, PlotError> {
    let shown = read(folder, &options.choices)?;
    let home = if folder.is_file() { folder.parent().unwrap_or(Path::new("")) } else { folder };
    let out = options.out.clone().unwrap_or_else(|| home.join(FOLDER_NAME));
    if out.is_file() {
        return Err(PlotError::Choice(format!("--out {}: it is not a folder", out.display())));
    }
    let failed = |path: &Path, error| PlotError::Write { path: path.to_owned(), error };
    // Beside the figures where there are some, so that all of it is on one disk.
    let home = if out.is_dir() { &out } else { making::home_of(&out).unwrap_or(Path::new("/")) };
    let name = out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let making = Making::folder(home, &name).map_err(|error| failed(&out, error))?;
    write(making, &out, &shown, options)
}

fn write(making: Making, out: &Path, shown: &Shown, options: &Options) -> Result<Vec<PathBuf>, PlotError> {
    let failed = |path: &Path, error| PlotError::Write { path: path.to_owned(), error };
    let mut names = Vec::new();
    let mut figures = Vec::new();
    let put = |names: &mut Vec<String>, name: String, content: &[u8]| {
        fs::write(making.path().join(&name), content).map_err(|error| failed(&out.join(&name), error))?;
        names.push(name);
        Ok::<(), PlotError>(())
    };
    for figure in &shown.figures {
        let svg = draw::svg(figure)?;
        if options.formats.contains(&Format::Svg) {
            put(&mut names, format!("{}.svg", figure.name), svg.as_bytes())?;
        }
        if options.formats.contains(&Format::Png) {
            let name = format!("{}.png", figure.name);
            draw::png(figure, &making.path().join(&name))?;
            names.push(name);
        }
        if options.formats.contains(&Format::Pdf) {
            put(&mut names, format!("{}.pdf", figure.name), &draw::pdf(figure)?)?;
        }
        put(&mut names, format!("{}.csv", figure.name), &figure.csv())?;
        figures.push((figure, picture_of(figure, svg)?));
    }
    let verdicts = options.verdicts.clone().or_else(|| shown.verdicts.clone());
    let page = Page {
        title: options.title.clone().unwrap_or_else(|| shown.title.clone()),
        subtitle: shown.subtitle.clone(),
        facts: shown.facts.clone(),
        sections: shown.sections.clone(),
        figures,
        scenario: shown.scenario.clone(),
        commands: options.commands.clone().unwrap_or_else(|| shown.commands.clone()),
        verdicts,
    };
    if options.index || shown.index {
        put(&mut names, INDEX_NAME.to_owned(), page.markdown(&options.formats).as_bytes())?;
    }
    put(&mut names, description::FILE_NAME.to_owned(), &Description::of(shown, options).json())?;
    put(&mut names, PAGE_NAME.to_owned(), page.html().as_bytes())?;
    fs::create_dir_all(out).map_err(|error| failed(out, error))?;
    let place = |made: &Path| {
        for name in &names {
            fs::rename(made.join(name), out.join(name))?;
        }
        // All has been taken out of it.
        fs::remove_dir(made)
    };
    making.finish(place).map_err(|error| failed(out, error))?;
    Ok(names.iter().map(|name| out.join(name)).collect())
}

/// The figure for a page: drawn again with larger letters, if it is meant for a screen, where the window is narrow.
fn picture_of(figure: &Figure, wide: String) -> Result<Picture, PlotError> {
    let paper = Paper { size: Size::SingleColumn, font_points: None };
    let is_wide = figure.paper.size != Size::SingleColumn;
    let narrow = is_wide.then(|| draw::svg(&Figure { paper, ..figure.clone() })).transpose()?;
    Ok(Picture { wide, narrow })
}

/// What a folder holds, ready to be drawn.
struct Shown {
    title: String,
    subtitle: String,
    facts: Vec<(String, String)>,
    sections: Vec<Section>,
    figures: Vec<Figure>,
    scenario: Option<String>,
    commands: Vec<String>,
    verdicts: Option<Verdicts>,
    /// Is the page written as Markdown too?
    index: bool,
}

fn read(folder: &Path, choices: &[Choice]) -> Result<Shown, PlotError> {
    if folder.is_file() {
        return described(folder, choices);
    }
    if let Some(table) = Table::read(folder)? {
        let nothing = [Choice::default()];
        return read_sweep(folder, &table, if choices.is_empty() { &nothing } else { choices });
    }
    if let Some(mut run) = run::read(folder)? {
        if let Some(choice) = choices.first() {
            description::refuse(choice, "is for sweeps", &format!("{} holds one run", folder.display()))?;
            let figures = std::mem::take(&mut run.figures);
            let changed = figures.into_iter().map(|figure| description::changed(figure, choice));
            run.figures = changed.collect::<Result<_, _>>()?;
        }
        let command = read_text(&folder.join(REPLAY_NAME));
        let scenario = read_text(&folder.join(SCENARIO_NAME));
        let mut shown = Shown::of_run(&run.result, run.figures, scenario, command.as_deref());
        shown.sections.extend(pairs::section(folder)?);
        return Ok(shown);
    }
    described(folder, choices)
}

/// Figures that were drawn before.
fn described(folder: &Path, choices: &[Choice]) -> Result<Shown, PlotError> {
    let drawn = description::read(folder, choices.first().unwrap_or(&Choice::default()))?;
    drawn.ok_or_else(|| PlotError::NothingThere(folder.to_owned()))
}

pub use steps::{Beside, page as steps_page, picture};

/// The page of a run by itself, without figures: what it says of the order; `command` is the one that does the run again.
pub fn run_page(result: &serde_json::Value, scenario: Option<&str>, command: &str) -> String {
    let shown = Shown::of_run(result, Vec::new(), scenario.map(str::to_owned), Some(command));
    let Shown { title, subtitle, facts, sections, scenario, commands, .. } = shown;
    let (figures, verdicts) = (Vec::new(), None);
    Page { title, subtitle, facts, sections, figures, scenario, commands, verdicts }.html()
}

impl Shown {
    /// What the folder of a run holds; `command` is the one that does it again, if that is known.
    fn of_run(
        result: &serde_json::Value,
        figures: Vec<Figure>,
        scenario: Option<String>,
        command: Option<&str>,
    ) -> Self {
        let text = |key: &str| result.get(key).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
        let order = result.get("order").and_then(|order| order.get("verdict"));
        let verdict = order.and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned();
        let seed = result.get("seed").map(ToString::to_string).unwrap_or_default();
        let scheme = text("scheme");
        // What the folder says itself, or as much as the result knows.
        let command = command.map_or_else(
            || format!("rcsim run {}.toml --seed {seed} --set protocol.scheme={scheme}", text("scenario")),
            |command| command.trim_end().to_owned(),
        );
        let mut commands = vec![format!("{command} --out DIR"), "rcsim plot DIR".into()];
        if verdict == "broken" {
            commands.push(command.replacen("rcsim run", "rcsim explain", 1));
        }
        Self {
            title: if text("title").is_empty() { text("scenario") } else { text("title") },
            subtitle: format!("One run, scheme {scheme}, seed {seed}"),
            facts: vec![
                ("Order".into(), verdict),
                ("Expectation".into(), expectation(result)),
                ("Rules".into(), text("rules")),
                ("Digest".into(), text("digest")),
                ("rcsim".into(), text("rcsim")),
            ],
            sections: story::sections(result),
            figures,
            scenario,
            commands,
            verdicts: None,
            index: false,
        }
    }
}

/// Was `[expect]` met, and if not, in what?
fn expectation(result: &serde_json::Value) -> String {
    let unmet = result.get("unmet").and_then(serde_json::Value::as_array);
    let unmet: Vec<&str> = unmet.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    if unmet.is_empty() { "met".to_owned() } else { format!("not met: {}", unmet.join("; ")) }
}

/// A text that is shown if it is there.
fn read_text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// The key of the axis of whole scenarios, in a sweep of several.
const SCENARIO_KEY: &str = "scenario";

/// The scenarios of a sweep: name and text of each.
fn scenarios_of(folder: &Path, manifest: &serde_json::Value) -> Vec<(String, Option<String>)> {
    let name = |value: &serde_json::Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let several = manifest.get("scenarios").and_then(serde_json::Value::as_array);
    let several: Vec<String> = several.into_iter().flatten().filter_map(|one| name(one, "name")).collect();
    if several.is_empty() {
        let name = name(manifest, "scenario").unwrap_or_else(|| "scenario".to_owned());
        return vec![(name, read_text(&folder.join(SCENARIO_NAME)))];
    }
    let read = |name: String| {
        let text = read_text(&folder.join(format!("scenario-{name}.toml")));
        (name, text)
    };
    several.into_iter().map(read).collect()
}

fn read_sweep(folder: &Path, table: &Table, choices: &[Choice]) -> Result<Shown, PlotError> {
    let manifest = read_manifest(&folder.join("sweep.json"))?;
    let list = |key: &str| -> Vec<String> {
        let items = manifest.get(key).and_then(serde_json::Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let scenarios = scenarios_of(folder, &manifest);
    let several = scenarios.len() > 1;
    let set = list("set");
    let scenario_of = |keys: &[String]| {
        let is_axis = |setting: &&String| setting.split_once('=').is_some_and(|(key, _)| key == SCENARIO_KEY);
        let chosen =
            keys.iter().find(is_axis).filter(|_| several).and_then(|setting| setting.split_once('='));
        let (name, text) = match chosen {
            Some((_, chosen)) => scenarios.iter().find(|(name, _)| name == chosen)?,
            None => scenarios.first()?,
        };
        let keys = || keys.iter().filter(|setting| !(several && is_axis(setting)));
        let settings: Vec<String> = set.iter().chain(keys()).cloned().collect();
        let varied: Vec<String> =
            keys().filter_map(|key| Some(key.split_once('=')?.0.trim().to_owned())).collect();
        crate::scenario::parse_varied(name, text.as_deref()?, folder, &settings, &varied).ok()
    };
    let mut figures: Vec<Figure> = Vec::new();
    for choice in choices {
        for mut figure in sweep::figures(table, choice, &scenario_of)? {
            let stem = figure.name.clone();
            // Two figures of one measure are two files.
            let mut number = 2;
            while figures.iter().any(|known| known.name == figure.name) {
                figure.name = format!("{stem}-{number}");
                number += 1;
            }
            figures.push(figure);
        }
    }
    let all: Vec<usize> = (0..table.runs()).collect();
    let (broken, of) = table.broken(&all, "order.verdict");
    let points = table.points().len();
    let title = table.texts(&all, "title").next().filter(|title| !title.is_empty() && !several);
    let names: Vec<&str> = scenarios.iter().map(|(name, _)| name.as_str()).collect();
    let title = title.map_or_else(|| format!("Sweep of {}", names.join(", ")), str::to_owned);
    let version = table.texts(&all, "rcsim").next().unwrap_or("").to_owned();
    let mut facts = vec![
        ("Varied".into(), table.keys().join(", ")),
        ("Order".into(), format!("holds in {} runs, broken in {broken}", of - broken)),
    ];
    if !version.is_empty() {
        facts.push(("rcsim".into(), version));
    }
    Ok(Shown {
        title,
        subtitle: format!("{} runs: {points} points, each over its seeds", table.runs()),
        facts,
        sections: Vec::new(),
        figures,
        commands: std::iter::once(command(&manifest, &names, &set, &list("vary")))
            .chain(choices.iter().map(plot_command))
            .collect(),
        scenario: scenario_text(&scenarios),
        verdicts: None,
        index: false,
    })
}

/// The text of the scenario; of several, one after another, each under its name.
fn scenario_text(scenarios: &[(String, Option<String>)]) -> Option<String> {
    if let [(_, text)] = scenarios {
        return text.clone();
    }
    let texts =
        scenarios.iter().filter_map(|(name, text)| Some(format!("# {name}.toml\n{}", text.as_deref()?)));
    Some(texts.collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
}

fn read_manifest(path: &Path) -> Result<serde_json::Value, PlotError> {
    let Some(text) = read_text(path) else { return Ok(serde_json::Value::Null) };
    serde_json::from_str(&text).map_err(|error| PlotError::Damaged {
        path: path.to_owned(),
        line: Some(error.line() as u64),
        what: error.to_string(),
    })
}

/// The command that made the sweep.
fn command(manifest: &serde_json::Value, names: &[&str], set: &[String], vary: &[String]) -> String {
    let mut words = vec!["rcsim sweep".to_owned()];
    words.extend(names.iter().map(|name| quoted(&format!("{name}.toml"))));
    let vary = vary.iter().skip(usize::from(names.len() > 1));
    words.extend(set.iter().map(|setting| format!("--set {}", quoted(setting))));
    words.extend(vary.map(|key| format!("--vary {}", quoted(key))));
    if manifest.get("warm_up_auto").and_then(serde_json::Value::as_bool) == Some(true) {
        words.push("--warm-up auto".to_owned());
    }
    if let Some(seeds) = manifest.get("seeds") {
        let end = |key: &str| seeds.get(key).and_then(serde_json::Value::as_u64);
        match (end("first"), end("last"), seeds.as_str()) {
            (Some(first), Some(last), _) => words.push(format!("--seeds {first}..{last}")),
            (_, _, Some(text)) => words.push(format!("--seeds {text}")),
            _ => {}
        }
    }
    let until = manifest.get("until_ci").filter(|until| until.is_object());
    if let Some((relative, measure)) =
        until.and_then(|until| Some((until.get("relative")?.as_f64()?, until.get("measure")?.as_str()?)))
    {
        words.push(format!("--until-ci {relative} --measure {}", quoted(measure)));
        let most = until.and_then(|until| until.get("max_seeds")?.as_u64());
        words.extend(most.map(|most| format!("--max-seeds {most}")));
    }
    words.push("--out DIR".to_owned());
    words.join(" ")
}

/// The command that draws the same figures.
fn plot_command(choice: &Choice) -> String {
    let mut words = vec!["rcsim plot DIR".to_owned()];
    words.extend(choice.x.iter().map(|x| format!("--x {}", quoted(x))));
    words.extend(choice.y.iter().map(|y| format!("--y {}", quoted(y))));
    words.extend(choice.by.iter().map(|by| format!("--by {}", quoted(by))));
    words.extend(choice.only.iter().map(|only| format!("--where {}", quoted(only))));
    let mut more = |flag: &str, text: Option<&String>| {
        words.extend(text.map(|text| format!("{flag} {}", quoted(text))));
    };
    more("--facet", choice.facet.as_ref());
    more("--x-limits", choice.x_limits.as_ref());
    more("--y-limits", choice.y_limits.as_ref());
    more("--x-label", choice.x_label.as_ref());
    more("--y-label", choice.y_label.as_ref());
    if let Some((name, _)) = Size::ALL.iter().find(|(_, size)| Some(*size) == choice.size)
        && choice.size != Some(Size::default())
    {
        words.push(format!("--size {name}"));
    }
    words.extend(choice.font_points.map(|points| format!("--font-size {points}")));
    for (flag, scale) in [("--x-scale", choice.x_scale), ("--y-scale", choice.y_scale)] {
        match scale {
            Scale::Auto => {}
            Scale::Linear => words.push(format!("{flag} linear")),
            Scale::Log => words.push(format!("{flag} log")),
        }
    }
    words.join(" ")
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=,:".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}
