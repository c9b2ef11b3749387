//! Breadth-first, layer by layer: so the first way that is found to anything is a shortest one.
//!
//! The states of a layer are expanded in rounds of a fixed size: on all threads, and what they lead to is entered in the
//! order of the states. So neither what is found nor the order in which it is found hangs on the number of threads.

use rayon::prelude::*;

use super::action::{Action, Kind};
use super::completing::{BrokenEnd, Ends, NOWHERE, look_for_ends, quiet_action};
use super::model::{Model, State};
use super::pool::hash_of;
use super::scope::ExploreError;
use super::table::Table;
use super::told::Told;
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
    /// Kinds that the scope leaves out.
    pub excluded: Vec<Kind>,
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
    /// Steps from the start, in words and as data.
    pub steps: Vec<Told>,
    /// Why it is one, in a sentence.
    pub why: String,
    /// What a quiet network does from there on, beyond the bounds: for `complete`, until nothing changes any more; for what
    /// only the end tells, until everything is complete.
    pub after: Vec<Told>,
}

/// An exploration under way.
#[derive(Debug)]
pub struct Search<M> {
    model: M,
    table: Table,
    /// By state: the state to which the step leads that a quiet network would take, if there is one; itself where
    /// everything is complete.
    towards: Vec<u32>,
    /// The first state of every layer.
    layers: Vec<u32>,
    transitions: u64,
    out_degree: u64,
    fired: [u64; Kind::ALL.len()],
    /// The first state in which each check is broken.
    first_broken: Vec<(Check, u32)>,
    broken: CheckSet,
}

/// States of a round; `watch` is asked after each.
const ROUND: u32 = 1 << 12;
/// States that one thread expands at a time.
const CHUNK: u32 = 1 << 7;

/// What the states of a chunk lead to, in their order.
#[derive(Debug, Default)]
struct Chunk {
    transitions: u64,
    out_degree: u64,
    fired: [u64; Kind::ALL.len()],
    /// Steps to states that were not visited before the round, as far as the model knew.
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    parent: u32,
    /// Would a quiet network take it?
    is_quiet: bool,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    /// This action leads to this state, whose hash this is.
    Known(u32, State, u64),
    /// It leads to the state of this number.
    Visited(u32),
    /// The model has to learn where this action leads.
    ToLearn(Action),
    /// The model has to learn what may happen.
    AllToLearn,
}

impl<M: Model> Search<M> {
    /// Nothing explored yet.
    pub fn new(model: M) -> Self {
        Self {
            model,
            table: Table::new(),
            towards: Vec::new(),
            layers: Vec::new(),
            transitions: 0,
            out_degree: 0,
            fired: [0; Kind::ALL.len()],
            first_broken: Vec::new(),
            broken: CheckSet::NONE,
        }
    }

