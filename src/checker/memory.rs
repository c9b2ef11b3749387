//! When two checkers are equal: a visited state holds its verdict.
//!
//! Queues hold writes of the table of writes in flight, and what is forgotten sooner or later is no memory; times and
//! words of a violation are not compared, only what is broken.

use std::hash::{Hash, Hasher};

use super::Checker;
use super::landing::PairLandings;
use super::ledger::{CausalLedger, PrefixLedger};
use super::local_image::LocalImage;

impl PartialEq for Checker {
    fn eq(&self, other: &Self) -> bool {
        let rooms = |checker: &Self| {
            (
                checker.prefix.iter().map(PrefixLedger::memory).collect::<Vec<_>>(),
                checker.causal.iter().map(CausalLedger::memory).collect::<Vec<_>>(),
            )
        };
        let lands = self.pair_landings.iter().map(PairLandings::memory);
        let images = self.local_images.iter().map(LocalImage::memory);
        rooms(self) == rooms(other)
            && lands.eq(other.pair_landings.iter().map(PairLandings::memory))
            && images.eq(other.local_images.iter().map(LocalImage::memory))
            && (&self.group_landings, &self.coverage, self.counts)
                == (&other.group_landings, &other.coverage, other.counts)
            && (self.verdict.checks, &self.verdict.groups, self.broken())
                == (other.verdict.checks, &other.verdict.groups, other.broken())
    }
}

impl Eq for Checker {}

impl Hash for Checker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.prefix.iter().for_each(|room| room.memory().hash(state));
        self.causal.iter().for_each(|room| room.memory().hash(state));
        self.pair_landings.iter().for_each(|room| room.memory().hash(state));
        self.local_images.iter().for_each(|room| room.memory().hash(state));
        (&self.group_landings, &self.coverage, self.counts).hash(state);
        (self.verdict.checks, &self.verdict.groups, self.broken()).hash(state);
    }
}
