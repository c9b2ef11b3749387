//! A figure as data: axes, curves, shades and what stands beneath it. Knows no files and no pixels.

use super::paper::Paper;
use crate::metrics::Basis;

/// What an axis measures; numbers are in the unit without prefix (seconds, bytes), and the drawing picks one.
pub use crate::measures::Quantity;

/// Linear or logarithmic.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Logarithmic if all values are positive and span more than a factor of 30, else linear from 0.
    #[default]
    Auto,
    /// Linear.
    Linear,
    /// Logarithmic; values that are not positive are left out.
    Log,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is measured, without the unit.
    pub label: String,
    /// In what.
    pub quantity: Quantity,
    /// How it is divided.
    pub scale: Scale,
    /// For values that are names: value k is the position of name k.
    pub names: Vec<String>,
    /// Where it begins and ends, if that is chosen.
    pub limits: (Option<f64>, Option<f64>),
}

impl Axis {
    /// A numeric axis.
    pub fn new(label: impl Into<String>, quantity: Quantity) -> Self {
        Self { label: label.into(), quantity, scale: Scale::Auto, names: Vec::new(), limits: (None, None) }
    }
}

/// One value of a curve, with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// How much; not a number where nothing was measured: a gap.
    pub y: f64,
    /// Lower end of the interval; equal to `y` where there is none.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Runs behind it; 0 for theory.
    pub runs: u32,
    /// What the interval rests on, or why there is none; `None` for theory.
    pub basis: Option<Basis>,
    /// Runs that saw the rarest event on which the measure depends, if it depends on any that can happen.
    pub seen: Option<u32>,
    /// Spans that had not ended when their run did, over all runs: with any, the value is a lower bound.
    pub outstanding: u64,
    /// Which of [`Figure::swept`] it is, in a sweep.
    pub swept: Option<usize>,
}

impl Point {
    /// Has it no interval because too few runs saw what it depends on?
    pub fn is_rare(&self) -> bool {
        self.basis == Some(Basis::Rare)
    }

    /// Is it a lower bound?
    pub const fn is_lower_bound(&self) -> bool {
        self.outstanding > 0
    }

    /// A value without an interval.
    pub fn exact(x: f64, y: f64) -> Self {
        Self { x, y, low: y, high: y, runs: 0, basis: None, seen: None, outstanding: 0, swept: None }
    }

    /// A place at which nothing was measured: no line is drawn through it.
    pub fn gap(x: f64) -> Self {
        Self::exact(x, f64::NAN)
    }

    /// Was nothing measured?
    pub fn is_gap(&self) -> bool {
        self.y.is_nan()
    }
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Markers with intervals, joined by lines if the x axis is numeric.
    Measured,
    /// A thin dotted line: what theory says.
    Theory,
    /// A line without markers.
    Line,
    /// A line that keeps its value until the next point.
    Steps,
}

impl Kind {
    /// What the CSV calls it.
    pub const fn in_table(self) -> &'static str {
        match self {
            Self::Theory => "closed-form",
            Self::Measured | Self::Line | Self::Steps => "measured",
        }
    }
}

/// Colours of schemes, told apart by all: those of Okabe and Ito (2008) but yellow, which is lost on white, and black, which
/// is no scheme's; then wine, olive and indigo of Tol (2021), and brown.
pub const COLOURS: [(u8, u8, u8); 10] = [
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
    (136, 34, 85),
    (153, 153, 51),
    (51, 34, 136),
    (102, 51, 0),
];
/// Of curves that are no schemes.
pub const PLAIN: [(u8, u8, u8); 2] = [(0, 0, 0), (128, 128, 128)];

const MARKERS: [Marker; 7] = [
    Marker::Circle,
    Marker::Square,
    Marker::TriangleUp,
    Marker::Diamond,
    Marker::TriangleDown,
    Marker::Plus,
    Marker::Cross,
];

/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dash {
    /// Not at all.
    Solid,
    /// Into dashes: among schemes, a baseline without sequence numbers.
    Dashed,
    /// Into dashes of twice that length.
    Long,
    /// Into dashes and dots by turns.
    DashDot,
}

impl Dash {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Solid, Self::Dashed, Self::Long, Self::DashDot];

    /// What is drawn and what is not, by turns, in units; nothing if all is drawn.
    pub const fn pattern(self) -> &'static [i32] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[22, 14],
            Self::Long => &[48, 16],
            Self::DashDot => &[34, 12, 8, 12],
        }
    }
}

/// The shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Marker {
    Circle,
    Square,
    TriangleUp,
    Diamond,
    TriangleDown,
    Plus,
    Cross,
}

