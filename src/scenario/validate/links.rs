//! Paths and the control network: `[wan]`, `[wan.reverse]`, `[[path]]`, `[control]`.
//!
//! `delays` reads delays, `files` what stands in files and in strings of its own; `effect` refuses keys that can do
//! nothing.

mod delays;
mod effect;
mod files;

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use super::systems::{System, Systems};
use super::tape;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Course, HoldBack, Link, Loss};
use crate::hardware::regions::Region;
use crate::protocol::transport::Transport;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::format::missing_key;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::validated::Path;
use crate::scenario::value::{Fraction, LossStep};
use crate::units::quantity::Size;
use crate::units::{Direction, PathId, SimDuration};

pub use delays::distribution;
pub use effect::check;

/// A completion fits into a packet of this many bytes, and must: it is never cut.
const LEAST_MTU: u32 = 64;

/// A link, and where the file gives its keys.
#[derive(Clone, Debug)]
pub struct Laid {
    /// The link.
    pub link: Link,
    /// Where its keys stand.
    given: Given,
}

/// Where the keys of a link stand, those that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Given {
    delay: Option<Span>,
    preset: Option<Span>,
    timeline: Option<Span>,
    netem: Option<Span>,
    loss: Option<Span>,
    duplicate: Option<Span>,
    bandwidth: Option<Span>,
    header: Option<Span>,
    reorder: Option<Span>,
    hold_back: Option<Span>,
    queue: Option<Span>,
    mtu: Option<Span>,
    fifo: Option<Span>,
    shared: Option<Span>,
}

/// Every path, forward and reverse: those of disk systems, then those of tape jobs; each direction as `wan` has it,
/// then its own `[[path]]`.
pub fn lines(file: &raw::File, systems: &Systems, base: &FilePath) -> Fallible<Vec<[Laid; 2]>> {
    let wan = &file.wan.value;
    let mut forward = Laid::ideal();
    forward.take(wan.delay.as_ref(), &wan.knobs, base)?;
    if forward.given.delay.or(forward.given.preset).or(forward.given.netem).is_none() {
        return Err(missing_key(file.wan.span, "delay", &raw::Wan::keys())
            .note("a `preset` has a delay, and `netem` says all of a line"));
    }
    let mut reverse = forward.clone();
    if let Some(link) = &wan.reverse {
        reverse.take(link.value.delay.as_ref(), &link.value.knobs, base)?;
    }
    let count = systems.paths.len() + systems.tape_paths.len();
    let mut lines = vec![[forward, reverse]; count];
    let mut known: BTreeMap<(PathId, Direction), Span> = BTreeMap::new();
    for at in &file.path {
        let (id, direction) = ends(systems, &at.value.from, &at.value.to)?;
        if let Some(before) = known.insert((id, direction), at.span) {
            return Err(two_paths(at, before));
        }
        let laid = &mut lines[id.index()][direction as usize];
        let before = laid.given;
        laid.take(at.value.link.delay.as_ref(), &at.value.link.knobs, base)?;
        if let Some(own) = at.value.transport.as_ref().filter(|_| direction == Direction::Reverse) {
            let title =
                "expected `transport` on a path from a local system, found it on one to a local system";
            return Err(Fault::new("contradiction", own.span, title).label("only local systems send again"));
        }
        if laid.given == before && at.value.transport.is_none() {
            let title = "expected a key beside `from` and `to`, found none: nothing would differ";
            return Err(Fault::new("no-effect", at.span, title));
        }
    }
    effect::check_shared(&lines)?;
    Ok(lines)
}

/// The paths of disk systems; their transport is filled in by `transport`.
pub fn paths(systems: &Systems, lines: &[[Laid; 2]]) -> Vec<Path> {
    let path = |(&(local, remote), [forward, reverse]): (&_, &[Laid; 2])| Path {
        local,
        remote,
        forward: forward.link.clone(),
        reverse: reverse.link.clone(),
        transport: Transport::fixed(SimDuration::ZERO),
        has_own_window: false,
    };
    systems.paths.iter().zip(lines).map(path).collect()
}

/// A second `[[path]]` for one direction.
fn two_paths(at: &At<raw::PathOverride>, before: Span) -> Box<Fault> {
    let (from, to) = (&at.value.from.value, &at.value.to.value);
    let title = format!("expected one [[path]] at most from {from} to {to}, found two");
    Fault::new("duplicate-path", at.span, title).context(before, "the first")
}

