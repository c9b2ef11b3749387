//! A sweep: what is asked for is read and checked, begun in a folder or gone on with, run, and written as tables.
//!
//! Every point is validated before any runs. What comes out does not depend on the number of threads, on shards or
//! on how often it was stopped.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::estimate::{self, MANY_RUNS, Stopwatch};
use super::named_files::named_files;
use super::one::{RunOptions, simulated};
use super::stop::Stop;
use super::warm_up::{self, Untold, WarmUp};
use super::{Failure, is_the_machines};
use crate::report::text::{count, plural};
use crate::report::{RunResult, json};
use crate::scenario::{Scenario, Text};
use crate::sweep::execute::{Watch, check_measure, execute};
use crate::sweep::flat::{Cell, flatten};
use crate::sweep::folder::{SCENARIO_NAME, name_of_scenario};
use crate::sweep::manifest::{FORMAT, NamedFile};
use crate::sweep::{Axis, Folder, Journal, Manifest, Plan, RunKey, Seeds, Shard, SweepError, UntilCi, table};
use crate::units::SimDuration;
use crate::world::SimulateError;

/// Scenarios of this many points are kept in memory; of more, each run reads its own again.
const MOST_KEPT: u64 = 4_096;

/// What is asked for. In words that name options, as the command line does.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The scenario. Several are compared: `scenario` is then an axis, with their names as values.
    pub scenarios: Vec<Text>,
    /// `KEY=V1,V2,..`, as [`Axis::parse`] reads it; the last varies fastest.
    pub vary: Vec<String>,
    /// The seeds of every point.
    pub seeds: Seeds,
    /// `KEY=VALUE`, at every point.
    pub set: Vec<String>,
    /// What statistics leave out at the start, if that is not for the scenario to say.
    pub warm_up: Option<WarmUp>,
    /// Which part of it.
    pub shard: Shard,
    /// The rule by which seeds are added, if there is one.
    pub until: Option<UntilCi>,
}

/// What is swept: read and checked.
#[derive(Debug)]
pub struct Sweep {
    /// Each text is read once: a sweep is of these texts. In the order of the axis `scenario`, if there is one.
    asked: Asked,
    manifest: Manifest,
    plan: Plan,
}

/// A sweep of which the folder is there, and nothing else works on it.
#[derive(Debug)]
pub struct Begun<'a> {
    sweep: &'a Sweep,
    points: Points,
    folder: Folder,
    journal: Journal,
    /// Runs that were finished before.
    before: u64,
}

/// The scenario of each point, or nothing if they are too many to be kept.
#[derive(Debug, Default)]
struct Points {
    scenarios: Vec<Scenario>,
    /// What pilot runs said of the warm-up of each, once they were asked.
    warm_ups: Vec<OnceLock<Result<SimDuration, SweepError>>>,
}

impl Sweep {
    /// Reads and checks what is asked for; the points are validated when it is begun.
    ///
    /// # Errors
    /// When an axis cannot be read, a key is both varied and set, or the first point of a scenario is not valid.
    pub fn new(asked: Asked) -> Result<Self, Failure> {
        let vary = vary(&asked)?;
        let axes: Result<Vec<Axis>, SweepError> = vary.iter().map(|vary| Axis::parse(vary)).collect();
        let axes = axes?;
        for (key, _) in sets(&asked).iter().filter_map(|set| set.split_once('=')) {
            let key = key.trim();
            if axes.iter().any(|axis| axis.keys().iter().any(|varied| varied == key)) {
                return Err(SweepError::Input(format!("{key} is both varied and set")).into());
            }
            if key == "run.seed" {
                return Err(SweepError::input("--set run.seed: seeds are given with --seeds A..B").into());
            }
        }
        let plan = Plan::new(axes, asked.seeds, asked.shard, asked.until.clone())?;
        for text in &asked.scenarios {
            text.scenario(&settings(&asked, &plan, 0), &varied(&asked, &plan))?;
        }
        let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let (scenario, scenario_blake3, scenarios) = match asked.scenarios.as_slice() {
            [one] => (one.name.clone(), hash(&one.text), Vec::new()),
            several => {
                let named = |text: &Text| NamedFile { name: text.name.clone(), blake3: hash(&text.text) };
                (String::new(), String::new(), several.iter().map(named).collect())
            }
        };
        let manifest = Manifest {
            format: FORMAT,
            rcsim: env!("CARGO_PKG_VERSION").to_owned(),
            scenario,
            scenario_blake3,
            scenarios,
            files: files(&asked, &plan)?,
            set: sets(&asked),
            warm_up_auto: asked.warm_up == Some(WarmUp::Auto),
            vary,
            seeds: asked.seeds,
            until_ci: asked.until.clone(),
            shard: asked.shard,
            points: plan.points(),
            runs: plan.until().is_none().then(|| plan.points() * asked.seeds.count()),
        };
        Ok(Self { asked, manifest, plan })
    }

