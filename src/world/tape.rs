//! Tape: initiators and their volumes on one side, MT control units and drives on the other.
//!
//! As everywhere in the world, nothing is decided here about order: what the protocol says is done, and recorded.

use super::event::Event;
use super::network::{Freight, SHORT_PACKET_BYTES, Shipment};
use super::run::World;
use crate::hardware::tape_unit::{TapeUnit, Transfer, span_of};
use crate::protocol::tape::{
    Context, Initiator, InitiatorInput, InitiatorOutput, Mode, MtControlUnit, MtInput, MtOutput, MtSettings,
    TapePacket,
};
use crate::scenario::Scenario;
use crate::scenario::tape::{JobKind, TapeJob};
use crate::trace::{Observer, PacketClass, Record, TapeRecord};
use crate::units::{Direction, JobId, PathId, TapeBlock, TapeUnitId};

/// What can happen next on the tape side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapeEvent {
    /// A job begins.
    Start(u32),
    /// The next block of a job's volume stands in its initiator's memory.
    Fed(u32),
    /// The resend timer of a job's initiator.
    ResendDue(u32),
    /// The drive of a unit is done with what it was told.
    DriveDone(u32),
}

/// A job: its initiator and its volume.
#[derive(Clone, Debug)]
struct Job {
    initiator: Initiator,
    /// Blocks of the volume that were brought to memory.
    fed: u64,
    /// A block is on its way from the volume.
    feeding: bool,
    /// Blocks whose writes are completed.
    completed: u64,
    /// The volume as it is read back.
    restored: Vec<Option<TapeBlock>>,
    is_finished: bool,
}

/// What a drive was told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Task {
    Position,
    Write(TapeBlock),
    Read(Vec<TapeBlock>),
}

/// An MT unit: its control unit's memory for it, and its drive.
#[derive(Clone, Debug)]
struct Unit {
    system: usize,
    control: MtControlUnit,
    drive: TapeUnit,
    task: Option<Task>,
}

/// The tape side of the world.
#[derive(Clone, Debug)]
pub struct TapeSide {
    jobs: Vec<Job>,
    units: Vec<Unit>,
    /// Jobs that are not over.
    unfinished: usize,
    initiator_out: Vec<InitiatorOutput>,
    unit_out: Vec<MtOutput>,
}

impl TapeSide {
    /// Tapes and jobs at time zero: the volumes that are to be restored stand on their tapes.
    pub fn new(scenario: &Scenario) -> Self {
        let tape = &scenario.tape;
        let unit = |(index, system): (usize, usize)| {
            let described = &tape.systems[system];
            let preloaded = tape
                .jobs
                .iter()
                .enumerate()
                .filter(|(_, job)| job.unit == TapeUnitId::from(index) && job.kind == JobKind::Restore);
            let blocks = |(id, job): (usize, &TapeJob)| {
                (0..job.blocks).map(move |index| TapeBlock { job: JobId::from(id), index })
            };
            let medium: Vec<_> = preloaded.flat_map(blocks).collect();
            let settings = MtSettings { capacity: described.queue, group: described.group };
            let control = MtControlUnit::new(settings, medium.len() as u64);
            Unit { system, control, drive: TapeUnit::new(described.drive, medium), task: None }
        };
        let job = |(id, job): (usize, &TapeJob)| Job {
            initiator: Initiator::new(JobId::from(id), job.m, job.retransmit_timeout, job.crash_after),
            fed: 0,
            feeding: false,
            completed: 0,
            restored: Vec::new(),
            is_finished: false,
        };
        Self {
            jobs: tape.jobs.iter().enumerate().map(job).collect(),
            units: tape.system_of_unit().into_iter().enumerate().map(unit).collect(),
            unfinished: tape.jobs.len(),
            initiator_out: Vec::new(),
            unit_out: Vec::new(),
        }
    }

    /// Are all jobs over?
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }

    /// Are all drives at rest?
    pub fn is_idle(&self) -> bool {
        self.units.iter().all(|unit| unit.task.is_none())
    }
}

