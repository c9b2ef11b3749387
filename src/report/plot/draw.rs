//! A figure on paper: plotters draws it, as SVG and as PNG, the same to the pixel.
//!
//! The canvas is laid out here and not by plotters' chart builder: the legend stands beside the frame, or below it where
//! the sheet is narrow, and hides nothing; ticks are those of `axis`. Panels have the same axes; only the outer ones are
//! labelled.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, TextStyle};
use plotters_backend::DrawingErrorKind;

use super::axis::Fitted;
use super::bitmap::Bitmap;
use super::error::PlotError;
use super::figure::{Curve, Figure, Kind, Look, Shade};
use super::font;
use super::legend::Legend;
use super::marker::{self, marker};
use super::paper::LABEL as LABEL_SIZE;
use super::pdf;
use super::resolution;
use super::stroke::{self, dashes};

const TITLE_SIZE: i32 = 40;
/// Height of the letters at ticks and in the legend.
pub const TICK_SIZE: i32 = 30;
/// Room at the edges.
pub const MARGIN: i32 = 24;
const TICK_GAP: i32 = 16;
/// A curve of more points is drawn without markers: they would hide it.
const MOST_MARKERS: usize = 60;
/// Half the width of a point to which no line leads.
const DOT: i32 = 4;
/// A curve of more points has a band for its intervals, of fewer bars.
const MOST_BARS: usize = 30;
/// On a sheet narrower than this the legend stands below.
const LEAST_BESIDE: i32 = 1400;
/// A panel is no narrower, if the sheet is not.
const LEAST_PANEL: i32 = 420;
/// What theory says is dotted.
const DOTS: &[i32] = &[8, 10];
/// Between two panels.
const PANEL_GAP: i32 = 48;

/// Of all that is written and of the axes.
pub const INK: RGBColor = RGBColor(34, 34, 34);
const GRID: RGBColor = RGBColor(222, 222, 222);
const FINE_GRID: RGBColor = RGBColor(240, 240, 240);
/// Of what lasts.
pub const SHADE: RGBColor = RGBColor(236, 236, 236);
/// Of where it begins and ends.
const EDGE: RGBColor = RGBColor(128, 128, 128);

/// The figure as SVG. It says how large it is on paper: 96 pixels an inch.
pub fn svg(figure: &Figure) -> Result<String, PlotError> {
    let sheet = Sheet::new(figure)?;
    let mut text = String::new();
    draw(&SVGBackend::with_string(&mut text, sheet.canvas()).into_drawing_area(), figure, &sheet)?;
    let (width, height) = sheet.canvas();
    let canvas = format!("width=\"{width}\" height=\"{height}\"");
    let pixels = |units: u32| {
        let pixels = f64::from(units) * figure.paper.unit_points() * 96.0 / 72.0;
        // Whole pixels where they are meant.
        let rounded = (pixels * 10.0).round() / 10.0;
        format!("{rounded}")
    };
    let size = format!("width=\"{}\" height=\"{}\"", pixels(width), pixels(height));
    Ok(text.replacen(&canvas, &size, 1))
}

/// The figure as PNG, written to `path`, with its resolution.
pub fn png(figure: &Figure, path: &Path) -> Result<(), PlotError> {
    let sheet = Sheet::new(figure)?;
    let bitmap = Bitmap(BitMapBackend::new(path, sheet.canvas()));
    draw(&bitmap.into_drawing_area(), figure, &sheet)?;
    resolution::write(path, 72.0 / figure.paper.unit_points())
        .map_err(|error| PlotError::Draw(error.to_string()))
}

/// The figure as PDF, of its size on paper.
pub fn pdf(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    let sheet = Sheet::new(figure)?;
    let mut content = pdf::Content::default();
    draw(&pdf::Canvas::new(sheet.canvas(), &mut content).into_drawing_area(), figure, &sheet)?;
    Ok(pdf::file(&content, sheet.canvas(), figure.paper.unit_points()))
}

