//! The protocol of the patent, pure: inputs in, outputs out; no clock, no randomness, no engine.

pub mod rules;
pub mod scheme;

pub use rules::Rules;
pub use scheme::Scheme;
