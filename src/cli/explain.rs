//! `rcsim explain`: runs a scenario and tells why its order broke.

use std::path::PathBuf;

use super::exit::{Ending, Failure, MachineError, UserError};
use super::one::OneRun;
use super::output::{self, OutFile};
use super::run::Format;
use crate::explain::{self, Detail, Wanted};
use crate::metrics::Options;
use crate::report::plot::{self, Beside};
use crate::report::{ExplanationResult, RunResult, json, text};
use crate::scenario::{self, Scenario};
use crate::world::simulate;

const EXAMPLES: &str = "\
Examples:
  rcsim explain my.toml                  the first violation: proof, story and cause
  rcsim explain my.toml --full           every fact about its writes
  rcsim explain my.toml --set wan.loss=0.01 --seed 7
  rcsim explain my.toml --html why.html  a page to step through, beside the repaired rules; --svg FILE for the picture

Exit codes as of `rcsim run`: 0 the run met its [expect]; 1 it did not; 2 bad usage or scenario; 3 the machine failed.";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    run: OneRun,
    /// Lists every fact; by default repeats are folded, and the middle of a long story is left out
    #[arg(long)]
    full: bool,
    /// Draws the writes of the violation in this file: sites as lines, packets as arrows, lost ones crossed, limits as fronts
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Writes a page to this file on which one steps through time, with the same writes under the repaired rules beside
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// What is printed: text for a person, or the result with its explanation as one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the scenario, and explains its first violation.
pub(super) fn explain(args: &Args) -> Result<Ending, Failure> {
    let files = [("--svg", args.svg.as_deref()), ("--html", args.html.as_deref())];
    output::apart([args.run.scenario.as_path()], &files)?;
    let scenario = args.run.load()?;
    let drawn = Drawn::begin(args)?;
    let outcome = simulate(&scenario, Options::default(), &mut |_| {})?;
    let mut result = RunResult::new(&scenario, &outcome);
    let detail = if args.full { Detail::Full } else { Detail::Brief };
    let explanation = match outcome.judgement.verdict.first_violation() {
        Some(violation) => Some(explain::explain(&scenario, violation, Wanted { detail, cause: true })?),
        None => None,
    };
    result.explanation = explanation.as_ref().map(ExplanationResult::from);
    if args.svg.is_some() || args.html.is_some() {
        let beside = match outcome.judgement.verdict.first_violation() {
            Some(violation) if args.html.is_some() => explain::beside(&scenario, violation)?,
            _ => None,
        };
        drawn.finish(args, &scenario, &result, beside)?;
    }
    match args.format {
        Format::Json => output::write(&json::line(&result))?,
        Format::Text => {
            let replay = args.run.command("run", &scenario);
            let told = explanation.as_ref().map(|explanation| (explanation, detail));
            output::write(&text::explanation_page(&scenario, &result, told, &replay, output::style()))?;
        }
    }
    Ok(if result.expected { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// The picture and the page that were asked for, begun before the run.
struct Drawn<'a> {
    svg: Option<OutFile<'a>>,
    html: Option<OutFile<'a>>,
}

impl<'a> Drawn<'a> {
    fn begin(args: &'a Args) -> Result<Self, MachineError> {
        Ok(Self { svg: OutFile::begin(args.svg.as_deref())?, html: OutFile::begin(args.html.as_deref())? })
    }

    /// Writes them; `beside` is what the same writes do with something repaired.
    fn finish(
        self,
        args: &Args,
        scenario: &Scenario,
        result: &RunResult,
        beside: Option<(String, explain::Picture)>,
    ) -> Result<(), Failure> {
        let value = json::value(result);
        let Some(picture) = plot::picture(&value) else { return Err(UserError::NothingToDraw.into()) };
        if let Some(file) = self.svg {
            file.finish(&picture)?;
        }
        if let Some(file) = self.html {
            let beside = beside.map(|(repaired, picture)| Beside { repaired, picture: (&picture).into() });
            let text = scenario::write(scenario).ok();
            let replay = args.run.command("run", scenario);
            file.finish(plot::steps_page(&value, beside.as_ref(), text.as_deref(), &replay))?;
        }
        Ok(())
    }
}
