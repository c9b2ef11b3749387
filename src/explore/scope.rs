//! What is explored: the scenario's systems, scheme and rules, its first writes, and how often what may go wrong.

use super::action::Kind;
use super::parts::{Message, REMOTE_BIT};
use super::plan::{self, PlannedWrite};
use crate::hardware::clock::{self, Clock};
use crate::hardware::distribution::Shape;
use crate::hardware::link::{Course, Link};
use crate::protocol::Scheme;
use crate::protocol::disk::ordering::Completion;
use crate::protocol::disk::ordering::cut::CutSettings;
use crate::protocol::disk::{Packet, Settings};
use crate::protocol::rules::{Control, Duplicate, IdleStream, LocalDestage, Resend, Run, Width};
use crate::protocol::transport::Transport;
use crate::scenario::Scenario;
use crate::scenario::validated::Explore;
use crate::trace::Preamble;
use crate::units::{SimDuration, SimTime, WriteRef};
use crate::words::{Check, CheckSet};
use crate::world::{SimulateError, build};

/// How often each thing may happen in one interleaving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Packets lost.
    pub losses: u8,
    /// Packets that arrive twice.
    pub duplicates: u8,
    /// Messages between slaves and master that are lost.
    pub control_losses: u8,
    /// Crashes of control units.
    pub crashes: u8,
    /// Markers.
    pub markers: u8,
    /// Packets sent again.
    pub resends: u8,
    /// Cuts that begin.
    pub cuts: u8,
}

impl Bounds {
    /// As `[explore]` says: what of it the scenario lets happen is left as it is.
    pub(super) fn of(explore: &Explore) -> Result<Self, ExploreError> {
        let bound = |what, found: u32, most: u32| match u8::try_from(found) {
            Ok(bound) if found <= most => Ok(bound),
            _ => Err(ExploreError::TooLarge { what, found: found as usize, most: most as usize }),
        };
        Ok(Self {
            losses: bound("[explore] losses", explore.losses, MOST)?,
            duplicates: bound("[explore] duplicates", explore.duplicates, MOST)?,
            control_losses: bound("[explore] control_losses", explore.control_losses, MOST)?,
            crashes: bound("[explore] crashes", explore.crashes, MOST_CRASHES)?,
            markers: bound("[explore] markers", explore.markers, MOST)?,
            resends: bound("[explore] resends", explore.resends, MOST)?,
            cuts: bound("[explore] cuts", explore.cuts, MOST)?,
        })
    }
}

/// What a report says of a scope.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// How often what may go wrong.
    pub bounds: Bounds,
    /// Writes; of tape, blocks of each job at most.
    pub writes: usize,
    /// Interleavings that are left out because others say the same, in words.
    pub reductions: Vec<&'static str>,
    /// The checks that make the verdict.
    pub judged: CheckSet,
    /// The checks that there is anything to say of.
    pub applies: CheckSet,
    /// What requests to tape are numbered by, where there is tape.
    pub numbering: Option<String>,
}

/// Interleavings that are left out because others say the same. (`mod.rs` lists those that always are.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reductions {
    /// A lost packet is one that has not arrived yet, and its resend the packet itself: any number of losses is explored.
    pub losses: bool,
    /// A packet that is sent again after it has arrived is a duplicate: both are counted together.
    pub resends: bool,
    /// Completions arrive at once: nobody but who sends again sees when.
    pub completions: bool,
    /// Remote units write at once: what is permitted is recoverable before it is written as it is after.
    pub destages: bool,
}

impl Reductions {
    /// Those that lose nothing under the settings, where caches are `roomy`: everything has room in them.
    fn of(settings: &Settings, roomy: bool) -> Self {
        let rules = &settings.rules;
        let resends = roomy && rules.resend == Resend::UntilCompleted;
        Self {
            // What finds no room is lost to no network, and has to be sent again.
            losses: resends,
            resends,
            completions: resends
                // The last completion of a set lets the next be sent.
                && settings.scheme != Scheme::Cut
                // Where a host waits for the line only, it has left the line at once.
                && matches!(settings.discipline.completion, Completion::AtAcceptance | Completion::OnLine)
                && rules.local_destage == LocalDestage::PerBlock
                && rules.width == Width::Bits64,
            // Literally the run, and whether a stream is idle, hang on what is still in the cache.
            destages: roomy
                && rules.run == Run::NextExpected
                && rules.idle_stream != IdleStream::Exclude
                && rules.duplicate == Duplicate::Drop,
        }
    }

    /// What they say, in words.
    pub fn phrases(self) -> Vec<&'static str> {
        let said = [
            (self.losses, "a lost packet is one that has not arrived yet: any number of losses is explored"),
            (
                self.resends,
                "what is sent again after it has arrived is a duplicate: both are counted together",
            ),
            (self.completions, "completions arrive at once: nobody but who sends again sees when"),
            (self.destages, "remote units write at once: what is permitted is recoverable before as after"),
        ];
        said.into_iter().filter(|(used, _)| *used).map(|(_, phrase)| phrase).collect()
    }
}

