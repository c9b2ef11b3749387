//! What the scenario file says: every table and every key of it, each with its place, nothing resolved.
//!
//! The sentence above a key is its description in the JSON Schema. Whether values make sense together is decided
//! in `validate`.

use super::diagnostic::Fallible;
use super::document::{Node, Table, Value};
use super::format::{Key, field_type, push_keys, read_key, table, variants};
use super::format::{Map, Read, Shape, as_table, read_choice, unknown_key, wrong_type};
use super::source::At;
use super::value::{
    Bandwidth, BlockCount, ByteRate, Count, CountOrNone, Drift, Duration, Fraction, MeanGap, Mtu, Natural,
    Offset, Order, Positive, RuleSet, Size, SizeLimit, Span, Ties, WriteSize,
};
use crate::checker::{Check, CheckState};
use crate::protocol::tape::Numbering;
use crate::protocol::{Rules, Scheme};
use crate::scenario::tape::{InitiatorKind, JobKind};

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
        /// The network between slaves and master inside the remote site; lossless and at once unless said otherwise.
        control: optional Link,
        /// What goes wrong, and when.
        fault: repeated Fault,
        /// Bounds of `rcsim explore`; nothing else reads them.
        explore: optional Explore,
        /// What must come of the run.
        expect: optional Expect,
    }
}

table! {
    /// `[run]`.
    pub struct Run {
        /// Seed of every random stream; 1 unless said otherwise.
        seed: optional Natural,
        /// Hosts write this long, then the run drains.
        duration: required Span,
        /// Left out of statistics, never out of checks; 0s unless said otherwise.
        warm_up: optional Duration,
        /// The run ends at most this long after `duration`; 60s unless said otherwise.
        drain_limit: optional Duration,
        /// Events of one instant happen in the order of their scheduling ("insertion", the default), or shuffled by the seed ("seeded").
        ties: optional Ties,
    }
}

table! {
    /// `[protocol]`.
    pub struct Protocol {
        /// One of the patent's numberings, or a baseline.
        scheme: optional Scheme,
        /// The form of every rule: "repaired" (the default) keeps the promise, "literal" is the patent's text.
        rules: optional RuleSet,
        /// The form of single rules, where it differs from `rules`.
        rule: optional RuleTable,
        /// Between two activations of the slave limit time schedule processes (116); "0s" is on every change; 10ms unless said otherwise.
        limit_period: optional Duration,
        /// Short for a constant delay in `control`.
        limit_delay: optional Duration,
        /// An idle stream sends a marker after this long; 10ms unless said otherwise.
        marker_interval: optional Span,
        /// From each sending of write data to the next, until the completion arrives; 200ms unless said otherwise.
        retransmit_timeout: optional Span,
    }
}

table! {
    /// `[[local_system]]`.
    pub struct LocalSystem {
        /// Its name.
        name: required String,
        /// Number of its disk units (106).
        units: required Count,
        /// Size of its cache memory (202); "unlimited" unless said otherwise.
        cache: optional SizeLimit,
        /// Size of each of its units; 1GiB unless said otherwise.
        unit_size: optional Size,
        /// How long a unit takes for one destage; 0s unless said otherwise.
        destage_time: optional Delay,
        /// Its clock's error; none unless said otherwise.
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
        /// Size of its cache memory (203); "unlimited" unless said otherwise.
        cache: optional SizeLimit,
        /// How long a unit takes for one destage; 0s unless said otherwise.
        destage_time: optional Delay,
    }
}

table! {
    /// The error of a clock.
    pub struct Clock {
        /// How far it is ahead at the start, or behind if negative; 0s unless said otherwise.
        skew: optional Offset,
        /// How much it gains in a second, or loses if negative: "10us/s"; none unless said otherwise.
        drift: optional Drift,
        /// It shows whole multiples of this; 1ns unless said otherwise.
        granularity: optional Span,
    }
}

