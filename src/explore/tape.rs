//! The machines of tape (Fig. 16 to 21), as the search drives them: initiators and MT control units of a run.
//!
//! Packets arrive in any order; so many are lost, arrive twice or are sent again; drives are done at any time, and jobs
//! begin at any time. Two things are left out, and lose nothing: blocks come from the volume at once (one that comes
//! later is a request that arrives later), and a block is read or written in no time that anybody could see.

mod jobs;
mod memory;
mod told;
mod units;

#[cfg(test)]
mod tests;

use jobs::{Job, JobInput};
use memory::{Memory, Unknown};
use units::UnitInput;

use super::action::{Action, Kind};
use super::model::{self, Judged, Model, State};
use super::parts::NetChange;
use super::pool::FastMap;
use super::scope::{About, Bounds, ExploreError};
use super::told::Told;
use crate::protocol::Rules;
use crate::protocol::rules::Resend;
use crate::protocol::tape::TapePacket;
use crate::scenario::Scenario;
use crate::trace::{Preamble, TapeRecord};
use crate::units::{JobId, TapeUnitId};
use crate::words::{Check, CheckSet};
use crate::world::build;

/// Places of the parts in a state.
const FRONT: usize = 0;
const NET: usize = 1;
const JUDGE: usize = 2;
const JOBS: usize = 3;
const UNITS: usize = 4;

/// What is explored of tape.
#[derive(Clone, Debug)]
pub struct TapeScope<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What the judge knows.
    pub preamble: Preamble,
    /// The rules in force.
    rules: Rules,
    /// How often what may go wrong.
    pub bounds: Bounds,
    /// Blocks of each job: the first `writes` of its volume.
    most_blocks: u64,
}

/// The most jobs: one bit each.
const MOST_JOBS: usize = 64;
/// The most blocks of a job.
const MOST_BLOCKS: u32 = 64;

impl<'a> TapeScope<'a> {
    /// The scope of a scenario with tape jobs.
    ///
    /// # Errors
    /// When there is too much to explore, or disk beside tape.
    pub fn new(scenario: &'a Scenario) -> Result<Self, ExploreError> {
        let explore = &scenario.explore;
        let jobs = scenario.tape.jobs.len();
        if !scenario.pairs.is_empty() {
            return Err(ExploreError::DiskAndTape);
        }
        if jobs > MOST_JOBS {
            return Err(ExploreError::TooLarge { what: "tape jobs", found: jobs, most: MOST_JOBS });
        }
        if explore.writes > MOST_BLOCKS {
            let (found, most) = (explore.writes as usize, MOST_BLOCKS as usize);
            return Err(ExploreError::TooLarge { what: "[explore] writes", found, most });
        }
        if explore.writes == 0 {
            return Err(ExploreError::NoWrites);
        }
        let others = [
            ("crashes", explore.crashes),
            ("control_losses", explore.control_losses),
            ("markers_before", explore.markers_before),
        ];
        if let Some((key, _)) = others.into_iter().find(|&(_, bound)| bound > 0) {
            return Err(ExploreError::NotOfTape(key));
        }
        let rules = scenario.protocol.rules;
        let Bounds { losses, duplicates, resends, .. } = Bounds::of(explore)?;
        let resends = if rules.resend == Resend::Never { 0 } else { resends };
        Ok(Self {
            preamble: build::preamble(scenario),
            rules,
            bounds: Bounds { losses, duplicates, resends, ..Bounds::default() },
            most_blocks: u64::from(explore.writes),
            scenario,
        })
    }

    /// What a report says of the scope.
    pub fn about(&self) -> About<'a> {
        let mut numberings: Vec<_> =
            self.scenario.tape.systems.iter().map(|system| system.numbering.name()).collect();
        numberings.dedup();
        About {
            scenario: self.scenario,
            bounds: self.bounds,
            writes: self.most_blocks as usize,
            reductions: vec![
                "blocks come from the volume at once: one that comes later is a request that arrives later",
            ],
            judged: self.preamble.promise.judged,
            applies: CheckSet::of(&[Check::TapeOrder, Check::Complete]),
            numbering: Some(numberings.join(", ")),
        }
    }

    /// Has an action of this kind to happen somewhere?
    fn allows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Begin | Kind::ReceiveRequest | Kind::ReceiveAnswer | Kind::Drive => true,
            Kind::Lose => self.bounds.losses > 0,
            Kind::Duplicate => self.bounds.duplicates > 0,
            Kind::Resend => self.bounds.resends > 0,
            _ => false,
        }
    }
}

