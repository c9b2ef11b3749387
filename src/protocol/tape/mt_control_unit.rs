//! MT control unit 1610, as far as it is about one MT unit 1608: its MT queue 1626 and who may use it.
//!
//! It composes processes 1617 and 1618 with what they share. Moving the medium, and how long that takes, is the
//! hardware's: it is told by outputs and answers with inputs.

use std::collections::{BTreeMap, VecDeque};

use super::Context;
use super::message::{Mode, TapePacket};
use super::numbering::Mapping;
use super::queue::MtQueue;
use super::write_request_receive::Received;
use crate::collections::Window;
use crate::protocol::rules::{Initiators, Medium};
use crate::units::{JobId, TapeBlock};

/// What stays the same for a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MtSettings {
    /// Entries that have room in the MT queue, with what is retained.
    pub capacity: u64,
    /// Blocks that are read from the medium together.
    pub group: u64,
}

/// What the drive is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Drive {
    /// Nothing.
    #[default]
    Idle,
    /// Loading or locating.
    Positioning,
    /// Writing the entry at this place of the queue.
    Writing(u32),
    /// Reading a group.
    Reading,
}

/// Who has the unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Session {
    pub(super) job: JobId,
    pub(super) number: u64,
    closing: bool,
}

/// A read request that waits for its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PendingRead {
    pub(super) job: JobId,
    pub(super) epoch: u64,
    pub(super) number: u64,
}

/// The control unit's memory for one MT unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MtControlUnit {
    pub(super) settings: MtSettings,
    /// MT queue 1626.
    pub(super) queue: MtQueue,
    /// Next sequence number counter 1632.
    pub(super) next: u64,
    pub(super) mode: Option<Mode>,
    pub(super) sessions: Vec<Session>,
    /// Of each initiator, the last session that is over: late copies of its packets open nothing.
    closed: BTreeMap<JobId, u64>,
    pub(super) epoch: u64,
    pub(super) mapping: Mapping,
    pub(super) m: u64,
    pub(super) drive: Drive,
    /// Blocks on the medium: the block id that is written next.
    pub(super) on_medium: u64,
    /// Writing: the numbers that came.
    pub(super) received: Received,
    /// Writing: completions that wait for room in the queue, by block id (rule `window`).
    pub(super) withheld: BTreeMap<u64, (JobId, u64)>,
    /// Reading: requests that wait for their block, in the order of arrival.
    pub(super) pending: VecDeque<PendingRead>,
    /// Reading: what was sent and may have to be resent, by number (rule `retain`).
    pub(super) retained: Window<TapeBlock>,
    pub(super) retained_count: u64,
    /// Reading: the initiator's lowest unanswered number, as far as it is known.
    pub(super) lowest: u64,
    /// Reading: the first block that was not yet read from the medium.
    pub(super) read_up_to: u64,
}

/// What a control unit is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MtInput<'a> {
    /// A packet of an initiator arrived.
    Packet(JobId, TapePacket),
    /// The tape is in position.
    Positioned,
    /// The drive has written the block it was given.
    Written,
    /// The drive has read a group: fewer blocks than it was asked for end the data.
    GroupRead(&'a [TapeBlock]),
}

/// What a control unit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MtOutput {
    /// It sends a packet to an initiator.
    Send(JobId, TapePacket),
    /// The tape is to be at this block next.
    Position(u64),
    /// Write data stand in the MT queue (step 2000).
    Cached(TapeBlock),
    /// The MT queue has no room: not completed, to be resent.
    Refused(TapeBlock),
    /// The drive is to write this block next.
    Write(TapeBlock),
    /// The drive is to read this many blocks from here on.
    ReadGroup {
        /// The first block id.
        first: u64,
        /// How many.
        count: u64,
    },
    /// An entry has left the MT queue for the initiator (step 1907); its block id.
    Left(u64),
    /// A group that was read stands in the MT queue.
    Queued {
        /// The first block id.
        first: u64,
        /// How many.
        blocks: u64,
    },
}

