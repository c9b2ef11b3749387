//! The queue: what becomes of a packet, step by step as `netem_enqueue` and `netem_dequeue` do it.
//!
//! The network card behind it takes a packet as soon as one is due. No packet is looked into: one whose bit is flipped
//! travels to its end and is thrown away there, since its checksum is wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::table::SCALE;
use super::{Chance, Loss, SlotGap, Spec, Table};
use crate::engine::random::redraw;
use crate::units::SimTime;

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// No copy of it arrives; it found the queue full, or else chance had it.
    Lost {
        /// The queue was full.
        full: bool,
    },
    /// One copy arrives then.
    Once(SimTime),
    /// Two copies arrive then.
    Twice(SimTime, SimTime),
    /// This many copies wait for a slot: [`Qdisc::serve`] gives this ticket for each when it leaves.
    Waits {
        /// The ticket, which each of them bears.
        ticket: u64,
        /// Copies that will arrive.
        copies: u8,
    },
}

/// One netem queueing discipline.
#[derive(Clone, Debug)]
pub struct Qdisc {
    spec: Arc<Spec>,
    random: ChaCha8Rng,
    loss_draw: Draw,
    duplicate_draw: Draw,
    corrupt_draw: Draw,
    reorder_draw: Draw,
    delay_draw: Draw,
    state: State,
    /// Packets since the last one that was sent at once.
    counter: u32,
    /// What waits, by (time to send, order of queueing).
    queue: BTreeMap<(i64, u64), Waiting>,
    queued: u64,
    tickets: u64,
    /// Sent at once beside slots, the last one last.
    leaving: Vec<u64>,
    slot: SlotState,
    /// When the timer rings: only the last one set does.
    timer: Option<SimTime>,
}

/// A packet that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    ticket: u64,
    bytes: u32,
    corrupted: bool,
}

/// State of a loss model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    GoodInBurst,
    LostInBurst,
    LostAlone,
    Bad,
}

/// The current slot.
#[derive(Clone, Copy, Debug)]
struct SlotState {
    next: Option<i64>,
    packets_left: i64,
    bytes_left: i64,
}

/// One correlated source of random numbers: `get_crandom`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    rho: u32,
    last: u32,
}

impl Draw {
    pub(super) fn new(rho: u32, random: &mut ChaCha8Rng) -> Self {
        Self { rho, last: random.next_u32() }
    }

    /// A fresh number, or a mixture of it and the last one. The mixture of uniforms is no uniform.
    pub(super) fn next(&mut self, random: &mut ChaCha8Rng) -> u32 {
        let fresh = random.next_u32();
        if self.rho == 0 {
            return fresh;
        }
        let rho = u64::from(self.rho) + 1;
        // Both products and their sum fit: the weights add up to 2^32.
        let mixed = u64::from(fresh) * ((1 << 32) - rho) + u64::from(self.last) * rho;
        self.last = (mixed >> 32) as u32;
        self.last
    }
}

/// What became of one copy within the queue.
#[derive(Clone, Copy, Debug)]
enum Copy {
    /// Chance lost it.
    Lost,
    /// The queue was full.
    Full,
    /// It travels, and is thrown away at its end.
    Corrupted,
    At(SimTime),
    Waits,
}

impl Qdisc {
    /// From now on random numbers are others, as `salt` says; what correlated draws remember stays.
    pub fn redraw(&mut self, salt: u64) {
        redraw(&mut self.random, salt);
    }

    /// A queue by these arguments; every random number comes from `random`.
    pub fn new(spec: Arc<Spec>, mut random: ChaCha8Rng) -> Self {
        let loss_correlation = match spec.loss {
            Loss::Random(chance) => chance.correlation,
            _ => 0,
        };
        let mut draw = |rho| Draw::new(rho, &mut random);
        let (loss_draw, duplicate_draw) = (draw(loss_correlation), draw(spec.duplicate.correlation));
        let (corrupt_draw, reorder_draw) = (draw(spec.corrupt.correlation), draw(spec.reorder.correlation));
        let delay_draw = draw(spec.delay_correlation);
        let mut slot = SlotState { next: None, packets_left: 0, bytes_left: 0 };
        if let Some(config) = &spec.slot {
            // The first slot opens when the arguments are given.
            let slots = !matches!(config.gap, SlotGap::Between(0, 0));
            slot = SlotState { next: slots.then_some(0), ..budget(config.packets, config.bytes) };
        }
        Self {
            spec,
            random,
            loss_draw,
            duplicate_draw,
            corrupt_draw,
            reorder_draw,
            delay_draw,
            state: State::Good,
            counter: 0,
            queue: BTreeMap::new(),
            queued: 0,
            tickets: 0,
            leaving: Vec::new(),
            slot,
            timer: None,
        }
    }

