//! How a line loses packets: each by itself, or in bursts, per packet or in time.

use rand_chacha::ChaCha8Rng;

use super::weather::Bursts;
use crate::engine::random::{Probability, Streams, chance};
use crate::hardware::link::Loss;
use crate::units::SimTime;

/// [`Loss`], ready to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) enum LossLaw {
    Never,
    Bernoulli(Probability),
    /// One chain for the line, which every packet moves.
    PerPacket {
        good_to_bad: Probability,
        bad_to_good: Probability,
        good: Probability,
        bad: Probability,
    },
    /// Good and bad times.
    InTime {
        good: Probability,
        bad: Probability,
    },
}

impl LossLaw {
    pub(super) fn new(loss: Loss) -> Self {
        if !loss.is_possible() {
            return Self::Never;
        }
        match loss {
            Loss::Bernoulli(p) => Self::Bernoulli(Probability::new(p)),
            Loss::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad } => Self::PerPacket {
                good_to_bad: Probability::new(good_to_bad),
                bad_to_good: Probability::new(bad_to_good),
                good: Probability::new(loss_good),
                bad: Probability::new(loss_bad),
            },
            Loss::Bursts { loss_good, loss_bad, .. } => {
                Self::InTime { good: Probability::new(loss_good), bad: Probability::new(loss_bad) }
            }
        }
    }
}

/// What the losses of a line remember: one for all classes of packets, since a burst is a state of the line.
#[derive(Clone, Debug)]
pub(super) enum LossState {
    None,
    Chain { bad: bool },
    Bursts(Box<Bursts>),
}

impl LossState {
    /// It begins in its long-run law, so that the first packets are lost as often as all others.
    pub(super) fn new(loss: Loss, streams: Streams, name: &str) -> Self {
        match loss {
            Loss::Bernoulli(_) => Self::None,
            Loss::GilbertElliott { good_to_bad: p, bad_to_good: r, .. } => {
                // A chain that never moves (p = r = 0, hence NaN, hence never) stays good.
                let share = Probability::new(p / (p + r));
                Self::Chain { bad: chance(&mut streams.stream(&format!("{name}/loss-chain")), share) }
            }
            Loss::Bursts { good, bad, .. } => Self::Bursts(Box::new(Bursts::new(good, bad, streams, name))),
        }
    }

    /// What is to come is drawn anew.
    pub(super) fn redraw(&mut self, salt: u64) {
        if let Self::Bursts(bursts) = self {
            bursts.redraw(salt);
        }
    }

    /// Is a packet lost that enters the line at `at`? Takes the same draws whatever becomes of it; `at` never decreases
    /// from one call to the next.
    #[inline]
    pub(super) fn loses(&mut self, law: LossLaw, rng: &mut ChaCha8Rng, at: SimTime) -> bool {
        match (law, self) {
            (LossLaw::Bernoulli(p), _) => chance(rng, p),
            (LossLaw::PerPacket { good_to_bad, bad_to_good, good, bad }, Self::Chain { bad: is_bad }) => {
                *is_bad ^= chance(rng, if *is_bad { bad_to_good } else { good_to_bad });
                chance(rng, if *is_bad { bad } else { good })
            }
            (LossLaw::InTime { good, bad }, Self::Bursts(bursts)) => {
                chance(rng, if bursts.is_bad(at) { bad } else { good })
            }
            _ => false,
        }
    }
}
