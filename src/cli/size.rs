//! `rcsim size`: the least line rate and the least caches at which a scenario keeps a target, by bisection over runs.
//!
//! Each seed has a least value of its own; what is told is the greatest of them. A value is enough if every target is met,
//! every promised check holds, and no write waits for room in a local cache: a scheme that stops its hosts keeps any
//! recovery point, by writing less.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::exit::{Ending, Failure, UserError};
use super::output;
use super::progress::RunsProgress;
use super::run::Format;
use super::size_folder::SizeFolder;
use super::threads::Threads;
use crate::checker::CheckState;
use crate::measures;
use crate::metrics::{Estimate, Options};
use crate::report::sizing::{
    BelowResult, BrokenCheck, BrokenPromise, CurvePoint, LeastOfSeed, SizeResult, SizedResult,
};
use crate::report::{RunResult, text};
use crate::running::estimate;
use crate::scenario::figures;
use crate::scenario::validated::ExpectFigure;
use crate::scenario::{self, Diagnostic, Scenario};
use crate::size::{Found, Range, What, search};
use crate::sweep::Seeds;
use crate::units::quantity::{parse_bandwidth, parse_size};
use crate::words::Check;
use crate::world::simulate;

const EXAMPLES: &str = "\
Examples:
  rcsim size my.toml --target 'rpo.p99 <= 5s'
  rcsim size my.toml --target 'rpo.p99 <= 5s' --target 'response_time.max <= 50ms' --size line --seeds 1..20
  rcsim size my.toml --target 'rpo.max <= 30s' --size line --from 10Mbit/s --to 1Gbit/s --out results/size

Targets are written as in [expect.figures]. Sized are the line rate (wan.bandwidth), then, at the rate that was found, the \
caches of the local and of the remote systems. Enough is what meets every target, keeps every promised check and lets \
no write wait for room in a local cache (unless a target bounds delayed_by_cache), with each of the seeds.

DIR holds size.json, a curve of each target against what is sized (SVG, PNG, CSV), enough.toml, and below-WHAT.toml, of \
which `rcsim run` fails.

Exit codes: 0 it was found; 1 a run broke a promise of its scheme; 2 bad usage or scenario, or the target is met at the \
smallest value with every seed, or not at the greatest; 3 the machine failed.";

/// Values of the curve, as shares of what is enough.
const AROUND: [f64; 11] = [0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0];
/// Runs that a seed needs for one search, about.
const RUNS_A_SEARCH: u64 = 15;
/// Without a limit of its own a search ends here: 2^50 bit/s or bytes.
const MOST: u64 = 1 << 50;
/// The figure that counts writes which waited for room in a local cache.
const WAITED: &str = "delayed_by_cache";
const CONFIDENCE: f64 = 0.95;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// What is to be kept: a figure, a comparison and a limit, as in [expect.figures]
    #[arg(long, value_name = "TARGET", required = true)]
    target: Vec<String>,
    /// What is sized: line, local-cache, remote-cache [default: all three, in this order]
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = what)]
    size: Vec<What>,
    /// The smallest value that is tried, as the scenario writes it; for a single WHAT
    #[arg(long, value_name = "VALUE")]
    from: Option<String>,
    /// The greatest value that is tried [default: no limit]
    #[arg(long, value_name = "VALUE")]
    to: Option<String>,
    /// How close a value that is enough is to one that is not, as a share of it
    #[arg(long, value_name = "SHARE", default_value = "1%", value_parser = share)]
    precision: f64,
    /// The seeds [default: the scenario's and the nine after it]
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Sets a key of the scenario, as in `wan.loss=0.01`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder for the curve, the values and the scenarios; it appears complete or not at all
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What is printed: text for a person, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    threads: Threads,
    /// Runs even what would take very long or very much memory
    #[arg(long)]
    yes: bool,
}

fn what(name: &str) -> Result<What, String> {
    let names = What::ALL.map(What::name).join(", ");
    What::from_name(name).ok_or_else(|| format!("expected what is sized; there are: {names}"))
}

fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().ok().map(|number| number / scale);
    let share = share.filter(|share| (0.0001..=0.5).contains(share));
    share.ok_or_else(|| "expected a share from 0.01% to 50%, such as 1%".to_owned())
}

