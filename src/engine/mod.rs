//! The engine: what happens next, and named random streams. Generic; knows no storage.

pub mod agenda;
pub mod dice;
pub mod radix_heap;
pub mod random;

pub use agenda::{Agenda, Ties};