    /// A packet of `bytes` is given to the queue; `now` never decreases from one call to the next.
    pub fn send(&mut self, now: SimTime, bytes: u32) -> Sent {
        if self.slot.next.is_none() {
            // Without slots a packet leaves when it is due.
            let now_ns = now.as_ns().cast_signed();
            while self.queue.first_key_value().is_some_and(|(&(due, _), _)| due <= now_ns) {
                self.queue.pop_first();
            }
        }
        let ticket = self.tickets;
        self.tickets += 1;
        let mut copies = Vec::with_capacity(2);
        self.enqueue(now, bytes, ticket, false, &mut copies);
        let mut arrivals = copies.iter().filter_map(|copy| match copy {
            Copy::At(at) => Some(*at),
            _ => None,
        });
        let waiting = copies.iter().filter(|copy| matches!(copy, Copy::Waits)).count();
        match (arrivals.next(), arrivals.next()) {
            (Some(first), Some(second)) => Sent::Twice(first, second),
            (Some(only), None) => Sent::Once(only),
            _ if waiting > 0 => Sent::Waits { ticket, copies: waiting as u8 },
            _ => Sent::Lost { full: copies.iter().any(|copy| matches!(copy, Copy::Full)) },
        }
    }

    /// `netem_enqueue`; `is_copy` is true for the second copy of a packet, which is never copied again.
    fn enqueue(&mut self, now: SimTime, bytes: u32, ticket: u64, is_copy: bool, copies: &mut Vec<Copy>) {
        let mut count = 1;
        if self.spec.duplicate.probability > 0
            && !is_copy
            && self.spec.duplicate.probability >= self.duplicate_draw.next(&mut self.random)
        {
            count += 1;
        }
        // A packet that is lost and duplicated goes through once. No packet of ours can be marked (ecn).
        if self.loses() {
            count -= 1;
        }
        if count == 0 {
            copies.push(Copy::Lost);
            return;
        }
        let corrupted = self.spec.corrupt.probability > 0
            && self.spec.corrupt.probability >= self.corrupt_draw.next(&mut self.random);
        if self.queue.len() >= self.spec.limit as usize {
            copies.push(Copy::Full);
            return;
        }
        if count > 1 {
            // The copy is a packet of its own: it is queued first, with draws of its own.
            self.enqueue(now, bytes, ticket, true, copies);
        }
        let Spec { gap, reorder, .. } = *self.spec;
        if gap > 0
            && self.counter >= gap - 1
            && reorder.probability >= self.reorder_draw.next(&mut self.random)
        {
            // It overtakes all that wait, and meets neither delay nor rate nor slot.
            self.counter = 0;
            copies.push(self.leave(now, ticket, corrupted));
            return;
        }
        self.counter = self.counter.saturating_add(1);
        let due = self.time_to_send(now, bytes);
        let now_ns = now.as_ns().cast_signed();
        if self.slot.next.is_none() {
            if due > now_ns {
                self.insert(due, Waiting { ticket, bytes, corrupted });
            }
            let at = SimTime::from_ns(due.max(now_ns).cast_unsigned());
            copies.push(if corrupted { Copy::Corrupted } else { Copy::At(at) });
        } else {
            self.insert(due, Waiting { ticket, bytes, corrupted });
            copies.push(if corrupted { Copy::Corrupted } else { Copy::Waits });
        }
    }

    /// A packet leaves at once.
    fn leave(&mut self, now: SimTime, ticket: u64, corrupted: bool) -> Copy {
        match (corrupted, self.slot.next.is_some()) {
            (true, _) => Copy::Corrupted,
            (false, false) => Copy::At(now),
            (false, true) => {
                self.leaving.push(ticket);
                Copy::Waits
            }
        }
    }

    fn insert(&mut self, due: i64, waiting: Waiting) {
        self.queue.insert((due, self.queued), waiting);
        self.queued += 1;
    }

    /// Delay, then rate: a packet is due no earlier than the transmitter is done with the last one.
    fn time_to_send(&mut self, now: SimTime, bytes: u32) -> i64 {
        let Spec { latency_ns, jitter_ns, .. } = *self.spec;
        let mut draw = self.delay_draw;
        let mut delay =
            spread(latency_ns, jitter_ns, self.spec.distribution.as_ref(), || draw.next(&mut self.random));
        self.delay_draw = draw;
        let mut now = now.as_ns().cast_signed();
        if let Some(rate) = &self.spec.rate {
            if let Some((&(last, _), _)) = self.queue.last_key_value() {
                delay = delay.saturating_sub(last.saturating_sub(now)).max(0);
                now = last;
            }
            let packet_time = i64::try_from(rate.packet_time_ns(bytes)).unwrap_or(i64::MAX);
            delay = delay.saturating_add(packet_time);
        }
        now.saturating_add(delay)
    }

