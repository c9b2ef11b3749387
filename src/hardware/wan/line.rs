//! The line behind the transmitter: everything that is random, drawn per packet or read from the weather.

use rand_chacha::ChaCha8Rng;

use super::loss::{LossLaw, LossState};
use super::weather::Scores;
use crate::engine::random::{Probability, Streams, below, chance};
use crate::hardware::distribution::Sampler;
use crate::hardware::link::{Course, HoldBack, Link, Series};
use crate::trace::PacketClass;
use crate::units::{SimDuration, SimTime};

/// Random draws for one packet. A copy has a delay of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) lost: bool,
    pub(super) delay: SimDuration,
    pub(super) copy_delay: Option<SimDuration>,
}

/// What all packets of a line share: its state at an instant.
#[derive(Clone, Debug)]
pub(super) struct Weather {
    loss: LossState,
    delay: DelayCourse,
}

/// [`Course`], ready to be read.
#[derive(Clone, Debug)]
enum DelayCourse {
    Independent,
    Correlated(Box<[Scores; 2]>),
    Series { series: Series, phase: u64 },
}

impl Weather {
    pub(super) fn new(link: &Link, streams: Streams, name: &str) -> Self {
        let delay = match &link.course {
            Course::Independent => DelayCourse::Independent,
            Course::Correlated(time) => DelayCourse::Correlated(Box::new(
                ["delay", "delay-tail"]
                    .map(|purpose| Scores::new(*time, streams, &format!("{name}/{purpose}"))),
            )),
            Course::Series(series) => {
                let phase = series.start.map_or_else(
                    || {
                        let length = (series.values.len() as u64).saturating_mul(series.every.as_ns()).max(1);
                        below(&mut streams.stream(&format!("{name}/series")), length)
                    },
                    SimDuration::as_ns,
                );
                DelayCourse::Series { series: series.clone(), phase }
            }
        };
        Self { loss: LossState::new(link.loss, streams, name), delay }
    }

    /// Bursts to come are drawn anew. The course of the delays is one function of time: it stays.
    pub(super) fn redraw(&mut self, salt: u64) {
        self.loss.redraw(salt);
    }

    /// The delay of every packet that enters the line at `at`, where it is a function of time.
    fn delay(&mut self, sampler: &Sampler, at: SimTime) -> Option<SimDuration> {
        match &mut self.delay {
            DelayCourse::Independent => None,
            DelayCourse::Correlated(scores) => {
                let [first, second] = &mut **scores;
                let first = first.at(at);
                let second = if sampler.takes_two_scores() { second.at(at) } else { 0.0 };
                Some(sampler.at_scores(first, second))
            }
            DelayCourse::Series { series, phase } => {
                let step =
                    (u128::from(at.as_ns()) + u128::from(*phase)) / u128::from(series.every.as_ns().max(1));
                let value = series.values[(step % series.values.len() as u128) as usize];
                Some(SimDuration::from_ns(value))
            }
        }
    }
}

/// What one path draws for its packets.
#[derive(Clone, Debug)]
pub(super) struct Line {
    knobs: Knobs,
    /// What every packet meets, if nothing is random.
    always: Option<Draw>,
    streams: Streams,
    name: String,
    /// By class; made when the first packet of a class is sent.
    lanes: [Option<Lane>; CLASSES],
    /// By class: losses of brown-outs.
    extra_losses: [Option<Box<ChaCha8Rng>>; CLASSES],
}

/// What may happen on the line, and how often.
#[derive(Clone, Debug)]
struct Knobs {
    loss: LossLaw,
    duplicate: Probability,
    reorder: Probability,
    delay: Sampler,
    independent: bool,
    hold_back: Option<HoldBack>,
}

/// How many classes of packets there are.
const CLASSES: usize = PacketClass::ALL.len();

/// The random streams of one class of packets; a purpose whose knob is off has none.
#[derive(Clone, Debug)]
struct Lane {
    loss: Option<Box<ChaCha8Rng>>,
    duplicate: Option<Box<ChaCha8Rng>>,
    reorder: Option<Box<ChaCha8Rng>>,
    hold_back: Option<Box<ChaCha8Rng>>,
    delay: Option<Box<ChaCha8Rng>>,
    copy_delay: Option<Box<ChaCha8Rng>>,
    /// Samples of `copy_delay` that packets without a copy have left undrawn: most of them are never looked at.
    undrawn: u64,
}

impl Line {
    pub(super) fn new(link: &Link, streams: Streams, name: &str) -> Self {
        let knobs = Knobs {
            loss: LossLaw::new(link.loss),
            duplicate: Probability::new(link.duplicate),
            reorder: Probability::new(link.reorder),
            delay: Sampler::new(&link.delay),
            independent: link.course == Course::Independent,
            hold_back: link.hold_back,
        };
        let always = knobs.always();
        Self {
            knobs,
            always,
            streams,
            name: name.to_owned(),
            lanes: [const { None }; CLASSES],
            extra_losses: [const { None }; CLASSES],
        }
    }

