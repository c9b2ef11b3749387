//! Fig. 2: one sequence counter 207 per remote copy pair 108.

use super::{PairPlace, StreamKey};

/// The pair is the stream.
pub fn stream_of(place: &PairPlace) -> StreamKey {
    StreamKey { local: place.local, remote: place.remote, group: Some(place.group), pair: Some(place.pair) }
}
