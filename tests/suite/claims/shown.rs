//! A run on which a claim is shown, and what its trace says.

use std::collections::BTreeMap;
use std::path::Path;

use rcsim::metrics::Options;
use rcsim::scenario::{Scenario, parse};
use rcsim::trace::{Key, Preamble, Record, Recorder};
use rcsim::units::{Direction, PairId, PathId, SimTime, WriteRef};
use rcsim::world::{Outcome, simulate_observed};

/// Two local and two remote systems over a WAN that loses, duplicates and reorders. Both groups span all four; the
/// pairs follow no system: units of one local system go to both remote systems, and come to one from both.
pub const ACROSS: &str = r#"
title = "Two arrays, two remote arrays, two groups"
[run]
duration = "1s"
drain_limit = "60s"
[protocol]
scheme = "pair"
[[local_system]]
name = "L1"
units = 4
[[local_system]]
name = "L2"
units = 4
[[remote_system]]
name = "R1"
units = 4
[[remote_system]]
name = "R2"
units = 4
[[group]]
name = "solid"
pairs = ["L1:1 -> R1:1", "L1:2 -> R2:1", "L2:1 -> R1:2", "L2:2 -> R2:2"]
[[group]]
name = "broken"
pairs = ["L1:3 -> R1:3", "L1:4 -> R2:3", "L2:3 -> R1:4", "L2:4 -> R2:4"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "100/s"
addresses = "uniform"
on = ["L1", "L2"]
[wan]
delay = { distribution = "exponential", mean = "20ms", minimum = "5ms" }
loss = 0.05
duplicate = 0.05
"#;

/// The exemplary configuration (published paragraph 54).
pub const EXEMPLARY: &str = include_str!("../../../scenarios/figures/exemplary.toml");

/// The scenario of a text, with `KEY=VALUE` settings.
pub fn scenario(text: &str, set: &[&str]) -> Scenario {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    parse("claim", text, Path::new(""), &set).unwrap_or_else(|error| panic!("{error}"))
}

/// A run and its trace.
pub struct Shown {
    pub outcome: Outcome,
    pub preamble: Preamble,
    pub records: Vec<(SimTime, Record)>,
}

impl Shown {
    /// Runs a scenario; the order must hold.
    pub fn run(text: &str, set: &[&str]) -> Self {
        let mut recorder = Recorder::default();
        let outcome =
            simulate_observed(&scenario(text, set), Options::default(), &mut recorder, &mut |_| {}).unwrap();
        let verdict = &outcome.judgement.verdict;
        assert!(verdict.holds(), "{:?}", verdict.violations);
        assert!(outcome.judgement.counts.acknowledged > 100);
        Self { outcome, preamble: recorder.preamble.unwrap(), records: recorder.records }
    }

    /// What `pick` makes of the records, in order.
    pub fn all<T>(&self, pick: impl Fn(SimTime, &Record) -> Option<T>) -> Vec<T> {
        self.records.iter().filter_map(|(at, record)| pick(*at, record)).collect()
    }

    /// When each write first was so.
    pub fn first(&self, pick: impl Fn(&Record) -> Option<WriteRef>) -> BTreeMap<WriteRef, SimTime> {
        let mut first = BTreeMap::new();
        for (write, at) in self.all(|at, record| Some((pick(record)?, at))) {
            first.entry(write).or_insert(at);
        }
        first
    }

    /// The pair of each write, and its first block.
    pub fn issued(&self) -> BTreeMap<WriteRef, (PairId, u64)> {
        let issued = |_, record: &Record| match *record {
            Record::Issued { write, pair: Some(pair), position, .. } => Some((write, (pair, position))),
            _ => None,
        };
        self.all(issued).into_iter().collect()
    }

    /// Writes in the order in which process 210 fixed them.
    pub fn fixed(&self) -> Vec<WriteRef> {
        self.all(|_, record| match *record {
            Record::Accepted { write } => Some(write),
            _ => None,
        })
    }

    /// Writes in the order in which they reached remote caches, with time stamp and sequence number.
    pub fn cached(&self) -> Vec<(WriteRef, Key)> {
        self.all(|_, record| match *record {
            Record::RemoteCached { write, key, .. } => Some((write, key)),
            _ => None,
        })
    }

    /// Writes in the order in which they landed on remote units.
    pub fn landed(&self) -> Vec<WriteRef> {
        self.all(|_, record| match *record {
            Record::RemoteDestaged { write, .. } => Some(write),
            _ => None,
        })
    }

    /// What stands at each first block of the local units of pairs.
    pub fn local_image(&self) -> BTreeMap<(PairId, u64), WriteRef> {
        let issued = self.issued();
        self.all(|_, record| match *record {
            Record::LocalDestaged { write } => Some((*issued.get(&write)?, write)),
            _ => None,
        })
        .into_iter()
        .collect()
    }

    /// What stands at each first block of the remote units, by the pair that each unit belongs to.
    pub fn remote_image(&self) -> BTreeMap<(PairId, u64), WriteRef> {
        self.all(|_, record| match *record {
            Record::RemoteDestaged { write, remote, unit, position } => {
                let known = &self.preamble.pairs;
                let pair = known.iter().position(|pair| (pair.remote, pair.remote_unit) == (remote, unit))?;
                Some(((PairId::from(pair), position), write))
            }
            _ => None,
        })
        .into_iter()
        .collect()
    }

    /// Sending numbers of packets towards the remote site, in the order of arrival, by path.
    pub fn arrivals(&self) -> BTreeMap<PathId, Vec<u64>> {
        let mut arrivals: BTreeMap<PathId, Vec<u64>> = BTreeMap::new();
        for (_, record) in &self.records {
            if let Record::PacketArrived { path, direction: Direction::Forward, number, .. } = *record {
                arrivals.entry(path).or_default().push(number);
            }
        }
        arrivals
    }
}
