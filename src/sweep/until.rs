//! How many replications are enough: until the interval of a measure is narrow in relation to its mean.
//!
//! The rule looks at a point's first n seeds only, so that it does not matter when which run ended. It begins
//! with the seeds given and, while the interval is too wide, goes on to as many as that width asks for, but at
//! most to twice as many at once. Stopping by the data makes intervals a little too narrow; beginning with ten
//! seeds or so keeps that small.

use std::str::FromStr;

use super::observation::{Observation, estimate};
use crate::measures::Seen;
use crate::metrics::Estimate;

/// It begins with this many seeds at least: of fewer, even a right interval says little, and chance stops it
/// early.
pub const LEAST_SEEDS: u64 = 5;

/// When to stop adding replications.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UntilCi {
    /// The measure, as its column is named.
    pub measure: String,
    /// Half the interval's width may be this share of the mean.
    pub relative: f64,
    /// But no more seeds than this.
    pub max_seeds: u64,
}

/// A share: `5%` or `0.05`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => text.trim().parse(),
        };
        match number {
            Ok(share) if share > 0.0 && share < 1.0 => Ok(Self(share)),
            _ => Err(format!("{text:?} is not a share: expected one between 0 and 100%, such as 5%")),
        }
    }
}

/// How many replications a point wants, as far as can be said now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replications {
    /// This many.
    pub wanted: u64,
    /// What the last full number of them says.
    pub estimate: Option<Estimate>,
    /// Is it narrow enough?
    pub narrow: bool,
}

impl UntilCi {
    /// How many are wanted, given what was observed in the order of seeds, `first` to begin with.
    pub fn replications(&self, first: u64, observations: &[Observation]) -> Replications {
        let (mut wanted, mut known) = (first, None);
        loop {
            let Some(seen) = usize::try_from(wanted).ok().and_then(|wanted| observations.get(..wanted))
            else {
                return Replications { wanted, estimate: known, narrow: false };
            };
            let of_runs: Vec<Seen> = seen.iter().map(|observation| observation.seen).collect();
            known = estimate(&self.measure, seen, &of_runs);
            let Some(found) = known else { return Replications { wanted, estimate: known, narrow: false } };
            let allowed = self.relative * found.mean.abs();
            let half_width = found.half_width();
            let narrow = half_width.is_some_and(|half_width| half_width <= allowed);
            if narrow || wanted >= self.max_seeds {
                return Replications { wanted, estimate: known, narrow };
            }
            // The width falls as one over the root of n. Without an interval nothing is known of it.
            let ratio = half_width.map_or(f64::INFINITY, |half_width| half_width / allowed);
            let asked = (wanted as f64 * ratio * ratio).ceil();
            let twice = wanted.saturating_mul(2);
            // A cast of too much, or of no number, is at an end of the range or 0.
            wanted = (asked as u64).clamp(wanted + 1, twice.max(wanted + 1)).min(self.max_seeds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(max_seeds: u64) -> UntilCi {
        UntilCi { measure: "x".into(), relative: 0.05, max_seeds }
    }

    /// Runs with these values that saw no event, and none could happen.
    fn observed(values: &[f64]) -> Vec<Observation> {
        let seen = [None; crate::measures::Event::ALL.len()];
        values.iter().map(|&value| Observation { value, is_flag: false, seen }).collect()
    }

    /// Sixty runs that lost nothing are alike to the last bit; the rule does not take that for certainty.
    #[test]
    fn it_does_not_stop_where_nobody_saw_what_the_measure_hangs_on() {
        let lossless = Observation { seen: [Some(false), None, None, None], ..observed(&[5.0])[0] };
        let found = rule(60).replications(5, &vec![lossless; 60]);
        assert_eq!((found.wanted, found.narrow), (60, false));
        assert_eq!(found.estimate.unwrap().interval, None);
        let lossy = Observation { seen: [Some(true), None, None, None], ..lossless };
        let found = rule(60).replications(5, &vec![lossy; 60]);
        assert_eq!((found.wanted, found.narrow), (5, true));
    }

    /// Five of five is not certainty either.
    #[test]
    fn a_share_has_its_exact_interval() {
        let met = Observation { is_flag: true, ..observed(&[1.0])[0] };
        let found = rule(200).replications(5, &vec![met; 200]);
        assert!(found.narrow && found.wanted > 70, "1 - 0.025^(1/n) is below 0.05 from n = 72 on: {found:?}");
    }

    #[test]
    fn the_answer_does_not_change_with_values_beyond_what_was_wanted() {
        let values: Vec<f64> = (0..500).map(|n| 10.0 + f64::from(n * 7919 % 100) / 25.0).collect();
        let values = observed(&values);
        let enough = rule(500).replications(3, &values);
        assert!(enough.narrow && enough.wanted > 3 && enough.wanted < 500, "{enough:?}");
        let exact = rule(500).replications(3, &values[..enough.wanted as usize]);
        assert_eq!(exact, enough);
        // One value less, and it is still asked for.
        let less = rule(500).replications(3, &values[..enough.wanted as usize - 1]);
        assert_eq!((less.wanted, less.narrow), (enough.wanted, false));
    }

    #[test]
    fn it_ends_at_the_most_seeds_and_at_once_where_nothing_varies() {
        let wild: Vec<f64> = (0..100).map(|n| if n % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let wild = observed(&wild);
        assert_eq!(rule(40).replications(2, &wild).wanted, 40);
        assert!(!rule(40).replications(2, &wild).narrow);
        let still = rule(40).replications(2, &observed(&[0.0, 0.0]));
        assert!(still.narrow && still.wanted == 2);
        assert_eq!(rule(40).replications(1, &observed(&[5.0])).wanted, 2, "one value has no interval");
    }

    #[test]
    fn shares_are_read() {
        assert_eq!("5%".parse(), Ok(Share(0.05)));
        assert_eq!("0.1".parse(), Ok(Share(0.1)));
        for text in ["0", "0%", "100%", "-5%", "five", "", "nan"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
