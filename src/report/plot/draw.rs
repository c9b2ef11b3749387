//! A figure on paper: plotters draws it, as SVG and as PNG, the same to the pixel.
//!
//! The canvas is laid out here and not by plotters' chart builder: the legend stands in a column of its own
//! beside the frame, where it hides nothing, and ticks are those of `axis`.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, TextStyle};

use super::axis::Fitted;
use super::error::PlotError;
use super::figure::{Curve, Figure, Kind, Look, Shade};
use super::font;
use super::marker::{self, marker};

/// Width and height of the canvas. An SVG says that it is half as large: coordinates are whole numbers, and so
/// they are finer than a pixel of a screen.
pub const CANVAS: (u32, u32) = (WIDTH.cast_unsigned(), HEIGHT.cast_unsigned());

const WIDTH: i32 = 1800;
const HEIGHT: i32 = 1060;

const TITLE_SIZE: i32 = 40;
const LABEL_SIZE: i32 = 34;
const TICK_SIZE: i32 = 30;
const MARGIN: i32 = 24;
const TICK_GAP: i32 = 16;
/// The legend's lines begin after its sample: long enough to show a dash on either side of a marker.
const SAMPLE: i32 = 112;
const MOST_LEGEND: i32 = 430;
/// A curve of more points is drawn without markers: they would hide it.
const MOST_MARKERS: usize = 60;

const INK: RGBColor = RGBColor(34, 34, 34);
const GRID: RGBColor = RGBColor(222, 222, 222);
const FINE_GRID: RGBColor = RGBColor(240, 240, 240);
const SHADE: RGBColor = RGBColor(236, 236, 236);

/// The figure as SVG.
pub fn svg(figure: &Figure) -> Result<String, PlotError> {
    let mut text = String::new();
    draw(&SVGBackend::with_string(&mut text, CANVAS).into_drawing_area(), figure)?;
    let (width, height) = CANVAS;
    let canvas = format!("width=\"{width}\" height=\"{height}\"");
    let half = format!("width=\"{}\" height=\"{}\"", width / 2, height / 2);
    Ok(text.replacen(&canvas, &half, 1))
}

/// The figure as PNG, written to `path`.
pub fn png(figure: &Figure, path: &Path) -> Result<(), PlotError> {
    draw(&BitMapBackend::new(path, CANVAS).into_drawing_area(), figure)
}

type Area<DB> = DrawingArea<DB, Shift>;

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> PlotError {
    PlotError::Draw(match error {
        DrawingAreaErrorKind::BackendError(inner) => inner.to_string(),
        other => other.to_string(),
    })
}

/// Where the axes stand on the canvas.
struct Frame {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    x: Fitted,
    y: Fitted,
}

impl Frame {
    fn x(&self, value: f64) -> i32 {
        self.left + (self.x.place_within(value) * f64::from(self.right - self.left)).round() as i32
    }

    fn y(&self, value: f64) -> i32 {
        self.bottom - (self.y.place_within(value) * f64::from(self.bottom - self.top)).round() as i32
    }

    /// Where a point stands, unless an axis cannot show it.
    fn at(&self, x: f64, y: f64) -> Option<(i32, i32)> {
        (self.x.place(x).is_some() && self.y.place(y).is_some()).then(|| (self.x(x), self.y(y)))
    }
}

fn draw<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure) -> Result<(), PlotError> {
    font::register()?;
    area.fill(&WHITE).map_err(failed)?;
    let legend = Legend::new(area, figure)?;
    let frame = lay_out(area, figure, &legend)?;
    draw_title(area, figure)?;
    for shade in &figure.shades {
        draw_shade(area, &frame, shade)?;
    }
    draw_axes(area, figure, &frame)?;
    let measured = figure.curves.iter().filter(|curve| curve.kind == Kind::Measured).count();
    let mut dodge = Dodge { curves: measured, next: 0, names: !figure.x.names.is_empty() };
    for curve in figure.curves.iter().filter(|curve| curve.kind == Kind::Measured) {
        draw_band(area, &frame, curve, dodge.names)?;
    }
    for curve in &figure.curves {
        draw_curve(area, &frame, curve, &mut dodge)?;
    }
    legend.draw(area, frame.right + MARGIN, frame.top)?;
    area.present().map_err(failed)
}

