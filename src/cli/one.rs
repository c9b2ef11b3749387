//! A single run among the arguments: its scenario, its seed, and what is set of it.

use std::path::PathBuf;

use super::exit::UserError;
use super::number::whole;
use super::run::command;
use crate::scenario::{self, Scenario};

/// Which run it is.
#[derive(Debug, clap::Args)]
pub(super) struct OneRun {
    /// The scenario file; `-` is standard input
    #[arg(value_name = "SCENARIO")]
    pub(super) scenario: PathBuf,
    /// Overrides the scenario's seed
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX))]
    seed: Option<u64>,
    /// Sets a key of the scenario, as in `wan.loss=0.01` or `host.H1.workload.rate=50/s`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

impl OneRun {
    /// The scenario, with its seed.
    pub(super) fn load(&self) -> Result<Scenario, UserError> {
        let mut scenario = scenario::load(&self.scenario, &self.set)
            .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
        scenario.run.seed = self.seed.unwrap_or(scenario.run.seed);
        Ok(scenario)
    }

    /// The command `name` about this run.
    pub(super) fn command(&self, name: &str, scenario: &Scenario) -> String {
        command(name, &self.scenario, scenario.run.seed, &self.set)
    }
}
