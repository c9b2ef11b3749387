//! `figures.json`: what a folder of figures shows but for the values, which stand in the CSV beside each figure. From both,
//! figures and page are drawn again to the last byte, or with other labels and of another size; no run is needed for it.

#[cfg(test)]
mod tests;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::draw;
use super::error::PlotError;
use super::figure::{Axis, Curve, Dash, Figure, Kind, Look, Marker, Point, Quantity, Scale, Shade};
use super::page::Section;
use super::paper::{Paper, Size};
use super::sweep::Choice;
use super::value;
use super::{Options, Shown, Verdicts};
use crate::metrics::Basis;

/// The file's name.
pub const FILE_NAME: &str = "figures.json";
/// Its form.
const SCHEMA: u64 = 1;

/// Everything but the values.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    schema: u64,
    /// Was the page written as Markdown too?
    index: bool,
    page: PageText,
    figures: Vec<FigureText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageText {
    title: String,
    subtitle: String,
    facts: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sections: Vec<Section>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdicts: Option<Verdicts>,
    commands: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FigureText {
    name: String,
    title: String,
    caption: String,
    x: AxisText,
    y: AxisText,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    panels: Vec<String>,
    curves: Vec<CurveText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shades: Vec<Shade>,
    size: Size,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    font_points: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisText {
    label: String,
    quantity: Quantity,
    scale: Scale,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CurveText {
    name: String,
    #[serde(default, skip_serializing_if = "is_first")]
    panel: usize,
    kind: Kind,
    colour: String,
    marker: Marker,
    dash: Dash,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_first(panel: &usize) -> bool {
    *panel == 0
}

impl Description {
    /// Of figures that are drawn on a page.
    pub fn of(shown: &Shown, options: &Options) -> Self {
        let page = PageText {
            title: options.title.clone().unwrap_or_else(|| shown.title.clone()),
            subtitle: shown.subtitle.clone(),
            facts: shown.facts.clone(),
            sections: shown.sections.clone(),
            verdicts: options.verdicts.clone().or_else(|| shown.verdicts.clone()),
            commands: options.commands.clone().unwrap_or_else(|| shown.commands.clone()),
            scenario: shown.scenario.clone(),
        };
        let index = options.index || shown.index;
        Self { schema: SCHEMA, index, page, figures: shown.figures.iter().map(FigureText::of).collect() }
    }

    /// The file's content.
    pub fn json(&self) -> Vec<u8> {
        // Text and finite numbers do not fail.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }
}

impl FigureText {
    fn of(figure: &Figure) -> Self {
        let curve = |curve: &Curve| {
            let (red, green, blue) = curve.look.colour;
            CurveText {
                name: curve.name.clone(),
                panel: curve.panel,
                kind: curve.kind,
                colour: format!("#{red:02X}{green:02X}{blue:02X}"),
                marker: curve.look.marker,
                dash: curve.look.dash,
            }
        };
        Self {
            name: figure.name.clone(),
            title: figure.title.clone(),
            caption: figure.caption.clone(),
            x: AxisText::of(&figure.x),
            y: AxisText::of(&figure.y),
            panels: figure.panels.clone(),
            curves: figure.curves.iter().map(curve).collect(),
            shades: figure.shades.clone(),
            size: figure.paper.size,
            font_points: figure.paper.font_points,
        }
    }

    /// The figure, without values; what is wrong with it, if it cannot be one.
    fn figure(self) -> Result<Figure, String> {
        let is_stem =
            !self.name.is_empty() && !self.name.contains(['/', '\\']) && !self.name.starts_with('.');
        if !is_stem {
            return Err(format!("the name of a figure is the stem of its files; found {:?}", self.name));
        }
        let panels = self.panels.len().max(1);
        let curve = |curve: CurveText| {
            let colour = colour_of(&curve.colour).ok_or_else(|| {
                format!("{}: expected a colour such as \"#0072B2\", found {:?}", self.name, curve.colour)
            })?;
            if curve.panel >= panels {
                return Err(format!(
                    "{}: there is no panel {} for curve {:?}",
                    self.name, curve.panel, curve.name
                ));
            }
            Ok(Curve {
                name: curve.name,
                look: Look { colour, marker: curve.marker, dash: curve.dash },
                kind: curve.kind,
                points: Vec::new(),
                panel: curve.panel,
            })
        };
        Ok(Figure {
            curves: self.curves.into_iter().map(curve).collect::<Result<_, _>>()?,
            name: self.name,
            title: self.title,
            caption: self.caption,
            x: self.x.axis(),
            y: self.y.axis(),
            shades: self.shades,
            panels: self.panels,
            swept: Vec::new(),
            paper: Paper { size: self.size, font_points: self.font_points },
        })
    }
}

/// `#RRGGBB`.
fn colour_of(text: &str) -> Option<(u8, u8, u8)> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
    Some((part(0)?, part(2)?, part(4)?))
}

impl AxisText {
    fn of(axis: &Axis) -> Self {
        Self {
            label: axis.label.clone(),
            quantity: axis.quantity,
            scale: axis.scale,
            names: axis.names.clone(),
            from: axis.limits.0,
            to: axis.limits.1,
        }
    }

    fn axis(self) -> Axis {
        Axis {
            label: self.label,
            quantity: self.quantity,
            scale: self.scale,
            names: self.names,
            limits: (self.from, self.to),
        }
    }
}

/// Reads the figures that `folder` holds, or the one whose CSV `folder` is, as they were drawn but for what `choice` changes;
/// `None` if none are described there.
///
/// # Errors
/// When a file is damaged, or the choice needs the runs.
pub fn read(folder: &Path, choice: &Choice) -> Result<Option<Shown>, PlotError> {
    let (home, only) = match folder.extension() {
        Some(extension) if extension == "csv" && folder.is_file() => {
            (folder.parent().unwrap_or_else(|| Path::new("")), folder.file_stem())
        }
        _ => (folder, None),
    };
    let path = home.join(FILE_NAME);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            return match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Ok(None),
                _ => Err(PlotError::Io { path, error }),
            };
        }
    };
    let damaged = |line, what| PlotError::Damaged { path: path.clone(), line, what };
    let found: Description = serde_json::from_slice(&text)
        .map_err(|error| damaged(Some(error.line() as u64), error.to_string()))?;
    if found.schema != SCHEMA {
        return Err(damaged(None, format!("expected schema {SCHEMA}, found {}", found.schema)));
    }
    let only_drawn = format!(
        "{} holds only what was drawn of them: plot the folder of the sweep. Here labels, scales, limits and sizes can be \
         chosen; the CSV of a figure in place of the folder draws that one",
        home.display()
    );
    refuse(choice, "needs the runs", &only_drawn)?;
    let mut figures = Vec::new();
    for text in found.figures {
        if only.is_some_and(|stem| stem != text.name.as_str()) {
            continue;
        }
        let mut figure = text.figure().map_err(|what| damaged(None, what))?;
        fill(&mut figure, home)?;
        figures.push(changed(figure, choice)?);
    }
    if figures.is_empty() {
        let what = match only {
            Some(stem) => format!("there is no figure {} in it", stem.display()),
            None => "there is no figure in it".to_owned(),
        };
        return Err(damaged(None, what));
    }
    let PageText { title, subtitle, facts, sections, verdicts, commands, scenario } = found.page;
    let index = found.index;
    Ok(Some(Shown { title, subtitle, facts, sections, figures, scenario, commands, verdicts, index }))
}

/// Refuses what only the table of a sweep can give: other axes, curves and points.
///
/// # Errors
/// When the choice asks for it: `why` the option cannot serve, and what `is_there`.
pub fn refuse(choice: &Choice, why: &str, is_there: &str) -> Result<(), PlotError> {
    let asked = [
        ("--x", choice.x.is_some()),
        ("--y", !choice.y.is_empty()),
        ("--by", !choice.by.is_empty()),
        ("--where", !choice.only.is_empty()),
        ("--facet", choice.facet.is_some()),
    ];
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((option, _)) => Err(PlotError::Choice(format!("{option} {why}, and {is_there}"))),
    }
}

