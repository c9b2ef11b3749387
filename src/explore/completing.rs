//! Liveness: from which states can the scenario not complete any more, although nothing more goes wrong?
//!
//! A state can complete if a step without a fault leads to one that can. States are looked at from the last to the first,
//! so that the step that a quiet network would take mostly leads to one that is known to. Where the scope's bounds on
//! markers and resends end, the quiet network goes on without them: faults are bounded, remedies are not. As in `search`,
//! states are looked at in rounds, on all threads, and what is found is noted in the order of the states.
//!
//! What only the end tells (`local-order`) is asked of the ends that lie beyond the bounds, too: else it would hold wherever
//! the bounds let nothing end.

use rayon::prelude::*;

use super::action::Action;
use super::model::{Asked, Model, State};
use super::pool::{FastMap, FastSet, hash_of};
use super::search::{Progress, Stop};
use super::table::Table;
use crate::words::{Check, CheckSet};

/// A state from which nothing leads to completion, and what a quiet network does from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The state.
    pub state: u32,
    /// Steps, until nothing changes.
    pub after: Vec<Action>,
}

/// A check that is broken at an end beyond the bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BrokenEnd {
    /// The check.
    pub check: Check,
    /// The state at which the way to that end leaves the bounds.
    pub state: u32,
    /// What a quiet network does from there, until everything is complete.
    pub after: Vec<Action>,
    /// Where everything is complete.
    pub end: State,
}

/// Rounds of markers and resends in which no write gets further before a quiet network is given up.
const ROUNDS: u32 = 3;
/// Steps of a quiet network before it is given up.
const MOST_STEPS: usize = 5_000;
/// States of a round; `watch` is asked after each.
const ROUND: u32 = 1 << 14;
/// The same of states that a quiet network may well not bring to an end, which takes many steps each.
const DOUBTFUL_ROUND: usize = 1 << 9;
/// States that one thread looks at, at a time.
const CHUNK: usize = 1 << 6;

/// What keeps a scope from completing as it should.
#[derive(Default)]
pub(super) struct Ends {
    /// The first state from which the scenario cannot complete.
    pub stuck: Option<Stuck>,
    /// An end beyond the bounds that breaks what no state within them does.
    pub broken: Option<BrokenEnd>,
}

/// How the scope ends. `towards` says of every state where the step that a quiet network would take leads to: to itself where
/// everything is complete, and to [`NOWHERE`] where there is no such step.
pub(super) fn look_for_ends<M: Model>(
    model: &mut M,
    table: &Table,
    towards: &[u32],
    watch: &mut dyn FnMut(&Progress) -> Option<Stop>,
    stopped: &mut Option<Stop>,
) -> Ends {
    let mut known = Known::new(towards.len());
    let mut doubtful = Vec::new();
    let mut end = towards.len() as u32;
    let states = towards.len() as u64;
    let progress = Progress { states, expanded: states, depth: 0, table_bytes: table.bytes() };
    let mut is_over = || {
        *stopped = watch(&progress);
        stopped.is_some()
    };
    while end > 0 {
        let from = end.saturating_sub(ROUND);
        let ends = (from..end).rev().filter(|&number| towards[number as usize] == NOWHERE);
        known.look_at(model, table, &ends.collect::<Vec<_>>(), &mut doubtful);
        for number in (from..end).rev() {
            let next = towards[number as usize];
            if next == number || next != NOWHERE && known.can[next as usize] {
                known.can[number as usize] = true;
            } else if next != NOWHERE {
                doubtful.push(number);
            }
        }
        end = from;
        if is_over() {
            return Ends::default();
        }
    }
    doubtful = known.left(doubtful, towards);
    doubtful.sort_unstable_by(|a, b| b.cmp(a));
    let mut left = Vec::new();
    for round in doubtful.chunks(DOUBTFUL_ROUND) {
        known.look_at(model, table, round, &mut left);
        if is_over() {
            return Ends::default();
        }
    }
    // Another order may lead to what the quiet network's own did not.
    let mut changed = true;
    while changed && !left.is_empty() {
        changed = false;
        for (place, number) in std::mem::take(&mut left).into_iter().enumerate() {
            if place % CHUNK == 0 && is_over() {
                return Ends::default();
            }
            if known.can[number as usize] || known.leads_on(model, table, number) {
                known.can[number as usize] = true;
                changed = true;
            } else {
                left.push(number);
            }
        }
    }
    // Where a control unit is still to crash, the faults are not over.
    let state = left.into_iter().filter(|&number| model.are_faults_over(table.state(number))).min();
    let stuck = state.map(|state| Stuck { state, after: quiet_way(model, table.state(state)).0 });
    let broken = known.leaves_to_break.map(|(state, check)| {
        let (after, end) = quiet_way(model, table.state(state));
        BrokenEnd { check, state, after, end }
    });
    Ends { stuck, broken }
}

