//! `--warm-up`: a time, or `auto`, by which pilot runs say when a scenario has forgotten that it began empty.

use std::str::FromStr;

use crate::metrics::{Options, Settled, Transients};
use crate::report::can_be_told;
use crate::scenario::Scenario;
use crate::units::quantity::parse_duration;
use crate::units::{SimDuration, SimTime};
use crate::world::{SimulateError, simulate};

/// Pilot runs, of the scenario's own seed and the next ones: what they measure is not what is reported, so that a warm-up
/// which they choose makes no run look better than it is.
const PILOTS: u64 = 5;

/// What `--warm-up` was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// Pilot runs say.
    Auto,
    /// This long, as it was written.
    Time(String),
}

impl FromStr for WarmUp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match parse_duration(text) {
            Ok(_) => Ok(Self::Time(text.to_owned())),
            Err(error) => Err(format!("expected `auto` or a time such as `2s`: {error}")),
        }
    }
}

impl WarmUp {
    /// The setting that says the same, if one does.
    pub fn setting(given: Option<&Self>) -> Option<String> {
        match given {
            Some(Self::Time(time)) => Some(format!("run.warm_up={time}")),
            Some(Self::Auto) | None => None,
        }
    }
}

/// Why pilot runs do not say.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// It is for the user to say.
    #[error("{0}")]
    User(String),
    /// A pilot run failed.
    #[error(transparent)]
    Failed(SimulateError),
}

/// The scenario with the warm-up that pilot runs of it say.
///
/// # Errors
/// As [`of_pilots`].
pub fn settled(mut scenario: Scenario) -> Result<Scenario, Untold> {
    scenario.run.warm_up = of_pilots(&scenario)?;
    Ok(scenario)
}

/// The warm-up that pilot runs of `scenario` say: the same for every run of it, whatever its seed.
///
/// # Errors
/// When a pilot run fails, or pilot runs cannot say.
pub fn of_pilots(scenario: &Scenario) -> Result<SimDuration, Untold> {
    let user = |why: &str| {
        Untold::User(format!("--warm-up auto: {}: {why}; set run.warm_up by hand", scenario.name))
    };
    if !can_be_told(scenario) {
        return Err(user(
            "with faults, or with recorded or scripted writes, the load changes during the run, and an \
                         initial transient cannot be told apart",
        ));
    }
    let mut pooled = Transients::new(SimTime::ZERO + scenario.run.duration);
    for pilot in 0..PILOTS {
        let mut scenario = scenario.clone();
        scenario.run.seed = scenario.run.seed.wrapping_add(pilot);
        scenario.run.warm_up = SimDuration::ZERO;
        let outcome = simulate(&scenario, Options::default(), &mut |_| {}).map_err(Untold::Failed)?;
        pooled.add(&outcome.judgement.summary.transients);
    }
    match pooled.settled(SimTime::ZERO) {
        Settled::At(at) => Ok(at.since(SimTime::ZERO)),
        Settled::Never => Err(user(
            "lag or response time rises or falls from beginning to end: the run is too short, or \
                                    something is overloaded",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_or_auto_is_read() {
        assert_eq!("auto".parse(), Ok(WarmUp::Auto));
        assert_eq!("1500ms".parse(), Ok(WarmUp::Time("1500ms".into())));
        assert!("2".parse::<WarmUp>().unwrap_err().starts_with("expected `auto` or a time"));
        assert_eq!(WarmUp::setting(Some(&WarmUp::Time("2s".into()))), Some("run.warm_up=2s".to_owned()));
        assert_eq!(WarmUp::setting(Some(&WarmUp::Auto)), None);
    }
}
