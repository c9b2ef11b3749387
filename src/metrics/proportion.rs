//! The share of independent runs in which something happened, with its exact interval (Clopper, Pearson 1934).
//!
//! The interval never claims more than its confidence, and it says something even where the thing never
//! happened or always did. It does not know what happened.

use super::interval::incomplete_beta;

/// A share and between what the true one lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// How often it happened, of all.
    pub share: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Proportion {
    /// The share of `hits` in `of` runs, with the two-sided interval of `confidence`; `None` if there is no run.
    pub fn of(hits: u32, of: u32, confidence: f64) -> Option<Self> {
        if of == 0 || hits > of {
            return None;
        }
        let (k, n) = (f64::from(hits), f64::from(of));
        let tail = (1.0 - confidence) / 2.0;
        // P(at least k hits) at share p is I_p(k, n-k+1), P(more than k) is I_p(k+1, n-k).
        let low = if hits == 0 { 0.0 } else { share_where(k, n - k + 1.0, tail) };
        let high = if hits == of { 1.0 } else { share_where(k + 1.0, n - k, 1.0 - tail) };
        Some(Self { share: k / n, low, high })
    }
}

/// The p at which `I_p(a, b)` is `probability`, by halving.
fn share_where(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if incomplete_beta(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_and_always_have_the_closed_ends() {
        // Never in n: the upper end is 1 - (α/2)^(1/n).
        let never = Proportion::of(0, 20, 0.95).unwrap();
        let end = 1.0 - libm::pow(0.025, 1.0 / 20.0);
        assert!(never.share.abs() < 1e-15 && never.low.abs() < 1e-15);
        assert!((never.high - end).abs() < 1e-9, "{never:?}");
        let always = Proportion::of(20, 20, 0.95).unwrap();
        assert!((always.low - (1.0 - end)).abs() < 1e-9 && (always.high - 1.0).abs() < 1e-15);
    }

    /// At each end the tail of the binomial distribution, summed term by term, is 2.5 %.
    #[test]
    fn at_the_ends_a_tail_is_left() {
        let tail = |p: f64, hits: std::ops::RangeInclusive<u32>| -> f64 {
            hits.map(|k| {
                let ways: f64 = (0..k).map(|i| f64::from(30 - i) / f64::from(k - i)).product();
                ways * libm::pow(p, f64::from(k)) * libm::pow(1.0 - p, f64::from(30 - k))
            })
            .sum()
        };
        let found = Proportion::of(7, 30, 0.95).unwrap();
        assert!((tail(found.low, 7..=30) - 0.025).abs() < 1e-9);
        assert!((tail(found.high, 0..=7) - 0.025).abs() < 1e-9);
        assert!(found.low < found.share && found.share < found.high);
    }

    #[test]
    fn no_runs_have_no_share() {
        assert_eq!(Proportion::of(0, 0, 0.95), None);
        assert_eq!(Proportion::of(3, 2, 0.95), None);
    }
}