    /// Which runs there are.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Begins it in the folder `out`, or goes on there if `resume` says so, on the threads of the pool that this is
    /// called in. What would take very long or very much memory is refused, unless `is_meant`.
    ///
    /// # Errors
    /// When a point is not valid, it would cost too much, or the folder holds something else or cannot be written.
    pub fn begin(&self, out: &Path, resume: bool, is_meant: bool) -> Result<Begun<'_>, Failure> {
        Folder::check(out, &self.manifest, resume)?;
        if let Some(refusal) = estimate::too_many_to_keep(self.plan.runs().unwrap_or(0)) {
            return Err(Failure::Costly(refusal));
        }
        let threads = rayon::current_num_threads();
        if self.plan.most_runs() > MANY_RUNS && !is_meant {
            return Err(self.is_large(threads)?);
        }
        let points = self.points()?;
        if !is_meant && let Some(refusal) = self.is_costly(&points, threads) {
            return Err(Failure::Costly(refusal));
        }
        if self.plan.until().is_some() {
            // A misspelt measure shall not cost a folder.
            let first = self.first();
            check_measure(&self.plan, first, &self.run(&points, first, &AtomicBool::new(false))?)?;
        }
        let (folder, journal) = Folder::begin(out, &self.manifest, &self.copies(), resume)?;
        let before = journal.len();
        Ok(Begun { sweep: self, points, folder, journal, before })
    }

    const fn first(&self) -> RunKey {
        RunKey { point: 0, seed: self.asked.seeds.first }
    }

    /// Names and texts of the copies that the folder keeps.
    fn copies(&self) -> Vec<(String, &str)> {
        match self.asked.scenarios.as_slice() {
            [one] => vec![(SCENARIO_NAME.to_owned(), one.text.as_str())],
            several => {
                several.iter().map(|read| (name_of_scenario(&read.name), read.text.as_str())).collect()
            }
        }
    }

    /// The scenario file of a point.
    fn of_point(&self, point: u64) -> &Text {
        let index = if self.asked.scenarios.len() == 1 { 0 } else { self.plan.indices(point)[0] };
        &self.asked.scenarios[index as usize]
    }

    /// Validates every point, those of other shards too: each shard refuses what any would.
    fn points(&self) -> Result<Points, Failure> {
        let varied = varied(&self.asked, &self.plan);
        let load =
            |point: u64| self.of_point(point).scenario(&settings(&self.asked, &self.plan, point), &varied);
        if self.plan.points() <= MOST_KEPT {
            let loaded: Vec<_> = (0..self.plan.points()).into_par_iter().map(load).collect();
            // The first in order, whichever thread came upon one first.
            let scenarios: Vec<Scenario> = loaded.into_iter().collect::<Result<_, _>>()?;
            let warm_ups = scenarios.iter().map(|_| OnceLock::new()).collect();
            return Ok(Points { scenarios, warm_ups });
        }
        if self.manifest.warm_up_auto {
            let most = count(MOST_KEPT);
            return Err(
                SweepError::Input(format!("--warm-up auto is for sweeps of at most {most} points")).into()
            );
        }
        let wrong = (0..self.plan.points()).into_par_iter().map(load).find_map_first(Result::err);
        wrong.map_or(Ok(Points::default()), |error| Err(error.into()))
    }

    fn scenario(&self, points: &Points, point: u64) -> Result<Scenario, SweepError> {
        let kept = usize::try_from(point).ok().and_then(|point| points.scenarios.get(point));
        kept.map_or_else(
            || {
                let settings = settings(&self.asked, &self.plan, point);
                let varied = varied(&self.asked, &self.plan);
                self.of_point(point)
                    .scenario(&settings, &varied)
                    .map_err(|diagnostic| SweepError::Input(diagnostic.render(false)))
            },
            |scenario| Ok(scenario.clone()),
        )
    }

    /// The result of a run on one line.
    fn run(&self, points: &Points, run: RunKey, stop: &AtomicBool) -> Result<String, SweepError> {
        let mut scenario = self.scenario(points, run.point)?;
        if let Some(warm_up) = usize::try_from(run.point).ok().and_then(|point| points.warm_ups.get(point))
            && self.manifest.warm_up_auto
        {
            scenario.run.warm_up = warm_up.get_or_init(|| self.warm_up(&scenario, run)).clone()?;
        }
        scenario.run.seed = run.seed;
        let stop = Stop::when(stop);
        let outcome = simulated(&scenario, RunOptions::default(), stop, &mut |_| {});
        let outcome = outcome.map_err(|error| self.failed(run, &error))?;
        // What was cut short is no result.
        if stop.is_wished() {
            return Err(SweepError::Stopped);
        }
        Ok(json::line(&RunResult::new(&scenario, &outcome)))
    }

    /// What pilot runs say of the warm-up of a point.
    fn warm_up(&self, scenario: &Scenario, run: RunKey) -> Result<SimDuration, SweepError> {
        warm_up::of_pilots(scenario).map_err(|untold| match untold {
            Untold::User(message) => SweepError::Input(format!(
                "point {} ({}): {message}",
                run.point,
                self.plan.describe(run.point)
            )),
            Untold::Failed(error) => self.failed(run, &error),
        })
    }

    /// A run that failed.
    fn failed(&self, run: RunKey, error: &SimulateError) -> SweepError {
        let place = format!("point {} ({}), seed {}", run.point, self.plan.describe(run.point), run.seed);
        let message = format!("{place}: {error}");
        if is_the_machines(error) { SweepError::Machine(message) } else { SweepError::Input(message) }
    }

    /// What a very large sweep would take.
    fn is_large(&self, threads: usize) -> Result<Failure, Failure> {
        const ADVICE: &str = "Pass --yes to run it, or split it with --shard I/N";
        let runs = self.plan.most_runs();
        let scenario = self.scenario(&Points::default(), 0)?;
        if let Some(refusal) = estimate::refusal(&[(&scenario, 1)], 1) {
            return Ok(Failure::Costly(refusal));
        }
        let stopwatch = Stopwatch::start();
        let first = self.run(&Points::default(), self.first(), &AtomicBool::new(false))?;
        let first = (stopwatch.seconds(), Some((first.len() as u64).saturating_mul(3)));
        let at_most = if self.plan.until().is_some() { "up to " } else { "" };
        let points = plural(usize::try_from(self.plan.points()).unwrap_or(usize::MAX), "point");
        let what = format!("this is a sweep of {at_most}{} runs at {points}", count(runs));
        Ok(Failure::Costly(estimate::of_many(&what, runs, first, threads, ADVICE)))
    }

    /// Why the sweep is refused, where its runs take very long or very much memory.
    fn is_costly(&self, points: &Points, threads: usize) -> Option<String> {
        let runs = self.plan.most_runs() / self.plan.points().max(1);
        let each: Vec<_> = points.scenarios.iter().map(|scenario| (scenario, runs.max(1))).collect();
        estimate::refusal(&each, threads)
    }
}

