//! Is the warm-up long enough? What MSER-5 says of it (`metrics::warm_up`).

use crate::hardware::workload::Arrivals;
use crate::metrics::{Settled, Transients};
use crate::scenario::Scenario;
use crate::units::SimTime;

/// `"warm_up"` of a result.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct WarmUpResult {
    /// The warm-up that was left out of statistics.
    pub given_s: f64,
    /// From when on lag and response time have forgotten that the run began empty; null if they do not within the run,
    /// or if that cannot be told.
    pub settled_s: Option<f64>,
    /// Does the warm-up look too short?
    pub too_short: bool,
}

/// Can a transient at the beginning be told from what the scenario itself makes change? Not where there are faults, nor
/// where every write is written down: such a run need not be alike from begin to end.
pub fn can_be_told(scenario: &Scenario) -> bool {
    let is_written_down =
        |arrivals: &Arrivals| matches!(arrivals, Arrivals::Trace(_) | Arrivals::Scripted { .. });
    scenario.faults.is_empty()
        && !scenario.local_systems.is_empty()
        && !scenario.hosts.iter().any(|host| is_written_down(&host.workload.arrivals))
}

impl WarmUpResult {
    /// Of a run of `scenario`.
    pub fn new(scenario: &Scenario, transients: &Transients) -> Self {
        let given = SimTime::ZERO + scenario.run.warm_up;
        let told = can_be_told(scenario);
        let settled = told.then(|| transients.settled(SimTime::ZERO));
        Self {
            given_s: given.as_secs_f64(),
            settled_s: match settled {
                Some(Settled::At(at)) => Some(at.as_secs_f64()),
                Some(Settled::Never) | None => None,
            },
            too_short: told && transients.settled(given) != Settled::At(given),
        }
    }
}
