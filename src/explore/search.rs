//! Breadth-first, layer by layer: so the first way that is found to anything is a shortest one.

use super::action::{Action, Kind};
use super::machines::{Happened, Machines};
use super::pool::FastMap;
use super::scope::{ExploreError, Scope};
use super::table::Table;
use super::told::Teller;
use crate::words::{Check, CheckSet};

/// How far an exploration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states met.
    pub states: u64,
    /// Of these, how many have been expanded.
    pub expanded: u64,
    /// Steps from the start.
    pub depth: u32,
    /// Bytes of the table of states.
    pub table_bytes: u64,
}

/// Why an exploration ended before its scope did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The memory that it was given is used up.
    Memory,
    /// The time that it was given is over.
    Time,
    /// There are more states than numbers for them.
    States,
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Why it ended early, if it did.
    pub stopped: Option<Stop>,
    /// Distinct states.
    pub states: u64,
    /// States that were expanded: all of them, unless it ended early.
    pub expanded: u64,
    /// States generated: steps taken, each to a state that was new or not.
    pub transitions: u64,
    /// Steps from the start to the last layer.
    pub depth: u32,
    /// Most steps that lead out of one state.
    pub out_degree: u64,
    /// By kind: how often it happened.
    pub fired: Vec<(Kind, u64)>,
    /// For every check that broke, a shortest way there, the shortest of all first.
    pub counterexamples: Vec<Counterexample>,
    /// Bytes of the table of states.
    pub table_bytes: u64,
    /// Distinct parts that the states are made of.
    pub parts: [(&'static str, usize); 5],
}

/// A shortest way to a state in which a check is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The check.
    pub check: Check,
    /// Steps from the start, in words.
    pub steps: Vec<String>,
    /// Why it is one, in a sentence.
    pub why: String,
    /// For `complete`: what a quiet network does from there on, in words, until nothing changes any more.
    pub after: Vec<String>,
}

/// An exploration under way.
#[derive(Debug)]
pub struct Search<'a> {
    scope: &'a Scope<'a>,
    machines: Machines<'a>,
    table: Table,
    /// The first state of every layer.
    layers: Vec<u32>,
    transitions: u64,
    out_degree: u64,
    fired: [u64; Kind::ALL.len()],
    /// The first state in which each check is broken.
    first_broken: Vec<(Check, u32)>,
    broken: CheckSet,
    /// By judge: what is broken if the run ends there.
    broken_at_end: FastMap<u32, CheckSet>,
    actions: Vec<Action>,
}

/// `watch` is asked so often, in states expanded.
const WATCH_EVERY: u64 = 1 << 12;

impl<'a> Search<'a> {
    /// Nothing explored yet.
    pub fn new(scope: &'a Scope<'a>) -> Self {
        let machines = Machines::new(scope);
        Self {
            scope,
            table: Table::new(),
            machines,
            layers: Vec::new(),
            transitions: 0,
            out_degree: 0,
            fired: [0; Kind::ALL.len()],
            first_broken: Vec::new(),
            broken: CheckSet::NONE,
            broken_at_end: FastMap::default(),
            actions: Vec::new(),
        }
    }

