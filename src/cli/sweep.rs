//! `rcsim sweep`: the cross product of scenario keys over seeds, on all threads, into one resumable folder.
//!
//! Every point is validated before any runs. What comes out does not depend on the number of threads, on shards or
//! on how often it was killed.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;

use super::estimate::{self, MANY_RUNS};
use super::exit::{Ending, Failure, MachineError, UserError};
use super::named_files::named_files;
use super::number::whole;
use super::output;
use super::progress::{RunsProgress, Stopwatch};
use super::sweep_table;
use super::threads::Threads;
use super::warm_up::{self, Untold, WarmUp};
use crate::metrics::{Basis, Options};
use crate::report::text::{bytes, count, percent, plural};
use crate::report::{RunResult, json};
use crate::scenario::{self, Diagnostic, Scenario};
use crate::sweep::execute::{check_measure, execute};
use crate::sweep::flat::{Cell, flatten};
use crate::sweep::folder::{SCENARIO_NAME, name_of_scenario};
use crate::sweep::manifest::{FORMAT, NamedFile};
use crate::sweep::until::Share;
use crate::sweep::{Axis, Folder, Journal, Manifest, Plan, RunKey, Seeds, Shard, SweepError, UntilCi, table};
use crate::units::SimDuration;
use crate::world::{SimulateError, simulate};

/// Scenarios of this many points are kept in memory; of more, each run reads its own again.
const MOST_KEPT: u64 = 4_096;
/// A sweep of more points ends without a table of them.
const MOST_SHOWN: u64 = 1_000;
/// At most this many runs that do not meet `[expect]` are named.
const MOST_NAMED: usize = 5;

/// Arguments of `sweep`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim sweep scenarios/demos/quickstart.toml --vary protocol.scheme=pair,group,none \\
      --vary wan.loss=0..0.05:0.01 --seeds 1..20 --out out/loss
  rcsim sweep my.toml \\
      --vary 'wan.delay=\"9ms\",{ distribution = \"uniform\", minimum = \"5ms\", maximum = \"13ms\" }' \\
      --seeds 1..10 --out out/delay --until-ci 5% --measure received_lag.mean_s
  rcsim sweep my.toml --vary wan.loss=0,0.01 --seeds 1..1000 --out out/shard-2 --shard 2/8 --resume
  rcsim sweep before.toml after.toml --seeds 1..20 --out out/both        two whole scenarios, paired by seed

DIR holds runs.csv and runs.jsonl (a row per run), points.csv (means and 95% intervals), paired.csv (differences \
between values under common random numbers), sweep.json, the scenarios and the journal from which all tables are \
made. The same command with --resume continues a sweep that was killed, or adds seeds and values to a finished one.

Exit codes: 0 all runs finished, whatever their verdicts; 1 with --strict, a run did not meet its [expect]; \
2 bad usage, scenario or folder; 3 the machine failed.")]
pub(super) struct Args {
    /// The scenario file. Several are compared: `scenario` is then an axis, with the stems of the files as values
    #[arg(required = true, value_name = "SCENARIO")]
    pub(super) scenarios: Vec<PathBuf>,
    /// Varies a key over values, or over A..B:STEP (both ends included). Several --vary give every
    /// combination; `K1,K2=(V1,V2),(W1,W2)` varies two keys together
    #[arg(long, value_name = "KEY=V1,V2,..")]
    pub(super) vary: Vec<String>,
    /// Runs every point with every seed from A to B, both included
    #[arg(long, value_name = "A..B")]
    pub(super) seeds: Seeds,
    /// The folder of the sweep
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Sets a key at every point, as in `wan.loss=0.01`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Statistics leave out this time at the start of each run; `auto`: as long as pilot runs of the point
    /// need to settle (MSER-5)
    #[arg(long, value_name = "TIME|auto")]
    pub(super) warm_up: Option<WarmUp>,
    /// Runs only part I of N, I from 1; `rcsim merge` joins the parts. `auto` or `auto/N`: the part of this
    /// task of a job array (Slurm, PBS, SGE, AWS Batch, Kubernetes, HyperQueue)
    #[arg(long, value_name = "I/N|auto", default_value_t = Shard::WHOLE)]
    pub(super) shard: Shard,
    /// Continues the sweep in DIR, which may get more seeds or more values
    #[arg(long)]
    pub(super) resume: bool,
    #[command(flatten)]
    pub(super) threads: Threads,
    /// Runs even a sweep that would take very long or very much memory
    #[arg(long)]
    pub(super) yes: bool,
    /// Exit code 1 if a run does not meet its `[expect]`
    #[arg(long)]
    pub(super) strict: bool,
    /// Adds seeds at each point (five at least) until half the 95% interval of --measure is within this
    /// share of its mean, and enough runs saw the events on which the measure depends
    #[arg(long, value_name = "SHARE", requires = "measure")]
    pub(super) until_ci: Option<Share>,
    /// Measure for --until-ci: a column of runs.csv
    #[arg(long, value_name = "COLUMN", requires = "until_ci")]
    pub(super) measure: Option<String>,
    /// Most seeds per point with --until-ci
    #[arg(long, value_name = "N", requires = "until_ci", default_value = "1000", value_parser = whole::<NonZeroU64>(1, u64::MAX))]
    pub(super) max_seeds: NonZeroU64,
}