/// A row of the CSV.
#[derive(Deserialize)]
struct Row {
    curve: String,
    panel: String,
    kind: String,
    x: String,
    y: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    runs: u32,
    interval: String,
    seen_runs: Option<u32>,
    outstanding: u64,
    swept: String,
}

/// Reads the values of a figure.
fn fill(figure: &mut Figure, home: &Path) -> Result<(), PlotError> {
    let path = home.join(format!("{}.csv", figure.name));
    let text = std::fs::read(&path).map_err(|error| PlotError::Io { path: path.clone(), error })?;
    let damaged = |line, what| PlotError::Damaged { path: path.clone(), line, what };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let unreadable =
        |error: csv::Error| damaged(error.position().map(csv::Position::line), error.to_string());
    let header = reader.headers().map_err(unreadable)?.clone();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map(csv::Position::line);
        let row: Row = record.deserialize(Some(&header)).map_err(unreadable)?;
        let panel = figure.panels.iter().position(|panel| *panel == row.panel).unwrap_or(0);
        let is_of = |curve: &Curve| {
            curve.name == row.curve && curve.panel == panel && curve.kind.in_table() == row.kind
        };
        let Some(place) = figure.curves.iter().position(is_of) else {
            let what = format!("{FILE_NAME} has no curve `{}` of kind `{}`", row.curve, row.kind);
            return Err(damaged(line, what));
        };
        let point = point_of(&row, figure).map_err(|what| damaged(line, what))?;
        figure.curves[place].points.push(point);
    }
    if figure.is_empty() {
        return Err(damaged(None, "there is no value in it".to_owned()));
    }
    Ok(())
}