fn lay_out<DB: DrawingBackend>(
    area: &Area<DB>,
    figure: &Figure,
    legend: &Legend,
) -> Result<Frame, PlotError> {
    let points = || figure.curves.iter().flat_map(|curve| &curve.points);
    let x = Fitted::across(&figure.x, points().map(|point| point.x));
    let y = Fitted::new(&figure.y, points().flat_map(|point| [point.y, point.low, point.high]), true);
    let mut widest = 0;
    for (_, label) in &y.ticks {
        widest = widest.max(width_of(area, label, TICK_SIZE)?);
    }
    let right = if legend.width == 0 { WIDTH - 2 * MARGIN } else { WIDTH - legend.width - 2 * MARGIN };
    let lines = if figure.x.names.is_empty() { 1 } else { most_lines(&x) };
    Ok(Frame {
        left: MARGIN + LABEL_SIZE + TICK_GAP + widest + TICK_GAP,
        right,
        top: if figure.title.is_empty() { 2 * MARGIN } else { MARGIN + TITLE_SIZE + MARGIN },
        bottom: HEIGHT - MARGIN - LABEL_SIZE - 2 * TICK_GAP - lines * TICK_SIZE,
        x,
        y,
    })
}

/// Lines that the longest name of an axis of names takes.
fn most_lines(axis: &Fitted) -> i32 {
    axis.ticks
        .iter()
        .map(|(_, label)| (0..).zip(label.split(' ')).map(|(row, _)| row + 1).max().unwrap_or(1))
        .max()
        .unwrap_or(1)
}

fn style(size: i32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle::from((font::FAMILY, size).into_font()).color(&INK).pos(Pos::new(horizontal, vertical))
}

fn width_of<DB: DrawingBackend>(area: &Area<DB>, text: &str, size: i32) -> Result<i32, PlotError> {
    let (width, _) = area.estimate_text_size(text, &style(size, HPos::Left, VPos::Top)).map_err(failed)?;
    Ok(width.cast_signed())
}

fn draw_title<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure) -> Result<(), PlotError> {
    if figure.title.is_empty() {
        return Ok(());
    }
    let room = WIDTH - 2 * MARGIN;
    let width = width_of(area, &figure.title, TITLE_SIZE)?;
    let size = if width > room { TITLE_SIZE * room / width } else { TITLE_SIZE };
    text(area, &figure.title, (MARGIN, MARGIN), &style(size, HPos::Left, VPos::Top))
}

fn text<DB: DrawingBackend>(
    area: &Area<DB>,
    text: &str,
    at: (i32, i32),
    style: &TextStyle<'static>,
) -> Result<(), PlotError> {
    area.draw(&Text::new(text.to_owned(), at, style.clone())).map_err(failed)
}

fn line<DB: DrawingBackend>(
    area: &Area<DB>,
    points: Vec<(i32, i32)>,
    style: ShapeStyle,
) -> Result<(), PlotError> {
    area.draw(&PathElement::new(points, style)).map_err(failed)
}

fn draw_shade<DB: DrawingBackend>(area: &Area<DB>, frame: &Frame, shade: &Shade) -> Result<(), PlotError> {
    let (from, to) = (frame.x(shade.from), frame.x(shade.to));
    if to > from {
        let corners = [(from, frame.top), (to, frame.bottom)];
        return area.draw(&Rectangle::new(corners, SHADE.filled())).map_err(failed);
    }
    line(area, vec![(from, frame.top), (from, frame.bottom)], INK.stroke_width(4))
}

