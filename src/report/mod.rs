//! .
pub mod plot;
