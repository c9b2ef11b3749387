//! The least value at which something is met, to a given share of it.
//!
//! From a guess it doubles until the thing is met, or halves until it is not, and then halves what lies between. Knows
//! nothing of runs.

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest value; at least 1.
    pub least: u64,
    /// The greatest value.
    pub most: u64,
    /// Where to begin.
    pub guess: u64,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was met at one of two values close together, and not at the other.
    Between {
        /// The greatest value tried at which it was not.
        unmet: u64,
        /// The least value tried at which it was.
        met: u64,
    },
    /// It was met at the smallest value too.
    AlwaysMet,
    /// It was not met at the greatest value either.
    NeverMet,
}

/// Searches the least value at which `is_met`, until `met - unmet` is at most `share` of `met`, or 1.
///
/// # Errors
/// Those of `is_met`.
pub fn search<E>(
    range: Range,
    share: f64,
    mut is_met: impl FnMut(u64) -> Result<bool, E>,
) -> Result<Found, E> {
    let Range { least, most, guess } = range;
    let least = least.max(1);
    let mut value = guess.clamp(least, most.max(least));
    let (mut unmet, mut met);
    if is_met(value)? {
        loop {
            met = value;
            if value == least {
                return Ok(Found::AlwaysMet);
            }
            value = (value / 2).max(least);
            if !is_met(value)? {
                unmet = value;
                break;
            }
        }
    } else {
        loop {
            unmet = value;
            if value >= most {
                return Ok(Found::NeverMet);
            }
            value = value.saturating_mul(2).min(most);
            if is_met(value)? {
                met = value;
                break;
            }
        }
    }
    while met - unmet > 1 && (met - unmet) as f64 > share * met as f64 {
        let middle = unmet + (met - unmet) / 2;
        if is_met(middle)? {
            met = middle;
        } else {
            unmet = middle;
        }
    }
    Ok(Found::Between { unmet, met })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The search for a threshold, and how often it asked.
    fn of(threshold: u64, range: Range, share: f64) -> (Found, u32) {
        let mut asked = 0;
        let found = search(range, share, |value| {
            asked += 1;
            assert!((range.least..=range.most).contains(&value));
            Ok::<bool, ()>(value >= threshold)
        });
        (found.unwrap_or(Found::NeverMet), asked)
    }

    #[test]
    fn a_threshold_is_found_from_below_and_from_above() {
        for guess in [1, 30, 999, 1_000, 1_001, 50_000, 1 << 40] {
            let range = Range { least: 1, most: 1 << 40, guess };
            assert_eq!(of(1_000, range, 0.0).0, Found::Between { unmet: 999, met: 1_000 }, "{guess}");
            let (Found::Between { unmet, met }, asked) = of(1_000, range, 0.01) else { panic!("{guess}") };
            assert!(unmet < 1_000 && met >= 1_000 && met - unmet <= 10, "{unmet} {met}");
            assert!(asked < 50);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_told() {
        let range = Range { least: 100, most: 10_000, guess: 700 };
        assert_eq!(of(100, range, 0.01).0, Found::AlwaysMet);
        assert_eq!(of(101, range, 0.0).0, Found::Between { unmet: 100, met: 101 });
        assert_eq!(of(10_001, range, 0.01).0, Found::NeverMet);
        assert_eq!(of(10_000, range, 0.0).0, Found::Between { unmet: 9_999, met: 10_000 });
    }

    #[test]
    fn an_error_ends_it() {
        let range = Range { least: 1, most: 10, guess: 5 };
        assert_eq!(
            search(range, 0.01, |value| if value < 3 { Err("no run") } else { Ok(true) }),
            Err("no run")
        );
    }
}