/// The direction of the path from one system to another.
pub fn ends(systems: &Systems, from: &At<String>, to: &At<String>) -> Fallible<(PathId, Direction)> {
    if let Some(ends) = tape::ends(systems, from, to) {
        return ends;
    }
    let (sender, receiver) = (systems.system(from, &from.value)?, systems.system(to, &to.value)?);
    let (ends, direction) = match (sender, receiver) {
        (System::Local(local), System::Remote(remote)) => ((local, remote), Direction::Forward),
        (System::Remote(remote), System::Local(local)) => ((local, remote), Direction::Reverse),
        _ => {
            let title = format!(
                "expected a system at the other site than {}, found {}",
                from.value,
                quoted(&to.value)
            );
            return Err(Fault::new("no-path", to.span, title).context(from.span, "the system that sends"));
        }
    };
    if let Ok(index) = systems.paths.binary_search(&ends) {
        return Ok((PathId::from(index), direction));
    }
    let title = format!("expected two systems with a common pair, found {} and {}", from.value, to.value);
    Err(Fault::new("no-path", to.span, title)
        .label("no pair joins these systems, so there is no path between them")
        .context(from.span, "the system that sends"))
}

/// `[control]`, or a constant delay of `limit_delay`.
pub fn control(file: &raw::File, base: &FilePath) -> Fallible<Link> {
    let mut laid = Laid::ideal();
    let short = file.protocol.value.limit_delay.as_ref();
    if let Some(short) = short {
        laid.link.delay = Distribution::constant(short.value.0);
    }
    if let Some(control) = &file.control {
        if let (Some(short), Some(delay)) = (short, &control.value.delay) {
            let title = "expected `protocol.limit_delay` or `control.delay`, found both";
            return Err(Fault::new("contradiction", short.span, title)
                .label("short for a constant `control.delay`")
                .context(delay.span, "also given"));
        }
        laid.take(control.value.delay.as_ref(), &control.value.knobs, base)?;
        effect::check_control(&laid)?;
    }
    Ok(laid.link)
}

impl Laid {
    fn ideal() -> Self {
        Self { link: Link::ideal(), given: Given::default() }
    }

    /// Takes over what one table says.
    fn take(&mut self, delay: Option<&At<raw::Delay>>, knobs: &raw::Knobs, base: &FilePath) -> Fallible<()> {
        let before = self.given.netem;
        if knobs.netem.is_some() || before.is_some() && (delay.is_some() || knobs.preset.is_some()) {
            // A line of another kind: of what was said before, this is not of the line itself.
            let Link { mtu, header, shared, .. } = self.link;
            let Given { mtu: mtu_at, header: header_at, shared: shared_at, .. } = self.given;
            self.link = Link { mtu, header, shared, ..Link::ideal() };
            self.given = Given { mtu: mtu_at, header: header_at, shared: shared_at, ..Given::default() };
        }
        if let (Some(preset), Some(delay)) = (&knobs.preset, delay) {
            return Err(Fault::new("contradiction", delay.span, "expected `delay` or `preset`, found both")
                .label("the delay")
                .context(preset.span, "has a delay of its own"));
        }
        if let Some(at) = delay {
            (self.link.delay, self.link.course) = delays::path_delay(at, base)?;
            (self.link.preset, self.given.preset) = (None, None);
            self.given.delay = Some(at.span);
        }
        if let Some(at) = &knobs.preset {
            let region = files::preset(at)?;
            self.link.preset = Some(region);
            (self.link.delay, self.link.course) = (half_of(region), Course::Independent);
            (self.given.preset, self.given.delay) = (Some(at.span), Some(at.span));
        }
        if let Some(at) = &knobs.timeline {
            self.link.timeline = Some(files::timeline(at, base)?);
            self.given.timeline = Some(at.span);
        }
        self.turn(knobs)?;
        if let Some(at) = &knobs.netem {
            self.link.netem = Some(files::netem(at, base)?);
            self.given.netem = Some(at.span);
        }
        match self.given.netem {
            Some(netem) => self.only_netem(netem),
            None => Ok(()),
        }
    }