/// Colour, marker and dash, so that a curve is known without its colour too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Red, green, blue.
    pub colour: (u8, u8, u8),
    /// The marker.
    pub marker: Marker,
    /// How its line is broken.
    pub dash: Dash,
}

impl Look {
    /// Of scheme `index`: no other has its colour, and nothing but a scheme has a colour.
    pub fn of_scheme(index: usize, is_baseline: bool) -> Self {
        Self {
            colour: COLOURS[index % COLOURS.len()],
            marker: Self::marker(index),
            dash: if is_baseline { Dash::Dashed } else { Dash::Solid },
        }
    }

    /// Of curve `index` where curves are no schemes: black and grey by turns, each with another dash and marker.
    pub fn plain(index: usize) -> Self {
        Self {
            colour: PLAIN[index % PLAIN.len()],
            marker: Self::marker(index),
            dash: Dash::ALL[index / PLAIN.len() % Dash::ALL.len()],
        }
    }

    /// Markers go round; from the second round on each is one place further.
    pub fn marker(index: usize) -> Marker {
        MARKERS[(index + index / MARKERS.len()) % MARKERS.len()]
    }
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name in the legend.
    pub name: String,
    /// Its look.
    pub look: Look,
    /// Its kind.
    pub kind: Kind,
    /// Its points, in the order in which a line joins them.
    pub points: Vec<Point>,
    /// The panel in which it stands.
    pub panel: usize,
}

/// A part of the x axis that is shaded: a fault.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shade {
    /// What it is.
    pub name: String,
    /// From where.
    pub from: f64,
    /// To where; the same for an instant.
    pub to: f64,
}

impl Shade {
    /// Does it last no time?
    pub fn is_instant(&self) -> bool {
        self.to <= self.from
    }
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Stem of its files.
    pub name: String,
    /// Its title.
    pub title: String,
    /// One or two sentences: what is drawn, over how many runs, with which interval.
    pub caption: String,
    /// The x axis.
    pub x: Axis,
    /// The y axis.
    pub y: Axis,
    /// Its curves; later ones are drawn over earlier ones.
    pub curves: Vec<Curve>,
    /// Its shades.
    pub shades: Vec<Shade>,
    /// What its panels are called, if it has several: small multiples with the same axes.
    pub panels: Vec<String>,
    /// What was set at the points of a sweep: `KEY=VALUE, ..`.
    pub swept: Vec<String>,
    /// What it stands on.
    pub paper: Paper,
}

impl Default for Figure {
    fn default() -> Self {
        let axis = || Axis::new("", Quantity::Number);
        Self {
            name: String::new(),
            title: String::new(),
            caption: String::new(),
            x: axis(),
            y: axis(),
            curves: Vec::new(),
            shades: Vec::new(),
            panels: Vec::new(),
            swept: Vec::new(),
            paper: Paper::default(),
        }
    }
}

impl Figure {
    /// Is there anything to see?
    pub fn is_empty(&self) -> bool {
        self.curves.iter().all(|curve| curve.points.iter().all(Point::is_gap))
    }

    /// Every value of its curves, without gaps.
    pub fn points(&self) -> impl Iterator<Item = &Point> + Clone {
        self.curves.iter().flat_map(|curve| &curve.points).filter(|point| !point.is_gap())
    }

    /// Its points as CSV: a row per point, in the units without prefix.
    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record([
            "curve",
            "panel",
            "kind",
            "x",
            "y",
            "low",
            "high",
            "runs",
            "interval",
            "seen_runs",
            "outstanding",
            "swept",
        ]);
        for curve in &self.curves {
            let panel = self.panels.get(curve.panel).map_or("", String::as_str);
            for point in &curve.points {
                let x = match self.x.names.get(point.x.round().max(0.0) as usize) {
                    Some(name) => name.clone(),
                    None => point.x.to_string(),
                };
                let number = |number: f64| if point.is_gap() { String::new() } else { number.to_string() };
                let none = matches!(point.basis, Some(Basis::Rare | Basis::OneRun));
                let end = |end: f64| if none { String::new() } else { number(end) };
                let _ = writer.write_record([
                    curve.name.as_str(),
                    panel,
                    curve.kind.in_table(),
                    &x,
                    &number(point.y),
                    &end(point.low),
                    &end(point.high),
                    &point.runs.to_string(),
                    point.basis.map_or("", Basis::name),
                    &point.seen.map(|seen| seen.to_string()).unwrap_or_default(),
                    &point.outstanding.to_string(),
                    point.swept.and_then(|place| self.swept.get(place)).map_or("", String::as_str),
                ]);
            }
        }
        writer.into_inner().unwrap_or_default()
    }
}
