//! Runs a scenario written as text and judges it: the verdict, the checks, and where the order first broke.
//!
//! `cargo run --example run_and_judge`

use std::error::Error;
use std::path::Path;

use rcsim::metrics::Options;
use rcsim::scenario::parse;
use rcsim::world::simulate;

const SCENARIO: &str = r#"
[run]
duration = "1s"
[protocol]
scheme = "none"                 # a negative control: destaged in the order of arrival
[[local_system]]
name = "L1"
units = 2
[[remote_system]]
name = "R1"
units = 2
[[group]]
name = "database"
pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "500/s"
on = ["L1"]
[wan]
delay = { distribution = "exponential", mean = "20ms" }
"#;

/// Runs the same writes and the same network under two schemes.
pub fn main() -> Result<(), Box<dyn Error>> {
    for scheme in ["none", "group"] {
        let set = [format!("protocol.scheme={scheme}")];
        let scenario = parse("example", SCENARIO, Path::new(""), &set)?;
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
        assert_eq!(verdict.holds(), scheme == "group");
        assert_eq!(verdict.promise.keeps(rcsim::checker::Check::RecoverablePrefix), scheme == "group");
    }
    Ok(())
}
