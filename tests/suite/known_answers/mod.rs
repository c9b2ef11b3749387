//! Known answers (DESIGN, section 9): what theory predicts, the simulator must measure.
//!
//! In each test the formula is written out again, over `f64`, from its source; nothing of the simulator is used
//! for it. Predictions are compared with the means of independent runs (99.9%) and with whole distributions.
//!
//! **One nanosecond.** The host has its completion 1 ns after process 210 fixed and sent the write. A lag counts
//! from the completion, so that it is 1 ns shorter than the time since the sending: [`since_sent`].
//!
//! **Independent samples.** Lags of neighbouring writes depend on one another, and Kolmogorov-Smirnov is about
//! independent samples. So distributions are taken of *probes*: writes of a group of their own, among the many of
//! a Poisson process, far enough apart to know nothing of one another. A write put into a Poisson process sees
//! what every write of it sees (Slivnyak's theorem; "Poisson arrivals see time averages").

mod disk_queue;
mod limit_time;
mod netem_reorder;
mod patent;
mod resequencing;
mod rivals;
mod transit;

/// Seconds since the sending of a write whose lag is `lag_s`.
fn since_sent(lag_s: f64) -> f64 {
    lag_s + 1e-9
}

/// The same in nanoseconds to seconds: where a distribution function over sending times is asked for a lag.
fn since_sent_of_ns(lag_ns: f64) -> f64 {
    (lag_ns + 1.0) / 1e9
}