/// Runs the sweep, or what is left of it.
pub(super) fn sweep(args: &Args) -> Result<Ending, Failure> {
    let sweep = Sweep::new(args)?;
    let pool = args.threads.pool(sweep.plan.most_runs())?;
    Folder::check(&args.out, &sweep.manifest, args.resume)?;
    if let Some(refusal) = estimate::too_many_to_keep(sweep.plan.runs().unwrap_or(0)) {
        return Err(UserError::Costly(refusal).into());
    }
    if sweep.plan.most_runs() > MANY_RUNS && !args.yes {
        return Err(sweep.is_large(pool.current_num_threads())?);
    }
    let points = pool.install(|| sweep.points())?;
    if !args.yes
        && let Some(refusal) = sweep.is_costly(&points, pool.current_num_threads())
    {
        return Err(UserError::Costly(refusal).into());
    }
    if sweep.plan.until().is_some() {
        // A misspelt measure shall not cost a folder.
        let first = RunKey { point: 0, seed: args.seeds.first };
        check_measure(&sweep.plan, first, &sweep.run(&points, first)?)?;
    }
    let (folder, mut journal) = Folder::begin(&args.out, &sweep.manifest, &sweep.copies(), args.resume)?;
    let before = journal.len();
    let progress = RunsProgress::new();
    let ran = pool.install(|| execute(&sweep.plan, &mut journal, &|run| sweep.run(&points, run), &progress));
    progress.finish();
    ran.map_err(|error| sweep.stopped(error))?;
    sweep.is_unchanged()?;
    table::write_all(&folder, &sweep.plan, &journal).map_err(|error| sweep.stopped(error))?;
    let unexpected = unexpected(&sweep.plan, &journal)?;
    let points = sweep.table_of_points()?;
    output::write(&sweep.tell(&journal, before, &unexpected, &points))?;
    Ok(if args.strict && !unexpected.is_empty() { Ending::NotAsExpected } else { Ending::AsExpected })
}

/// What is swept.
struct Sweep<'a> {
    args: &'a Args,
    /// Each text is read once: a sweep is of these texts. In the order of the axis `scenario`, if there is one.
    read: Vec<ScenarioText>,
    manifest: Manifest,
    plan: Plan,
}

/// A scenario file as it was when the sweep began.
struct ScenarioText {
    path: PathBuf,
    /// The stem of the file.
    name: String,
    text: String,
}

/// The scenario of each point, or nothing if they are too many to be kept.
#[derive(Default)]
struct Points {
    scenarios: Vec<Scenario>,
    /// What pilot runs said of the warm-up of each, once they were asked.
    warm_ups: Vec<OnceLock<Result<SimDuration, SweepError>>>,
}

