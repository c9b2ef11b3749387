//! Was `[expect]` met? The one place that compares it with a verdict and with figures.

use super::text::{bytes, count, seconds};
use crate::checker::Verdict;
use crate::scenario::figures::Kind;
use crate::scenario::validated::{Expect, ExpectFigure, ExpectOrder};

/// The name of the verdict in results and in `[expect]`.
pub(super) const fn verdict_name(holds: bool) -> &'static str {
    if holds { "holds" } else { "broken" }
}

/// What `verdict` does not meet, a phrase each; nothing if it is as expected.
pub fn unmet(expect: &Expect, verdict: &Verdict) -> Vec<String> {
    let mut unmet = Vec::new();
    let found = verdict_name(verdict.holds());
    let order = expect.order.map(|order| verdict_name(order == ExpectOrder::Holds));
    if let Some(expected) = order
        && expected != found
    {
        unmet.push(format!("order: expected {expected}, found {found}"));
    }
    for (&check, &expected) in &expect.checks {
        let found = verdict.checks.get(check);
        if expected != found {
            unmet.push(format!("{check}: expected {expected}, found {found}"));
        }
    }
    unmet
}

/// A figure that `[expect.figures]` bounds, as it was found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FigureResult {
    /// Its name, as the scenario has it.
    pub name: String,
    /// Its limit, as the scenario has it.
    pub limit: String,
    /// Its value, in the unit of the result; nothing if it was not measured.
    pub found: Option<f64>,
    /// Was the limit kept? What was not measured does not keep one.
    pub met: bool,
}

/// Compares the bounded figures with `result`, the JSON of the result of the run.
pub(super) fn figures(expect: &Expect, result: &serde_json::Value) -> Vec<FigureResult> {
    let compare = |figure: &ExpectFigure| {
        let found = value(result, &figure.path);
        let met = found.is_some_and(|found| figure.comparison.holds(found, figure.limit));
        FigureResult { name: figure.name.clone(), limit: figure.written.clone(), found, met }
    };
    expect.figures.iter().map(compare).collect()
}