impl Begun<'_> {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The finished runs.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// How many were finished before.
    pub const fn before(&self) -> u64 {
        self.before
    }

    /// Runs what is due, on the threads of the pool that this is called in. Once `stop` is true, no further run is begun
    /// and those under way are given up.
    ///
    /// # Errors
    /// When a run fails, the journal cannot be written, or it was stopped. What has finished stays in the journal.
    pub fn run(&mut self, watch: &dyn Watch, stop: &AtomicBool) -> Result<(), SweepError> {
        let Self { sweep, points, journal, .. } = self;
        let ran = execute(&sweep.plan, journal, &|run| sweep.run(points, run, stop), watch);
        ran.map_err(|error| self.stopped(error))?;
        self.is_unchanged()
    }

    /// Writes the tables.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_tables(&self) -> Result<(), SweepError> {
        let written = table::write_all(&self.folder, &self.sweep.plan, &self.journal);
        written.map_err(|error| self.stopped(error))
    }

    /// The runs that did not meet `[expect]`.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn unexpected(&self) -> Result<Vec<RunKey>, SweepError> {
        let mut found = Vec::new();
        for run in self.sweep.plan.finished(&self.journal) {
            let row = flatten(&self.journal.result(run)?).unwrap_or_default();
            if row.contains(&("expected".to_owned(), Cell::Bool(false))) {
                found.push(run);
            }
        }
        Ok(found)
    }

    /// The scenario and its files are still what they were when the sweep began.
    fn is_unchanged(&self) -> Result<(), SweepError> {
        if files(&self.sweep.asked, &self.sweep.plan)? == self.sweep.manifest.files {
            return Ok(());
        }
        Err(SweepError::Input(format!(
            "a file that the scenario names was changed while the sweep ran: do not use its runs in {}",
            self.folder().display()
        )))
    }

    /// Says how to go on after a failure of the machine.
    fn stopped(&self, error: SweepError) -> SweepError {
        match error {
            SweepError::Machine(message) => SweepError::Machine(format!(
                "{message}\nThe runs that finished are in {}; the same command with --resume goes on",
                self.folder().display()
            )),
            SweepError::Input(_) | SweepError::Stopped => error,
        }
    }
}

