//! Figures from a folder that `sweep` or `run` has written, and the page that shows them.
//!
//! ```text
//! runs.csv ──table──> rows ──sweep──> figures ──draw──> SVG, PNG ──page──> report.html
//! result.json, series.csv, lag_histogram.csv ──run──┘    └──> points as CSV
//! ```
//! Reads files only: what is drawn is what was written, whoever ran it. Every file is made before the first one
//! takes its place. Nothing here simulates; theory's curves come from `metrics::closed_form`.

mod axis;
mod draw;
mod error;
mod figure;
mod font;
mod marker;
mod measure;
mod page;
mod run;
mod space_time;
mod steps;
mod story;
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
pub use figure::{Axis, Curve, Figure, Kind, Look, Marker, Point, Quantity, Scale, Shade};
pub use sweep::Choice;

use super::{REPLAY_NAME, SCENARIO_NAME};
use crate::making::{self, Making};
use page::{Page, Section};
use table::Table;

/// The page's name.
pub const PAGE_NAME: &str = "report.html";
/// The folder for figures within a results folder, unless another is named.
pub const FOLDER_NAME: &str = "figures";

/// A form in which a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics, for slides.
    Png,
}

/// What to draw, and where.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where to; `figures` in the results folder if not said.
    pub out: Option<PathBuf>,
    /// In which forms beside the page.
    pub formats: Vec<Format>,
    /// What of a sweep.
    pub choice: Choice,
    /// Heading of the page; the scenario's title if not said.
    pub title: Option<String>,
    /// Nothing stands above a figure: a paper has captions.
    pub untitled: bool,
}

/// Draws what the results folder `folder` holds, and says which files it wrote.
///
/// # Errors
/// When there is nothing to draw, something is damaged, or a file cannot be written: then none was.
pub fn plot(folder: &Path, options: &Options) -> Result<Vec<PathBuf>, PlotError> {
    let shown = read(folder, &options.choice)?;
    let out = options.out.clone().unwrap_or_else(|| folder.join(FOLDER_NAME));
    let failed = |path: &Path, error| PlotError::Io { path: path.to_owned(), error };
    // Beside the figures where there are some, so that all of it is on one disk.
    let home = if out.is_dir() { &out } else { making::home_of(&out).unwrap_or(Path::new("/")) };
    let name = out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let making = Making::folder(home, &name).map_err(|error| failed(&out, error))?;
    write(making, &out, &shown, options)
}

fn write(making: Making, out: &Path, shown: &Shown, options: &Options) -> Result<Vec<PathBuf>, PlotError> {
    let failed = |path: &Path, error| PlotError::Io { path: path.to_owned(), error };
    let mut names = Vec::new();
    let mut figures = Vec::new();
    let put = |names: &mut Vec<String>, name: String, content: &[u8]| {
        let path = making.path().join(&name);
        names.push(name);
        fs::write(&path, content).map_err(|error| failed(&path, error))
    };
    for figure in &shown.figures {
        let untitled = options.untitled.then(|| Figure { title: String::new(), ..figure.clone() });
        let drawn = untitled.as_ref().unwrap_or(figure);
        let svg = draw::svg(drawn)?;
        if options.formats.contains(&Format::Svg) {
            put(&mut names, format!("{}.svg", figure.name), svg.as_bytes())?;
        }
        if options.formats.contains(&Format::Png) {
            let name = format!("{}.png", figure.name);
            draw::png(drawn, &making.path().join(&name))?;
            names.push(name);
        }
        put(&mut names, format!("{}.csv", figure.name), &figure.csv())?;
        figures.push((figure, svg));
    }
    let page = Page {
        title: options.title.clone().unwrap_or_else(|| shown.title.clone()),
        subtitle: shown.subtitle.clone(),
        facts: shown.facts.clone(),
        sections: shown.sections.clone(),
        figures,
        scenario: shown.scenario.clone(),
        commands: shown.commands.clone(),
    };
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

/// What a folder holds, ready to be drawn.
struct Shown {
    title: String,
    subtitle: String,
    facts: Vec<(String, String)>,
    sections: Vec<Section>,
    figures: Vec<Figure>,
    scenario: Option<String>,
    commands: Vec<String>,
}

fn read(folder: &Path, choice: &Choice) -> Result<Shown, PlotError> {
    if let Some(table) = Table::read(folder)? {
        return read_sweep(folder, &table, choice);
    }
    if let Some(run) = run::read(folder)? {
        let command = read_text(&folder.join(REPLAY_NAME));
        let scenario = read_text(&folder.join(SCENARIO_NAME));
        return Ok(Shown::of_run(&run.result, run.figures, scenario, command.as_deref()));
    }
    Err(PlotError::NothingThere(folder.to_owned()))
}

pub use steps::{Beside, page as steps_page, picture};

/// The page of a run by itself, without figures: what it says of the order; `command` is the one that does the run again.
pub fn run_page(result: &serde_json::Value, scenario: Option<&str>, command: &str) -> String {
    let shown = Shown::of_run(result, Vec::new(), scenario.map(str::to_owned), Some(command));
    let Shown { title, subtitle, facts, sections, scenario, commands, .. } = shown;
    Page { title, subtitle, facts, sections, figures: Vec::new(), scenario, commands }.html()
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

fn read_sweep(folder: &Path, table: &Table, choice: &Choice) -> Result<Shown, PlotError> {
    let scenario = read_text(&folder.join("scenario.toml"));
    let manifest = read_manifest(&folder.join("sweep.json"))?;
    let list = |key: &str| -> Vec<String> {
        let items = manifest.get(key).and_then(serde_json::Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let name = manifest.get("scenario").and_then(serde_json::Value::as_str).unwrap_or("scenario").to_owned();
    let set = list("set");
    let scenario_of = |keys: &[String]| {
        let settings: Vec<String> = set.iter().chain(keys).cloned().collect();
        let varied: Vec<String> =
            keys.iter().filter_map(|key| Some(key.split_once('=')?.0.trim().to_owned())).collect();
        crate::scenario::parse_varied(&name, scenario.as_deref()?, folder, &settings, &varied).ok()
    };
    let figures = sweep::figures(table, choice, &scenario_of)?;
    let all: Vec<usize> = (0..table.runs()).collect();
    let (broken, of) = table.broken(&all, "order.verdict");
    let points = table.points().len();
    let title = table.texts(&all, "title").next().filter(|title| !title.is_empty());
    let title = title.map_or_else(|| format!("Sweep of {name}"), str::to_owned);
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
        commands: vec![command(&manifest, &name, &set, &list("vary")), plot_command(choice)],
        scenario,
    })
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
fn command(manifest: &serde_json::Value, name: &str, set: &[String], vary: &[String]) -> String {
    let mut words = vec![format!("rcsim sweep {name}.toml")];
    words.extend(set.iter().map(|setting| format!("--set {}", quoted(setting))));
    words.extend(vary.iter().map(|key| format!("--vary {}", quoted(key))));
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
