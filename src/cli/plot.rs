//! `rcsim plot`: figures and a page from a folder of results.

use std::path::PathBuf;

use super::exit::{Ending, Failure, MachineError, UserError};
use super::output;
use crate::report::plot::{Choice, Format, Options, PlotError, Scale, plot as draw};
use crate::sweep::SweepError;
use crate::sweep::folder::unfinished;

/// Arguments of `plot`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What `rcsim sweep --out` or `rcsim run --out` has written
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Where figures and report.html go [default: `figures` in DIR]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Files of each figure, beside the page that holds them all
    #[arg(long, value_enum, value_delimiter = ',', default_value = "svg,png")]
    format: Vec<Format>,

    /// The x axis: a varied key, a column of runs.csv, or `loss` (measured)
    #[arg(long, value_name = "KEY")]
    x: Option<String>,

    /// A measure: a column of runs.csv, `loss`, or `broken` (share of runs)
    #[arg(long, value_name = "MEASURE")]
    y: Vec<String>,

    /// A varied key that tells curves apart
    #[arg(long, value_name = "KEY")]
    by: Vec<String>,

    /// Draws only the points at which a varied key has this value
    #[arg(long = "where", value_name = "KEY=VALUE")]
    only: Vec<String>,

    /// Scale of the x axis
    #[arg(long, value_enum, default_value = "auto")]
    x_scale: Scale,

    /// Scale of the y axis
    #[arg(long, value_enum, default_value = "auto")]
    y_scale: Scale,

    /// Heading of the page [default: the scenario's title]
    #[arg(long)]
    title: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  rcsim plot results/loss                                   every figure that the sweep gives
  rcsim plot results/loss --x wan.reordered_ratio --y rpo.max_s
  rcsim plot results/run --out slides --format png          one run: RPO, cache use and lag over time

Lags are drawn against what the packets suffered (measured RFC 4737 ratio, measured loss), never against the
knob. Bands are Student intervals of 95 % over seeds; a dot in a ring has none, since too few runs saw a loss
or whatever else the measure hangs on; an arrow marks a lower bound. docs/measures.md defines every measure.
Nothing is written unless all of it can be.";

/// Draws.
pub(super) fn plot(args: &Args) -> Result<Ending, Failure> {
    let options = Options {
        out: args.out.clone(),
        formats: args.format.clone(),
        choice: Choice {
            x: args.x.clone(),
            y: args.y.clone(),
            by: args.by.clone(),
            only: args.only.clone(),
            x_scale: args.x_scale,
            y_scale: args.y_scale,
        },
        title: args.title.clone(),
    };
    if let Some(how_far) = unfinished(&args.folder)? {
        return Err(SweepError::Input(how_far).into());
    }
    let written = draw(&args.folder, &options)?;
    // The page is the last; one line is enough to find all of it.
    if let Some(page) = written.last() {
        output::write(&format!("{} files, {}\n", written.len(), page.display()))?;
    }
    Ok(Ending::AsExpected)
}

impl From<PlotError> for Failure {
    fn from(error: PlotError) -> Self {
        if error.is_of_the_machine() {
            Self::Machine(MachineError::Plot(error))
        } else {
            Self::User(UserError::Plot(error))
        }
    }
}