/// Why nothing was sized: the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum SizeError {
    /// A target that is none.
    #[error("--target {0}: {1}")]
    Target(String, String),
    /// A bound of the search.
    #[error("{0}")]
    Bound(String),
    /// The scenario has nothing of the kind.
    #[error("there is no {0} to size: {1}")]
    Nothing(&'static str, String),
    /// Not even the greatest value is enough.
    #[error("not met at the greatest value: with {value} and seed {seed}, {unmet}")]
    NeverMet {
        /// The greatest value, as a phrase.
        value: String,
        /// A seed with which it is not enough.
        seed: u64,
        /// What was not met.
        unmet: String,
    },
    /// The smallest value is enough already.
    #[error(
        "met at the smallest value already: {0} is enough with every seed; give a smaller one with --from, or a stricter target"
    )]
    AlwaysMet(String),
    /// What is in the way of the folder.
    #[error("{} exists already; choose another --out", .0.display())]
    InTheWay(PathBuf),
}

impl From<SizeError> for Failure {
    fn from(error: SizeError) -> Self {
        Self::User(UserError::Size(error))
    }
}

/// One run with one value.
#[derive(Clone, Debug)]
struct Trial {
    met: bool,
    /// No scenario takes the value.
    is_refused: bool,
    /// What was not met, a phrase each.
    unmet: Vec<String>,
    /// The figures of the targets.
    found: Vec<Option<f64>>,
    /// Promised checks that broke, and others that did.
    broken: Vec<Check>,
    unpromised: Vec<Check>,
    /// Bits a second that were offered to the lines, and the fullest caches.
    uses: [u64; 3],
}

/// What is known of one thing that is sized: its trials by value and seed.
type Trials = BTreeMap<(u64, u64), Trial>;