impl MtControlUnit {
    /// A unit whose medium holds `on_medium` blocks.
    pub fn new(settings: MtSettings, on_medium: u64) -> Self {
        Self {
            settings,
            queue: MtQueue::default(),
            next: 0,
            mode: None,
            sessions: Vec::new(),
            closed: BTreeMap::new(),
            epoch: 0,
            mapping: Mapping::default(),
            m: 1,
            drive: Drive::Idle,
            on_medium,
            received: Received::default(),
            withheld: BTreeMap::new(),
            pending: VecDeque::new(),
            retained: Window::default(),
            retained_count: 0,
            lowest: 0,
            read_up_to: 0,
        }
    }

    /// It has received nothing yet, and the places of its MT queue are named by the blocks that stand there, as for
    /// `explore`.
    #[must_use]
    pub fn with_named_places(self) -> Self {
        Self { queue: MtQueue::named(), ..self }
    }

    /// The MT queue.
    pub fn queue(&self) -> &MtQueue {
        &self.queue
    }

    /// Next sequence number counter 1632, as steps 1903 and 2004 leave it.
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// Answers one input.
    pub fn handle(&mut self, context: &Context, input: MtInput, out: &mut Vec<MtOutput>) {
        match input {
            MtInput::Packet(job, packet) => self.handle_packet(context, job, packet, out),
            MtInput::Positioned => self.handle_positioned(context, out),
            MtInput::Written => self.handle_written(context, out),
            MtInput::GroupRead(blocks) => self.handle_group_read(context, blocks, out),
        }
    }

    fn handle_packet(&mut self, context: &Context, job: JobId, packet: TapePacket, out: &mut Vec<MtOutput>) {
        // Rule `initiators`: requests of another epoch are late copies.
        let is_current = |epoch| context.rules.initiators == Initiators::Independent || epoch == self.epoch;
        match packet {
            TapePacket::Open { session, mode, counter, first_block, window } => {
                self.handle_open(
                    context,
                    Session { job, number: session, closing: false },
                    mode,
                    out,
                    |unit| {
                        let first_block = if mode == Mode::Write { unit.on_medium } else { first_block };
                        let first_number = Mapping::first_number(context.numbering, counter, first_block);
                        unit.mapping = Mapping { first_number, first_block };
                        unit.m = window;
                    },
                );
            }
            TapePacket::Close { session } => self.handle_close(context, job, session, out),
            TapePacket::Write { epoch, number, data }
                if self.mode == Some(Mode::Write) && is_current(epoch) =>
            {
                self.handle_write(context, job, epoch, number, data, out);
                self.feed_drive(context, out);
            }
            TapePacket::Read { epoch, number, lowest }
                if self.mode == Some(Mode::Read) && is_current(epoch) =>
            {
                self.handle_read(context, PendingRead { job, epoch, number }, lowest, out);
                self.feed_drive(context, out);
            }
            _ => {}
        }
    }

    /// An initiator wants the unit. `begin` fixes the mapping of a first session.
    fn handle_open(
        &mut self,
        context: &Context,
        session: Session,
        mode: Mode,
        out: &mut Vec<MtOutput>,
        begin: impl FnOnce(&mut Self),
    ) {
        let (job, number) = (session.job, session.number);
        if self.closed.get(&job).is_some_and(|&closed| number <= closed) {
            return; // A late copy.
        }
        if self.sessions.iter().any(|open| open.job == job) {
            if self.drive != Drive::Positioning {
                self.send_opened(job, number, out); // The answer was lost.
            }
            return;
        }
        if self.sessions.is_empty() {
            if self.drive != Drive::Idle {
                return; // It asks again.
            }
            self.begin(mode, begin);
            self.sessions.push(session);
            self.drive = Drive::Positioning;
            out.push(MtOutput::Position(self.mapping.first_block));
        } else if context.rules.initiators == Initiators::Independent && self.mode == Some(mode) {
            self.sessions.push(session);
            if self.drive != Drive::Positioning {
                self.send_opened(job, number, out);
            }
        }
        // Rule `initiators`, repaired: one at a time. The other asks again until the unit is free.
    }

    fn begin(&mut self, mode: Mode, fix_mapping: impl FnOnce(&mut Self)) {
        fix_mapping(self);
        self.mode = Some(mode);
        self.epoch += 1;
        self.next = self.mapping.first_number;
        self.received = Received::new(self.mapping.first_number);
        self.withheld.clear();
        self.pending.clear();
        self.retained = Window::default();
        self.retained_count = 0;
        self.lowest = 0;
        self.read_up_to = self.mapping.first_block;
    }

