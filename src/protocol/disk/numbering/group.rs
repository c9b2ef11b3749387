//! Fig. 4: one sequence counter 402 per data integrity pair group 109 and remote disk system 105 (structure 400).

use super::{PairPlace, StreamKey};

/// The pairs of one group between two systems share a stream.
pub fn stream_of(place: &PairPlace) -> StreamKey {
    StreamKey { local: place.local, remote: place.remote, group: Some(place.group), pair: None }
}
