//! The disk embodiments (Fig. 2-15): a room per process, composed into local and remote disk systems.
//!
//! Everything is `handle(input) -> outputs` over plain structs. Time and clock readings enter with [`Context`];
//! what stays the same for a whole run stands in [`Settings`], outside the state.

pub mod l_write_data_destage;
pub mod l_write_data_receive;
pub mod l_write_data_send;
pub mod l_write_data_send_completion;
pub mod local;

pub mod message;
pub mod numbering;



pub mod settings;

pub mod width;

pub use local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};

pub use message::{Packet, WriteData};
pub use numbering::{Layout, PairPlace, StreamId};

pub use settings::{Context, DomainId, Settings};