/// Sizes the scenario.
pub(super) fn size(args: &Args) -> Result<Ending, Failure> {
    let job = Job::new(args)?;
    let pool = args.threads.pool(job.seeds.len() as u64)?;
    if !args.yes {
        let runs = (RUNS_A_SEARCH + AROUND.len() as u64) * (job.seeds.len() * job.whats.len()) as u64;
        if let Some(refusal) = estimate::refusal(&[(&job.scenario, runs)], pool.current_num_threads()) {
            return Err(UserError::Costly(refusal).into());
        }
    }
    // Before any run: a folder that is in the way.
    let folder = args.out.as_deref().map(SizeFolder::begin).transpose()?;
    let progress = RunsProgress::new();
    let sized = pool.install(|| job.all(&progress));
    progress.finish();
    let (result, fixed) = sized?;
    if let Some(folder) = folder {
        job.fill(&folder, &result, &fixed)?;
        folder.commit()?;
    }
    let shown = args.out.as_ref().map(|path| path.display().to_string());
    output::write(&match args.format {
        Format::Json => serde_json::to_string(&result).unwrap_or_default() + "\n",
        Format::Text => text::sizing(&result, shown.as_deref()),
    })?;
    Ok(if result.broken_promises.is_empty() { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// What is to be done.
struct Job<'a> {
    args: &'a Args,
    scenario: Scenario,
    /// Those of the user, and that no write waits for a local cache.
    targets: Vec<ExpectFigure>,
    whats: Vec<What>,
    seeds: Vec<u64>,
}

impl<'a> Job<'a> {
    fn new(args: &'a Args) -> Result<Self, Failure> {
        if args.scenario.as_os_str() == "-" {
            return Err(UserError::NotAFile(args.scenario.clone()).into());
        }
        let scenario = load(&args.scenario, &args.set)?;
        let groups: Vec<&str> = scenario.groups.iter().map(|group| group.name.as_str()).collect();
        let targets: Result<Vec<_>, _> = args.target.iter().map(|text| target(text, &groups)).collect();
        let mut targets = targets?;
        if let Some(twice) =
            (1..targets.len()).find(|&at| targets[..at].iter().any(|one| one.path == targets[at].path))
        {
            return Err(SizeError::Target(
                args.target[twice].clone(),
                "the figure has a target already".into(),
            )
            .into());
        }
        if targets.iter().all(|target| target.path != WAITED) {
            targets.push(target(&format!("{WAITED} == 0"), &[])?);
        }
        let whats = if args.size.is_empty() { What::ALL.to_vec() } else { args.size.clone() };
        if (args.from.is_some() || args.to.is_some()) && whats.len() > 1 {
            let all = "--from and --to are for a single thing that is sized; add --size line, --size local-cache or \
                       --size remote-cache";
            return Err(SizeError::Bound(all.into()).into());
        }
        let first = scenario.run.seed;
        let seeds = args.seeds.unwrap_or(Seeds { first, last: first.saturating_add(9) });
        if seeds.count() > 10_000 {
            return Err(SizeError::Bound("--seeds: at most 10,000 of them".into()).into());
        }
        Ok(Self { args, scenario, targets, whats, seeds: (seeds.first..=seeds.last).collect() })
    }

    /// All that is sized, one after the other, and the settings that were found.
    fn all(&self, progress: &RunsProgress) -> Result<(SizeResult, Vec<String>), Failure> {
        let mut fixed = Vec::new();
        let mut result = SizeResult {
            schema: 1,
            rcsim: env!("CARGO_PKG_VERSION"),
            scenario: self.scenario.name.clone(),
            title: self.scenario.title.clone(),
            scheme: self.scenario.protocol.scheme.name(),
            targets: self
                .targets
                .iter()
                .map(|target| format!("{} {}", target.name, target.written))
                .collect(),
            seeds: self.seeds.clone(),
            runs: 0,
            sized: Vec::new(),
            broken_promises: Vec::new(),
            broken_unpromised: Vec::new(),
        };
        let mut unpromised: BTreeMap<&'static str, u64> = BTreeMap::new();
        for &what in &self.whats {
            let one = One { job: self, what, fixed: &fixed, progress };
            let (sized, trials) = one.size()?;
            result.runs += trials.len() as u64;
            for ((value, seed), trial) in &trials {
                trial.unpromised.iter().for_each(|check| *unpromised.entry(check.name()).or_default() += 1);
                // Too little leaves writes behind, which no scheme can help.
                let told =
                    trial.broken.iter().filter(|check| **check != Check::Complete || *value >= sized.enough);
                let checks: Vec<&str> = told.map(|check| check.name()).collect();
                if !checks.is_empty() {
                    let set = one.settings(Some(*value));
                    result.broken_promises.push(BrokenPromise { seed: *seed, set, checks });
                }
            }
            fixed.extend(what.settings(&self.scenario, Some(sized.enough)));
            result.sized.push(sized);
        }
        result.broken_unpromised =
            unpromised.into_iter().map(|(check, runs)| BrokenCheck { check, runs }).collect();
        Ok((result, fixed))
    }

    /// Writes the files of the folder.
    fn fill(&self, folder: &SizeFolder, result: &SizeResult, fixed: &[String]) -> Result<(), Failure> {
        folder.put("size.json", (serde_json::to_string(result).unwrap_or_default() + "\n").as_bytes())?;
        let mut known: Vec<String> = Vec::new();
        for (sized, &what) in result.sized.iter().zip(&self.whats) {
            if let Some(below) = &sized.below
                && let Some(file) = &below.file
            {
                let settings = [known.as_slice(), &what.settings(&self.scenario, Some(below.value))].concat();
                folder.put(file, self.text_with(&settings, below.seed)?.as_bytes())?;
            }
            for target in self.targets.iter().filter(|target| target.path != WAITED) {
                folder.draw(what, sized, target)?;
            }
            known.extend(what.settings(&self.scenario, Some(sized.enough)));
        }
        folder.put("enough.toml", self.text_with(fixed, self.seeds[0])?.as_bytes())?;
        folder.keep(&self.args.scenario, &self.args.set)
    }

    /// The scenario with these settings, the targets among what it expects.
    fn text_with(&self, settings: &[String], seed: u64) -> Result<String, Failure> {
        let quote = |text: &str| toml::Value::from(text).to_string();
        let own = self.scenario.expect.figures.iter();
        let own = own.filter(|figure| self.targets.iter().all(|target| target.path != figure.path));
        let figures: Vec<String> = own
            .chain(&self.targets)
            .map(|figure| format!("{} = {}", quote(&figure.name), quote(&figure.written)))
            .collect();
        let mut set = [self.args.set.as_slice(), settings].concat();
        set.push(format!("run.seed={seed}"));
        set.push(format!("expect.figures={{ {} }}", figures.join(", ")));
        let text = scenario::expand(&self.args.scenario, &set)
            .map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?;
        Ok(text)
    }
}

/// One thing that is sized, with what was found before.
struct One<'a> {
    job: &'a Job<'a>,
    what: What,
    fixed: &'a [String],
    progress: &'a RunsProgress,
}

impl One<'_> {
    fn settings(&self, value: Option<u64>) -> Vec<String> {
        [self.fixed, &self.what.settings(&self.job.scenario, value)].concat()
    }

    /// The scenario with this value; `None` if it is refused.
    fn scenario(&self, value: Option<u64>) -> Result<Scenario, Failure> {
        load(&self.job.args.scenario, &[self.job.args.set.as_slice(), &self.settings(value)].concat())
    }

    fn bound(&self, option: &str, text: Option<&String>) -> Result<Option<u64>, SizeError> {
        let Some(text) = text else { return Ok(None) };
        let value = match self.what {
            What::Line => parse_bandwidth(text).ok().flatten(),
            What::LocalCache | What::RemoteCache => parse_size(text).ok(),
        };
        let example =
            if self.what == What::Line { "a rate such as 10Mbit/s" } else { "a size such as 64MiB" };
        value.map(Some).ok_or_else(|| SizeError::Bound(format!("{option} {text}: expected {example}")))
    }

    fn size(&self) -> Result<(SizedResult, Trials), Failure> {
        let args = self.job.args;
        // No scenario takes a cache that has no room for its largest write.
        let room = if self.what == What::Line { 0 } else { u64::from(self.job.scenario.largest_write) };
        let from = self.bound("--from", args.from.as_ref())?.unwrap_or(self.what.least().max(room));
        let to = self.bound("--to", args.to.as_ref())?;
        if to.is_some_and(|to| to < from) {
            return Err(SizeError::Bound("--from is above --to: there is nothing between".into()).into());
        }
        // A value that nobody would write: it must stand in the scenario that is run.
        let probe = to.unwrap_or(1_234_567_890_123);
        let probed = self.scenario(Some(probe));
        if let Err(Failure::User(UserError::Scenarios(diagnostics))) = &probed {
            let why = diagnostics.first().map(first_line).unwrap_or_default();
            return Err(SizeError::Nothing(self.what.noun(), why).into());
        }
        if !self.what.stands_in(&probed?, probe) {
            let why = "each path has a `bandwidth` of its own, or there is no disk system".to_owned();
            return Err(SizeError::Nothing(self.what.noun(), why).into());
        }
        let at_most = each(&self.job.seeds, |seed| self.trial(to, seed))?;
        if let Some((trial, &seed)) = at_most.iter().zip(&self.job.seeds).find(|(trial, _)| !trial.met) {
            let value = to.map_or_else(
                || format!("no limit of the {}", self.what.noun()),
                |to| format!("a {} of {}", self.what.noun(), self.what.written(Some(to))),
            );
            return Err(SizeError::NeverMet { value, seed, unmet: trial.unmet.join("; ") }.into());
        }
        let mut trials = Trials::new();
        let guesses: BTreeMap<u64, u64> = self
            .job
            .seeds
            .iter()
            .zip(&at_most)
            .map(|(&seed, trial)| (seed, trial.uses[self.what as usize]))
            .collect();
        let range = |guess: u64| Range { least: from, most: to.unwrap_or(MOST), guess };
        let mut by_seed = self.searched(&self.job.seeds, &mut trials, |seed| range(guesses[&seed]))?;
        // Of these values nobody knows whether less would be enough.
        let is_bound = self.what == What::Line || args.from.is_some();
        if is_bound && by_seed.values().all(|least| least.not_enough.is_none()) {
            let value = format!("a {} of {}", self.what.noun(), self.what.written(Some(from)));
            return Err(SizeError::AlwaysMet(value).into());
        }
        // More is never worse, as a rule. Where it is, what is told must be enough for each seed all the same.
        loop {
            let enough = by_seed.values().map(|least| least.enough).max().unwrap_or(from);
            let found = each(&self.job.seeds, |seed| self.known(&trials, enough, seed))?;
            let late: Vec<u64> = self
                .job
                .seeds
                .iter()
                .zip(&found)
                .filter(|(_, trial)| !trial.met)
                .map(|(&seed, _)| seed)
                .collect();
            trials.extend(self.job.seeds.iter().map(|&seed| (enough, seed)).zip(found));
            if late.is_empty() {
                break;
            }
            let above = Range { least: enough, most: to.unwrap_or(MOST), guess: enough };
            by_seed.extend(self.searched(&late, &mut trials, |_| above)?);
        }
        let sized = self.told(&by_seed, is_bound, &mut trials)?;
        Ok((sized, trials))
    }

    /// The least value of each of these seeds.
    fn searched(
        &self,
        seeds: &[u64],
        trials: &mut Trials,
        range: impl Fn(u64) -> Range + Sync,
    ) -> Result<BTreeMap<u64, LeastOfSeed>, Failure> {
        let share = self.job.args.precision;
        let found = each(seeds, |seed| {
            let mut own = Trials::new();
            let found = search(range(seed), share, |value| {
                let trial = self.trial(Some(value), seed)?;
                let met = trial.met;
                own.insert((value, seed), trial);
                Ok::<bool, Failure>(met)
            })?;
            Ok((found, own))
        })?;
        let mut least = BTreeMap::new();
        for (&seed, (found, own)) in seeds.iter().zip(found) {
            match found {
                Found::Between { unmet, met } => {
                    least.insert(seed, LeastOfSeed { seed, enough: met, not_enough: Some(unmet) });
                }
                Found::AlwaysMet => {
                    let enough = own.keys().next().map_or(0, |(value, _)| *value);
                    least.insert(seed, LeastOfSeed { seed, enough, not_enough: None });
                }
                Found::NeverMet => {
                    let (value, trial) =
                        own.iter().next_back().map_or((0, None), |(key, trial)| (key.0, Some(trial)));
                    let unmet = trial.map_or_else(String::new, |trial| trial.unmet.join("; "));
                    let value = format!("a {} of {}", self.what.noun(), self.what.written(Some(value)));
                    return Err(SizeError::NeverMet { value, seed, unmet }.into());
                }
            }
            trials.extend(own);
        }
        Ok(least)
    }

    /// What is told of it: the interval, the run below, the curve. With `is_bound` a value at which a seed always met
    /// may be more than its least.
    fn told(
        &self,
        by_seed: &BTreeMap<u64, LeastOfSeed>,
        is_bound: bool,
        trials: &mut Trials,
    ) -> Result<SizedResult, Failure> {
        let by_seed: Vec<LeastOfSeed> = by_seed.values().copied().collect();
        let greatest =
            by_seed.iter().copied().max_by_key(|least| (least.enough, std::cmp::Reverse(least.seed)));
        let Some(greatest) = greatest else { unreachable!("there is a seed at least") };
        let values: Vec<f64> = by_seed.iter().map(|least| least.enough as f64).collect();
        let is_known = by_seed.iter().all(|least| !is_bound || least.not_enough.is_some());
        let estimate = mean_of(&values, (0.0, f64::INFINITY)).filter(|_| is_known);
        let interval = estimate.and_then(|estimate| estimate.interval);
        let below = greatest.not_enough.map(|value| {
            let trial = trials.get(&(value, greatest.seed));
            BelowResult {
                seed: greatest.seed,
                value,
                unmet: trial.map(|trial| trial.unmet.clone()).unwrap_or_default(),
                file: trial
                    .is_some_and(|trial| !trial.is_refused)
                    .then(|| format!("below-{}.toml", self.what.name())),
            }
        });
        let curve = self.curve(greatest.enough, trials)?;
        Ok(SizedResult {
            what: self.what.name(),
            keys: self.what.keys(&self.job.scenario),
            unit: self.what.unit(),
            enough: greatest.enough,
            mean: estimate.map(|estimate| estimate.mean),
            low_95: interval.map(|interval| interval.0),
            high_95: interval.map(|interval| interval.1),
            exceeded_by_another_seed: 1.0 / (by_seed.len() + 1) as f64,
            below,
            by_seed,
            monotone: is_monotone(trials),
            curve,
        })
    }

    /// Every target at values around `enough`.
    fn curve(&self, enough: u64, trials: &mut Trials) -> Result<Vec<CurvePoint>, Failure> {
        let mut values: Vec<u64> =
            AROUND.iter().map(|share| (share * enough as f64).round() as u64).collect();
        values.dedup();
        let mut curve = Vec::new();
        for value in values {
            // A cache can be so small that no scenario takes it.
            if self.scenario(Some(value)).is_err() {
                continue;
            }
            let found = each(&self.job.seeds, |seed| self.known(trials, value, seed))?;
            for (index, target) in
                self.job.targets.iter().enumerate().filter(|(_, target)| target.path != WAITED)
            {
                let numbers: Vec<f64> = found.iter().filter_map(|trial| trial.found[index]).collect();
                let estimate = mean_of(&numbers, measures::bounds(&target.path));
                let interval = estimate.and_then(|estimate| estimate.interval);
                curve.push(CurvePoint {
                    figure: target.path.clone(),
                    value,
                    runs: found.len() as u64,
                    met: found.iter().filter(|trial| trial.met).count() as u64,
                    mean: estimate.map(|estimate| estimate.mean),
                    low_95: interval.map(|interval| interval.0),
                    high_95: interval.map(|interval| interval.1),
                });
            }
            trials.extend(self.job.seeds.iter().map(|&seed| (value, seed)).zip(found));
        }
        Ok(curve)
    }

    fn known(&self, trials: &Trials, value: u64, seed: u64) -> Result<Trial, Failure> {
        trials.get(&(value, seed)).map_or_else(|| self.trial(Some(value), seed), |trial| Ok(trial.clone()))
    }

    /// A run.
    fn trial(&self, value: Option<u64>, seed: u64) -> Result<Trial, Failure> {
        self.progress.due(1);
        let mut scenario = match self.scenario(value) {
            // So small a cache that the scenario cannot be: too small.
            Err(Failure::User(UserError::Scenarios(diagnostics))) if self.what != What::Line => {
                self.progress.finished();
                return Ok(Trial::refused(diagnostics.first().map(first_line), self.job.targets.len()));
            }
            scenario => scenario?,
        };
        scenario.run.seed = seed;
        scenario.expect.figures.clone_from(&self.job.targets);
        let outcome = simulate(&scenario, Options::default(), &mut |_| {})?;
        let result = RunResult::new(&scenario, &outcome);
        self.progress.finished();
        Ok(Trial::of(&result))
    }
}

