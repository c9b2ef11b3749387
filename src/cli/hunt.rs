//! `rcsim hunt`: random worlds beyond any scope.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::exit::{Ending, Failure, MachineError, UserError};
use super::number::whole;
use super::output;
use super::progress::RunsProgress;
use super::run::Format;
use super::signals::WayOn;
use super::threads::Threads;
use crate::hunt::{Hunt, Sabotage, Tally, Wrong};
use crate::making::Making;
use crate::report::{HuntResult, text};
use crate::scenario;
use crate::shrink::shrink;
use crate::units::{SimDuration, quantity};

const EXAMPLES: &str = "\
Examples:
  rcsim hunt --runs 5000                      worlds 0 to 4999 of seed 1
  rcsim hunt --for 10min --seed 3f2a91c       as many as the time allows; a git hash is a seed
  rcsim hunt --for 1h --out hunts --resume    goes on where it was stopped
  rcsim hunt --sabotage idle-stream           one rule in its literal form: it must be found
  rcsim hunt --print 17 > world.toml          world 17 as a scenario, with every knob

Exit codes: 0 nothing was found, and every probe was met that had to be; 1 something was found, with --sabotage too, or a probe was never met; 2 bad usage; 3 the machine failed.";

/// Worlds that are tried before the clock is looked at.
const BATCH: u64 = 256;
/// The same where the first that is found ends the hunt.
const BATCH_TO_FIND: u64 = 16;
/// Worlds, if nobody says how many.
const RUNS: u64 = 1_000;
/// The state of a hunt in its folder.
const STATE: &str = "hunt.json";
/// The quickest failing world in the folder of a hunt.
const FAILURE: &str = "failure.toml";

/// The smallest scenario that breaks as that one does.
const SHRUNK: &str = "shrunk.toml";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Number of worlds [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "time", value_parser = whole::<u64>(1, u64::MAX))]
    runs: Option<u64>,
    /// Stops after this time, as in `10min`, but not before the first 256 worlds
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<SimDuration>,
    /// Seed of all worlds: a whole number, or a git hash
    #[arg(long, value_name = "S", default_value = "1", value_parser = seed)]
    seed: u64,
    /// Breaks one rule, in its literal form or as RULE=FORM, and stops when that is found
    #[arg(long, value_name = "RULE")]
    sabotage: Option<String>,
    /// Prints this world as a scenario, and tries nothing
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX),
        conflicts_with_all = ["runs", "time", "out", "resume", "no_shrink", "format", "threads"])]
    print: Option<u64>,
    /// Folder for the state, the result, and the failing world that is quickest to replay
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Goes on where the hunt in the folder was stopped
    #[arg(long, requires = "out")]
    resume: bool,
    /// Leaves the failing world as it is, in place of shrinking it
    #[arg(long)]
    no_shrink: bool,
    /// What is printed: text for a person, or the result as one JSON object
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    threads: Threads,
}

fn duration(text: &str) -> Result<SimDuration, String> {
    quantity::parse_duration(text).map_err(|error| error.to_string())
}

/// A whole number, or a hash of 7 to 64 hexadecimal digits, of which the first 16 count.
fn seed(text: &str) -> Result<u64, String> {
    const EXPECTED: &str = "expected a whole number below 2^64, or a git hash (7 to 64 hexadecimal digits)";
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 20 {
        return text.parse().map_err(|_| EXPECTED.to_owned());
    }
    if !(7..=64).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(EXPECTED.to_owned());
    }
    u64::from_str_radix(&text[..text.len().min(16)], 16).map_err(|_| EXPECTED.to_owned())
}

/// A hunt as far as it came, in its folder.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    schema: u32,
    rcsim: String,
    seed: u64,
    sabotage: Option<String>,
    tally: Tally,
}

