//! Tape jobs: their initiators, which are those of a run, and their volumes.

use super::{Answer, Message, TapeScope};
use crate::protocol::tape::{Context, Initiator, InitiatorInput, InitiatorOutput, Mode, TapePacket};
use crate::protocol::transport::Transport;
use crate::scenario::tape::{JobKind, TapeJob};
use crate::trace::TapeRecord;
use crate::units::{JobId, SimTime, TapeBlock};

/// After every timer that a machine has armed.
const LATE: SimTime = SimTime::from_ns(u64::MAX / 4);

/// A job, and a packet for its initiator, or that it begins.
pub(super) type JobInput = (JobId, Option<TapePacket>);

/// A job at work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Job {
    initiator: Initiator,
    /// Blocks of the volume that were brought to memory.
    fed: u64,
    /// Blocks whose writes are completed.
    completed: u64,
    /// The volume as it is read back.
    restored: Vec<Option<TapeBlock>>,
    /// Blocks that are to be completed and to be given to the reader.
    to_do: usize,
    is_finished: bool,
}

impl Job {
    pub const fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// What is left to do: blocks to be completed or read back, and the end.
    pub fn undone(&self) -> usize {
        if self.is_finished {
            return 0;
        }
        self.to_do.saturating_sub(self.completed as usize + self.restored.len()) + 1
    }
}

/// Blocks of a job's volume, and those that it reads, in the scope.
fn blocks_of(scope: &TapeScope, job: &TapeJob) -> (u64, u64) {
    (job.blocks.min(scope.most_blocks), job.read.min(scope.most_blocks))
}

/// The volumes that stand on their tapes from the start.
pub(super) fn preloaded(scope: &TapeScope) -> Vec<TapeRecord> {
    let jobs = scope.scenario.tape.jobs.iter().enumerate();
    let restored = jobs.filter(|(_, job)| job.kind == JobKind::Restore);
    let record = |(id, job): (usize, &TapeJob)| TapeRecord::Preloaded {
        unit: job.unit,
        job: JobId::from(id),
        blocks: blocks_of(scope, job).0,
    };
    restored.map(record).collect()
}

/// Jobs that have not begun.
pub(super) fn start(scope: &TapeScope) -> Vec<Job> {
    let tape = &scope.scenario.tape;
    let start = |(id, job): (usize, &TapeJob)| {
        let block = tape.systems[job.system].drive.block;
        let (blocks, read) = blocks_of(scope, job);
        let to_do = match job.kind {
            JobKind::Backup => blocks,
            JobKind::Restore => read,
            JobKind::Circle => 2 * blocks,
        };
        Job {
            initiator: Initiator::new(JobId::from(id), job.m, block, &Transport::UNTIMED, job.crash_after),
            fed: 0,
            completed: 0,
            restored: Vec::new(),
            to_do: to_do as usize,
            is_finished: false,
        }
    };
    tape.jobs.iter().enumerate().map(start).collect()
}

fn context<'a>(scope: &'a TapeScope, job: &TapeJob, now: SimTime) -> Context<'a> {
    Context { rules: &scope.rules, numbering: scope.scenario.tape.systems[job.system].numbering, now }
}

/// The jobs after an input to one of them.
pub(super) fn after(scope: &TapeScope, jobs: &[Job], (id, packet): JobInput) -> (Vec<Job>, Answer) {
    let mut jobs = jobs.to_vec();
    let mut answer = Answer::default();
    let described = &scope.scenario.tape.jobs[id.index()];
    let mut at_work = AtWork { scope, described, id, job: &mut jobs[id.index()], answer: &mut answer };
    match packet {
        Some(packet) => at_work.handle(InitiatorInput::Packet(packet)),
        None => at_work.begin(),
    }
    (jobs, answer)
}

/// What the initiators send again is asked of copies of them, whose timers run out: which of it is sent is for the
/// network to say, and they themselves go on as if nothing were.
pub(super) fn resends(scope: &TapeScope, jobs: &[Job]) -> Vec<Message> {
    let mut again = Vec::new();
    for ((id, job), described) in jobs.iter().enumerate().zip(&scope.scenario.tape.jobs) {
        let mut said = Vec::new();
        let mut copy = job.initiator.clone();
        copy.handle(&context(scope, described, LATE), InitiatorInput::ResendDue, &mut said);
        again.extend(said.into_iter().filter_map(|output| match output {
            InitiatorOutput::Send { packet, again: true } => Some(Message::ToUnit(JobId::from(id), packet)),
            _ => None,
        }));
    }
    again
}

