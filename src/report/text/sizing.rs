//! What `size` found, for a person.

use super::human::{bytes, count, percent, three_digits};
use super::wrap::wrap;
use crate::report::sizing::{SizeResult, SizedResult};
use crate::units::quantity::{Bandwidth, Size};

/// Columns before a value.
const INDENT: usize = 16;

/// All of it; with `folder` it says where the files are.
pub fn sizing(result: &SizeResult, folder: Option<&str>) -> String {
    let mut lines = vec![result.title.clone()];
    let mut put = |name: &str, text: &str| lines.extend(wrap(text, &format!("  {name:<14}"), INDENT));
    put("scheme", result.scheme);
    put("target", &result.targets.join(", "));
    let seeds = result.seeds.len();
    let of = if seeds == 1 { "1 seed".to_owned() } else { format!("{seeds} seeds") };
    let runs = format!("{} of {of}; order and recovery were judged in each", count(result.runs));
    put("runs", &runs);
    for sized in &result.sized {
        let name = name_of(sized);
        put(name, &least(sized, seeds));
        put("", &below(sized, folder));
        if !sized.monotone {
            put("", &worse_with_more(sized));
        }
    }
    for broken in &result.broken_promises {
        let checks = broken.checks.join(", ");
        put(
            "BROKEN",
            &format!(
                "{checks} with seed {} and {}: the scheme promises it",
                broken.seed,
                broken.set.join(", ")
            ),
        );
    }
    if !result.broken_unpromised.is_empty() {
        let checks: Vec<String> = result
            .broken_unpromised
            .iter()
            .map(|broken| format!("{} in {} runs", broken.check, count(broken.runs)))
            .collect();
        put("order", &format!("not promised by this scheme, and broken: {}", checks.join(", ")));
    }
    lines.join("\n") + "\n"
}

fn name_of(sized: &SizedResult) -> &'static str {
    match sized.what {
        "line" => "line rate",
        "local-cache" => "local cache",
        _ => "remote cache",
    }
}

/// A value in the unit of what was sized.
fn value(sized: &SizedResult, value: f64) -> String {
    if sized.unit == "bytes" { bytes(value.max(0.0) as u64) } else { rate(value) }
}

/// What was run, to the last bit or byte: rounded, a value that is enough could be one that is not.
fn exact(sized: &SizedResult, value: u64) -> String {
    if sized.unit == "bytes" { Size(value).to_string() } else { Bandwidth(Some(value)).to_string() }
}

/// Bits a second as `12.3Mbit/s`.
fn rate(bits: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1.0, "bit/s")];
    let (scale, unit) = UNITS.into_iter().find(|(scale, _)| bits >= *scale).unwrap_or((1.0, "bit/s"));
    format!("{}{unit}", three_digits(bits / scale))
}

fn least(sized: &SizedResult, seeds: usize) -> String {
    let enough = exact(sized, sized.enough);
    if seeds == 1 {
        return format!("{enough} is enough; with one seed nothing is known of others");
    }
    let interval = sized.low_95.zip(sized.high_95).map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval of the mean: {} to {})", value(sized, low), value(sized, high))
    });
    let need = sized.mean.map_or_else(
        || {
            let (least, at_smallest) = at_smallest(sized);
            format!("with {at_smallest} of them {} is, the smallest that was tried", exact(sized, least))
        },
        |mean| format!("they need {} on average{interval}", value(sized, mean)),
    );
    format!(
        "{enough} is enough with each of the {seeds} seeds; {need}; another seed needs more than {enough} with a chance of at \
         most {}",
        percent(sized.exceeded_by_another_seed),
    )
}

/// The smallest value that was tried, and how many seeds met the targets there.
fn at_smallest(sized: &SizedResult) -> (u64, usize) {
    let met = sized.by_seed.iter().filter(|least| least.not_enough.is_none());
    (met.clone().map(|least| least.enough).min().unwrap_or(0), met.count())
}

/// What more than enough did: where it was not enough, if that was run.
fn worse_with_more(sized: &SizedResult) -> String {
    let above = sized.curve.iter().find(|point| point.value > sized.enough && point.met < point.runs);
    let above = above.map_or_else(String::new, |point| {
        let (value, unmet) = (exact(sized, point.value), point.runs - point.met);
        format!(" {value}, which is more, is not enough with {unmet} of the {} seeds.", point.runs)
    });
    format!("With more it was sometimes worse than with less: the least may be less.{above}")
}

