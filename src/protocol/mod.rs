//! The protocol of the patent, pure: inputs in, outputs out; no clock, no randomness, no engine.

pub mod disk;
pub mod rules;
pub mod scheme;
pub mod slab;
pub mod tape;
pub mod tournament;
pub mod window;

pub use rules::Rules;
pub use scheme::Scheme;
