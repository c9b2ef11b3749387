//! Files that load, and what comes of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{DESIGN, edited, good, shipped};
use crate::checker::{Check, CheckState};
use crate::hardware::distribution::Shape;
use crate::hardware::link::Loss;
use crate::hardware::workload::{Addresses, Arrivals, Sizes};
use crate::metrics::Options;
use crate::protocol::rules::{Departure, Item, Volatile};
use crate::protocol::{Rules, Scheme};
use crate::scenario::validated::{ExpectOrder, FaultKind};
use crate::scenario::{Diagnostic, Scenario, TEMPLATE, load};
use crate::units::{Direction, PathId, SimDuration, SimTime};
use crate::world::{build, simulate};

/// Every TOML file below `folder`, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_shipped_scenario_loads() {
    let files = files(&shipped());
    assert!(files.len() >= 2);
    for file in files {
        let scenario = load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(scenario.name.as_str()), file.file_stem().unwrap().to_str());
    }
}

#[test]
fn the_template_loads_and_holds() {
    let scenario = good(TEMPLATE, &["run.duration=2s"]);
    let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
    assert!(outcome.judgement.verdict.holds());
    assert!(outcome.judgement.counts.acknowledged > 100);
    assert_eq!(outcome.judgement.counts.outstanding(), 0);
}