/// What jobs have begun, and what may still go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Front {
    left: Bounds,
    /// A bit each.
    begun: u64,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A packet of a job's initiator for its MT unit.
    ToUnit(JobId, TapePacket),
    /// A packet for the initiator of a job.
    ToJob(JobId, TapePacket),
    /// A drive is at what it was told to do.
    Drives(TapeUnitId),
}

impl Message {
    /// What its arrival is counted as.
    const fn kind(self) -> Kind {
        match self {
            Self::ToUnit(..) => Kind::ReceiveRequest,
            Self::ToJob(..) => Kind::ReceiveAnswer,
            Self::Drives(_) => Kind::Drive,
        }
    }
}

/// What a machine's answer leads to outside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Answer {
    /// Facts, in their order.
    facts: Vec<TapeRecord>,
    /// Messages that leave.
    sent: Vec<Message>,
}

/// The machines of tape, with all that was worked out of them.
#[derive(Debug)]
pub struct TapeMachines<'a> {
    scope: &'a TapeScope<'a>,
    memory: Memory,
}

type Asked<T> = model::Asked<T, Unknown>;

impl<'a> TapeMachines<'a> {
    /// Nothing has happened yet.
    pub fn new(scope: &'a TapeScope<'a>) -> Self {
        Self { scope, memory: Memory::default() }
    }

    fn front(&self, state: &State) -> Front {
        *self.memory.fronts.get(state[FRONT])
    }

    fn jobs(&self, state: &State) -> &[Job] {
        self.memory.jobs.get(state[JOBS])
    }

    fn set_front(&self, state: &mut State, front: Front) -> Asked<()> {
        if self.front(state) != front {
            state[FRONT] = self.memory.front(front)?;
        }
        Ok(())
    }

    /// Messages that are outstanding and not under way.
    fn resendable(&self, state: &State, mut take: impl FnMut(u32)) -> Asked<()> {
        let net = self.memory.nets.get(state[NET]);
        let outstanding = self.memory.resends(state[JOBS])?;
        outstanding.iter().filter(|&&message| !net.has(message)).for_each(|&message| take(message));
        Ok(())
    }

    fn take(&self, state: &State, action: Action) -> Asked<(State, Option<u32>)> {
        let mut next = *state;
        let mut front = self.front(state);
        let mut arrives = None;
        match action.kind {
            Kind::Begin => front.begun |= 1 << action.what,
            Kind::Resend => front.left.resends = front.left.resends.saturating_sub(1),
            Kind::Lose => front.left.losses -= 1,
            Kind::Duplicate => {
                front.left.duplicates -= 1;
                arrives = Some(action.what);
            }
            _ => arrives = Some(action.what),
        }
        self.set_front(&mut next, front)?;
        if action.kind == Kind::Resend {
            next[NET] = self.memory.after_change(next[NET], NetChange::Put(action.what))?;
            return Ok((next, None));
        }
        if !matches!(action.kind, Kind::Begin | Kind::Duplicate) {
            next[NET] = self.memory.after_change(next[NET], NetChange::Take(action.what))?;
        }
        let answer = match (action.kind, arrives.map(|message| *self.memory.messages.get(message))) {
            (Kind::Begin, _) => self.give_job(&mut next, (JobId(action.what), None))?,
            (_, Some(Message::ToJob(job, packet))) => self.give_job(&mut next, (job, Some(packet)))?,
            (_, Some(Message::ToUnit(job, packet))) => {
                let unit = self.scope.scenario.tape.jobs[job.index()].unit;
                self.give_unit(&mut next, (unit, Some((job, packet))))?
            }
            (_, Some(Message::Drives(unit))) => self.give_unit(&mut next, (unit, None))?,
            (_, None) => return Ok((next, None)),
        };
        let known = &self.memory.answered[answer as usize];
        if let Some(facts) = known.facts {
            next[JUDGE] = self.memory.after_judge(next[JUDGE], facts)?;
        }
        if !known.sent.is_empty() {
            next[NET] = self.memory.after_answer(next[NET], answer)?;
        }
        Ok((next, Some(answer)))
    }