fn point_of(row: &Row, figure: &mut Figure) -> Result<Point, String> {
    let names = &figure.x.names;
    let x = match names.iter().position(|name| *name == row.x) {
        Some(place) => place as f64,
        None if names.is_empty() => {
            row.x.parse().map_err(|_| format!("x: expected a number, found `{}`", row.x))?
        }
        None => return Err(format!("x: expected one of {}, found `{}`", names.join(", "), row.x)),
    };
    if [Some(x), row.y, row.low, row.high].into_iter().flatten().any(|number| !number.is_finite()) {
        return Err("expected finite numbers".to_owned());
    }
    let basis = match row.interval.as_str() {
        "" => None,
        name => Some(Basis::from_name(name).ok_or_else(|| format!("interval: `{name}` is none"))?),
    };
    let swept = (!row.swept.is_empty()).then(|| {
        let known = figure.swept.iter().position(|known| *known == row.swept);
        known.unwrap_or_else(|| {
            figure.swept.push(row.swept.clone());
            figure.swept.len() - 1
        })
    });
    let point = row.y.map_or_else(|| Point::gap(x), |y| Point::exact(x, y));
    Ok(Point {
        low: row.low.unwrap_or(point.y),
        high: row.high.unwrap_or(point.y),
        runs: row.runs,
        basis,
        seen: row.seen_runs,
        outstanding: row.outstanding,
        swept,
        ..point
    })
}

/// The figure as `choice` wants it. What its caption says of the axes is said anew.
///
/// # Errors
/// When limits are not of its axes.
pub fn changed(figure: Figure, choice: &Choice) -> Result<Figure, PlotError> {
    let axis = |axis: Axis, sides: (&str, &Option<String>, Scale, &Option<String>)| {
        let (option, label, scale, limits) = sides;
        let limits = limits.as_ref().map(|text| value::limits(text, axis.quantity)).transpose();
        let limits = limits.map_err(|problem| PlotError::Choice(format!("{option}: {problem}")))?;
        Ok::<_, PlotError>(Axis {
            label: label.clone().unwrap_or(axis.label),
            scale: if scale == Scale::Auto { axis.scale } else { scale },
            limits: limits.unwrap_or(axis.limits),
            ..axis
        })
    };
    let told = said(&figure);
    let caption = figure.caption.strip_suffix(&told).map(str::to_owned);
    let mut figure = Figure {
        x: axis(figure.x, ("--x-limits", &choice.x_label, choice.x_scale, &choice.x_limits))?,
        y: axis(figure.y, ("--y-limits", &choice.y_label, choice.y_scale, &choice.y_limits))?,
        title: choice.title.clone().unwrap_or(figure.title),
        paper: Paper {
            size: choice.size.unwrap_or(figure.paper.size),
            font_points: choice.font_points.or(figure.paper.font_points),
        },
        ..figure
    };
    if let Some(caption) = caption {
        figure.caption = caption + &said(&figure);
    }
    Ok(figure)
}

/// What the end of a caption says of the axes.
fn said(figure: &Figure) -> String {
    let mut text = String::new();
    for left_out in draw::left_out(figure) {
        text.push_str(&format!(" {left_out}."));
    }
    text
}
