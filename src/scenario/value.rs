//! Single values of the scenario file: numbers within bounds, quantities with their units, names from a list.

use crate::checker::{Check, CheckState};
use crate::hardware::trace_file::TraceFormat;
use crate::protocol::disk::ordering::cut;
pub use crate::protocol::disk::ordering::cut::{Queue as CutQueue, Trigger as CutTrigger};
pub use crate::protocol::disk::ordering::epoch::Close;
use crate::protocol::disk::ordering::streams::Release;
use crate::protocol::rules::{CutApply, CutCommit, CutRevert};
use crate::protocol::tape::Numbering;
use crate::protocol::transport::ResendUnit;
use crate::protocol::{Preset, Scheme};
use crate::scenario::tape::{InitiatorKind, JobKind};
use crate::trace::PacketClass;
use crate::units::SimDuration;
use crate::units::quantity::{
    Problem, QuantityError, parse_bandwidth, parse_duration, parse_mean_gap, parse_size,
    parse_size_or_unlimited,
};

use super::diagnostic::{Fallible, Fault};
use super::document::{Node, Value};
use super::format::{Leaf, LeafKind, Read, Shape, read_choice, wrong_type};
use super::validated::{ExpectOrder, MessageKind};

impl Read for String {
    fn shape() -> Shape {
        Shape::text("a string")
    }
    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) => Ok(text.clone()),
            _ => Err(wrong_type(node, "a string")),
        }
    }
}

impl Read for bool {
    fn shape() -> Shape {
        Shape::Leaf(Leaf { expected: "true or false".into(), kind: LeafKind::Flag })
    }
    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(wrong_type(node, "true or false")),
        }
    }
}

/// An integer within bounds, both included.
#[derive(Clone, Copy, Debug)]
pub struct Whole<const MINIMUM: u64, const MAXIMUM: u64>(pub u64);

/// The most of one thing that is simulated: larger counts are taken for typos.
pub const MOST: u64 = 65_536;
/// A number of things, of which there is at least one.
pub type Count = Whole<1, MOST>;
/// A number of blocks, of which there is at least one: the medium of every one is remembered.
pub type BlockCount = Whole<1, { 1 << 32 }>;
/// The place of a packet among others, from 1.
pub type Ordinal = Whole<1, { 1 << 48 }>;
/// A number of things, of which there may be none.
pub type CountOrNone = Whole<0, MOST>;
/// Any integer that is not negative.
pub type Natural = Whole<0, { u64::MAX }>;

