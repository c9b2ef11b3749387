//! Fig. 16: requests are numbered by the initiator's sequence counter 1623, which runs on from session to session.

/// The first number of a session.
pub fn first_number(counter: u64) -> u64 {
    counter
}
