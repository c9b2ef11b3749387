//! The tape part of the patent, process by process: numbers are those of the text, counted from 0.

mod initiator;
mod mt_control_unit;

use super::*;
use crate::units::{JobId, TapeBlock};

const JOB: JobId = JobId(0);

fn block(index: u64) -> TapeBlock {
    TapeBlock { job: JOB, index }
}
