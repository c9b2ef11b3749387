//! The transport of the paths, in words.

use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::Scenario;
use crate::units::quantity::Size;

/// What the paths do about losses: one phrase where all do the same, else one for each path.
pub fn transports(scenario: &Scenario) -> Vec<String> {
    let disk = scenario.paths.iter().map(|path| {
        let local = scenario.local_systems.get(path.local.index()).map_or("", |system| &system.name);
        let remote = scenario.remote_systems.get(path.remote.index()).map_or("", |system| &system.name);
        (local, remote, &path.transport)
    });
    let tape = scenario.tape.jobs.iter().map(|job| {
        let system = scenario.tape.systems.get(job.system).map_or("", |system| &system.name);
        (job.name.as_str(), system, &job.transport)
    });
    let all: Vec<_> = disk.chain(tape).collect();
    match all.first() {
        Some((_, _, first)) if all.iter().all(|(.., transport)| transport == first) => vec![phrase(first)],
        _ => all.iter().map(|(from, to, transport)| format!("{from}-{to}: {}", phrase(transport))).collect(),
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
