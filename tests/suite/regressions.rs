//! `scenarios/regressions`: for each disk rule a scenario in which another form of it fails, and the repaired form holds.
//!
//! The header of each file tells its story and says, a line each, what this test and `scripts/rules-page.py` read:
//! `rule` (the rule and the form that fails; `*` is all rules at once), `with` (a second rule, where it takes two),
//! `cure` (the form that holds), `patent` and `seeds`. The files of tape rules (`tape-*`) are for `tape` to test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rcsim::checker::{Check, CheckState};
use rcsim::metrics::Options;
use rcsim::protocol::rules::Item;
use rcsim::protocol::{Rules, Scheme};
use rcsim::report::RunResult;
use rcsim::scenario::{Scenario, load, load_varied};
use rcsim::world::simulate;

use crate::desk::{Desk, one_pair};

/// The whole text at once: `rule` of `literal.toml`.
const EVERY_RULE: &str = "*";

/// Rules of tape alone.
const TAPE: [&str; 7] = ["medium", "insert", "next-counter", "retain", "window", "assembly", "initiators"];

/// One file.
struct Regression {
    path: PathBuf,
    name: String,
    rule: String,
    form: String,
    with: Option<String>,
    cure: String,
    seeds: RangeInclusive<u64>,
}

impl Regression {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let comments = text.lines().map_while(|line| line.strip_prefix('#'));
        let facts: BTreeMap<&str, &str> =
            comments.filter_map(|line| line.strip_prefix(' ')?.split_once(": ")).collect();
        let fact = |key: &str| facts.get(key).unwrap_or_else(|| panic!("{}: no `{key}`", path.display()));
        let (rule, form) = fact("rule").split_once(" = ").unwrap();
        let (first, last) = fact("seeds").split_once("..").unwrap();
        assert!(!fact("patent").is_empty());
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            rule: rule.to_owned(),
            form: form.to_owned(),
            with: facts.get("with").map(ToString::to_string),
            cure: (*fact("cure")).to_owned(),
            seeds: first.parse().unwrap()..=last.parse().unwrap(),
            path,
        }
    }

    fn load(&self, set: &[String]) -> Scenario {
        load(&self.path, set).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The scenario as it stands: it must show the failure.
    fn failing(&self) -> Scenario {
        self.load(&[])
    }

    /// The same world under the form that holds.
    fn cured(&self) -> Scenario {
        self.load(&[self.cure()])
    }

    /// The cured world under another scheme, as at a point of a sweep over schemes.
    fn cured_under(&self, scheme: Scheme) -> Scenario {
        let set = [self.cure(), format!("protocol.scheme={scheme}")];
        load_varied(&self.path, &set, &["protocol.scheme".into()]).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The setting that cures.
    fn cure(&self) -> String {
        match self.rule.as_str() {
            EVERY_RULE => format!("protocol.rules={}", self.cure),
            rule => format!("protocol.rule.{rule}={}", self.cure),
        }
    }

    /// A run with each seed.
    fn results<'a>(&self, scenario: &'a Scenario) -> impl Iterator<Item = RunResult> + use<'a> {
        self.seeds.clone().map(move |seed| {
            let scenario = scenario.clone().with_seed(seed);
            RunResult::new(&scenario, &simulate(&scenario, Options::default(), &mut |_| {}).unwrap())
        })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions")
}

fn regressions() -> Vec<Regression> {
    let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.file_name().unwrap().to_str().unwrap().starts_with("tape-"));
    paths.sort();
    paths.into_iter().map(Regression::read).collect()
}

fn regression(name: &str) -> Regression {
    Regression::read(folder().join(name).with_extension("toml"))
}

#[test]
fn each_fails_as_it_says() {
    for regression in regressions() {
        for result in regression.results(&regression.failing()) {
            assert!(result.expected, "{}, seed {}: {:?}", regression.name, result.seed, result.unmet);
        }
    }
}

