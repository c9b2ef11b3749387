//! A run as one observation: its value of a measure, and which of the events that measures depend on it saw.
//!
//! Some measures are no columns: `loss`, `broken` and `broken.CHECK` are derived here, as in figures.

use super::flat::{Cell, shortest};
use crate::measures::{self, Seen, rarest};
use crate::metrics::Estimate;

/// Confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// A run's value of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The value; of true and false, 1 and 0.
    pub value: f64,
    /// Is it one of true and false?
    pub is_flag: bool,
    /// What the run saw.
    pub seen: Seen,
}

impl Observation {
    /// Of the run whose result is `row`; `None` if it has no value.
    pub fn of(row: &[(String, Cell)], measure: &str) -> Option<Self> {
        let find = |row: &[(String, Cell)]| {
            row.iter().find(|(name, _)| name == measure).map(|(_, cell)| cell.clone())
        };
        let cell = find(row).or_else(|| find(&derived(row)))?;
        let value = cell.measure()?;
        Some(Self { value, is_flag: matches!(cell, Cell::Bool(_)), seen: seen(row, measure) })
    }
}

/// Which events the run saw whose result is `row`, on which `measure` may hang.
pub fn seen(row: &[(String, Cell)], measure: &str) -> Seen {
    let cell = |column: &str| row.iter().find(|(name, _)| name == column).map(|(_, cell)| cell);
    measures::seen(measure, |column| cell(column).and_then(Cell::measure))
}

/// Measures of a run that are no columns of its result.
pub fn derived(row: &[(String, Cell)]) -> Vec<(String, Cell)> {
    let number =
        |name: &str| row.iter().find(|(known, _)| known == name).and_then(|(_, cell)| cell.measure());
    let mut found = Vec::new();
    if let (Some(lost), Some(offered)) = (number("wan.lost"), number("wan.offered"))
        && offered > 0.0
    {
        let loss = lost / offered;
        found.push(("loss".to_owned(), Cell::Number(loss, shortest(loss))));
    }
    for (name, cell) in row {
        let measure = match name.strip_prefix("order.checks.") {
            Some(check) => format!("broken.{check}"),
            None if name == "order.verdict" => "broken".to_owned(),
            None => continue,
        };
        let is_broken = match cell {
            Cell::Text(state) if state == "broken" => true,
            Cell::Text(state) if state == "holds" => false,
            _ => continue, // Nothing was checked.
        };
        found.push((measure, Cell::Bool(is_broken)));
    }
    found
}

/// What observations of `measure` say of it; `seen` is what each run saw, those without a value too.
pub fn estimate(measure: &str, observations: &[Observation], seen: &[Seen]) -> Option<Estimate> {
    if !observations.is_empty() && observations.iter().all(|observation| observation.is_flag) {
        let flags: Vec<bool> = observations.iter().map(|observation| observation.value > 0.5).collect();
        return Estimate::of_share(&flags, CONFIDENCE);
    }
    let values: Vec<f64> = observations.iter().map(|observation| observation.value).collect();
    let seen = rarest(measure, seen).map(|(_, runs)| (runs, seen.len()));
    Some(Estimate::of_mean(&values, seen, CONFIDENCE)?.within(measures::bounds(measure)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::Event;
    use crate::sweep::flat::flatten;

    fn row(losses: &str, verdict: &str) -> Vec<(String, Cell)> {
        flatten(&format!(
            "{{\"order\":{{\"verdict\":\"{verdict}\",\"checks\":{{\"causal\":\"holds\",\"complete\":\"not-checked\"}}}},\
             \"received_lag\":{{\"mean_s\":1.5}},\"wan\":{{\"offered\":8,\"lost\":2}},\
             \"hits\":{{\"losses\":{losses},\"losses_reverse\":0,\"faults\":null,\"breaks\":0}}}}"
        ))
        .unwrap()
    }

    #[test]
    fn derived_measures_are_observed_as_columns_are() {
        let row = row("2", "broken");
        let of = |measure: &str| Observation::of(&row, measure).map(|found| (found.value, found.is_flag));
        assert_eq!(of("loss"), Some((0.25, false)));
        assert_eq!(of("broken"), Some((1.0, true)));
        assert_eq!(of("broken.causal"), Some((0.0, true)));
        assert_eq!(of("broken.complete"), None, "it was not checked");
        assert_eq!(of("received_lag.mean_s"), Some((1.5, false)));
        assert_eq!(of("order.verdict"), None);
    }

    #[test]
    fn the_rarest_event_is_of_those_that_can_happen() {
        let runs: Vec<Seen> =
            ["0", "0", "3"].map(|losses| seen(&row(losses, "holds"), "received_lag.mean_s")).into();
        assert_eq!(rarest("received_lag.mean_s", &runs), Some((Event::Loss, 1)));
        assert_eq!(rarest("wan_reverse.delay.mean_s", &runs), Some((Event::ReverseLoss, 0)));
        assert_eq!(rarest("sequence_counters", &runs), None, "it depends on nothing");
        let lossless: Vec<Seen> = vec![seen(&row("null", "holds"), "received_lag.mean_s")];
        assert_eq!(rarest("received_lag.mean_s", &lossless), None, "nothing can be lost");
    }
}
