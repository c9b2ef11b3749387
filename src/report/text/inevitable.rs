//! When a violation became likely, and when certain (`run --inevitable`): a row per instant, with the share as a bar.

use super::human::{percent, plural, seconds};
use super::style::Style;
use super::table::Table;
use super::wrap::wrap;
use crate::report::InevitableResult;

/// Characters of a bar that stands for every draw.
const BAR: f64 = 20.0;

/// The lines of the table and what it comes to. Of instants at which nothing changes only the first has a row.
pub fn lines(found: &InevitableResult, style: Style) -> Vec<String> {
    let draws = found.draws;
    let before = |at_ns: u64| seconds(found.at_ns.saturating_sub(at_ns) as f64 / 1e9);
    let what = format!(
        "Inevitable? The run is repeated up to an instant, and from there on all that is random is drawn anew, {} each: \
         in how many does the same violation of {} happen?",
        plural(draws as usize, "draw"),
        found.check
    );
    let mut lines = vec![String::new()];
    lines.extend(wrap(&what, "  ", 2));
    let mut table = Table::default();
    table.heading(["drawn anew from", "in", "95 % interval", ""]);
    let last = found.instants.len().saturating_sub(1);
    let mut shown = None;
    for (index, instant) in found.instants.iter().enumerate() {
        if shown.replace(instant.broken) == Some(instant.broken) && index != last {
            continue;
        }
        table.row([
            if index == last {
                "when it had broken".to_owned()
            } else {
                format!("{} before", before(instant.at_ns))
            },
            format!("{} of {draws}", instant.broken),
            format!("{} to {}", percent(instant.low), percent(instant.high)),
            format!("{:<1$}", "#".repeat((instant.share * BAR).round() as usize), BAR as usize),
        ]);
    }
    lines.extend(table.lines(2, style));
    let told = |what: &str, at_ns: Option<u64>| match at_ns {
        Some(at_ns) if at_ns <= found.at_ns => format!("{what} from {} before it broke", before(at_ns)),
        _ => format!("{what} only when it had broken"),
    };
    if found.certain_ns == found.instants.first().map(|first| first.at_ns) {
        lines.extend(wrap(
            "It happens in every draw, from the beginning on: no luck has a part in it.",
            "  ",
            2,
        ));
        return lines;
    }
    let summary = format!(
        "{}, {}.",
        told("It happens in half of the draws or more", found.likely_ns),
        told("in every draw", found.certain_ns)
    );
    lines.extend(wrap(&summary, "  ", 2));
    lines
}
