//! Fig. 3: one sequence counter 300 per remote disk system 105 that shares a pair with the local disk system 104.

use super::{PairPlace, StreamKey};

/// All pairs between two systems share a stream, whatever their groups.
pub fn stream_of(place: &PairPlace) -> StreamKey {
    StreamKey { local: place.local, remote: place.remote, group: None, pair: None }
}
