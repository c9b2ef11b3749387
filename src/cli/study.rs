//! `rcsim study`: one file says scenarios, what varies, seeds, figures and expectations; it is run, drawn and judged.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, UserError};
use super::figures::shown;
use super::output::{self, OutFile};
use super::run::quoted_path;
use super::sweep;
use super::threads::Threads;
use crate::report::junit::{self, Case};
use crate::report::plot::{Format, Options, PAGE_NAME, Verdicts, plot};
use crate::report::text::{count, plural};
use crate::study::{Judged, Study, StudyError, judge, load};
use crate::sweep::{Manifest, Shard, SweepError};

/// Arguments of `study`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim study scenarios/study/early.toml
  rcsim study my-study.toml --out paper/figures --runs /scratch/my-study --format svg

A study is a TOML file:
  scenario = \"my.toml\"                       # or several, which are then compared
  seeds = \"1..20\"
  [vary]                                     # every combination; \"a,b\" = [\"1,2\", \"3,4\"] varies two together
  \"protocol.scheme\" = [\"pair\", \"group\", \"none\"]
  \"wan.loss\" = [0.001, 0.01, 0.1]
  [[figure]]
  measure = \"received_lag.mean\"
  [[expect]]
  where = { \"protocol.scheme\" = [\"pair\", \"group\"] }
  figures = { broken = \"== 0\", \"rpo.max\" = \"<= 2s\" }
docs/sweeps.md describes every key. A study that was broken off goes on where it was; one that got more values or seeds \
runs only those. DIR then holds the figures, their values as CSV, report.html and index.md.

Exit codes: 0 all runs finished and what is expected is so; 1 it is not; 2 bad usage, study, scenario or folder; \
3 the machine failed.")]
pub(super) struct Args {
    /// The study file
    file: PathBuf,
    /// Folder of the figures and the page [default: out/NAME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder of the sweep [default: `sweep` in the folder of --out]
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
    /// Formats of the figure files; report.html holds every figure too
    #[arg(long, value_enum, value_delimiter = ',', default_value = "svg,png")]
    format: Vec<Format>,
    /// Runs only part I of N, and draws nothing: `rcsim merge` joins the parts, and the study of the whole draws them
    #[arg(long, value_name = "I/N|auto", default_value_t = Shard::WHOLE, requires = "runs")]
    shard: Shard,
    /// Writes what is expected, a test case for each point, as `JUnit` XML
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Runs even a study that would take very long or very much memory
    #[arg(long)]
    yes: bool,
}

/// Runs what is left of the study, draws it and judges it.
pub(super) fn study(args: &Args) -> Result<Ending, Failure> {
    let study = load(&args.file)?;
    let name = args.file.file_stem().map_or_else(|| "study".to_owned(), |stem| stem.to_string_lossy().into());
    let out = args.out.clone().unwrap_or_else(|| Path::new("out").join(name));
    let runs = args.runs.clone().unwrap_or_else(|| out.join("sweep"));
    output::apart([args.file.as_path()], &[("--junit", args.junit.as_deref())])?;
    // The folder of the figures is made on the way: what is to stand in it is begun at the end.
    let junit = args.junit.as_deref();
    let in_out = junit.is_some_and(|path| path.starts_with(&out));
    let begun = OutFile::begin(junit.filter(|_| !in_out))?;
    sweep::sweep(&sweep_of(args, &study, &runs)?)?;
    if args.shard != Shard::WHOLE {
        return Ok(Ending::AsExpected);
    }
    let keys: Vec<String> = match Manifest::read(&runs)? {
        Some(manifest) => manifest.plan()?.keys().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    let judged = judge(&runs, &keys, &study.expectations)?;
    let command = format!("rcsim study {}", quoted_path(&args.file));
    let options = Options {
        out: Some(out.clone()),
        formats: args.format.clone(),
        choices: study.figures.clone(),
        title: study.title.clone(),
        verdicts: (!judged.is_empty()).then(|| verdicts(&study, &judged)),
        commands: Some(vec![command.clone()]),
        index: true,
    };
    let written = plot(&runs, &options)?;
    let begun = if in_out { OutFile::begin(junit)? } else { begun };
    if let Some(file) = begun {
        file.finish(junit::xml(&command, &cases(&study, &judged, &options)))?;
    }
    output::write(&told(&study, &judged, written.len(), &out))?;
    Ok(if judged.iter().all(|judged| judged.is_met) { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// The sweep of the study.
fn sweep_of(args: &Args, study: &Study, runs: &Path) -> Result<sweep::Args, Failure> {
    let warm_up = study.warm_up.as_ref().map(|text| text.parse().map_err(SweepError::Input)).transpose()?;
    let until = study.until.as_ref();
    Ok(sweep::Args {
        scenarios: study.scenarios.clone(),
        vary: study.vary.clone(),
        seeds: study.seeds,
        out: runs.to_owned(),
        set: study.set.clone(),
        warm_up,
        shard: args.shard,
        resume: true,
        threads: args.threads,
        yes: args.yes,
        strict: false,
        until_ci: until.map(|until| until.within),
        measure: until.map(|until| until.measure.clone()),
        max_seeds: until.and_then(|until| NonZeroU64::new(until.max_seeds)).unwrap_or(NonZeroU64::MIN),
    })
}

/// What was found, as a person reads it.
fn found(study: &Study, judged: &Judged) -> String {
    let column = &study.expectations[judged.expectation].column;
    match judged.found {
        None => "not measured".to_owned(),
        Some((low, high)) if low < high => format!("{} to {}", shown(column, low), shown(column, high)),
        Some((value, _)) => shown(column, value),
    }
}

/// A test case for each expectation at each of its points.
fn cases(study: &Study, judged: &[Judged], options: &Options) -> Vec<Case> {
    let case = |judged: &Judged| {
        let expectation = &study.expectations[judged.expectation];
        let told = format!(
            "{} ({}): expected {}, found {}",
            expectation.name,
            expectation.of.name(),
            expectation.written,
            found(study, judged)
        );
        let again = options.commands.iter().flatten().map(|command| format!("{command}\n"));
        Case {
            class: judged.point.clone(),
            name: format!("{} {} ({})", expectation.name, expectation.written, expectation.of.name()),
            failure: (!judged.is_met)
                .then(|| (told.clone(), format!("{told}\n{}", again.collect::<String>()))),
            ..Case::default()
        }
    };
    judged.iter().map(case).collect()
}

fn verdicts(study: &Study, judged: &[Judged]) -> Verdicts {
    let row = |judged: &Judged| {
        let expectation = &study.expectations[judged.expectation];
        let cells = [
            judged.point.clone(),
            expectation.name.clone(),
            expectation.of.name().to_owned(),
            expectation.written.clone(),
            found(study, judged),
        ];
        (judged.is_met, cells.to_vec())
    };
    Verdicts {
        headings: ["Point", "Measure", "Of", "Expected", "Found"].map(str::to_owned).to_vec(),
        rows: judged.iter().map(row).collect(),
    }
}

fn told(study: &Study, judged: &[Judged], files: usize, out: &Path) -> String {
    let mut text = String::new();
    let met = judged.iter().filter(|judged| judged.is_met).count();
    if !judged.is_empty() {
        text.push_str(&format!("Expected: {} of {} met\n", count(met as u64), count(judged.len() as u64)));
    }
    for judged in judged.iter().filter(|judged| !judged.is_met) {
        let expectation = &study.expectations[judged.expectation];
        text.push_str(&format!(
            "  not met: {} {} ({}) at {}: {}\n",
            expectation.name,
            expectation.written,
            expectation.of.name(),
            judged.point,
            found(study, judged)
        ));
    }
    text.push_str(&format!("Page: {} ({})\n", out.join(PAGE_NAME).display(), plural(files, "file")));
    text
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        Self::User(UserError::Scenarios(error.diagnostics))
    }
}