/// No form of a rule is judged by the failure of another.
#[test]
fn each_departs_in_the_rules_that_it_names_and_in_no_other() {
    for regression in regressions() {
        let told =
            |rules: &Rules| -> Vec<String> { rules.departures().iter().map(ToString::to_string).collect() };
        let found = told(&regression.failing().protocol().rules);
        let named = match regression.rule.as_str() {
            EVERY_RULE => told(&Rules::LITERAL),
            // What `non-volatile` lets go is a list.
            rule @ "non-volatile" => {
                regression.form.split(", ").map(|item| format!("{rule} = {item}")).collect()
            }
            // Its literal form is the repaired one.
            "destage" if regression.form == "system" => vec![],
            rule => vec![format!("{rule} = {}", regression.form)],
        };
        let named: BTreeSet<_> = named.into_iter().chain(regression.with).collect();
        assert_eq!(BTreeSet::from_iter(found), named, "{}", regression.name);
    }
}

#[test]
fn each_holds_when_it_is_cured() {
    for regression in regressions() {
        let failing = regression.failing().expect().clone();
        let broken = failing.checks.iter().filter(|&(_, &state)| state == CheckState::Broken);
        let broken: Vec<_> = broken.map(|(check, _)| *check).collect();
        for result in regression.results(&regression.cured()) {
            let (name, seed) = (&regression.name, result.seed);
            assert_eq!(result.order.verdict, "holds", "{name}, seed {seed}: {:?}", result.order);
            for &check in &broken {
                assert_ne!(
                    result.order.checks.0.get(check),
                    CheckState::Broken,
                    "{name}, seed {seed}: {check}"
                );
            }
        }
    }
}

/// Whatever the numbers are counted by: Fig. 2, 3 or 4.
#[test]
fn the_cured_hold_under_every_numbering() {
    for regression in regressions() {
        for scheme in [Scheme::Pair, Scheme::RemoteSystem, Scheme::Group] {
            let scenario = regression.cured_under(scheme);
            for result in regression.results(&scenario) {
                let (name, seed) = (&regression.name, result.seed);
                assert_eq!(
                    result.order.verdict, "holds",
                    "{name}, {scheme}, seed {seed}: {:?}",
                    result.order
                );
            }
        }
    }
}

/// The cure is the repaired form, but where the rule's literal form is no fault (`destage`).
#[test]
fn the_cure_is_the_repaired_form() {
    for regression in regressions().iter().filter(|regression| regression.rule != EVERY_RULE) {
        let mut cured = Rules::LITERAL;
        let mut repaired = Rules::LITERAL;
        cured.set(&regression.rule, &regression.cure).unwrap();
        repaired.set(&regression.rule, "repaired").unwrap();
        if regression.rule != "destage" || regression.form != "system" {
            assert_eq!(cured, repaired, "{}", regression.name);
        }
    }
}

#[test]
fn every_rule_and_every_item_has_one() {
    let regressions = regressions();
    let rules: BTreeSet<&str> = regressions.iter().map(|regression| regression.rule.as_str()).collect();
    let of_disk = Rules::NAMES.iter().copied().filter(|rule| !TAPE.contains(rule));
    assert_eq!(rules, of_disk.chain([EVERY_RULE]).collect());
    let items = regressions.iter().filter(|regression| regression.rule == "non-volatile");
    let items: BTreeSet<&str> = items.map(|regression| regression.form.as_str()).collect();
    assert_eq!(items, Item::ALL.iter().map(|&(name, _)| name).collect());
}

/// Rule `limit-scope`: nothing breaks, but the group that is not concerned by the outage waits for that which is.
#[test]
fn with_one_limit_over_all_groups_a_stalled_group_stalls_the_other() {
    let regression = regression("limit-scope");
    let lags = |scenario: &Scenario| -> Vec<f64> {
        let database = |result: RunResult| {
            let mut groups = result.groups.into_iter();
            groups.find(|group| group.name == "database").unwrap().received_lag.max_s
        };
        regression.results(scenario).map(database).collect()
    };
    let (global, each) = (lags(&regression.failing()), lags(&regression.cured()));
    // The outage lasts 0.5 s; without it a write waits for its delay, a marker and the limit period.
    assert!(global.iter().all(|&lag_s| lag_s > 0.4), "{global:?}");
    assert!(each.iter().all(|&lag_s| lag_s < 0.05), "{each:?}");
}

/// How often slaves are activated is a matter of delay, never of the promise: `0s`, which is on every change, is no
/// special case. (With it, a slave that had received nothing was never activated, so that no limit ever excluded it.)
#[test]
fn the_limit_period_changes_no_verdict() {
    for regression in regressions() {
        let checks = |period: &str| {
            let set = [format!("protocol.limit_period={period}"), "expect={}".into()];
            regression.results(&regression.load(&set)).next().unwrap().order.checks
        };
        let at_once = checks("0s");
        for period in ["20us", "1ms"] {
            assert_eq!(checks(period), at_once, "{}: {period} and 0s", regression.name);
        }
    }
}

