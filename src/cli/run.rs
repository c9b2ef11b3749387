//! `rcsim run`: scenarios over seeds, checked, told as text or JSON, written to a folder if asked for.
//!
//! All scenarios are validated before any runs. What comes out does not depend on the number of threads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::export::ExportArgs;
use super::in_order::in_order;
use super::number::whole;
use super::output::{self, OutFile};
use super::progress::{Progress, micros};
use super::threads::Threads;
use crate::explain::{Detail, Explanation, Question, Wanted};
use crate::metrics::Options;
use crate::report::InevitableResult;
use crate::report::junit::{self, Case};
use crate::report::{self, Folder, RunResult, json, text};
use crate::running::estimate::{self, MANY_RUNS, Stopwatch};
use crate::running::{RunOptions, WarmUp, explained, simulated, warm_up};
use crate::scenario::{self, Scenario, files};
use crate::sweep::Seeds;
use crate::world::{Disasters, disasters_only, simulate};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rcsim run scenarios/demos/quickstart.toml
  rcsim run scenarios/demos/quickstart.toml --set protocol.scheme=none --set wan.loss=0.05
  rcsim run scenarios/figures/*.toml --seeds 1..20 --format json > results.jsonl
  rcsim run my.toml --out results/my
  rcsim run my.toml --events facts.jsonl.zst --pcap packets.pcapng --perfetto trace.json

Exit codes: 0 every run met its [expect]; 1 a run did not; 2 bad usage or scenario; 3 the machine failed.")]
pub(super) struct Args {
    /// Scenario files; `-` is standard input
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,
    /// Names the run in results [default: the file's name without .toml]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// Overrides the scenario's seed
    #[arg(long, value_name = "N", conflicts_with = "seeds", value_parser = whole::<u64>(0, u64::MAX))]
    seed: Option<u64>,
    /// Runs each scenario with every seed from A to B, both included
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Sets a key of every scenario, as in `wan.loss=0.01` or `host.H1.workload.rate=50/s`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Statistics leave out this time at the start; `auto`: as long as pilot runs need to settle (MSER-5)
    #[arg(long, value_name = "TIME|auto")]
    warm_up: Option<WarmUp>,
    /// Folder for result, lag histogram and time series; it appears complete or not at all
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keeps the figures of each pair, too: `pairs.csv` in the folder
    #[arg(long, requires = "out")]
    pairs: bool,
    /// What is printed: text for a person, or one JSON object per run, one line each
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Explains each broken order: proof, story and cause. The page of a single run always does; `full`
    /// lists every fact
    #[arg(long, value_name = "HOW", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "brief")]
    explain: Option<How>,
    /// Of the first violation: from which instant on did it become likely, and certain? The run is repeated up to each
    /// of some 25 instants, and from there on drawn anew so many times
    #[arg(long, value_name = "DRAWS", num_args = 0..=1, require_equals = true, default_missing_value = "100",
        value_parser = whole::<u32>(1, 1_000_000))]
    inevitable: Option<u32>,
    /// Number of random disaster times. At each, a copy of the run loses its local site, recovers, and is
    /// compared with the checker block by block: slow, and needs memory for every write
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole::<u32>(0, u32::MAX.into()))]
    disasters: u32,
    /// Writes what `[expect]` says of each run, met or not, as `JUnit` XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    /// Runs even what would take very long or very much memory
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    export: ExportArgs,
}

/// The name of a run is that of a folder below `--out`, and of nothing elsewhere.
fn name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(std::path::is_separator) {
        return Err("expected a name that a folder can have, without `/`".to_owned());
    }
    Ok(text.to_owned())
}

/// More disasters than this, over all runs, are asked for first.
const MANY_DISASTERS: u64 = 10_000;
/// What they take is measured with this many.
const DISASTERS_TRIED: u32 = 100;

/// How much of a story is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum How {
    /// A screen: repeats are folded
    #[default]
    Brief,
    /// Every fact
    Full,
}

impl From<How> for Detail {
    fn from(how: How) -> Self {
        match how {
            How::Brief => Self::Brief,
            How::Full => Self::Full,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// One run of the plan.
struct Job<'a> {
    path: &'a PathBuf,
    /// The scenario as it was read.
    text: &'a str,
    scenario: Scenario,
}

/// All runs: each scenario with each of its seeds.
struct Plan<'a> {
    args: &'a Args,
    scenarios: Vec<Scenario>,
    /// Of each scenario, for the folder.
    texts: Vec<String>,
}

/// A run that is done.
struct Done<'a> {
    job: Job<'a>,
    result: RunResult,
    explanation: Option<Explanation>,
}

/// Runs everything, tells it, and says whether all of it was as expected.
pub(super) fn run(args: &Args) -> Result<Ending, Failure> {
    let (mut scenarios, texts) = load(args)?;
    if args.warm_up == Some(WarmUp::Auto) {
        for scenario in &mut scenarios {
            scenario.run.warm_up = warm_up::of_pilots(scenario)?;
        }
    }
    let plan = Plan { args, scenarios, texts };
    if args.export.is_any() && plan.is_several() {
        return Err(UserError::ExportOfSeveral(plan.count()).into());
    }
    if args.inevitable.is_some() && plan.is_several() {
        return Err(UserError::InevitableOfSeveral(plan.count()).into());
    }
    plan.check_files()?;
    if !args.yes {
        plan.ask()?;
    }
    let junit = OutFile::begin(args.junit.as_deref())?;
    let folder = match &args.out {
        None => None,
        Some(path) => {
            plan.check_names()?;
            Some(Folder::begin(path)?)
        }
    };
    let progress = Progress::new(plan.total_us());
    let mut teller = Teller::new(&plan);
    let told = progress.suspend(|| teller.heading()).map_err(Failure::from).and_then(|()| {
        in_order(
            args.threads.for_runs(plan.count()),
            plan.count(),
            |index| plan.run(index, folder.as_ref(), &progress),
            |done: Done| {
                if let Some(folder) = folder.as_ref().filter(|_| plan.is_several()) {
                    folder.append(&json::line(&done.result))?;
                }
                Ok(progress.suspend(|| teller.run(&done))?)
            },
        )
    });
    progress.finish();
    match told {
        Err(failure) if failure.is_closed_pipe() => return Ok(teller.ending()),
        told => told?,
    }
    if let Some(folder) = folder {
        folder.commit()?;
    }
    if let Some(file) = junit {
        file.finish(junit::xml("rcsim run", &teller.cases))?;
    }
    match teller.end().map_err(Failure::from) {
        Err(failure) if !failure.is_closed_pipe() => Err(failure),
        _ => Ok(teller.ending()),
    }
}

/// The scenarios and their texts.
fn load(args: &Args) -> Result<(Vec<Scenario>, Vec<String>), UserError> {
    let (mut scenarios, mut diagnostics) = ((Vec::new(), Vec::new()), Vec::new());
    for path in &args.scenarios {
        let settings: Vec<String> =
            args.set.iter().cloned().chain(WarmUp::setting(args.warm_up.as_ref())).collect();
        let text = scenario::Text::of_file(path);
        match text.and_then(|text| Ok((text.scenario(&settings, &[])?, text))) {
            Ok((mut scenario, text)) => {
                scenario.name = args.name.clone().unwrap_or(scenario.name);
                scenarios.0.push(scenario);
                scenarios.1.push(text.text);
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    if diagnostics.is_empty() { Ok(scenarios) } else { Err(UserError::Scenarios(diagnostics)) }
}

impl Plan<'_> {
    fn seeds(&self, scenario: &Scenario) -> Seeds {
        let one = Seeds::only(self.args.seed.unwrap_or(scenario.run.seed));
        self.args.seeds.unwrap_or(one)
    }

    fn count(&self) -> u64 {
        self.scenarios.iter().map(|scenario| self.seeds(scenario).count()).fold(0, u64::saturating_add)
    }

    fn is_several(&self) -> bool {
        self.count() > 1
    }

    /// Simulated time of all runs without draining, in microseconds.
    fn total_us(&self) -> u64 {
        let of =
            |scenario: &Scenario| micros(scenario.run.duration).saturating_mul(self.seeds(scenario).count());
        self.scenarios.iter().map(of).fold(0, u64::saturating_add)
    }

    /// Refuses what costs more than people are used to, and says what it costs.
    fn ask(&self) -> Result<(), Failure> {
        const ADVICE: &str = "Pass --yes to run them";
        let runs = self.count();
        let threads = self.args.threads.for_runs(runs);
        let one_each: Vec<_> = self.scenarios.iter().map(|one| (one, 1)).collect();
        let all_of_each: Vec<_> = self.scenarios.iter().map(|one| (one, self.seeds(one).count())).collect();
        // Many runs are told by the first of them, unless that is too much already.
        let each = if runs > MANY_RUNS { one_each } else { all_of_each };
        if let Some(refusal) = estimate::refusal(&each, threads) {
            return Err(UserError::Costly(refusal).into());
        }
        let disasters = u64::from(self.args.disasters).saturating_mul(runs);
        let Some(scenario) = self.scenarios.first() else { return Ok(()) };
        if runs > MANY_RUNS {
            let stopwatch = Stopwatch::start();
            let options = Options { series: self.args.out.is_some(), pairs: self.args.pairs };
            let outcome = simulate(scenario, options, &mut |_| {})?;
            let result = RunResult::new(scenario, &outcome);
            let size = |file: &report::File| file.content.len() as u64;
            let files = || report::files(scenario, &outcome, &result).iter().map(size).sum();
            let first = (stopwatch.seconds(), self.args.out.is_some().then(files));
            let what = format!("these are {} runs", text::count(runs));
            return Err(UserError::Costly(estimate::of_many(&what, runs, first, threads, ADVICE)).into());
        }
        if disasters > MANY_DISASTERS {
            let tried = Disasters { random: DISASTERS_TRIED, chosen: vec![] };
            let stopwatch = Stopwatch::start();
            disasters_only(scenario, &tried, &mut |_| {})?;
            let time_s = stopwatch.seconds() * disasters as f64 / f64::from(DISASTERS_TRIED) / threads as f64;
            let refusal = format!(
                "{} disasters would take about {}, estimated from the first {DISASTERS_TRIED}; nothing was \
                 run. {ADVICE}",
                text::count(disasters),
                estimate::long_time(time_s)
            );
            return Err(UserError::Costly(refusal).into());
        }
        Ok(())
    }

    /// No file is written over one that is read, or over another one.
    fn check_files(&self) -> Result<(), UserError> {
        let mut read: Vec<_> = self.args.scenarios.clone();
        for (path, text) in self.args.scenarios.iter().zip(&self.texts) {
            read.extend(found_files(path, text, self.args).into_iter().map(|(_, file)| file));
        }
        let mut written = self.args.export.files().to_vec();
        written.push(("--junit", self.args.junit.as_deref()));
        output::apart(read.iter().map(PathBuf::as_path), &written)
    }

    /// Each sub-folder of `--out` has a name of its own.
    fn check_names(&self) -> Result<(), UserError> {
        let mut names = BTreeSet::new();
        let repeated = self.scenarios.iter().find(|scenario| !names.insert(&scenario.name));
        repeated.map_or(Ok(()), |scenario| Err(UserError::SameName(scenario.name.clone())))
    }

    /// Run number `index`: scenario by scenario, in the order of seeds.
    fn job(&self, mut index: u64) -> Option<Job<'_>> {
        for ((path, scenario), text) in self.args.scenarios.iter().zip(&self.scenarios).zip(&self.texts) {
            let seeds = self.seeds(scenario);
            if index < seeds.count() {
                let mut scenario = scenario.clone();
                scenario.run.seed = seeds.first + index;
                return Some(Job { path, text, scenario });
            }
            index -= seeds.count();
        }
        None
    }

    /// Draws anew from each instant, on all threads.
    fn inevitable(&self, question: &Question) -> Result<InevitableResult, Failure> {
        let mut happened = Vec::new();
        let threads = self.args.threads.for_runs(question.runs());
        let happens = |run| Ok(question.happens(run)?);
        in_order(threads, question.runs(), happens, |happens| {
            happened.push(happens);
            Ok(())
        })?;
        Ok(InevitableResult::from(&question.answer(&happened)))
    }

    fn run(&self, index: u64, folder: Option<&Folder>, progress: &Progress) -> Result<Done<'_>, Failure> {
        let Some(job) = self.job(index) else {
            unreachable!("runs are numbered below their count");
        };
        let scenario = &job.scenario;
        let mut shown = progress.run(scenario.run.duration);
        let how = RunOptions {
            options: Options { series: folder.is_some(), pairs: self.args.pairs },
            disasters: self.args.disasters,
            // One run alone has a second core for its judge; the outcome does not depend on it.
            on_two_cores: !self.is_several() && self.args.threads.has_a_second(),
        };
        let progress = &mut |now| shown.at(now);
        let outcome = if how.disasters == 0 && self.args.export.is_any() {
            let mut exports = self.args.export.begin(scenario)?;
            let outcome = simulated(scenario, how, &mut exports, progress)?;
            self.args.export.finish(exports)?;
            outcome
        } else {
            simulated(scenario, how, (), progress)?
        };
        shown.done();
        let asked = self.args.explain.is_some();
        // The page of a folder tells the story too; what let it happen takes many runs, and is told if there is one.
        let wanted = asked || folder.is_some() || self.args.format == Format::Text && !self.is_several();
        let detail = self.args.explain.unwrap_or_default().into();
        let wanted = wanted.then_some(Wanted { detail, cause: asked || !self.is_several() });
        let (mut result, explanation) = explained(scenario, &outcome, wanted)?;
        if let (Some(draws), Some(violation)) =
            (self.args.inevitable, outcome.judgement.verdict.first_violation())
        {
            result.inevitable = Some(self.inevitable(&Question::new(scenario, violation, draws))?);
        }
        if let Some(folder) = folder {
            let sub_folder = format!("{}-seed{}", scenario.name, scenario.run.seed);
            let sub_folder = self.is_several().then_some(sub_folder.as_str());
            let mut files = report::files(scenario, &outcome, &result);
            let replay = replay_in_folder(&job, self.args);
            files.extend(report::origin(job.text, &replay));
            files.extend(report::page_of_broken(&result, Some(job.text), &replay));
            folder.add(sub_folder, &files)?;
            folder.keep(sub_folder, &found_files(job.path, job.text, self.args))?;
        }
        Ok(Done { job, result, explanation })
    }
}

/// Prints results as they come.
struct Teller<'a> {
    args: &'a Args,
    format: Format,
    style: text::Style,
    /// Of text about several runs.
    list: Option<text::List>,
    all_expected: bool,
    /// For `--junit`.
    cases: Vec<Case>,
}

impl<'a> Teller<'a> {
    fn new(plan: &Plan<'a>) -> Self {
        let style = output::style();
        let last_seed = plan.scenarios.iter().map(|scenario| plan.seeds(scenario).last).max().unwrap_or(0);
        let list = || text::List::new(&plan.scenarios, last_seed, style);
        let format = plan.args.format;
        Self {
            args: plan.args,
            format,
            style,
            list: (format == Format::Text && plan.is_several()).then(list),
            all_expected: true,
            cases: Vec::new(),
        }
    }

    fn heading(&self) -> Result<(), MachineError> {
        self.list.as_ref().map_or(Ok(()), |list| output::write(&list.heading()))
    }

    fn run(&mut self, done: &Done) -> Result<(), MachineError> {
        let result = &done.result;
        self.all_expected &= result.expected;
        let replay = replay(&done.job, self.args);
        if self.args.junit.is_some() {
            self.cases.extend(junit::cases_of(result, &replay));
        }
        if self.format == Format::Json {
            return output::write(&json::line(result));
        }
        if let Some(list) = &mut self.list {
            let mut lines = list.run(result, &replay);
            let told = done.explanation.iter().filter(|_| self.args.explain.is_some());
            let detail = self.detail();
            for line in
                told.flat_map(|told| [text::proof_lines(told), text::story_lines(told, detail)].concat())
            {
                lines.push_str(&line);
                lines.push('\n');
            }
            return output::write(&lines);
        }
        let explanation = done.explanation.as_ref().map(|explanation| (explanation, self.detail()));
        let mut page = text::page(&done.job.scenario, result, explanation, &replay, self.style);
        // In one go, so that a reader who has seen enough of a page and leaves is no failure.
        if self.args.out.is_none() {
            page.push_str(&self.details());
        }
        output::write(&page)
    }

    /// After all runs: how many were as expected, and where more is to be found.
    fn end(&self) -> Result<(), MachineError> {
        match &self.list {
            _ if self.format == Format::Json => Ok(()),
            Some(list) => output::write(&(list.summary() + &self.details())),
            None if self.args.out.is_some() => output::write(&self.details()),
            None => Ok(()),
        }
    }

    /// How the command ends, by the runs that were told.
    fn ending(&self) -> Ending {
        if self.all_expected { Ending::AsExpected } else { Ending::NotAsExpected }
    }

    fn detail(&self) -> Detail {
        self.args.explain.unwrap_or_default().into()
    }

    /// Where the details are.
    fn details(&self) -> String {
        const HINT: &str = "--out DIR writes result, lag histogram and time series as JSON and CSV; --format json \
                            prints the result for a program.";
        self.args.out.as_ref().map_or_else(
            || format!("\n{}\n", text::wrap(HINT, "Details: ", 0).join("\n")),
            |path| format!("\nDetails: {}\n", path.join("").display()),
        )
    }
}

/// The command that does a run again.
fn replay(job: &Job, args: &Args) -> String {
    command("run", job.path, job.scenario.run.seed, &settings(job, args))
}

/// `--set` of a run, and what else was set of it.
fn settings(job: &Job, args: &Args) -> Vec<String> {
    // What pilot runs said is written out: replaying needs none.
    let warm_up = match &args.warm_up {
        Some(WarmUp::Auto) => Some(format!("run.warm_up={}ns", job.scenario.run.warm_up.as_ns())),
        given => WarmUp::setting(given.as_ref()),
    };
    args.set.iter().cloned().chain(warm_up).collect()
}

/// A command about one run.
pub(super) fn command(name: &str, path: &Path, seed: u64, set: &[String]) -> String {
    let run = format!("rcsim {name} {} --seed {seed}", quoted_path(path));
    let settings = set.iter().map(|set| format!(" --set {}", quoted(set)));
    std::iter::once(run).chain(settings).collect()
}

/// The command that does it again in its own folder, wherever that is: the scenario and all that it names are there.
fn replay_in_folder(job: &Job, args: &Args) -> String {
    let (name, seed) = (quoted(&job.scenario.name), job.scenario.run.seed);
    // A name like an option is taken for one unless it stands with its own.
    let to = if job.scenario.name.starts_with('-') { '=' } else { ' ' };
    let mut command = vec![format!("rcsim run {} --name{to}{name} --seed {seed}", report::SCENARIO_NAME)];
    command.extend(settings(job, args).iter().map(|set| format!(" --set {}", quoted(set))));
    if args.disasters > 0 {
        command.push(format!(" --disasters {}", args.disasters));
    }
    command.concat()
}

/// The files that a scenario names: as it names them, and where they are.
fn found_files(scenario: &Path, text: &str, args: &Args) -> Vec<(String, PathBuf)> {
    let base = scenario.parent().unwrap_or(Path::new(""));
    let named = files::named(text, &args.set, base).into_iter();
    let found = named.map(|name| (files::find(base, &name), name)).filter(|(path, _)| path.is_file());
    found.map(|(path, name)| (name, path)).collect()
}

/// A path as a shell takes it for one word, and the program for a file: `-` alone is standard input.
pub(super) fn quoted_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_like_an_option = path.len() > 1 && path.starts_with('-');
    quoted(&if is_like_an_option { format!("./{path}") } else { path.into_owned() })
}

/// `word` as a shell takes it for one word.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        assert_eq!(quoted("wan.loss=0.01"), "wan.loss=0.01");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted_path(Path::new("-x.toml")), "./-x.toml");
        assert_eq!(
            (quoted_path(Path::new("-")), quoted_path(Path::new("a b"))),
            ("-".into(), "'a b'".into())
        );
    }
}