    /// netem says all of a line: no other key may shape it. One that says what netem leaves (no loss, no delay, no
    /// limit) does no harm.
    fn only_netem(&self, netem: Span) -> Fallible<()> {
        let Self { link, given } = self;
        let shaping = [
            ("delay", given.delay.filter(|_| !link.delay.is_zero())),
            ("preset", given.preset),
            ("timeline", given.timeline),
            ("loss", given.loss.filter(|_| link.loss.is_possible())),
            ("duplicate", given.duplicate.filter(|_| link.duplicate > 0.0)),
            ("reorder", given.reorder.filter(|_| link.reorder > 0.0)),
            ("hold_back", given.hold_back),
            ("bandwidth", given.bandwidth.filter(|_| link.bandwidth.is_some())),
            ("queue", given.queue.filter(|_| link.queue.is_some())),
            ("fifo", given.fifo.filter(|_| link.fifo)),
        ];
        match shaping.into_iter().find_map(|(key, span)| Some((key, span?))) {
            None => Ok(()),
            Some((key, span)) => {
                let title = format!("expected no `{key}` beside `netem`, found it");
                Err(Fault::new("contradiction", span, title)
                    .label("netem alone shapes this line")
                    .context(netem, "netem")
                    .help(format!("say it in the arguments of netem, or leave `{key}` out")))
            }
        }
    }

    /// Turns the knobs that are given.
    fn turn(&mut self, knobs: &raw::Knobs) -> Fallible<()> {
        let Self { link, given } = self;
        if let Some(at) = &knobs.loss {
            link.loss = loss(at)?;
            given.loss = Some(at.span);
        }
        if let Some(at) = &knobs.duplicate {
            link.duplicate = at.value.0;
            given.duplicate = Some(at.span);
        }
        if let Some(at) = &knobs.reorder {
            link.reorder = at.value.0;
            given.reorder = Some(at.span);
        }
        if let Some(at) = &knobs.bandwidth {
            link.bandwidth = at.value.0;
            given.bandwidth = Some(at.span);
        }
        if let Some(at) = &knobs.queue {
            link.queue = at.value.0;
            given.queue = Some(at.span);
        }
        if let Some(at) = &knobs.mtu {
            if let Some(mtu) = at.value.0.filter(|&mtu| mtu < LEAST_MTU) {
                let title = format!("expected an MTU of at least {LEAST_MTU}B, found {}", Size(mtu.into()));
                return Err(Fault::new("out-of-range", at.span, title)
                    .label(format!("a completion is a packet of {LEAST_MTU}B")));
            }
            link.mtu = at.value.0;
            given.mtu = Some(at.span);
        }
        if let Some(at) = &knobs.header {
            link.header = at.value.0;
            given.header = Some(at.span);
        }
        if let Some(at) = &knobs.fifo {
            link.fifo = at.value;
            given.fifo = Some(at.span);
        }
        if let Some(at) = &knobs.shared {
            link.shared = at.value;
            given.shared = Some(at.span);
        }
        // Last: it may need the delay.
        if let Some(at) = &knobs.hold_back {
            link.hold_back = Some(hold_back(&at.value, link)?);
            given.hold_back = Some(at.span);
        }
        Ok(())
    }
}

/// Half of the round trip, with its deviation as jitter.
fn half_of(region: &Region) -> Distribution {
    let us = |us: u32| SimDuration::from_ns(u64::from(us) * 1_000);
    Distribution {
        shape: Shape::Normal { deviation: us(region.deviation_us) },
        mean: SimDuration::from_ns(u64::from(region.mean_us) * 500),
        minimum: SimDuration::ZERO,
    }
}

/// Where the mean is to be kept, every delay gives its part.
fn hold_back(raw: &raw::HoldBack, link: &Link) -> Fallible<HoldBack> {
    let (share, by) = (raw.share.value.0, raw.by.value.0);
    let keep = raw.keep_mean.as_ref().filter(|keep| keep.value);
    let advance = match keep {
        None => SimDuration::ZERO,
        Some(_) => SimDuration::from_ns((share * by.as_ns() as f64 + 0.5) as u64),
    };
    let least = link.delay.least();
    if let Some(keep) = keep.filter(|_| advance > least) {
        let title = format!("expected a delay of at least {advance} for every packet, found one of {least}");
        return Err(Fault::new("contradiction", keep.span, title)
            .label("every packet would have to travel share times `by` less")
            .context(raw.by.span, format!("by {by}, for a share of {share}"))
            .help("give the delay a higher `minimum`, or leave `keep_mean` out"));
    }
    Ok(HoldBack { share, by, advance })
}

