//! The lines of a scenario as its file has them: `[wan]`, `[[path]]`, `[transport]`, `[control]`.
//!
//! Where all paths are alike, `[wan]` says all of them; else it says the delay of the first one, and each direction of
//! each path stands by itself.

use super::{Keys, Unwritable, ends, number, size, span, text};
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Course, Link, Loss, ScriptedFate};
use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::scenario::validated::{AnyPath, Scenario, Script};
use crate::units::SimDuration;
use crate::units::quantity;

/// A delay or a service time.
pub fn distribution(distribution: &Distribution) -> Result<String, Unwritable> {
    let Distribution { shape, mean, minimum } = distribution;
    let mut keys = Keys::default();
    let mut deviating = |deviation: SimDuration| {
        keys.put("distribution", text(shape.name())).put("mean", span(*mean));
        keys.put("deviation", span(deviation)).put_if(!minimum.is_zero(), "minimum", span(*minimum)).inline()
    };
    Ok(match shape {
        Shape::Constant => span(*mean),
        Shape::Uniform { maximum } => {
            keys.put("distribution", "\"uniform\"").put("minimum", span(*minimum));
            keys.put("maximum", span(*maximum)).inline()
        }
        Shape::Normal { deviation }
        | Shape::Lognormal { deviation }
        | Shape::Pareto { deviation }
        | Shape::Paretonormal { deviation } => deviating(*deviation),
        Shape::Exponential => {
            keys.put("distribution", "\"exponential\"").put("mean", span(*mean));
            keys.put_if(!minimum.is_zero(), "minimum", span(*minimum)).inline()
        }
        Shape::Empirical { .. } => return Err(Unwritable("a measured distribution")),
    })
}

pub fn bandwidth(bits_per_second: Option<u64>) -> String {
    format!("\"{}\"", quantity::Bandwidth(bits_per_second))
}

/// The constant time-out of a transport that has one.
pub fn fixed(transport: &Transport) -> Option<SimDuration> {
    match transport.retransmit {
        Retransmit::Fixed(timeout) => Some(timeout),
        Retransmit::Adaptive { .. } | Retransmit::Untimed => None,
    }
}

/// `protocol.retransmit_timeout`: one for all paths of disk systems.
pub fn retransmit_timeout(scenario: &Scenario) -> Result<Option<SimDuration>, Unwritable> {
    let mut timeouts = scenario.paths.iter().filter_map(|path| fixed(&path.transport));
    let first = timeouts.next();
    if timeouts.any(|other| Some(other) != first) {
        return Err(Unwritable("a constant time-out of one path alone"));
    }
    Ok(first)
}

/// `[transport]`, or `transport` of a path.
fn transport(transport: &Transport) -> Keys {
    let mut keys = Keys::default();
    match transport.retransmit {
        Retransmit::Fixed(_) | Retransmit::Untimed => {
            keys.put("retransmit", "\"fixed\"");
        }
        Retransmit::Adaptive { initial, minimum, maximum } => {
            keys.put("retransmit", "\"adaptive\"").put("initial_timeout", span(initial));
            keys.put("minimum_timeout", span(minimum)).put("max_timeout", span(maximum));
        }
    }
    match transport.early {
        Early::Off => keys.put("early", "\"off\""),
        Early::Completions(completions) => keys.put("early", completions.to_string()),
        Early::Rack => keys.put("early", "\"rack\""),
    };
    match transport.window {
        WindowRule::Unlimited => keys.put("window", "\"unlimited\""),
        WindowRule::Bytes(bytes) => keys.put("window", size(bytes)),
        WindowRule::Aimd => keys.put("window", "\"aimd\""),
    };
    let unit = match transport.unit {
        ResendUnit::Write => "\"write\"",
        ResendUnit::Packet => "\"packet\"",
    };
    keys.put("unit", unit);
    keys
}

fn loss(loss: &Loss) -> String {
    let mut keys = Keys::default();
    match *loss {
        Loss::Bernoulli(probability) => return number(probability),
        Loss::GilbertElliott { good_to_bad, bad_to_good, loss_good, loss_bad } => {
            keys.put("model", "\"gilbert-elliott\"").put("good_to_bad", number(good_to_bad));
            keys.put("bad_to_good", number(bad_to_good));
            keys.put("loss_good", number(loss_good)).put("loss_bad", number(loss_bad));
        }
        Loss::Bursts { good, bad, loss_good, loss_bad } => {
            keys.put("model", "\"gilbert-elliott\"").put("good", span(good)).put("bad", span(bad));
            keys.put("loss_good", number(loss_good)).put("loss_bad", number(loss_bad));
        }
    }
    keys.inline()
}