table! {
    /// `[[tape_system]]`: a magnetic tape system (1605).
    pub struct TapeSystem {
        /// Its name.
        name: required String,
        /// Number of its MT units (1608); 1 unless said otherwise.
        units: optional Count,
        /// What requests are numbered by: "sequence-number" (Fig. 16, the default), "block-id" (Fig. 21) or, as a baseline, "none".
        numbering: optional Numbering,
        /// Size of its cache memory (1611), of which the MT queue (1626) of each unit has its share; 256MiB unless said otherwise.
        cache: optional Size,
        /// Blocks that are read from the medium together; 16 unless said otherwise.
        group: optional Count,
        /// The drive of each unit; that of LTO-8 unless said otherwise.
        drive: optional Drive,
    }
}

table! {
    /// `[tape_system.drive]`.
    pub struct Drive {
        /// How fast it reads and writes; 360MB/s unless said otherwise.
        native_rate: optional ByteRate,
        /// How slow the data may be for it still to stream; 112MB/s, or the native rate if that is less, unless said otherwise.
        lowest_rate: optional ByteRate,
        /// Size of a block; 256KiB unless said otherwise.
        block: optional WriteSize,
        /// From nothing to ready; 15s unless said otherwise.
        load_time: optional Duration,
        /// From one position to another; 60s unless said otherwise.
        locate_time: optional Duration,
        /// Stop, rewind a little, start again, when the data come too slowly; 2s unless said otherwise.
        back_hitch: optional Duration,
        /// What a tape holds; 12TB unless said otherwise.
        capacity: optional Size,
    }
}

table! {
    /// `[[tape_job]]`: a volume, and the initiator that writes it to an MT unit or reads it back.
    pub struct TapeJob {
        /// Its name, and that of its initiator.
        name: required String,
        /// "backup" writes the volume, "restore" reads one that the tape holds from the start, "circle" writes it, loses it, reads it back and compares.
        kind: required JobKind,
        /// What issues the requests: "host" (the default), "disk-system" or "switch".
        initiator: optional InitiatorKind,
        /// The MT unit: "T1:1".
        unit: required String,
        /// Blocks of the volume.
        blocks: required BlockCount,
        /// Of a "restore", how many blocks are read; all unless said otherwise.
        read: optional BlockCount,
        /// m of Fig. 17 and 18: how many requests may be under way; 16 unless said otherwise.
        m: optional Count,
        /// Size of the initiator's memory (1611, 1612); 256MiB for a host, 1GiB for a disk system, 64MiB for a switch unless said otherwise.
        memory: optional Size,
        /// How fast blocks come from the volume; "unlimited" unless said otherwise.
        volume_rate: optional Bandwidth,
        /// When it begins; 0s unless said otherwise.
        start: optional Duration,
        /// From each sending of a request to the next, until it is answered; `protocol.retransmit_timeout` unless said otherwise.
        retransmit_timeout: optional Span,
        /// The initiator crashes once, between steps 1801 and 1802 of this request, counted from 1; never unless said otherwise.
        crash_after: optional BlockCount,
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
        /// From the host to a local disk system, and back again; 0s unless said otherwise.
        delay: optional Delay,
        /// Its clock's error, for rule `stamp = "host"`; none unless said otherwise.
        clock: optional Clock,
        /// What it writes.
        workload: required Workload,
    }
}

variants! {
    /// `[host.workload]`.
    pub enum Workload by "kind" {
        /// Each unit by itself: gaps of exponential length.
        "poisson" => Poisson,
        /// Each unit by itself: the same gap every time.
        "constant" => Constant,
        /// Each unit by itself: as "poisson" for a while, then silent for a while.
        "bursty" => Bursty,
        /// So many writes outstanding; each completion is followed by another write.
        "closed-loop" => ClosedLoop,
        /// A log write, after its completion the data writes, after theirs the next transaction.
        "transaction" => Transaction,
        /// The writes of a recorded trace.
        "trace" => Trace,
        /// Every write written down.
        "scripted" => Scripted,
    }
}

table! {
    /// Sizes and places of writes.
    pub struct Writes {
        /// How large a write is, or a list of sizes and weights; 4KiB unless said otherwise.
        size: optional Sizes,
        /// Where in the unit: "uniform" (the default), "sequential" or { zipf = 1.1 }.
        addresses: optional Addresses,
    }
}

