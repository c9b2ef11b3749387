//! The legend: what each line, marker and shade is, and what the axes leave out. Beside the frame in a column of its own,
//! or below it in several.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::tell;
use super::draw::{Area, INK, MARGIN, SHADE, TICK_SIZE, draw_path, failed, line, style, text, width_of};
use super::error::PlotError;
use super::figure::{Curve, Figure, Kind, Look, Shade};
use super::marker::marker;

/// A legend's lines begin after its sample: long enough to show a dash on either side of a marker.
const SAMPLE: i32 = 112;
/// A column of the legend is no wider.
const MOST_WIDE: i32 = 430;
/// From one line of a name to the next.
const LINE: i32 = TICK_SIZE + 4;
/// A shade that comes more often does not say when.
const MOST_TIMES: usize = 3;
/// Between two entries.
const GAP: i32 = 12;

/// What stands beside the frame, or below it.
pub struct Legend {
    entries: Vec<(Entry, Vec<String>)>,
    /// All of it; 0 if there is nothing to say.
    pub width: i32,
    /// All of it.
    pub height: i32,
    column_width: i32,
    /// Entries of a column.
    per_column: usize,
}

enum Entry {
    Curve(Curve),
    Shade {
        instant: bool,
    },
    /// A sentence, without a sample.
    Note,
}

impl Legend {
    /// The legend of a figure; `notes` stand at its end. In columns within a `room` in width, or in one column.
    pub fn new(figure: &Figure, notes: &[String], room: Option<i32>) -> Result<Self, PlotError> {
        let mut named: Vec<(Entry, String)> = Vec::new();
        let is_shown = |curve: &&Curve| curve.points.iter().any(|point| !point.is_gap());
        let theory = figure.curves.iter().filter(is_shown).filter(|curve| curve.kind == Kind::Theory);
        // Dotted in the colours of what they are the theory of: one entry says so of several.
        let several = theory.map(|curve| &curve.name).collect::<std::collections::BTreeSet<_>>().len() > 1;
        let is_own = |curve: &&Curve| !(several && curve.kind == Kind::Theory);
        for curve in figure.curves.iter().filter(is_shown).filter(is_own) {
            // The same curve may stand in several panels.
            let is_known = named.iter().any(|(entry, name)| {
                matches!(entry, Entry::Curve(known) if *name == curve.name && known.kind == curve.kind)
            });
            if !is_known {
                named.push((Entry::Curve(Curve { points: Vec::new(), ..curve.clone() }), curve.name.clone()));
            }
        }
        if several && let Some(theory) = figure.curves.iter().find(|curve| curve.kind == Kind::Theory) {
            let look = Look { colour: (INK.0, INK.1, INK.2), ..theory.look };
            let dotted = Curve { points: Vec::new(), look, ..theory.clone() };
            named.push((Entry::Curve(dotted), "closed forms".to_owned()));
        }
        named.extend(shades(figure));
        // One curve without a name needs no legend.
        if named.iter().all(|(_, name)| name.is_empty()) {
            named.clear();
        }
        for (_, name) in named.iter_mut().filter(|(_, name)| name.is_empty()) {
            "measured".clone_into(name);
        }
        named.extend(notes.iter().map(|note| (Entry::Note, note.clone())));
        let (mut entries, mut widest) = (Vec::new(), 0);
        for (entry, name) in named {
            let indent = if matches!(entry, Entry::Note) { 0 } else { SAMPLE };
            let lines = broken_into_lines(&name, MOST_WIDE.min(room.unwrap_or(MOST_WIDE)) - indent)?;
            for line in &lines {
                widest = widest.max(indent + width_of(line, TICK_SIZE)?);
            }
            entries.push((entry, lines));
        }
        let count = entries.len();
        let columns = room.map_or(1, |room| ((room + MARGIN) / (widest + MARGIN).max(1)).max(1) as usize);
        let per_column = count.div_ceil(columns.clamp(1, count.max(1))).max(1);
        let height = entries.chunks(per_column).map(height_of).max().unwrap_or(0);
        let width = room.filter(|_| count > 0).unwrap_or(widest);
        Ok(Self { entries, width, height, column_width: widest + MARGIN, per_column })
    }

    /// Draws it from its upper left corner on.
    pub fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, at: (i32, i32)) -> Result<(), PlotError> {
        for (column, entries) in (0..).zip(self.entries.chunks(self.per_column)) {
            draw_column(area, entries, (at.0 + column * self.column_width, at.1))?;
        }
        Ok(())
    }
}

/// The shades that the x axis shows, by name. All are of one grey: where there are several names, each says when.
fn shades(figure: &Figure) -> Vec<(Entry, String)> {
    let (least, most) = figure.x.limits;
    let is_shown = |shade: &&Shade| {
        least.is_none_or(|least| shade.to >= least) && most.is_none_or(|most| shade.from <= most)
    };
    let mut named: Vec<(&str, Vec<&Shade>)> = Vec::new();
    for shade in figure.shades.iter().filter(is_shown) {
        match named.iter_mut().find(|(name, _)| *name == shade.name) {
            Some((_, same)) => same.push(shade),
            None => named.push((&shade.name, vec![shade])),
        }
    }
    let several = named.len() > 1;
    let when = |shade: &Shade| {
        let at = |value| tell(figure.x.quantity, value);
        if shade.is_instant() { at(shade.from) } else { format!("{} to {}", at(shade.from), at(shade.to)) }
    };
    let entry = |(name, same): (&str, Vec<&Shade>)| {
        let instant = same.iter().all(|shade| shade.is_instant());
        let name = match same.len() {
            _ if !several => name.to_owned(),
            0..=MOST_TIMES => {
                let times: Vec<String> = same.iter().map(|shade| when(shade)).collect();
                format!("{name}, {}", times.join(" and "))
            }
            times => format!("{name}, {times} times"),
        };
        (Entry::Shade { instant }, name)
    };
    named.into_iter().map(entry).collect()
}

fn height_of(entries: &[(Entry, Vec<String>)]) -> i32 {
    (0..).zip(entries.iter().flat_map(|(_, lines)| lines)).map(|(row, _)| (row + 1) * LINE).max().unwrap_or(0)
        + GAP * i32::try_from(entries.len()).unwrap_or(0)
}

fn broken_into_lines(name: &str, room: i32) -> Result<Vec<String>, PlotError> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in name.split(' ') {
        let last = lines.last().cloned().unwrap_or_default();
        let longer = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if !last.is_empty() && width_of(&longer, TICK_SIZE)? > room {
            lines.push(word.to_owned());
        } else if let Some(line) = lines.last_mut() {
            *line = longer;
        }
    }
    Ok(lines)
}

fn draw_column<DB: DrawingBackend>(
    area: &Area<DB>,
    entries: &[(Entry, Vec<String>)],
    (left, top): (i32, i32),
) -> Result<(), PlotError> {
    let mut y = top + TICK_SIZE / 2;
    let beside = style(TICK_SIZE, HPos::Left, VPos::Center);
    for (entry, lines) in entries {
        let (from, to) = (left, left + SAMPLE - 18);
        let mut names_at = left + SAMPLE;
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
            Entry::Note => names_at = left,
        }
        for row in lines {
            text(area, row, (names_at, y), &beside)?;
            y += LINE;
        }
        y += GAP;
    }
    Ok(())
}