/// Hunts.
pub(super) fn hunt(args: &Args) -> Result<Ending, Failure> {
    let sabotage = match &args.sabotage {
        Some(name) => Some(Sabotage::of(name).map_err(UserError::Sabotage)?),
        None => None,
    };
    let hunt = Hunt { seed: args.seed, sabotage };
    if let Some(index) = args.print {
        output::write(&world_text(&hunt, index, None))?;
        return Ok(Ending::AsExpected);
    }
    let began = now();
    let mut tally = match &args.out {
        Some(folder) => begin(folder, &hunt, args.resume)?,
        None => Tally::new(),
    };
    let before = tally.worlds;
    let over = || args.time.is_some_and(|time| began.elapsed().as_secs_f64() >= time.as_secs_f64());
    let runs = args.runs.unwrap_or(if args.time.is_some() { u64::MAX } else { RUNS });
    let pool = args.threads.pool(runs)?;
    let way_on = args.out.as_ref().map(|folder| WayOn::is(way_on(folder, args.resume)));
    let progress = RunsProgress::new();
    if args.time.is_none() {
        progress.due(runs.saturating_sub(tally.worlds));
    }
    let is_found = |tally: &Tally| hunt.sabotage.is_some() && tally.failed > 0;
    // However short the time: of no world there is nothing to tell.
    while tally.worlds < runs && !is_found(&tally) && (tally.worlds == 0 || !over()) {
        let first = tally.worlds;
        let size = if hunt.sabotage.is_some() { BATCH_TO_FIND } else { BATCH };
        let batch = first..runs.min(first.saturating_add(size));
        if args.time.is_some() {
            progress.due(batch.end - batch.start);
        }
        let tried: Result<Vec<_>, _> = pool.install(|| {
            let tried = batch.into_par_iter().map(|index| {
                let tried = hunt.try_world(index);
                progress.finished();
                tried
            });
            tried.collect()
        });
        for (index, (world, trial)) in (first..).zip(tried?) {
            tally.add(index, &world, &trial);
            if is_found(&tally) {
                break;
            }
        }
        if let Some(folder) = &args.out {
            save(folder, &hunt, &tally)?;
        }
    }
    progress.finish();
    drop(way_on);
    let spent = text::HuntSpent { before, seconds: began.elapsed().as_secs_f64() };
    let complete = args.time.is_some() || tally.worlds >= runs || is_found(&tally);
    let quickest = tally.quickest.as_ref();
    let scenario = quickest.map(|failure| world_text(&hunt, failure.world, wrong(&failure.wrong)));
    if let (Some(folder), Some(scenario)) = (&args.out, &scenario) {
        put(folder, FAILURE, scenario)?;
    }
    let shrunk = match quickest.and_then(|failure| Some((failure, wrong(&failure.wrong)?.check()?))) {
        Some((failure, check)) if !args.no_shrink => {
            let shrunk = shrink(&hunt.scenario(failure.world, None), Some(check));
            // What breaks only with luck that cannot be written down stays as it is.
            shrunk.ok().map(|shrunk| super::shrink::file(&shrunk, &replay(&hunt, failure.world)))
        }
        _ => None,
    };
    if let (Some(folder), Some(shrunk)) = (&args.out, &shrunk) {
        put(folder, SHRUNK, shrunk)?;
    }
    let result = HuntResult::new(&hunt, &tally, complete, scenario, shrunk);
    match args.format {
        Format::Json => output::write(&result.line())?,
        Format::Text => {
            output::write(&text::hunt(&result, spent, output::style()))?;
        }
    }
    Ok(if result.is_clean() { Ending::AsExpected } else { Ending::NotAsExpected })
}

/// What is said when a signal ends the hunt: the worlds of whole batches are not lost.
fn way_on(folder: &Path, resume: bool) -> String {
    let (folder, how) = (folder.display(), if resume { "" } else { " with --resume" });
    format!("the worlds that were tried are kept in {folder}; the same command{how} goes on after them")
}

/// The command that prints a world.
fn replay(hunt: &Hunt, index: u64) -> String {
    let sabotage =
        hunt.sabotage.as_ref().map_or(String::new(), |sabotage| format!(" --sabotage {}", sabotage.name));
    format!("rcsim hunt --seed {}{sabotage} --print {index}", hunt.seed)
}

/// A world as a file. What is written there is what was tried: every random world can be written.
fn world_text(hunt: &Hunt, index: u64, broken: Option<Wrong>) -> String {
    scenario::write(&hunt.scenario(index, broken))
        .unwrap_or_else(|error| unreachable!("a random world can be written: {error}"))
}

/// What is wrong, by its name.
fn wrong(name: &str) -> Option<Wrong> {
    Wrong::from_name(name)
}

/// The state of a hunt: nothing yet, or what the folder holds.
fn begin(folder: &Path, hunt: &Hunt, resume: bool) -> Result<Tally, Failure> {
    let path = folder.join(STATE);
    let failed = |source| MachineError::File { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(failed)?;
            Ok(Tally::new())
        }
        Err(error) => Err(failed(error).into()),
        Ok(_) if !resume => Err(UserError::HuntThere(folder.to_owned()).into()),
        Ok(text) => {
            let state: Option<State> = serde_json::from_str(&text).ok();
            let name = hunt.sabotage.as_ref().map(|sabotage| sabotage.name.clone());
            match state {
                Some(state)
                    if state.seed == hunt.seed
                        && state.sabotage == name
                        && state.rcsim == env!("CARGO_PKG_VERSION") =>
                {
                    Ok(state.tally)
                }
                _ => Err(UserError::OtherHunt(path).into()),
            }
        }
    }
}

fn save(folder: &Path, hunt: &Hunt, tally: &Tally) -> Result<(), Failure> {
    let state = State {
        schema: 1,
        rcsim: env!("CARGO_PKG_VERSION").to_owned(),
        seed: hunt.seed,
        sabotage: hunt.sabotage.as_ref().map(|sabotage| sabotage.name.clone()),
        tally: tally.clone(),
    };
    // A map with text for keys is always JSON.
    put(folder, STATE, &serde_json::to_string(&state).unwrap_or_default())
}

/// Writes a file of the folder: whole or not at all.
fn put(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    let failed = |source| MachineError::File { path: path.clone(), source };
    let mut making = Making::file(folder, name).map_err(failed)?;
    making.writer().write_all(text.as_bytes()).map_err(failed)?;
    making.finish(|unfinished| fs::rename(unfinished, &path)).map_err(failed)?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it may take is the user's choice, and no part of what a world is"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_hash_is_a_seed() {
        assert_eq!(seed("42"), Ok(42));
        assert_eq!(seed("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(seed("3f2a91c"), Ok(0x3f2_a91c));
        assert_eq!(seed("9b9f520dd4d8d0a7c1b2e3f405162738495a6b7c"), Ok(0x9b9f_520d_d4d8_d0a7));
        for text in ["", "-1", "3f2a", "xyzxyzxyz", "18446744073709551616"] {
            assert!(seed(text).unwrap_err().starts_with("expected"), "{text}");
        }
    }
}