    /// `loss_event`.
    fn loses(&mut self) -> bool {
        let random = &mut self.random;
        match self.spec.loss {
            Loss::Random(Chance { probability: 0, .. }) => false,
            Loss::Random(chance) => chance.probability >= self.loss_draw.next(random),
            Loss::State { p13, p31, p32, p23, p14 } => {
                let u = u64::from(random.next_u32());
                let below = |sum: u64| u < sum;
                let (p13, p31, p32, p23, p14) =
                    (u64::from(p13), u64::from(p31), u64::from(p32), u64::from(p23), u64::from(p14));
                self.state = match self.state {
                    State::Good if below(p14) => State::LostAlone,
                    State::Good if below(p14 + p13) => State::LostInBurst,
                    State::GoodInBurst if below(p23) => State::LostInBurst,
                    State::GoodInBurst => State::GoodInBurst,
                    State::LostInBurst if below(p32) => State::GoodInBurst,
                    State::LostInBurst if below(p32 + p31) => State::Good,
                    State::LostInBurst => State::LostInBurst,
                    State::Good | State::LostAlone | State::Bad => State::Good,
                };
                matches!(self.state, State::LostAlone | State::LostInBurst)
            }
            Loss::Gemodel { p, r, h, one_minus_k } => {
                // The state moves first, and the fate is drawn by the state before the move.
                let moves = random.next_u32();
                let fate = random.next_u32();
                if self.state == State::Bad {
                    if moves < r {
                        self.state = State::Good;
                    }
                    fate > h
                } else {
                    if moves < p {
                        self.state = State::Bad;
                    }
                    fate < one_minus_k
                }
            }
        }
    }

    /// `netem_dequeue`, until nothing is due: the tickets of the copies that leave now, in their order.
    pub fn serve(&mut self, now: SimTime) -> Vec<u64> {
        let mut left = std::mem::take(&mut self.leaving);
        // Of several that were sent at once the last comes first.
        left.reverse();
        let now_ns = now.as_ns().cast_signed();
        while let Some(slot) = self.slot.next
            && let Some((&key, &waiting)) = self.queue.first_key_value()
        {
            let (due, _) = key;
            let slot = if slot < due { self.next_slot(now_ns) } else { slot };
            if due > now_ns || slot > now_ns {
                self.timer = Some(SimTime::from_ns(due.max(slot).cast_unsigned()));
                return left;
            }
            self.queue.remove(&key);
            self.slot.packets_left -= 1;
            self.slot.bytes_left -= i64::from(waiting.bytes);
            if self.slot.packets_left <= 0 || self.slot.bytes_left <= 0 {
                self.next_slot(now_ns);
            }
            if !waiting.corrupted {
                left.push(waiting.ticket);
            }
        }
        self.timer = None;
        left
    }

    /// When it must be served again, if something waits for a slot.
    pub const fn timer(&self) -> Option<SimTime> {
        self.timer
    }

    /// `get_slot_next`: when the next slot opens, with a new budget.
    fn next_slot(&mut self, now_ns: i64) -> i64 {
        let Some(config) = &self.spec.slot else { return now_ns };
        let random = &mut self.random;
        let gap = match &config.gap {
            SlotGap::Between(least, most) => {
                let width = i128::from(most.saturating_sub(*least));
                least.saturating_add(((i128::from(random.next_u32()) * width) >> 32) as i64)
            }
            SlotGap::Drawn(table, delay, jitter) => {
                spread(*delay, *jitter, Some(table), || random.next_u32())
            }
        };
        let next = now_ns.saturating_add(gap);
        self.slot = SlotState { next: Some(next), ..budget(config.packets, config.bytes) };
        next
    }
}

/// A whole slot's budget; 0 is any number.
fn budget(packets: i32, bytes: i32) -> SlotState {
    let whole = |most: i32| if most == 0 { i64::from(i32::MAX) } else { i64::from(most) };
    SlotState { next: None, packets_left: whole(packets), bytes_left: whole(bytes) }
}

/// `tabledist`: around `middle` by `jitter`, uniform or by a table. Without jitter nothing is drawn.
pub(super) fn spread(middle: i64, jitter: i64, table: Option<&Table>, draw: impl FnOnce() -> u32) -> i64 {
    let jitter = jitter.min(i64::from(i32::MAX));
    if jitter == 0 {
        return middle;
    }
    let drawn = i64::from(draw());
    match table {
        None => middle.saturating_add(drawn % (2 * jitter) - jitter),
        Some(table) => {
            let value = i64::from(table.values[drawn as usize % table.values.len()]);
            // 2^31 times 2^15 fits; rounded half away from zero.
            let product = jitter * value;
            let rounded = (product.abs() + SCALE / 2) / SCALE * product.signum();
            middle.saturating_add(rounded)
        }
    }
}