    fn give_job(&self, state: &mut State, input: JobInput) -> Asked<u32> {
        let (after, answer) = self.memory.after_job(state[JOBS], input)?;
        state[JOBS] = after;
        Ok(answer)
    }

    fn give_unit(&self, state: &mut State, input: UnitInput) -> Asked<u32> {
        let (after, answer) = self.memory.after_unit(state[UNITS], input)?;
        state[UNITS] = after;
        Ok(answer)
    }
}

impl Model for TapeMachines<'_> {
    type Unknown = Unknown;

    fn start(&mut self) -> State {
        self.memory.start(self.scope)
    }

    fn actions(&self, state: &State, out: &mut Vec<Action>) -> Asked<()> {
        let front = self.front(state);
        let mut add = |kind, what| out.push(Action { kind, what });
        for job in 0..self.jobs(state).len() as u32 {
            if front.begun >> job & 1 == 0 {
                add(Kind::Begin, job);
            }
        }
        for number in self.memory.nets.get(state[NET]).next() {
            let kind = self.memory.messages.get(number).kind();
            add(kind, number);
            if kind != Kind::Drive {
                if front.left.losses > 0 {
                    add(Kind::Lose, number);
                }
                if front.left.duplicates > 0 {
                    add(Kind::Duplicate, number);
                }
            }
        }
        if front.left.resends > 0 {
            self.resendable(state, |what| out.push(Action { kind: Kind::Resend, what }))?;
        }
        Ok(())
    }

    /// Everything that has no answer is sent again.
    fn remedies(&self, state: &State, out: &mut Vec<Action>) -> Asked<()> {
        self.resendable(state, |what| out.push(Action { kind: Kind::Resend, what }))
    }

    fn try_step(&self, state: &State, action: Action) -> Asked<State> {
        Ok(self.take(state, action)?.0)
    }

    fn learn(&mut self, unknown: Unknown) {
        self.memory.learn(self.scope, &unknown);
    }

    fn judged(&self, state: &State) -> &Judged {
        &self.memory.judged[state[JUDGE] as usize]
    }

    fn is_complete(&self, state: &State) -> bool {
        self.jobs(state).iter().all(Job::is_finished)
    }

    fn undone(&self, state: &State) -> usize {
        let front = self.front(state);
        let to_begin = self.jobs(state).len() - front.begun.count_ones() as usize;
        to_begin + self.jobs(state).iter().map(Job::undone).sum::<usize>()
    }

    fn are_faults_over(&self, _: &State) -> bool {
        true
    }

    fn why(&self, state: &State, check: Check) -> Option<String> {
        self.memory.judges.get(state[JUDGE]).why(check)
    }

    fn tell(&mut self, steps: &[Action]) -> Vec<Told> {
        let mut state = self.start();
        let mut tell = |&action: &Action| loop {
            match self.take(&state, action) {
                Ok((next, answer)) => {
                    state = next;
                    break self.told(action, answer);
                }
                Err(unknown) => self.learn(*unknown),
            }
        };
        steps.iter().map(&mut tell).collect()
    }

    fn judged_by(&self) -> CheckSet {
        self.scope.preamble.promise.judged
    }

    fn allows(&self, kind: Kind) -> bool {
        self.scope.allows(kind)
    }

    fn parts(&self) -> [(&'static str, usize); 5] {
        let memory = &self.memory;
        [
            ("bounds", memory.fronts.count()),
            ("messages under way", memory.nets.count()),
            ("judge", memory.judges.count()),
            ("MT units", memory.units.count()),
            ("initiators", memory.jobs.count()),
        ]
    }
}

/// By two numbers: a third.
type Table = FastMap<(u32, u32), u32>;