impl<'a> Sweep<'a> {
    fn new(args: &'a Args) -> Result<Self, Failure> {
        let vary = vary(args)?;
        let axes: Result<Vec<Axis>, SweepError> = vary.iter().map(|vary| Axis::parse(vary)).collect();
        let axes = axes?;
        for (key, _) in sets(args).iter().filter_map(|set| set.split_once('=')) {
            let key = key.trim();
            if axes.iter().any(|axis| axis.keys().iter().any(|varied| varied == key)) {
                return Err(SweepError::Input(format!("{key} is both varied and set")).into());
            }
            if key == "run.seed" {
                return Err(SweepError::input("--set run.seed: seeds are given with --seeds A..B").into());
            }
        }
        let until = args.until_ci.zip(args.measure.clone()).map(|(Share(relative), measure)| UntilCi {
            measure,
            relative,
            max_seeds: args.max_seeds.get(),
        });
        let plan = Plan::new(axes, args.seeds, args.shard, until.clone())?;
        let mut read = Vec::new();
        for path in &args.scenarios {
            // Reading it as a scenario first says best why it cannot be read.
            load(path, &settings(args, &plan, 0), &varied(args, &plan))?;
            let failed = |source| MachineError::File { path: path.clone(), source };
            let text = std::fs::read_to_string(path).map_err(failed)?;
            read.push(ScenarioText { path: path.clone(), name: stem(path), text });
        }
        let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let (scenario, scenario_blake3, scenarios) = match read.as_slice() {
            [one] => (one.name.clone(), hash(&one.text), Vec::new()),
            several => {
                let named =
                    |read: &ScenarioText| NamedFile { name: read.name.clone(), blake3: hash(&read.text) };
                (String::new(), String::new(), several.iter().map(named).collect())
            }
        };
        let manifest = Manifest {
            format: FORMAT,
            rcsim: env!("CARGO_PKG_VERSION").to_owned(),
            scenario,
            scenario_blake3,
            scenarios,
            files: files(args, &plan, &read)?,
            set: sets(args),
            warm_up_auto: args.warm_up == Some(WarmUp::Auto),
            vary,
            seeds: args.seeds,
            until_ci: until,
            shard: args.shard,
            points: plan.points(),
            runs: plan.until().is_none().then(|| plan.points() * args.seeds.count()),
        };
        Ok(Self { args, read, manifest, plan })
    }

    /// Names and texts of the copies that the folder keeps.
    fn copies(&self) -> Vec<(String, &str)> {
        match self.read.as_slice() {
            [one] => vec![(SCENARIO_NAME.to_owned(), one.text.as_str())],
            several => {
                several.iter().map(|read| (name_of_scenario(&read.name), read.text.as_str())).collect()
            }
        }
    }

    /// The scenario file of a point.
    fn of_point(&self, point: u64) -> &ScenarioText {
        let index = if self.read.len() == 1 { 0 } else { self.plan.indices(point)[0] };
        &self.read[index as usize]
    }

