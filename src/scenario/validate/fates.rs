//! `[script]`: fates that are written down.

use std::collections::BTreeMap;

use super::links::ends;
use super::systems::{System, Systems};
use crate::hardware::link::ScriptedFate;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::validated::{Script, ScriptedMessage, ScriptedPacket};
use crate::scenario::value::Duration;
use crate::units::SimDuration;

/// `[script]`.
pub fn script(raw: Option<&raw::Script>, systems: &Systems) -> Fallible<Script> {
    let mut script = Script::default();
    let Some(raw) = raw else { return Ok(script) };
    let mut known = BTreeMap::new();
    for at in &raw.packets {
        let packet = &at.value;
        let (path, direction) = ends(systems, &packet.from, &packet.to)?;
        let (class, number) = (packet.class.value.0, packet.number.value.0);
        once(&mut known, (path, direction, class, number), at.span)?;
        let fate = fate(at.span, packet.lost.as_ref(), packet.delay.as_ref(), packet.again.as_ref())?;
        script.packets.push(ScriptedPacket { path, direction, class, number, fate });
    }
    let mut known = BTreeMap::new();
    for at in &raw.messages {
        let message = &at.value;
        let remote = match systems.system(&message.system, &message.system.value)? {
            System::Remote(remote) => remote,
            System::Local(_) => {
                let title = format!("expected a remote disk system, found {}", quoted(&message.system.value));
                return Err(
                    Fault::new("contradiction", message.system.span, title).label("it is a local one")
                );
            }
        };
        let (kind, number) = (message.message.value, message.number.value.0);
        once(&mut known, (remote, kind, number), at.span)?;
        let fate = fate(at.span, message.lost.as_ref(), message.delay.as_ref(), message.again.as_ref())?;
        script.messages.push(ScriptedMessage { remote, message: kind, number, fate });
    }
    Ok(script)
}

/// Each packet has one fate.
fn once<K: Ord>(known: &mut BTreeMap<K, Span>, name: K, span: Span) -> Fallible<()> {
    match known.insert(name, span) {
        None => Ok(()),
        Some(before) => Err(Fault::new("contradiction", span, "expected one fate of a packet, found two")
            .context(before, "its first one")),
    }
}

/// Lost, or so late.
fn fate(
    at: Span,
    lost: Option<&At<bool>>,
    delay: Option<&At<Duration>>,
    again: Option<&At<Duration>>,
) -> Fallible<ScriptedFate> {
    let span = |at: &At<Duration>| SimDuration::from_ns(at.value.0.as_ns());
    match (lost.filter(|lost| lost.value), delay, again) {
        (Some(_), None, None) => Ok(ScriptedFate::Lost),
        (Some(lost), delay, again) => {
            let other = delay.or(again).map_or(at, |at| at.span);
            Err(Fault::new("contradiction", other, "expected `lost` or `delay`, found both")
                .label("what is lost does not arrive")
                .context(lost.span, "it is lost"))
        }
        (None, Some(delay), again) => {
            Ok(ScriptedFate::Arrives { delay: span(delay), again: again.map(span) })
        }
        (None, None, _) => {
            Err(Fault::new("contradiction", at, "expected `lost = true` or `delay`, found neither"))
        }
    }
}