impl<const MINIMUM: u64, const MAXIMUM: u64> Whole<MINIMUM, MAXIMUM> {
    /// The integer, where the bounds say that it fits.
    pub fn narrow(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<const MINIMUM: u64, const MAXIMUM: u64> Read for Whole<MINIMUM, MAXIMUM> {
    fn shape() -> Shape {
        let expected = if MAXIMUM == u64::MAX {
            format!("an integer from {MINIMUM}")
        } else {
            format!("an integer from {MINIMUM} to {MAXIMUM}")
        };
        Shape::Leaf(Leaf { expected, kind: LeafKind::Integer(MINIMUM, MAXIMUM) })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let expected = Self::shape().expected();
        let Value::Integer(found) = node.value else { return Err(not_a_number(node, &expected)) };
        match u64::try_from(found) {
            Ok(value) if (MINIMUM..=MAXIMUM).contains(&value) => Ok(Self(value)),
            Err(_) if found > 0 => {
                Err(out_of_range(node, &format!("an integer from {MINIMUM} to {MAXIMUM}")))
            }
            _ => Err(out_of_range(node, &expected)),
        }
    }
}

/// A probability, or a share.
#[derive(Clone, Copy, Debug)]
pub struct Fraction(pub f64);

impl Read for Fraction {
    fn shape() -> Shape {
        Shape::Leaf(Leaf { expected: "a number from 0 to 1".into(), kind: LeafKind::Number(0.0, 1.0) })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let expected = Self::shape().expected();
        let number = number(node, &expected)?;
        if (0.0..=1.0).contains(&number) { Ok(Self(number)) } else { Err(out_of_range(node, &expected)) }
    }
}

/// A number above zero.
#[derive(Clone, Copy, Debug)]
pub struct Positive(pub f64);

impl Positive {
    const MAXIMUM: f64 = 1e9;
}

impl Read for Positive {
    fn shape() -> Shape {
        let kind = LeafKind::Positive(Self::MAXIMUM);
        Shape::Leaf(Leaf { expected: "a number above 0, at most 1e9".into(), kind })
    }

    fn read(node: &Node) -> Fallible<Self> {
        let expected = Self::shape().expected();
        let number = number(node, &expected)?;
        if number > 0.0 && number <= Self::MAXIMUM {
            Ok(Self(number))
        } else {
            Err(out_of_range(node, &expected))
        }
    }
}

/// An integer serves where a number is meant.
fn number(node: &Node, expected: &str) -> Fallible<f64> {
    match node.value {
        Value::Float(number) => Ok(number),
        Value::Integer(number) => Ok(number as f64),
        _ => Err(not_a_number(node, expected)),
    }
}

fn out_of_range(node: &Node, expected: &str) -> Box<Fault> {
    Fault::new("out-of-range", node.span, format!("expected {expected}, found {}", node.value))
}

fn not_a_number(node: &Node, expected: &str) -> Box<Fault> {
    let fault = wrong_type(node, expected);
    let Value::Text(text) = &node.value else { return fault };
    let percent = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let meant = percent.map(|percent| percent / 100.0).or_else(|| text.trim().parse().ok());
    fault.did_you_mean(meant.filter(|number: &f64| number.is_finite()))
}

/// Reads a quantity, which is a string.
fn quantity<T>(
    node: &Node,
    expected: &str,
    example: &str,
    parse: impl FnOnce(&str) -> Result<T, QuantityError>,
) -> Fallible<T> {
    match &node.value {
        Value::Text(text) => parse(text).map_err(|error| not_a_quantity(node, &error)),
        Value::Integer(_) | Value::Float(_) => Err(wrong_type(node, expected)
            .label("the unit is missing")
            .help(format!("write it with a unit, as in {example}"))),
        _ => Err(wrong_type(node, expected)),
    }
}

fn not_a_quantity(node: &Node, error: &QuantityError) -> Box<Fault> {
    let title = format!("expected {}, found \"{}\"", error.expected, error.found);
    let problem = match &error.problem {
        Problem::UnknownUnit { unit, .. } => format!("there is no unit \"{unit}\""),
        other => other.to_string(),
    };
    let meant = error.did_you_mean().map(|meant| format!("\"{meant}\""));
    Fault::new("quantity", node.span, title).label(problem).did_you_mean(meant)
}

/// The decimal number of a quantity, as a regular expression (ECMA 262): any, or one that is not zero.
macro_rules! decimal {
    (any) => {
        r"\s*[0-9]+(\.[0-9]+)?\s*"
    };
    (above_zero) => {
        r"\s*(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)\s*"
    };
}

/// Units, as a regular expression: those of `units::quantity`.
macro_rules! duration {
    () => {
        "(ns|us|\u{b5}s|\u{3bc}s|ms|s|min|h)"
    };
}
macro_rules! size {
    () => {
        "(KiB|MiB|GiB|TiB|B|KB|kB|MB|GB|TB)"
    };
}
macro_rules! bandwidth {
    () => {
        "((k|M|G|T)?bit/s|(K|k|M|G|Ki|Mi|Gi)?B/s)"
    };
}

/// A quantity, as a regular expression.
macro_rules! pattern {
    (or_unlimited, $units:ident) => {
        concat!("^(\\s*unlimited\\s*|", decimal!(above_zero), $units!(), "\\s*)$")
    };
    ($number:ident, $units:ident) => {
        concat!("^", decimal!($number), $units!(), "\\s*$")
    };
}

/// A quantity that is written as a string, and how it is read.
macro_rules! quantities {
    ($($(#[doc = $doc:literal])* $name:ident($type:ty), $pattern:expr, $expected:literal, $example:literal, $parse:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub $type);

        impl Read for $name {
            fn shape() -> Shape {
                Shape::quantity($expected, $pattern, $example)
            }
            fn read(node: &Node) -> Fallible<Self> {
                quantity(node, $expected, $example, $parse).map(Self)
            }
        }
    )*};
}

quantities! {
    /// A duration.
    Duration(SimDuration), pattern!(any, duration), "a duration such as \"20ms\"", "\"20ms\"", parse_duration;
    /// A duration that is not zero.
    Span(SimDuration), pattern!(above_zero, duration), "a duration above zero, such as \"20ms\"", "\"20ms\"", |text| {
        not_zero(text, parse_duration(text)?, SimDuration::is_zero, "a duration above zero, such as \"20ms\"")
    };
    /// A duration that may be negative, in nanoseconds.
    Offset(i64), concat!("^\\s*-?", decimal!(any), duration!(), "\\s*$"), "a duration such as \"1ms\" or \"-1ms\"", "\"1ms\"", |text| {
        signed(text, "a duration such as \"1ms\" or \"-1ms\"")
    };
    /// Nanoseconds that a clock gains, or loses, in a second.
    Drift(i64), concat!("^\\s*-?", decimal!(any), duration!(), "/s\\s*$"), "a drift such as \"10us/s\" or \"-10us/s\"", "\"10us/s\"", drift;
    /// Bytes.
    Size(u64), pattern!(above_zero, size), "a size such as \"4KiB\"", "\"4KiB\"", parse_size;
    /// Bytes of one write.
    WriteSize(u32), pattern!(above_zero, size), "a size such as \"4KiB\"", "\"4KiB\"", |text| {
        below_4_gib(text, parse_size(text)?)
    };
    /// Bytes; `None` is unlimited.
    SizeLimit(Option<u64>), pattern!(or_unlimited, size), "a size such as \"256MiB\", or \"unlimited\"", "\"256MiB\"", parse_size_or_unlimited;
    /// Bytes of a packet; `None` is unlimited.
    Mtu(Option<u32>), pattern!(or_unlimited, size), "a size such as \"1500B\", or \"unlimited\"", "\"1500B\"", |text| {
        parse_size_or_unlimited(text)?.map(|size| below_4_gib(text, size)).transpose()
    };
    /// Bytes of the headers of a packet.
    Header(u32), pattern!(any, size), "a size below 64KiB, such as \"40B\"", "\"40B\"", header;
    /// Bits per second; `None` is unlimited.
    Bandwidth(Option<u64>), pattern!(or_unlimited, bandwidth), "a bandwidth such as \"1Gbit/s\", or \"unlimited\"", "\"1Gbit/s\"", parse_bandwidth;
    /// Bytes per second.
    ByteRate(u64), pattern!(above_zero, bandwidth), "a rate such as \"360MB/s\"", "\"360MB/s\"", byte_rate;
    /// A rate, as the mean gap between two events.
    MeanGap(SimDuration), concat!("^\\s*", decimal!(above_zero), "/\\s*", duration!(), "\\s*$"), "a rate such as \"200/s\"", "\"200/s\"", parse_mean_gap;
}

fn not_zero<T: Copy>(
    text: &str,
    value: T,
    is_zero: impl FnOnce(T) -> bool,
    expected: &'static str,
) -> Result<T, QuantityError> {
    if is_zero(value) { Err(problem(expected, text, Problem::Zero)) } else { Ok(value) }
}

fn problem(expected: &'static str, text: &str, problem: Problem) -> QuantityError {
    QuantityError { expected, found: text.trim().chars().take(40).collect(), problem }
}

fn below_4_gib(text: &str, size: u64) -> Result<u32, QuantityError> {
    u32::try_from(size).map_err(|_| problem("a size below 4GiB", text, Problem::TooLarge))
}

/// The headers of one packet; unlike other sizes it may be zero.
fn header(text: &str) -> Result<u32, QuantityError> {
    const EXPECTED: &str = "a size below 64KiB, such as \"40B\"";
    match parse_size(text) {
        Ok(size) if size < 65_536 => Ok(size as u32),
        Ok(_) => Err(problem(EXPECTED, text, Problem::TooLarge)),
        Err(QuantityError { problem: Problem::Zero, .. }) => Ok(0),
        Err(error) => Err(QuantityError { expected: EXPECTED, ..error }),
    }
}

/// At least a byte a second.
fn byte_rate(text: &str) -> Result<u64, QuantityError> {
    const EXPECTED: &str = "a rate such as \"360MB/s\"";
    let bits = parse_bandwidth(text).map_err(|error| problem(EXPECTED, text, error.problem))?;
    let bits = bits.ok_or_else(|| problem(EXPECTED, text, Problem::NotANumber))?;
    if bits < 8 { Err(problem(EXPECTED, text, Problem::Zero)) } else { Ok(bits / 8) }
}

fn signed(text: &str, expected: &'static str) -> Result<i64, QuantityError> {
    let (negative, magnitude) = match text.trim().strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, text),
    };
    let wrong = |error: QuantityError| QuantityError { expected, ..problem(expected, text, error.problem) };
    let ns = parse_duration(magnitude).map_err(wrong)?.as_ns();
    let ns = i64::try_from(ns).map_err(|_| problem(expected, text, Problem::TooLarge))?;
    Ok(if negative { -ns } else { ns })
}

/// A clock that loses a second in a second stands still.
fn drift(text: &str) -> Result<i64, QuantityError> {
    const EXPECTED: &str = "a drift such as \"10us/s\" or \"-10us/s\"";
    let Some(per_second) = text.trim().strip_suffix("/s") else {
        return Err(problem(EXPECTED, text, Problem::MissingUnit));
    };
    let drift = signed(per_second, EXPECTED)
        .map_err(|error| QuantityError { found: problem(EXPECTED, text, Problem::Zero).found, ..error })?;
    if drift.unsigned_abs() < 1_000_000_000 {
        Ok(drift)
    } else {
        Err(problem("a drift of less than a second a second", text, Problem::TooLarge))
    }
}

/// A value that is one of a list of names.
macro_rules! choices {
    ($($type:ty, $what:literal, $choices:expr;)*) => {$(
        impl Read for $type {
            fn shape() -> Shape {
                Shape::choice($what, $choices.iter().map(|&(name, _)| name).collect())
            }
            fn read(node: &Node) -> Fallible<Self> {
                let choices = $choices;
                let names: Vec<_> = choices.iter().map(|&(name, _)| name).collect();
                Ok(choices[read_choice(node, $what, &names)?].1)
            }
        }
    )*};
}

/// In which order events of one instant happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// In the order of their scheduling.
    Insertion,
    /// Shuffled by the seed.
    Seeded,
}