/// Why a scenario cannot be explored.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// A workload that cannot be read.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// Nothing is written.
    #[error("there is nothing to explore: the workload issues no write to a pair")]
    NoWrites,
    /// Markers where there are none.
    #[error("`markers_before` under [explore]: under scheme \"{0}\" and these rules no stream sends markers")]
    NoMarkers(&'static str),
    /// Cuts where none may begin.
    #[error("`cuts` under [explore] is 0: under scheme \"cut\" nothing is sent before a cut; raise it")]
    NoCuts,
    /// More than a state holds.
    #[error("too large to explore: {what}; found {found}, at most {most}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A bound of what no scope of tape has.
    #[error(
        "`{0}` under [explore] has no effect: a scope of tape has no crashes, no control network and no markers"
    )]
    NotOfTape(&'static str),
    /// Two sides that have nothing to do with one another.
    #[error("this scenario has pairs and tape jobs, which never meet: explore each in a scenario of its own")]
    DiskAndTape,
    /// Actions that the scope allows and that no state lets happen.
    #[error("the scope is too small to show anything of {}: {}", names(.0), remedy(.0))]
    NeverFired(Vec<Kind>),
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| format!("`{}`", kind.name())).collect::<Vec<_>>().join(" and ")
}

fn remedy(kinds: &[Kind]) -> String {
    let bounds: Vec<_> = kinds.iter().filter_map(|kind| kind.bound()).collect();
    let it = if kinds.len() == 1 { "it" } else { "they" };
    if bounds.is_empty() {
        format!("{it} never happened; raise `writes` or `markers` under [explore]")
    } else {
        format!("{it} never happened; raise `writes` under [explore], or set {} to 0", bounds.join(" and "))
    }
}

/// What is explored.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What the machines know: as in a run, without times.
    pub settings: Settings,
    /// What the judge knows.
    pub preamble: Preamble,
    /// The writes, in the order of their issue.
    pub writes: Vec<PlannedWrite>,
    /// How often what may go wrong: as the scenario says.
    pub bounds: Bounds,
    /// Interleavings that are left out.
    pub reductions: Reductions,
    /// By host: its requests take time, so that they may reach a local system in another order.
    pub delayed: Vec<bool>,
    /// By host: what its clock shows.
    pub clocks: Vec<Clock>,
    /// By local system: what its clock shows.
    pub local_clocks: Vec<Clock>,
    /// Messages between slaves and master may overtake one another.
    pub control_reorders: bool,
    /// Markers that every stream has sent before the scope begins.
    pub markers_before: u32,
}

/// The most systems of a site: one bit of a word less.
const MOST_SYSTEMS: usize = 15;
/// How far a clock is ahead or behind: by more than two events.
const SKEW_NS: i64 = 5;
/// How coarse a clock is: as three events.
const GRANULARITY_NS: u64 = 6;
/// Events that fit into the time that passes until clocks that are wrong do not matter.
pub(super) const LONG: u32 = 8;
/// The most crashes: a count of them is four bits.
const MOST_CRASHES: u32 = 15;
/// The most markers before the scope.
const MOST_BEFORE: usize = 1_000;
/// The most of anything that is bounded.
const MOST: u32 = 250;