/// No state.
pub(super) const NOWHERE: u32 = u32::MAX;

/// From which states the scenario can complete.
struct Known {
    /// By number of the state.
    can: Vec<bool>,
    /// States beyond the bounds, which are in no table.
    beyond: FastSet<State>,
    /// Those of them from which the quiet network ends with a check broken that only the end tells.
    break_at_end: FastMap<State, Check>,
    /// The first state of the table at which the way of the quiet network to such an end leaves the bounds, and the check.
    leaves_to_break: Option<(u32, Check)>,
}

/// What a thread found of its states.
#[derive(Default)]
struct Looked {
    /// From these states the scenario can complete.
    passed: Vec<Passed>,
    /// Of these the thread knows nothing.
    unknown: Vec<u32>,
}

/// A state that a quiet network passes: its number, or itself where it is beyond the bounds.
#[derive(Clone, Copy, Debug)]
enum Passed {
    In(u32),
    Beyond(State),
}

impl Known {
    fn new(states: usize) -> Self {
        let (beyond, break_at_end) = (FastSet::default(), FastMap::default());
        Self { can: vec![false; states], beyond, break_at_end, leaves_to_break: None }
    }

    /// Looks at states, from the last to the first; those that drain nowhere are doubtful.
    fn look_at<M: Model>(&mut self, model: &mut M, table: &Table, numbers: &[u32], doubtful: &mut Vec<u32>) {
        let looked: Vec<Looked> =
            numbers.par_chunks(CHUNK).map(|numbers| self.look(model, table, numbers)).collect();
        for Looked { passed, unknown } in looked {
            self.note(model, &passed);
            for number in unknown {
                if !self.can[number as usize] && !self.drains(model, table, *table.state(number)) {
                    doubtful.push(number);
                }
            }
        }
    }

    /// As far as the model knows.
    fn look<M: Model>(&self, model: &M, table: &Table, numbers: &[u32]) -> Looked {
        let mut looked = Looked::default();
        let mut quiet = Quiet::default();
        for &number in numbers {
            quiet.begin(*table.state(number));
            if let Ok(true) = quiet.drains(model, |state| self.is_known(table, state)) {
                looked.passed.append(&mut quiet.passed);
            } else {
                // That it drains nowhere is found out again, with all that the other threads know.
                looked.unknown.push(number);
            }
        }
        looked
    }

    /// The doubtful states that lead to no state from which the scenario can complete.
    fn left(&mut self, mut doubtful: Vec<u32>, towards: &[u32]) -> Vec<u32> {
        loop {
            let before = doubtful.len();
            doubtful.retain(|&number| {
                let next = towards[number as usize];
                let can = next != NOWHERE && self.can[next as usize];
                self.can[number as usize] |= can;
                !self.can[number as usize]
            });
            if doubtful.len() == before {
                return doubtful;
            }
        }
    }

    /// From these states the scenario can complete: those of one way after the other, each of which begins in the table or
    /// is alone.
    fn note<M: Model>(&mut self, model: &M, ways: &[Passed]) {
        let mut breaks = None;
        for &passed in ways.iter().rev() {
            match passed {
                Passed::In(number) => {
                    self.can[number as usize] = true;
                    if let Some(check) = breaks.take() {
                        let leaves = (number, check);
                        self.leaves_to_break =
                            Some(self.leaves_to_break.map_or(leaves, |first| first.min(leaves)));
                    }
                }
                Passed::Beyond(state) => {
                    self.beyond.insert(state);
                    breaks = breaks.or_else(|| self.break_at_end.get(&state).copied());
                    if model.is_complete(&state) {
                        breaks = told_by_the_end(model, &state);
                    }
                    if let Some(check) = breaks {
                        self.break_at_end.insert(state, check);
                    }
                }
            }
        }
    }

    /// Which state it is, and is it known that from there the scenario can complete?
    fn is_known(&self, table: &Table, state: &State) -> (Passed, bool) {
        match table.find(state, hash_of(state)) {
            Some(number) => (Passed::In(number), self.can[number as usize]),
            None => (Passed::Beyond(*state), self.beyond.contains(state)),
        }
    }

