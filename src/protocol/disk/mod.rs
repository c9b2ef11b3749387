//! The disk embodiments (Fig. 2-15): a room per process, composed into local and remote disk systems.
//!
//! Everything is `handle(input) -> outputs` over plain structs. Time and clock readings enter with [`Context`];
//! what stays the same for a whole run stands in [`Settings`], outside the state.

mod cut_coordinator;
pub mod l_write_data_destage;
pub mod l_write_data_receive;
pub mod l_write_data_send;
pub mod l_write_data_send_completion;
pub mod local;
mod local_crash;
mod local_sets;
pub mod local_site;
pub mod master_limit_time_schedule;
pub mod message;
pub mod numbering;
pub mod ordering;
pub mod outputs;
pub mod r_journal_read;
pub mod r_write_data_destage;
pub mod r_write_data_receive;
pub mod remote;
mod remote_crash;
pub mod remote_site;
pub mod requests;
pub mod resends;
pub mod settings;
pub mod slave_limit_time_schedule;
pub mod width;

pub use local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
pub use local_site::{LocalSite, LocalSiteInput, LocalSiteOutput, LocalTimer, TimerOf};
pub use master_limit_time_schedule::{Master, Report};
pub use message::{Packet, WriteData};
pub use numbering::{Layout, PairPlace, StreamId};
pub use outputs::Outputs;
pub use remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
pub use remote_site::{RemoteSite, RemoteSiteInput, RemoteSiteOutput};
pub use settings::{Context, DomainId, PairAddress, Settings};

#[cfg(test)]
mod tests;
