//! Fig. 21: requests carry the block id in place of a sequence number, so the counter starts where the blocks do.

/// The first number of a session that begins at `first_block`.
pub fn first_number(first_block: u64) -> u64 {
    first_block
}