    /// What packets to come meet is drawn anew.
    pub(super) fn redraw(&mut self, salt: u64) {
        self.streams = self.streams.anew(salt);
        self.lanes = [const { None }; CLASSES];
        self.extra_losses = [const { None }; CLASSES];
    }

    /// Does a brown-out lose the packet? From a stream of its own, so that it shifts no other fate.
    pub(super) fn draw_extra_loss(&mut self, class: PacketClass, loss: Probability) -> bool {
        let Self { streams, name, extra_losses, .. } = self;
        let random = extra_losses[class as usize]
            .get_or_insert_with(|| Box::new(streams.stream(&format!("{name}/{}/brown-out", class.name()))));
        chance(random, loss)
    }

    /// The draws for a packet that enters the line at `at`.
    #[inline]
    pub(super) fn draw(&mut self, class: PacketClass, weather: &mut Weather, at: SimTime) -> Draw {
        if let Some(always) = self.always {
            return always;
        }
        let Self { knobs, streams, name, lanes, .. } = self;
        let lane = lanes[class as usize].get_or_insert_with(|| Lane::new(knobs, *streams, name, class));
        lane.draw(knobs, weather, at)
    }
}

impl Knobs {
    /// What every packet meets, if nothing is random.
    fn always(&self) -> Option<Draw> {
        let sure = matches!(self.loss, LossLaw::Never)
            && self.duplicate.is_never()
            && self.reorder.is_never()
            && self.hold_back.is_none()
            && self.independent;
        let delay = self.delay.always().filter(|_| sure)?;
        Some(Draw { lost: false, delay, copy_delay: None })
    }
}

impl Lane {
    fn new(knobs: &Knobs, streams: Streams, name: &str, class: PacketClass) -> Self {
        let class = class.name();
        let stream_if =
            |on: bool, purpose| on.then(|| Box::new(streams.stream(&format!("{name}/{class}/{purpose}"))));
        let duplicates = !knobs.duplicate.is_never();
        let delay_varies = knobs.independent && knobs.delay.always().is_none();
        Self {
            loss: stream_if(!matches!(knobs.loss, LossLaw::Never), "loss"),
            duplicate: stream_if(duplicates, "duplicate"),
            reorder: stream_if(!knobs.reorder.is_never(), "reorder"),
            hold_back: stream_if(knobs.hold_back.is_some(), "hold-back"),
            delay: stream_if(delay_varies, "delay"),
            copy_delay: stream_if(delay_varies && duplicates, "duplicate-delay"),
            undrawn: 0,
        }
    }

    #[inline]
    fn draw(&mut self, knobs: &Knobs, weather: &mut Weather, at: SimTime) -> Draw {
        let happens =
            |stream: &mut Option<Box<ChaCha8Rng>>, p| stream.as_mut().is_some_and(|rng| chance(rng, p));
        let lost = self.loss.as_mut().is_some_and(|rng| weather.loss.loses(knobs.loss, rng, at));
        let course = weather.delay(&knobs.delay, at);
        let advance = knobs.hold_back.map_or(0, |hold_back| hold_back.advance.as_ns());
        let sample = |stream: &mut Option<Box<ChaCha8Rng>>| {
            let drawn = match (course, stream) {
                (Some(delay), _) => delay,
                (None, Some(rng)) => knobs.delay.sample(rng),
                (None, None) => knobs.delay.always().unwrap_or_default(),
            };
            SimDuration::from_ns(drawn.as_ns().saturating_sub(advance))
        };
        let sampled = sample(&mut self.delay);
        let held = match knobs.hold_back {
            Some(HoldBack { share, by, .. }) if happens(&mut self.hold_back, Probability::new(share)) => by,
            _ => SimDuration::ZERO,
        };
        // netem: this share skips the delay; it has still waited for the transmitter. A copy does not skip.
        let skips = happens(&mut self.reorder, knobs.reorder);
        let delay = if skips { SimDuration::ZERO } else { sampled + held };
        let is_duplicated = happens(&mut self.duplicate, knobs.duplicate);
        if !is_duplicated {
            self.undrawn += 1;
            return Draw { lost, delay, copy_delay: None };
        }
        // Each packet has a sample, looked at or not.
        let undrawn = std::mem::take(&mut self.undrawn);
        if let Some(rng) = self.copy_delay.as_mut()
            && !knobs.delay.pass_over(undrawn, rng)
        {
            (0..undrawn).for_each(|_| {
                knobs.delay.sample(rng);
            });
        }
        Draw { lost, delay, copy_delay: Some(sample(&mut self.copy_delay)) }
    }
}