/// Every key of a link that differs from an ideal one; its delay in any case.
fn link(link: &Link) -> Result<Keys, Unwritable> {
    if link.netem.is_some() {
        return Err(Unwritable("netem"));
    }
    if link.timeline.is_some() {
        return Err(Unwritable("a time line"));
    }
    let mut keys = Keys::default();
    let mut delay = distribution(&link.delay)?;
    match &link.course {
        Course::Independent => {}
        Course::Correlated(time) => {
            delay.truncate(delay.trim_end_matches(" }").len());
            delay += &format!(", correlation_time = {} }}", span(*time));
        }
        Course::Series(_) => return Err(Unwritable("a measured series of delays")),
    }
    keys.put("delay", delay);
    keys.put_if(link.loss != Loss::Bernoulli(0.0), "loss", loss(&link.loss));
    keys.put_if(link.duplicate > 0.0, "duplicate", number(link.duplicate));
    keys.put_if(link.reorder > 0.0, "reorder", number(link.reorder));
    if let Some(hold_back) = link.hold_back {
        let mut inner = Keys::default();
        inner.put("share", number(hold_back.share)).put("by", span(hold_back.by));
        inner.put_if(!hold_back.advance.is_zero(), "keep_mean", "true");
        keys.put("hold_back", inner.inline());
    }
    keys.put_if(link.bandwidth.is_some(), "bandwidth", bandwidth(link.bandwidth));
    if let Some(queue) = link.queue {
        keys.put("queue", size(queue));
    }
    if let Some(mtu) = link.mtu {
        keys.put("mtu", size(u64::from(mtu)));
    }
    keys.put_if(link.header > 0, "header", format!("\"{}B\"", link.header));
    keys.put_if(link.fifo, "fifo", "true").put_if(link.shared, "shared", "true");
    Ok(keys)
}

/// Without what a file cannot say, or need not: a preset is the delay that it stands for.
fn plain(link: &Link) -> Link {
    Link { preset: None, ..link.clone() }
}

/// `[wan]`, `[[path]]` and `[transport]`.
pub fn network(scenario: &Scenario) -> Result<String, Unwritable> {
    let paths: Vec<AnyPath> = scenario.all_paths().collect();
    let Some(first) = paths.first() else { return Err(Unwritable("a scenario without paths")) };
    let alike = |path: &AnyPath| {
        plain(path.forward) == plain(first.forward) && plain(path.reverse) == plain(first.forward)
    };
    let one_transport = |path: &AnyPath| transport(path.transport).0 == transport(first.transport).0;
    let same_transport = paths.iter().all(one_transport);
    let mut out = String::new();
    let all_alike = paths.iter().all(alike);
    if all_alike {
        out += &format!("\n[wan]\n{}", link(first.forward)?.lines());
    } else {
        out += &format!("\n[wan]\ndelay = {}\n", distribution(&first.forward.delay)?);
    }
    for path in &paths {
        let [near, far] = [text(path.near), text(path.far)];
        let own = if same_transport { None } else { Some(transport(path.transport).inline()) };
        for (from, to, link_of, own) in [(&near, &far, path.forward, own), (&far, &near, path.reverse, None)]
        {
            let mut keys = Keys::default();
            keys.put("from", from.clone()).put("to", to.clone());
            if !all_alike {
                keys.0.extend(link(link_of)?.0);
            }
            if let Some(own) = own {
                keys.put("transport", own);
            }
            if keys.0.len() > 2 {
                out += &format!("\n[[path]]\n{}", keys.lines());
            }
        }
    }
    if same_transport {
        // `protocol.retransmit_timeout` chooses a constant time-out, and the rest are defaults.
        let defaults = ["\"fixed\"", "\"off\"", "\"unlimited\"", "\"write\""];
        let mut keys = transport(first.transport);
        keys.0.retain(|(_, value)| !defaults.contains(&value.as_str()));
        if !keys.0.is_empty() {
            out += &format!("\n[transport]\n{}", keys.lines());
        }
    }
    Ok(out)
}

/// `[control]`, unless it is lossless and at once.
pub fn control(scenario: &Scenario) -> Result<String, Unwritable> {
    if scenario.control == Link::ideal() {
        return Ok(String::new());
    }
    Ok(format!("\n[control]\n{}", link(&scenario.control)?.lines()))
}

fn put_fate(keys: &mut Keys, fate: ScriptedFate) {
    match fate {
        ScriptedFate::Lost => {
            keys.put("lost", "true");
        }
        ScriptedFate::Arrives { delay, again } => {
            keys.put("delay", span(delay));
            if let Some(again) = again {
                keys.put("again", span(again));
            }
        }
    }
}

/// `[script]`, a line for each fate.
pub fn fates(scenario: &Scenario) -> String {
    let script = &scenario.script;
    let mut out = String::new();
    if *script == Script::default() {
        return out;
    }
    out += "\n[script]\n";
    if !script.packets.is_empty() {
        out += "packets = [\n";
        for packet in &script.packets {
            let Some([from, to]) = ends(scenario, packet.path, packet.direction) else { continue };
            let mut keys = Keys::default();
            keys.put("from", from).put("to", to).put("class", text(packet.class.name()));
            keys.put("number", packet.number.to_string());
            put_fate(&mut keys, packet.fate);
            out += &format!("    {},\n", keys.inline());
        }
        out += "]\n";
    }
    if !script.messages.is_empty() {
        out += "messages = [\n";
        for message in &script.messages {
            let mut keys = Keys::default();
            keys.put("system", text(&scenario.remote_systems[message.remote.index()].name));
            keys.put("message", text(message.message.name())).put("number", message.number.to_string());
            put_fate(&mut keys, message.fate);
            out += &format!("    {},\n", keys.inline());
        }
        out += "]\n";
    }
    out
}
