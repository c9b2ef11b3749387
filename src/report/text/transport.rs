//! The transport of the paths, in words.

use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::Scenario;
use crate::units::quantity::Size;

/// What the paths do about losses: one phrase where all do the same, else one for each path.
pub fn transports(scenario: &Scenario) -> Vec<String> {
    let all: Vec<_> = scenario.all_paths().collect();
    match all.first() {
        Some(first) if all.iter().all(|path| path.transport == first.transport) => {
            vec![phrase(first.transport)]
        }
        _ => {
            all.iter().map(|path| format!("{}-{}: {}", path.near, path.far, phrase(path.transport))).collect()
        }
    }
}

fn phrase(transport: &Transport) -> String {
    let mut phrases = vec![match transport.retransmit {
        Retransmit::Untimed => "resends at any time".into(),
        Retransmit::Fixed(timeout) => format!("resends after a constant {timeout}"),
        Retransmit::Adaptive { initial, minimum, maximum } => {
            format!("adaptive time-out (RFC 6298), {initial} at first, {minimum} to {maximum}")
        }
    }];
    match transport.early {
        Early::Off => {}
        Early::Completions(1) => phrases.push("or after one later completion".into()),
        Early::Completions(completions) => phrases.push(format!("or after {completions} later completions")),
        Early::Rack => phrases.push("or by RACK (RFC 8985)".into()),
    }
    match transport.window {
        WindowRule::Unlimited => {}
        WindowRule::Bytes(bytes) => phrases.push(format!("a window of {}", Size(bytes))),
        WindowRule::Aimd => phrases.push("slow start and halving (RFC 5681)".into()),
    }
    if transport.unit == ResendUnit::Packet {
        phrases.push("of a write in several packets only the lost ones are resent".into());
    }
    phrases.join("; ")
}