/// What the axes of a figure cannot show, a sentence each; nothing if all is there.
pub fn left_out(figure: &Figure) -> Vec<String> {
    let (x, y) = fitted(figure);
    let mut told = Vec::new();
    for (axis, name) in [(&x, "x"), (&y, "y")] {
        if !axis.is_log() {
            continue;
        }
        let is_dropped = |curve: &&Curve| {
            let value = |point: &super::figure::Point| if name == "x" { point.x } else { point.y };
            curve.points.iter().any(|point| value(point) <= 0.0)
        };
        let name = |curve: &'_ Curve| match curve.name.as_str() {
            "" => figure.panels.get(curve.panel).cloned().unwrap_or_default(),
            name => name.to_owned(),
        };
        let mut names: Vec<String> = figure.curves.iter().filter(is_dropped).map(name).collect();
        names.dedup();
        if !names.is_empty() {
            let of: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
            let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(", ")) };
            let zeros = format!("Not on the log scale: zeros{of}");
            // The same curves may be cut by both axes.
            if !told.contains(&zeros) {
                told.push(zeros);
            }
        }
    }
    let has_limits = figure.x.limits != (None, None) || figure.y.limits != (None, None);
    let beyond = |point: &&super::figure::Point| {
        let out = |axis: &Fitted, value: f64| axis.place(value).is_some() && !axis.holds(value);
        out(&x, point.x) || out(&y, point.y)
    };
    let beyond = figure.points().filter(|_| has_limits).filter(beyond).count();
    match beyond {
        0 => {}
        1 => told.push("1 point is beyond the limits".to_owned()),
        count => told.push(format!("{count} points are beyond the limits")),
    }
    told
}

/// The axes over all panels.
fn fitted(figure: &Figure) -> (Fitted, Fitted) {
    let x = Fitted::across(&figure.x, figure.points().map(|point| point.x));
    let ends = figure.points().flat_map(|point| [point.y, point.low, point.high]);
    (x, Fitted::new(&figure.y, ends, true))
}

/// What is drawn on.
pub type Area<DB> = DrawingArea<DB, Shift>;

/// What the drawing library says.
pub fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PlotError {
    PlotError::Draw(match error {
        DrawingAreaErrorKind::BackendError(DrawingErrorKind::DrawingError(inner)) => inner.to_string(),
        DrawingAreaErrorKind::BackendError(inner) => inner.to_string(),
        other => other.to_string(),
    })
}

/// Where everything stands.
struct Sheet {
    width: i32,
    height: i32,
    x: Fitted,
    y: Fitted,
    legend: Legend,
    /// Left, right, top and bottom of each panel.
    frames: Vec<[i32; 4]>,
    columns: usize,
    /// Where the legend begins.
    legend_at: (i32, i32),
    /// Where the label of the x axis ends.
    label_bottom: i32,
}

impl Sheet {
    fn new(figure: &Figure) -> Result<Self, PlotError> {
        font::register()?;
        let (width, mut height) = figure.paper.canvas();
        let (x, y) = fitted(figure);
        let panels = figure.panels.len().max(1);
        let mut widest = 0;
        for (_, label) in &y.ticks {
            widest = widest.max(width_of(label, TICK_SIZE)?);
        }
        let is_beside = width >= LEAST_BESIDE;
        let legend = Legend::new(figure, &left_out(figure), (!is_beside).then_some(width - 2 * MARGIN))?;
        let left = MARGIN + LABEL_SIZE + TICK_GAP + widest + TICK_GAP;
        let right = match legend.width {
            0 => width - 2 * MARGIN,
            legend if is_beside => width - legend - 2 * MARGIN,
            _ => width - MARGIN - TICK_GAP,
        };
        let top = if figure.title.is_empty() { 2 * MARGIN } else { MARGIN + TITLE_SIZE + MARGIN };
        let lines = if figure.x.names.is_empty() { 1 } else { most_lines(&x) };
        let below = MARGIN + LABEL_SIZE + 2 * TICK_GAP + lines * TICK_SIZE;
        let heading = if figure.panels.is_empty() { 0 } else { TICK_SIZE + TICK_GAP };
        let room = right - left;
        let most = ((room + PANEL_GAP) / (LEAST_PANEL + PANEL_GAP)).clamp(1, whole(panels)) as usize;
        let rows = panels.div_ceil(most);
        let columns = panels.div_ceil(rows);
        let wide = (room - PANEL_GAP * (whole(columns) - 1)) / whole(columns);
        let mut high = height - top - below - heading;
        if rows > 1 {
            // Rows of one height; the sheet grows with them.
            high = (wide * 62 / 100).max(280);
            height = top + below + whole(rows) * (high + heading) + (whole(rows) - 1) * TICK_GAP;
        }
        let frames = (0..panels).map(|panel| {
            let (row, column) = (whole(panel / columns), whole(panel % columns));
            let from = left + column * (wide + PANEL_GAP);
            let above = top + heading + row * (high + heading + TICK_GAP);
            [from, from + wide, above, above + high]
        });
        let frames: Vec<[i32; 4]> = frames.collect();
        let label_bottom = height - MARGIN / 2;
        if legend.width > 0 && !is_beside {
            height += legend.height + MARGIN;
        }
        let legend_at =
            if is_beside { (right + MARGIN, frames[0][2]) } else { (MARGIN, label_bottom + MARGIN) };
        let height = if is_beside { height.max(legend_at.1 + legend.height + MARGIN) } else { height };
        Ok(Self { width, height, x, y, legend, frames, columns, legend_at, label_bottom })
    }

