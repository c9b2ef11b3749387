//! The shapes that tell curves apart without colour: hollow, so that those which coincide are all seen.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::figure::{Look, Marker};

/// Half the width of a marker.
const RADIUS: i32 = 11;

/// Marks a value without an interval, too few runs having seen what it depends on: a dot in the ring of its marker.
pub fn dot<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    at: (i32, i32),
    look: Look,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let colour = RGBColor(look.colour.0, look.colour.1, look.colour.2);
    area.draw(&Circle::new(at, RADIUS + 7, colour.stroke_width(2)))?;
    area.draw(&Circle::new(at, 4, colour.filled()))
}

/// Marks a lower bound: an arrow upwards from the marker.
pub fn arrow<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    (x, y): (i32, i32),
    look: Look,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let stroke = RGBColor(look.colour.0, look.colour.1, look.colour.2).stroke_width(4);
    let (foot, tip) = (y - RADIUS - 2, y - 5 * RADIUS);
    area.draw(&PathElement::new(vec![(x, foot), (x, tip)], stroke))?;
    area.draw(&PathElement::new(vec![(x - 9, tip + 12), (x, tip), (x + 9, tip + 12)], stroke))
}

/// Draws the marker of `look` at a place on the canvas.
pub fn marker<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    (x, y): (i32, i32),
    look: Look,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let colour = RGBColor(look.colour.0, look.colour.1, look.colour.2);
    let stroke = colour.stroke_width(4);
    let r = RADIUS;
    // Two filled shapes, one within the other: a stroked path has no joint where it closes.
    let outline = |corners: &[(i32, i32)], middle: (i32, i32)| {
        let around = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect::<Vec<_>>();
        area.draw(&Polygon::new(around, colour.filled()))?;
        let shrink = |of: i32, about: i32| about + (of - about) * 55 / 100;
        let within = corners.iter().map(|(dx, dy)| (x + shrink(*dx, middle.0), y + shrink(*dy, middle.1)));
        area.draw(&Polygon::new(within.collect::<Vec<_>>(), WHITE.filled()))
    };
    let strokes = |lines: [[(i32, i32); 2]; 2]| {
        for line in lines {
            let line: Vec<_> = line.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            area.draw(&PathElement::new(line, stroke))?;
        }
        Ok(())
    };
    match look.marker {
        Marker::Circle => {
            area.draw(&Circle::new((x, y), r + 1, colour.filled()))?;
            area.draw(&Circle::new((x, y), r - 3, WHITE.filled()))
        }
        Marker::Square => outline(&[(-r, -r), (r, -r), (r, r), (-r, r)], (0, 0)),
        Marker::TriangleUp => outline(&[(-r - 3, r), (r + 3, r), (0, -r - 5)], (0, 2)),
        Marker::TriangleDown => outline(&[(-r - 3, -r), (r + 3, -r), (0, r + 5)], (0, -2)),
        Marker::Diamond => outline(&[(-r - 4, 0), (0, -r - 4), (r + 4, 0), (0, r + 4)], (0, 0)),
        Marker::Plus => strokes([[(-r - 1, 0), (r + 1, 0)], [(0, -r - 1), (0, r + 1)]]),
        Marker::Cross => strokes([[(-r, -r), (r, r)], [(-r, r), (r, -r)]]),
    }
}