fn draw_axes<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure, frame: &Frame) -> Result<(), PlotError> {
    let Frame { left, right, top, bottom, .. } = *frame;
    for &value in &frame.x.minor {
        line(area, vec![(frame.x(value), top), (frame.x(value), bottom)], FINE_GRID.stroke_width(2))?;
    }
    for &value in &frame.y.minor {
        line(area, vec![(left, frame.y(value)), (right, frame.y(value))], FINE_GRID.stroke_width(2))?;
    }
    let below = style(TICK_SIZE, HPos::Center, VPos::Top);
    let mut taken = i32::MIN;
    for (value, label) in &frame.x.ticks {
        let at = frame.x(*value);
        if figure.x.names.is_empty() {
            line(area, vec![(at, top), (at, bottom)], GRID.stroke_width(2))?;
            // A label that would touch the one before is left out; its line stays.
            let half = width_of(area, label, TICK_SIZE)? / 2;
            if at - half > taken {
                text(area, label, (at, bottom + TICK_GAP), &below)?;
                taken = at + half + TICK_GAP;
            }
        } else {
            for (row, word) in (0..).zip(label.split(' ')) {
                text(area, word, (at, bottom + TICK_GAP + row * TICK_SIZE), &below)?;
            }
        }
    }
    let beside = style(TICK_SIZE, HPos::Right, VPos::Center);
    for (value, label) in &frame.y.ticks {
        let at = frame.y(*value);
        line(area, vec![(left, at), (right, at)], GRID.stroke_width(2))?;
        text(area, label, (left - TICK_GAP, at), &beside)?;
    }
    let corners = vec![(left, top), (left, bottom), (right, bottom)];
    line(area, corners, INK.stroke_width(3))?;
    let middle = style(LABEL_SIZE, HPos::Center, VPos::Bottom);
    text(area, &frame.x.label, (i32::midpoint(left, right), HEIGHT - MARGIN / 2), &middle)?;
    let upright = style(LABEL_SIZE, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
    text(area, &frame.y.label, (MARGIN, i32::midpoint(top, bottom)), &upright)
}

fn colour(look: Look) -> RGBColor {
    RGBColor(look.colour.0, look.colour.1, look.colour.2)
}

/// The interval as a band behind the curves.
fn draw_band<DB: DrawingBackend>(
    area: &Area<DB>,
    frame: &Frame,
    curve: &Curve,
    names: bool,
) -> Result<(), PlotError> {
    let seen: Vec<_> = curve.points.iter().filter(|point| frame.x.place(point.x).is_some()).collect();
    if names || seen.iter().all(|point| point.high <= point.low) {
        return Ok(());
    }
    // Where there is no interval there is no band: one that narrowed to the value would say that it is exact.
    for part in seen.split(|point| point.is_rare()).filter(|part| part.len() > 1) {
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
    let mut path: Vec<_> =
        curve.points.iter().filter_map(|point| frame.at(point.x + aside, point.y)).collect();
    if curve.kind == Kind::Steps {
        path = path
            .windows(2)
            .flat_map(|two| [two[0], (two[1].0, two[0].1)])
            .chain(path.last().copied())
            .collect();
    }
    if !(dodge.names && curve.kind == Kind::Measured) {
        draw_path(area, path.clone(), curve)?;
    }
    if curve.kind != Kind::Measured {
        return Ok(());
    }
    let seen = curve.points.iter().filter(|point| frame.x.place(point.x).is_some());
    for point in seen.filter(|point| point.high > point.low) {
        let (x, low, high) = (frame.x(point.x + aside), frame.y(point.low), frame.y(point.high));
        line(area, vec![(x, low), (x, high)], colour(curve.look).stroke_width(3))?;
        for end in [low, high] {
            line(area, vec![(x - 8, end), (x + 8, end)], colour(curve.look).stroke_width(3))?;
        }
    }
    if path.len() <= MOST_MARKERS {
        for at in path {
            marker(area, at, curve.look).map_err(failed)?;
        }
    }
    for point in &curve.points {
        let Some(at) = frame.at(point.x + aside, point.y) else { continue };
        if point.is_rare() {
            marker::dot(area, at, curve.look).map_err(failed)?;
        }
        if point.is_lower_bound() {
            marker::arrow(area, at, curve.look).map_err(failed)?;
        }
    }
    Ok(())
}

fn draw_path<DB: DrawingBackend>(
    area: &Area<DB>,
    path: Vec<(i32, i32)>,
    curve: &Curve,
) -> Result<(), PlotError> {
    let colour = colour(curve.look);
    match curve.kind {
        Kind::Theory => dashes(area, &path, (8, 10), colour.stroke_width(4)),
        _ if curve.look.dashed => dashes(area, &path, (22, 14), colour.stroke_width(5)),
        _ => line(area, path, colour.stroke_width(5)),
    }
}

/// A dashed line: the first number of units is drawn, the second is not, all along the path.
fn dashes<DB: DrawingBackend>(
    area: &Area<DB>,
    path: &[(i32, i32)],
    (drawn, gap): (i32, i32),
    style: ShapeStyle,
) -> Result<(), PlotError> {
    let (drawn, gap) = (f64::from(drawn), f64::from(gap));
    let mut walked = 0.0;
    let mut dash: Vec<(i32, i32)> = Vec::new();
    for two in path.windows(2) {
        let (from, to) = (two[0], two[1]);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = (dx * dx + dy * dy).sqrt();
        let at = |along: f64| {
            let share = if length > 0.0 { along / length } else { 0.0 };
            (from.0 + (dx * share).round() as i32, from.1 + (dy * share).round() as i32)
        };
        let mut along = 0.0;
        while along < length {
            let phase = walked % (drawn + gap);
            let (rest, is_drawn) =
                if phase < drawn { (drawn - phase, true) } else { (drawn + gap - phase, false) };
            // Never so short that rounding stands still.
            let step = rest.max(0.01).min(length - along);
            if is_drawn {
                if dash.is_empty() {
                    dash.push(at(along));
                }
                dash.push(at(along + step));
            }
            if !is_drawn || rest <= length - along {
                let done = std::mem::take(&mut dash);
                if done.len() > 1 {
                    line(area, done, style)?;
                }
            }
            along += step;
            walked += step;
        }
    }
    if dash.len() > 1 { line(area, dash, style) } else { Ok(()) }
}

/// What stands beside the frame.
struct Legend {
    entries: Vec<(Entry, Vec<String>)>,
    width: i32,
}

enum Entry {
    Curve(Curve),
    Shade { instant: bool },
}

impl Legend {
    fn new<DB: DrawingBackend>(area: &Area<DB>, figure: &Figure) -> Result<Self, PlotError> {
        let mut named: Vec<(Entry, String)> = Vec::new();
        for curve in figure.curves.iter().filter(|curve| !curve.points.is_empty()) {
            named.push((Entry::Curve(Curve { points: Vec::new(), ..curve.clone() }), curve.name.clone()));
        }
        let mut known: Vec<&str> = Vec::new();
        for shade in &figure.shades {
            if !known.contains(&shade.name.as_str()) {
                known.push(&shade.name);
                named.push((Entry::Shade { instant: shade.to <= shade.from }, shade.name.clone()));
            }
        }
        // One curve without a name needs no legend.
        if named.iter().all(|(_, name)| name.is_empty()) {
            return Ok(Self { entries: Vec::new(), width: 0 });
        }
        let (mut entries, mut widest) = (Vec::new(), 0);
        for (entry, name) in named {
            let mut lines: Vec<String> = vec![String::new()];
            for word in name.split(' ') {
                let last = lines.last().cloned().unwrap_or_default();
                let longer = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
                if !last.is_empty() && width_of(area, &longer, TICK_SIZE)? > MOST_LEGEND - SAMPLE {
                    lines.push(word.to_owned());
                } else if let Some(line) = lines.last_mut() {
                    *line = longer;
                }
            }
            for line in &lines {
                widest = widest.max(width_of(area, line, TICK_SIZE)?);
            }
            entries.push((entry, lines));
        }
        Ok(Self { entries, width: widest + SAMPLE })
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, left: i32, top: i32) -> Result<(), PlotError> {
        let mut y = top + TICK_SIZE / 2;
        let beside = style(TICK_SIZE, HPos::Left, VPos::Center);
        for (entry, lines) in &self.entries {
            let (from, to) = (left, left + SAMPLE - 18);
            match entry {
                Entry::Curve(curve) => {
                    draw_path(area, vec![(from, y), (to, y)], curve)?;
                    if curve.kind == Kind::Measured {
                        marker(area, (i32::midpoint(from, to), y), curve.look).map_err(failed)?;
                    }
                }
                Entry::Shade { instant: true } => {
                    let middle = i32::midpoint(from, to);
                    line(area, vec![(middle, y - 14), (middle, y + 14)], INK.stroke_width(4))?;
                }
                Entry::Shade { instant: false } => {
                    let corners = [(from, y - 12), (to, y + 12)];
                    area.draw(&Rectangle::new(corners, SHADE.filled())).map_err(failed)?;
                }
            }
            for row in lines {
                text(area, row, (left + SAMPLE, y), &beside)?;
                y += TICK_SIZE + 4;
            }
            y += 12;
        }
        Ok(())
    }
}