    fn canvas(&self) -> (u32, u32) {
        (self.width.cast_unsigned(), self.height.cast_unsigned())
    }

    fn frame(&self, panel: usize) -> Frame<'_> {
        let [left, right, top, bottom] = self.frames[panel.min(self.frames.len() - 1)];
        Frame { left, right, top, bottom, x: &self.x, y: &self.y }
    }
}

/// A count of panels.
fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Where the axes of a panel stand on the canvas.
pub struct Frame<'a> {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    x: &'a Fitted,
    y: &'a Fitted,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> i32 {
        self.pixel((self.x.place_within(value), 0.0)).0
    }

    fn y(&self, value: f64) -> i32 {
        self.pixel((0.0, self.y.place_within(value))).1
    }

    /// Where a point stands as shares of the width and height, unless an axis cannot show it.
    pub fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x.place(x)?, self.y.place(y)?))
    }

    /// The pixel of a place within the frame.
    pub fn pixel(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let width = f64::from(self.right - self.left);
        let height = f64::from(self.bottom - self.top);
        (self.left + (x * width).round() as i32, self.bottom - (y * height).round() as i32)
    }

    /// Where a point stands, unless an axis cannot show it.
    pub fn at(&self, x: f64, y: f64) -> Option<(i32, i32)> {
        (self.x.holds(x) && self.y.holds(y)).then(|| (self.x(x), self.y(y)))
    }
}

fn draw<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure, sheet: &Sheet) -> Result<(), PlotError> {
    area.fill(&WHITE).map_err(failed)?;
    draw_title(area, figure, sheet)?;
    let panels = sheet.frames.len();
    for panel in 0..panels {
        let frame = sheet.frame(panel);
        for shade in &figure.shades {
            draw_shade(area, &frame, shade)?;
        }
        draw_edges(area, &frame, &figure.shades)?;
        let is_lowest = panel + sheet.columns >= panels;
        let column = panel % sheet.columns;
        let is_before_another = column + 1 < sheet.columns && panel + 1 < panels;
        draw_axes(area, figure, &frame, is_lowest, column == 0, is_before_another)?;
        if let Some(name) = figure.panels.get(panel) {
            let middle = i32::midpoint(frame.left, frame.right);
            let size = fitting(name, TICK_SIZE, frame.right - frame.left)?;
            text(area, name, (middle, frame.top - TICK_GAP / 2), &style(size, HPos::Center, VPos::Bottom))?;
        }
        let own: Vec<&Curve> = figure.curves.iter().filter(|curve| curve.panel == panel).collect();
        let measured = own.iter().filter(|curve| curve.kind == Kind::Measured).count();
        let mut dodge = Dodge { curves: measured, next: 0, names: !figure.x.names.is_empty() };
        for curve in own.iter().filter(|curve| curve.kind == Kind::Measured) {
            draw_band(area, &frame, curve, dodge.names)?;
        }
        for curve in own {
            draw_curve(area, &frame, curve, &mut dodge)?;
        }
    }
    draw_labels(area, sheet)?;
    sheet.legend.draw(area, sheet.legend_at)?;
    area.present().map_err(failed)
}

