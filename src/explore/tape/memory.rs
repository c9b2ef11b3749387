//! What was worked out of the machines of tape before: parts by number, and what follows from what.

use super::jobs::{self, Job, JobInput};
use super::units::{self, Unit, UnitInput};
use super::{Answer, Asked, Front, Message, Table, TapeScope};
use crate::checker::{CheckState, TapeChecker};
use crate::explore::model::{Judged, State};
use crate::explore::parts::{Net, NetChange};
use crate::explore::pool::{FastMap, Pool};
use crate::trace::{End, TapeRecord};
use crate::units::SimTime;
use crate::words::{Check, CheckSet};

/// What was never asked before.
#[derive(Clone, Debug)]
pub enum Unknown {
    /// Jobs begun and bounds.
    Front(Front),
    /// What is under way after a change.
    Change(u32, NetChange),
    /// What is under way after the answer of this number.
    Sent(u32, u32),
    /// What jobs answer to an input.
    Job(u32, JobInput),
    /// What MT units answer to an input.
    Unit(u32, UnitInput),
    /// The judge after facts.
    Judge(u32, u32),
    /// What the initiators would send again.
    Resends(u32),
}

/// What is known of an answer: the number of its facts, if there are any, and the messages that leave.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub facts: Option<u32>,
    pub sent: Vec<u32>,
}

/// The very checker of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Judge(TapeChecker);

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub fronts: Pool<Front>,
    pub nets: Pool<Net>,
    pub judges: Pool<Judge>,
    pub judged: Vec<Judged>,
    pub jobs: Pool<Vec<Job>>,
    pub units: Pool<Vec<Unit>>,
    pub messages: Pool<Message>,
    pub answers: Pool<Answer>,
    /// By answer.
    pub answered: Vec<Answered>,
    facts: Pool<Vec<TapeRecord>>,
    after_job: FastMap<(u32, JobInput), (u32, u32)>,
    after_unit: FastMap<(u32, UnitInput), (u32, u32)>,
    after_change: Table,
    after_answer: Table,
    after_judge: Table,
    resends: FastMap<u32, Vec<u32>>,
}

const END: End = End { at: SimTime::ZERO, local_site_lost: false, drained: true };

impl Judge {
    fn after(&self, facts: &[TapeRecord]) -> Self {
        let mut judge = self.clone();
        for fact in facts {
            judge.0.observe(SimTime::ZERO, fact);
        }
        judge
    }

    fn judged(&self) -> Judged {
        let so_far = self.0.violations().iter().map(|violation| CheckSet::of(&[violation.check]));
        let broken = so_far.fold(CheckSet::NONE, CheckSet::and);
        let at_end = self.0.clone().finish(&END).complete == CheckState::Broken;
        let complete = if at_end { CheckSet::of(&[Check::Complete]) } else { CheckSet::NONE };
        Judged { broken, broken_at_end: broken.and(complete), is_settled: !at_end, undone: 0 }
    }

    /// Why a check is broken, in a sentence.
    pub fn why(&self, check: Check) -> Option<String> {
        let ended = self.0.clone().finish(&END);
        ended.violations.into_iter().find(|violation| violation.check == check).map(|found| found.why)
    }
}

const fn code(change: NetChange) -> u32 {
    match change {
        NetChange::Take(message) => message << 1,
        NetChange::Put(message) | NetChange::Append(_, message) => message << 1 | 1,
    }
}

fn or_unknown<T: Copy>(found: Option<&T>, unknown: impl FnOnce() -> Unknown) -> Asked<T> {
    found.copied().ok_or_else(|| Box::new(unknown()))
}

impl Memory {
    /// The tapes are as they are, and no job has begun.
    pub fn start(&mut self, scope: &TapeScope) -> State {
        let tape = &scope.scenario.tape;
        let preloaded = jobs::preloaded(scope);
        let judge = Judge(TapeChecker::new(tape.system_of_unit().len(), tape.jobs.len())).after(&preloaded);
        [
            self.fronts.number(Front { left: scope.bounds, begun: 0 }),
            self.nets.number(Net::default()),
            self.judge_number(judge),
            self.jobs.number(jobs::start(scope)),
            self.units.number(units::start(scope)),
        ]
    }

