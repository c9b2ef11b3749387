//! What can be sized, and the settings of a scenario that give it a value.

use crate::scenario::Scenario;
use crate::units::quantity::{Bandwidth, Size};

/// What is sized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The rate of the lines, `wan.bandwidth`: of each path, or of the one line of those that share one.
    Line,
    /// The cache of each local system.
    LocalCache,
    /// The cache of each remote system.
    RemoteCache,
}

impl What {
    /// All, in the order in which they are sized.
    pub const ALL: [Self; 3] = [Self::Line, Self::LocalCache, Self::RemoteCache];

    /// Its name on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::LocalCache => "local-cache",
            Self::RemoteCache => "remote-cache",
        }
    }

    /// By its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }

    /// What it is called in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Line => "line rate",
            Self::LocalCache => "local cache",
            Self::RemoteCache => "remote cache",
        }
    }

    /// Its unit in results.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Line => "bit/s",
            Self::LocalCache | Self::RemoteCache => "bytes",
        }
    }

    /// The smallest value that is tried unless another is asked for: a line of 1 kbit/s, a cache of one block.
    pub const fn least(self) -> u64 {
        match self {
            Self::Line => 1_000,
            Self::LocalCache | Self::RemoteCache => 512,
        }
    }

    /// A value as a scenario writes it; `None` is without limit.
    pub fn written(self, value: Option<u64>) -> String {
        match (self, value) {
            (Self::Line, value) => Bandwidth(value).to_string(),
            (_, Some(bytes)) => Size(bytes).to_string(),
            (_, None) => "unlimited".to_owned(),
        }
    }

    /// The keys that it sets in `scenario`.
    pub fn keys(self, scenario: &Scenario) -> Vec<String> {
        let each =
            |table: &str, count: usize| (0..count).map(|index| format!("{table}.{index}.cache")).collect();
        match self {
            Self::Line => vec!["wan.bandwidth".to_owned()],
            Self::LocalCache => each("local_system", scenario.local_systems.len()),
            Self::RemoteCache => each("remote_system", scenario.remote_systems.len()),
        }
    }

    /// `KEY=VALUE` for this value; `None` is without limit.
    pub fn settings(self, scenario: &Scenario, value: Option<u64>) -> Vec<String> {
        let value = self.written(value);
        self.keys(scenario).into_iter().map(|key| format!("{key}={value}")).collect()
    }

    /// Does a scenario that was read with `value` have it anywhere?
    pub fn stands_in(self, scenario: &Scenario, value: u64) -> bool {
        match self {
            Self::Line => scenario.paths.iter().any(|path| path.forward.bandwidth == Some(value)),
            Self::LocalCache => scenario.local_systems.iter().any(|system| system.cache == Some(value)),
            Self::RemoteCache => scenario.remote_systems.iter().any(|system| system.cache == Some(value)),
        }
    }
}
