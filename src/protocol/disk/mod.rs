//! The disk embodiments (Fig. 2-15): a room per process.

pub mod message;
pub mod numbering;
pub mod width;