    /// Explores the scope, or as much of it as `watch` lets.
    ///
    /// # Errors
    /// When an action that the scope allows never happened, and nothing is broken.
    pub fn run(mut self, watch: &mut dyn FnMut(&Progress) -> Option<Stop>) -> Result<Found, ExploreError> {
        let start = self.machines.start();
        self.table.insert(&start, 0, 0);
        self.look_at(0);
        let (mut at, mut stopped) = (0_u32, None);
        while (at as usize) < self.table.count() && stopped.is_none() {
            let end = self.table.count() as u32;
            self.layers.push(at);
            while at < end {
                self.expand(at);
                at += 1;
                if u64::from(at).is_multiple_of(WATCH_EVERY) {
                    stopped = watch(&self.progress(at));
                }
                if self.table.count() >= (u32::MAX / 2) as usize {
                    stopped = Some(Stop::States);
                }
                if stopped.is_some() {
                    break;
                }
            }
        }
        let judged = self.scope.preamble.promise.judged;
        let mut stuck = None;
        if stopped.is_none() && judged.has(Check::Complete) {
            stuck = super::completing::first_stuck(&mut self.machines, &self.table, watch, &mut stopped);
        }
        let fired: Vec<_> = Kind::ALL
            .into_iter()
            .zip(self.fired)
            .filter(|&(kind, times)| times > 0 || self.scope.allows(kind))
            .collect();
        let counterexamples = self.counterexamples(stuck);
        if stopped.is_none() && counterexamples.is_empty() {
            let never: Vec<Kind> =
                fired.iter().filter(|(_, times)| *times == 0).map(|&(kind, _)| kind).collect();
            if !never.is_empty() {
                return Err(ExploreError::NeverFired(never));
            }
        }
        Ok(Found {
            stopped,
            states: self.table.count() as u64,
            expanded: u64::from(at),
            transitions: self.transitions,
            depth: self.layers.len() as u32 - 1,
            out_degree: self.out_degree,
            fired,
            counterexamples,
            table_bytes: self.table.bytes(),
            parts: self.machines.parts(),
        })
    }

    fn progress(&self, expanded: u32) -> Progress {
        Progress {
            states: self.table.count() as u64,
            expanded: u64::from(expanded),
            depth: self.layers.len() as u32 - 1,
            table_bytes: self.table.bytes(),
        }
    }

    /// Every step out of a state.
    fn expand(&mut self, number: u32) {
        let state = *self.table.state(number);
        let mut actions = std::mem::take(&mut self.actions);
        actions.clear();
        self.machines.actions(&state, &mut actions);
        self.transitions += actions.len() as u64;
        self.out_degree = self.out_degree.max(actions.len() as u64);
        let mut happened = Happened::default();
        for &action in &actions {
            self.fired[action.kind as usize] += 1;
            happened.facts.clear();
            happened.sent.clear();
            let next = self.machines.step(&state, action, &mut happened);
            let (reached, is_new) = self.table.insert(&next, number, action.packed());
            if is_new {
                self.look_at(reached);
            }
        }
        self.actions = actions;
    }

    /// Is a check broken in a new state that was broken in none before?
    fn look_at(&mut self, number: u32) {
        let state = self.table.state(number);
        let mut broken = self.machines.judge(state).broken();
        if self.machines.is_complete(state) {
            let judge = Machines::judge_number(state);
            let machines = &self.machines;
            let at_end = self.broken_at_end.entry(judge);
            broken = *at_end.or_insert_with(|| machines.judge(state).broken_at_end());
        }
        for check in broken.without(self.broken).iter() {
            if self.scope.preamble.promise.judges(check) {
                self.first_broken.push((check, number));
            }
        }
        self.broken = self.broken.and(broken);
    }

    fn counterexamples(&mut self, stuck: Option<super::completing::Stuck>) -> Vec<Counterexample> {
        let mut found = Vec::new();
        for (check, state) in std::mem::take(&mut self.first_broken) {
            let why = self.machines.judge(self.table.state(state)).why(check).unwrap_or_default();
            found.push(self.told(check, state, why, &[]));
        }
        if let Some(stuck) = stuck {
            let why = "from here on the scenario cannot complete, although nothing more goes wrong";
            found.push(self.told(Check::Complete, stuck.state, why.into(), &stuck.after));
        }
        found.sort_by_key(|one| (one.steps.len(), one.check));
        found
    }

    fn told(&mut self, check: Check, state: u32, why: String, after: &[Action]) -> Counterexample {
        let way = self.way_to(state);
        let mut teller = Teller::new(self.scope, &mut self.machines);
        let steps = teller.tell(&way);
        Counterexample { check, steps, why, after: teller.tell(after) }
    }

    /// The actions by which a state was first reached.
    fn way_to(&self, mut state: u32) -> Vec<Action> {
        let mut actions = Vec::new();
        while state != 0 {
            let (parent, action) = self.table.parent(state);
            actions.push(Action::unpacked(action));
            state = parent;
        }
        actions.reverse();
        actions
    }
}