/// For each seed, on all threads; the first error in the order of seeds.
fn each<T: Send>(seeds: &[u64], of: impl Fn(u64) -> Result<T, Failure> + Sync) -> Result<Vec<T>, Failure> {
    let found: Vec<_> = seeds.par_iter().map(|&seed| of(seed)).collect();
    found.into_iter().collect()
}

/// Was no seed met with less and unmet with more, in any of these runs?
fn is_monotone(trials: &Trials) -> bool {
    let mut met = BTreeSet::new();
    // By value, from the least.
    trials.iter().all(|((_, seed), trial)| {
        if trial.met {
            met.insert(*seed);
        }
        trial.met || !met.contains(seed)
    })
}

impl Trial {
    fn of(result: &RunResult) -> Self {
        let is_broken = |check: &Check| result.order.checks.0.get(*check) == CheckState::Broken;
        let (broken, unpromised): (Vec<Check>, Vec<Check>) = Check::ALL
            .into_iter()
            .filter(is_broken)
            .partition(|check| result.order.kept.contains(&check.name()));
        let bounds = result.expected_figures.iter();
        let unmet: Vec<String> = bounds
            .clone()
            .filter(|figure| !figure.met)
            .filter_map(|figure| {
                result.unmet.iter().find(|told| told.starts_with(&format!("{}: ", figure.name))).cloned()
            })
            .chain(broken.iter().map(|check| format!("{check} is broken")))
            .collect();
        let counted_s = result.simulated_s.max(f64::MIN_POSITIVE);
        Self {
            met: unmet.is_empty() && bounds.clone().all(|figure| figure.met),
            is_refused: false,
            unmet,
            found: bounds.map(|figure| figure.found).collect(),
            broken,
            unpromised,
            uses: [
                (result.wan.offered_bytes as f64 * 8.0 / counted_s) as u64,
                result.cache.local_peak_bytes,
                result.cache.remote_peak_bytes,
            ],
        }
    }

