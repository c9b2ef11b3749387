//! Watches a run: every fact that the hardware saw goes by, and an observer makes of it what it likes.
//!
//! `cargo run --example watch`

use std::error::Error;
use std::path::Path;

use rcsim::metrics::Options;
use rcsim::scenario::load;
use rcsim::trace::{Observer, Record};
use rcsim::units::SimTime;
use rcsim::world::simulate_observed;

/// How many writes stand in remote caches, and the most that ever did.
#[derive(Debug, Default)]
struct Standing {
    now: i64,
    most: i64,
    at: SimTime,
}

impl Observer for Standing {
    fn observe(&mut self, now: SimTime, record: &Record) {
        match record {
            Record::RemoteCached { .. } => self.now += 1,
            Record::RemoteDestaged { .. } | Record::RemoteCacheLost { .. } => self.now -= 1,
            _ => {}
        }
        if self.now > self.most {
            (self.most, self.at) = (self.now, now);
        }
    }
}

/// Runs a shipped scenario with an observer of its own beside the judge.
pub fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/demos/quickstart.toml");
    let scenario = load(&path, &["run.duration=2s".into()])?;
    let mut standing = Standing::default();
    let outcome = simulate_observed(&scenario, Options::default(), &mut standing, &mut |_| {})?;
    println!(
        "{} events; at most {} writes stood in remote caches, at {}",
        outcome.events, standing.most, standing.at
    );
    assert!(outcome.judgement.verdict.holds());
    assert!(standing.most > 0 && standing.now == 0, "all that was cached was destaged");
    Ok(())
}
