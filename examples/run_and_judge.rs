//! Builds a scenario, runs it and judges it: the verdict, the checks, and where the order first broke.
//!
//! `cargo run --example run_and_judge`

use std::error::Error;

use rcsim::metrics::Options;
use rcsim::protocol::Scheme;
use rcsim::scenario::Builder;
use rcsim::units::SimDuration;
use rcsim::world::simulate;

/// Two pairs whose writes meet a WAN that reorders them.
fn pairs(scheme: Scheme) -> Builder {
    Builder::new("example", scheme)
        .duration(SimDuration::from_ms(1_000))
        .local_system("L1", 2, [])
        .remote_system("R1", 2, [])
        .group("database", ["L1:1 -> R1:1", "L1:2 -> R1:2"])
        .host("H1", "poisson", [("rate", "500/s"), ("on", r#"["L1"]"#)])
        .wan([("delay.distribution", "exponential"), ("delay.mean", "20ms")])
}

/// Runs the same writes and the same network under two schemes.
pub fn main() -> Result<(), Box<dyn Error>> {
    // The control destages in the order of arrival.
    for scheme in [Scheme::None, Scheme::Group] {
        let scenario = pairs(scheme).build()?;
        let outcome = simulate(&scenario, Options::default(), &mut |_| {})?;
        let verdict = &outcome.judgement.verdict;
        println!("{scheme}: {}", if verdict.holds() { "the order holds" } else { "the order is broken" });
        for (check, state) in verdict.checks.iter() {
            println!("  {check:<20}{state}");
        }
        if let Some(violation) = verdict.first_violation() {
            println!("  at {}: {}", violation.at, violation.why);
        }
        // The group scheme promises the order; the control promises nothing.
        assert_eq!(verdict.holds(), scheme == Scheme::Group);
        assert_eq!(verdict.promise.keeps(rcsim::checker::Check::RecoverablePrefix), scheme == Scheme::Group);
    }
    Ok(())
}