/// `--set`, and `--warm-up` if it is a time.
fn sets(asked: &Asked) -> Vec<String> {
    asked.set.iter().cloned().chain(WarmUp::setting(asked.warm_up.as_ref())).collect()
}

/// Every file that a scenario names; of several scenarios each has its own.
fn files(asked: &Asked, plan: &Plan) -> Result<Vec<NamedFile>, SweepError> {
    let settings = possible_settings(asked, plan);
    let mut files = Vec::new();
    for Text { name, text, base, .. } in &asked.scenarios {
        let of_one = named_files(text, &settings, base)?;
        files.extend(of_one.into_iter().map(|file| match asked.scenarios.len() {
            1 => file,
            _ => NamedFile { name: format!("{name}/{}", file.name), ..file },
        }));
    }
    Ok(files)
}

/// `--vary`, after the axis of the scenarios if they are several.
fn vary(asked: &Asked) -> Result<Vec<String>, SweepError> {
    if let [_] = asked.scenarios.as_slice() {
        return Ok(asked.vary.clone());
    }
    let names: Vec<&str> = asked.scenarios.iter().map(|text| text.name.as_str()).collect();
    let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
    if let Some((_, name)) = twice {
        return Err(SweepError::Input(format!(
            "two of the scenarios are called `{name}`; a sweep tells scenarios apart by the stems of their files"
        )));
    }
    Ok(std::iter::once(Axis::of_scenarios(&names)?).chain(asked.vary.iter().cloned()).collect())
}

/// `--set`, then the values of the point; which scenario it is of is no setting.
fn settings(asked: &Asked, plan: &Plan, point: u64) -> Vec<String> {
    let values = plan.settings(point).into_iter().skip(usize::from(asked.scenarios.len() > 1));
    sets(asked).into_iter().chain(values).collect()
}

/// `--set`, and every value of the keys that may name a file.
fn possible_settings(asked: &Asked, plan: &Plan) -> Vec<String> {
    let mut settings = sets(asked);
    for axis in plan.axes().iter().skip(usize::from(asked.scenarios.len() > 1)) {
        for index in 0..axis.count().min(MOST_KEPT) {
            let values = axis.keys().iter().zip(axis.values(index)).filter(|(_, value)| !value.bare);
            settings.extend(values.map(|(key, value)| format!("{key}={}", value.given)));
        }
    }
    settings
}

/// The keys that have several values in this sweep.
fn varied(asked: &Asked, plan: &Plan) -> Vec<String> {
    let axes = plan.axes().iter().skip(usize::from(asked.scenarios.len() > 1));
    axes.flat_map(|axis| axis.keys().iter().cloned()).collect()
}
