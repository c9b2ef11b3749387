//! What is added to a result where there is cause: what faults cost, the first violation explained, and the slow
//! oracle's word.

use crate::explain::{Account, Arrow, Cause, CutOff, Explanation, Picture, Remedy, Scene, Tried, account};
use crate::metrics::FaultCost;
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;
use crate::units::{SimDuration, SimTime};
use crate::world::{Disagreement, OracleReport};

/// What the slow oracle found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OracleResult {
    /// Disasters tried.
    pub disasters: u64,
    /// Of these, how many left an image that is not the local data of one moment.
    pub broken: u64,
    /// Where it differs from the streaming checker: a bug of one of them.
    pub disagreements: Vec<String>,
}

/// The first violation explained.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ExplanationResult {
    /// Why it is one, sentence by sentence.
    pub proof: Vec<String>,
    /// What was seen of the writes, or blocks, that prove it.
    pub story: Vec<SceneResult>,
    /// The departures from the repaired rules that let it happen: each alone enough or, where none is, those that are
    /// enough together; as `rule = form`. Empty where it is not the rules.
    pub rules: Vec<String>,
    /// What let it happen.
    pub cause: CauseResult,
    /// The writes as a space-time picture.
    pub picture: PictureResult,
}

/// One fact of a story, or several of a kind.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SceneResult {
    /// When; of several, the first.
    pub at_ns: u64,
    /// What happened.
    pub what: String,
    /// When the last of them happened.
    pub until_ns: u64,
    /// At how many instants it happened.
    pub times: u64,
    /// Where: `host`, `local`, `WAN` or `remote`.
    pub lane: &'static str,
}

/// What let a violation happen.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CauseResult {
    /// `rules`, `no-promise`, `cut-off`, `saturated`, `bug`, `gave-up` or `not-searched`.
    pub kind: &'static str,
    /// The same in sentences.
    pub told: Vec<String>,
    /// Every departure that can have a part in it, and what was tried with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<TriedResult>,
    /// Of a run that met its drain limit: what was still on its way, and what the line was busy with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<CutOffResult>,
    /// Settings with which the whole run was run again, and what came of it.
    pub remedies: Vec<RemedyResult>,
}

/// What was tried with one departure; null where it was not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TriedResult {
    /// As `rule = form`.
    pub departure: String,
    /// Alone, every other rule repaired: does the same violation happen?
    pub alone_enough: Option<bool>,
    /// Repaired alone: is this run without it?
    pub cures: Option<bool>,
}

/// A run that met its drain limit.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CutOffResult {
    /// `run.drain_limit`.
    pub drain_limit_s: f64,
    /// Acknowledged writes that are not at the remote site.
    pub outstanding: u64,
    /// Of these, in a remote cache.
    pub cached: u64,
    /// The busiest path.
    pub line: String,
    /// Packets that were sent on it.
    pub packets: u64,
    /// Of these, lost.
    pub lost: u64,
    /// Of these, resent.
    pub resent: u64,
    /// The share of resends in the bytes.
    pub resend_share: f64,
    /// First sendings as a share of what the line carries while hosts write; null if it is unlimited.
    pub load: Option<f64>,
    /// All sendings as a share of what the line carries; null if it is unlimited.
    pub use_of_line: Option<f64>,
    /// The least time from a first sending to the first completion that came back.
    pub round_trip_s: Option<f64>,
    /// Faults that were still on, by kind.
    pub faults: Vec<&'static str>,
}

/// Settings that were tried.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RemedyResult {
    /// Each a `KEY=VALUE` for `--set`.
    pub set: Vec<String>,
    /// Does the order hold then?
    pub holds: bool,
    /// If not: the first check that breaks.
    pub breaks: Option<&'static str>,
    /// The same as a sentence.
    pub told: String,
}

/// A space-time picture: sites as lines, packets as arrows, the limit time as a front.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PictureResult {
    /// The sites, from left to right.
    pub lines: Vec<String>,
    /// What happens at a site: line, instant, write (0 missing, 1 present), label.
    pub marks: Vec<(usize, u64, usize, String)>,
    /// Packets.
    pub arrows: Vec<ArrowResult>,
    /// Limits stored: line, instant, limit.
    pub fronts: Vec<(usize, u64, u64)>,
    /// The instant of the violation.
    pub until_ns: u64,
    /// Arrows that were left out.
    pub left_out: u64,
}

