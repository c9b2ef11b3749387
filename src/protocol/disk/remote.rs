//! Remote disk system 105: control unit 201 and cache memory 203, composed of processes 214, 116 and 215.
//!
//! What each process does stands in its own room; here are the memory they share and the inputs they answer.

use super::message::{Packet, WriteData};
use super::numbering::StreamId;
use super::outputs::Outputs;
use super::r_journal_read::Readers;
use super::r_write_data_destage::Candidates;
use super::r_write_data_receive::ReceiveStream;
use super::settings::{Context, DomainId, Settings};
use super::slave_limit_time_schedule::Slave;
use crate::collections::Slab;
use crate::protocol::Scheme;
use crate::trace::Key;
use crate::units::{GroupId, PairId, RemoteId, SimTime, WriteRef};

/// One received write in cache memory 203. Where a limit has to come first it stands there for long: each byte counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheEntry {
    /// As it came; `number` is the full sequence number.
    pub data: WriteData,
    /// Its group.
    pub group: GroupId,
    /// Its arrival, counted, where that is the order; else 0.
    pub(super) arrival: u64,
    /// It stands in its stream's own place (rule `admission`).
    pub(super) in_place: bool,
}

/// What a remote disk system is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteInput<'a> {
    /// A packet arrived (Fig. 8, step 800).
    Packet(Packet),
    /// The run begins, or it works again: streams that are pulled are asked for.
    Ask,
    /// The instant for which [`RemoteOutput::ArmAsk`] asked.
    AskDue,
    /// Slave limit time schedule process 116 is activated (Fig. 9).
    Activate,
    /// The master's limits arrived (Fig. 9, step 903); `None` says nothing of a domain but ends the wait for it.
    Limits(&'a [(DomainId, Option<Key>)]),
    /// The remote unit has written the entry at this place of the cache (Fig. 11, step 1103).
    Landed(u32),
    /// The slave process stops: it reports nothing and stores no limit.
    StopSlave,
    /// The slave process goes on.
    ResumeSlave,
    /// The control unit crashes: what rule `non-volatile` lets go is lost.
    Crash,
    /// It goes on with what survived.
    Restart,
    /// The local site is lost: destage what is up to these limits, by domain, and discard the rest.
    Recover(&'a [Option<Key>]),
}

/// What a remote disk system does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemoteOutput {
    /// Step 800: the write stands in the cache.
    Cached(WriteRef, Key),
    /// The latest stamp of a pair rose (`timestamp-only`).
    StampReceived(PairId, Key),
    /// Step 801: a completion for the path of its stream; the write that it is for, if it is not a marker.
    Complete {
        /// The packet.
        packet: Packet,
        /// What arrived.
        write: Option<WriteRef>,
    },
    /// A request for what waits in a stream (pulled streams).
    Ask(Packet),
    /// [`RemoteInput::AskDue`] is wanted then.
    ArmAsk(SimTime),
    /// Step 902: a line of the report to the master, all lines of one activation in a row.
    Report(DomainId, Option<Key>),
    /// Step 904: a limit stands in memory.
    LimitStored(DomainId, Option<Key>),
    /// Step 1103: an entry for its remote unit.
    Destage {
        /// The place in the cache.
        entry: u32,
        /// The write.
        write: WriteRef,
        /// The remote unit, from 0.
        unit: u32,
        /// First block (512 bytes each).
        position: u64,
    },
    /// With `destage = "serial"`: a group may have something to destage; the site decides.
    MayDestage(GroupId),
    /// With `destage = "serial"`: recovery discarded what was on its way to a unit for this group.
    Cancelled(GroupId),
    /// A crash wiped the write from the cache.
    CacheLost(WriteRef),
    /// The cache has no room: the write is not completed, and is resent; `in-order-transport` holds it back and says so
    /// once.
    Refused(WriteRef),
    /// Recovery found the write above the limit: it left the cache and will not be destaged.
    Discarded(WriteRef),
}

