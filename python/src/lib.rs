//! `rcsim._rcsim`: what the Python package calls; everything is done by the library `rcsim`.
//!
//! | room | does |
//! |---|---|
//! | `given` | what a call was given: scenarios, seeds, shares, as the command line takes them |
//! | `failure` | why nothing came of it, as an exception |
//! | `watched` | a long call on another thread: progress is told, and Ctrl-C ends it |
//!
//! Results cross over as the JSON of the command line, so they have its bytes. What is pleasant is written in Python, in
//! `python/rcsim/`.

mod failure;
mod given;
mod watched;

use pyo3::prelude::*;

#[pymodule]
mod _rcsim {
    use std::path::PathBuf;
    use std::sync::atomic::Ordering;

    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use rcsim::explain::{Detail, Wanted};
    use rcsim::explore::{Progress, Stop as Cut, explore as explored};
    use rcsim::metrics::Options;
    use rcsim::report::{ExplorationResult, json, text};
    use rcsim::running::sweep::Asked;
    use rcsim::running::{
        self, RunOptions, Stop, Sweep, WarmUp, estimate, memory as usage, threads as pools,
        warm_up as settling,
    };
    use rcsim::scenario::warnings::warnings;
    use rcsim::sweep::{Shard, UntilCi, vary};

    #[pymodule_export]
    use crate::failure::{CostError, Error, InputError, MachineError, ScenarioError};

    use crate::failure::{explore_failure, failure, machine};
    use crate::given::{self, Given};
    use crate::watched::{Tick, watched};

    /// The version of the simulator.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// One run, as one line of JSON.
    #[pyfunction]
    #[pyo3(signature = (scenario, *, seed, set, warm_up, explain, disasters, threads, yes, tick))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a call that Python makes")]
    fn run(
        py: Python<'_>,
        scenario: Given,
        seed: Option<u64>,
        mut set: Vec<String>,
        warm_up: Option<String>,
        explain: bool,
        disasters: u32,
        threads: Option<usize>,
        yes: bool,
        tick: Option<Tick>,
    ) -> PyResult<String> {
        let warm_up = given::warm_up(warm_up)?;
        let threads = given::threads(threads)?;
        set.extend(WarmUp::setting(warm_up.as_ref()));
        let scenario = scenario.text()?.scenario(&set, &[]).map_err(|error| failure(error.into()))?;
        watched(py, tick, move |watch| {
            let mut scenario = match warm_up {
                Some(WarmUp::Auto) => settling::settled(scenario).map_err(running::Failure::from)?,
                Some(WarmUp::Time(_)) | None => scenario,
            };
            if let Some(seed) = seed {
                scenario = scenario.with_seed(seed);
            }
            if !yes && let Some(refusal) = estimate::refusal(&[(&scenario, 1)], 1) {
                return Err(running::Failure::Costly(refusal));
            }
            let duration_ns = scenario.run().duration.as_ns();
            watch.due.store(duration_ns, Ordering::Relaxed);
            let options = RunOptions {
                options: Options::default(),
                disasters,
                on_two_cores: pools::for_runs(threads, 2) > 1,
            };
            let mut progress = |now: rcsim::units::SimTime| {
                watch.done.store(now.as_ns().min(duration_ns), Ordering::Relaxed);
            };
            let stop = Stop::when(&watch.stop);
            let outcome = running::simulated(&scenario, options, stop, &mut progress)?;
            if stop.is_wished() {
                return Ok(String::new());
            }
            let wanted = explain.then_some(Wanted { detail: Detail::Brief, cause: true });
            let (result, _) = running::explained(&scenario, &outcome, wanted)?;
            Ok(json::line(&result))
        })?
        .map_err(failure)
    }