table! {
    /// `kind = "poisson"`.
    pub struct Poisson {
        /// Writes to each unit.
        rate: required MeanGap,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "constant"`.
    pub struct Constant {
        /// Writes to each unit.
        rate: required MeanGap,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "bursty"`.
    pub struct Bursty {
        /// Writes to each unit within a burst.
        rate: required MeanGap,
        /// Mean length of a burst.
        mean_on: required Span,
        /// Mean length of a silence.
        mean_off: required Span,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "closed-loop"`.
    pub struct ClosedLoop {
        /// Writes outstanding.
        queue_depth: required Count,
        /// From a completion to the next write; 0s unless said otherwise.
        think_time: optional Delay,
        /// The units, of which each write takes one by chance: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "transaction"`.
    pub struct Transaction {
        /// The unit of the log: "L1:1".
        log: required String,
        /// Data writes of each transaction, issued together after the completion of the log write.
        data_writes: required CountOrNone,
        /// Transactions that run side by side; 1 unless said otherwise.
        sessions: optional Count,
        /// From the end of a transaction to the next of its session; 0s unless said otherwise.
        think_time: optional Delay,
        /// The units of the data, of which each write takes one by chance: systems ("L1": their paired units but the log) or single units ("L1:3").
        on: repeated String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "trace"`.
    pub struct Trace {
        /// The trace, in the CSV format of the MSR Cambridge traces; relative to the scenario file.
        file: required String,
        /// For each volume ("hostname.disk" of the trace) the unit that it stands for.
        map: required Map<String>,
        /// Replayed so many times as fast as recorded; 1.0 unless said otherwise.
        speed: optional Positive,
    }
}

table! {
    /// `kind = "scripted"`.
    pub struct Scripted {
        /// The writes.
        writes: some ScriptedWrite,
    }
}

table! {
    /// One write of a script.
    pub struct ScriptedWrite {
        /// A name, for `after`.
        name: optional String,
        /// When it is issued: since the start of the run or, with `after`, since that write's completion.
        at: optional Duration,
        /// The earlier write, by its name or its position from 0, whose completion it waits for.
        after: optional After,
        /// The unit: "L1:1".
        unit: required String,
        /// Its first block, of 512 bytes; 0 unless said otherwise.
        position: optional Natural,
        /// How large it is; 4KiB unless said otherwise.
        size: optional WriteSize,
    }
}

table! {
    /// A size of writes and how often it occurs.
    pub struct WeightedSize {
        /// The size.
        size: required WriteSize,
        /// Its weight among all weights.
        weight: required Positive,
    }
}

table! {
    /// Addresses by Zipf's law.
    pub struct Zipf {
        /// The exponent; rank 1 is the first block.
        zipf: required Positive,
    }
}

variants! {
    /// A distribution of time spans; a duration alone is a constant.
    pub enum Distribution by "distribution" {
        /// Always the mean.
        "constant" => ConstantDelay,
        /// Anything between two spans.
        "uniform" => Uniform,
        /// Gaussian.
        "normal" => Normal,
        /// Log-normal.
        "lognormal" => Lognormal,
        /// Pareto.
        "pareto" => Pareto,
        /// A quarter Gaussian, three quarters Pareto, as netem has it.
        "paretonormal" => Paretonormal,
        /// `minimum` and an exponential above it.
        "exponential" => Exponential,
        /// One of the values of a file.
        "empirical" => Empirical,
    }
}

table! {
    /// `distribution = "constant"`.
    pub struct ConstantDelay {
        /// The value.
        mean: required Duration,
    }
}

table! {
    /// `distribution = "uniform"`.
    pub struct Uniform {
        /// The least value.
        minimum: required Duration,
        /// The greatest value.
        maximum: required Duration,
    }
}

/// The distributions of a mean and a deviation.
macro_rules! deviating {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {$(
        table! {
            $(#[doc = $doc])*
            pub struct $name {
                /// The mean of the whole, after `minimum` has cut.
                mean: required Duration,
                /// The standard deviation.
                deviation: required Span,
                /// No value is below this; 0s unless said otherwise.
                minimum: optional Duration,
            }
        }
    )*};
}

deviating! {
    /// `distribution = "normal"`.
    Normal,
    /// `distribution = "lognormal"`.
    Lognormal,
    /// `distribution = "pareto"`.
    Pareto,
    /// `distribution = "paretonormal"`.
    Paretonormal,
}

table! {
    /// `distribution = "exponential"`.
    pub struct Exponential {
        /// The mean of the whole.
        mean: required Duration,
        /// What every value holds at least; 0s unless said otherwise.
        minimum: optional Duration,
    }
}

table! {
    /// `distribution = "empirical"`.
    pub struct Empirical {
        /// A file with one duration ("20.5ms") per line; relative to the scenario file.
        file: required String,
        /// Values below this are raised to it; 0s unless said otherwise.
        minimum: optional Duration,
    }
}

table! {
    /// What happens to packets, but for their delay.
    pub struct Knobs {
        /// The probability that a packet is lost, or a Gilbert-Elliott model; 0 unless said otherwise.
        loss: optional Loss,
        /// The probability that a packet arrives twice; 0 unless said otherwise.
        duplicate: optional Fraction,
        /// The share of packets that is sent at once, without the delay (netem's reorder); 0 unless said otherwise.
        reorder: optional Fraction,
        /// Of the transmitter; "unlimited" unless said otherwise.
        bandwidth: optional Bandwidth,
        /// Bytes that may wait for the transmitter, beyond which packets are dropped; "unlimited" unless said otherwise.
        queue: optional SizeLimit,
        /// The largest packet: a larger write travels as several; "unlimited" unless said otherwise.
        mtu: optional Mtu,
        /// Packets arrive in the order of sending; false unless said otherwise.
        fifo: optional bool,
    }
}

table! {
    /// `[wan]`.
    pub struct Wan {
        /// How long a packet travels.
        delay: required Delay,
        knobs: flatten Knobs,
        /// From remote to local (completions), where it differs.
        reverse: optional Link,
    }
}

table! {
    /// A link, or what differs in it.
    pub struct Link {
        /// How long a packet travels.
        delay: optional Delay,
        knobs: flatten Knobs,
    }
}

table! {
    /// `[[path]]`.
    pub struct PathOverride {
        /// The system that sends.
        from: required String,
        /// The system that receives.
        to: required String,
        link: flatten Link,
    }
}

variants! {
    /// A model of loss in bursts.
    pub enum LossModel by "model" {
        /// A chain of a good and a bad state that moves once per packet.
        "gilbert-elliott" => GilbertElliott,
    }
}

table! {
    /// `model = "gilbert-elliott"`.
    pub struct GilbertElliott {
        /// Probability of moving from good to bad.
        good_to_bad: required Fraction,
        /// Probability of moving from bad to good.
        bad_to_good: required Fraction,
        /// Loss probability in the good state; 0 unless said otherwise.
        loss_good: optional Fraction,
        /// Loss probability in the bad state; 1 unless said otherwise.
        loss_bad: optional Fraction,
    }
}

variants! {
    /// `[[fault]]`.
    pub enum Fault by "kind" {
        /// Packets sent during it are lost.
        "wan-outage" => WanOutage,
        /// The local site is destroyed, with what is in flight; recovery runs.
        "local-site-loss" => LocalSiteLoss,
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
        /// When.
        at: required Duration,
    }
}

table! {
    /// `[explore]`.
    pub struct Explore {
        /// Writes; 4 unless said otherwise.
        writes: optional Count,
        /// Packets that may be lost; 1 unless said otherwise.
        losses: optional CountOrNone,
        /// Packets that may arrive twice; 1 unless said otherwise.
        duplicates: optional CountOrNone,
        /// Crashes of control units; 0 unless said otherwise.
        crashes: optional CountOrNone,
    }
}

table! {
    /// `[expect]`.
    pub struct Expect {
        /// The verdict: "holds" (the default), "broken" for a negative control, or "any".
        order: optional Order,
        /// The state of single checks.
        checks: optional CheckTable,
    }
}

/// A constant, or a distribution.
#[derive(Clone, Debug)]
pub enum Delay {
    /// Always this.
    Constant(Duration),
    /// Drawn.
    Drawn(Distribution),
}

impl Read for Delay {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Duration::shape()),
            structured: Box::new(Distribution::shape()),
            promote: Some(constant_table),
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::Table(_) => Distribution::read(node).map(Self::Drawn),
            Value::List(_) => Err(wrong_type(node, "a duration such as \"20ms\", or a distribution")),
            _ => Duration::read(node).map(Self::Constant),
        }
    }
}

/// A duration as the table of a distribution.
fn constant_table(duration: Node) -> Value {
    let span = duration.span;
    let key = |name: &str| At { value: name.to_owned(), span };
    let constant = Node { span, value: Value::Text("constant".into()) };
    Value::Table(Table { entries: vec![(key("distribution"), constant), (key("mean"), duration)] })
}

/// A probability, or a model.
#[derive(Clone, Debug)]
pub enum Loss {
    /// Each packet by itself.
    Independent(Fraction),
    /// In bursts.
    Model(LossModel),
}

impl Read for Loss {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Fraction::shape()),
            structured: Box::new(LossModel::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::Table(_) => LossModel::read(node).map(Self::Model),
            _ => Fraction::read(node).map(Self::Independent),
        }
    }
}

/// One size, or several.
#[derive(Clone, Debug)]
pub enum Sizes {
    /// All writes are of this size.
    One(WriteSize),
    /// Sizes with weights.
    Mixed(Vec<At<WeightedSize>>),
}

impl Read for Sizes {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(WriteSize::shape()),
            structured: Box::new(Vec::<At<WeightedSize>>::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::List(_) => Vec::read(node).map(Self::Mixed),
            _ => WriteSize::read(node).map(Self::One),
        }
    }
}

/// Where in a unit writes go.
#[derive(Clone, Debug)]
pub enum Addresses {
    /// Anywhere.
    Uniform,
    /// One after the other.
    Sequential,
    /// By Zipf's law.
    Zipf(Zipf),
}

impl Addresses {
    const NAMES: [&str; 2] = ["uniform", "sequential"];
}

impl Read for Addresses {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::choice("a law of addresses", Self::NAMES.to_vec())),
            structured: Box::new(Zipf::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Table(_) => Zipf::read(node).map(Self::Zipf),
            Value::Text(text) if text == "zipf" => {
                Err(wrong_type(node, "a law of addresses").help("write { zipf = 1.1 }, with the exponent"))
            }
            _ => Ok(match read_choice(node, "a law of addresses", &Self::NAMES)? {
                0 => Self::Uniform,
                _ => Self::Sequential,
            }),
        }
    }
}

/// An earlier write of a script.
#[derive(Clone, Debug)]
pub enum After {
    /// By its name.
    Name(String),
    /// By its position, from 0.
    Position(Natural),
}

impl Read for After {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("the name of an earlier write")),
            structured: Box::new(Natural::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(name) => Ok(Self::Name(name.clone())),
            Value::Integer(_) => Natural::read(node).map(Self::Position),
            _ => Err(wrong_type(node, "the name of an earlier write, or its position from 0")),
        }
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
        Shape::Table(super::format::TableShape { keys: Self::keys(), variants: None })
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
                return Err(unknown_key(rule, rule.span, &Self::keys()));
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
        Shape::Table(super::format::TableShape { keys: Self::keys(), variants: None })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let entries = as_table(node)?.entries.iter().map(|(name, node)| {
            let check = Check::from_name(&name.value);
            let check = check.ok_or_else(|| unknown_key(name, name.span, &Self::keys()))?;
            Ok((check, At { value: CheckState::read(node)?, span: node.span }))
        });
        entries.collect::<Fallible<_>>().map(Self)
    }
}
