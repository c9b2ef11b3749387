//! Several runs: a line each, under one heading, as they come in.

use super::human::{count, seconds};
use super::style::{Paint, Style};
use super::violation_lines;
use super::wrap::width;
use crate::report::result::RunResult;
use crate::scenario::Scenario;

/// Columns after those of scenario, seed and scheme; `order` holds `broken`.
const HEADINGS: [&str; 5] = ["order ", "expected", "writes", "received p99", "RPO max"];

/// How many of these columns hold words.
const WORDS: usize = 2;

/// Writes lines for runs one after the other; the widths of columns follow from the scenarios alone, so that
/// a line need not wait for the next.
#[derive(Clone, Debug)]
pub struct List {
    scenario_width: usize,
    seed_width: usize,
    scheme_width: usize,
    style: Style,
    /// Columns of a line.
    width: usize,
    runs: u64,
    expected: u64,
}

impl List {
    /// For runs of these scenarios with seeds up to `last_seed`.
    pub fn new(scenarios: &[Scenario], last_seed: u64, style: Style) -> Self {
        let widest = |name: fn(&Scenario) -> usize| scenarios.iter().map(name).max().unwrap_or(0);
        Self {
            scenario_width: widest(|scenario| scenario.name.chars().count()).max("scenario".len()),
            seed_width: last_seed.to_string().len().max("seed".len()),
            scheme_width: widest(|scenario| scenario.protocol.scheme.name().len()).max("scheme".len()),
            style,
            width: width(),
            runs: 0,
            expected: 0,
        }
    }

    /// The line of headings.
    pub fn heading(&self) -> String {
        let line = self.line(["scenario", "seed", "scheme"], &HEADINGS.map(str::to_owned));
        format!("{}\n", self.style.paint(&line, Paint::Faint))
    }

    /// The lines of one run; `replay` is the command that does it again.
    pub fn run(&mut self, result: &RunResult, replay: &str) -> String {
        self.runs += 1;
        self.expected += u64::from(result.expected);
        let cells = [
            result.order.verdict.to_owned(),
            if result.expected { "yes" } else { "no" }.to_owned(),
            count(result.writes.acknowledged),
            seconds(result.received_lag.p99_s),
            seconds(result.rpo.max_s),
        ];
        let seed = result.seed.to_string();
        let mut text = self.line([&result.scenario, &seed, result.scheme], &cells);
        text.push('\n');
        if !result.expected {
            for unmet in &result.unmet {
                text.push_str("  ");
                text.push_str(&self.style.paint(unmet, Paint::Bad));
                text.push('\n');
            }
            for line in violation_lines(result.order.first_violation.as_ref(), None, replay) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        text
    }

    /// The last line.
    pub fn summary(&self) -> String {
        let paint = if self.expected == self.runs { Paint::Good } else { Paint::Bad };
        let told = format!("{} of {} runs met their expectation", count(self.expected), count(self.runs));
        format!("{}\n", self.style.paint(&told, paint))
    }

    fn line(&self, [scenario, seed, scheme]: [&str; 3], cells: &[String; 5]) -> String {
        let (first, second, third) = (self.scenario_width, self.seed_width, self.scheme_width);
        let run = format!("{scenario:<first$}  {seed:>second$}  {scheme:<third$}");
        let mut line = run;
        for (index, (cell, heading)) in cells.iter().zip(HEADINGS).enumerate() {
            let width = heading.len().max(if heading == "writes" { "1,000,000".len() } else { 0 });
            // What finds no room is left out, the same in every line; the verdict never is.
            if index >= WORDS && line.chars().count() + 2 + width > self.width {
                break;
            }
            // Words to the left, numbers to the right.
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let (before, after) = if index < WORDS { ("", padding.as_str()) } else { (padding.as_str(), "") };
            line.extend(["  ", before, cell, after]);
        }
        line.trim_end().to_owned()
    }
}
