//! Lines of a curve on the canvas: cut at gaps and at the frame, whole or in dashes.

use plotters::prelude::*;

use super::draw::{Area, Frame, line};
use super::error::PlotError;
use super::figure::{Curve, Kind};

/// The lines of a curve within the frame: one, or more where nothing was measured or where it leaves the frame.
pub fn parts(frame: &Frame, curve: &Curve) -> Vec<Vec<(i32, i32)>> {
    let places = curve.points.iter().map(|point| frame.place(point.x, point.y));
    let mut path: Vec<Option<(f64, f64)>> = places.collect();
    if curve.kind == Kind::Steps {
        path = path
            .windows(2)
            .flat_map(|two| match (two[0], two[1]) {
                (Some(from), Some(to)) => [Some(from), Some((to.0, from.1))],
                (from, _) => [from, None],
            })
            .chain(path.last().copied())
            .collect();
    }
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    for two in path.windows(2) {
        let clipped = two[0].zip(two[1]).and_then(|(from, to)| clip(from, to));
        let Some((from, to)) = clipped else {
            parts.push(std::mem::take(&mut part));
            continue;
        };
        if part.last() != Some(&from) {
            parts.push(std::mem::take(&mut part));
            part.push(from);
        }
        part.push(to);
    }
    parts.push(part);
    parts.retain(|part| part.len() > 1);
    let pixels = |part: Vec<(f64, f64)>| part.into_iter().map(|place| frame.pixel(place)).collect();
    parts.into_iter().map(pixels).collect()
}

/// The points within the frame that have a gap, or nothing, on either side: no line shows them.
pub fn alone(frame: &Frame, curve: &Curve, aside: f64) -> Vec<(i32, i32)> {
    let is_there = |index: Option<usize>| {
        index.and_then(|index| curve.points.get(index)).is_some_and(|point| !point.is_gap())
    };
    let is_alone = |index: usize| !is_there(index.checked_sub(1)) && !is_there(Some(index + 1));
    let places = curve.points.iter().enumerate().filter(|(index, _)| is_alone(*index));
    places.filter_map(|(_, point)| frame.at(point.x + aside, point.y)).collect()
}

/// The part of a line within the unit square; `None` if it passes by (Liang and Barsky 1984).
fn clip(from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (towards, room) in [(-dx, from.0), (dx, 1.0 - from.0), (-dy, from.1), (dy, 1.0 - from.1)] {
        // What rounding puts a hair beyond the frame is within.
        let room = if room.abs() < 1e-9 { 0.0 } else { room };
        if towards == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if towards < 0.0 {
            enters = enters.max(room / towards);
        } else {
            leaves = leaves.min(room / towards);
        }
    }
    let at = |share: f64| (from.0 + dx * share, from.1 + dy * share);
    let first = if enters > 0.0 { at(enters) } else { from };
    let last = if leaves < 1.0 { at(leaves) } else { to };
    (enters <= leaves).then_some((first, last))
}

/// A broken line: of the numbers of units in `pattern` every other is drawn, from the first on, all along the path.
pub fn dashes<DB: DrawingBackend>(
    area: &Area<DB>,
    path: &[(i32, i32)],
    pattern: &[i32],
    style: ShapeStyle,
) -> Result<(), PlotError> {
    let all: f64 = pattern.iter().copied().map(f64::from).sum();
    // What is left of the part of the pattern in which a place stands, and whether that is drawn.
    let part = |walked: f64| {
        let mut phase = walked % all;
        let parts = pattern.iter().copied().map(f64::from).zip([true, false].into_iter().cycle());
        for (length, is_drawn) in parts {
            if phase < length {
                return (length - phase, is_drawn);
            }
            phase -= length;
        }
        (all, true)
    };
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
            let (rest, is_drawn) = part(walked);
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

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn lines_are_cut_at_the_frame() {
        for (from, to, cut) in [
            ((0.0, 0.0), (1.0, 1.0), Some(((0.0, 0.0), (1.0, 1.0)))),
            ((-1.0, 0.5), (2.0, 0.5), Some(((0.0, 0.5), (1.0, 0.5)))),
            ((0.5, 0.5), (0.5, 2.0), Some(((0.5, 0.5), (0.5, 1.0)))),
            ((0.0, 2.0), (1.0, 3.0), None),
            ((-1.0, 0.0), (0.0, 2.0), None),
            ((0.25, 0.25), (0.25, 0.25), Some(((0.25, 0.25), (0.25, 0.25)))),
        ] {
            assert_eq!(clip(from, to), cut, "{from:?} to {to:?}");
        }
    }
}