fn below(sized: &SizedResult, folder: Option<&str>) -> String {
    let Some(below) = &sized.below else {
        return "it is the smallest that a scenario takes".to_owned();
    };
    let shown = format!(
        "with {} and seed {} it is not: {}",
        exact(sized, below.value),
        below.seed,
        below.unmet.join("; ")
    );
    match folder.zip(below.file.as_ref()) {
        Some((folder, file)) => format!("{shown}. rcsim run {folder}/{file} shows it"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sizing::{BelowResult, BrokenCheck, BrokenPromise, CurvePoint, LeastOfSeed};

    fn sized() -> SizedResult {
        SizedResult {
            what: "line",
            keys: vec!["wan.bandwidth".into()],
            unit: "bit/s",
            enough: 8_500_000,
            mean: Some(8_400_000.0),
            low_95: Some(8_300_000.0),
            high_95: Some(8_500_000.0),
            exceeded_by_another_seed: 0.25,
            by_seed: Vec::new(),
            monotone: false,
            below: Some(BelowResult {
                seed: 3,
                value: 8_400_000,
                unmet: vec!["rpo.max: expected <= 30ms, found 40ms".into()],
                file: Some("below-line.toml".into()),
            }),
            curve: Vec::new(),
        }
    }

    #[test]
    fn what_was_found_is_told_and_so_is_a_broken_promise() {
        let mut result = SizeResult {
            schema: 1,
            rcsim: "0",
            scenario: "a".into(),
            title: "A title".into(),
            scheme: "group",
            targets: vec!["rpo.max <= 30ms".into()],
            seeds: vec![1, 2, 3],
            runs: 1_234,
            sized: vec![sized()],
            broken_promises: Vec::new(),
            broken_unpromised: vec![BrokenCheck { check: "causal", runs: 4 }],
        };
        let one_line = |result: &SizeResult| {
            sizing(result, Some("out")).split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let told = one_line(&result);
        for phrase in [
            "1,234 of 3 seeds",
            "8.5Mbit/s is enough with each of the 3 seeds; they need 8.4Mbit/s on average (95 % interval of the mean: \
             8.3Mbit/s to 8.5Mbit/s); another seed needs more than 8.5Mbit/s with a chance of at most 25%",
            "with 8.4Mbit/s and seed 3 it is not: rpo.max: expected <= 30ms, found 40ms. rcsim run out/below-line.toml shows it",
            "it was sometimes worse than with less",
            "not promised by this scheme, and broken: causal in 4 runs",
        ] {
            assert!(told.contains(phrase), "{phrase}: {told}");
        }
        assert!(!told.contains("BROKEN"));
        let broken =
            BrokenPromise { seed: 2, set: vec!["wan.bandwidth=9Mbit/s".into()], checks: vec!["causal"] };
        result.broken_promises.push(broken);
        assert!(
            one_line(&result)
                .contains("BROKEN causal with seed 2 and wan.bandwidth=9Mbit/s: the scheme promises it")
        );
    }

    /// Of a seed that met the targets at the smallest value nobody knows the least, and so none of the mean.
    #[test]
    fn a_mean_that_is_not_known_is_not_told() {
        let of = |seed, enough, not_enough| LeastOfSeed { seed, enough, not_enough };
        let by_seed = vec![of(1, 8_000_000, None), of(2, 8_500_000, Some(8_400_000)), of(3, 8_000_000, None)];
        let sized = SizedResult { mean: None, low_95: None, high_95: None, by_seed, ..sized() };
        assert_eq!(
            least(&sized, 3),
            "8.5Mbit/s is enough with each of the 3 seeds; with 2 of them 8Mbit/s is, the smallest that was tried; another \
             seed needs more than 8.5Mbit/s with a chance of at most 25%"
        );
    }

    #[test]
    fn more_that_is_not_enough_is_told_with_its_value() {
        let mut sized = sized();
        let point = |value, met| CurvePoint {
            figure: "rpo.max_s".into(),
            value,
            runs: 3,
            met,
            mean: None,
            low_95: None,
            high_95: None,
        };
        sized.curve = vec![point(8_000_000, 1), point(8_500_000, 3)];
        let told = "With more it was sometimes worse than with less: the least may be less.";
        assert_eq!(worse_with_more(&sized), told);
        sized.curve.extend([point(9_000_000, 3), point(17_000_000, 2)]);
        assert_eq!(
            worse_with_more(&sized),
            format!("{told} 17Mbit/s, which is more, is not enough with 1 of the 3 seeds.")
        );
    }

    /// A value is told as it was run: with three digits both of these would be 44KiB.
    #[test]
    fn what_is_enough_is_told_to_the_last_byte() {
        let mut sized = SizedResult {
            what: "local-cache",
            unit: "bytes",
            enough: 45_056,
            mean: Some(45_056.0),
            ..sized()
        };
        if let Some(below) = &mut sized.below {
            below.value = 45_055;
        }
        assert!(least(&sized, 3).starts_with("44KiB is enough with each"));
        assert!(
            below(&sized, None).starts_with("with 45.055KB and seed 3 it is not"),
            "{}",
            below(&sized, None)
        );
    }

    #[test]
    fn rates_are_told_in_a_unit_that_fits() {
        for (bits, told) in
            [(12_345_678.0, "12.3Mbit/s"), (1e9, "1Gbit/s"), (999.0, "999bit/s"), (1_500.0, "1.5kbit/s")]
        {
            assert_eq!(rate(bits), told);
        }
    }
}
