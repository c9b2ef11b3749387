//! `rcsim plot`: figures and a page from a folder of results.

use std::path::PathBuf;

use super::exit::{Ending, Failure, MachineError, UserError};
use super::output;
use crate::report::plot::paper::{Size, font_points};
use crate::report::plot::{Choice, Format, Options, PlotError, Scale, plot as draw};
use crate::sweep::SweepError;
use crate::sweep::folder::unfinished;

/// Arguments of `plot`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder that `rcsim sweep --out` or `rcsim run --out` wrote; or a folder of figures, or the CSV beside a figure, to draw
    /// them again
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Folder for figures and report.html [default: `figures` in DIR]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Formats of the figure files; report.html holds every figure too
    #[arg(long, value_enum, value_delimiter = ',', default_value = "svg,png")]
    format: Vec<Format>,

    /// The x axis: a varied key, a column of runs.csv, or `loss` (measured)
    #[arg(long, value_name = "KEY")]
    x: Option<String>,

    /// A measure: a column of runs.csv, `loss`, or `broken` (share of runs)
    #[arg(long, value_name = "MEASURE")]
    y: Vec<String>,

    /// A varied key: one curve for each of its values
    #[arg(long, value_name = "KEY")]
    by: Vec<String>,

    /// Draws only points at which a varied key has this value, or one of these, if it is given several times
    #[arg(long = "where", value_name = "KEY=VALUE")]
    only: Vec<String>,

    /// What the x axis is called
    #[arg(long, value_name = "TEXT")]
    x_label: Option<String>,

    /// What the y axis is called
    #[arg(long, value_name = "TEXT")]
    y_label: Option<String>,

    /// Scale of the x axis
    #[arg(long, value_enum, default_value = "auto")]
    x_scale: Scale,

    /// Scale of the y axis
    #[arg(long, value_enum, default_value = "auto")]
    y_scale: Scale,

    /// Where the x axis begins and ends, either may be missing: 0..0.5, 10ms..
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    x_limits: Option<String>,

    /// Where the y axis begins and ends
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    y_limits: Option<String>,

    /// A varied key: one panel for each of its values
    #[arg(long, value_name = "KEY")]
    facet: Option<String>,

    /// What the figures stand on: letters, lines and margins fit it [default: screen, or as they were drawn]
    #[arg(long, value_enum)]
    size: Option<Size>,

    /// Height of the letters of labels in points [default: 8 in a column, 20 on a slide]
    #[arg(long, value_name = "POINTS", value_parser = font_points)]
    font_size: Option<f64>,

    /// Heading of the page [default: the scenario's title]; with `none` figures have no titles either
    #[arg(long, value_name = "TEXT|none")]
    title: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  rcsim plot results/loss                                   every figure of a sweep
  rcsim plot results/loss --x wan.reordered_ratio --y rpo.max_s
  rcsim plot results/loss --size single-column --title none --where protocol.scheme=group --facet wan.bandwidth
  rcsim plot results/run --out slides --size slide --format png          a run over time
  rcsim plot results/loss/figures/broken.csv --y-label \"Broken runs\" --size single-column      one figure again, without the runs

By default lags are drawn against what was measured (RFC 4737 ratio, loss), not against the setting. Bars (bands, \
where a curve has more than 30 points) are 95 % Student intervals over seeds. More than eight curves become panels. A dot in a ring has no interval: too few runs saw the events on which the \
measure depends, such as losses. An arrow marks a lower bound. docs/measures.md defines every measure. Either \
all files are written, or none.";

/// Draws.
pub(super) fn plot(args: &Args) -> Result<Ending, Failure> {
    let options = Options {
        out: args.out.clone(),
        formats: args.format.clone(),
        choices: vec![Choice {
            x: args.x.clone(),
            y: args.y.clone(),
            by: args.by.clone(),
            only: args.only.clone(),
            x_label: args.x_label.clone(),
            y_label: args.y_label.clone(),
            x_scale: args.x_scale,
            y_scale: args.y_scale,
            x_limits: args.x_limits.clone(),
            y_limits: args.y_limits.clone(),
            facet: args.facet.clone(),
            size: args.size,
            font_points: args.font_size,
            name: None,
            title: args.title.as_deref().filter(|title| *title == "none").map(|_| String::new()),
        }],
        title: args.title.clone().filter(|title| title != "none"),
        ..Options::default()
    };
    if args.folder.is_dir()
        && let Some(how_far) = unfinished(&args.folder)?
    {
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
