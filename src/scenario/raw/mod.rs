//! What the scenario file says: every table and every key of it, each with its place, nothing resolved.
//!
//! The sentence above a key is its description in the JSON Schema. Whether values make sense together is decided
//! in `validate`.

mod delay;
mod figures;
mod link;
mod recording;
mod script;
mod tape;
mod transport;
mod workload;

pub use delay::{Delay, Distribution};
pub use figures::FigureTable;
pub use link::{HoldBack, Knobs, Link, Loss, LossModel, PathOverride, Wan};
pub use recording::{Origin, TableColumns, Trace, VolumeUnits};
pub use script::Script;
pub use tape::{Drive, TapeJob, TapeSystem};
pub use transport::{Early, Transport, Window};
pub use workload::{Addresses, After, Scripted, ScriptedWrite, Sizes, Workload, Writes};

use super::diagnostic::Fallible;
use super::document::{Node, Value};
use super::format::{Key, field_type, keys_of, read_key, table, variants};
use super::format::{Read, Shape, TableShape, as_table, unknown_key, wrong_type};
use super::source::At;
use super::value::{
    Acknowledge, Bandwidth, Close, Count, CountOrNone, CutApplied, CutCommitted, CutQueue, CutReverted,
    CutSwitch, CutTrigger, Drift, Duration, Fraction, Natural, Offset, OnOff, Order, RuleSet, Send, Size,
    SizeLimit, Span, Ties,
};
use crate::checker::{Check, CheckState};
use crate::protocol::disk::ordering::streams::Release;
use crate::protocol::{Preset, Rules, Scheme};

table! {
    /// A scenario file.
    pub struct File {
        /// One line that says what the scenario shows.
        title: optional String,
        /// Seed, length and end of the run.
        run: required Run,
        /// The scheme, its rules and its timers.
        protocol: required Protocol,
        /// The local disk systems (104).
        local_system: disk LocalSystem,
        /// The remote disk systems (105).
        remote_system: disk RemoteSystem,
        /// The data integrity pair groups (109) and their remote copy pairs (108).
        group: disk Group,
        /// The hosts (102) and what they write.
        host: disk Host,
        /// The magnetic tape systems (1605).
        tape_system: repeated TapeSystem,
        /// Volumes that are written to tape or read from it.
        tape_job: repeated TapeJob,
        /// Every communication path (112, 1613).
        wan: required Wan,
        /// One direction of one path, where it differs from `wan`.
        path: repeated PathOverride,
        /// When what was sent counts as lost, and how much may be in flight.
        transport: optional Transport,
        /// The network between slaves and master inside the remote site. Default: lossless and at once.
        control: optional Link,
        /// What becomes of single packets, whatever the lines would do with them.
        script: optional Script,
        /// What goes wrong, and when.
        fault: repeated Fault,
        /// Bounds of `rcsim explore`; nothing else reads them.
        explore: optional Explore,
        /// The expected result of the run.
        expect: optional Expect,
    }
}

table! {
    /// `[run]`.
    pub struct Run {
        /// Seed of every random stream. Default: 1.
        seed: optional Natural,
        /// Hosts write this long, then the run drains.
        duration: required Span,
        /// Left out of statistics, never out of checks. Default: 0s.
        warm_up: optional Duration,
        /// The run ends at most this long after `duration`. Default: 60s.
        drain_limit: optional Duration,
        /// Events of one instant happen in the order of their scheduling ("insertion", the default), or shuffled by the seed ("seeded").
        ties: optional Ties,
        /// From this instant on no packet is lost or duplicated but by an outage or a full queue, on paths and in `control`: what is left undone then is a fault of the protocol. Default: never.
        heal: optional Duration,
        /// Random instants, from `warm_up` to `duration`, at which a copy of the run loses its local site while what has left the line still arrives: figures `disasters.*`. The run itself does not notice. Default: 0.
        disasters: optional CountOrNone,
    }
}

