//! Scenario files: raw (serde) becomes validated; every error points into the file.

pub mod tape;
pub mod validated;

pub use validated::Scenario;
