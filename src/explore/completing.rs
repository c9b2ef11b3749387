//! Liveness: from which states can the scenario not complete any more, although nothing more goes wrong?
//!
//! A state can complete if a step without a fault leads to one that can. States are looked at from the last to the first,
//! so that the step that a quiet network would take mostly leads to one that is known to. Where the scope's bounds on
//! markers and resends end, the quiet network goes on without them: faults are bounded, remedies are not.

use super::action::{Action, Kind};
use super::machines::{Happened, Machines, State};
use super::pool::FastSet;
use super::search::{Progress, Stop};
use super::table::Table;

/// A state from which nothing leads to completion, and what a quiet network does from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The state.
    pub state: u32,
    /// Steps, until nothing changes.
    pub after: Vec<Action>,
}

/// Rounds of markers and resends in which no write gets further before a quiet network is given up.
const ROUNDS: u32 = 3;
/// Steps of a quiet network before it is given up.
const MOST_STEPS: usize = 5_000;
/// `watch` is asked so often.
const WATCH_EVERY: u32 = 1 << 14;

/// The first state from which the scenario cannot complete.
pub(super) fn first_stuck(
    machines: &mut Machines,
    table: &Table,
    watch: &mut dyn FnMut(&Progress) -> Option<Stop>,
    stopped: &mut Option<Stop>,
) -> Option<Stuck> {
    let states = table.count() as u32;
    let mut can = vec![false; states as usize];
    let mut beyond: FastSet<State> = FastSet::default();
    let mut doubtful = Vec::new();
    for number in (0..states).rev() {
        if number % WATCH_EVERY == 0 {
            let progress = Progress {
                states: u64::from(states),
                expanded: u64::from(states),
                depth: 0,
                table_bytes: table.bytes(),
            };
            *stopped = watch(&progress);
            if stopped.is_some() {
                return None;
            }
        }
        if !can[number as usize] && !drains(machines, table, number, &mut can, &mut beyond) {
            doubtful.push(number);
        }
    }
    // Another order may lead to what the quiet network's own did not.
    let mut changed = true;
    while changed && !doubtful.is_empty() {
        changed = false;
        let mut left = Vec::new();
        for number in doubtful {
            if leads_on(machines, table, number, &mut can, &mut beyond) {
                can[number as usize] = true;
                changed = true;
            } else {
                left.push(number);
            }
        }
        doubtful = left;
    }
    // Where a control unit is still to crash, the faults are not over.
    let is_over = |&number: &u32| machines.front(table.state(number)).to_crash == 0;
    let state = doubtful.into_iter().filter(is_over).min()?;
    let after = quiet_way(machines, table.state(state));
    Some(Stuck { state, after })
}

/// Does a quiet network lead from a state to completion? What it passes can complete too.
fn drains(
    machines: &mut Machines,
    table: &Table,
    number: u32,
    can: &mut [bool],
    beyond: &mut FastSet<State>,
) -> bool {
    drains_from(machines, table, *table.state(number), can, beyond)
}

fn drains_from(
    machines: &mut Machines,
    table: &Table,
    start: State,
    can: &mut [bool],
    beyond: &mut FastSet<State>,
) -> bool {
    let mut quiet = Quiet::new(start);
    let mut passed = Vec::new();
    let completes = loop {
        let known = table.find(&quiet.state);
        if machines.is_complete(&quiet.state)
            || known.is_some_and(|known| can[known as usize])
            || known.is_none() && beyond.contains(&quiet.state)
        {
            passed.push(quiet.state);
            break true;
        }
        passed.push(quiet.state);
        if passed.len() > MOST_STEPS || quiet.go_on(machines).is_none() {
            break false;
        }
    };
    if completes {
        for state in passed {
            match table.find(&state) {
                Some(known) => can[known as usize] = true,
                None => {
                    beyond.insert(state);
                }
            }
        }
    }
    completes
}

/// Does any step without a fault lead from a state to one that can complete?
fn leads_on(
    machines: &mut Machines,
    table: &Table,
    number: u32,
    can: &mut [bool],
    beyond: &mut FastSet<State>,
) -> bool {
    let state = *table.state(number);
    let mut actions = Vec::new();
    machines.actions(&state, &mut actions);
    actions.retain(|action| action.kind.is_faultless());
    actions.extend(machines.remedies(&state));
    actions.into_iter().any(|action| {
        let next = machines.step(&state, action, &mut Happened::default());
        match table.find(&next) {
            Some(known) => can[known as usize],
            None => drains_from(machines, table, next, can, beyond),
        }
    })
}

/// What a quiet network does from a state until nothing changes.
fn quiet_way(machines: &mut Machines, state: &State) -> Vec<Action> {
    let mut quiet = Quiet::new(*state);
    let mut way = Vec::new();
    while way.len() < MOST_STEPS {
        let Some(actions) = quiet.go_on(machines) else { break };
        way.extend(actions);
    }
    way
}

/// A network in which nothing goes wrong: everything arrives, then everything outstanding is sent again and idle streams
/// send markers, and so on.
#[derive(Debug)]
struct Quiet {
    state: State,
    /// Rounds since a write last got further.
    rounds: u32,
    /// What was left to do then.
    undone: usize,
}

impl Quiet {
    fn new(state: State) -> Self {
        Self { state, rounds: 0, undone: usize::MAX }
    }

    /// The next steps; nothing if it leads nowhere.
    fn go_on(&mut self, machines: &mut Machines) -> Option<Vec<Action>> {
        let mut actions = Vec::new();
        machines.actions(&self.state, &mut actions);
        let rank = |action: &Action| match action.kind {
            Kind::Restart | Kind::Destage | Kind::DestageLocally => Some(0),
            Kind::Limit => Some(1),
            Kind::Report => Some(2),
            Kind::ReceiveCompletion => Some(3),
            Kind::Request | Kind::ReceiveWrite | Kind::ReceiveMarker => Some(4),
            Kind::Send | Kind::Retry | Kind::Complete => Some(5),
            Kind::Issue => Some(6),
            Kind::Marker
            | Kind::Activate
            | Kind::Resend
            | Kind::Lose
            | Kind::Duplicate
            | Kind::LoseControl
            | Kind::Crash
            | Kind::CrashBeforeSend
            | Kind::Pass => None,
        };
        let next = actions.into_iter().filter_map(|action| Some((rank(&action)?, action))).min();
        let taken = if let Some((_, action)) = next {
            vec![action]
        } else {
            if self.rounds >= ROUNDS {
                return None;
            }
            self.rounds += 1;
            machines.remedies(&self.state)
        };
        if taken.is_empty() {
            return None;
        }
        for &action in &taken {
            self.state = machines.step(&self.state, action, &mut Happened::default());
        }
        let undone = machines.undone(&self.state);
        if undone < self.undone {
            (self.undone, self.rounds) = (undone, 0);
        }
        Some(taken)
    }
}

impl Machines<'_> {
    /// What time brings where nothing is under way: everything outstanding is sent again, the slaves are activated, idle
    /// streams send markers.
    fn remedies(&mut self, state: &State) -> Vec<Action> {
        let resends = self.resendable(state).into_iter().map(|what| Action { kind: Kind::Resend, what });
        let mut remedies: Vec<Action> = resends.collect();
        remedies.extend(self.timers());
        remedies
    }
}