table! {
    /// `[protocol]`.
    pub struct Protocol {
        /// One of the patent's numberings, or a baseline.
        scheme: optional Scheme,
        /// A product of the field: sets scheme and settings; any key beside it overrides.
        preset: optional Preset,
        /// The form of every rule: "repaired" (the default) keeps the promise, "literal" is the patent's text.
        rules: optional RuleSet,
        /// The form of single rules, where it differs from `rules`.
        rule: optional RuleTable,
        /// Between two activations of the slave limit time schedule processes (116); "0s" is on every change. Default: 10ms.
        limit_period: optional Duration,
        /// Short for a constant delay in `control`.
        limit_delay: optional Duration,
        /// From accepting a write (process 210) until the send process (211) handles it; "0s" is at once, the default.
        send_delay: optional Duration,
        /// An idle stream sends a marker after this long. Default: 10ms.
        marker_interval: optional Span,
        /// From each sending of write data to the next, until the completion arrives. Giving it chooses `transport.retransmit` = "fixed". Default: 200ms.
        retransmit_timeout: optional Span,
        /// When the host gets its completion: "local" (the default: when the scheme says) or, under the stream schemes, "network-sync" (when the packets of its write, and those that repair them, have left the line at the local site).
        acknowledge: optional Acknowledge,
        /// With acknowledge = "network-sync".
        network_sync: optional NetworkSync,
        /// Who starts a transfer, under the stream schemes: "push" (the local site, as soon as it can; the default), or "pull" (the remote site asks, and nothing is sent for the first time without being asked for).
        send: optional Send,
        /// With send = "pull".
        pull: optional Pull,
        /// When the remote site completes a write, so that the local one releases it, under the stream schemes: "received" (when it stands in the remote cache; the default), or "destaged" (when it stands on the remote unit).
        release: optional Release,
        /// Scheme "epoch".
        epoch: optional Epoch,
        /// Scheme "cut".
        cut: optional Cut,
    }
}

table! {
    /// `[protocol.cut]`: sets of changes, switched and applied whole.
    pub struct Cut {
        /// What ends the capture of a set: "period" (the default), "size", or "previous" (the set before has been copied).
        trigger: optional CutTrigger,
        /// The least time from one switch to the next; with trigger "size" the longest. Default: 15s; with "previous" 10ms.
        period: optional Span,
        /// Captured bytes at which a set is switched, with trigger "size". Default: 64MiB.
        size: optional Size,
        /// How local systems switch at one point: "window" (each when it is told, holding its hosts until all have; the default), "serialise" (all hold, then all switch), or "none" (rule cut-window = "none").
        switch: optional CutSwitch,
        /// From telling the first local system until the last is told. Default: 1ms.
        coordination: optional Duration,
        /// Hosts are held no longer than this: else the cut is given up. Default: 50ms.
        hold_limit: optional Span,
        /// Whether a write gives its place to a later one of its set that writes all of its blocks: "on" (the default) or "off".
        fold: optional OnOff,
        /// When the next set may be switched: "legacy" (when the last has been copied; the default) or "multi-cycle" (at any time; sets queue).
        queue: optional CutQueue,
        /// Where a set stands until it is whole: "shadow" (the default) or "in-place" (rule cut-apply = "in-place").
        apply: optional CutApplied,
        /// Who commits a set: "together" (the default) or "each" remote system (rule cut-commit = "each").
        commit: optional CutCommitted,
        /// What a recovery does about a set committed at some systems only: "table" (the default) or "none" (rule cut-revert = "none").
        revert: optional CutReverted,
    }
}

table! {
    /// `[protocol.network_sync]`: groups of packets of a path, and packets that repair them.
    pub struct NetworkSync {
        /// Packets of a group that carry data (r); with those that repair it 255 at most. Default: 8.
        data: optional Count,
        /// Packets that repair a group (c): any r of r + c rebuild it. Default: 3.
        repair: optional Count,
        /// A group that is not full so long after its first packet is closed as it is. Default: 1ms.
        flush: optional Span,
        /// Packets of a path join so many open groups in turn, at most 1,000: a burst of losses is spread over them. Default: 1.
        interleave: optional Count,
    }
}

table! {
    /// `[protocol.pull]`: requests of the remote site for what waits in a stream.
    pub struct Pull {
        /// Requests that are open at a time, by stream. Default: 4.
        requests: optional Count,
        /// Bytes of write data that answer one; one write is sent in any case. Default: 1MiB.
        bytes: optional Size,
        /// A request that is not answered for so long is given up, and another one is made. Default: 1s.
        timeout: optional Span,
    }
}

table! {
    /// `[protocol.epoch]`: sets of concurrent writes.
    pub struct Epoch {
        /// What closes an epoch: "on-completion", any completion of its group at its local system (the default: DRBD protocol A), or "concurrent-set", one of its own writes (SVC Global Mirror).
        close: optional Close,
        /// The most writes of an epoch. Default: 2048.
        max_size: optional Count,
    }
}

