//! The figures of a user's log of arrivals, as JSON and as a page.

use super::json::to_line;
use super::order::{ArrivalOrder, tables};
use super::text::human::{count, percent, plural, three_digits};
use super::text::{Paint, Style};
use crate::metrics::reordering::Order;

/// What a log of arrivals shows.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ArrivalLogResult {
    /// Version of this contract.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// What the user calls the log.
    pub file: String,
    /// Lines that hold an arrival.
    pub lines: u64,
    /// Second and further copies: they do not count (RFC 4737, section 3.3).
    pub duplicates: u64,
    /// An arrival this many arrivals after the first with a larger number counts, a later one is lost.
    pub threshold: u64,
    /// Arrivals beyond the threshold: they do not count.
    pub beyond_threshold: u64,
    /// Sequence numbers between the least and the greatest that did not arrive.
    pub missing: u64,
    /// The figures.
    #[serde(flatten)]
    pub order: ArrivalOrder,
}

/// What was counted beside the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Lines that hold an arrival.
    pub lines: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// Arrivals beyond the threshold.
    pub beyond_threshold: u64,
    /// The least and the greatest sequence number that arrived in time.
    pub numbers: Option<(u64, u64)>,
}

impl ArrivalLogResult {
    /// Of the log that the user calls `file`.
    pub fn new(file: &str, threshold: u64, counts: LogCounts, has_sizes: bool, order: &Order) -> Self {
        let range = counts.numbers.map_or(0, |(least, greatest)| u128::from(greatest - least) + 1);
        let missing = range.saturating_sub(u128::from(order.found.received));
        Self {
            schema: 1,
            rcsim: env!("CARGO_PKG_VERSION"),
            file: file.to_owned(),
            lines: counts.lines,
            duplicates: counts.duplicates,
            threshold,
            beyond_threshold: counts.beyond_threshold,
            missing: u64::try_from(missing).unwrap_or(u64::MAX),
            order: ArrivalOrder::new(order, has_sizes),
        }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        to_line(self)
    }

    /// A page for a person.
    pub fn page(&self, style: Style) -> String {
        let order = &self.order;
        let mut lines = vec![
            style.paint(&format!("Order of arrival in {}", self.file), Paint::Heading),
            format!(
                "  arrivals    {}: {} first copies, {}, {} later than the threshold ({}); {} missing",
                count(self.lines),
                count(order.received),
                plural(self.duplicates as usize, "duplicate"),
                count(self.beyond_threshold),
                count(self.threshold),
                plural(self.missing as usize, "number"),
            ),
            String::new(),
            style.paint("RFC 4737", Paint::Heading),
            format!(
                "  reordered   {} of {}: {}",
                count(order.reordered),
                count(order.received),
                percent(order.reordered_ratio)
            ),
            format!(
                "  free runs   {} ended by a reordered arrival, mean {}, longest {}; {} in order after the last",
                count(order.free_runs.runs),
                three_digits(order.free_runs.mean),
                count(order.free_runs.longest),
                count(order.free_runs.open)
            ),
        ];
        let [extents, n_reordering, displacements, occupancies] = tables(order);
        let mut table = |heading: Option<&str>, table: &super::text::table::Table| {
            if let Some(heading) = heading {
                lines.extend([String::new(), style.paint(heading, Paint::Heading)]);
            }
            lines.extend(table.lines(2, style));
        };
        if order.reordered > 0 {
            table(None, &extents);
            table(None, &n_reordering);
        }
        table(Some("RFC 5236: reorder density (early below 0, late above)"), &displacements);
        table(Some("RFC 5236: reorder buffer-occupancy density"), &occupancies);
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::reordering::ArrivalLog;
    use crate::units::SimTime;

    fn page(numbers: &[u64]) -> String {
        let mut order = ArrivalLog::new(100);
        for (at, &number) in (0..).zip(numbers) {
            order.on_arrived(number, SimTime::from_ns(at), 1);
        }
        let order = order.finish().summary();
        ArrivalLogResult::new("log", 100, LogCounts::default(), true, &order).page(Style::default())
    }

    /// From one discontinuity there is no gap to another, and that is no gap of 0.
    #[test]
    fn a_gap_that_is_not_there_is_not_told() {
        assert!(!page(&[2, 1, 3, 4]).contains("gap"));
        let two = page(&[2, 1, 4, 3]);
        assert!(two.contains("gap, in arrivals        2    2    2    2"), "{two}");
    }
}
