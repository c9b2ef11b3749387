//! `rcsim shrink`: the smallest scenario that breaks the same check in the same way.

use std::path::PathBuf;

use super::exit::{Ending, Failure, UserError};
use super::one::OneRun;
use super::output::{self, OutFile};
use super::run::{Format, quoted, quoted_path};
use crate::explore::{self, Counterexample, Progress, Stop};
use crate::hunt::draw::of_scope;
use crate::report::ShrunkResult;
use crate::running::memory;
use crate::scenario::Scenario;
use crate::shrink::{ShrinkError, Shrunk, shrink as smallest};
use crate::words::Check;
use crate::world::judge_only;

/// Runs that are drawn in a scope before it is given up.
const RUNS_IN_SCOPE: u64 = 20_000;

const EXAMPLES: &str = "\
Examples:
  rcsim shrink my.toml --seed 7 > small.toml     the smallest scenario that breaks as my.toml does
  rcsim shrink my.toml --check causal            of several broken checks, this one
  rcsim shrink failure.toml --out small.toml     a failure of `rcsim hunt`
  rcsim shrink scope.toml --explore              a run that breaks as the counterexample of `rcsim explore`
  rcsim run small.toml --explain                 tells it as a proof

Exit codes: 0 it was found; 2 the order holds, bad usage or scenario; 3 the machine failed.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    run: OneRun,
    /// The violation is one that `rcsim explore` finds in the scope of the scenario: runs in that scope are drawn until one
    /// breaks the same check
    #[arg(long, conflicts_with = "seed")]
    explore: bool,
    /// The check that is to stay broken [default: the one that breaks first]
    #[arg(long, value_name = "CHECK", value_parser = check)]
    check: Option<Check>,
    /// Writes the scenario to this file; without it, to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What is printed: the scenario, or an object that holds it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn check(name: &str) -> Result<Check, String> {
    Check::from_name(name).ok_or_else(|| {
        format!("expected the name of a check; there are: {}", Check::ALL.map(Check::name).join(", "))
    })
}

/// Shrinks the scenario.
pub(super) fn shrink(args: &Args) -> Result<Ending, Failure> {
    output::apart([args.run.scenario.as_path()], &[("--out", args.out.as_deref())])?;
    let scenario = args.run.load()?;
    let out = OutFile::begin(args.out.as_deref())?;
    let (shrunk, origin) = if args.explore {
        (in_scope(&scenario, args.check)?, explored(args))
    } else {
        (smallest(&scenario, args.check)?, args.run.command("shrink", &scenario))
    };
    let text = file(&shrunk, &origin);
    if let Some(file) = out {
        file.finish(&text)?;
    }
    match (args.format, &args.out) {
        (Format::Json, _) => output::write(&ShrunkResult::new(&shrunk, &text).line())?,
        (Format::Text, None) => output::write(&text)?,
        (Format::Text, Some(path)) => {
            output::write(&format!(
                "{}\n{}\n",
                ShrunkResult::new(&shrunk, &text).sentence(),
                path.display()
            ))?;
        }
    }
    Ok(Ending::AsExpected)
}

/// The command that looks in the scope again.
fn explored(args: &Args) -> String {
    let set = args.run.set.iter().map(|set| format!(" --set {}", quoted(set)));
    let path = quoted_path(&args.run.scenario);
    std::iter::once(format!("rcsim shrink {path} --explore")).chain(set).collect()
}

/// Explores the scope of a scenario and shrinks the first run drawn in it that breaks the same check.
fn in_scope(scenario: &Scenario, check: Option<Check>) -> Result<Shrunk, Failure> {
    let mut watch = |_: &Progress| memory::is_short().then_some(Stop::Memory);
    let (_, found) = explore::explore(scenario, true, &mut watch)?;
    let is_asked = |found: &&Counterexample| check.is_none_or(|check| found.check == check);
    let Some(shortest) = found.counterexamples.iter().find(is_asked) else {
        return Err(match check {
            Some(check) if !found.counterexamples.is_empty() => ShrinkError::NotBroken(check).into(),
            _ if found.stopped.is_some() => ShrinkError::Unseen.into(),
            _ => ShrinkError::HoldsInScope.into(),
        });
    };
    for seed in 0..RUNS_IN_SCOPE {
        let run = of_scope(scenario, seed);
        let judged = judge_only(&run, ())?;
        if judged.verdict.violations.iter().any(|violation| violation.check == shortest.check) {
            return Ok(smallest(&run, Some(shortest.check))?);
        }
    }
    let (check, steps) = (shortest.check, shortest.steps.len());
    Err(ShrinkError::NoRun { check, steps, tried: RUNS_IN_SCOPE }.into())
}

/// The scenario under a comment that says where it came from.
pub(super) fn file(shrunk: &Shrunk, origin: &str) -> String {
    let said = ShrunkResult::new(shrunk, "").sentence();
    let comment: String = [said.as_str(), &format!("From: {origin}")]
        .iter()
        .flat_map(|text| crate::report::text::wrap(text, "# ", 2))
        .map(|line| if line.starts_with('#') { line + "\n" } else { format!("# {}\n", line.trim_start()) })
        .collect();
    format!("{comment}{}", shrunk.text)
}

impl From<ShrinkError> for Failure {
    fn from(error: ShrinkError) -> Self {
        match error {
            ShrinkError::Simulate(error) => error.into(),
            error => Self::User(UserError::Shrink(error)),
        }
    }
}