table! {
    /// `[[local_system]]`.
    pub struct LocalSystem {
        /// Its name.
        name: required String,
        /// Number of its disk units (106).
        units: required Count,
        /// Size of its cache memory (202). Default: "unlimited".
        cache: optional SizeLimit,
        /// Size of each of its units. Default: 1GiB.
        unit_size: optional Size,
        /// How long a unit takes for one destage. Default: 0s.
        destage_time: optional Delay,
        /// Its clock's error. Default: none.
        clock: optional Clock,
    }
}

table! {
    /// `[[remote_system]]`.
    pub struct RemoteSystem {
        /// Its name.
        name: required String,
        /// Number of its disk units (107).
        units: required Count,
        /// Size of its cache memory (203). Default: "unlimited".
        cache: optional SizeLimit,
        /// How long a unit takes for one destage. Default: 0s.
        destage_time: optional Delay,
    }
}

table! {
    /// The error of a clock.
    pub struct Clock {
        /// How far it is ahead at the start, or behind if negative. Default: 0s.
        skew: optional Offset,
        /// How much it gains in a second, or loses if negative: "10us/s". Default: none.
        drift: optional Drift,
        /// The clock shows whole multiples of this. Default: 1ns.
        granularity: optional Span,
    }
}

table! {
    /// `[[group]]`.
    pub struct Group {
        /// Its name.
        name: required String,
        /// Its remote copy pairs, as "L1:1 -> R1:1"; units count from 1.
        pairs: some String,
    }
}

table! {
    /// `[[host]]`.
    pub struct Host {
        /// Its name.
        name: required String,
        /// From the host to a local disk system, and back again. Default: 0s.
        delay: optional Delay,
        /// Its clock's error, for rule `stamp = "host"`. Default: none.
        clock: optional Clock,
        /// After a crash that lost the completion, the host waits this long and issues the write again. Default: 1s.
        retry_timeout: optional Span,
        /// What it writes.
        workload: required Workload,
    }
}

variants! {
    /// `[[fault]]`.
    pub enum Fault by "kind" ("a kind of fault") {
        /// Packets sent during it are lost.
        "wan-outage" => WanOutage,
        /// Packets sent during it meet more loss, more delay or less bandwidth.
        "brown-out" => BrownOut,
        /// A control unit stops and restarts; rule `non-volatile` says what it forgets.
        "crash" => Crash,
        /// A slave limit time schedule process (116) stops for a while.
        "slave-stop" => SlaveStop,
        /// The master limit time schedule process (117) stops for a while.
        "master-stop" => MasterStop,
        /// A clock is set ahead or back, or begins to drift, and stays so.
        "clock" => ClockFault,
        /// The local site is destroyed, with what is in flight; recovery runs.
        "local-site-loss" => LocalSiteLoss,
    }
}

table! {
    /// `kind = "brown-out"`.
    pub struct BrownOut {
        /// When it begins.
        at: required Duration,
        /// How long it lasts.
        duration: required Span,
        /// The system that sends; without `from` and `to` every path is concerned, both ways.
        from: optional String,
        /// The system that receives.
        to: optional String,
        /// The probability that a packet is lost, in addition to the path's own losses. Default: 0.
        loss: optional Fraction,
        /// Added to the delay of each packet. Default: 0s.
        delay: optional Duration,
        /// The bandwidth that is left. Default: the path's own.
        bandwidth: optional Bandwidth,
    }
}

table! {
    /// `kind = "crash"`.
    pub struct Crash {
        /// When it crashes.
        at: required Duration,
        /// How long until it restarts.
        duration: required Span,
        /// The disk system, local or remote.
        system: required String,
        /// A local control unit crashes between steps 601 and 602 of the first write that it numbers from `at` on. Default: false.
        before_send: optional bool,
    }
}

table! {
    /// `kind = "slave-stop"`.
    pub struct SlaveStop {
        /// When it stops.
        at: required Duration,
        /// How long it stops.
        duration: required Span,
        /// The remote disk system.
        system: required String,
    }
}

table! {
    /// `kind = "master-stop"`.
    pub struct MasterStop {
        /// When it stops.
        at: required Duration,
        /// How long it stops.
        duration: required Span,
    }
}

table! {
    /// `kind = "clock"`.
    pub struct ClockFault {
        /// When it happens.
        at: required Duration,
        /// The local disk system, or the host, whose clock it is.
        of: required String,
        /// How far it is set ahead, or back if negative. Default: 0s.
        skew: optional Offset,
        /// How much more it gains in a second from then on, or loses if negative: "10us/s". Default: none.
        drift: optional Drift,
    }
}