/// A job that answers an input.
struct AtWork<'s, 'a> {
    scope: &'s TapeScope<'a>,
    described: &'s TapeJob,
    id: JobId,
    job: &'s mut Job,
    answer: &'s mut Answer,
}

impl AtWork<'_, '_> {
    fn begin(&mut self) {
        let (blocks, read) = blocks_of(self.scope, self.described);
        match self.described.kind {
            JobKind::Backup | JobKind::Circle => {
                self.handle(InitiatorInput::Write { blocks });
                self.feed();
            }
            JobKind::Restore => {
                let earlier = self.scope.scenario.tape.jobs[..self.id.index()].iter();
                let on_tape = earlier
                    .filter(|other| other.unit == self.described.unit && other.kind == JobKind::Restore);
                let first_block = on_tape.map(|other| blocks_of(self.scope, other).0).sum();
                self.handle(InitiatorInput::Read { first_block, blocks: read });
            }
        }
    }

    /// Blocks come from the volume while the initiator's memory has room.
    fn feed(&mut self) {
        let room = self.described.memory.saturating_sub(self.job.fed - self.job.completed.min(self.job.fed));
        let coming = (blocks_of(self.scope, self.described).0 - self.job.fed).min(room);
        if coming > 0 {
            self.job.fed += coming;
            self.handle(InitiatorInput::Available(self.job.fed));
        }
    }

    fn fact(&mut self, fact: TapeRecord) {
        self.answer.facts.push(fact);
    }

    /// Gives an input to the initiator and does what it says.
    fn handle(&mut self, input: InitiatorInput) {
        let mut said = Vec::new();
        let context = context(self.scope, self.described, SimTime::ZERO);
        self.job.initiator.handle(&context, input, &mut said);
        let (job, unit, before) = (self.id, self.described.unit, self.job.completed);
        let mut done = None;
        for output in said {
            match output {
                InitiatorOutput::Send { packet, .. } => self.answer.sent.push(Message::ToUnit(job, packet)),
                InitiatorOutput::Issued(block) => self.fact(TapeRecord::Issued { unit, block }),
                InitiatorOutput::Completed(block) => {
                    self.job.completed += 1;
                    self.fact(TapeRecord::Completed { block });
                }
                InitiatorOutput::Asked { block_id: position } => {
                    self.fact(TapeRecord::Asked { job, unit, position });
                }
                InitiatorOutput::Stored(block) => self.fact(TapeRecord::Stored { job, block }),
                InitiatorOutput::Deliver(block) => {
                    self.job.restored.push(block);
                    self.fact(TapeRecord::Delivered { job, block });
                }
                InitiatorOutput::Done { mode, first_block } => done = Some((mode, first_block)),
                // It runs out whenever the rules allow.
                InitiatorOutput::ArmResend(_) => {}
            }
        }
        if self.job.completed > before {
            self.feed();
        }
        if let Some((mode, first_block)) = done {
            self.on_session_done(mode, first_block);
        }
    }

    fn on_session_done(&mut self, mode: Mode, first_block: u64) {
        let job = self.id;
        let (blocks, read) = blocks_of(self.scope, self.described);
        match (self.described.kind, mode) {
            (JobKind::Circle, Mode::Write) => {
                self.fact(TapeRecord::VolumeLost { job });
                self.handle(InitiatorInput::Read { first_block, blocks });
                return;
            }
            (JobKind::Circle, Mode::Read) => self.compare(blocks),
            (JobKind::Restore, Mode::Read) => self.compare(read),
            (JobKind::Backup | JobKind::Restore, Mode::Write) | (JobKind::Backup, Mode::Read) => {}
        }
        self.job.is_finished = true;
        self.fact(TapeRecord::Finished { job });
    }

    /// What was read back is compared with the volume.
    fn compare(&mut self, blocks: u64) {
        let job = self.id;
        let right = |index: u64| Some(TapeBlock { job, index });
        let read = (0..blocks).zip(&self.job.restored);
        let differing = blocks - read.filter(|&(index, block)| *block == right(index)).count() as u64;
        self.fact(TapeRecord::Compared { job, blocks, differing });
    }
}
