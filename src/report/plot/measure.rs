//! What a column of the table measures: its name for a person and its quantity.

use super::figure::Quantity;

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

/// The name of a measure for a person, and in what it is measured.
pub fn describe(measure: &str) -> (String, Quantity) {
    match measure {
        BROKEN => return ("Share of runs with the order broken".into(), Quantity::Share),
        LOSS => return ("Loss rate, measured".into(), Quantity::Share),
        REORDERED => return ("Reordered ratio (RFC 4737), measured".into(), Quantity::Share),
        "wan.markers" => return ("Markers sent".into(), Quantity::Number),
        "wan.retransmitted" => return ("Packets sent again".into(), Quantity::Number),
        _ => {}
    }
    if let Some(check) = measure.strip_prefix("broken.") {
        return (format!("Share of runs with {check} broken"), Quantity::Share);
    }
    if let Some(job) = tape_job(measure) {
        let what = if measure.ends_with("write_bytes_per_s") { "Write" } else { "Read" };
        return (format!("{what} throughput of tape job {job}"), Quantity::BytesPerSecond);
    }
    let (path, group) = match measure.strip_prefix("groups.") {
        // The name of a group may hold dots; the path behind it has two parts.
        Some(rest) => {
            let mut parts = rest.rsplitn(3, '.');
            let (last, family) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            (format!("{family}.{last}"), parts.next().map(str::to_owned))
        }
        None => (measure.to_owned(), None),
    };
    let (family, figure) = path.rsplit_once('.').unwrap_or((path.as_str(), ""));
    let family = match family {
        "rpo" => "recovery point",
        "cache" => "cache use",
        other => other,
    };
    let family = family.replace(['_', '.'], " ");
    let name = match figure {
        "mean_s" => format!("Mean {family}"),
        "p50_s" => format!("Median {family}"),
        "p90_s" => format!("90th percentile of {family}"),
        "p99_s" => format!("99th percentile of {family}"),
        "p999_s" => format!("99.9th percentile of {family}"),
        "max_s" => format!("Greatest {family}"),
        "local_peak_bytes" => "Peak use of a local cache".into(),
        "remote_peak_bytes" => "Peak use of a remote cache".into(),
        _ => measure.to_owned(),
    };
    let name = group.map_or(name.clone(), |group| format!("{name} of group {group}"));
    (name, quantity_of(measure))
}

fn quantity_of(column: &str) -> Quantity {
    if column.ends_with("bytes_per_s") {
        Quantity::BytesPerSecond
    } else if column.ends_with("_s") {
        Quantity::Time
    } else if column.ends_with("_bytes") {
        Quantity::Bytes
    } else if column.ends_with("_ratio") {
        Quantity::Share
    } else {
        Quantity::Number
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
            ("events", "events", Quantity::Number),
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
