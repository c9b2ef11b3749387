//! `rcsim compare`: two runs, sweeps or versions side by side.

use std::path::PathBuf;

use super::exit::{Ending, Failure};
use super::figures::{shown, signed, with_interval};
use super::output;
use crate::report::text::{Table, plural};
use crate::sweep::compare::{Comparison, MEASURES, Row, compare as compared};

/// Arguments of `compare`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim compare out/before out/after
  rcsim compare out/pair out/group --measure rpo.max_s --measure wan.retransmitted --format markdown

Each run of A is paired with that of B which has the same values of the varied keys and the same seed. What is shown
is B less A: paired differences with intervals of 95%, as in paired.csv. Without an interval a difference has a star.

Exit codes: 0 compared, whatever came of it; 2 there is nothing to compare; 3 the machine failed.")]
pub(super) struct Args {
    /// A folder of `sweep --out` or `run --out`, or a result.json
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Another
    #[arg(value_name = "B")]
    b: PathBuf,
    /// What is compared: a column of runs.csv, or `broken` [default: lags, recovery point, broken runs, resends]
    #[arg(long, value_name = "COLUMN")]
    measure: Vec<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// A table in Markdown
    Markdown,
    /// A table in LaTeX (booktabs)
    Latex,
    /// A JSON object a line, numbers as they are
    Json,
}

/// Compares.
pub(super) fn compare(args: &Args) -> Result<Ending, Failure> {
    let default = || MEASURES.map(str::to_owned).to_vec();
    let measures = if args.measure.is_empty() { default() } else { args.measure.clone() };
    let comparison = compared(&args.a, &args.b, &measures)?;
    output::write(&match args.format {
        Format::Text => text(args, &comparison),
        Format::Markdown => markdown(&comparison),
        Format::Latex => latex(&comparison),
        Format::Json => json(&comparison),
    })?;
    Ok(Ending::AsExpected)
}

/// Point, measure, A, B, difference.
fn cells(row: &Row) -> [String; 5] {
    let (measure, difference) = (row.measure.as_str(), &row.difference);
    [
        row.point.clone(),
        measure.to_owned(),
        shown(measure, difference.from),
        shown(measure, difference.to),
        with_interval(signed, measure, difference.estimate.mean, difference.estimate.interval),
    ]
}

const HEADINGS: [&str; 5] = ["point", "measure", "A", "B", "B less A"];

fn text(args: &Args, comparison: &Comparison) -> String {
    let mut lines = vec![format!("A {}\nB {}", args.a.display(), args.b.display())];
    let mut table = Table::default();
    table.heading(HEADINGS);
    for row in &comparison.rows {
        table.row(cells(row));
    }
    lines.extend(table.lines(2, output::style()));
    let (same, both) = comparison.same_digest;
    lines.push(format!("  {} in both, of which {same} have equal digests", plural(both, "run")));
    for (side, alone) in [("A", comparison.alone.0), ("B", comparison.alone.1)] {
        if alone > 0 {
            lines.push(format!("  {} of {side} without a partner", plural(alone, "run")));
        }
    }
    let mut notes: Vec<&str> = comparison.rows.iter().map(|row| row.difference.note.as_str()).collect();
    notes.retain(|note| !note.is_empty());
    notes.sort_unstable();
    notes.dedup();
    lines.extend(notes.iter().take(3).map(|note| format!("  * {note}")));
    lines.join("\n") + "\n"
}

fn markdown(comparison: &Comparison) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![line(&HEADINGS.map(str::to_owned)), "|---|---|---:|---:|---:|".to_owned()];
    lines.extend(comparison.rows.iter().map(|row| line(&cells(row))));
    lines.join("\n") + "\n"
}

fn latex(comparison: &Comparison) -> String {
    let escaped = |cell: &str| {
        let mut text = String::new();
        for character in cell.chars() {
            match character {
                '&' | '%' | '$' | '#' | '_' | '{' | '}' => text.extend(['\\', character]),
                '~' => text.push_str("\\textasciitilde{}"),
                '^' => text.push_str("\\textasciicircum{}"),
                '\\' => text.push_str("\\textbackslash{}"),
                _ => text.push(character),
            }
        }
        text
    };
    let line = |cells: &[String]| {
        format!("{} \\\\", cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join(" & "))
    };
    let mut lines = vec!["\\begin{tabular}{llrrr}".to_owned(), "\\toprule".to_owned()];
    lines.push(line(&HEADINGS.map(str::to_owned)));
    lines.push("\\midrule".to_owned());
    lines.extend(comparison.rows.iter().map(|row| line(&cells(row))));
    lines.extend(["\\bottomrule".to_owned(), "\\end{tabular}".to_owned()]);
    lines.join("\n") + "\n"
}

fn json(comparison: &Comparison) -> String {
    let mut lines = String::new();
    for row in &comparison.rows {
        let estimate = &row.difference.estimate;
        let line = serde_json::json!({
            "point": row.point, "measure": row.measure, "runs": estimate.runs,
            "a": row.difference.from, "b": row.difference.to, "difference": estimate.mean,
            "low_95": estimate.interval.map(|(low, _)| low), "high_95": estimate.interval.map(|(_, high)| high),
            "interval": estimate.basis.name(), "note": row.difference.note,
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    lines
}
