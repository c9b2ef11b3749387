//! Why nothing came of a run or a sweep, and by whose fault.

use std::path::PathBuf;

use super::warm_up::Untold;
use crate::scenario::Diagnostic;
use crate::sweep::SweepError;
use crate::world::SimulateError;

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A scenario, or a setting, that is wrong.
    #[error("{0}")]
    Scenario(Box<Diagnostic>),
    /// What a sweep was asked for, its folder, or one of its runs.
    #[error("{0}")]
    Sweep(SweepError),
    /// A run.
    #[error(transparent)]
    Run(SimulateError),
    /// It would take too long or too much memory, and nobody said that this is meant.
    #[error("{0}")]
    Costly(String),
    /// Standard input where a file is needed, since it is read again when the sweep goes on.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
}

impl Failure {
    /// Did the machine fail us? All else the user can mend.
    pub fn is_the_machines(&self) -> bool {
        match self {
            Self::Sweep(error) => matches!(error, SweepError::Machine(_)),
            Self::Run(error) => is_the_machines(error),
            Self::Scenario(_) | Self::Costly(_) | Self::NotAFile(_) => false,
        }
    }
}

/// Did a run fail because the machine did? A trace that can no longer be read is the machine's, a wrong one the user's.
pub fn is_the_machines(error: &SimulateError) -> bool {
    match error {
        SimulateError::Trace(trace) => trace.id == "trace-unreadable",
    }
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Scenario(diagnostic)
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        Self::Sweep(error)
    }
}

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Self {
        Self::Run(error)
    }
}

impl From<Untold> for Failure {
    fn from(untold: Untold) -> Self {
        match untold {
            Untold::User(message) => SweepError::Input(message).into(),
            Untold::Failed(error) => error.into(),
        }
    }
}
