//! How the program ends: the one place where exit codes are decided (DESIGN, section 5).
//!
//! | code | when |
//! |---|---|
//! | 0 | every run met its `[expect]` |
//! | 1 | a run did not |
//! | 2 | bad usage or scenario: the user's to mend |
//! | 3 | the machine failed us: disk, memory, permission; `explore` ran out of the memory or time it was given |
//!
//! A reader of standard output that has seen enough and leaves (`rcsim run .. | head`) is no failure: the command
//! ends without a word, with the code of what it has told.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output;
use super::size::SizeError;
use crate::arrivals::LogError;
use crate::explore::ExploreError;
use crate::hunt::SabotageError;
use crate::regress::GoldenError;
use crate::report::folder::FolderError;
use crate::report::plot::PlotError;
use crate::running;
use crate::running::warm_up::Untold;
use crate::scenario::Diagnostic;
use crate::shrink::ShrinkError;
use crate::sweep::SweepError;
use crate::world::SimulateError;

/// How a command ended that did what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is as expected.
    AsExpected,
    /// It is not, and that was said.
    NotAsExpected,
    /// Memory or time ended it before it was done, and that was said.
    CutShort,
}

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Failure {
    /// The arguments are not understood, or ask for help.
    Arguments(clap::Error),
    /// The user can mend it.
    User(UserError),
    /// The user's command was good, and the machine failed us.
    Machine(MachineError),
}

/// What the user can mend.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// Scenarios that cannot be run.
    #[error("{} of the scenarios cannot be run", .0.len())]
    Scenarios(Vec<Diagnostic>),
    /// A trace that cannot be used.
    #[error(transparent)]
    Trace(SimulateError),
    /// A folder that holds something else.
    #[error(transparent)]
    Folder(FolderError),
    /// A log of arrivals.
    #[error(transparent)]
    Log(LogError),
    /// Results that cannot be drawn.
    #[error(transparent)]
    Plot(PlotError),
    /// Two scenarios whose results would have one name.
    #[error("two scenarios have the name `{0}`, so their results would share a folder; run them one by one")]
    SameName(String),
    /// One file for the facts of more than one run.
    #[error(
        "--events, --perfetto and --pcap export a single run, but {0} were asked for; give one scenario and one seed"
    )]
    ExportOfSeveral(u64),
    /// `--inevitable` with several runs.
    #[error("--inevitable asks about a single run, but {0} were asked for; give one scenario and one seed")]
    InevitableOfSeveral(u64),
    /// A file that stands there already.
    #[error("{} exists already; --force replaces it", .0.display())]
    Exists(PathBuf),
    /// One file for two purposes.
    #[error("{option} {}: {}; choose another file", path.display(), match by {
        None => "the command reads this file".to_owned(),
        Some(by) => format!("{by} writes this file"),
    })]
    TwoUses {
        /// What would write it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What else writes it; `None` where the command reads it.
        by: Option<&'static str>,
    },
    /// What a sweep was asked for, or its folder.
    #[error("{0}")]
    Sweep(SweepError),
    /// The golden file.
    #[error(transparent)]
    Golden(GoldenError),
    /// No scenario where scenarios should be.
    #[error("{}", no_scenario_in(.0))]
    NoScenario(PathBuf),
    /// No scenario where scenarios should be, of those that were asked for.
    #[error("no scenario in {} has a name that contains {}", .0.display(), .1)]
    NoneOfFilter(PathBuf, String),
    /// What would take too long or too much, unless `--yes` says that it is meant.
    #[error("{0}")]
    Costly(String),
    /// A picture whose form its name does not tell.
    #[error("{} is not the name of a picture; expected a name that ends in .svg or .png", .0.display())]
    PictureName(PathBuf),
    /// What cannot be explored.
    #[error(transparent)]
    Explore(ExploreError),
    /// A picture of a run in which nothing broke, or of what cannot be drawn.
    #[error("there is nothing to draw: the order holds in this run, or no write proves that it does not")]
    NothingToDraw,
    /// What cannot be sized.
    #[error(transparent)]
    Size(SizeError),
    /// What cannot be shrunk.
    #[error(transparent)]
    Shrink(ShrinkError),
    /// A rule that cannot be broken on purpose.
    #[error(transparent)]
    Sabotage(SabotageError),
    /// A folder that holds a hunt, of which nobody said that it goes on.
    #[error("{} holds a hunt already; pass --resume to go on with it, or choose another --out", .0.display())]
    HuntThere(PathBuf),
    /// A folder that holds another hunt.
    #[error("{} is of another hunt (seed, --sabotage or version differ); choose another --out", .0.display())]
    OtherHunt(PathBuf),
    /// Something that is no file.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
}