table! {
    /// `kind = "wan-outage"`.
    pub struct WanOutage {
        /// When it begins.
        at: required Duration,
        /// How long it lasts.
        duration: required Span,
        /// The system that sends; without `from` and `to` every path is out, both ways.
        from: optional String,
        /// The system that receives.
        to: optional String,
    }
}

table! {
    /// `kind = "local-site-loss"`.
    pub struct LocalSiteLoss {
        /// When it happens.
        at: required Duration,
    }
}

table! {
    /// `[explore]`.
    pub struct Explore {
        /// Writes. Default: 4.
        writes: optional Count,
        /// Packets that may be lost. Default: 1.
        losses: optional CountOrNone,
        /// Packets that may arrive twice. Default: 1.
        duplicates: optional CountOrNone,
        /// Messages between slaves and master that may be lost. Default: 0.
        control_losses: optional CountOrNone,
        /// Crashes of control units, at any point. Default: 0.
        crashes: optional CountOrNone,
        /// Markers (rule `idle-stream`), of any stream and at any time; of streams that are pulled, requests after one that
        /// found nothing. Default: 1.
        markers: optional CountOrNone,
        /// Packets that may be resent while they are outstanding. Default: 1.
        resends: optional CountOrNone,
        /// Cuts that begin, of any group and at any time (scheme "cut"). Default: 2.
        cuts: optional CountOrNone,
        /// Markers that every stream has sent before the scope begins, so that numbers stand near the end of their width
        /// (rule `width`). Default: 0.
        markers_before: optional CountOrNone,
    }
}

table! {
    /// `[expect]`.
    pub struct Expect {
        /// The verdict: "holds" (the default), "broken" for a negative control, or "any".
        order: optional Order,
        /// The state of single checks.
        checks: optional CheckTable,
        /// Limits of figures of the result, as in `"rpo.max" = "<= 2s"`.
        figures: optional FigureTable,
    }
}

/// `[protocol.rule]`: for each rule its form or, for `non-volatile`, forms.
#[derive(Clone, Debug)]
pub struct RuleTable(pub Vec<(At<String>, Vec<At<String>>)>);

impl RuleTable {
    fn keys() -> Vec<Key> {
        let key = |&name: &&'static str| {
            let mut forms = Rules::forms(name).unwrap_or_default();
            forms.extend(["literal", "repaired"]);
            let form = Shape::choice(format!("a form of the rule `{name}`"), forms);
            let list = Shape::List(Box::new(form.clone()));
            let shape = match name {
                "non-volatile" => {
                    Shape::Either { plain: Box::new(form), structured: Box::new(list), promote: None }
                }
                _ => form,
            };
            Key { name, doc: "The form of this rule.", required: false, shape }
        };
        Rules::NAMES.iter().map(key).collect()
    }
}

impl Read for RuleTable {
    fn shape() -> Shape {
        Shape::Table(TableShape { keys: Self::keys(), variants: None })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let form = |node: &Node| match &node.value {
            Value::Text(form) => Ok(At { value: form.clone(), span: node.span }),
            // `width = 8` is as good as `width = "8"`.
            Value::Integer(number) => Ok(At { value: number.to_string(), span: node.span }),
            _ => Err(wrong_type(node, "the form of a rule")),
        };
        let entries = as_table(node)?.entries.iter().map(|(rule, node)| {
            if !Rules::NAMES.contains(&rule.value.as_str()) {
                return Err(unknown_key(rule, &Self::keys()));
            }
            let forms = match &node.value {
                Value::List(forms) if rule.value == "non-volatile" => {
                    forms.iter().map(form).collect::<Fallible<_>>()?
                }
                _ => vec![form(node)?],
            };
            Ok((rule.clone(), forms))
        });
        entries.collect::<Fallible<_>>().map(Self)
    }
}

/// `[expect.checks]`.
#[derive(Clone, Debug)]
pub struct CheckTable(pub Vec<(Check, At<CheckState>)>);

impl CheckTable {
    fn keys() -> Vec<Key> {
        let key = |check: Check| Key {
            name: check.name(),
            doc: "The state of this check at the end of the run.",
            required: false,
            shape: CheckState::shape(),
        };
        Check::ALL.map(key).into()
    }
}

impl Read for CheckTable {
    fn shape() -> Shape {
        Shape::Table(TableShape { keys: Self::keys(), variants: None })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let entries = as_table(node)?.entries.iter().map(|(name, node)| {
            let check = Check::from_name(&name.value);
            let check = check.ok_or_else(|| unknown_key(name, &Self::keys()))?;
            Ok((check, At { value: CheckState::read(node)?, span: node.span }))
        });
        entries.collect::<Fallible<_>>().map(Self)
    }
}
