//! Keys of a link that can do nothing, and are therefore refused by name.
//!
//! A key of `[wan]` stands for many links: it is refused only if it does nothing on any of those that have it from
//! there. What a brown-out gives a link while it lasts counts.

use super::{Laid, ends};
use crate::hardware::link::Link;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::raw;
use crate::scenario::source::Span;
use crate::scenario::validate::systems::Systems;
use crate::scenario::validated::{self, FaultKind};
use crate::units::{Direction, PathId};

/// A link, and whether a brown-out or a file gives it a bandwidth.
type Seen<'l> = (&'l Laid, bool);

/// Every key of every path does something, and every fault of a line is one that it can have.
pub fn check(
    file: &raw::File,
    systems: &Systems,
    lines: &[[Laid; 2]],
    faults: &[validated::Fault],
) -> Fallible<()> {
    check_faults(file, systems, lines)?;
    let mut seen: Vec<Seen> = Vec::with_capacity(2 * lines.len());
    for (index, line) in lines.iter().enumerate() {
        for (laid, direction) in line.iter().zip([Direction::Forward, Direction::Reverse]) {
            let thinned = laid.link.timeline.as_ref().is_some_and(|timeline| timeline.thins());
            seen.push((laid, thinned || thins(faults, PathId::from(index), direction)));
        }
    }
    check_links(&seen)
}

/// Does a brown-out limit the bandwidth of this direction of this path?
fn thins(faults: &[validated::Fault], of: PathId, towards: Direction) -> bool {
    faults.iter().any(|fault| match fault.kind {
        FaultKind::BrownOut { path, direction, brown_out, .. } => {
            brown_out.bandwidth.is_some()
                && path.is_none_or(|path| path == of)
                && direction.is_none_or(|one| one == towards)
        }
        _ => false,
    })
}

/// What befalls a line that is shared befalls all of its paths.
fn check_faults(file: &raw::File, systems: &Systems, lines: &[[Laid; 2]]) -> Fallible<()> {
    for fault in &file.fault {
        let (from, to) = match &fault.value {
            raw::Fault::WanOutage(fault) => (&fault.from, &fault.to),
            raw::Fault::BrownOut(fault) => (&fault.from, &fault.to),
            _ => continue,
        };
        let of_path = match (from, to) {
            (Some(from), Some(to)) => Some((ends(systems, from, to)?, from, to)),
            _ => None,
        };
        if matches!(fault.value, raw::Fault::BrownOut(_)) {
            let met = |path: usize, direction: Direction| {
                of_path.is_none_or(|((of, towards), ..)| (of.index(), towards) == (path, direction))
            };
            let mut laid = lines.iter().enumerate().flat_map(|(path, line)| {
                [Direction::Forward, Direction::Reverse]
                    .map(|towards| (path, towards, &line[towards as usize]))
            });
            let of_netem = |&(path, towards, laid): &(usize, Direction, &Laid)| {
                met(path, towards).then_some(laid.given.netem).flatten()
            };
            if let Some(netem) = laid.find_map(|one| of_netem(&one)) {
                return Err(Fault::new(
                    "contradiction",
                    fault.span,
                    "expected no brown-out of a path with netem, found one",
                )
                .label("netem alone shapes this line")
                .context(netem, "netem")
                .help("an outage is possible, and so is a brown-out of other paths, by `from` and `to`"));
            }
        }
        let Some(((path, direction), from, to)) = of_path else { continue };
        let sharing = lines.iter().filter(|line| line[direction as usize].link.shared).count();
        let laid = &lines[path.index()][direction as usize];
        if laid.link.shared && sharing > 1 {
            let title =
                format!("expected a fault of the whole line, found one from {} to {}", from.value, to.value);
            return Err(Fault::new("contradiction", from.span, title)
                .label("without `from` and `to` every path is concerned")
                .context(laid.given.shared.unwrap_or(from.span), "this path shares its line with others"));
        }
    }
    Ok(())
}

