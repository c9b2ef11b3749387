//! The machinery of any simulation: random streams, agenda, the loop. Generic; knows no storage.

pub mod random;