    /// Validates every point, those of other shards too: each shard refuses what any would.
    fn points(&self) -> Result<Points, Failure> {
        let varied = varied(self.args, &self.plan);
        let load =
            |point: u64| load(&self.of_point(point).path, &settings(self.args, &self.plan, point), &varied);
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
                let settings = settings(self.args, &self.plan, point);
                let ScenarioText { path, name, text } = self.of_point(point);
                // Not the file, which may have been changed meanwhile.
                let varied = varied(self.args, &self.plan);
                scenario::parse_varied(name, text, base(path), &settings, &varied)
                    .map_err(|diagnostic| SweepError::Input(diagnostic.render(false)))
            },
            |scenario| Ok(scenario.clone()),
        )
    }

    /// The result of a run on one line.
    fn run(&self, points: &Points, run: RunKey) -> Result<String, SweepError> {
        let mut scenario = self.scenario(points, run.point)?;
        if let Some(warm_up) = usize::try_from(run.point).ok().and_then(|point| points.warm_ups.get(point))
            && self.manifest.warm_up_auto
        {
            scenario.run.warm_up = warm_up.get_or_init(|| self.warm_up(&scenario, run)).clone()?;
        }
        scenario.run.seed = run.seed;
        let outcome = simulate(&scenario, Options::default(), &mut |_| {});
        let outcome = outcome.map_err(|error| self.failed(run, error))?;
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
            Untold::Failed(error) => self.failed(run, error),
        })
    }

    /// A run that failed.
    fn failed(&self, run: RunKey, error: SimulateError) -> SweepError {
        let place = format!("point {} ({}), seed {}", run.point, self.plan.describe(run.point), run.seed);
        let message = format!("{place}: {error}");
        match Failure::from(error) {
            Failure::Machine(_) => SweepError::Machine(message),
            _ => SweepError::Input(message),
        }
    }

    /// What a very large sweep would take.
    fn is_large(&self, threads: usize) -> Result<Failure, Failure> {
        const ADVICE: &str = "Pass --yes to run it, or split it with --shard I/N";
        let runs = self.plan.most_runs();
        let scenario = self.scenario(&Points::default(), 0)?;
        if let Some(refusal) = estimate::refusal(&[(&scenario, 1)], 1) {
            return Ok(UserError::Costly(refusal).into());
        }
        let stopwatch = Stopwatch::start();
        let first = self.run(&Points::default(), RunKey { point: 0, seed: self.args.seeds.first })?;
        let first = (stopwatch.seconds(), Some((first.len() as u64).saturating_mul(3)));
        let at_most = if self.plan.until().is_some() { "up to " } else { "" };
        let points = plural(usize::try_from(self.plan.points()).unwrap_or(usize::MAX), "point");
        let what = format!("this is a sweep of {at_most}{} runs at {points}", count(runs));
        Ok(UserError::Costly(estimate::of_many(&what, runs, first, threads, ADVICE)).into())
    }

    /// Why the sweep is refused, where its runs take very long or very much memory.
    fn is_costly(&self, points: &Points, threads: usize) -> Option<String> {
        let runs = self.plan.most_runs() / self.plan.points().max(1);
        let each: Vec<_> = points.scenarios.iter().map(|scenario| (scenario, runs.max(1))).collect();
        estimate::refusal(&each, threads)
    }

    /// The scenario and its files are still what they were when the sweep began.
    fn is_unchanged(&self) -> Result<(), SweepError> {
        if files(self.args, &self.plan, &self.read)? == self.manifest.files {
            return Ok(());
        }
        Err(SweepError::Input(format!(
            "a file that the scenario names was changed while the sweep ran: do not use its runs in {}",
            self.args.out.display()
        )))
    }

    /// Says how to go on after a failure of the machine.
    fn stopped(&self, error: SweepError) -> SweepError {
        match error {
            SweepError::Machine(message) => SweepError::Machine(format!(
                "{message}\nThe runs that finished are in {}; the same command with --resume goes on",
                self.args.out.display()
            )),
            SweepError::Input(_) => error,
        }
    }

    /// What was done.
    fn tell(&self, journal: &Journal, before: u64, unexpected: &[RunKey], points: &str) -> String {
        let mut text = Vec::new();
        if journal.dropped() > 0 {
            text.push(format!(
                "{} ended in an incomplete line, which was removed.\n",
                bytes(journal.dropped())
            ));
        }
        let shard = if self.args.shard == Shard::WHOLE {
            String::new()
        } else {
            format!(", shard {}", self.args.shard)
        };
        text.push(format!(
            "{} at {}{shard}: all finished ({} now)\n",
            plural(self.plan.finished(journal).count(), "run"),
            plural(usize::try_from(self.plan.points()).unwrap_or(usize::MAX), "point"),
            count(journal.len() - before),
        ));
        if let Some(until) = self.plan.until() {
            text.push(self.spent(until, journal));
        }
        if !unexpected.is_empty() {
            text.push(format!("{} did not meet [expect]:\n", plural(unexpected.len(), "run")));
            for run in unexpected.iter().take(MOST_NAMED) {
                text.push(format!("  {}, seed {}\n", self.plan.describe(run.point), run.seed));
            }
            if unexpected.len() > MOST_NAMED {
                text.push(format!("  and {} more\n", count((unexpected.len() - MOST_NAMED) as u64)));
            }
        }
        text.push(points.to_owned());
        text.push(too_short(&self.plan, journal));
        text.push(format!("Table: {}\n", self.args.out.join(table::CSV_NAME).display()));
        text.concat()
    }

    /// A line per point, and what differs; nothing if there are too many points to look at.
    fn table_of_points(&self) -> Result<String, SweepError> {
        if self.plan.points() > MOST_SHOWN {
            return Ok(String::new());
        }
        let keys: Vec<&str> = self.plan.keys().collect();
        let measure = self.plan.until().map(|until| until.measure.as_str());
        sweep_table::tell(&self.args.out, &keys, measure, output::style())
    }

    /// What `--until-ci` spent at each point.
    fn spent(&self, until: &UntilCi, journal: &Journal) -> String {
        let mut text =
            vec![format!("Seeds until {} is known to {}:\n", until.measure, percent(until.relative))];
        let mut points: Vec<u64> = self.plan.finished(journal).map(|run| run.point).collect();
        points.dedup();
        for point in points {
            let values = journal.measured(point, self.args.seeds.first);
            let found = until.replications(self.args.seeds.count(), &values);
            let Some(estimate) = found.estimate else { continue };
            let mean = estimate.mean;
            let known = match (estimate.interval, estimate.basis) {
                (Some((low, high)), Basis::ClopperPearson) => format!("{mean:.6} in {low:.4} to {high:.4}"),
                (Some((_, high)), _) if mean == 0.0 => format!("{mean:.6} +- {high:.6}"),
                (Some((_, high)), _) => format!("{mean:.6} +- {}", percent((high - mean) / mean.abs())),
                (None, _) => {
                    format!("{mean:.6}, no interval: too few runs saw the events on which it depends")
                }
            };
            let short = if found.narrow { "" } else { " (not reached: --max-seeds)" };
            let wanted = count(found.wanted);
            text.push(format!("  {wanted:>6}  {known}{short}  {}\n", self.plan.describe(point)));
        }
        text.concat()
    }
}

