//! `rcsim regress`: the shipped scenarios over their seeds against the golden file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::in_order::in_order;
use super::output::{self, OutFile};
use super::progress::RunsProgress;
use super::threads::Threads;
use crate::regress::compare::compare;
use crate::regress::golden::{FILE_NAME, Name};
use crate::regress::replay::{SEEDS, find, golden_above, home_of, name, records, replay, source_of};
use crate::regress::{Change, Entry, Finding, Golden};
use crate::report::junit::{self, Case};
use crate::report::text::{count, plural};
use crate::running::estimate::Stopwatch;
use crate::scenario::{self, Scenario};

/// At most this many records of a bracket are shown.
const MOST_RECORDS: u64 = 16;

/// Arguments of `regress`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim regress
  rcsim regress scenarios/figures --junit regress.xml
  rcsim regress scenarios/demos/quickstart.toml
  rcsim regress --filter tape --bless

Each scenario runs with its own seed and the next two. If a run changed, the output says whether the scenario changed \
too, among which records the first different one is, what the run does there now, and which verdicts and figures \
changed. The golden file is the nearest results/golden.jsonl in this folder or above.

Exit codes: 0 nothing changed; 1 something changed, or a scenario does not meet its [expect]; 2 bad usage, scenario \
or golden file; 3 the machine failed.")]
pub(super) struct Args {
    /// A scenario, or a folder: every scenario in it and below [default: scenarios, beside results]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Only scenarios whose name contains this text, or one of several such texts
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Lists the runs without running them
    #[arg(long, conflicts_with_all = ["bless", "junit"])]
    list: bool,
    /// What is printed: text for a person, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Updates the golden file for these scenarios, completely or not at all
    #[arg(long)]
    bless: bool,
    /// File for the outcome as `JUnit` XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The golden file [default: the nearest results/golden.jsonl above]
    #[arg(long, value_name = "FILE")]
    golden: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// Replays, compares, tells.
pub(super) fn regress(args: &Args) -> Result<Ending, Failure> {
    let shipped = Shipped::load(args)?;
    if args.list {
        output::write(&shipped.list(args.format))?;
        return Ok(Ending::AsExpected);
    }
    let junit = OutFile::begin(args.junit.as_deref())?;
    let golden = Golden::read(&shipped.golden)?;
    let (now, times) = shipped.replay(args)?;
    let findings = compare(&golden, &now, |scenario| shipped.covers(scenario));
    let mut details = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.changes.is_empty()) {
        details.insert(&finding.name, shipped.details(finding)?);
    }
    if let Some(file) = junit {
        let case = |finding: &Finding| {
            let (scenario, seed) = &finding.name;
            let told = details.get(&finding.name).map_or_else(String::new, |lines| lines.concat());
            Case {
                class: scenario.clone(),
                name: format!("seed {seed}"),
                seconds: times.get(&finding.name).copied(),
                failure: finding.changes.first().map(|first| (first.tell(), told)),
            }
        };
        let cases: Vec<Case> = findings.iter().map(case).collect();
        file.finish(junit::xml("rcsim regress", &cases))?;
    }
    let unmet = |change: &Change| matches!(change, Change::NotExpected(_));
    let may_bless = !findings.iter().any(|finding| finding.changes.iter().any(unmet));
    if args.bless && may_bless {
        shipped.bless(golden, now)?;
    }
    let text = match args.format {
        Format::Text => shipped.told(args, &findings, &details, may_bless),
        Format::Json => format!("{}\n", json(&findings, &details, args.bless && may_bless)),
    };
    output::write(&text)?;
    let is_as_it_was = details.is_empty() || args.bless && may_bless;
    Ok(if is_as_it_was { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// The outcome for a program: every run, and what changed in it.
fn json(findings: &[Finding], details: &BTreeMap<&Name, Vec<String>>, blessed: bool) -> serde_json::Value {
    let of = |finding: &Finding| {
        let (scenario, seed) = &finding.name;
        let changes: Vec<String> = finding.changes.iter().map(Change::tell).collect();
        let lines = details.get(&finding.name).map_or(&[][..], Vec::as_slice);
        let told: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        serde_json::json!({
            "scenario": scenario,
            "seed": seed,
            "changed": !changes.is_empty(),
            "scenario_changed": finding.changes.contains(&Change::Scenario),
            "changes": changes,
            "details": told,
        })
    };
    serde_json::json!({
        "schema": 1,
        "rcsim": env!("CARGO_PKG_VERSION"),
        "runs": findings.len(),
        "changed": details.len(),
        "blessed": blessed,
        "findings": findings.iter().map(of).collect::<Vec<_>>(),
    })
}

/// The scenarios that are replayed.
struct Shipped {
    /// The file or folder that was asked for, by its name in the golden file.
    asked: String,
    /// Texts of which a name must hold one, if there are any.
    filter: Vec<String>,
    /// The golden file.
    golden: PathBuf,
    /// Name, what it is made of, and scenario.
    scenarios: Vec<(String, String, Scenario)>,
}

impl Shipped {
    fn load(args: &Args) -> Result<Self, Failure> {
        let here = PathBuf::from(".");
        let near = args.path.as_ref().filter(|path| path.exists()).unwrap_or(&here);
        let golden = args.golden.clone().or_else(|| golden_above(near)).or_else(|| golden_above(&here));
        let golden = golden.unwrap_or_else(|| PathBuf::from(FILE_NAME));
        let home = home_of(&golden);
        let path = args.path.clone().unwrap_or_else(|| home.join("scenarios"));
        let mut found =
            Self { asked: name(&path, &home), filter: args.filter.clone(), golden, scenarios: Vec::new() };
        let mut diagnostics = Vec::new();
        let paths = find(&path).map_err(|_| UserError::NoScenario(path.clone()))?;
        let paths: Vec<_> = paths.iter().filter(|path| found.covers(&name(path, &home))).collect();
        for path in paths {
            match scenario::load(path, &[]) {
                Ok(scenario) => {
                    let failed = |source| MachineError::File { path: path.clone(), source };
                    let source = source_of(path).map_err(failed)?;
                    found.scenarios.push((name(path, &home), source, scenario));
                }
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        if !diagnostics.is_empty() {
            return Err(UserError::Scenarios(diagnostics).into());
        }
        if found.scenarios.is_empty() {
            return Err(if args.filter.is_empty() {
                UserError::NoScenario(path).into()
            } else {
                UserError::NoneOfFilter(path, args.filter.join(", ")).into()
            });
        }
        Ok(found)
    }

    /// The runs, a line each.
    fn list(&self, format: Format) -> String {
        let runs = self.scenarios.iter().flat_map(|(name, _, scenario)| {
            (0..SEEDS).map(move |offset| (name, with_seed(scenario, offset).run.seed))
        });
        let line = |(name, seed): (&String, u64)| match format {
            Format::Text => format!("{name}, seed {seed}\n"),
            Format::Json => format!("{}\n", serde_json::json!({ "scenario": name, "seed": seed })),
        };
        runs.map(line).collect()
    }

    /// Is a scenario of this name replayed, or would it be if it were there?
    fn covers(&self, scenario: &str) -> bool {
        let is_below = self.asked.is_empty() || Path::new(scenario).starts_with(&self.asked);
        is_below
            && (self.filter.is_empty() || self.filter.iter().any(|text| scenario.contains(text.as_str())))
    }

    /// What every run does now, and how many seconds it took.
    fn replay(&self, args: &Args) -> Result<(Vec<Entry>, BTreeMap<Name, f64>), Failure> {
        let runs = self.scenarios.len() as u64 * SEEDS;
        let progress = RunsProgress::new();
        progress.due(runs);
        let (mut entries, mut times) = (Vec::new(), BTreeMap::new());
        let run = |index: u64| {
            let (name, source, scenario) = &self.scenarios[(index / SEEDS) as usize];
            let stopwatch = Stopwatch::start();
            let mut entry = replay(name, &with_seed(scenario, index % SEEDS))?;
            entry.source = Some(source.clone());
            // [expect] speaks of the scenario's own seed; of the others the golden file says what is usual.
            entry.expected |= !index.is_multiple_of(SEEDS);
            progress.finished();
            Ok((entry, stopwatch.seconds()))
        };
        let ended = in_order(args.threads.for_runs(runs), runs, run, |(entry, took_s)| {
            times.insert(entry.name(), took_s);
            entries.push(entry);
            Ok(())
        });
        progress.finish();
        ended.map(|()| (entries, times))
    }

    /// What changed in a run, a line each, and what the run does where it differs first.
    fn details(&self, finding: &Finding) -> Result<Vec<String>, Failure> {
        let mut text = Vec::new();
        for change in &finding.changes {
            text.push(format!("  {}\n", change.tell()));
            if let Change::Records { first, last, .. } = *change {
                text.extend(self.bracket(finding, first, last)?);
            }
        }
        Ok(text)
    }

    fn bracket(&self, finding: &Finding, first: u64, last: u64) -> Result<Vec<String>, Failure> {
        let (name, seed) = &finding.name;
        let Some((_, _, scenario)) = self.scenarios.iter().find(|(found, ..)| found == name) else {
            return Ok(Vec::new());
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
        Ok(text)
    }

    /// The outcome for a person.
    fn told(
        &self,
        args: &Args,
        findings: &[Finding],
        details: &BTreeMap<&Name, Vec<String>>,
        may_bless: bool,
    ) -> String {
        let of = |((scenario, seed), lines): (&&Name, &Vec<String>)| {
            format!("{scenario}, seed {seed}\n{}", lines.concat())
        };
        let mut text: String = details.iter().map(of).collect();
        let golden = args.golden.clone().unwrap_or_else(|| self.shown_golden());
        let golden = golden.display();
        let (changed, runs) = (details.len(), plural(findings.len(), "run"));
        text.push_str(&match (args.bless, may_bless) {
            (true, true) => format!("{golden} updated: {changed} of {runs} changed\n"),
            (true, false) => {
                "A scenario does not meet its own [expect]: the golden file was not updated\n".to_owned()
            }
            (false, _) if changed == 0 => format!("{runs} unchanged\n"),
            (false, _) => format!("{changed} of {runs} changed; --bless updates {golden}\n"),
        });
        text
    }

    /// The golden file as it is shown: from here, where it is below.
    fn shown_golden(&self) -> PathBuf {
        let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
        self.golden.strip_prefix(&here).map_or_else(|_| self.golden.clone(), Path::to_owned)
    }

    fn bless(&self, mut golden: Golden, now: Vec<Entry>) -> Result<(), Failure> {
        golden.entries.retain(|(scenario, _), _| !self.covers(scenario));
        golden.entries.extend(now.into_iter().map(|entry| (entry.name(), entry)));
        Ok(golden.write(&self.golden)?)
    }
}

fn with_seed(scenario: &Scenario, offset: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.run.seed = scenario.run.seed.wrapping_add(offset);
    scenario
}