/// An arrow of a picture.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ArrowResult {
    /// The line that it leaves.
    pub from: usize,
    /// The line that it is for.
    pub to: usize,
    /// When it leaves.
    pub sent_ns: u64,
    /// When it arrives; null if it is lost, or in flight at the end.
    pub arrived_ns: Option<u64>,
    /// The network loses it, or a part of it.
    pub lost: bool,
    /// 0 for the write that is missing, 1 for the one that is present.
    pub write: usize,
    /// What it is.
    pub label: String,
}

impl From<&Explanation> for ExplanationResult {
    fn from(explanation: &Explanation) -> Self {
        let scene = |scene: &Scene| SceneResult {
            at_ns: scene.at.as_ns(),
            what: scene.what.clone(),
            until_ns: scene.until.as_ns(),
            times: scene.times,
            lane: scene.lane.name(),
        };
        Self {
            proof: explanation.proof.clone(),
            story: explanation.story.iter().map(scene).collect(),
            rules: named_rules(&explanation.cause),
            cause: CauseResult::from(&explanation.cause),
            picture: PictureResult::from(&explanation.picture),
        }
    }
}

/// The departures that are named as the cause.
fn named_rules(cause: &Cause) -> Vec<String> {
    let Cause::Rules(rules) = cause else { return Vec::new() };
    let enough = rules.tried.iter().filter(|tried| tried.alone == Some(true));
    let enough: Vec<String> = enough.map(|tried| tried.departure.to_string()).collect();
    if enough.is_empty() { rules.together.iter().map(ToString::to_string).collect() } else { enough }
}

impl From<&Cause> for CauseResult {
    fn from(cause: &Cause) -> Self {
        let Account { kind, cause: told, remedies: remedies_told } = account(cause);
        let (tried, cut_off, remedies): (&[Tried], _, &[Remedy]) = match cause {
            Cause::Rules(rules) => (&rules.tried, None, &rules.remedies),
            Cause::NoPromise(found) => (&[], None, &found.remedies),
            Cause::CutOff(cut_off) => (&[], Some(CutOffResult::from(cut_off)), &cut_off.remedies),
            Cause::Bug | Cause::NotSearched | Cause::GaveUp(_) => (&[], None, &[]),
        };
        let tried = tried.iter().map(|tried| TriedResult {
            departure: tried.departure.to_string(),
            alone_enough: tried.alone,
            cures: tried.cures,
        });
        let remedies = remedies.iter().zip(remedies_told).map(|(remedy, told)| RemedyResult {
            set: remedy.set.clone(),
            holds: remedy.holds,
            breaks: remedy.breaks.map(|(check, _)| check.name()),
            told,
        });
        Self { kind, told, departures: tried.collect(), cut_off, remedies: remedies.collect() }
    }
}

impl From<&CutOff> for CutOffResult {
    fn from(cut_off: &CutOff) -> Self {
        let line = &cut_off.line;
        Self {
            drain_limit_s: cut_off.drain_limit.as_secs_f64(),
            outstanding: cut_off.under_way,
            cached: cut_off.cached,
            line: line.name.clone(),
            packets: line.packets,
            lost: line.lost,
            resent: line.resends,
            resend_share: line.resend_share(),
            load: line.load,
            use_of_line: line.use_of_line,
            round_trip_s: cut_off.round_trip.map(SimDuration::as_secs_f64),
            faults: cut_off.faults.iter().map(|(_, kind, _)| *kind).collect(),
        }
    }
}

