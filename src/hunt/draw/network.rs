//! Random lines and transports.

use super::{Ends, Kind, Table, path};
use crate::hardware::link::{HoldBack, Link, Loss};
use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::validated::Path;
use crate::units::SimDuration;

/// A path between each of these ends.
pub(super) fn paths(table: &mut Table, ends: &Ends) -> Vec<Path> {
    // A file has one constant time-out for all paths.
    let units = 20 + table.dice.below(40);
    let timeout = table.span(units);
    let one = if table.dice.percent(50) {
        Some((link(table), link(table), transport(table, timeout)))
    } else {
        None
    };
    ends.iter()
        .map(|&ends| {
            let (forward, reverse, mut transport) = match &one {
                Some(one) => one.clone(),
                None => (link(table), link(table), transport(table, timeout)),
            };
            transport.segment = forward.mtu.unwrap_or(Transport::SEGMENT);
            path(ends, [forward, reverse], transport)
        })
        .collect()
}

/// One direction of a path, or the control network.
pub(super) fn link(table: &mut Table) -> Link {
    let mut link = Link { delay: table.few(), ..Link::ideal() };
    if table.trouble(Kind::Loss) {
        link.loss = match table.dice.below(4) {
            0 => Loss::GilbertElliott { good_to_bad: 0.1, bad_to_good: 0.4, loss_good: 0.0, loss_bad: 0.9 },
            _ => Loss::Bernoulli(table.dice.one_of(&[0.05, 0.1, 0.3])),
        };
    }
    if table.trouble(Kind::Duplicate) {
        link.duplicate = table.dice.one_of(&[0.1, 0.3]);
    }
    if table.trouble(Kind::Mtu) {
        link.mtu = Some(700);
        link.header = table.dice.one_of(&[0, 40]);
    }
    if table.trouble(Kind::Bandwidth) {
        // A block in two units of time: what is sent waits for what was sent before.
        link.bandwidth = Some(2_048_000_000_000 / table.scale);
    }
    if table.trouble(Kind::Fifo) {
        link.fifo = true;
        return link;
    }
    if table.trouble(Kind::Reorder) && !link.delay.is_zero() {
        link.reorder = 0.2;
    }
    if table.trouble(Kind::HoldBack) {
        let units = 10 + table.dice.below(60);
        link.hold_back = Some(HoldBack { share: 0.2, by: table.span(units), advance: SimDuration::ZERO });
    }
    link
}

/// Bits a second of the smallest packets, 64 bytes, one in each nanosecond.
const MOST_BITS: u64 = 64 * 8 * 1_000_000_000;

/// Lines carry all that may be outstanding, twice, within the longest time-out, and as many times more as a packet is sent
/// again before it can be answered, in one `turn`. A slower one is filled by resends of what is still under way, each later
/// packet waits longer than the one before, and nothing converges: congestion collapse (RFC 896), which is the user's own
/// time-out and no fault of a scheme. No packet takes less than a nanosecond: a line that would have to carry more has no rate.
pub(super) fn fit(paths: &mut [Path], bytes: u64, turn: SimDuration) {
    for path in paths {
        let within = longest_timeout(&path.transport).as_ns();
        let times = turn.as_ns().checked_div(within).map(|resends| resends.saturating_add(2));
        let bits = |times| bytes.saturating_mul(times).saturating_mul(8_000_000_000);
        if let Some(least) = times.and_then(|times| bits(times).checked_div(within)) {
            let bandwidth = path.forward.bandwidth.map(|bandwidth| bandwidth.max(least));
            path.forward.bandwidth = bandwidth.filter(|_| least <= MOST_BITS);
        }
    }
}

/// Every transport that there is, on the scale of the world.
fn transport(table: &mut Table, timeout: SimDuration) -> Transport {
    let fixed = Retransmit::Fixed(timeout);
    if !table.troubles.has(Kind::Transport) {
        return Transport { unit: ResendUnit::Write, ..Transport::fixed(timeout) };
    }
    let minimum = 5 + table.dice.below(20);
    let adaptive = Retransmit::Adaptive {
        initial: table.span(30),
        minimum: table.span(minimum),
        maximum: table.span(400),
    };
    Transport {
        retransmit: table.dice.one_of(&[fixed, adaptive]),
        early: table.dice.one_of(&[
            Early::Off,
            Early::Off,
            Early::Completions(1),
            Early::Completions(3),
            Early::Rack,
        ]),
        window: table.dice.one_of(&[
            WindowRule::Unlimited,
            WindowRule::Unlimited,
            WindowRule::Bytes(1),
            WindowRule::Bytes(4096),
            WindowRule::Aimd,
        ]),
        segment: Transport::SEGMENT,
        unit: table.dice.one_of(&[ResendUnit::Write, ResendUnit::Packet]),
    }
}

/// A transport for a tape job: its requests are sent again as wholes, and it has a time-out of its own.
pub(super) fn of_tape(table: &mut Table, forward: &Link) -> Transport {
    let units = 20 + table.dice.below(40);
    let timeout = table.span(units);
    let segment = forward.mtu.unwrap_or(Transport::SEGMENT);
    Transport { unit: ResendUnit::Write, segment, ..transport(table, timeout) }
}

/// The longest time-out that a transport can have.
pub(super) fn longest_timeout(transport: &Transport) -> SimDuration {
    match transport.retransmit {
        Retransmit::Fixed(timeout) => timeout,
        Retransmit::Adaptive { maximum, .. } => maximum,
        Retransmit::Untimed => SimDuration::ZERO,
    }
}