/// The exemplary configuration: 7, 2 and 4 sequence counters.
#[test]
fn the_example_of_the_design_loads_holds_and_has_the_patents_counters() {
    let scenario = good(DESIGN, &["run.duration=1s", "run.warm_up=0s"]);
    let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
    assert!(outcome.judgement.verdict.holds());
    assert_eq!(outcome.sequence_counters, 4);
    for (scheme, counters) in [("pair", 7), ("remote-system", 2), ("group", 4), ("none", 0)] {
        let scenario = good(DESIGN, &[&format!("protocol.scheme={scheme}")]);
        assert_eq!(build::settings(&scenario).sequence_counters(), counters, "{scheme}");
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let scenario = good(DESIGN, &[]);
    let r2 = &scenario.remote_systems[1];
    assert_eq!((r2.cache, r2.destage_time.is_zero()), (None, true));
    assert_eq!(scenario.local_systems[0].unit_size, 1 << 30);
    assert!(scenario.local_systems[0].clock.is_perfect());
    assert_eq!(scenario.expect.order, Some(ExpectOrder::Holds));
    assert_eq!(scenario.protocol.rules, Rules::REPAIRED);
    assert!(!scenario.run.seeded_ties);
    let minimal = edited(&[
        ("seed = 1", ""),
        ("warm_up = \"1s\"", ""),
        ("drain_limit = \"60s\"", ""),
        ("limit_period = \"10ms\"", ""),
        ("marker_interval = \"10ms\"", ""),
        ("retransmit_timeout = \"200ms\"", ""),
        ("[expect]\norder = \"holds\"", ""),
        ("size = \"4KiB\"", ""),
        ("title = \"One array, two remote arrays, two groups\"", ""),
    ]);
    let minimal = good(&minimal, &["transport.retransmit=fixed"]);
    let warm_up = SimDuration::from_ms(1_000);
    assert_eq!(minimal.title, "test.toml");
    let expected = Scenario { title: scenario.title.clone(), ..minimal };
    assert_eq!(expected.run.warm_up, SimDuration::ZERO);
    let mut expected = expected;
    expected.run.warm_up = warm_up;
    assert_eq!(expected, scenario);
}

#[test]
fn paths_inherit_and_override_by_direction() {
    let text = edited(&[
        ("loss = 0.0", "loss = 0.1"),
        (
            "[explore]",
            "[wan.reverse]\nloss = 0.2\ndelay = \"3ms\"\n\
             [[path]]\nfrom = \"R1\"\nto = \"L1\"\nloss = 0.3\n\
             [[path]]\nfrom = \"L1\"\nto = \"R2\"\nfifo = true\n[explore]",
        ),
    ]);
    let scenario = good(&text, &[]);
    let [to_r1, to_r2] = scenario.paths.as_slice() else { panic!("two paths") };
    assert_eq!((to_r1.forward.loss, to_r1.forward.fifo), (Loss::Bernoulli(0.1), false));
    assert_eq!((to_r2.forward.loss, to_r2.forward.fifo), (Loss::Bernoulli(0.1), true));
    assert_eq!(to_r1.reverse.loss, Loss::Bernoulli(0.3));
    assert_eq!(to_r2.reverse.loss, Loss::Bernoulli(0.2));
    assert_eq!(to_r1.reverse.delay.mean, SimDuration::from_ms(3));
    assert_eq!(to_r1.forward.delay.shape, Shape::Exponential);
}

#[test]
fn control_takes_a_short_delay_or_a_link() {
    let short = good(DESIGN, &["protocol.limit_delay=5ms", "control.loss=0.5"]);
    let long = good(&edited(&[("limit_delay = \"0s\"", "")]), &["control.delay=5ms", "control.loss=0.5"]);
    assert_eq!(short.control, long.control);
    assert_eq!(short.control.delay.mean, SimDuration::from_ms(5));
}

#[test]
fn faults_stand_in_the_order_of_time() {
    let fault = "[[fault]]\nkind = \"local-site-loss\"\nat = \"3s\"\n\
                 [[fault]]\nkind = \"wan-outage\"\nat = \"2s\"\nduration = \"1s\"\nfrom = \"R2\"\nto = \"L1\"\n\
                 [[fault]]\nkind = \"wan-outage\"\nat = \"1s\"\nduration = \"1s\"\n[explore]";
    let scenario = good(&edited(&[("[explore]", fault)]), &[]);
    let length = SimDuration::from_ms(1_000);
    let at: Vec<_> = scenario.faults.iter().map(|fault| fault.at.as_ns() / 1_000_000_000).collect();
    assert_eq!(at, [1, 2, 3]);
    assert_eq!(scenario.faults[0].kind, FaultKind::WanOutage { length, path: None, direction: None });
    let one = FaultKind::WanOutage { length, path: Some(PathId(1)), direction: Some(Direction::Reverse) };
    assert_eq!(scenario.faults[1].kind, one);
    assert_eq!(scenario.faults[2].kind, FaultKind::LocalSiteLoss);
}

#[test]
fn rules_are_named_by_what_differs() {
    let protocol = |set: &[&str]| good(DESIGN, set).protocol;
    assert_eq!(protocol(&["protocol.rules=literal"]).rules, Rules::LITERAL);
    let one = protocol(&["protocol.rule.run=literal"]);
    assert_eq!(one.rules.departures(), [Departure { rule: "run", form: "longest" }]);
    let none = protocol(&["protocol.rule.run=repaired", "protocol.rule.non-volatile=[]"]);
    assert_eq!(none.rules, Rules::REPAIRED);
    let lost = protocol(&["protocol.rules=literal", "protocol.rule.non-volatile=[\"counters\", \"limits\"]"]);
    assert_eq!(lost.rules.volatile, Volatile::NONE.with(Item::Counters).with(Item::Limits));
}

#[test]
fn every_kind_of_workload_loads() {
    let workload = |text: &str| {
        let text = format!("host.H1.workload={{ {text} }}");
        good(DESIGN, &[&text]).hosts.remove(0).workload
    };
    let ms = SimDuration::from_ms;
    let constant = workload("kind='constant', rate='100/s', on=['L1:2', 'L1:1'], addresses='sequential'");
    assert_eq!(constant.arrivals, Arrivals::Constant { gap: ms(10) });
    assert_eq!(constant.addresses, Addresses::Sequential);
    assert_eq!(constant.units.iter().map(|unit| unit.unit).collect::<Vec<_>>(), [1, 0]);
    let bursty = workload("kind='bursty', rate='100/s', on=['L1'], mean_on='1s', mean_off='2s'");
    let expected = Arrivals::Bursty { mean_gap_on: ms(10), mean_on: ms(1_000), mean_off: ms(2_000) };
    assert_eq!(bursty.arrivals, expected);
    let mixed = workload(
        "kind='closed-loop', queue_depth=4, on=['L1'], addresses={zipf=1.1}, \
         size=[{size='4KiB', weight=3}, {size='8KiB', weight=0.5}]",
    );
    assert_eq!(mixed.sizes, Sizes::Mixed(vec![(4_096, 3.0), (8_192, 0.5)]));
    assert_eq!(mixed.addresses, Addresses::Zipf { exponent: 1.1 });
    assert_eq!(mixed.units.len(), 7);
    let transaction = workload("kind='transaction', log='L1:1', data_writes=2, on=['L1']");
    assert!(transaction.units.iter().all(|unit| unit.unit != 0), "the log is no data");
    assert_eq!(transaction.units.len(), 6);
    let scripted = workload(
        "kind='scripted', writes=[{at='1ms', unit='L1:1'}, {name='b', at='2ms', after=0, unit='L1:2', position=8, \
         size='512B'}, {after='b', unit='L1:3'}]",
    );
    let Arrivals::Scripted { writes } = scripted.arrivals else { panic!("a script") };
    let after: Vec<_> = writes.iter().map(|write| write.after).collect();
    assert_eq!(after, [None, Some(0), Some(1)]);
    assert_eq!((writes[1].at, writes[1].position, writes[1].size), (SimTime::from_ns(2_000_000), 8, 512));
}

/// Units without a pair may exist, and are written locally only.
#[test]
fn a_system_stands_for_its_paired_units() {
    let text = edited(&[("units = 7", "units = 9")]);
    assert_eq!(good(&text, &[]).hosts[0].workload.units.len(), 7);
    let single = good(&text, &["host.H1.workload.on=[\"L1:9\"]"]);
    assert_eq!(single.hosts[0].workload.units[0].unit, 8);
}

#[test]
fn expectations_of_single_checks() {
    let expect = good(DESIGN, &["expect.order=broken", "expect.checks.causal=broken"]).expect;
    assert_eq!(expect.order, Some(ExpectOrder::Broken));
    assert_eq!(expect.checks.get(&Check::Causal), Some(&CheckState::Broken));
    assert_eq!(good(DESIGN, &["expect.order=any"]).expect.order, None);
}

#[test]
fn clocks_are_read_with_their_sign() {
    let clock = "local_system.L1.clock={ skew='-1ms', drift='-10us/s', granularity='1us' }";
    let clock = good(DESIGN, &[clock]).local_systems.remove(0).clock;
    assert_eq!((clock.skew_ns, clock.drift_ns_per_s, clock.granularity_ns), (-1_000_000, -10_000, 1_000));
}

#[test]
fn delays_are_read_from_a_file() {
    let delay = "wan.delay={ distribution='empirical', file='delays-good.txt', minimum='5ms' }";
    let scenario = good(DESIGN, &[delay]);
    let Shape::Empirical { values } = &scenario.paths[0].forward.delay.shape else { panic!("empirical") };
    assert_eq!(values[..], [5_000_000, 20_000_000, 30_500_000]);
}

/// What `load` says of a file that holds these bytes.
fn refused(bytes: &[u8]) -> Box<Diagnostic> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    load(file.path(), &[]).unwrap_err()
}