/// What the axes are called, once for all panels.
fn draw_labels<DB: DrawingBackend>(area: &Area<DB>, sheet: &Sheet) -> Result<(), PlotError> {
    let ends = |side: usize| sheet.frames.iter().map(move |frame| frame[side]);
    let middle =
        |low: usize, high: usize| i32::midpoint(ends(low).min().unwrap_or(0), ends(high).max().unwrap_or(0));
    let (across, up) = (middle(0, 1), middle(2, 3));
    let room = 2 * (across - MARGIN).min(sheet.width - MARGIN - across);
    let size = fitting(&sheet.x.label, LABEL_SIZE, room)?;
    let below = style(size, HPos::Center, VPos::Bottom);
    text(area, &sheet.x.label, (across, sheet.label_bottom), &below)?;
    let size = fitting(&sheet.y.label, LABEL_SIZE, 2 * (up - MARGIN / 2).min(sheet.height - up))?;
    let upright = style(size, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
    text(area, &sheet.y.label, (MARGIN, up), &upright)
}

/// Lines that the longest name of an axis of names takes.
fn most_lines(axis: &Fitted) -> i32 {
    axis.ticks
        .iter()
        .map(|(_, label)| (0..).zip(label.split(' ')).map(|(row, _)| row + 1).max().unwrap_or(1))
        .max()
        .unwrap_or(1)
}

/// Letters of this height, held at that side.
pub fn style(size: i32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle::from((font::FAMILY, size).into_font()).color(&INK).pos(Pos::new(horizontal, vertical))
}

/// How wide a text of this size is.
pub fn width_of(text: &str, size: i32) -> Result<i32, PlotError> {
    let font = (font::FAMILY, size).into_font();
    let (width, _) = font.box_size(text).map_err(|error| PlotError::Draw(error.to_string()))?;
    Ok(width.cast_signed())
}

/// The size, or a smaller one at which the text takes no more than `room`.
fn fitting(text: &str, size: i32, room: i32) -> Result<i32, PlotError> {
    let width = width_of(text, size)?;
    Ok(if width > room { (size * room / width).max(size / 2) } else { size })
}

fn draw_title<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure, sheet: &Sheet) -> Result<(), PlotError> {
    if figure.title.is_empty() {
        return Ok(());
    }
    let size = fitting(&figure.title, TITLE_SIZE, sheet.width - 2 * MARGIN)?;
    text(area, &figure.title, (MARGIN, MARGIN), &style(size, HPos::Left, VPos::Top))
}

/// Writes.
pub fn text<DB: DrawingBackend>(
    area: &Area<DB>,
    text: &str,
    at: (i32, i32),
    style: &TextStyle<'static>,
) -> Result<(), PlotError> {
    area.draw(&Text::new(text.to_owned(), at, style.clone())).map_err(failed)
}

/// Draws a line.
pub fn line<DB: DrawingBackend>(
    area: &Area<DB>,
    points: Vec<(i32, i32)>,
    style: ShapeStyle,
) -> Result<(), PlotError> {
    area.draw(&PathElement::new(points, style)).map_err(failed)
}

fn draw_shade<DB: DrawingBackend>(area: &Area<DB>, frame: &Frame, shade: &Shade) -> Result<(), PlotError> {
    let (from, to) = (frame.x(shade.from), frame.x(shade.to));
    if shade.is_instant() {
        if !frame.x.holds(shade.from) {
            return Ok(());
        }
        return line(area, vec![(from, frame.top), (from, frame.bottom)], INK.stroke_width(4));
    }
    // What lasts for less than a pixel is seen all the same; what is beyond the axis has no width there.
    let to = if frame.x.holds(shade.from) && to == from { (from + 2).min(frame.right) } else { to };
    if to > from {
        let corners = [(from, frame.top), (to, frame.bottom)];
        area.draw(&Rectangle::new(corners, SHADE.filled())).map_err(failed)?;
    }
    Ok(())
}