    /// Explores the scope, or as much of it as `watch` lets, on the threads of the pool in which it is called.
    ///
    /// # Errors
    /// When an action that the scope allows never happened, and nothing is broken.
    pub fn run(mut self, watch: &mut dyn FnMut(&Progress) -> Option<Stop>) -> Result<Found, ExploreError> {
        let start = self.model.start();
        self.enter_state(&start, hash_of(&start), 0, 0, false);
        let (mut at, mut stopped) = (0_u32, None);
        while (at as usize) < self.table.count() && stopped.is_none() {
            let end = self.table.count() as u32;
            self.layers.push(at);
            while at < end && stopped.is_none() {
                let to = end.min(at + ROUND);
                self.round(at, to);
                at = to;
                stopped = watch(&self.progress(at));
                if self.table.count() >= (u32::MAX / 2) as usize {
                    stopped = Some(Stop::States);
                }
            }
        }
        let mut ends = Ends::default();
        if stopped.is_none() && self.model.judged_by().has(Check::Complete) {
            ends = look_for_ends(&mut self.model, &self.table, &self.towards, watch, &mut stopped);
        }
        let is_in_scope = |&(kind, times): &(Kind, u64)| times > 0 || self.model.allows(kind);
        let (fired, excluded): (Vec<_>, Vec<_>) =
            Kind::ALL.into_iter().zip(self.fired).partition(is_in_scope);
        let counterexamples = self.counterexamples(ends);
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
            excluded: excluded.into_iter().map(|(kind, _)| kind).collect(),
            counterexamples,
            table_bytes: self.bytes(),
            parts: self.model.parts(),
        })
    }

    fn progress(&self, expanded: u32) -> Progress {
        Progress {
            states: self.table.count() as u64,
            expanded: u64::from(expanded),
            depth: self.layers.len() as u32 - 1,
            table_bytes: self.bytes(),
        }
    }

    /// Bytes of all that is kept of every state.
    fn bytes(&self) -> u64 {
        self.table.bytes() + (self.towards.capacity() * size_of::<u32>()) as u64
    }

    /// Every step out of the states of a round.
    fn round(&mut self, from: u32, to: u32) {
        let chunks: Vec<u32> = (from..to).step_by(CHUNK as usize).collect();
        let expand = |start: &u32| self.expand(*start, to.min(start + CHUNK));
        let chunks: Vec<Chunk> = chunks.par_iter().map(expand).collect();
        for chunk in chunks {
            self.enter(&chunk);
        }
    }

    /// Every step out of some states, as far as the model knows.
    fn expand(&self, from: u32, to: u32) -> Chunk {
        let mut chunk = Chunk::default();
        let mut actions = Vec::new();
        for parent in from..to {
            let state = self.table.state(parent);
            actions.clear();
            if self.model.actions(state, &mut actions).is_err() {
                chunk.steps.push(Step { parent, is_quiet: false, next: Next::AllToLearn });
                continue;
            }
            chunk.count(&actions);
            let quiet = quiet_action(&actions);
            chunk.steps.extend(actions.iter().map(|&action| {
                let next = match self.model.try_step(state, action) {
                    Ok(next) => Next::Known(action.packed(), next, hash_of(&next)),
                    Err(_) => Next::ToLearn(action),
                };
                Step { parent, is_quiet: quiet == Some(action), next }
            }));
        }
        // All are looked for together, so that memory answers several at once.
        let first = |step: &Step| match step.next {
            Next::Known(_, _, hash) => Some(self.table.first_of(hash)),
            _ => None,
        };
        let mut firsts = chunk.steps.iter().map(first).collect::<Vec<_>>().into_iter();
        chunk.steps.retain_mut(|step| {
            if let (Some(first), Next::Known(_, next, hash)) = (firsts.next().flatten(), step.next)
                && let Some(visited) = self.table.find_by(first, &next, hash)
            {
                step.next = Next::Visited(visited);
                return step.is_quiet;
            }
            true
        });
        chunk
    }

    /// Enters what a chunk leads to, and learns what was not known.
    fn enter(&mut self, chunk: &Chunk) {
        self.count(chunk);
        for &Step { parent, is_quiet, next } in &chunk.steps {
            match next {
                Next::Known(action, next, hash) => self.enter_state(&next, hash, parent, action, is_quiet),
                Next::Visited(next) if self.towards[parent as usize] == NOWHERE => {
                    self.towards[parent as usize] = next;
                }
                Next::Visited(_) => {}
                Next::ToLearn(action) => self.learn(parent, action, is_quiet),
                Next::AllToLearn => {
                    let state = *self.table.state(parent);
                    let mut actions = Vec::new();
                    self.model.all_actions(&state, &mut actions);
                    let mut alone = Chunk::default();
                    alone.count(&actions);
                    self.count(&alone);
                    let quiet = quiet_action(&actions);
                    for action in actions {
                        self.learn(parent, action, quiet == Some(action));
                    }
                }
            }
        }
    }

    fn learn(&mut self, parent: u32, action: Action, is_quiet: bool) {
        let state = *self.table.state(parent);
        let next = self.model.step(&state, action);
        self.enter_state(&next, hash_of(&next), parent, action.packed(), is_quiet);
    }

    fn count(&mut self, chunk: &Chunk) {
        self.transitions += chunk.transitions;
        self.out_degree = self.out_degree.max(chunk.out_degree);
        for (sum, times) in self.fired.iter_mut().zip(chunk.fired) {
            *sum += times;
        }
    }

    /// Enters a state to which a step leads. Is a check broken in a new one that was broken in none before?
    fn enter_state(&mut self, state: &State, hash: u64, parent: u32, action: u32, is_quiet: bool) {
        let (number, is_new) = self.table.insert(state, hash, parent, action);
        if is_new {
            let is_complete = self.model.is_complete(state);
            self.towards.push(if is_complete { number } else { NOWHERE });
            self.look_at(number, is_complete);
        }
        if is_quiet && self.towards[parent as usize] == NOWHERE {
            self.towards[parent as usize] = number;
        }
    }

    fn look_at(&mut self, number: u32, is_complete: bool) {
        let judged = self.model.judged(self.table.state(number));
        let broken = if is_complete { judged.broken_at_end } else { judged.broken };
        let first = broken.without(self.broken);
        if first != CheckSet::NONE {
            self.broken = self.broken.and(broken);
            let judged_by = self.model.judged_by();
            let counts = first.iter().filter(|&check| judged_by.has(check));
            self.first_broken.extend(counts.map(|check| (check, number)));
        }
    }

    fn counterexamples(&mut self, ends: Ends) -> Vec<Counterexample> {
        let mut found = Vec::new();
        for (check, state) in std::mem::take(&mut self.first_broken) {
            let why = self.model.why(self.table.state(state), check).unwrap_or_default();
            found.push(self.told(check, state, why, &[]));
        }
        if let Some(stuck) = ends.stuck {
            let why = "from here on the scenario cannot complete, although nothing more goes wrong";
            found.push(self.told(Check::Complete, stuck.state, why.into(), &stuck.after));
        }
        if let Some(BrokenEnd { check, state, after, end }) = ends.broken
            && !self.broken.has(check)
        {
            let why = self.model.why(&end, check).unwrap_or_default();
            found.push(self.told(check, state, why, &after));
        }
        found.sort_by_key(|one| (one.steps.len(), one.check));
        found
    }

    fn told(&mut self, check: Check, state: u32, why: String, after: &[Action]) -> Counterexample {
        let mut way = self.way_to(state);
        let length = way.len();
        way.extend(after);
        let mut steps = self.model.tell(&way);
        let after = steps.split_off(length);
        Counterexample { check, steps, why, after }
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

impl Chunk {
    /// These lead out of a state.
    fn count(&mut self, actions: &[Action]) {
        self.transitions += actions.len() as u64;
        self.out_degree = self.out_degree.max(actions.len() as u64);
        for action in actions {
            self.fired[action.kind as usize] += 1;
        }
    }
}
