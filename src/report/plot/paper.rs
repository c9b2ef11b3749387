//! The sheet that a figure stands on: its size on paper and the size of its letters.
//!
//! All that is drawn is measured in units of which the label of an axis is [`LABEL`] high, so that strokes, markers and
//! margins grow and shrink with the letters. A unit is a pixel of the PNG; coordinates are whole units.

/// Height of the letters of an axis label, in units.
pub const LABEL: i32 = 34;

/// Where a figure is to stand.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// A page on a screen: 900 by 530 pixels.
    #[default]
    Screen,
    /// One column of a paper in two columns: 3.5 inches wide, letters of 8 points.
    SingleColumn,
    /// Both columns: 7.16 inches wide, letters of 8 points.
    DoubleColumn,
    /// A slide of 13.33 by 7.5 inches, letters of 20 points.
    Slide,
}

impl Size {
    /// Every one by its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("screen", Self::Screen),
        ("single-column", Self::SingleColumn),
        ("double-column", Self::DoubleColumn),
        ("slide", Self::Slide),
    ];

    /// Width, height and letters, in points (1/72 inch).
    const fn points(self) -> (f64, f64, f64) {
        match self {
            Self::Screen => (675.0, 397.5, 12.75),
            Self::SingleColumn => (252.0, 187.0, 8.0),
            Self::DoubleColumn => (516.0, 258.0, 8.0),
            Self::Slide => (960.0, 540.0, 20.0),
        }
    }
}

/// The sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paper {
    /// Where the figure is to stand.
    pub size: Size,
    /// Height of the letters of axis labels, in points; that of the size, if it is not said.
    pub font_points: Option<f64>,
}

/// Letters of fewer points cannot be read, and of more leave no room.
pub const FONT_POINTS: std::ops::RangeInclusive<f64> = 4.0..=40.0;

impl Paper {
    /// Points of a unit.
    pub fn unit_points(self) -> f64 {
        let (_, _, font) = self.size.points();
        self.font_points.unwrap_or(font).clamp(*FONT_POINTS.start(), *FONT_POINTS.end()) / f64::from(LABEL)
    }

    /// Width and height of a figure of one panel with its legend beside it, in units.
    pub fn canvas(self) -> (i32, i32) {
        let (width, height, _) = self.size.points();
        let units = |points: f64| (points / self.unit_points()).round() as i32;
        (units(width), units(height))
    }
}

/// Reads the size of letters, in points: `9` or `9pt`.
///
/// # Errors
/// When it is no number, or letters of that size could not be read or left no room.
pub fn font_points(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("pt").trim().parse::<f64>().ok();
    number.filter(|points| FONT_POINTS.contains(points)).ok_or_else(|| {
        format!("expected points from {} to {}, such as 9", FONT_POINTS.start(), FONT_POINTS.end())
    })
}