/// What of the figures was not met, a phrase each.
pub(super) fn unmet_figures(expect: &Expect, found: &[FigureResult]) -> Vec<String> {
    let tell = |(figure, result): (&ExpectFigure, &FigureResult)| {
        let found = match (result.found, figure.kind) {
            (None, _) => "nothing measured".to_owned(),
            (Some(value), Kind::Time) => seconds(value),
            (Some(value), Kind::Bytes) => bytes(value as u64),
            (Some(value), Kind::Count) => count(value as u64),
            (Some(value), Kind::Number) => {
                format!("{value:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        };
        // Rounded for a person, it may look as if it were met.
        let exact = match (result.found, figure.kind) {
            (Some(value), Kind::Time) => format!(" ({value} s)"),
            (Some(value), Kind::Bytes) => format!(" ({value} bytes)"),
            _ => String::new(),
        };
        format!("{}: expected {}, found {found}{exact}", result.name, result.limit)
    };
    expect.figures.iter().zip(found).filter(|(_, result)| !result.met).map(tell).collect()
}

/// The number at `path`; an item of a list goes by its name, which may hold dots.
fn value(node: &serde_json::Value, path: &str) -> Option<f64> {
    if path.is_empty() {
        return node.as_f64();
    }
    let below = |name: &str| {
        let rest = path.strip_prefix(name)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
    };
    match node {
        // Of no spans there are no times, only zeros in their place.
        serde_json::Value::Object(fields) if path.ends_with("_s") && is_of_no_spans(fields) => None,
        serde_json::Value::Object(fields) => fields.iter().find_map(|(name, node)| value(node, below(name)?)),
        serde_json::Value::Array(items) => {
            items.iter().find_map(|item| value(item, below(item.get("name")?.as_str()?)?))
        }
        _ => None,
    }
}

/// Is this a family of time spans of which none ended?
fn is_of_no_spans(fields: &serde_json::Map<String, serde_json::Value>) -> bool {
    let number = |name: &str| fields.get(name).and_then(serde_json::Value::as_u64);
    number("count") == Some(0) && number("outstanding").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::{Check, CheckState, CheckStates};

    fn verdict(broken: &[Check]) -> Verdict {
        let mut checks = CheckStates::default();
        checks.set(Check::PairOrder, CheckState::Holds);
        for &check in broken {
            checks.set(check, CheckState::Broken);
        }
        Verdict { checks, ..Verdict::default() }
    }

    fn expect(order: Option<ExpectOrder>, checks: &[(Check, CheckState)]) -> Expect {
        Expect { order, checks: checks.iter().copied().collect(), figures: Vec::new() }
    }

    #[test]
    fn the_verdict_is_compared() {
        let (holds, broken) = (Some(ExpectOrder::Holds), Some(ExpectOrder::Broken));
        for (order, breaks, met) in [
            (holds, false, true),
            (holds, true, false),
            (broken, false, false),
            (broken, true, true),
            (None, false, true),
            (None, true, true),
        ] {
            let verdict = verdict(if breaks { &[Check::Causal] } else { &[] });
            assert_eq!(unmet(&expect(order, &[]), &verdict).is_empty(), met, "{order:?}, breaks: {breaks}");
        }
    }

    #[test]
    fn each_check_is_compared_beside_the_verdict() {
        let mut verdict = verdict(&[]);
        verdict.checks.set(Check::DestageOrder, CheckState::NotJudged);
        let holds = Some(ExpectOrder::Holds);
        let as_found = expect(holds, &[(Check::DestageOrder, CheckState::NotJudged)]);
        assert_eq!(unmet(&as_found, &verdict), [""; 0]);
        let other = expect(
            holds,
            &[(Check::DestageOrder, CheckState::Holds), (Check::TapeOrder, CheckState::Broken)],
        );
        assert_eq!(
            unmet(&other, &verdict),
            [
                "destage-order: expected holds, found not-judged",
                "tape-order: expected broken, found not-checked"
            ]
        );
    }

    fn figure(path: &str, written: &str, kind: Kind) -> ExpectFigure {
        let (comparison, limit) = crate::scenario::figures::limit(written, kind).unwrap();
        let (name, path) = (path.to_owned(), path.to_owned());
        ExpectFigure { name, path, kind, comparison, limit, written: written.to_owned() }
    }

    #[test]
    fn figures_are_compared_with_their_limits() {
        let result = serde_json::json!({
            "rpo": {"max_s": 2.0, "at_loss_s": null}, "events": 12_345,
            "cache": {"remote_peak_bytes": 2048}, "wan": {"reordered_ratio": 0.25},
            "received_lag": {"count": 0, "p99_s": 0.0, "outstanding": 1},
            "groups": [{"name": "a", "rpo": {"max_s": 1.0}}, {"name": "a.b", "rpo": {"max_s": 3.5}}],
        });
        let expect = Expect {
            figures: vec![
                figure("rpo.max_s", "<= 2s", Kind::Time),
                figure("rpo.max_s", "< 2s", Kind::Time),
                figure("rpo.at_loss_s", "<= 1h", Kind::Time),
                figure("received_lag.p99_s", "<= 1h", Kind::Time),
                figure("received_lag.outstanding", "<= 1", Kind::Count),
                figure("events", "> 12345", Kind::Count),
                figure("cache.remote_peak_bytes", "<= 1KiB", Kind::Bytes),
                figure("wan.reordered_ratio", "<= 20%", Kind::Number),
                figure("groups.a.rpo.max_s", "<= 1s", Kind::Time),
                figure("groups.a.b.rpo.max_s", "<= 1s", Kind::Time),
            ],
            ..Expect::default()
        };
        let found = figures(&expect, &result);
        assert_eq!(
            found.iter().map(|figure| figure.met).collect::<Vec<_>>(),
            [true, false, false, false, true, false, false, false, true, false]
        );
        assert_eq!(
            unmet_figures(&expect, &found),
            [
                "rpo.max_s: expected < 2s, found 2s (2 s)",
                "rpo.at_loss_s: expected <= 1h, found nothing measured",
                "received_lag.p99_s: expected <= 1h, found nothing measured",
                "events: expected > 12345, found 12,345",
                "cache.remote_peak_bytes: expected <= 1KiB, found 2KiB (2048 bytes)",
                "wan.reordered_ratio: expected <= 20%, found 0.25",
                "groups.a.b.rpo.max_s: expected <= 1s, found 3.5s (3.5 s)",
            ]
        );
    }

    /// Every name that a scenario may bound is a number, or nothing, of every result.
    #[test]
    fn every_figure_that_can_be_named_is_in_a_result() {
        use crate::scenario::figures::{of_group, of_run};
        let scenario = crate::scenario::parse(
            "template",
            crate::scenario::TEMPLATE,
            std::path::Path::new(""),
            &[
                "run.duration=10ms".into(),
                "run.warm_up=0s".into(),
                "wan.bandwidth=1Gbit/s".into(),
                "run.disasters=1".into(),
            ],
        );
        let scenario = scenario.unwrap();
        let outcome =
            crate::world::simulate(&scenario, crate::metrics::Options::default(), &mut |_| {}).unwrap();
        let result = serde_json::to_value(crate::report::RunResult::new(&scenario, &outcome)).unwrap();
        let group = &scenario.groups[0].name;
        let of_groups = of_group().into_iter().map(|(path, kind)| (format!("groups.{group}.{path}"), kind));
        for (path, _) in of_run().into_iter().chain(of_groups) {
            // Nothing is at loss where nothing is lost.
            assert!(value(&result, &path).is_some() || path.ends_with("at_loss_s"), "{path}");
        }
    }
}
