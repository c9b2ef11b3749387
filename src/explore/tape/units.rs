//! MT units: their control units, which are those of a run, and their drives, which do one thing after the other.

use super::{Answer, Message, TapeScope, jobs};
use crate::protocol::tape::{Context, MtControlUnit, MtInput, MtOutput, MtSettings, TapePacket};
use crate::trace::TapeRecord;
use crate::units::{JobId, SimTime, TapeBlock, TapeUnitId};

/// A unit, and a packet of a job's initiator, or that its drive is done.
pub(super) type UnitInput = (TapeUnitId, Option<(JobId, TapePacket)>);

/// What a drive was told to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Task {
    Position,
    Write(TapeBlock),
    Read(Vec<TapeBlock>),
}

/// An MT unit at work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Unit {
    control: MtControlUnit,
    /// What stands on the tape, by position.
    medium: Vec<TapeBlock>,
    /// Where the head stands.
    head: usize,
    task: Option<Task>,
}

/// Units whose tapes hold the volumes that are to be restored.
pub(super) fn start(scope: &TapeScope) -> Vec<Unit> {
    let tape = &scope.scenario.tape;
    let preloaded = jobs::preloaded(scope);
    let unit = |(id, system): (usize, usize)| {
        let blocks = preloaded.iter().flat_map(|record| match *record {
            TapeRecord::Preloaded { unit, job, blocks } if unit == TapeUnitId::from(id) => {
                (0..blocks).map(|index| TapeBlock { job, index }).collect()
            }
            _ => Vec::new(),
        });
        let medium: Vec<TapeBlock> = blocks.collect();
        let described = &tape.systems[system];
        let settings = MtSettings { capacity: described.queue, group: described.group };
        let control = MtControlUnit::new(settings, medium.len() as u64).with_named_places();
        Unit { control, medium, head: 0, task: None }
    };
    tape.system_of_unit().into_iter().enumerate().map(unit).collect()
}

/// The units after an input to one of them.
pub(super) fn after(scope: &TapeScope, units: &[Unit], (id, input): UnitInput) -> (Vec<Unit>, Answer) {
    let mut units = units.to_vec();
    let mut answer = Answer::default();
    let unit = &mut units[id.index()];
    match input {
        Some((job, packet)) => unit.handle(scope, id, MtInput::Packet(job, packet), &mut answer),
        None => unit.on_drive_done(scope, id, &mut answer),
    }
    (units, answer)
}

impl Unit {
    /// Gives an input to the control unit and does what it says.
    fn handle(&mut self, scope: &TapeScope, id: TapeUnitId, input: MtInput, answer: &mut Answer) {
        let tape = &scope.scenario.tape;
        let numbering = tape.systems[tape.system_of_unit()[id.index()]].numbering;
        let context = Context { rules: &scope.rules, numbering, now: SimTime::ZERO };
        let mut said = Vec::new();
        self.control.handle(&context, input, &mut said);
        for output in said {
            let task = match output {
                MtOutput::Send(job, packet) => {
                    answer.sent.push(Message::ToJob(job, packet));
                    continue;
                }
                MtOutput::Cached(block) => {
                    answer.facts.push(TapeRecord::Cached { unit: id, block });
                    continue;
                }
                MtOutput::Refused(block) => {
                    answer.facts.push(TapeRecord::Refused { unit: id, block });
                    continue;
                }
                // Of the queue's own affairs nothing is judged.
                MtOutput::Left(_) | MtOutput::Queued { .. } => continue,
                MtOutput::Position(block) => {
                    self.head = block as usize;
                    Task::Position
                }
                MtOutput::Write(block) => {
                    self.medium.truncate(self.head);
                    self.medium.push(block);
                    self.head += 1;
                    Task::Write(block)
                }
                MtOutput::ReadGroup { count, .. } => {
                    let first = self.head.min(self.medium.len());
                    let end = first.saturating_add(count as usize).min(self.medium.len());
                    self.head += end - first;
                    Task::Read(self.medium[first..end].to_vec())
                }
            };
            self.task = Some(task);
            answer.sent.push(Message::Drives(id));
        }
    }

    fn on_drive_done(&mut self, scope: &TapeScope, id: TapeUnitId, answer: &mut Answer) {
        match self.task.take() {
            None => {}
            Some(Task::Position) => self.handle(scope, id, MtInput::Positioned, answer),
            Some(Task::Write(block)) => {
                let position = self.medium.len() as u64 - 1;
                answer.facts.push(TapeRecord::Written { unit: id, position, block });
                self.handle(scope, id, MtInput::Written, answer);
            }
            Some(Task::Read(blocks)) => self.handle(scope, id, MtInput::GroupRead(&blocks), answer),
        }
    }
}
