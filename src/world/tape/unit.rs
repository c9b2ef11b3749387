//! An MT unit: its control unit's memory for it, and its drive, which does one thing after the other.

use super::{Route, TapeEvent};
use crate::hardware::tape_unit::{TapeUnit, Transfer};
use crate::protocol::Rules;
use crate::protocol::tape::{Context, MtControlUnit, MtInput, MtOutput, MtSettings, Numbering, TapePacket};
use crate::scenario::tape::{JobKind, Tape, TapeJob};
use crate::trace::{Observer, PacketClass, Record, TapeRecord};
use crate::units::{Direction, JobId, TapeBlock, TapeUnitId};
use crate::world::event::Event;
use crate::world::network::Network;
use crate::world::stage::Stage;

/// What a drive was told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Task {
    Position,
    Write(TapeBlock),
    Read(Vec<TapeBlock>),
}

/// An MT unit at work.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    id: TapeUnitId,
    rules: &'a Rules,
    numbering: Numbering,
    control: MtControlUnit,
    /// What the control unit has just said.
    said: Vec<MtOutput>,
    drive: TapeUnit,
    task: Option<Task>,
}

impl<'a> Unit<'a> {
    /// A unit of a system: the volumes that are to be restored stand on its tape.
    pub fn new(tape: &Tape, rules: &'a Rules, id: TapeUnitId, system: usize) -> Self {
        let described = &tape.systems[system];
        let jobs = tape.jobs.iter().enumerate();
        let preloaded = jobs.filter(|(_, job)| job.unit == id && job.kind == JobKind::Restore);
        let blocks = |(id, job): (usize, &TapeJob)| {
            (0..job.blocks).map(move |index| TapeBlock { job: JobId::from(id), index })
        };
        let medium: Vec<_> = preloaded.flat_map(blocks).collect();
        let settings = MtSettings { capacity: described.queue, group: described.group };
        Self {
            id,
            rules,
            numbering: described.numbering,
            control: MtControlUnit::new(settings, medium.len() as u64),
            said: Vec::new(),
            drive: TapeUnit::new(described.drive, medium),
            task: None,
        }
    }

    /// Is its drive at rest?
    pub fn is_idle(&self) -> bool {
        self.task.is_none()
    }

    /// Gives an input to the control unit and does what it says; `route` leads to each job.
    pub fn handle<O: Observer>(
        &mut self,
        input: MtInput,
        routes: &[Route],
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let now = stage.now();
        let context = Context { rules: self.rules, numbering: self.numbering, now };
        self.control.handle(&context, input, &mut self.said);
        let unit = self.id;
        for output in self.said.drain(..) {
            let (task, transfer) = match output {
                MtOutput::Send(job, packet) => {
                    let class = match packet {
                        TapePacket::Data { data: Some(_), .. } => PacketClass::ReadData,
                        _ => PacketClass::Completion,
                    };
                    routes[job.index()].send(Direction::Reverse, packet, class, network, stage);
                    continue;
                }
                MtOutput::Cached(block) => {
                    stage.record(&Record::Tape(TapeRecord::Cached { unit, block }));
                    continue;
                }
                MtOutput::Refused(block) => {
                    stage.record(&Record::Tape(TapeRecord::Refused { unit, block }));
                    continue;
                }
                MtOutput::Left(position) => {
                    stage.record(&Record::Tape(TapeRecord::Left { unit, position }));
                    continue;
                }
                MtOutput::Queued { first, blocks } => {
                    stage.record(&Record::Tape(TapeRecord::GroupRead { unit, first, blocks }));
                    continue;
                }
                MtOutput::Position(block) => {
                    let done = self.drive.position(now, block);
                    (Task::Position, Transfer { done, back_hitch: false })
                }
                MtOutput::Write(block) => (Task::Write(block), self.drive.write(now, block)),
                MtOutput::ReadGroup { count, .. } => {
                    let (transfer, blocks) = self.drive.read(now, count);
                    (Task::Read(blocks.to_vec()), transfer)
                }
            };
            if transfer.back_hitch {
                stage.record(&Record::Tape(TapeRecord::BackHitch { unit }));
            }
            self.task = Some(task);
            stage.schedule(transfer.done, Event::Tape(TapeEvent::DriveDone(unit.0)));
        }
    }

    /// The drive is done with what it was told.
    pub fn on_drive_done<O: Observer>(
        &mut self,
        routes: &[Route],
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let unit = self.id;
        match self.task.take() {
            None => {}
            Some(Task::Position) => self.handle(MtInput::Positioned, routes, network, stage),
            Some(Task::Write(block)) => {
                let position = self.drive.medium().len() as u64 - 1;
                stage.record(&Record::Tape(TapeRecord::Written { unit, position, block }));
                self.handle(MtInput::Written, routes, network, stage);
            }
            Some(Task::Read(blocks)) => self.handle(MtInput::GroupRead(&blocks), routes, network, stage),
        }
    }
}
