//! `rcsim regress`: the shipped scenarios over their seeds against the golden file.

use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::in_order::in_order;
use super::output;
use super::progress::RunsProgress;
use super::threads::Threads;
use crate::regress::compare::compare;
use crate::regress::golden::FILE_NAME;
use crate::regress::replay::{SEEDS, find, name, records, replay};
use crate::regress::{Change, Entry, Finding, Golden, junit};
use crate::report::text::{count, plural};
use crate::scenario::{self, Scenario};

/// At most so many records of a bracket are shown.
const MOST_RECORDS: u64 = 16;

/// Arguments of `regress`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim regress
  rcsim regress scenarios/figures --junit regress.xml
  rcsim regress --bless

Each scenario runs with its own seed and the next two. On a change it says which record differs first (by marks of
the golden file, which bracket it), shows what the run does there now, and lists verdicts and figures that changed.

Exit codes: 0 all is as it was; 1 something changed, or a scenario does not meet its [expect]; 2 bad usage, scenario
or golden file; 3 the machine failed.")]
pub(super) struct Args {
    /// Replays every scenario in this folder and below
    #[arg(default_value = "scenarios", value_name = "DIR")]
    folder: PathBuf,
    /// Renews the golden file for these scenarios: whole or not at all
    #[arg(long)]
    bless: bool,
    /// Writes the outcome as `JUnit` XML there
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The golden file
    #[arg(long, value_name = "FILE", default_value = FILE_NAME)]
    golden: PathBuf,
    #[command(flatten)]
    threads: Threads,
}

/// Replays, compares, tells.
pub(super) fn regress(args: &Args) -> Result<Ending, Failure> {
    let shipped = Shipped::load(args)?;
    let golden = Golden::read(&args.golden)?;
    let now = shipped.replay(args)?;
    let findings = compare(&golden, &now, |scenario| shipped.covers(scenario));
    let mut text = Vec::new();
    for finding in findings.iter().filter(|finding| !finding.changes.is_empty()) {
        let (scenario, seed) = &finding.name;
        text.push(format!("{scenario}, seed {seed}\n{}", shipped.details(finding)?));
    }
    if let Some(path) = &args.junit {
        let mut details = std::collections::BTreeMap::new();
        for finding in findings.iter().filter(|finding| !finding.changes.is_empty()) {
            details.insert(&finding.name, shipped.details(finding)?);
        }
        let xml = junit::xml(&findings, |finding| details.get(&finding.name).cloned().unwrap_or_default());
        let failed = |source| MachineError::File { path: path.clone(), source };
        std::fs::write(path, xml).map_err(failed)?;
    }
    let changed = findings.iter().filter(|finding| !finding.changes.is_empty()).count();
    if args.bless {
        return shipped.bless(args, golden, now, &findings, text);
    }
    text.push(match changed {
        0 => format!("{} as they were\n", plural(findings.len(), "run")),
        _ => format!(
            "{} of {} changed; --bless renews {}\n",
            changed,
            plural(findings.len(), "run"),
            args.golden.display()
        ),
    });
    output::write(&text.concat())?;
    Ok(if changed == 0 { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// The scenarios that are replayed.
struct Shipped {
    /// What their names begin with.
    folder: String,
    /// Name and scenario.
    scenarios: Vec<(String, Scenario)>,
}

impl Shipped {
    fn load(args: &Args) -> Result<Self, Failure> {
        let home = std::env::current_dir().unwrap_or_default();
        let paths = match find(&args.folder) {
            Ok(paths) if !paths.is_empty() => paths,
            _ => return Err(UserError::NoScenario(args.folder.clone()).into()),
        };
        let (mut scenarios, mut diagnostics) = (Vec::new(), Vec::new());
        for path in &paths {
            match scenario::load(path, &[]) {
                Ok(scenario) => scenarios.push((name(path, &home), scenario)),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        if !diagnostics.is_empty() {
            return Err(UserError::Scenarios(diagnostics).into());
        }
        Ok(Self { folder: name(&args.folder, &home), scenarios })
    }

    /// Is a scenario of this name replayed, or would it be if it were there?
    fn covers(&self, scenario: &str) -> bool {
        self.folder.is_empty() || Path::new(scenario).starts_with(&self.folder)
    }

    fn replay(&self, args: &Args) -> Result<Vec<Entry>, Failure> {
        let runs = self.scenarios.len() as u64 * SEEDS;
        let progress = RunsProgress::new();
        progress.due(runs);
        let mut entries = Vec::new();
        let run = |index: u64| {
            let (name, scenario) = &self.scenarios[(index / SEEDS) as usize];
            let mut entry = replay(name, &with_seed(scenario, index % SEEDS))?;
            // [expect] speaks of the scenario's own seed; of the others the golden file says what is usual.
            entry.expected |= !index.is_multiple_of(SEEDS);
            progress.finished();
            Ok(entry)
        };
        let ended = in_order(args.threads.for_runs(runs), runs, run, |entry| {
            entries.push(entry);
            Ok(())
        });
        progress.finish();
        ended.map(|()| entries)
    }

    /// What changed in a run, a line each, and what the run does where it differs first.
    fn details(&self, finding: &Finding) -> Result<String, Failure> {
        let mut text = Vec::new();
        for change in &finding.changes {
            text.push(format!("  {}\n", change.tell()));
            if let Change::Records { first, last, .. } = *change {
                text.push(self.bracket(finding, first, last)?);
            }
        }
        Ok(text.concat())
    }

    fn bracket(&self, finding: &Finding, first: u64, last: u64) -> Result<String, Failure> {
        let (name, seed) = &finding.name;
        let Some((_, scenario)) = self.scenarios.iter().find(|(found, _)| found == name) else {
            return Ok(String::new());
        };
        let mut scenario = scenario.clone();
        scenario.run.seed = *seed;
        let lines = records(&scenario, first, last, MOST_RECORDS)?;
        let mut text: Vec<String> = lines.iter().map(|line| format!("    {line}\n")).collect();
        let shown = lines.len() as u64;
        if shown == 0 {
            text.push("    (the run has ended before)\n".to_owned());
        } else if shown == MOST_RECORDS && last - first + 1 > shown {
            text.push(format!("    .. {} more up to record {last}\n", count(last - first + 1 - shown)));
        }
        Ok(text.concat())
    }

    fn bless(
        &self,
        args: &Args,
        mut golden: Golden,
        now: Vec<Entry>,
        findings: &[Finding],
        mut text: Vec<String>,
    ) -> Result<Ending, Failure> {
        if findings
            .iter()
            .any(|finding| finding.changes.iter().any(|change| matches!(change, Change::NotExpected(_))))
        {
            text.push(
                "A scenario does not meet its own [expect]: the golden file was not renewed\n".to_owned(),
            );
            output::write(&text.concat())?;
            return Ok(Ending::NotAsExpected);
        }
        golden.entries.retain(|(scenario, _), _| !self.covers(scenario));
        golden.entries.extend(now.into_iter().map(|entry| (entry.name(), entry)));
        golden.write(&args.golden)?;
        let changed = findings.iter().filter(|finding| !finding.changes.is_empty()).count();
        text.push(format!("{} renewed in {}\n", plural(changed, "run"), args.golden.display()));
        output::write(&text.concat())?;
        Ok(Ending::AsExpected)
    }
}

fn with_seed(scenario: &Scenario, offset: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.run.seed = scenario.run.seed.wrapping_add(offset);
    scenario
}