    /// A sweep into the folder `out`.
    #[pyfunction]
    #[pyo3(signature = (scenarios, *, vary, seeds, set, warm_up, until_ci, measure, max_seeds, threads, yes, out, resume, tick))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a call that Python makes")]
    fn sweep(
        py: Python<'_>,
        scenarios: Vec<Given>,
        vary: Vec<String>,
        seeds: &str,
        set: Vec<String>,
        warm_up: Option<String>,
        until_ci: Option<String>,
        measure: Option<String>,
        max_seeds: u64,
        threads: Option<usize>,
        yes: bool,
        out: PathBuf,
        resume: bool,
        tick: Option<Tick>,
    ) -> PyResult<()> {
        let scenarios = scenarios.into_iter().map(Given::text).collect::<PyResult<Vec<_>>>()?;
        let until = match (until_ci, measure) {
            (None, None) => None,
            (Some(share), Some(measure)) => {
                Some(UntilCi { measure, relative: given::share(&share)?, max_seeds })
            }
            _ => return Err(PyValueError::new_err("until_ci and measure are given together")),
        };
        let seeds = seeds.parse().map_err(PyValueError::new_err)?;
        let (warm_up, threads) = (given::warm_up(warm_up)?, given::threads(threads)?);
        let asked = Asked { scenarios, vary, seeds, set, warm_up, shard: Shard::WHOLE, until };
        watched(py, tick, move |watch| {
            let sweep = Sweep::new(asked).map_err(failure)?;
            let pool = pools::pool(threads, sweep.plan().most_runs()).map_err(machine)?;
            pool.install(|| {
                let mut begun = sweep.begin(&out, resume, yes).map_err(failure)?;
                let ran = begun.run(watch, &watch.stop);
                if watch.stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                ran.and_then(|()| begun.write_tables()).map_err(|error| failure(error.into()))
            })
        })?
    }

    /// Every interleaving of a small scenario, as one line of JSON.
    #[pyfunction]
    #[pyo3(signature = (scenario, *, set, unreduced, memory, threads, tick))]
    fn explore(
        py: Python<'_>,
        scenario: Given,
        set: Vec<String>,
        unreduced: bool,
        memory: Option<u64>,
        threads: Option<usize>,
        tick: Option<Tick>,
    ) -> PyResult<String> {
        let threads = given::threads(threads)?;
        let most = memory;
        let scenario = scenario.text()?.scenario(&set, &[]).map_err(|error| failure(error.into()))?;
        watched(py, tick, move |watch| {
            let pool = pools::pool(threads, u64::MAX).map_err(machine)?;
            let mut asked = |progress: &Progress| {
                watch.done.store(progress.expanded, Ordering::Relaxed);
                watch.due.store(progress.states, Ordering::Relaxed);
                let is_full = match most {
                    Some(most) => usage::used().unwrap_or(0) > most,
                    None => usage::is_short(),
                };
                if watch.stop.load(Ordering::Relaxed) {
                    return Some(Cut::Time);
                }
                is_full.then_some(Cut::Memory)
            };
            let found = pool.install(|| explored(&scenario, !unreduced, &mut asked));
            let (about, found) = found.map_err(explore_failure)?;
            Ok(ExplorationResult::new(&about, &found).line())
        })?
    }

    /// What a valid scenario is, in a few words, and what is odd about it.
    #[pyfunction]
    fn check(scenario: Given, set: Vec<String>) -> PyResult<(String, Vec<String>)> {
        let scenario = scenario.text()?.scenario(&set, &[]).map_err(|error| failure(error.into()))?;
        Ok((text::summary(&scenario), warnings(&scenario)))
    }

    /// The scenario in its long form, as TOML.
    #[pyfunction]
    fn expand(scenario: Given, set: Vec<String>) -> PyResult<String> {
        scenario.text()?.expand(&set).map_err(|error| failure(error.into()))
    }

    /// The JSON Schema of the scenario file, as JSON.
    #[pyfunction]
    fn schema() -> String {
        rcsim::scenario::schema().to_string()
    }

    /// A string as it is given for one key: in quotes where it would be read as something else.
    #[pyfunction]
    fn given_text(text: &str) -> String {
        vary::given_text(text)
    }
}
