//! A tape job: its initiator, and its volume, which gives blocks as fast as it can.

use super::{Route, TapeEvent};
use crate::hardware::tape_unit::span_of;
use crate::protocol::Rules;
use crate::protocol::tape::{
    Context, Initiator, InitiatorInput, InitiatorOutput, Mode, Numbering, TapePacket,
};
use crate::scenario::tape::{JobKind, Tape, TapeJob};
use crate::trace::{Observer, PacketClass, Record, TapeRecord};
use crate::units::{Direction, JobId, TapeBlock};
use crate::world::event::Event;
use crate::world::network::Network;
use crate::world::stage::Stage;

/// A job at work.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    id: JobId,
    described: &'a TapeJob,
    rules: &'a Rules,
    numbering: Numbering,
    /// Where its first block stands on the tape, if it restores what stands there.
    first_block: u64,
    route: Route,
    initiator: Initiator,
    /// What the initiator has just said.
    said: Vec<InitiatorOutput>,
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

impl<'a> Job<'a> {
    /// A job that has not begun.
    pub fn new(tape: &'a Tape, rules: &'a Rules, id: JobId, route: Route) -> Self {
        let described = &tape.jobs[id.index()];
        let earlier = tape.jobs[..id.index()].iter();
        let on_tape = earlier.filter(|other| other.unit == described.unit && other.kind == JobKind::Restore);
        Self {
            id,
            described,
            rules,
            numbering: tape.systems[described.system].numbering,
            first_block: on_tape.map(|other| other.blocks).sum(),
            route,
            initiator: Initiator::new(
                id,
                described.m,
                route.block,
                &described.transport,
                described.crash_after,
            ),
            said: Vec::new(),
            fed: 0,
            feeding: false,
            completed: 0,
            restored: Vec::new(),
            is_finished: false,
        }
    }

    /// The tape is as it is, and the job will begin.
    pub fn schedule<O: Observer>(&self, stage: &mut Stage<O>) {
        let TapeJob { kind, unit, blocks, start, .. } = *self.described;
        if kind == JobKind::Restore {
            stage.record(&Record::Tape(TapeRecord::Preloaded { unit, job: self.id, blocks }));
        }
        stage.schedule(start, Event::Tape(TapeEvent::Start(self.id.0)));
    }

    /// Is it over?
    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// It begins.
    pub fn start<O: Observer>(&mut self, network: &mut Network, stage: &mut Stage<O>) {
        let TapeJob { kind, blocks, read, .. } = *self.described;
        match kind {
            JobKind::Backup | JobKind::Circle => {
                self.handle(InitiatorInput::Write { blocks }, network, stage);
                self.feed(network, stage);
            }
            JobKind::Restore => {
                let first_block = self.first_block;
                self.handle(InitiatorInput::Read { first_block, blocks: read }, network, stage);
            }
        }
    }

    /// The next block of the volume stands in memory.
    pub fn on_fed<O: Observer>(&mut self, network: &mut Network, stage: &mut Stage<O>) {
        self.feeding = false;
        self.fed += 1;
        self.handle(InitiatorInput::Available(self.fed), network, stage);
        self.feed(network, stage);
    }

    /// Blocks come from the volume as fast as it gives them and while the initiator's memory has room.
    fn feed<O: Observer>(&mut self, network: &mut Network, stage: &mut Stage<O>) {
        let TapeJob { memory, blocks, volume_rate, .. } = *self.described;
        let room = memory.saturating_sub(self.fed - self.completed.min(self.fed));
        let coming = (blocks - self.fed).min(room);
        if coming == 0 || self.feeding {
            return;
        }
        match volume_rate {
            None => {
                self.fed += coming;
                self.handle(InitiatorInput::Available(self.fed), network, stage);
            }
            Some(bytes_per_s) => {
                self.feeding = true;
                let span = span_of(u64::from(self.route.block), bytes_per_s);
                stage.schedule(stage.now() + span, Event::Tape(TapeEvent::Fed(self.id.0)));
            }
        }
    }

    /// Gives an input to the initiator and does what it says.
    pub fn handle<O: Observer>(
        &mut self,
        input: InitiatorInput,
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let context = Context { rules: self.rules, numbering: self.numbering, now: stage.now() };
        self.initiator.handle(&context, input, &mut self.said);
        let (job, unit) = (self.id, self.described.unit);
        let before = self.completed;
        let mut done = None;
        for output in self.said.drain(..) {
            match output {
                InitiatorOutput::Send { packet, again } => {
                    let class = match packet {
                        _ if again => PacketClass::Resend,
                        TapePacket::Write { .. } => PacketClass::WriteData,
                        _ => PacketClass::Request,
                    };
                    self.route.send(Direction::Forward, packet, class, network, stage);
                }
                InitiatorOutput::Issued(block) => {
                    stage.record(&Record::Tape(TapeRecord::Issued { unit, block }));
                }
                InitiatorOutput::Completed(block) => {
                    self.completed += 1;
                    stage.record(&Record::Tape(TapeRecord::Completed { block }));
                }
                InitiatorOutput::Asked { block_id: position } => {
                    stage.record(&Record::Tape(TapeRecord::Asked { job, unit, position }));
                }
                InitiatorOutput::Stored(block) => {
                    stage.record(&Record::Tape(TapeRecord::Stored { job, block }));
                }
                InitiatorOutput::Deliver(block) => {
                    self.restored.push(block);
                    stage.record(&Record::Tape(TapeRecord::Delivered { job, block }));
                }
                InitiatorOutput::Done { mode, first_block } => done = Some((mode, first_block)),
                InitiatorOutput::ArmResend(at) => {
                    stage.schedule(at, Event::Tape(TapeEvent::ResendDue(job.0)));
                }
            }
        }
        if self.completed > before {
            self.feed(network, stage);
        }
        if let Some((mode, first_block)) = done {
            self.on_session_done(mode, first_block, network, stage);
        }
    }

    fn on_session_done<O: Observer>(
        &mut self,
        mode: Mode,
        first_block: u64,
        network: &mut Network,
        stage: &mut Stage<O>,
    ) {
        let job = self.id;
        let TapeJob { kind, blocks, read, .. } = *self.described;
        match (kind, mode) {
            (JobKind::Circle, Mode::Write) => {
                stage.record(&Record::Tape(TapeRecord::VolumeLost { job }));
                self.handle(InitiatorInput::Read { first_block, blocks }, network, stage);
                return;
            }
            (JobKind::Circle, Mode::Read) => self.compare(blocks, stage),
            (JobKind::Restore, Mode::Read) => self.compare(read, stage),
            (JobKind::Backup | JobKind::Restore, Mode::Write) | (JobKind::Backup, Mode::Read) => {}
        }
        self.is_finished = true;
        stage.record(&Record::Tape(TapeRecord::Finished { job }));
    }

    /// What was read back is compared with the volume, of which it should be the first `blocks`.
    fn compare<O: Observer>(&mut self, blocks: u64, stage: &mut Stage<O>) {
        let job = self.id;
        let right = |index: u64| Some(TapeBlock { job, index });
        let same = (0..blocks).zip(self.restored.drain(..)).filter(|&(index, block)| block == right(index));
        let differing = blocks - same.count() as u64;
        stage.record(&Record::Tape(TapeRecord::Compared { job, blocks, differing }));
    }
}