    /// Does a quiet network lead from a state to completion? What it passes can complete too.
    fn drains<M: Model>(&mut self, model: &mut M, table: &Table, start: State) -> bool {
        let mut quiet = Quiet::default();
        quiet.begin(start);
        let drains = loop {
            match quiet.drains(model, |state| self.is_known(table, state)) {
                Ok(drains) => break drains,
                Err(unknown) => model.learn(*unknown),
            }
        };
        if drains {
            self.note(model, &quiet.passed);
        }
        drains
    }

    /// Does any step without a fault lead from a state to one that can complete?
    fn leads_on<M: Model>(&mut self, model: &mut M, table: &Table, number: u32) -> bool {
        let state = *table.state(number);
        let mut actions = Vec::new();
        model.all_actions(&state, &mut actions);
        actions.retain(|action| action.kind.is_faultless());
        let faultless = actions.len();
        while let Err(unknown) = model.remedies(&state, &mut actions) {
            actions.truncate(faultless);
            model.learn(*unknown);
        }
        actions.into_iter().any(|action| {
            let next = model.step(&state, action);
            match table.find(&next, hash_of(&next)) {
                Some(known) => self.can[known as usize],
                None => self.drains(model, table, next),
            }
        })
    }
}

/// The step that a quiet network takes first.
pub(super) fn quiet_action(actions: &[Action]) -> Option<Action> {
    let ranked = actions.iter().filter_map(|action| Some((action.kind.quiet_rank()?, *action)));
    ranked.min().map(|(_, action)| action)
}

/// The check that is broken where everything is complete, and was not before.
fn told_by_the_end<M: Model>(model: &M, state: &State) -> Option<Check> {
    let judged = model.judged(state);
    let told = judged.broken_at_end.without(judged.broken).without(CheckSet::of(&[Check::Complete]));
    told.iter().find(|&check| model.judged_by().has(check))
}

/// What a quiet network does from a state until everything is complete or nothing changes, and where that is.
fn quiet_way<M: Model>(model: &mut M, state: &State) -> (Vec<Action>, State) {
    let mut quiet = Quiet::default();
    quiet.begin(*state);
    let mut way = Vec::new();
    while way.len() < MOST_STEPS && !model.is_complete(&quiet.state) {
        match quiet.go_on(model) {
            Ok(true) => way.extend(&quiet.taken),
            Ok(false) => break,
            Err(unknown) => model.learn(*unknown),
        }
    }
    (way, quiet.state)
}

/// A network in which nothing goes wrong: everything arrives, then everything outstanding is sent again and idle streams
/// send markers, and so on.
#[derive(Debug, Default)]
struct Quiet {
    state: State,
    /// Rounds since a write last got further.
    rounds: u32,
    /// What was left to do then.
    undone: usize,
    /// The states passed.
    passed: Vec<Passed>,
    /// The steps last taken.
    taken: Vec<Action>,
    actions: Vec<Action>,
}

impl Quiet {
    fn begin(&mut self, state: State) {
        (self.state, self.rounds, self.undone) = (state, 0, usize::MAX);
        self.passed.clear();
    }

    /// Does it lead to completion, or to a state that is known to? If something has to be learned, it goes on from where
    /// it stood.
    fn drains<M: Model>(
        &mut self,
        model: &M,
        is_known: impl Fn(&State) -> (Passed, bool),
    ) -> Asked<bool, M::Unknown> {
        loop {
            let (passed, can) = is_known(&self.state);
            if can || model.is_complete(&self.state) {
                self.passed.push(passed);
                return Ok(true);
            }
            if self.passed.len() >= MOST_STEPS || !self.go_on(model)? {
                return Ok(false);
            }
            self.passed.push(passed);
        }
    }

    /// The next steps; no if it leads nowhere.
    fn go_on<M: Model>(&mut self, model: &M) -> Asked<bool, M::Unknown> {
        self.actions.clear();
        model.actions(&self.state, &mut self.actions)?;
        let next = quiet_action(&self.actions);
        self.taken.clear();
        let mut rounds = self.rounds;
        if let Some(action) = next {
            self.taken.push(action);
        } else {
            if self.rounds >= ROUNDS {
                return Ok(false);
            }
            rounds += 1;
            model.remedies(&self.state, &mut self.taken)?;
        }
        if self.taken.is_empty() {
            return Ok(false);
        }
        let mut state = self.state;
        for &action in &self.taken {
            state = model.try_step(&state, action)?;
        }
        (self.state, self.rounds) = (state, rounds);
        let undone = model.undone(&state);
        if undone < self.undone {
            (self.undone, self.rounds) = (undone, 0);
        }
        Ok(true)
    }
}
