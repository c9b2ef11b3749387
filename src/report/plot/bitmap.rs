//! A figure as pixels: a backend of plotters that is its bitmap, but for the corners of lines.
//!
//! plotters fills the outline of a thick line. Where a line turns back sharply, the inner corner of that outline lies far
//! beyond the line's own ends: a spike across the picture. Such a corner is drawn as two lines and a disc where they meet.

use std::io;

use plotters::prelude::BitMapBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};

/// A bitmap whose lines have no spikes.
pub struct Bitmap<'a>(pub BitMapBackend<'a>);

type Drawn = Result<(), DrawingErrorKind<io::Error>>;

/// What plotters says of a bitmap.
type Failed = <BitMapBackend<'static> as DrawingBackend>::ErrorType;

/// Says what failed as the system says it: plotters shows the error's insides.
fn plain(drawn: Result<(), DrawingErrorKind<Failed>>) -> Drawn {
    drawn.map_err(|error| match error {
        DrawingErrorKind::DrawingError(Failed::IOError(error)) => DrawingErrorKind::DrawingError(error),
        DrawingErrorKind::DrawingError(Failed::ImageError(error)) => {
            DrawingErrorKind::DrawingError(io::Error::other(error.to_string()))
        }
        DrawingErrorKind::DrawingError(error) => DrawingErrorKind::DrawingError(io::Error::other(error)),
        DrawingErrorKind::FontError(error) => DrawingErrorKind::FontError(error),
    })
}

impl DrawingBackend for Bitmap<'_> {
    type ErrorType = io::Error;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn {
        plain(self.0.ensure_prepared())
    }

    fn present(&mut self) -> Drawn {
        plain(self.0.present())
    }

    fn draw_pixel(&mut self, at: BackendCoord, colour: BackendColor) -> Drawn {
        plain(self.0.draw_pixel(at, colour))
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        plain(self.0.draw_line(from, to, style))
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        lower_right: BackendCoord,
        style: &S,
        is_filled: bool,
    ) -> Drawn {
        plain(self.0.draw_rect(upper_left, lower_right, style, is_filled))
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let parts = parted(path, style.stroke_width());
        for (index, part) in parts.into_iter().enumerate() {
            if let Some(&corner) = part.first().filter(|_| index > 0) {
                plain(self.0.draw_circle(corner, style.stroke_width() / 2, style, true))?;
            }
            plain(self.0.draw_path(part, style))?;
        }
        Ok(())
    }
}

/// A path, parted at the corners that would become spikes where the line has this width.
fn parted(path: impl IntoIterator<Item = BackendCoord>, width: u32) -> Vec<Vec<BackendCoord>> {
    let mut path: Vec<BackendCoord> = path.into_iter().collect();
    path.dedup();
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    for (index, &at) in path.iter().enumerate() {
        part.push(at);
        let neighbours =
            index.checked_sub(1).and_then(|before| Some((path.get(before)?, path.get(index + 1)?)));
        if neighbours.is_some_and(|(before, after)| is_spike(*before, at, *after, f64::from(width))) {
            parts.push(std::mem::replace(&mut part, vec![at]));
        }
    }
    parts.push(part);
    parts
}

/// Does the inner corner at `at` lie beyond the end of one of its lines, by more than the line is wide?
fn is_spike(before: BackendCoord, at: BackendCoord, after: BackendCoord, width: f64) -> bool {
    let line = |end: BackendCoord| (f64::from(end.0 - at.0), f64::from(end.1 - at.1));
    let (one, other) = (line(before), line(after));
    let length = |(dx, dy): (f64, f64)| (dx * dx + dy * dy).sqrt();
    let (first, second) = (length(one), length(other));
    let cosine = (one.0 * other.0 + one.1 * other.1) / (first * second);
    // How far along either line the two inner edges meet: half the width over the tangent of half the angle.
    let reach = width / 2.0 * ((1.0 + cosine) / (1.0 - cosine).max(f64::EPSILON)).sqrt();
    reach > first.min(second) + width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_parted_where_it_turns_back_sharply() {
        let parts = |path: &[BackendCoord]| parted(path.iter().copied(), 5);
        let (up, down) = ([(0, 100), (10, 50)], [(10, 50), (11, 60)]);
        assert_eq!(parts(&[up[0], up[1], down[1]]), [up, down]);
        // Straight back, over a point that stands there twice.
        assert_eq!(parts(&[(0, 0), (9, 0), (9, 0), (3, 0)]), [[(0, 0), (9, 0)], [(9, 0), (3, 0)]]);
        for whole in [
            &[(0, 0), (50, 0), (50, 50)][..],
            &[(0, 0), (50, 0), (99, 3)],
            &[(0, 0), (1, 1), (2, 1)],
            &[(7, 7)],
        ] {
            assert_eq!(parts(whole), [whole]);
        }
    }

    /// A narrow peak within a picture that is otherwise white.
    #[test]
    fn no_line_leaves_its_own_surroundings() {
        let mut pixels = vec![255_u8; 3 * 200 * 200];
        let mut bitmap = Bitmap(BitMapBackend::with_buffer(&mut pixels, (200, 200)));
        let path = [(20, 120), (100, 120), (101, 100), (102, 120), (180, 120)];
        bitmap
            .draw_path(path, &plotters::style::ShapeStyle::from(&plotters::style::BLACK).stroke_width(5))
            .unwrap();
        drop(bitmap);
        let inked = (0..200 * 200).filter(|pixel| pixels[3 * pixel] < 255).map(|pixel| pixel / 200);
        let rows: Vec<usize> = inked.collect();
        let (highest, lowest) = (*rows.first().unwrap(), *rows.last().unwrap());
        assert!(highest >= 90 && lowest <= 125, "rows {highest} to {lowest}");
    }
}
