//! Estimates for a person: a mean with its interval, in the unit that the name of its column says.

use crate::report::text::{bytes, percent, seconds};

/// The value of a column called `measure`: seconds, bytes, per cent or a plain number; a minus sign where it is negative.
pub(super) fn shown(measure: &str, value: f64) -> String {
    let size = value.abs();
    let text = if measure.ends_with("_s") {
        seconds(size)
    } else if measure.ends_with("_bytes") {
        bytes(size.round() as u64)
    } else if is_share(measure) {
        percent(size)
    } else {
        plain(size)
    };
    if value < 0.0 && text != "0" { format!("-{text}") } else { text }
}

/// A difference: always with a sign; of shares, in percentage points.
pub(super) fn signed(measure: &str, value: f64) -> String {
    let mut text = shown(measure, value);
    if is_share(measure) {
        text = text.replace('%', "pp");
    }
    if value > 0.0 { format!("+{text}") } else { text }
}

/// Is it a share of runs or of packets?
fn is_share(measure: &str) -> bool {
    measure.starts_with("broken") || measure.ends_with("ratio")
}

/// `12.3ms [11.9ms, 12.8ms]`; the value alone where the interval has no width, with a star where there is none.
pub(super) fn with_interval(
    show: fn(&str, f64) -> String,
    measure: &str,
    mean: f64,
    interval: Option<(f64, f64)>,
) -> String {
    let value = show(measure, mean);
    match interval {
        Some((low, high)) if low < high => {
            format!("{value} [{}, {}]", show(measure, low), show(measure, high))
        }
        Some(_) => value,
        None => format!("{value} *"),
    }
}

/// Three decimals at most, fewer of large numbers.
fn plain(value: f64) -> String {
    let decimals = match value {
        ..10.0 => 3,
        10.0..1_000.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_unit_of_their_column() {
        assert_eq!(shown("rpo.max_s", 0.0123), "12.3ms");
        assert_eq!(signed("rpo.max_s", -0.0123), "-12.3ms");
        assert_eq!(signed("rpo.max_s", 0.0), "0s");
        assert_eq!(signed("wan.lost", 12.5), "+12.5");
        assert_eq!(shown("cache.local_peak_bytes", 4096.0), "4KiB");
        assert_eq!(shown("broken", 0.25), "25%");
        assert_eq!(signed("broken", -0.25), "-25pp");
        assert_eq!(with_interval(shown, "rpo.max_s", 2.0, Some((1.0, 3.0))), "2s [1s, 3s]");
        assert_eq!(with_interval(shown, "rpo.max_s", 2.0, Some((2.0, 2.0))), "2s");
        assert_eq!(with_interval(signed, "rpo.max_s", 2.0, None), "+2s *");
    }
}