/// `--set`, and `--warm-up` if it is a time.
fn sets(args: &Args) -> Vec<String> {
    args.set.iter().cloned().chain(WarmUp::setting(args.warm_up.as_ref())).collect()
}

/// Every file that a scenario names; of several scenarios each has its own.
fn files(args: &Args, plan: &Plan, read: &[ScenarioText]) -> Result<Vec<NamedFile>, SweepError> {
    let settings = possible_settings(args, plan);
    let mut files = Vec::new();
    for ScenarioText { path, name, text } in read {
        let of_one = named_files(text, &settings, base(path))?;
        files.extend(of_one.into_iter().map(|file| match read.len() {
            1 => file,
            _ => NamedFile { name: format!("{name}/{}", file.name), ..file },
        }));
    }
    Ok(files)
}

/// `--vary`, after the axis of the scenarios if they are several.
fn vary(args: &Args) -> Result<Vec<String>, SweepError> {
    if let [_] = args.scenarios.as_slice() {
        return Ok(args.vary.clone());
    }
    let names: Vec<String> = args.scenarios.iter().map(|path| stem(path)).collect();
    let twice = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name));
    if let Some((_, name)) = twice {
        return Err(SweepError::Input(format!(
            "two of the scenarios are called `{name}`; a sweep tells scenarios apart by the stems of their files"
        )));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(std::iter::once(Axis::of_scenarios(&names)?).chain(args.vary.iter().cloned()).collect())
}

/// `--set`, then the values of the point; which scenario it is of is no setting.
fn settings(args: &Args, plan: &Plan, point: u64) -> Vec<String> {
    let values = plan.settings(point).into_iter().skip(usize::from(args.scenarios.len() > 1));
    sets(args).into_iter().chain(values).collect()
}

/// `--set`, and every value of the keys that may name a file.
fn possible_settings(args: &Args, plan: &Plan) -> Vec<String> {
    let mut settings = sets(args);
    for axis in plan.axes().iter().skip(usize::from(args.scenarios.len() > 1)) {
        for index in 0..axis.count().min(MOST_KEPT) {
            let values = axis.keys().iter().zip(axis.values(index)).filter(|(_, value)| !value.bare);
            settings.extend(values.map(|(key, value)| format!("{key}={}", value.given)));
        }
    }
    settings
}

/// The keys that have several values in this sweep.
fn varied(args: &Args, plan: &Plan) -> Vec<String> {
    let axes = plan.axes().iter().skip(usize::from(args.scenarios.len() > 1));
    axes.flat_map(|axis| axis.keys().iter().cloned()).collect()
}

fn load(path: &Path, settings: &[String], varied: &[String]) -> Result<Scenario, UserError> {
    if path.as_os_str() == "-" {
        return Err(UserError::NotAFile(path.to_owned()));
    }
    scenario::load_varied(path, settings, varied)
        .map_err(|diagnostic: Box<Diagnostic>| UserError::Scenarios(vec![*diagnostic]))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn base(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// The runs that did not meet `[expect]`.
fn unexpected(plan: &Plan, journal: &Journal) -> Result<Vec<RunKey>, SweepError> {
    let mut found = Vec::new();
    for run in plan.finished(journal) {
        let row = flatten(&journal.result(run)?).unwrap_or_default();
        if row.contains(&("expected".to_owned(), Cell::Bool(false))) {
            found.push(run);
        }
    }
    Ok(found)
}

/// The points in more than half of whose runs the warm-up looks too short.
fn too_short(plan: &Plan, journal: &Journal) -> String {
    let mut points: Vec<(u64, usize, usize)> = Vec::new();
    for run in plan.finished(journal) {
        let row = journal.result(run).ok().and_then(|result| flatten(&result).ok()).unwrap_or_default();
        let short = row.contains(&("warm_up.too_short".to_owned(), Cell::Bool(true)));
        match points.last_mut().filter(|(point, ..)| *point == run.point) {
            Some((_, found, runs)) => (*found, *runs) = (*found + usize::from(short), *runs + 1),
            None => points.push((run.point, usize::from(short), 1)),
        }
    }
    let all = points.len();
    points.retain(|(_, short, runs)| 2 * short > *runs);
    let Some(&(point, short, runs)) = points.first() else { return String::new() };
    format!(
        "The warm-up looks too short (MSER-5, White 1997) at {} of {}, first at {}: in {short} of {}. Set run.warm_up, or pass \
         --warm-up auto\n",
        count(points.len() as u64),
        plural(all, "point"),
        plan.describe(point),
        plural(runs, "run")
    )
}
