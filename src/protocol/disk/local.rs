//! Local disk system 104: control unit 200 and cache memory 202, composed of processes 210 to 213.
//!
//! What each process does stands in its own room; here are the memory they share and the inputs they answer.

use std::collections::{BTreeSet, VecDeque};

use super::l_write_data_destage::BlockOrder;
use super::l_write_data_send::SendStream;
use super::message::Packet;
use super::numbering::StreamId;
use super::ordering::cut::{Capture, CutCommand};
use super::ordering::epoch::EpochCounter;
use super::outputs::Outputs;
use super::resends::Resends;
use super::settings::{Context, Settings};
use crate::collections::Slab;
use crate::protocol::Scheme;
use crate::protocol::transport::SendingId;
use crate::units::{GroupId, LocalId, PairId, SimTime, WriteRef};

/// A host's request (Fig. 5, step 500).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteRequest {
    /// The write data.
    pub write: WriteRef,
    /// The local unit, from 0.
    pub unit: u32,
    /// Its pair, if it has one.
    pub pair: Option<PairId>,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// What the host's clock showed at issue (rule `stamp = "host"`).
    pub host_stamp: u64,
}

/// Where an entry of the cache stands. An explicit state: NULL cannot mean both "not numbered" and "done".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// Waits for process 211, or has no pair.
    Unsent,
    /// Numbered and sent (Fig. 6, steps 601, 602).
    Sent,
    /// Its completion arrived (Fig. 7, step 700): process 213 may destage it.
    Done,
    /// Given to the local unit.
    Destaging,
}

/// One write in cache memory 202 (Fig. 2: 113, 208, 209, 115, 114). It stands there for a round trip at least: each byte of
/// it counts on a long line. It fills a line of the processor's cache, so that one is met and not two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(align(64))]
pub struct CacheEntry {
    /// The write data.
    pub write: WriteRef,
    /// The local unit, from 0.
    pub unit: u32,
    /// [`Self::pair`], or [`NO_PAIR`].
    pub(super) pair: PairId,
    /// Position 209: the first block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// Time stamp 114.
    pub stamp: u64,
    /// Where it stands.
    pub state: EntryState,
    /// Its place in the order of this system.
    pub order: u64,
    /// Earlier writes that overlap it and have not been destaged.
    pub blockers: u32,
    /// The set that it belongs to, where writes form sets; else 0.
    pub set: u32,
    /// Where units are written through: how far it is on its way to its unit.
    pub at_unit: UnitState,
    /// Its completion was given, where that waits for the line ([`Completion::OnLine`](super::ordering::Completion)).
    pub is_completed: bool,
}

/// In place of an `Option`, which takes twice the room.
pub(super) const NO_PAIR: PairId = PairId(u32::MAX);

impl CacheEntry {
    /// Its pair, if it has one: the remote address 208.
    pub fn pair(&self) -> Option<PairId> {
        (self.pair != NO_PAIR).then_some(self.pair)
    }

    /// The first block after its last.
    pub fn end(&self) -> u64 {
        self.position + u64::from(self.size).div_ceil(512)
    }
}

/// How far a write is on its way to its local unit, where that does not wait for the remote site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnitState {
    /// It waits, for an earlier write to its blocks.
    #[default]
    Waits,
    /// The unit has it.
    Writing,
    /// It stands there.
    Written,
}

/// What a local disk system is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalInput {
    /// Step 500.
    WriteRequest(WriteRequest),
    /// The instant for which [`LocalOutput::ArmFix`] asked.
    FixDue,
    /// The instant for which [`LocalOutput::ArmSend`] asked, or one that has been overtaken by an earlier one.
    SendDue,
    /// The instant for which [`LocalOutput::ArmMarker`] asked.
    MarkerDue(StreamId),
    /// Step 700.
    Completion {
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The sending that it answers.
        answers: SendingId,
    },
    /// The network acknowledgement of a write: its completion follows when it is destaged.
    Received {
        /// The stream.
        stream: StreamId,
        /// The number, as wide as it travels.
        number: u64,
        /// The sending that it answers.
        answers: SendingId,
    },
    /// The remote site asks for what waits in a stream (pulled streams).
    Asked {
        /// The stream.
        stream: StreamId,
        /// The request.
        request: u64,
    },
    /// The packets of a write, and those that repair them, have left the line (`network-sync`).
    Left {
        /// The stream.
        stream: StreamId,
        /// The number that the write was sent under, as wide as it travels.
        number: u64,
        /// The write.
        write: WriteRef,
    },
    /// The instant for which [`LocalOutput::ArmResend`] asked.
    ResendDue,
    /// The local unit has written the entry at this place of the cache.
    Landed(u32),
    /// What the coordinator of a group's cuts wants.
    Cut(GroupId, CutCommand),
    /// The control unit is to crash between steps 601 and 602 of the next write that it numbers.
    CrashBeforeSend,
    /// The control unit crashes: what rule `non-volatile` lets go is lost.
    Crash,
    /// It goes on with what survived.
    Restart,
}

