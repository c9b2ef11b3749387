//! What changed between what a run once did and what it does now: records, verdict, figures.

use std::collections::BTreeMap;

use super::golden::{Entry, Golden, Name};

/// What changed in one run.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The golden file does not know it.
    New,
    /// It is in the golden file, and its scenario is gone.
    Gone,
    /// Its text, or a file that it names, is another than when the golden file was made. Told beside other changes only:
    /// a comment changes no run.
    Scenario,
    /// It no longer meets its `[expect]`, or never did: in what.
    NotExpected(Vec<String>),
    /// Records differ. The first that does is among those from the first to the last number, counted from 1.
    Records {
        /// The bracket.
        first: u64,
        /// Its end.
        last: u64,
        /// How many records the run once had.
        before: u64,
        /// How many it has now.
        now: u64,
    },
    /// A verdict or a figure.
    Value {
        /// Its path in the result.
        path: String,
        /// What it was.
        before: String,
        /// What it is.
        now: String,
    },
}

/// One run and what changed in it; nothing if all is as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Scenario and seed.
    pub name: Name,
    /// What changed, the most telling first.
    pub changes: Vec<Change>,
}

/// Compares every run of now with the golden file. A golden run that is not among them is gone, if it `belongs` to
/// what was replayed.
pub fn compare(golden: &Golden, now: &[Entry], belongs: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: BTreeMap<Name, Vec<Change>> = golden
        .entries
        .keys()
        .filter(|(scenario, _)| belongs(scenario))
        .map(|name| (name.clone(), vec![Change::Gone]))
        .collect();
    for entry in now {
        let mut changes = golden
            .entries
            .get(&entry.name())
            .map_or_else(|| vec![Change::New], |before| changes(before, entry));
        if !entry.expected {
            changes.insert(0, Change::NotExpected(entry.unmet.clone()));
        }
        findings.insert(entry.name(), changes);
    }
    findings.into_iter().map(|(name, changes)| Finding { name, changes }).collect()
}

fn changes(before: &Entry, now: &Entry) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.digest != now.digest {
        let (old, new) = (&before.fingerprint, &now.fingerprint);
        let all = (1, new.records);
        let (first, last) = new.first_difference(old).or_else(|| new.tail()).unwrap_or(all);
        changes.push(Change::Records { first, last, before: old.records, now: new.records });
    }
    let source_differs = before.source.is_some() && before.source != now.source;
    for (before, now) in [(&before.verdict, &now.verdict), (&before.figures, &now.figures)] {
        let paths: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for path in paths {
            let word = |values: &BTreeMap<String, String>| {
                values.get(path).cloned().unwrap_or_else(|| "nothing".to_owned())
            };
            let (before, now) = (word(before), word(now));
            if before != now {
                changes.push(Change::Value { path: path.clone(), before, now });
            }
        }
    }
    if !changes.is_empty() && source_differs {
        changes.insert(0, Change::Scenario);
    }
    changes
}

impl Change {
    /// A sentence for a person.
    pub fn tell(&self) -> String {
        match self {
            Self::New => "is new: the golden file does not know it".to_owned(),
            Self::Gone => "is gone: it is in the golden file only".to_owned(),
            Self::Scenario => "the scenario changed since the golden file was made".to_owned(),
            Self::NotExpected(unmet) if unmet.is_empty() => "does not meet its [expect]".to_owned(),
            Self::NotExpected(unmet) => format!("does not meet its [expect]: {}", unmet.join("; ")),
            Self::Records { first, last, before, now } => {
                let place = if first == last {
                    format!("record {first} is the first that differs")
                } else {
                    format!("the first record that differs is among {first} to {last}")
                };
                let count = if before == now {
                    format!("of {now}")
                } else {
                    format!("there were {before} records, now {now}")
                };
                format!("{place} ({count})")
            }
            Self::Value { path, before, now } => match relative(before, now) {
                Some(percent) => format!("{path}: {before} -> {now} ({percent:+.3}%)"),
                None => format!("{path}: {} -> {}", or_null(before), or_null(now)),
            },
        }
    }
}

/// What the result has where there is no value.
const fn or_null(value: &str) -> &str {
    if value.is_empty() { "null" } else { value }
}