/// What moves the state of a loss model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossStep {
    /// Time.
    Time,
    /// Each packet of the direction.
    Packet,
}

/// How the time-out of a path comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetransmitRule {
    /// It is constant.
    Fixed,
    /// RFC 6298.
    Adaptive,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentClass(pub PacketClass);

/// The name of a whole rule set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSet {
    /// What keeps the promise.
    Repaired,
    /// What the patent's text says.
    Literal,
}

/// `protocol.cut.switch`: `None` is rule `cut-window = "none"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutSwitch(pub Option<cut::Switch>);

/// `protocol.acknowledge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// When the scheme says.
    Local,
    /// When packets, and those that repair them, have left the line.
    NetworkSync,
}

/// `protocol.send`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Send {
    /// The local site starts a transfer.
    Push,
    /// The remote site does.
    Pull,
}

/// `protocol.cut.fold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnOff(pub bool);

/// `protocol.cut.apply`: a form of rule `cut-apply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutApplied(pub CutApply);

/// `protocol.cut.commit`: a form of rule `cut-commit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutCommitted(pub CutCommit);

/// `protocol.cut.revert`: a form of rule `cut-revert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutReverted(pub CutRevert);

/// The verdict that a scenario expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order(pub Option<ExpectOrder>);

choices! {
    Preset, "a preset", Preset::ALL.map(|preset| (preset.name(), preset));
    Scheme, "a scheme", Scheme::ALL.map(|scheme| (scheme.name(), scheme));
    ResendUnit, "what is sent again", [
        ("write", ResendUnit::Write),
        ("packet", ResendUnit::Packet),
    ];
    Acknowledge, "an acknowledgement rule", [
        ("local", Acknowledge::Local),
        ("network-sync", Acknowledge::NetworkSync),
    ];
    Send, "who starts a transfer", [("push", Send::Push), ("pull", Send::Pull)];
    Release, "when a write is released", [
        ("received", Release::Received),
        ("destaged", Release::Destaged),
    ];
    Close, "what closes an epoch", [
        ("on-completion", Close::OnCompletion),
        ("concurrent-set", Close::ConcurrentSet),
    ];
    CutTrigger, "what ends the capture of a set", [
        ("period", CutTrigger::Period),
        ("size", CutTrigger::Size),
        ("previous", CutTrigger::PreviousDone),
    ];
    CutSwitch, "how local systems switch", [
        ("window", CutSwitch(Some(cut::Switch::Window))),
        ("serialise", CutSwitch(Some(cut::Switch::Serialise))),
        ("none", CutSwitch(None)),
    ];
    CutQueue, "when the next set may be switched", [
        ("legacy", CutQueue::Legacy),
        ("multi-cycle", CutQueue::MultiCycle),
    ];
    OnOff, "on or off", [("on", OnOff(true)), ("off", OnOff(false))];
    CutApplied, "where a set stands", [
        ("shadow", CutApplied(CutApply::Shadow)),
        ("in-place", CutApplied(CutApply::InPlace)),
    ];
    CutCommitted, "who commits a set", [
        ("together", CutCommitted(CutCommit::Together)),
        ("each", CutCommitted(CutCommit::Each)),
    ];
    CutReverted, "what a recovery does", [
        ("table", CutReverted(CutRevert::Table)),
        ("none", CutReverted(CutRevert::None)),
    ];
    RetransmitRule, "a time-out", [
        ("adaptive", RetransmitRule::Adaptive),
        ("fixed", RetransmitRule::Fixed),
    ];
    RuleSet, "a rule set", [("repaired", RuleSet::Repaired), ("literal", RuleSet::Literal)];
    Numbering, "a numbering", Numbering::ALL.map(|numbering| (numbering.name(), numbering));
    InitiatorKind, "an initiator", InitiatorKind::ALL.map(|kind| (kind.name(), kind));
    JobKind, "a kind of tape job", JobKind::ALL.map(|kind| (kind.name(), kind));
    Ties, "a way to break ties", [("insertion", Ties::Insertion), ("seeded", Ties::Seeded)];
    LossStep, "what moves the state", [("time", LossStep::Time), ("packet", LossStep::Packet)];
    Order, "a verdict", [
        ("holds", Order(Some(ExpectOrder::Holds))),
        ("broken", Order(Some(ExpectOrder::Broken))),
        ("any", Order(None)),
    ];
    TraceFormat, "a format of traces", TraceFormat::NAMED.map(|format| (format.name(), format));
    CheckState, "the state of a check", [
        ("holds", CheckState::Holds),
        ("broken", CheckState::Broken),
        ("not-checked", CheckState::NotChecked),
        ("not-judged", CheckState::NotJudged),
    ];
    Check, "a check", Check::ALL.map(|check| (check.name(), check));
    SentClass, "a class of packets", PacketClass::ALL.map(|class| (class.name(), SentClass(class)));
    MessageKind, "a message", MessageKind::ALL.map(|message| (message.name(), message));
}