/// What a local disk system does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalOutput {
    /// Step 501: the write stands in the cache; this instant is its place in local order.
    Accepted(WriteRef),
    /// Step 504: the host gets the completion, not before this many nanoseconds have passed.
    Complete(WriteRef, u64),
    /// The completion was still held (rule `clock`) when a crash came: it will not leave.
    CompletionLost(WriteRef),
    /// The cache has no room: the write waits, and so does its host. Said once of a write, and not of one that waits
    /// for its nanosecond only.
    CacheFull(WriteRef),
    /// Step 602: a packet for the path of its stream.
    Send {
        /// The packet.
        packet: Packet,
        /// It was sent before.
        again: bool,
        /// What the transport calls this sending; the completion that answers it says so.
        sending: SendingId,
    },
    /// A later write, which waits in the cache, takes the place of an earlier one that was not sent.
    Folded {
        /// The write that will not be sent.
        write: WriteRef,
        /// The later one.
        into: WriteRef,
    },
    /// Process 213 gives an entry to its local unit.
    Destage {
        /// The place in the cache.
        entry: u32,
        /// The local unit, from 0.
        unit: u32,
        /// The write.
        write: WriteRef,
    },
    /// [`LocalInput::FixDue`] is wanted then.
    ArmFix(SimTime),
    /// [`LocalInput::SendDue`] is wanted then.
    ArmSend(SimTime),
    /// [`LocalInput::MarkerDue`] is wanted then.
    ArmMarker(StreamId, SimTime),
    /// [`LocalInput::ResendDue`] is wanted then.
    ArmResend(SimTime),
    /// Everything of a group's sets up to this one has been copied.
    SetCopied(GroupId, u32),
    /// A crash wiped the write from the cache.
    CacheLost(WriteRef),
    /// The control unit fails now, between steps 601 and 602; [`LocalInput::Crash`] must follow.
    Fails,
}

/// A local disk system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalDiskSystem {
    pub(super) id: LocalId,
    /// Cache memory 202.
    pub(super) cache: Slab<CacheEntry>,
    /// Bytes free in it.
    pub(super) free: u64,
    /// The last time stamp given.
    pub(super) last_stamp: Option<u64>,
    /// When the last write or marker was accepted.
    pub(super) last_fix: Option<SimTime>,
    pub(super) fixed: u64,
    /// Requests that wait for room or for the next nanosecond.
    pub(super) waiting: VecDeque<WriteRequest>,
    /// Of these, this many at the front have been told to wait for room in the cache.
    pub(super) told_full: usize,
    pub(super) fix_armed: bool,
    /// [`LocalInput::SendDue`] will come at this instant.
    pub(super) send_armed: Option<SimTime>,
    /// Completions that are held until every clock has passed the stamp (rule `clock`), by when they leave.
    pub(super) held: BTreeSet<(SimTime, WriteRef)>,
    /// One send process 211 per stream.
    pub(super) streams: Vec<SendStream>,
    /// The senders of its paths, and what they want sent again.
    pub(super) resends: Resends,
    /// Who waits for whom at its units.
    pub(super) block_order: BlockOrder,
    /// [`LocalInput::CrashBeforeSend`] was asked for.
    pub(super) crash_before_send: bool,
    /// By group, where writes form epochs.
    pub(super) epochs: Vec<EpochCounter>,
    /// By group, where sets are cut.
    pub(super) captures: Vec<Capture>,
}

impl LocalDiskSystem {
    /// System `id` with `cache` bytes (`None`: unlimited).
    pub fn new(settings: &Settings, id: LocalId, cache: Option<u64>) -> Self {
        let streams = settings.layout.of_local(id).map(|(stream, _)| SendStream::new(stream)).collect();
        Self {
            id,
            cache: Slab::new(settings.named_places),
            free: cache.unwrap_or(u64::MAX),
            last_stamp: None,
            last_fix: None,
            fixed: 0,
            waiting: VecDeque::new(),
            told_full: 0,
            fix_armed: false,
            send_armed: None,
            held: BTreeSet::new(),
            streams,
            resends: Resends::new(settings, id),
            block_order: BlockOrder::default(),
            crash_before_send: false,
            epochs: match settings.scheme {
                Scheme::Epoch => vec![EpochCounter::default(); settings.groups],
                _ => Vec::new(),
            },
            captures: match settings.scheme {
                Scheme::Cut => vec![Capture::default(); settings.groups],
                _ => Vec::new(),
            },
        }
    }

    /// Answers one input.
    #[inline(always)]
    pub fn handle(&mut self, context: &Context, input: LocalInput, out: &mut impl Outputs<LocalOutput>) {
        match input {
            LocalInput::WriteRequest(request) => self.handle_write_request(context, request, out),
            LocalInput::FixDue => {
                self.fix_armed = false;
                self.admit_waiting(context, out);
            }
            LocalInput::SendDue => self.handle_send_due(context, out),
            LocalInput::MarkerDue(stream) => self.handle_marker_due(context, stream, out),
            LocalInput::Completion { stream, number, answers } => {
                self.handle_completion(context, stream, number, answers, out);
            }
            LocalInput::Received { stream, number, answers } => {
                self.handle_received(context, stream, number, answers, out);
            }
            LocalInput::Asked { stream, request } => self.handle_asked(context, stream, request, out),
            LocalInput::Left { stream, number, write } => {
                self.handle_left(context, stream, number, write, out);
            }
            LocalInput::ResendDue => self.handle_resend_due(context, out),
            LocalInput::Landed(entry) => self.handle_landed(context, entry, out),
            LocalInput::Cut(group, command) => self.handle_cut(context, group, command, out),
            LocalInput::CrashBeforeSend => self.crash_before_send = true,
            LocalInput::Crash => self.handle_crash(context, out),
            LocalInput::Restart => self.handle_restart(context, out),
        }
    }

    /// The entry at a place of the cache.
    pub fn entry(&self, place: u32) -> Option<&CacheEntry> {
        self.cache.get(place)
    }

    /// Does nothing wait to be sent in the stream at this place?
    pub fn is_idle(&self, at: usize) -> bool {
        self.streams[at].unsent.is_empty()
    }

    /// The stream's send process.
    pub(super) fn stream_mut(&mut self, settings: &Settings, stream: StreamId) -> &mut SendStream {
        &mut self.streams[settings.layout.streams[stream.index()].at_local as usize]
    }
}