impl<O: Observer> World<'_, O> {
    /// The tapes are as they are, and the jobs will begin.
    pub(super) fn start_tape(&mut self) {
        let scenario = self.scenario;
        for (id, job) in scenario.tape.jobs.iter().enumerate() {
            let id = JobId::from(id);
            if job.kind == JobKind::Restore {
                let (unit, blocks) = (job.unit, job.blocks);
                self.record(&Record::Tape(TapeRecord::Preloaded { unit, job: id, blocks }));
            }
            self.agenda.schedule(job.start, Event::Tape(TapeEvent::Start(id.0)));
        }
    }

    /// Something happens on the tape side.
    pub(super) fn on_tape_event(&mut self, event: TapeEvent) {
        match event {
            TapeEvent::DriveDone(unit) => self.on_drive_done(unit),
            // What follows happens at the local site.
            _ if self.local_site_lost => {}
            TapeEvent::Start(job) => self.on_job_start(job),
            TapeEvent::Fed(job) => {
                let state = &mut self.tape.jobs[job as usize];
                state.feeding = false;
                state.fed += 1;
                let fed = state.fed;
                self.initiator(job, InitiatorInput::Available(fed));
                self.feed(job);
            }
            TapeEvent::ResendDue(job) => self.initiator(job, InitiatorInput::ResendDue),
        }
    }

    fn on_job_start(&mut self, job: u32) {
        let described = &self.scenario.tape.jobs[job as usize];
        let blocks = described.blocks;
        match described.kind {
            JobKind::Backup | JobKind::Circle => {
                self.initiator(job, InitiatorInput::Write { blocks });
                self.feed(job);
            }
            JobKind::Restore => {
                let earlier = self.scenario.tape.jobs[..job as usize].iter();
                let on_tape =
                    earlier.filter(|other| other.unit == described.unit && other.kind == JobKind::Restore);
                let first_block = on_tape.map(|other| other.blocks).sum();
                let blocks = described.read;
                self.initiator(job, InitiatorInput::Read { first_block, blocks });
            }
        }
    }

    /// Blocks come from the volume as fast as it gives them and while the initiator's memory has room.
    fn feed(&mut self, job: u32) {
        let described = &self.scenario.tape.jobs[job as usize];
        let block = self.scenario.tape.systems[described.system].drive.block;
        let state = &mut self.tape.jobs[job as usize];
        let room = described.memory.saturating_sub(state.fed - state.completed.min(state.fed));
        let coming = (described.blocks - state.fed).min(room);
        if coming == 0 || state.feeding {
            return;
        }
        match described.volume_rate {
            None => {
                state.fed += coming;
                let fed = state.fed;
                self.initiator(job, InitiatorInput::Available(fed));
            }
            Some(bytes_per_s) => {
                state.feeding = true;
                let span = span_of(u64::from(block), bytes_per_s);
                self.agenda.schedule(self.now + span, Event::Tape(TapeEvent::Fed(job)));
            }
        }
    }

    /// Gives an input to an initiator and does what it says.
    fn initiator(&mut self, job: u32, input: InitiatorInput) {
        let described = &self.scenario.tape.jobs[job as usize];
        let context = Context {
            rules: &self.settings.rules,
            numbering: self.scenario.tape.systems[described.system].numbering,
            now: self.now,
        };
        let mut out = std::mem::take(&mut self.tape.initiator_out);
        self.tape.jobs[job as usize].initiator.handle(&context, input, &mut out);
        let mut done = None;
        let mut completed = false;
        for output in out.drain(..) {
            match output {
                InitiatorOutput::Done { mode, first_block } => done = Some((mode, first_block)),
                InitiatorOutput::Completed(_) => {
                    completed = true;
                    self.do_initiator(job, output);
                }
                _ => self.do_initiator(job, output),
            }
        }
        self.tape.initiator_out = out;
        if completed {
            self.feed(job);
        }
        if let Some((mode, first_block)) = done {
            self.on_session_done(job, mode, first_block);
        }
    }

    fn do_initiator(&mut self, job: u32, output: InitiatorOutput) {
        let unit = self.scenario.tape.jobs[job as usize].unit;
        let id = JobId(job);
        match output {
            InitiatorOutput::Send { packet, again } => {
                let class = match packet {
                    _ if again => PacketClass::Resend,
                    TapePacket::Write { .. } => PacketClass::WriteData,
                    _ => PacketClass::Request,
                };
                self.ship_tape(job, Direction::Forward, packet, class);
            }
            InitiatorOutput::Issued(block) => self.record(&Record::Tape(TapeRecord::Issued { unit, block })),
            InitiatorOutput::Completed(block) => {
                self.tape.jobs[job as usize].completed += 1;
                self.record(&Record::Tape(TapeRecord::Completed { block }));
            }
            InitiatorOutput::Asked { block_id: position } => {
                self.record(&Record::Tape(TapeRecord::Asked { job: id, unit, position }));
            }
            InitiatorOutput::Stored(block) => {
                self.record(&Record::Tape(TapeRecord::Stored { job: id, block }));
            }
            InitiatorOutput::Deliver(block) => {
                self.tape.jobs[job as usize].restored.push(block);
                self.record(&Record::Tape(TapeRecord::Delivered { job: id, block }));
            }
            InitiatorOutput::Done { .. } => {}
            InitiatorOutput::ArmResend(at) => {
                self.agenda.schedule(at, Event::Tape(TapeEvent::ResendDue(job)));
            }
        }
    }

    fn on_session_done(&mut self, job: u32, mode: Mode, first_block: u64) {
        let described = &self.scenario.tape.jobs[job as usize];
        let blocks = described.blocks;
        match (described.kind, mode) {
            (JobKind::Circle, Mode::Write) => {
                self.record(&Record::Tape(TapeRecord::VolumeLost { job: JobId(job) }));
                self.initiator(job, InitiatorInput::Read { first_block, blocks });
                return;
            }
            (JobKind::Circle | JobKind::Restore, Mode::Read) => {
                let restored = std::mem::take(&mut self.tape.jobs[job as usize].restored);
                let blocks = if described.kind == JobKind::Restore { described.read } else { blocks };
                let right = |index: u64| Some(TapeBlock { job: JobId(job), index });
                let same =
                    (0..blocks).zip(&restored).filter(|&(index, &block)| block == right(index)).count();
                let differing = blocks - same as u64;
                self.record(&Record::Tape(TapeRecord::Compared { job: JobId(job), blocks, differing }));
            }
            _ => {}
        }
        self.tape.jobs[job as usize].is_finished = true;
        self.tape.unfinished -= 1;
        self.record(&Record::Tape(TapeRecord::Finished { job: JobId(job) }));
    }

    /// Gives a packet to the path of a job.
    fn ship_tape(&mut self, job: u32, direction: Direction, packet: TapePacket, class: PacketClass) {
        let system = self.scenario.tape.jobs[job as usize].system;
        let bytes = if packet.carries_data() {
            self.scenario.tape.systems[system].drive.block
        } else {
            SHORT_PACKET_BYTES
        };
        let path = PathId::from(self.scenario.paths.len() + job as usize);
        self.ship(&Shipment { path, direction, freight: Freight::Tape(packet), class, write: None, bytes });
    }

    /// A packet reached the end of a job's path.
    pub(super) fn deliver_tape(&mut self, path: PathId, direction: Direction, packet: TapePacket) {
        let job = (path.index() - self.scenario.paths.len()) as u32;
        match direction {
            Direction::Reverse => self.initiator(job, InitiatorInput::Packet(packet)),
            Direction::Forward => {
                let unit = self.scenario.tape.jobs[job as usize].unit;
                self.mt_unit(unit.0, MtInput::Packet(JobId(job), packet));
            }
        }
    }

    /// Gives an input to an MT control unit and does what it says.
    fn mt_unit(&mut self, unit: u32, input: MtInput) {
        let state = &mut self.tape.units[unit as usize];
        let context = Context {
            rules: &self.settings.rules,
            numbering: self.scenario.tape.systems[state.system].numbering,
            now: self.now,
        };
        let mut out = std::mem::take(&mut self.tape.unit_out);
        state.control.handle(&context, input, &mut out);
        for output in out.drain(..) {
            self.do_mt_unit(unit, output);
        }
        self.tape.unit_out = out;
    }

    fn do_mt_unit(&mut self, index: u32, output: MtOutput) {
        let unit = TapeUnitId(index);
        let now = self.now;
        let drive = &mut self.tape.units[index as usize].drive;
        match output {
            MtOutput::Send(job, packet) => {
                let class = match packet {
                    TapePacket::Data { data: Some(_), .. } => PacketClass::ReadData,
                    _ => PacketClass::Completion,
                };
                self.ship_tape(job.0, Direction::Reverse, packet, class);
            }
            MtOutput::Cached(block) => self.record(&Record::Tape(TapeRecord::Cached { unit, block })),
            MtOutput::Refused(block) => self.record(&Record::Tape(TapeRecord::Refused { unit, block })),
            MtOutput::Left(position) => self.record(&Record::Tape(TapeRecord::Left { unit, position })),
            MtOutput::Position(block) => {
                let done = drive.position(now, block);
                self.start_drive(index, Task::Position, Transfer { done, back_hitch: false });
            }
            MtOutput::Write(block) => {
                let transfer = drive.write(now, block);
                self.start_drive(index, Task::Write(block), transfer);
            }
            MtOutput::ReadGroup { count, .. } => {
                let (transfer, blocks) = drive.read(now, count);
                let task = Task::Read(blocks.to_vec());
                self.start_drive(index, task, transfer);
            }
            MtOutput::Queued { first, blocks } => {
                self.record(&Record::Tape(TapeRecord::GroupRead { unit, first, blocks }));
            }
        }
    }

    fn start_drive(&mut self, unit: u32, task: Task, transfer: Transfer) {
        if transfer.back_hitch {
            self.record(&Record::Tape(TapeRecord::BackHitch { unit: TapeUnitId(unit) }));
        }
        self.tape.units[unit as usize].task = Some(task);
        self.agenda.schedule(transfer.done, Event::Tape(TapeEvent::DriveDone(unit)));
    }

    fn on_drive_done(&mut self, index: u32) {
        let unit = TapeUnitId(index);
        let state = &mut self.tape.units[index as usize];
        match state.task.take() {
            None => {}
            Some(Task::Position) => self.mt_unit(index, MtInput::Positioned),
            Some(Task::Write(block)) => {
                let position = state.drive.medium().len() as u64 - 1;
                self.record(&Record::Tape(TapeRecord::Written { unit, position, block }));
                self.mt_unit(index, MtInput::Written);
            }
            Some(Task::Read(blocks)) => self.mt_unit(index, MtInput::GroupRead(&blocks)),
        }
    }
}

#[cfg(test)]
mod tests;