fn check_links(links: &[Seen]) -> Fallible<()> {
    let thin = |&(laid, browned): &Seen| laid.link.bandwidth.is_some() || browned;
    refuse(
        links,
        |laid| laid.given.queue.filter(|_| laid.link.queue.is_some()),
        thin,
        |_, span| {
            Fault::new("no-effect", span, "expected a `bandwidth` beside `queue`, found none")
                .label("nothing ever waits for a transmitter without limit")
                .help("give a `bandwidth` too, or a brown-out that has one, or leave `queue` out")
        },
    )?;
    let delays = |&(laid, _): &Seen| !laid.link.delay.is_zero() && !laid.link.fifo;
    refuse(
        links,
        |laid| laid.given.reorder.filter(|_| laid.link.reorder > 0.0),
        delays,
        |laid, span| {
            if let Some(fifo) = laid.given.fifo.filter(|_| laid.link.fifo) {
                return overtakes("reorder", span, fifo);
            }
            let fault = Fault::new("no-effect", span, "expected a delay that `reorder` can skip, found none")
                .label("this share is sent at once, as all packets are")
                .help("give a `delay` above zero, or leave `reorder` out");
            match laid.given.delay {
                Some(delay) => fault.context(delay, "the delay"),
                None => fault,
            }
        },
    )?;
    let overtaken = |&(laid, _): &Seen| !laid.link.fifo;
    refuse(
        links,
        |laid| laid.given.hold_back,
        overtaken,
        |laid, span| overtakes("hold_back", span, laid.given.fifo.unwrap_or(span)),
    )?;
    let held = |&(laid, _): &Seen| laid.link.hold_back.is_none_or(|hold_back| hold_back.share > 0.0);
    refuse(
        links,
        |laid| laid.given.hold_back,
        held,
        |_, span| {
            Fault::new("no-effect", span, "expected a `share` above 0 of packets to hold back, found 0")
        },
    )?;
    let lossy = |&(laid, _): &Seen| laid.link.loss.is_possible();
    let model = |laid: &Laid| {
        laid.given.loss.filter(|_| !matches!(laid.link.loss, crate::hardware::link::Loss::Bernoulli(_)))
    };
    refuse(links, model, lossy, |_, span| {
        Fault::new(
            "no-effect",
            span,
            "expected a model by which a packet can be lost, found one by which none is",
        )
        .label("no state that is ever entered loses anything")
        .help("write `loss = 0` for a line that loses nothing")
    })
}

fn overtakes(key: &str, span: Span, fifo: Span) -> Box<Fault> {
    Fault::new("contradiction", span, format!("expected `{key}` or `fifo = true`, found both"))
        .label("later packets would overtake")
        .context(fifo, "no packet overtakes another")
}

/// `told` is the error if a key, which stands where `given` says, has an effect on none of the links that have it.
fn refuse(
    links: &[Seen],
    given: impl Fn(&Laid) -> Option<Span>,
    has_effect: impl Fn(&Seen) -> bool,
    told: impl Fn(&Laid, Span) -> Box<Fault>,
) -> Fallible<()> {
    for seen in links {
        let Some(span) = given(seen.0) else { continue };
        let mut of_this_key = links.iter().filter(|(laid, _)| given(laid) == Some(span));
        if !of_this_key.any(&has_effect) {
            return Err(told(seen.0, span));
        }
    }
    Ok(())
}

/// `[control]` is between one slave and the master: nothing is shared, and messages are short.
pub fn check_control(laid: &Laid) -> Fallible<()> {
    if let Some(span) = laid.given.shared.filter(|_| laid.link.shared) {
        return Err(Fault::new("no-effect", span, "expected no `shared` in `[control]`, found it")
            .label("each remote system has a line of its own to the master"));
    }
    if let Some(span) = laid.given.timeline {
        return Err(Fault::new("no-effect", span, "expected no `timeline` in `[control]`, found one")
            .label("only the lines between the sites change over time"));
    }
    let slots = laid.link.netem.as_ref().is_some_and(|netem| netem.slot.is_some());
    if let Some(span) = laid.given.netem.filter(|_| slots) {
        return Err(Fault::new(
            "no-effect",
            span,
            "expected netem without `slot` in `[control]`, found one with it",
        )
        .label("only the lines between the sites have slots"));
    }
    if let Some(span) = laid.given.mtu.filter(|_| laid.link.mtu.is_some()) {
        return Err(Fault::new("no-effect", span, "expected no `mtu` in `[control]`, found one")
            .label("reports and limits are packets of 64B, which are never cut"));
    }
    check_links(&[(laid, false)])
}

/// The paths of a direction that share a line must say the same of it.
pub fn check_shared(lines: &[[Laid; 2]]) -> Fallible<()> {
    for direction in [Direction::Forward, Direction::Reverse] {
        let mut shared = lines.iter().map(|line| &line[direction as usize]).filter(|laid| laid.link.shared);
        let Some(first) = shared.next() else { continue };
        let alike = |other: &Link| *other == first.link;
        if let Some(other) = shared.find(|laid| !alike(&laid.link)) {
            let place = |laid: &Laid| laid.given.shared.unwrap_or_default();
            let title = "expected the same keys for all paths that share a line, found others";
            return Err(Fault::new("contradiction", place(other), title)
                .label("`shared = true`: one line and one queue")
                .help("give the keys in `[wan]`, or `shared = false` to the `[[path]]` that differs"));
        }
    }
    Ok(())
}