impl From<&Picture> for PictureResult {
    fn from(picture: &Picture) -> Self {
        let arrow = |arrow: &Arrow| ArrowResult {
            from: arrow.from,
            to: arrow.to,
            sent_ns: arrow.sent.as_ns(),
            arrived_ns: arrow.arrived.map(SimTime::as_ns),
            lost: arrow.lost,
            write: arrow.write,
            label: arrow.label.clone(),
        };
        let marks = picture.marks.iter();
        let fronts = picture.fronts.iter();
        Self {
            lines: picture.lines.clone(),
            marks: marks.map(|mark| (mark.line, mark.at.as_ns(), mark.write, mark.label.clone())).collect(),
            arrows: picture.arrows.iter().map(arrow).collect(),
            fronts: fronts.map(|front| (front.line, front.at.as_ns(), front.limit.as_ns())).collect(),
            until_ns: picture.until.as_ns(),
            left_out: picture.left_out,
        }
    }
}

impl OracleResult {
    /// What `report` says, with the names of `scenario`.
    pub fn new(scenario: &Scenario, report: &OracleReport) -> Self {
        let tell = |disagreement: &Disagreement| {
            let group = scenario.groups.get(disagreement.group.index()).map_or("", |group| &group.name);
            format!("group {group} at {}: {}", disagreement.at, disagreement.what)
        };
        Self {
            disasters: report.disasters,
            broken: report.broken,
            disagreements: report.disagreements.iter().map(tell).collect(),
        }
    }
}

/// What a fault cost, from its beginning until it was caught up: until every write accepted before its end was in
/// R(t). Warm-up and drain count.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FaultResult {
    /// Its kind, as the scenario names it.
    pub kind: &'static str,
    /// What it is called: its kind and what it hits. (Not `name`: columns of a list whose items have one go by it.)
    pub what: String,
    /// When it began.
    pub began_s: f64,
    /// When it ended; null for a fault that is for good.
    pub ended_s: Option<f64>,
    /// When it was caught up with; null if never.
    pub caught_up_s: Option<f64>,
    /// The greatest recovery point meanwhile.
    pub rpo_max_s: f64,
    /// The greatest received lag meanwhile.
    pub received_lag_max_s: f64,
    /// The greatest response time meanwhile.
    pub response_time_max_s: f64,
    /// Packets resent meanwhile.
    pub retransmitted: u64,
    /// What it hit while it lasted; null for a fault that does not act by what it hits (see `hits_of`).
    pub hits: Option<u64>,
    /// The recovery point at the loss of the local site; null for any other fault.
    pub rpo_at_loss_s: Option<f64>,
    /// If it was not caught up: completed writes that were not in R(t) at the end of the run.
    pub outstanding: u64,
}

/// What a fault hit while it lasted: packets lost on any path, writes wiped from a cache or given up by their host. A
/// crash also stands in the way of packets that arrive and of writes that are issued. Stops of processes, clock errors
/// and delays act on all that comes, not by what they hit.
fn hits_of(kind: &FaultKind, cost: &FaultCost) -> Option<u64> {
    match kind {
        FaultKind::WanOutage { .. } => Some(cost.hits),
        FaultKind::BrownOut { brown_out, .. } => (brown_out.loss > 0.0).then_some(cost.hits),
        FaultKind::Crash { .. } => Some(cost.hits + cost.met),
        FaultKind::SlaveStop { .. }
        | FaultKind::MasterStop { .. }
        | FaultKind::ClockError { .. }
        | FaultKind::LocalSiteLoss => None,
    }
}

impl FaultResult {
    /// What `cost` says, with the names of `scenario`.
    pub fn new(scenario: &Scenario, cost: &FaultCost) -> Self {
        Self {
            kind: scenario.faults.get(cost.fault as usize).map_or("", |fault| fault.kind.name()),
            what: scenario.fault_name(cost.fault),
            began_s: cost.began.as_secs_f64(),
            ended_s: cost.ended.map(SimTime::as_secs_f64),
            caught_up_s: cost.caught_up.map(SimTime::as_secs_f64),
            rpo_max_s: cost.rpo_max.as_secs_f64(),
            received_lag_max_s: cost.received_lag_max.as_secs_f64(),
            response_time_max_s: cost.response_time_max.as_secs_f64(),
            retransmitted: cost.retransmitted,
            hits: scenario.faults.get(cost.fault as usize).and_then(|fault| hits_of(&fault.kind, cost)),
            rpo_at_loss_s: cost.rpo_at_loss.map(crate::units::SimDuration::as_secs_f64),
            outstanding: cost.outstanding,
        }
    }
}
