//! The rivals (`docs/rivals.md`): what their sources say of them, or what follows from how they work.

use rcsim::protocol::Scheme;

use crate::builder::{World, constant_ms};

/// Epochs over one in-order line cost nothing: whatever arrives may be applied, since all before it has arrived, and no
/// period and no marker is waited for. Each lag is the delay of the line, less the nanosecond of the completion.
#[test]
fn an_epoch_over_one_in_order_line_has_the_lag_of_that_line() {
    let world = World::new(Scheme::Epoch).pairs(3).poisson(300.0).delay(constant_ms(7.0));
    let world = world.limit_period(crate::builder::ms(50.0)).seconds(5.0);
    let judgement = world.run(1).judgement;
    assert!(judgement.verdict.holds(), "{:?}", judgement.verdict.violations);
    let lag = judgement.summary.received_lag;
    assert!(lag.count > 4_000);
    let line_s = 0.007 - 1e-9;
    assert!((lag.max_s - line_s).abs() < 1e-12 && (lag.mean_s - line_s).abs() < 1e-9, "{lag:?}");
}