/// Where shades overlap, lines say where each of them begins and ends.
fn draw_edges<DB: DrawingBackend>(area: &Area<DB>, frame: &Frame, shades: &[Shade]) -> Result<(), PlotError> {
    for (place, shade) in shades.iter().enumerate().filter(|(_, shade)| !shade.is_instant()) {
        let overlaps = |(other_place, other): (usize, &Shade)| {
            other_place != place && !other.is_instant() && other.from < shade.to && shade.from < other.to
        };
        if shades.iter().enumerate().any(overlaps) {
            for end in [shade.from, shade.to].into_iter().filter(|&end| frame.x.holds(end)) {
                let at = frame.x(end);
                line(area, vec![(at, frame.top), (at, frame.bottom)], EDGE.stroke_width(2))?;
            }
        }
    }
    Ok(())
}

fn draw_axes<DB: DrawingBackend>(
    area: &Area<DB>,
    figure: &Figure,
    frame: &Frame,
    is_lowest: bool,
    is_first: bool,
    is_before_another: bool,
) -> Result<(), PlotError> {
    let Frame { left, right, top, bottom, .. } = *frame;
    for &value in &frame.x.minor {
        line(area, vec![(frame.x(value), top), (frame.x(value), bottom)], FINE_GRID.stroke_width(2))?;
    }
    for &value in &frame.y.minor {
        line(area, vec![(left, frame.y(value)), (right, frame.y(value))], FINE_GRID.stroke_width(2))?;
    }
    let mut taken = i32::MIN;
    // Names that would touch one another are written smaller.
    let slot = (right - left) / i32::try_from(frame.x.ticks.len().max(1)).unwrap_or(i32::MAX);
    let mut name_size = TICK_SIZE;
    if !figure.x.names.is_empty() {
        for word in frame.x.ticks.iter().flat_map(|(_, label)| label.split(' ')) {
            name_size = name_size.min(fitting(word, TICK_SIZE, slot - TICK_GAP / 2)?);
        }
    }
    let below = style(name_size, HPos::Center, VPos::Top);
    // The panel to the right begins with a label, too.
    let room = match frame.x.ticks.first() {
        Some((_, label)) if is_before_another => {
            right + PANEL_GAP - width_of(label, TICK_SIZE)? / 2 - TICK_GAP / 2
        }
        _ => i32::MAX,
    };
    for (value, label) in &frame.x.ticks {
        let at = frame.x(*value);
        if figure.x.names.is_empty() {
            line(area, vec![(at, top), (at, bottom)], GRID.stroke_width(2))?;
            // A label that would touch the one before is left out; its line stays.
            let half = width_of(label, TICK_SIZE)? / 2;
            if at - half > taken && at + half <= room {
                if is_lowest {
                    text(area, label, (at, bottom + TICK_GAP), &below)?;
                }
                taken = at + half + TICK_GAP;
            }
        } else if is_lowest {
            for (row, word) in (0..).zip(label.split(' ')) {
                text(area, word, (at, bottom + TICK_GAP + row * TICK_SIZE), &below)?;
            }
        }
    }
    let beside = style(TICK_SIZE, HPos::Right, VPos::Center);
    for (value, label) in &frame.y.ticks {
        let at = frame.y(*value);
        line(area, vec![(left, at), (right, at)], GRID.stroke_width(2))?;
        if is_first {
            text(area, label, (left - TICK_GAP, at), &beside)?;
        }
    }
    line(area, vec![(left, top), (left, bottom), (right, bottom)], INK.stroke_width(3))
}

/// The colour of a curve.
pub fn colour(look: Look) -> RGBColor {
    RGBColor(look.colour.0, look.colour.1, look.colour.2)
}

/// Have its curves bands for their intervals, and no bars?
pub fn has_bands(figure: &Figure) -> bool {
    figure
        .curves
        .iter()
        .any(|curve| curve.kind == Kind::Measured && has_band(curve, !figure.x.names.is_empty()))
}

/// Has a curve of so many points a band for its intervals?
fn has_band(curve: &Curve, names: bool) -> bool {
    !names && curve.points.len() > MOST_BARS
}