/// What the machine did not do.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// Standard output takes no more: a full disk. (A reader that went away is no failure.)
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder cannot be written.
    #[error(transparent)]
    Folder(FolderError),
    /// A log of arrivals cannot be read.
    #[error(transparent)]
    Log(LogError),
    /// Figures cannot be written.
    #[error(transparent)]
    Plot(PlotError),
    /// A trace that could be read before cannot be read on.
    #[error(transparent)]
    Trace(SimulateError),
    /// A sweep could not go on.
    #[error("{0}")]
    Sweep(SweepError),
    /// The golden file cannot be written.
    #[error(transparent)]
    Golden(GoldenError),
    /// There are no threads to be had.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::User(error)
    }
}

impl From<MachineError> for Failure {
    fn from(error: MachineError) -> Self {
        match error {
            // A folder in place of a file is no fault of the machine's.
            MachineError::File { path, source } if source.kind() == io::ErrorKind::IsADirectory => {
                Self::User(UserError::NotAFile(path))
            }
            error => Self::Machine(error),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::NotOurs { .. } => Self::User(UserError::Folder(error)),
            FolderError::Io { .. } => Self::Machine(MachineError::Folder(error)),
        }
    }
}

impl From<SweepError> for Failure {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Input(_) => Self::User(UserError::Sweep(error)),
            SweepError::Machine(_) | SweepError::Stopped => Self::Machine(MachineError::Sweep(error)),
        }
    }
}

impl From<GoldenError> for Failure {
    fn from(error: GoldenError) -> Self {
        match error {
            // What cannot be read is the wrong file: a folder, or no text.
            GoldenError::Line { .. } | GoldenError::Io { doing: "read", .. } => {
                Self::User(UserError::Golden(error))
            }
            GoldenError::Io { .. } => Self::Machine(MachineError::Golden(error)),
        }
    }
}

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Self {
        if running::is_the_machines(&error) {
            Self::Machine(MachineError::Trace(error))
        } else {
            Self::User(UserError::Trace(error))
        }
    }
}

impl From<running::Failure> for Failure {
    fn from(failure: running::Failure) -> Self {
        match failure {
            running::Failure::Scenario(diagnostic) => UserError::Scenarios(vec![*diagnostic]).into(),
            running::Failure::Sweep(error) => error.into(),
            running::Failure::Run(error) => error.into(),
            running::Failure::Costly(refusal) => UserError::Costly(refusal).into(),
            running::Failure::NotAFile(path) => UserError::NotAFile(path).into(),
        }
    }
}

impl From<Untold> for Failure {
    fn from(untold: Untold) -> Self {
        running::Failure::from(untold).into()
    }
}

impl Failure {
    /// Has the reader of standard output, or of a pipe that an export is written to, gone away?
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Machine(MachineError::Output(error) | MachineError::File { source: error, .. })
            if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Says it on standard error (help: on standard output). If that fails too there is nobody left to tell.
    pub(super) fn tell(&self) {
        let text = match self {
            _ if self.is_closed_pipe() => return,
            Self::Arguments(message) => {
                let _ = message.print();
                return;
            }
            Self::User(UserError::Scenarios(diagnostics)) => {
                let colour = output::colour_on_stderr();
                diagnostics.iter().map(|diagnostic| ended(diagnostic.render(colour))).collect()
            }
            Self::User(error) => format!("error: {error}\n"),
            Self::Machine(error) => format!("error: {error}\n"),
        };
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn no_scenario_in(path: &Path) -> String {
    if path.exists() {
        format!("there is no scenario (*.toml) in {} or below", path.display())
    } else {
        format!("{} is not there: expected a scenario, or a folder of them", path.display())
    }
}

/// `text` with a line end.
pub(super) fn ended(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The exit code.
pub(super) fn code(ending: &Result<Ending, Failure>) -> ExitCode {
    ExitCode::from(match ending {
        Ok(Ending::AsExpected) => 0,
        Ok(Ending::NotAsExpected) => 1,
        // Help and the version are asked for: no failure.
        Err(Failure::Arguments(message)) if !message.use_stderr() => 0,
        Err(failure) if failure.is_closed_pipe() => 0,
        Err(Failure::Arguments(_) | Failure::User(_)) => 2,
        Ok(Ending::CutShort) | Err(Failure::Machine(_)) => 3,
    })
}
