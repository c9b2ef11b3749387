//! Steps of tape in words.

use super::{Message, TapeMachines};
use crate::explore::action::{Action, Kind};
use crate::explore::told::{Told, Travel};
use crate::protocol::tape::{Mode, TapePacket};
use crate::trace::{Record, TapeRecord};
use crate::units::{JobId, SimTime, TapeBlock, TapeUnitId};

impl TapeMachines<'_> {
    /// A step, and the answer of a machine to it.
    pub(super) fn told(&self, action: Action, answer: Option<u32>) -> Told {
        let message = || *self.memory.messages.get(action.what);
        let done = match action.kind {
            Kind::Begin => format!("job {} begins", self.job(JobId(action.what))),
            Kind::Resend => format!("{} is sent again", self.name(message())),
            Kind::Lose => format!("{} is lost", self.name(message())),
            Kind::Duplicate => format!("{}, of which another copy is under way", self.arrival(message())),
            _ => self.arrival(message()),
        };
        let answer = answer.map(|number| self.memory.answers.get(number).clone()).unwrap_or_default();
        let facts = answer.facts.iter().filter_map(|fact| self.fact(fact));
        let sent = answer.sent.iter().filter_map(|&message| self.sending(message));
        let consequences: Vec<String> = facts.chain(sent).collect();
        let words =
            if consequences.is_empty() { done } else { format!("{done}: {}", consequences.join(", ")) };
        let again = (action.kind == Kind::Resend).then(message);
        let sent = answer.sent.iter().copied().chain(again);
        Told {
            kind: action.kind,
            words,
            facts: answer.facts.iter().map(|&fact| (SimTime::ZERO, Record::Tape(fact))).collect(),
            sent: sent.filter_map(|message| self.travel(message)).collect(),
            arrived: (action.kind != Kind::Begin && action.kind != Kind::Resend)
                .then(|| self.travel(message()))
                .flatten(),
        }
    }

    fn travel(&self, message: Message) -> Option<Travel> {
        let number = self.memory.messages.find(&message)?;
        let (from, to) = match message {
            Message::ToUnit(job, _) => (self.job(job).to_owned(), self.unit_of(job)),
            Message::ToJob(job, _) => (self.unit_of(job), self.job(job).to_owned()),
            Message::Drives(_) => return None,
        };
        Some(Travel { number, name: self.name(message), from, to })
    }

    fn job(&self, job: JobId) -> &str {
        &self.scope.scenario.tape.jobs[job.index()].name
    }

    fn unit(&self, unit: TapeUnitId) -> String {
        self.scope.preamble.tape.units[unit.index()].0.clone()
    }

    fn unit_of(&self, job: JobId) -> String {
        self.unit(self.scope.scenario.tape.jobs[job.index()].unit)
    }

    fn block(&self, block: TapeBlock) -> String {
        if self.scope.scenario.tape.jobs.len() == 1 {
            format!("block {}", block.index + 1)
        } else {
            format!("block {} of {}", block.index + 1, self.job(block.job))
        }
    }

    fn data(&self, data: Option<TapeBlock>) -> String {
        data.map_or("the end of the data".into(), |block| self.block(block))
    }

    fn name(&self, message: Message) -> String {
        match message {
            Message::Drives(unit) => format!("the drive of {}", self.unit(unit)),
            Message::ToUnit(_, packet) | Message::ToJob(_, packet) => match packet {
                TapePacket::Open { mode: Mode::Write, .. } => "the request for the unit, to write".into(),
                TapePacket::Open { mode: Mode::Read, .. } => "the request for the unit, to read".into(),
                TapePacket::Opened { .. } => "the grant of the unit".into(),
                TapePacket::Write { number, data, .. } => {
                    format!("write request {number} with {}", self.block(data))
                }
                TapePacket::Written { number, .. } => format!("the completion of request {number}"),
                TapePacket::Read { number, .. } => format!("read request {number}"),
                TapePacket::Data { number, data, .. } => {
                    format!("the answer to read request {number} with {}", self.data(data))
                }
                TapePacket::Close { .. } => "the return of the unit".into(),
                TapePacket::Closed { .. } => "the receipt of the unit".into(),
            },
        }
    }

    fn arrival(&self, message: Message) -> String {
        match message {
            Message::Drives(_) => format!("{} is done", self.name(message)),
            Message::ToUnit(job, _) => format!("{} reaches {}", self.name(message), self.unit_of(job)),
            Message::ToJob(job, _) => format!("{} reaches {}", self.name(message), self.job(job)),
        }
    }

    /// What the hardware saw.
    fn fact(&self, fact: &TapeRecord) -> Option<String> {
        Some(match *fact {
            TapeRecord::Cached { block, .. } => format!("{} stands in the MT queue", self.block(block)),
            TapeRecord::Refused { block, .. } => {
                format!("the MT queue has no room for {}", self.block(block))
            }
            TapeRecord::Written { position, block, .. } => {
                format!("{} stands at position {} of the medium", self.block(block), position + 1)
            }
            TapeRecord::Completed { block } => format!("{} is completed", self.block(block)),
            TapeRecord::Delivered { block, .. } => format!("the reader is given {}", self.data(block)),
            TapeRecord::VolumeLost { .. } => "the volume is lost".into(),
            TapeRecord::Compared { blocks, differing, .. } => {
                format!("{differing} of {blocks} blocks differ from the volume")
            }
            TapeRecord::Finished { job } => format!("job {} is over", self.job(job)),
            TapeRecord::Issued { .. }
            | TapeRecord::Preloaded { .. }
            | TapeRecord::Asked { .. }
            | TapeRecord::GroupRead { .. }
            | TapeRecord::Left { .. }
            | TapeRecord::Stored { .. }
            | TapeRecord::BackHitch { .. } => return None,
        })
    }

    /// What leaves, unless it goes without saying.
    fn sending(&self, message: Message) -> Option<String> {
        match message {
            Message::ToUnit(..) | Message::ToJob(_, TapePacket::Data { .. }) => {
                Some(format!("{} is sent", self.name(message)))
            }
            Message::ToJob(..) | Message::Drives(_) => None,
        }
    }
}