    fn refused(why: Option<String>, targets: usize) -> Self {
        Self {
            met: false,
            is_refused: true,
            unmet: why.into_iter().collect(),
            found: vec![None; targets],
            broken: Vec::new(),
            unpromised: Vec::new(),
            uses: [0; 3],
        }
    }
}

fn load(path: &Path, set: &[String]) -> Result<Scenario, Failure> {
    Ok(scenario::load(path, set).map_err(|diagnostic| UserError::Scenarios(vec![*diagnostic]))?)
}

/// What is wrong, without the place.
fn first_line(diagnostic: &Diagnostic) -> String {
    diagnostic.render(false).lines().next().unwrap_or_default().to_owned()
}

/// Reads `rpo.p99 <= 5s`.
fn target(text: &str, groups: &[&str]) -> Result<ExpectFigure, SizeError> {
    let fail = |why: String| SizeError::Target(text.to_owned(), why);
    let at = text.find(['<', '>', '=']).ok_or_else(|| {
        fail("expected a figure, a comparison and a limit, such as \"rpo.p99 <= 5s\"".to_owned())
    })?;
    let (name, written) = (text[..at].trim(), text[at..].trim());
    let (path, kind) = figures::find(name, groups).map_err(|meant| {
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        fail(format!("there is no figure {name:?}{meant} docs/measures.md lists all"))
    })?;
    let (comparison, limit) =
        figures::limit(written, kind).map_err(|expected| fail(format!("expected {expected}")))?;
    Ok(ExpectFigure { name: name.to_owned(), path, kind, comparison, limit, written: written.to_owned() })
}

