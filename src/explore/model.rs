//! What the search asks of the machines of a scope: a state, what may happen in it, and what that leads to.
//!
//! Steps are asked of a model that nobody changes meanwhile, so that many threads ask at once. What has to be worked out
//! for the first time is [`Model::Unknown`]; the model learns it between two rounds, in an order that hangs on no thread.

use super::action::{Action, Kind};
use super::told::Told;
use crate::words::{Check, CheckSet};

/// A state: the numbers of its parts.
pub type State = [u32; 5];

/// An answer, or what has to be learned before there is one.
pub type Asked<T, U> = Result<T, Box<U>>;

/// What is known of a judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The checks that are broken so far.
    pub broken: CheckSet,
    /// Those that are broken if the run ends there.
    pub broken_at_end: CheckSet,
    /// Is nothing more to be said of anything that anybody waits for?
    pub is_settled: bool,
    /// Steps that what is under way still has before it.
    pub undone: u32,
}

/// The machines of a scope.
pub trait Model: Sync {
    /// What was never worked out before.
    type Unknown: Send;

    /// The state in which everything begins.
    fn start(&mut self) -> State;
    /// What may happen next, in a fixed order, behind what stands in `out`.
    fn actions(&self, state: &State, out: &mut Vec<Action>) -> Asked<(), Self::Unknown>;
    /// What time brings where nothing is under way, whatever the bounds say: timers that run out.
    fn remedies(&self, state: &State, out: &mut Vec<Action>) -> Asked<(), Self::Unknown>;
    /// The state after an action.
    fn try_step(&self, state: &State, action: Action) -> Asked<State, Self::Unknown>;
    /// Works out what was asked for the first time.
    fn learn(&mut self, unknown: Self::Unknown);
    /// What the judge of a state says.
    fn judged(&self, state: &State) -> &Judged;
    /// Has everything been written, copied and completed?
    fn is_complete(&self, state: &State) -> bool;
    /// What is left to do until everything is complete.
    fn undone(&self, state: &State) -> usize;
    /// Is no control unit to crash any more?
    fn are_faults_over(&self, state: &State) -> bool;
    /// Why a check is broken in a state, in a sentence.
    fn why(&self, state: &State, check: Check) -> Option<String>;
    /// Steps from the start on, in words and as data.
    fn tell(&mut self, steps: &[Action]) -> Vec<Told>;
    /// The checks that make the verdict.
    fn judged_by(&self) -> CheckSet;
    /// Has an action of this kind to happen somewhere?
    fn allows(&self, kind: Kind) -> bool;
    /// Distinct parts held, by name.
    fn parts(&self) -> [(&'static str, usize); 5];

    /// What may happen next.
    fn all_actions(&mut self, state: &State, out: &mut Vec<Action>) {
        out.clear();
        while let Err(unknown) = self.actions(state, out) {
            out.clear();
            self.learn(*unknown);
        }
    }

    /// The state after an action.
    fn step(&mut self, state: &State, action: Action) -> State {
        loop {
            match self.try_step(state, action) {
                Ok(next) => return next,
                Err(unknown) => self.learn(*unknown),
            }
        }
    }
}