impl<'a> Scope<'a> {
    /// The scope of a scenario.
    ///
    /// # Errors
    /// When there is nothing to explore, or too much.
    pub fn new(scenario: &'a Scenario) -> Result<Self, ExploreError> {
        if !scenario.tape.jobs.is_empty() {
            return Err(ExploreError::DiskAndTape);
        }
        let explore = &scenario.explore;
        for (what, found) in [
            ("local systems", scenario.local_systems.len()),
            ("remote systems", scenario.remote_systems.len()),
        ] {
            if found > MOST_SYSTEMS {
                return Err(ExploreError::TooLarge { what, found, most: MOST_SYSTEMS });
            }
        }
        if explore.writes > plan::MOST_WRITES {
            let (found, most) = (explore.writes as usize, plan::MOST_WRITES as usize);
            return Err(ExploreError::TooLarge { what: "[explore] writes", found, most });
        }
        let writes = plan::writes(scenario, explore.writes)?;
        if writes.is_empty() {
            return Err(ExploreError::NoWrites);
        }
        let preamble = build::preamble(scenario);
        let local_clocks: Vec<Clock> =
            scenario.local_systems.iter().map(|system| scaled(&system.clock)).collect();
        let run = build::settings(scenario);
        let settings = Settings {
            // Timers run out whenever their rules allow: time only orders.
            marker_interval: SimDuration::ZERO,
            transports: vec![vec![Transport::UNTIMED; run.remotes]; run.locals],
            send_delay: run.send_delay.min(SimDuration::NANOSECOND),
            // A report on every change, delivered at any later time, says all that a report of any period does. One that
            // is lost has to be followed by another, and a master that forgets has to be told again.
            limit_period: if explore.control_losses > 0 || run.rules.control == Control::Wait {
                SimDuration::NANOSECOND
            } else {
                SimDuration::ZERO
            },
            control_is_reliable: true,
            untimed: true,
            named_places: true,
            cut: untimed(&run.cut, run.locals),
            clock_bound_ns: clock::bound_ns(local_clocks.iter(), SimTime::MAX),
            ..run
        };
        let resends = settings.rules.resend != Resend::Never;
        let all = Bounds::of(explore)?;
        let keep = |happens: bool, bound: u8| if happens { bound } else { 0 };
        let bounds = Bounds {
            control_losses: keep(settings.has_limits(), all.control_losses),
            markers: keep(settings.says_when_idle() || settings.pull.is_some(), all.markers),
            // Requests are made again whatever rule `resend` says.
            resends: keep(resends || settings.pull.is_some(), all.resends),
            cuts: keep(settings.scheme == Scheme::Cut, all.cuts),
            ..all
        };
        if explore.markers_before as usize > MOST_BEFORE {
            let found = explore.markers_before as usize;
            return Err(ExploreError::TooLarge {
                what: "[explore] markers_before",
                found,
                most: MOST_BEFORE,
            });
        }
        if explore.markers_before > 0 && !settings.sends_markers() {
            return Err(ExploreError::NoMarkers(settings.scheme.name()));
        }
        if settings.scheme == Scheme::Cut && bounds.cuts == 0 {
            return Err(ExploreError::NoCuts);
        }
        let reductions = Reductions::of(&settings, is_roomy(scenario, &settings, &writes));
        Ok(Self {
            preamble,
            writes,
            bounds,
            reductions,
            delayed: scenario.hosts.iter().map(|host| !host.delay.is_zero()).collect(),
            clocks: scenario.hosts.iter().map(|host| scaled(&host.clock)).collect(),
            local_clocks,
            control_reorders: reorders(&scenario.control),
            markers_before: explore.markers_before,
            settings,
            scenario,
        })
    }