    pub fn front(&self, front: Front) -> Asked<u32> {
        self.fronts.find(&front).ok_or_else(|| Box::new(Unknown::Front(front)))
    }

    pub fn after_change(&self, net: u32, change: NetChange) -> Asked<u32> {
        or_unknown(self.after_change.get(&(net, code(change))), || Unknown::Change(net, change))
    }

    pub fn after_answer(&self, net: u32, answer: u32) -> Asked<u32> {
        or_unknown(self.after_answer.get(&(net, answer)), || Unknown::Sent(net, answer))
    }

    pub fn after_job(&self, jobs: u32, input: JobInput) -> Asked<(u32, u32)> {
        or_unknown(self.after_job.get(&(jobs, input)), || Unknown::Job(jobs, input))
    }

    pub fn after_unit(&self, units: u32, input: UnitInput) -> Asked<(u32, u32)> {
        or_unknown(self.after_unit.get(&(units, input)), || Unknown::Unit(units, input))
    }

    pub fn after_judge(&self, judge: u32, facts: u32) -> Asked<u32> {
        or_unknown(self.after_judge.get(&(judge, facts)), || Unknown::Judge(judge, facts))
    }

    pub fn resends(&self, jobs: u32) -> Asked<&[u32]> {
        match self.resends.get(&jobs) {
            Some(known) => Ok(known),
            None => Err(Box::new(Unknown::Resends(jobs))),
        }
    }

    fn judge_number(&mut self, judge: Judge) -> u32 {
        let number = self.judges.number(judge);
        if number as usize == self.judged.len() {
            self.judged.push(self.judges.get(number).judged());
        }
        number
    }

    fn answer_number(&mut self, answer: Answer) -> u32 {
        let number = self.answers.number(answer);
        if number as usize == self.answered.len() {
            let Answer { facts, sent } = self.answers.get(number).clone();
            let facts = (!facts.is_empty()).then(|| self.facts.number(facts));
            let sent = sent.into_iter().map(|message| self.messages.number(message)).collect();
            self.answered.push(Answered { facts, sent });
        }
        number
    }

    /// Works out what was asked for the first time.
    pub fn learn(&mut self, scope: &TapeScope, unknown: &Unknown) {
        match *unknown {
            Unknown::Front(front) => {
                self.fronts.number(front);
            }
            Unknown::Change(net, change) => {
                let after = self.nets.get(net).after(&[change]);
                let after = self.nets.number(after);
                self.after_change.insert((net, code(change)), after);
            }
            Unknown::Sent(net, answer) => {
                let sent = &self.answered[answer as usize].sent;
                let changes: Vec<_> = sent.iter().map(|&message| NetChange::Put(message)).collect();
                let after = self.nets.get(net).after(&changes);
                let after = self.nets.number(after);
                self.after_answer.insert((net, answer), after);
            }
            Unknown::Job(jobs, input) => {
                let (after, answer) = jobs::after(scope, self.jobs.get(jobs), input);
                let after = (self.jobs.number(after), self.answer_number(answer));
                self.after_job.insert((jobs, input), after);
            }
            Unknown::Unit(units, input) => {
                let (after, answer) = units::after(scope, self.units.get(units), input);
                let after = (self.units.number(after), self.answer_number(answer));
                self.after_unit.insert((units, input), after);
            }
            Unknown::Judge(judge, facts) => {
                let after = self.judges.get(judge).after(self.facts.get(facts));
                let after = self.judge_number(after);
                self.after_judge.insert((judge, facts), after);
            }
            Unknown::Resends(jobs) => {
                let again = jobs::resends(scope, self.jobs.get(jobs));
                let again = again.into_iter().map(|message| self.messages.number(message)).collect();
                self.resends.insert(jobs, again);
            }
        }
    }
}
