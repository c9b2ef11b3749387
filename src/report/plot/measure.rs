//! What a column of the table measures: its name for a person and its quantity.

use super::figure::Quantity;
use crate::measures::lookup;

/// Share of runs whose order was broken; not a column, it comes from `order.verdict`.
pub const BROKEN: &str = "broken";
/// Share of the packets offered that were lost; not a column, it comes from `wan.lost` and `wan.offered`.
pub const LOSS: &str = "loss";
/// RFC 4737 reordered ratio of the data direction.
pub const REORDERED: &str = "wan.reordered_ratio";
/// Mean received lag.
pub const RECEIVED: &str = "received_lag.mean_s";

/// The column of verdicts over which `measure` is a share: `broken` is of the whole verdict,
/// `broken.CHECK` of a single check.
pub fn verdict_column(measure: &str) -> Option<String> {
    match measure.strip_prefix(BROKEN)?.strip_prefix('.') {
        Some(check) => Some(format!("order.checks.{check}")),
        None => (measure == BROKEN).then(|| "order.verdict".to_owned()),
    }
}

/// The tape job of which `measure` is the throughput.
pub fn tape_job(measure: &str) -> Option<&str> {
    let job = measure.strip_prefix("tape.jobs.")?;
    job.strip_suffix(".write_bytes_per_s").or(job.strip_suffix(".read_bytes_per_s"))
}

/// The name of a measure for a person, and in what it is measured. What is in no table goes by its path.
pub fn describe(measure: &str) -> (String, Quantity) {
    match lookup(measure) {
        Some(known) => (known.label, known.quantity),
        None => (measure.to_owned(), Quantity::Number),
    }
}

/// A name of a file for a measure.
pub fn stem(measure: &str) -> String {
    let per_second = measure.strip_suffix("_bytes_per_s");
    let stem = per_second.or(measure.strip_suffix("_s")).unwrap_or(measure);
    stem.chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_have_names_that_people_read() {
        for (measure, name, quantity) in [
            ("received_lag.mean_s", "Mean received lag", Quantity::Time),
            ("rpo.max_s", "Greatest recovery point", Quantity::Time),
            ("applied_lag.p99_s", "99th percentile of applied lag", Quantity::Time),
            ("groups.a.b.rpo.mean_s", "Mean recovery point of group a.b", Quantity::Time),
            ("cache.remote_peak_bytes", "Peak use of a remote cache", Quantity::Bytes),
            ("events", "Events", Quantity::Count),
            ("no.such_s", "no.such_s", Quantity::Number),
            ("broken.causal", "Share of runs with causal broken", Quantity::Share),
            (
                "tape.jobs.volume.read_bytes_per_s",
                "Read throughput of tape job volume",
                Quantity::BytesPerSecond,
            ),
        ] {
            assert_eq!(describe(measure), (name.to_owned(), quantity), "{measure}");
        }
        assert_eq!(stem("groups.A B.applied_lag.mean_s"), "groups-a-b-applied-lag-mean");
        assert_eq!(stem("tape.jobs.volume.read_bytes_per_s"), "tape-jobs-volume-read");
    }
}