/// By how many percent a figure changed.
fn relative(before: &str, now: &str) -> Option<f64> {
    let (before, now): (f64, f64) = (before.parse().ok()?, now.parse().ok()?);
    (before != 0.0).then(|| (now - before) / before.abs() * 100.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::trace::Fingerprint;

    /// Some run.
    pub fn entry(scenario: &str, seed: u64) -> Entry {
        let pair = |path: &str, word: &str| (path.to_owned(), word.to_owned());
        Entry {
            scenario: scenario.into(),
            seed,
            digest: "aa".into(),
            expected: true,
            unmet: Vec::new(),
            verdict: BTreeMap::from([pair("order.verdict", "holds"), pair("order.checks.causal", "holds")]),
            figures: BTreeMap::from([pair("received_lag.mean_s", "0.5")]),
            fingerprint: Fingerprint { records: 3, every: 1, marks: "000011112222".into() },
            source: Some("s".into()),
        }
    }

    fn golden() -> Golden {
        let entries = [("a.toml", 1), ("a.toml", 2), ("below/b.toml", 1)];
        Golden { entries: entries.map(|(name, seed)| ((name.into(), seed), entry(name, seed))).into() }
    }

    fn told(now: &[Entry], belongs: impl Fn(&str) -> bool) -> Vec<String> {
        let tell = |finding: Finding| {
            let changes: Vec<String> = finding.changes.iter().map(Change::tell).collect();
            format!("{} {}: {}", finding.name.0, finding.name.1, changes.join("; "))
        };
        compare(&golden(), now, belongs).into_iter().map(tell).collect()
    }

    #[test]
    fn what_is_as_it_was_has_no_change() {
        let now: Vec<Entry> = golden().entries.into_values().collect();
        assert_eq!(told(&now, |_| true), ["a.toml 1: ", "a.toml 2: ", "below/b.toml 1: "]);
    }

    #[test]
    fn new_gone_changed_and_unexpected_runs_are_told() {
        let mut changed = entry("a.toml", 1);
        changed.digest = "bb".into();
        changed.fingerprint.marks = "00001111ffff".into();
        changed.verdict.insert("order.verdict".into(), "broken".into());
        changed.figures.insert("received_lag.mean_s".into(), "0.75".into());
        changed.figures.insert("events".into(), "7".into());
        changed.verdict.insert("order.checks.causal".into(), String::new());
        let mut unexpected = entry("c.toml", 1);
        unexpected.expected = false;
        unexpected.unmet = vec!["rpo.max: expected <= 2s, found 3s (3 s)".into()];
        assert_eq!(
            told(&[changed, unexpected], |_| true),
            [
                "a.toml 1: record 3 is the first that differs (of 3); order.checks.causal: holds -> null; \
                 order.verdict: holds -> broken; \
                 events: nothing -> 7; received_lag.mean_s: 0.5 -> 0.75 (+50.000%)",
                "a.toml 2: is gone: it is in the golden file only",
                "below/b.toml 1: is gone: it is in the golden file only",
                "c.toml 1: does not meet its [expect]: rpo.max: expected <= 2s, found 3s (3 s); is new: the golden file does not know it",
            ]
        );
    }

    #[test]
    fn that_the_scenario_changed_is_said_first_and_only_of_what_changed() {
        let mut changed = entry("a.toml", 1);
        changed.source = Some("t".into());
        assert_eq!(told(&[changed.clone()], |name| name == "a.toml")[0], "a.toml 1: ");
        changed.verdict.insert("order.verdict".into(), "broken".into());
        let scenario = "the scenario changed since the golden file was made";
        assert_eq!(
            told(&[changed.clone()], |_| false)[0],
            format!("a.toml 1: {scenario}; order.verdict: holds -> broken")
        );
        // What was made before this was written down is not known to have changed.
        let mut golden = golden();
        golden.entries.values_mut().for_each(|entry| entry.source = None);
        let found = compare(&golden, &[changed], |_| false);
        assert_eq!(found[0].changes.len(), 1);
    }

    #[test]
    fn what_was_not_replayed_is_not_missed() {
        assert_eq!(
            told(&[entry("below/b.toml", 1)], |name| name.starts_with("below/")),
            ["below/b.toml 1: "]
        );
    }

    #[test]
    fn a_change_after_the_last_mark_is_bracketed_by_it() {
        let mut changed = entry("a.toml", 1);
        changed.digest = "bb".into();
        changed.fingerprint.records = 5;
        let mut golden = golden();
        golden.entries.get_mut(&("a.toml".into(), 1)).unwrap().fingerprint.records = 5;
        let found = compare(&golden, &[changed], |_| false);
        assert_eq!(found[0].changes, [Change::Records { first: 4, last: 5, before: 5, now: 5 }]);
    }
}