/// The mean over seeds of what lies between `bounds`; no interval passes them.
fn mean_of(numbers: &[f64], bounds: (f64, f64)) -> Option<Estimate> {
    Estimate::of_mean(numbers, None, CONFIDENCE).map(|estimate| estimate.within(bounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::figures::{Comparison, Kind};

    /// Two seeds far apart: Student's interval alone would begin below no time at all.
    #[test]
    fn no_interval_passes_what_a_figure_can_be() {
        let of = |bounds| mean_of(&[0.1, 2.0], bounds).unwrap().interval.unwrap();
        assert!(of((f64::NEG_INFINITY, f64::INFINITY)).0 < 0.0);
        assert_eq!(of(measures::bounds("rpo.p99_s")).0.to_bits(), 0.0_f64.to_bits());
        assert_eq!(of((0.0, f64::INFINITY)).0.to_bits(), 0.0_f64.to_bits());
    }

    /// What was met with less and not with more is seen wherever it was run: above the answer too.
    #[test]
    fn more_that_is_worse_is_seen_in_every_run_that_was_made() {
        let trials = |of: &[(u64, u64, bool)]| -> Trials {
            let trial = |met| Trial { met, ..Trial::refused(None, 0) };
            of.iter().map(|&(value, seed, met)| ((value, seed), trial(met))).collect()
        };
        // What is enough for one seed need not be for the other.
        let rising = [(5, 1, false), (6, 1, true), (8, 2, false), (9, 2, true), (18, 1, true), (18, 2, true)];
        assert!(is_monotone(&trials(&rising)));
        // At twice the answer.
        assert!(!is_monotone(&trials(&[&rising[..], &[(19, 1, false)]].concat())));
        assert!(!is_monotone(&trials(&[&rising[..], &[(7, 1, false)]].concat())));
    }

    #[test]
    fn targets_are_read_as_expected_figures_are() {
        let read = target("rpo.p99<= 5s", &[]).unwrap();
        assert_eq!(
            (read.path.as_str(), read.kind, read.comparison),
            ("rpo.p99_s", Kind::Time, Comparison::AtMost)
        );
        assert_eq!((read.limit, read.written.as_str()), (5.0, "<= 5s"));
        for (text, told) in [
            (
                "rpo.p99",
                "--target rpo.p99: expected a figure, a comparison and a limit, such as \"rpo.p99 <= 5s\"",
            ),
            (
                "rpo.p9 <= 5s",
                "--target rpo.p9 <= 5s: there is no figure \"rpo.p9\"; did you mean rpo.p99? docs/measures.md lists all",
            ),
            ("rpo.p99 <= 5", "--target rpo.p99 <= 5: expected a duration after <=, such as \"<= 2s\""),
        ] {
            assert_eq!(target(text, &[]).unwrap_err().to_string(), told);
        }
    }
}
