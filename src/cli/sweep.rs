//! `rcsim sweep`: the cross product of scenario keys over seeds, on all threads, into one resumable folder.
//!
//! `running::sweep` does it; here the arguments are read, and the end is told.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::exit::{Ending, Failure, UserError};
use super::number::whole;
use super::output;
use super::progress::RunsProgress;
use super::signals::WayOn;
use super::sweep_table;
use super::threads::Threads;
use crate::metrics::Basis;
use crate::report::text::{bytes, count, percent, plural};
use crate::running::sweep::Asked;
use crate::running::{self, Begun, Sweep, WarmUp};
use crate::scenario::Text;
use crate::sweep::flat::{Cell, flatten};
use crate::sweep::until::Share;
use crate::sweep::{Journal, Plan, RunKey, Seeds, Shard, SweepError, UntilCi, table};

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
    let sweep = Sweep::new(asked(args)?)?;
    let pool = args.threads.pool(sweep.plan().most_runs())?;
    let mut begun = pool.install(|| sweep.begin(&args.out, args.resume, args.yes))?;
    let way_on = WayOn::is(way_on(args));
    let progress = RunsProgress::new();
    let ran = pool.install(|| begun.run(&progress, &AtomicBool::new(false)));
    progress.finish();
    ran?;
    begun.write_tables()?;
    drop(way_on);
    let unexpected = begun.unexpected()?;
    let told = Told { args, plan: sweep.plan(), begun: &begun };
    let points = told.table_of_points()?;
    output::write(&told.tell(&unexpected, &points))?;
    Ok(if args.strict && !unexpected.is_empty() { Ending::NotAsExpected } else { Ending::AsExpected })
}

/// What is said when a signal ends the sweep: nothing of what finished is lost.
fn way_on(args: &Args) -> String {
    let (out, how) = (args.out.display(), if args.resume { "" } else { " with --resume" });
    format!("the runs that finished are kept in {out}; the same command{how} goes on with the others")
}

/// The sweep that the arguments ask for. Each file is read once.
fn asked(args: &Args) -> Result<Asked, Failure> {
    let mut scenarios = Vec::new();
    for path in &args.scenarios {
        if path.as_os_str() == "-" {
            return Err(UserError::NotAFile(path.clone()).into());
        }
        scenarios.push(Text::of_file(path).map_err(running::Failure::from)?);
    }
    let until = args.until_ci.zip(args.measure.clone()).map(|(Share(relative), measure)| UntilCi {
        measure,
        relative,
        max_seeds: args.max_seeds.get(),
    });
    Ok(Asked {
        scenarios,
        vary: args.vary.clone(),
        seeds: args.seeds,
        set: args.set.clone(),
        warm_up: args.warm_up.clone(),
        shard: args.shard,
        until,
    })
}

/// A sweep that is finished, and how it is told.
struct Told<'a> {
    args: &'a Args,
    plan: &'a Plan,
    begun: &'a Begun<'a>,
}

impl Told<'_> {
    /// What was done.
    fn tell(&self, unexpected: &[RunKey], points: &str) -> String {
        let (journal, before) = (self.begun.journal(), self.begun.before());
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
        text.push(too_short(self.plan, journal));
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