/// A remote disk system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteDiskSystem {
    pub(super) id: RemoteId,
    /// Cache memory 203.
    pub(super) cache: Slab<CacheEntry>,
    /// Bytes free in it, beyond the places that streams keep.
    pub(super) free: u64,
    /// One receive process 214 per stream.
    pub(super) streams: Vec<ReceiveStream>,
    pub(super) candidates: Candidates,
    pub(super) slave: Slave,
    pub(super) arrivals: u64,
    /// Where streams are pulled.
    pub(super) readers: Readers,
}

impl RemoteDiskSystem {
    /// System `id` with `units` disk units and `cache` bytes (`None`: unlimited).
    pub fn new(settings: &Settings, id: RemoteId, units: u32, cache: Option<u64>) -> Self {
        let ids: &[StreamId] = &settings.received[id.index()];
        let places: u64 = ids.iter().map(|&stream| settings.places(stream)).sum();
        let places = if settings.reserves() { places.saturating_mul(settings.largest_write) } else { 0 };
        Self {
            id,
            cache: Slab::new(settings.named_places),
            // A set is applied whole, however large it is: what the cache does not hold is paged to disk (SRDF/A: delta set
            // extension).
            free: cache
                .filter(|_| settings.scheme != Scheme::Cut)
                .map_or(u64::MAX / 2, |bytes| bytes.saturating_sub(places)),
            streams: ids.iter().map(|&stream| ReceiveStream::new(settings, stream)).collect(),
            candidates: Candidates::new(settings, units),
            slave: Slave::new(settings, id),
            arrivals: 0,
            readers: Readers::new(ids.len()),
        }
    }

    /// Answers one input.
    #[inline(always)]
    pub fn handle(&mut self, context: &Context, input: RemoteInput, out: &mut impl Outputs<RemoteOutput>) {
        match input {
            RemoteInput::Packet(Packet::WriteData(data)) => self.handle_write_data(context, data, out),
            RemoteInput::Packet(Packet::Marker { stream, number, stamp }) => {
                self.handle_marker(context, stream, number, stamp, out);
            }
            RemoteInput::Packet(Packet::Clock { stream, stamp }) => {
                self.handle_clock(context, stream, stamp, out);
            }
            RemoteInput::Packet(Packet::Barrier(barrier)) => self.handle_barrier(context, barrier, out),
            RemoteInput::Packet(Packet::Answer { stream, request, is_empty }) => {
                self.handle_answer(context, stream, (request, is_empty), out);
            }
            RemoteInput::Packet(
                Packet::Completion { .. } | Packet::Received { .. } | Packet::Request { .. },
            ) => {}
            RemoteInput::Ask => self.ask(context, out),
            RemoteInput::AskDue => self.handle_ask_due(context, out),
            RemoteInput::Activate => self.handle_activate(context, out),
            RemoteInput::Limits(limits) => self.handle_limits(context, limits, out),
            RemoteInput::Landed(entry) => self.handle_landed(context, entry, out),
            RemoteInput::StopSlave => self.slave.stop(),
            RemoteInput::ResumeSlave => self.handle_resume_slave(context, out),
            RemoteInput::Crash => self.handle_crash(context, out),
            RemoteInput::Restart => self.handle_restart(context, out),
            RemoteInput::Recover(limits) => self.handle_recover(context, limits, out),
        }
    }

    /// The entry at a place of the cache.
    pub fn entry(&self, place: u32) -> Option<&CacheEntry> {
        self.cache.get(place)
    }

    /// The limits stored, by domain.
    pub fn limits(&self) -> &[Option<Key>] {
        &self.slave.limits
    }

    /// The latest stamp received of each stream and its id, as recovery under `timestamp-only` goes by.
    pub fn latest_stamps(&self) -> impl Iterator<Item = (StreamId, Option<Key>)> {
        self.streams.iter().map(|stream| (stream.id, stream.end))
    }
}