#[test]
fn what_is_no_scenario_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(load(folder.path(), &[]).unwrap_err().id(), "not-a-file");
    assert_eq!(load(&folder.path().join("x.toml"), &[]).unwrap_err().id(), "file-not-found");
    let error = refused(b"title = \"a\"\nname = \"\xff\"\n");
    assert_eq!(error.id(), "not-utf8");
    assert!(error.to_string().contains(":2:9"), "{error}");
    assert_eq!(refused(&[0; 100]).id(), "not-text");
    assert_eq!(refused(&vec![b'#'; (4 << 20) + 1]).id(), "file-too-large");
}

/// A gigabyte of zeros: refused by what is read of it, which is little.
#[test]
fn a_huge_file_is_refused_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 30).unwrap();
    let error = load(file.path(), &[]).unwrap_err();
    assert_eq!(error.id(), "file-too-large");
    assert!(error.to_string().starts_with("error[file-too-large]: expected a scenario file of at most 4MiB"));
}

/// The largest file that is read, in one line, is shown as briefly as any other.
#[test]
fn an_error_in_an_endless_line_is_short() {
    let error = refused(&vec![b'a'; 4 << 20]);
    assert_eq!(error.id(), "toml-syntax");
    assert!(error.render(true).len() < 2_000);
}

#[test]
fn colours_are_added_where_wanted() {
    let error = super::read("", &[]).unwrap_err();
    assert!(error.render(true).contains('\u{1b}'));
    assert!(!error.render(false).contains('\u{1b}'));
}

#[test]
fn every_scheme_has_its_name() {
    for scheme in Scheme::ALL {
        let set = format!("protocol.scheme={}", scheme.name());
        assert_eq!(good(DESIGN, &[&set]).protocol.scheme, scheme);
    }
}