/// The interval as a band behind the curves.
fn draw_band<DB: DrawingBackend>(
    area: &Area<DB>,
    frame: &Frame,
    curve: &Curve,
    names: bool,
) -> Result<(), PlotError> {
    if !has_band(curve, names) || curve.points.iter().all(|point| point.high <= point.low) {
        return Ok(());
    }
    // Where there is no interval there is no band: one that narrowed to the value would say that it is exact.
    let is_end = |point: &super::figure::Point| point.is_rare() || point.is_gap() || !frame.x.holds(point.x);
    for part in curve.points.split(is_end).filter(|part| part.len() > 1) {
        let above = part.iter().map(|point| (frame.x(point.x), frame.y(point.high)));
        let below = part.iter().rev().map(|point| (frame.x(point.x), frame.y(point.low)));
        let around = above.chain(below).collect::<Vec<_>>();
        area.draw(&Polygon::new(around, colour(curve.look).mix(0.2).filled())).map_err(failed)?;
    }
    Ok(())
}

/// Moves the curves of an axis of names aside, so that they do not hide one another.
struct Dodge {
    curves: usize,
    next: usize,
    names: bool,
}

impl Dodge {
    fn next(&mut self) -> f64 {
        let index = self.next;
        self.next += 1;
        if !self.names {
            return 0.0;
        }
        let middle = (self.curves as f64 - 1.0) / 2.0;
        (index as f64 - middle) * 0.7 / self.curves.max(1) as f64
    }
}

fn draw_curve<DB: DrawingBackend>(
    area: &Area<DB>,
    frame: &Frame,
    curve: &Curve,
    dodge: &mut Dodge,
) -> Result<(), PlotError> {
    let aside = if curve.kind == Kind::Measured { dodge.next() } else { 0.0 };
    if !(dodge.names && curve.kind == Kind::Measured) {
        for part in stroke::parts(frame, curve) {
            draw_path(area, part, curve)?;
        }
    }
    let has_markers = curve.kind == Kind::Measured && curve.points.len() <= MOST_MARKERS;
    if !has_markers {
        // No line leads to a point between two gaps.
        for at in stroke::alone(frame, curve, aside) {
            area.draw(&Circle::new(at, DOT, colour(curve.look).filled())).map_err(failed)?;
        }
    }
    if curve.kind != Kind::Measured {
        return Ok(());
    }
    let stroke = colour(curve.look).stroke_width(3);
    let seen = curve.points.iter().filter(|point| frame.x.holds(point.x + aside) && !point.is_gap());
    for point in seen.filter(|point| point.high > point.low && !has_band(curve, dodge.names)) {
        let (x, low, high) = (frame.x(point.x + aside), frame.y(point.low), frame.y(point.high));
        line(area, vec![(x, low), (x, high)], stroke)?;
        // An end beyond the axis has no cap: it goes on.
        for end in [point.low, point.high].into_iter().filter(|end| frame.y.holds(*end)) {
            line(area, vec![(x - 8, frame.y(end)), (x + 8, frame.y(end))], stroke)?;
        }
    }
    for point in &curve.points {
        let Some(at) = frame.at(point.x + aside, point.y) else { continue };
        if has_markers {
            marker(area, at, curve.look).map_err(failed)?;
        }
        if point.is_rare() {
            marker::dot(area, at, curve.look).map_err(failed)?;
        }
        if point.is_lower_bound() {
            marker::arrow(area, at, curve.look).map_err(failed)?;
        }
    }
    Ok(())
}

/// Draws a line as its curve has it: dotted for theory, dashed for baselines.
pub fn draw_path<DB: DrawingBackend>(
    area: &Area<DB>,
    path: Vec<(i32, i32)>,
    curve: &Curve,
) -> Result<(), PlotError> {
    let colour = colour(curve.look);
    match curve.kind {
        Kind::Theory => dashes(area, &path, DOTS, colour.stroke_width(4)),
        _ => match curve.look.dash.pattern() {
            [] => line(area, path, colour.stroke_width(5)),
            pattern => dashes(area, &path, pattern, colour.stroke_width(5)),
        },
    }
}