fn loss(at: &At<raw::Loss>) -> Fallible<Loss> {
    let model = match &at.value {
        raw::Loss::Independent(probability) => return Ok(Loss::Bernoulli(probability.0)),
        raw::Loss::Model(model) => match &**model {
            raw::LossModel::GilbertElliott(model) => model,
        },
    };
    let or = |value: &Option<At<Fraction>>, default: f64| value.as_ref().map_or(default, |at| at.value.0);
    let (loss_good, loss_bad) = (or(&model.loss_good, 0.0), or(&model.loss_bad, 1.0));
    let time_key = model.good.as_ref().map(|key| (key.span, "good"));
    let time_key = time_key.or(model.bad.as_ref().map(|key| (key.span, "bad")));
    let packet_key = model.good_to_bad.as_ref().map(|key| (key.span, "good_to_bad"));
    let packet_key = packet_key.or(model.bad_to_good.as_ref().map(|key| (key.span, "bad_to_good")));
    let per = model.per.as_ref().map(|per| (per.value, per.span));
    let step = match (per, time_key, packet_key) {
        (_, Some((time, _)), Some((packet, packet_name))) => {
            let title = format!(
                "expected `good` and `bad`, or `good_to_bad` and `bad_to_good`, found `{packet_name}` too"
            );
            return Err(Fault::new("contradiction", packet, title)
                .label("the state moves with every packet")
                .context(time, "the state moves in time"));
        }
        (Some((LossStep::Time, per)), None, Some((key, name))) => {
            let title = format!("expected `good` and `bad` with `per = \"time\"`, found `{name}`");
            return Err(Fault::new("contradiction", key, title).context(per, "the state moves in time"));
        }
        (Some((LossStep::Packet, per)), Some((key, name)), None) => {
            let title =
                format!("expected `good_to_bad` and `bad_to_good` with `per = \"packet\"`, found `{name}`");
            return Err(
                Fault::new("contradiction", key, title).context(per, "the state moves with every packet")
            );
        }
        (Some((step, _)), None, None) => step,
        (_, None, Some(_)) => LossStep::Packet,
        (_, _, None) => LossStep::Time,
    };
    let missing = |name: &str| {
        let title = format!("expected the key `{name}`, found none");
        let what = match step {
            LossStep::Time => "a mean duration, such as \"10s\"",
            LossStep::Packet => "a number from 0 to 1",
        };
        Fault::new("missing-key", at.span, title).help(format!("it is {what}")).note(
            "the state moves in time (`good`, `bad`) or with every packet (`good_to_bad`, `bad_to_good`)",
        )
    };
    match step {
        LossStep::Time => {
            let good = model.good.as_ref().ok_or_else(|| missing("good"))?;
            let bad = model.bad.as_ref().ok_or_else(|| missing("bad"))?;
            for key in [good, bad] {
                if key.value.0 < LEAST_SPELL {
                    let title =
                        format!("expected a mean duration of at least {LEAST_SPELL}, found {}", key.value.0);
                    return Err(Fault::new("out-of-range", key.span, title)
                        .label("every change of state is simulated, whether packets are sent or not"));
                }
            }
            Ok(Loss::Bursts { good: good.value.0, bad: bad.value.0, loss_good, loss_bad })
        }
        LossStep::Packet => {
            let p = model.good_to_bad.as_ref().ok_or_else(|| missing("good_to_bad"))?;
            let r = model.bad_to_good.as_ref().ok_or_else(|| missing("bad_to_good"))?;
            if p.value.0 + r.value.0 == 0.0 {
                let title = "expected `good_to_bad` or `bad_to_good` above 0, found both 0";
                return Err(Fault::new("contradiction", p.span, title)
                    .label("a chain that never moves has no long-run share of its states")
                    .context(r.span, "also 0"));
            }
            Ok(Loss::GilbertElliott { good_to_bad: p.value.0, bad_to_good: r.value.0, loss_good, loss_bad })
        }
    }
}

/// The least mean time of a good or a bad state: shorter ones would cost more than they show.
const LEAST_SPELL: SimDuration = SimDuration::from_ns(10_000);