    fn send_opened(&self, job: JobId, session: u64, out: &mut Vec<MtOutput>) {
        let (epoch, first_block) = (self.epoch, self.mapping.first_block);
        out.push(MtOutput::Send(job, TapePacket::Opened { session, epoch, first_block }));
    }

    fn handle_positioned(&mut self, context: &Context, out: &mut Vec<MtOutput>) {
        self.drive = Drive::Idle;
        for open in &self.sessions {
            self.send_opened(open.job, open.number, out);
        }
        self.feed_drive(context, out);
    }

    fn handle_close(&mut self, context: &Context, job: JobId, session: u64, out: &mut Vec<MtOutput>) {
        if self.closed.get(&job).is_some_and(|&closed| session <= closed) {
            out.push(MtOutput::Send(job, TapePacket::Closed { session })); // The answer was lost.
            return;
        }
        for open in &mut self.sessions {
            open.closing |= open.job == job && open.number == session;
        }
        self.close_if_done(context, out);
    }

    /// Sessions end when what they wrote is on the medium.
    fn close_if_done(&mut self, context: &Context, out: &mut Vec<MtOutput>) {
        let flushed = match self.mode {
            Some(Mode::Write) => self.queue.is_empty(),
            _ => true,
        };
        if !flushed || self.drive != Drive::Idle || !self.sessions.iter().any(|open| open.closing) {
            return;
        }
        for open in self.sessions.extract_if(.., |open| open.closing) {
            self.closed.insert(open.job, open.number);
            out.push(MtOutput::Send(open.job, TapePacket::Closed { session: open.number }));
        }
        if self.sessions.is_empty() {
            self.mode = None;
            while let Some(head) = self.queue.head() {
                if let Some(entry) = self.queue.remove(head) {
                    out.push(MtOutput::Left(entry.block_id)); // Read ahead, and not asked for.
                }
            }
            self.pending.clear();
        } else {
            self.feed_drive(context, out);
        }
    }

    /// Gives the drive something to do, if it has nothing.
    pub(super) fn feed_drive(&mut self, context: &Context, out: &mut Vec<MtOutput>) {
        if self.drive != Drive::Idle {
            return;
        }
        match self.mode {
            Some(Mode::Write) => {
                if let Some(place) = self.next_for_medium(context.rules.medium)
                    && let Some(entry) = self.queue.get(place)
                {
                    self.drive = Drive::Writing(place);
                    out.push(MtOutput::Write(entry.data));
                }
            }
            Some(Mode::Read) => self.read_ahead(out),
            None => {}
        }
    }

    /// Rule `medium`: the place of the entry that goes to the medium next.
    fn next_for_medium(&self, rule: Medium) -> Option<u32> {
        let head = self.queue.head()?;
        let goes = match rule {
            Medium::AsQueued => true,
            Medium::Contiguous => self.queue.get(head)?.block_id == self.on_medium,
        };
        goes.then_some(head)
    }

    fn handle_written(&mut self, context: &Context, out: &mut Vec<MtOutput>) {
        let Drive::Writing(place) = std::mem::take(&mut self.drive) else { return };
        self.queue.remove(place);
        self.on_medium += 1;
        self.complete_withheld(out);
        self.feed_drive(context, out);
        self.close_if_done(context, out);
    }

    fn handle_group_read(&mut self, context: &Context, blocks: &[TapeBlock], out: &mut Vec<MtOutput>) {
        self.drive = Drive::Idle;
        if self.sessions.iter().all(|open| open.closing) {
            self.close_if_done(context, out);
            return;
        }
        // Fig. 19: inserted into the queue according to block id information 1627.
        out.push(MtOutput::Queued { first: self.read_up_to, blocks: blocks.len() as u64 });
        for &data in blocks {
            self.queue.insert_by_block_id(self.read_up_to, data);
            self.read_up_to += 1;
        }
        self.serve_pending(context, out);
        self.feed_drive(context, out);
    }
}