    /// What a report says of the scope.
    pub fn about(&self) -> About<'a> {
        About {
            scenario: self.scenario,
            bounds: self.bounds,
            writes: self.writes.len(),
            reductions: self.phrases(),
            judged: self.preamble.promise.judged,
            applies: CheckSet::ALL.without(CheckSet::of(&[Check::TapeOrder])),
            numbering: None,
        }
    }

    /// What is left out, in words.
    fn phrases(&self) -> Vec<&'static str> {
        let mut phrases = self.reductions.phrases();
        if self.settings.discipline.completion == Completion::OnLine {
            phrases.push("what is rebuilt from its group is what arrives late");
        }
        if self.settings.pull.is_some() {
            phrases.push("a request that is given up and made again is one that arrives late, or twice");
        }
        phrases
    }

    /// The write of the scope that a write, issued for the first time or again, is.
    pub fn number_of(&self, write: WriteRef) -> u32 {
        write.slot % self.writes.len() as u32
    }

    /// The same by number: the data of write `number`, which is issued for the first time or again.
    pub fn planned(&self, number: u32) -> &PlannedWrite {
        &self.writes[number as usize % self.writes.len()]
    }

    /// The bit of the system that has to work for a message to arrive.
    pub fn receiver(&self, message: &Message) -> u32 {
        match message {
            Message::Request(write, _) => self.planned(*write).local.0,
            Message::Waits(write) => self.planned(write.slot).local.0,
            Message::ToLocal(local, _) | Message::WritingLocally(local, ..) | Message::SendDue(local, _) => {
                local.0
            }
            Message::ToRemote(remote, _) | Message::Limits(remote, _) | Message::Writing { remote, .. } => {
                REMOTE_BIT + remote.0
            }
            Message::OnLine(local, ..) => local.0,
            // Neither a host nor the master is a disk system.
            Message::Held(..) | Message::Report(..) => u32::BITS - 1,
        }
    }

    /// How often what may go wrong, as it is counted down.
    pub fn start_bounds(&self) -> Bounds {
        let mut bounds = self.bounds;
        if self.reductions.losses {
            bounds.losses = 0;
        }
        if self.reductions.resends {
            bounds.duplicates = bounds.duplicates.saturating_add(bounds.resends);
            bounds.resends = 0;
        }
        bounds
    }

    /// Does the message arrive in the step in which it leaves? Not where a crash may come before.
    pub fn is_at_once(&self, message: &Message, is_calm: bool) -> bool {
        is_calm
            && match message {
                Message::ToLocal(_, Packet::Request { .. })
                | Message::Request(..)
                | Message::ToRemote(..)
                | Message::Report(..)
                | Message::Limits(..)
                | Message::SendDue(..)
                | Message::Waits(_)
                | Message::Held(..) => false,
                Message::ToLocal(..) | Message::OnLine(..) => self.reductions.completions,
                Message::Writing { .. } => self.reductions.destages,
                // A local unit writes what it is given one after the other. Nobody sees how long that takes but who waits
                // for room in the cache, a crash, and a host whose write is completed then.
                Message::WritingLocally(..) => !self.settings.discipline.writes_through(),
            }
    }

    /// Do all clocks show true time?
    pub fn are_clocks_perfect(&self) -> bool {
        self.clocks.iter().chain(&self.local_clocks).all(Clock::is_perfect)
    }

    /// Has an action of this kind to happen somewhere? (That hosts try again is a matter of luck.)
    pub fn allows(&self, kind: Kind) -> bool {
        let Bounds { losses, duplicates, control_losses, crashes, markers, resends, cuts } =
            self.start_bounds();
        let limits = self.settings.has_limits();
        match kind {
            Kind::Issue | Kind::ReceiveWrite => true,
            Kind::ReceiveCompletion => !self.reductions.completions || crashes > 0,
            Kind::Destage => !self.reductions.destages || crashes > 0,
            Kind::Send => !self.settings.send_delay.is_zero(),
            Kind::DestageLocally => crashes > 0 || self.settings.discipline.writes_through(),
            Kind::Crash | Kind::CrashBeforeSend | Kind::Restart => crashes > 0,
            Kind::Retry | Kind::Begin | Kind::Drive => false,
            Kind::ReceiveRequest | Kind::ReceiveAnswer => self.settings.pull.is_some(),
            Kind::Ask => self.settings.pull.is_some() && markers > 0,
            Kind::LeaveLine => {
                let waits = self.settings.discipline.completion == Completion::OnLine;
                waits && (!self.reductions.completions || crashes > 0)
            }
            Kind::Complete => self.settings.waits_for_clocks(),
            Kind::Pass => !self.are_clocks_perfect(),
            Kind::Request => self.writes.iter().any(|write| self.delayed[write.host.index()]),
            Kind::Marker => markers > 0 && self.settings.sends_markers(),
            // A request finds a stream idle before anything is written.
            Kind::ReceiveMarker if self.settings.pull.is_some() => self.settings.says_when_idle(),
            Kind::ReceiveMarker => markers > 0,
            Kind::Report | Kind::Limit => limits && !self.settings.alone.iter().all(|&alone| alone),
            Kind::Activate => limits && self.settings.is_periodic(),
            Kind::Lose => losses > 0,
            Kind::Duplicate => duplicates > 0,
            Kind::LoseControl => control_losses > 0,
            Kind::Resend => resends > 0,
            Kind::Cut => cuts > 0,
        }
    }
}

/// Cuts to which time only orders: local systems are told one after the other, and anything may happen between two of
/// them; a cut is given up while it waits for a system that is down.
fn untimed(cut: &CutSettings, locals: usize) -> CutSettings {
    CutSettings {
        period: SimDuration::NANOSECOND,
        coordination: if cut.coordination.is_zero() {
            SimDuration::ZERO
        } else {
            SimDuration::from_ns(locals as u64)
        },
        hold_limit: SimDuration::from_ms(1_000),
        ..*cut
    }
}

/// A clock that is wrong, as far as that orders: ahead or behind by what a few events take, and as coarse as that. How
/// much time passes between two events is for the exploration to say.
fn scaled(clock: &Clock) -> Clock {
    Clock {
        skew_ns: clock.skew_ns.signum() * SKEW_NS,
        granularity_ns: if clock.granularity_ns > 1 { GRANULARITY_NS } else { 1 },
        drift_ns_per_s: 0,
        drifts_since: SimTime::ZERO,
    }
}

/// Has every cache room for all writes of the scope, each cached twice?
fn is_roomy(scenario: &Scenario, settings: &Settings, writes: &[PlannedWrite]) -> bool {
    let bytes: u64 = writes.iter().map(|write| 2 * u64::from(write.size)).sum();
    let places = settings.layout.streams.len() as u64 * settings.largest_write;
    let local = scenario.local_systems.iter().map(|system| system.cache);
    let remote = scenario.remote_systems.iter().map(|system| system.cache);
    local.chain(remote).flatten().all(|cache| cache >= bytes + places)
}

/// Can what is sent later arrive earlier?
fn reorders(link: &Link) -> bool {
    let constant = link.delay.shape == Shape::Constant && link.course == Course::Independent;
    let even = constant && link.hold_back.is_none() && link.timeline.is_none() && link.netem.is_none();
    !(link.fifo || even && link.reorder == 0.0)
}
