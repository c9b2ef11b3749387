//! What a request is numbered by: only a key. Sequence number 1614 (Fig. 16) or block id (Fig. 21), or nothing.

pub mod block_id;
pub mod sequence_number;

use std::fmt;

/// What tells the MT system which block a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numbering {
    /// Sequence number 1614 from the initiator's counter 1623, for reads and writes alike (Fig. 16).
    SequenceNumber,
    /// The block id itself (Fig. 21).
    BlockId,
    /// Baseline: nothing. Blocks are written, and reads served, in the order of arrival. An identity of the request
    /// still tells copies apart, so that only the order differs.
    None,
}

impl Numbering {
    /// Every numbering, in the order in which tables show them.
    pub const ALL: [Self; 3] = [Self::SequenceNumber, Self::BlockId, Self::None];

    /// Its name in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SequenceNumber => "sequence-number",
            Self::BlockId => "block-id",
            Self::None => "none",
        }
    }

    /// The numbering of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|numbering| numbering.name() == name)
    }

    /// One sentence for a person who reads a list of numberings.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::SequenceNumber => "requests carry a sequence number (Fig. 16)",
            Self::BlockId => "requests carry the block id (Fig. 21)",
            Self::None => "baseline: requests are served in the order of arrival",
        }
    }
}

impl fmt::Display for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the numbers of one session stand to block ids: both sides fix it when the initiator takes the MT unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// The number of the first request of the session.
    pub first_number: u64,
    /// The block id that it is for: a position on the medium, from 0.
    pub first_block: u64,
}

impl Mapping {
    /// The first number of a session whose initiator's counter 1623 stands at `counter`.
    pub fn first_number(numbering: Numbering, counter: u64, first_block: u64) -> u64 {
        match numbering {
            Numbering::SequenceNumber | Numbering::None => sequence_number::first_number(counter),
            Numbering::BlockId => block_id::first_number(first_block),
        }
    }

    /// The block id that request `number` is for; `None` for a number from before the session.
    pub fn block_of(&self, number: u64) -> Option<u64> {
        Some(self.first_block + number.checked_sub(self.first_number)?)
    }

    /// The number whose request is for `block`.
    pub fn number_of(&self, block: u64) -> u64 {
        self.first_number + block.saturating_sub(self.first_block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract of DESIGN, section 3: these names stand in scenario files and results.
    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(Numbering::ALL.map(Numbering::name), ["sequence-number", "block-id", "none"]);
        for numbering in Numbering::ALL {
            assert_eq!(Numbering::from_name(numbering.name()), Some(numbering));
            assert_eq!(numbering.to_string(), numbering.name());
            assert_eq!(numbering.summary().starts_with("baseline: "), numbering == Numbering::None);
            assert_eq!(numbering.summary().starts_with("requests carry "), numbering != Numbering::None);
        }
        assert_eq!(Numbering::from_name("block"), None);
    }

    /// A session that begins at block 3 with the counter at 7: numbers go on from the counter, or are block ids.
    #[test]
    fn numbers_stand_for_blocks() {
        for (numbering, first) in
            [(Numbering::SequenceNumber, 7), (Numbering::None, 7), (Numbering::BlockId, 3)]
        {
            let first_number = Mapping::first_number(numbering, 7, 3);
            assert_eq!(first_number, first);
            let mapping = Mapping { first_number, first_block: 3 };
            assert_eq!((mapping.block_of(first + 2), mapping.number_of(5)), (Some(5), first + 2));
            assert_eq!(mapping.block_of(first - 1), None);
        }
    }
}
