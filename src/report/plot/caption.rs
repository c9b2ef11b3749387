//! What stands below a figure of a sweep: what is drawn, over how many runs, with which interval, and what no eye can see.

use super::draw;
use super::figure::{Curve, Dash, Figure, Kind, PLAIN, Point};
use super::table::Runs;
use crate::metrics::Basis;

/// So many points that have no place are named.
const MOST_NAMED: usize = 3;

/// The caption: `seen` says what a run did that saw the rarest event on which the measure depends; at the points
/// `without_x` nothing was measured that could stand on the x axis.
pub fn caption(
    y: &str,
    x: &str,
    seen: &str,
    points: &[Runs],
    without_x: &[String],
    figure: &Figure,
) -> String {
    let runs = points.iter().map(|point| point.rows.len());
    let (least, most) = (runs.clone().min().unwrap_or(0), runs.max().unwrap_or(0));
    let runs = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let measured = || figure.points();
    let is_share = measured().any(|point| point.basis == Some(Basis::ClopperPearson));
    let interval = match most {
        _ if is_share => "Clopper-Pearson intervals of 95 % over them",
        0 | 1 => "no intervals: one run cannot tell its error",
        _ if draw::has_bands(figure) => "bands are Student intervals of 95 % over them",
        _ => "bars are Student intervals of 95 % over them",
    };
    let mut more = String::new();
    let rare = measured().filter(|point| point.is_rare()).count();
    if rare > 0 {
        more.push_str(&format!(
            " A dot in a ring has no interval: too few runs {seen} to bound the error of the mean ({rare} of \
             {} points).",
            measured().filter(|point| point.basis.is_some()).count()
        ));
    }
    let outstanding: u64 = measured().map(|point| point.outstanding).sum();
    if outstanding > 0 {
        more.push_str(&format!(
            " An arrow marks a lower bound: some spans had not ended when their run did ({outstanding} in \
             all), and these are the longest."
        ));
    }
    let curves = || figure.curves.iter();
    if curves().any(|curve| curve.kind == Kind::Measured && curve.look.dash == Dash::Dashed)
        && of_schemes(figure)
    {
        more.push_str(" Dashed: baselines without sequence numbers.");
    }
    if curves().any(|curve| curve.kind == Kind::Theory) {
        more.push_str(" Dotted: the closed form, computed from the scenario and not fitted.");
    }
    for names in coinciding(figure) {
        more.push_str(&format!(" The curves of {} coincide.", names.join(" and ")));
    }
    if curves().flat_map(|curve| &curve.points).any(Point::is_gap) {
        more.push_str(" A gap in a line: nothing was measured there.");
    }
    if !without_x.is_empty() {
        let named = without_x.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
        let others = match without_x.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            others => format!("; and {others} more"),
        };
        more.push_str(&format!(
            " Left out, since nothing was measured there for the x axis: {} of {} points ({named}{others}).",
            without_x.len(),
            points.len()
        ));
    }
    for left_out in draw::left_out(figure) {
        more.push_str(&format!(" {left_out}."));
    }
    format!(
        "{y} against {}. {runs} independent runs (seeds) at each point; {interval}.{more}",
        lower_first(x)
    )
}

/// Do its curves go by schemes, whose baselines are dashed? Then they have colours.
fn of_schemes(figure: &Figure) -> bool {
    figure.curves.iter().any(|curve| !PLAIN.contains(&curve.look.colour))
}

/// Curves of one panel that nobody could tell apart: at every place they differ by less than a hundredth of the axis.
fn coinciding(figure: &Figure) -> Vec<Vec<&str>> {
    let (least, most) = figure.points().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), point| {
        (least.min(point.y), most.max(point.y))
    });
    let near = |one: f64, other: f64| (one - other).abs() <= 0.01 * (most - least);
    let measured: Vec<&Curve> =
        figure.curves.iter().filter(|curve| curve.kind == Kind::Measured && curve.points.len() > 1).collect();
    let mut found: Vec<(&Curve, Vec<&str>)> = Vec::new();
    for curve in measured {
        let same = |other: &Curve| {
            other.panel == curve.panel
                && other.points.len() == curve.points.len()
                && other.points.iter().zip(&curve.points).all(|(one, other)| near(one.y, other.y))
        };
        match found.iter_mut().find(|(other, _)| same(other)) {
            Some((_, names)) => names.push(&curve.name),
            None => found.push((curve, vec![&curve.name])),
        }
    }
    let mut names: Vec<Vec<&str>> =
        found.into_iter().map(|(_, names)| names).filter(|names| names.len() > 1).collect();
    names.dedup();
    names
}

/// As it stands within a sentence.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        // "RPO", "RFC" and the like keep their capitals.
        Some(first) if !letters.clone().next().is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
