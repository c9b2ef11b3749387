//! `network-sync`, an acknowledgement rule over any stream scheme: the host has its completion when the packets of its
//! write, and those that repair them, have left the line at the local site (Weatherspoon et al., "Smoke and Mirrors",
//! FAST 2009).
//!
//! Between `local` (at once) and `synchronous` (after a round trip): what is on the line outlives the local site, so that a
//! completed write is lost only if the site is lost *and* the line loses more of its group than can be rebuilt. Where a host
//! waits for the remote site (`synchronous`) or for a unit (`epoch`) something else says when it goes on; `cut` and
//! `adaptive-copy` send when nobody waits. Here only
//! what the rule is; the groups are made, and rebuilt, by the gateways at the ends of a path (`world`).

use crate::units::SimDuration;

/// How the packets of a path are protected on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NetworkSync {
    /// Packets of a group that carry data (r).
    pub data: u32,
    /// Packets that repair a group (c): any r of r + c rebuild it.
    pub repair: u32,
    /// A group that is not full so long after its first packet is closed as it is. The paper names none: ours.
    pub flush: SimDuration,
    /// Packets of a path join so many open groups in turn, so that one burst of losses takes as few as it can of each. One is
    /// none. (The paper's code is layered: each repair packet has an interleave of its own.)
    pub interleave: u32,
}

impl NetworkSync {
    /// The most packets of a group: a Reed-Solomon code over bytes has no more symbols.
    pub const MOST: u32 = 255;
    /// The most groups of a path that are open at a time.
    pub const MOST_INTERLEAVED: u32 = 1_000;
}

impl Default for NetworkSync {
    fn default() -> Self {
        Self { data: 8, repair: 3, flush: SimDuration::from_ms(1), interleave: 1 }
    }
}
