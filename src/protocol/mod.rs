//! The protocol of the patent, pure: inputs in, outputs out; no clock, no randomness, no engine.

pub mod disk;
pub mod preset;
pub mod promise;
pub mod rules;
pub mod scheme;
pub mod tape;
pub mod transport;

pub use preset::Preset;
pub use rules::Rules;
pub use scheme::Scheme;