/// Sets of which nothing is folded: w0 is lost once, and its resend comes after w1, which writes the same block. Applied when all
/// has come, w1 stands on the block. Applied at the command, or as it comes, w0 lands on top of it and stays there.
#[test]
fn an_older_write_on_top_of_a_later_one_is_no_copy_of_both() {
    let scenario = one_pair(
        "duration = \"1s\"",
        "kind = \"scripted\"\nwrites = [{ name = \"w0\", at = \"10ms\", unit = \"L1:1\" }, { name = \"w1\", after = \"w0\", at = \"1ms\", unit = \"L1:1\" }]",
        "delay = \"5ms\"\n[script]\npackets = [{ from = \"L1\", to = \"R1\", class = \"write-data\", number = 1, lost = true }]",
    );
    let cut = "scheme = \"cut\"\ncut = { period = \"50ms\", fold = \"off\" }\nretransmit_timeout = \"200ms\"";
    let desk = Desk::with(&scenario.replace("scheme = \"pair\"", cut));
    desk.ends(&["run", "small.toml"], 0);
    for rule in ["flash-copy=at-command", "cut-apply=in-place"] {
        let (page, _) = desk.ends(&["run", "small.toml", "--set", &format!("protocol.rule.{rule}")], 1);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "complete breaks in group g at 1s: w1 is not at the remote site: an older write was destaged over it";
        assert!(page.contains(told), "{rule}: {page}");
    }
}

/// Rule `destage`: what is not judged breaks nothing, but its figure says how many writes landed out of the order that
/// `serial` keeps.
#[test]
fn destaging_out_of_order_is_counted_where_it_is_not_judged() {
    for name in ["destage", "destage-pair"] {
        let regression = regression(name);
        for result in regression.results(&regression.failing()) {
            let order = &result.order;
            assert_eq!(order.checks.0.get(Check::DestageOrder), CheckState::NotJudged);
            assert_eq!((order.violations.len(), order.not_judged.len()), (0, 1), "{name}");
            assert!(order.destaged_out_of_order > 0, "{name}");
        }
        let serial = regression.load(&["protocol.rule.destage=serial".into(), "expect={}".into()]);
        for result in regression.results(&serial) {
            let order = &result.order;
            assert_eq!(order.checks.0.get(Check::DestageOrder), CheckState::Holds);
            assert_eq!((order.not_judged.len(), order.destaged_out_of_order), (0, 0), "{name}");
        }
    }
}

/// Rule `idle-stream = "hold"`: nothing is out of order, but a write waits for the next of every other stream: of N
/// Poisson streams of rate r, H(N-1)/r on average for nothing (DESIGN, section 9.4).
#[test]
fn a_held_stamp_makes_every_write_wait_for_the_slowest_stream() {
    let regression = regression("idle-stream-hold");
    let mean_lag = |scenario: &Scenario| {
        let lags: Vec<f64> = regression.results(scenario).map(|result| result.received_lag.mean_s).collect();
        lags.iter().sum::<f64>() / lags.len() as f64
    };
    let wait = (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 50.0;
    assert!(mean_lag(&regression.failing()) > wait);
    assert!(mean_lag(&regression.cured()) < wait);
}

/// `docs/rules.md` is made by `scripts/rules-page.py`: when a rule or a regression comes, it must be made again.
#[test]
fn the_page_of_rules_tells_of_every_regression() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap();
    let sections = page.lines().filter_map(|line| line.strip_prefix("### "));
    let told: Vec<_> = sections.map(|line| line.trim_matches('`').to_owned()).collect();
    let shipped: BTreeMap<_, _> =
        regressions().into_iter().map(|regression| (regression.name.clone(), regression)).collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>(), shipped.keys().collect(), "run scripts/rules-page.py");
    for (name, regression) in &shipped {
        let row = format!("| [`{name}`](#{name}) | `{}` | `{}` |", regression.form, regression.cure);
        assert!(page.contains(&row), "no row for {name}: run scripts/rules-page.py");
    }
}
