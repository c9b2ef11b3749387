//! Numberings: which writes share one sequence counter.
//!
//! An embodiment is only a key: [`stream_of`] says which stream a pair's writes belong to. The send and receive
//! rooms are written once, for streams.

pub mod group;
pub mod pair;
pub mod remote_system;

use std::collections::BTreeMap;

use crate::protocol::Scheme;
use crate::units::{GroupId, LocalId, PairId, RemoteId};

/// What a numbering needs to know of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairPlace {
    /// The pair.
    pub pair: PairId,
    /// Its local system.
    pub local: LocalId,
    /// Its remote system.
    pub remote: RemoteId,
    /// Its group.
    pub group: GroupId,
}

/// What names a stream: writes with equal keys share one sequence counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The local system that counts.
    pub local: LocalId,
    /// The remote system that expects.
    pub remote: RemoteId,
    /// The group, where each is counted by itself.
    pub group: Option<GroupId>,
    /// The pair, where each is counted by itself.
    pub pair: Option<PairId>,
}

/// The stream that the writes of a pair belong to. Baselines have no sequence numbers, but each identifies its
/// packets, to resend them and to drop duplicates, by a number of the same shape.
pub fn stream_of(scheme: Scheme, place: &PairPlace) -> StreamKey {
    match scheme {
        Scheme::Pair | Scheme::TimestampOnly => pair::stream_of(place),
        Scheme::Group | Scheme::Epoch | Scheme::Cut => group::stream_of(place),
        Scheme::RemoteSystem
        | Scheme::None
        | Scheme::Synchronous
        | Scheme::InOrderTransport
        | Scheme::AdaptiveCopy => remote_system::stream_of(place),
    }
}

/// A stream of the run, by its place in [`Layout::streams`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

impl StreamId {
    /// The index into a table of streams.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A stream and what shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub key: StreamKey,
    /// Its place among the streams of its local system.
    pub at_local: u32,
    /// Its place among the streams of its remote system.
    pub at_remote: u32,
    /// Groups whose writes it carries, sorted.
    pub groups: Vec<GroupId>,
    /// Pairs whose writes it carries.
    pub pairs: Vec<PairId>,
}

/// Every stream of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The streams, sorted by key.
    pub streams: Vec<Stream>,
    /// By pair.
    pub stream_of_pair: Vec<StreamId>,
}

impl Layout {
    /// The streams of `scheme` over `pairs` (indexed by [`PairId`]).
    pub fn new(scheme: Scheme, pairs: &[PairPlace]) -> Self {
        let mut by_key: BTreeMap<StreamKey, Vec<&PairPlace>> = BTreeMap::new();
        for place in pairs {
            by_key.entry(stream_of(scheme, place)).or_default().push(place);
        }
        let mut stream_of_pair = vec![StreamId::default(); pairs.len()];
        let (mut locals, mut remotes) = (BTreeMap::<LocalId, u32>::new(), BTreeMap::<RemoteId, u32>::new());
        let next = |place: &mut u32| std::mem::replace(place, *place + 1);
        let mut streams = Vec::with_capacity(by_key.len());
        for (id, (key, places)) in by_key.into_iter().enumerate() {
            let mut groups: Vec<_> = places.iter().map(|place| place.group).collect();
            groups.sort_unstable();
            groups.dedup();
            for place in &places {
                stream_of_pair[place.pair.index()] = StreamId(id as u32);
            }
            streams.push(Stream {
                key,
                at_local: next(locals.entry(key.local).or_default()),
                at_remote: next(remotes.entry(key.remote).or_default()),
                groups,
                pairs: places.iter().map(|place| place.pair).collect(),
            });
        }
        Self { streams, stream_of_pair }
    }

    /// The streams of one local system, in the order of their places there.
    pub fn of_local(&self, local: LocalId) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.with_ids().filter(move |(_, stream)| stream.key.local == local)
    }

    /// The streams of one remote system, in the order of their places there.
    pub fn of_remote(&self, remote: RemoteId) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.with_ids().filter(move |(_, stream)| stream.key.remote == remote)
    }

    fn with_ids(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.streams.iter().enumerate().map(|(id, stream)| (StreamId(id as u32), stream))
    }
}
