//! The scheme, its rules and its timers.

use super::or;
use crate::protocol::disk::ordering::cut::CutSettings;
use crate::protocol::disk::ordering::epoch::EpochSettings;
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::protocol::disk::ordering::streams::{Pull, Release};
use crate::protocol::rules::{CutWindow, Departure, Volatile};
use crate::protocol::tape::Numbering;
use crate::protocol::{Preset, Rules, Scheme};
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::format::{missing_key, unknown_name};
use crate::scenario::raw;
use crate::scenario::source::{At, Span as Place};
use crate::scenario::validated::Protocol;
use crate::scenario::value::{Acknowledge, CutTrigger, RuleSet, Send, Span};
use crate::units::SimDuration;

/// What else the scenario has, for the rules to act on.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Disk systems.
    pub has_disks: bool,
    /// Tape jobs.
    pub has_tape: bool,
    /// A sweep varies the scheme: a rule may act under another one.
    pub varies_scheme: bool,
}

/// `[protocol]`.
pub fn protocol(at: &At<raw::Protocol>, around: Around) -> Fallible<Protocol> {
    let raw = &at.value;
    let has_tape = around.has_tape;
    let preset = raw.preset.as_ref().map(|preset| preset.value);
    let scheme = match (&raw.scheme, preset) {
        (Some(scheme), _) => scheme.value,
        (None, Some(preset)) => preset.scheme(),
        // Tape has a numbering of its own; whether there are disk systems beside it is not known here.
        (None, None) if has_tape => Scheme::Group,
        (None, None) => return Err(missing_key(at.span, "scheme", &raw::Protocol::keys())),
    };
    let set = raw.rules.as_ref().map_or(RuleSet::Repaired, |rules| rules.value);
    let mut rules = match set {
        RuleSet::Repaired => Rules::REPAIRED,
        RuleSet::Literal => Rules::LITERAL,
    };
    if let Some(cut) = &raw.cut {
        // Short for these rules; what `rule` says goes before.
        let cut = &cut.value;
        if cut.switch.as_ref().is_some_and(|switch| switch.value.0.is_none()) {
            rules.cut_window = CutWindow::None;
        }
        rules.cut_apply = cut.apply.as_ref().map_or(rules.cut_apply, |apply| apply.value.0);
        rules.cut_commit = cut.commit.as_ref().map_or(rules.cut_commit, |commit| commit.value.0);
        rules.cut_revert = cut.revert.as_ref().map_or(rules.cut_revert, |revert| revert.value.0);
    }
    if let Some(table) = &raw.rule {
        for (rule, forms) in &table.value.0 {
            if rule.value == "non-volatile" {
                // A list says all that is lost, whatever the rule set says.
                rules.volatile = Volatile::NONE;
            }
            for form in forms {
                rules.set(&rule.value, &form.value).map_err(|_| unknown_form(&rule.value, form))?;
            }
        }
    }
    if let Some(table) = &raw.rule {
        for (rule, forms) in &table.value.0 {
            for form in forms {
                let scheme_at = raw.scheme.as_ref().map(|scheme| scheme.span);
                refuse_idle(rule, form, scheme, &rules, around, scheme_at)?;
            }
        }
    }
    let or_ms = |timer: &Option<At<Span>>, default| {
        timer.as_ref().map_or(SimDuration::from_ms(default), |timer| timer.value.0)
    };
    Ok(Protocol {
        scheme,
        rules,
        limit_period: or(raw.limit_period.as_ref(), SimDuration::from_ms(10)),
        send_delay: or(raw.send_delay.as_ref(), SimDuration::ZERO),
        marker_interval: or_ms(&raw.marker_interval, 10),
        epoch: epoch(raw.epoch.as_ref(), scheme, around)?,
        cut: cut(raw.cut.as_ref(), scheme, preset, around)?,
        network_sync: network_sync(raw, scheme, around)?,
        release: release(raw, scheme, preset, around)?,
        pull: pull(raw, scheme, preset, around)?,
        preset,
    })
}

/// `acknowledge` and `[protocol.network_sync]`: the rule, where it is in force.
fn network_sync(raw: &raw::Protocol, scheme: Scheme, around: Around) -> Fallible<Option<NetworkSync>> {
    let chosen = raw.acknowledge.as_ref().filter(|chosen| chosen.value == Acknowledge::NetworkSync);
    // Whoever writes "local" beside the table has it ready, for a sweep.
    if let (None, Some(table)) = (&raw.acknowledge, &raw.network_sync) {
        let title = "`protocol.network_sync` has no effect without `acknowledge = \"network-sync\"`";
        return Err(Fault::new("table-without-effect", table.span, title)
            .label("changes nothing")
            .help("leave it out, or set `protocol.acknowledge`"));
    }
    let Some(chosen) = chosen else { return Ok(None) };
    if !is_of_streams(("acknowledge", "network-sync"), chosen.span, raw, scheme, around)? {
        return Ok(None);
    }
    let default = NetworkSync::default();
    let Some(table) = &raw.network_sync else { return Ok(Some(default)) };
    let said = &table.value;
    let data = said.data.as_ref().map_or(default.data, |data| data.value.narrow());
    let repair = said.repair.as_ref().map_or(default.repair, |repair| repair.value.narrow());
    if data.saturating_add(repair) > NetworkSync::MOST {
        let most = NetworkSync::MOST;
        let place = said.data.as_ref().or(said.repair.as_ref()).map_or(table.span, |count| count.span);
        let title = format!("expected a group of {most} packets at most, found {data} + {repair}");
        return Err(Fault::new("contradiction", place, title)
            .label("a Reed-Solomon code over bytes has no more symbols"));
    }
    let flush = said.flush.as_ref().map_or(default.flush, |flush| flush.value.0);
    let interleave = said.interleave.as_ref().map_or(default.interleave, |groups| groups.value.narrow());
    if let Some(groups) = said.interleave.as_ref().filter(|_| interleave > NetworkSync::MOST_INTERLEAVED) {
        let title =
            format!("expected {} open groups at most, found {interleave}", NetworkSync::MOST_INTERLEAVED);
        return Err(Fault::new("out-of-range", groups.span, title).label("too many"));
    }
    Ok(Some(NetworkSync { data, repair, flush, interleave }))
}

/// Does a key that is of the stream schemes act under this one? A sweep over schemes leaves it out where it does not.
fn is_of_streams(
    (key, value): (&str, &str),
    place: Place,
    raw: &raw::Protocol,
    scheme: Scheme,
    around: Around,
) -> Fallible<bool> {
    if !around.has_disks {
        let title = format!("`{key} = \"{value}\"` has no effect: it is of disk systems, and there is none");
        return Err(Fault::new("key-without-effect", place, title).label("changes nothing"));
    }
    if scheme.is_of_streams() || around.varies_scheme {
        return Ok(scheme.is_of_streams());
    }
    let fitting: Vec<&str> =
        Scheme::ALL.into_iter().filter(|scheme| scheme.is_of_streams()).map(Scheme::name).collect();
    let why = match (key, scheme) {
        ("acknowledge", Scheme::Synchronous) => "the host waits for the remote site",
        ("acknowledge", Scheme::Epoch) => "the host waits for the local unit",
        (_, Scheme::Synchronous) => "each write is a transfer of its own",
        (_, Scheme::Epoch | Scheme::Cut) => "sets of writes are closed by the local site, and go by barriers",
        _ => "what is written is sent when no host waits for it",
    };
    let title = format!("`{key} = \"{value}\"` means nothing under scheme `{scheme}`: {why}");
    let fault = Fault::new("contradiction", place, title)
        .label("this is of streams")
        .help(format!("leave it out, or choose a scheme of streams: {}", fitting.join(", ")));
    Err(match &raw.scheme {
        Some(scheme) => fault.context(scheme.span, "the scheme"),
        None => fault,
    })
}

/// `release`.
fn release(raw: &raw::Protocol, scheme: Scheme, preset: Option<Preset>, around: Around) -> Fallible<Release> {
    let of_preset = preset.filter(|preset| preset.scheme() == scheme).map(Preset::release);
    match &raw.release {
        None => Ok(of_preset.unwrap_or_default()),
        Some(chosen) if chosen.value == Release::Received => Ok(Release::Received),
        Some(chosen) => {
            let acts = is_of_streams(("release", "destaged"), chosen.span, raw, scheme, around)?;
            Ok(if acts { Release::Destaged } else { Release::Received })
        }
    }
}

/// `send` and `[protocol.pull]`: the rule, where streams are pulled.
fn pull(
    raw: &raw::Protocol,
    scheme: Scheme,
    preset: Option<Preset>,
    around: Around,
) -> Fallible<Option<Pull>> {
    let of_preset = preset.filter(|preset| preset.scheme() == scheme).and_then(Preset::pull);
    match &raw.send {
        Some(chosen) if chosen.value == Send::Push => return Ok(None),
        Some(chosen) => {
            if !is_of_streams(("send", "pull"), chosen.span, raw, scheme, around)? {
                return Ok(None);
            }
        }
        None if of_preset.is_some() => {}
        None => {
            let Some(table) = &raw.pull else { return Ok(None) };
            let title = "`protocol.pull` has no effect without `send = \"pull\"`";
            return Err(Fault::new("table-without-effect", table.span, title)
                .label("changes nothing")
                .help("leave it out, or set `protocol.send`"));
        }
    }
    let default = of_preset.unwrap_or_default();
    let Some(table) = &raw.pull else { return Ok(Some(default)) };
    let said = &table.value;
    Ok(Some(Pull {
        requests: said.requests.as_ref().map_or(default.requests, |requests| requests.value.narrow()),
        bytes: said.bytes.as_ref().map_or(default.bytes, |bytes| bytes.value.0),
        timeout: said.timeout.as_ref().map_or(default.timeout, |timeout| timeout.value.0),
    }))
}

/// `[protocol.epoch]`.
fn epoch(at: Option<&At<raw::Epoch>>, scheme: Scheme, around: Around) -> Fallible<EpochSettings> {
    let Some(at) = at else { return Ok(EpochSettings::default()) };
    if scheme != Scheme::Epoch && !around.varies_scheme {
        let title = format!("`protocol.epoch` has no effect under scheme `{scheme}`");
        return Err(Fault::new("table-without-effect", at.span, title)
            .label("changes nothing")
            .help("leave it out, or choose `scheme = \"epoch\"`"));
    }
    let default = EpochSettings::default();
    Ok(EpochSettings {
        close: at.value.close.as_ref().map_or(default.close, |close| close.value),
        max_size: at.value.max_size.as_ref().map_or(default.max_size, |size| size.value.narrow()),
    })
}

/// `[protocol.cut]`.
fn cut(
    at: Option<&At<raw::Cut>>,
    scheme: Scheme,
    preset: Option<Preset>,
    around: Around,
) -> Fallible<CutSettings> {
    let of_preset = preset.filter(|preset| preset.scheme() == scheme);
    let default = of_preset.map_or_else(CutSettings::default, Preset::cut);
    let Some(at) = at else { return Ok(default) };
    if scheme != Scheme::Cut && !around.varies_scheme {
        let title = format!("`protocol.cut` has no effect under scheme `{scheme}`");
        return Err(Fault::new("table-without-effect", at.span, title)
            .label("changes nothing")
            .help("leave it out, or choose `scheme = \"cut\"`"));
    }
    let raw = &at.value;
    let trigger = raw.trigger.as_ref().map_or(default.trigger, |trigger| trigger.value);
    let period = match trigger {
        CutTrigger::Period | CutTrigger::Size => default.period,
        CutTrigger::PreviousDone if default.trigger == trigger => default.period,
        CutTrigger::PreviousDone => SimDuration::from_ms(10),
    };
    if let Some(size) = raw.size.as_ref().filter(|_| trigger != CutTrigger::Size) {
        return Err(Fault::new("key-without-effect", size.span, "`protocol.cut.size` has no effect")
            .label("changes nothing")
            .help("choose `trigger = \"size\"`, or leave it out"));
    }
    let coordination = or(raw.coordination.as_ref(), default.coordination);
    let hold_limit = raw.hold_limit.as_ref().map_or(default.hold_limit, |limit| limit.value.0);
    if hold_limit <= coordination {
        let place = raw.coordination.as_ref().map_or(at.span, |coordination| coordination.span);
        let title = format!(
            "hosts are held for at most {hold_limit}, and to tell every local system takes {coordination}"
        );
        return Err(Fault::new("cut-given-up", place, title)
            .label("every cut would be given up")
            .help("make `protocol.cut.hold_limit` longer than `protocol.cut.coordination`"));
    }
    Ok(CutSettings {
        trigger,
        period: raw.period.as_ref().map_or(period, |period| period.value.0),
        size: raw.size.as_ref().map_or(default.size, |size| size.value.0),
        switch: raw.switch.as_ref().and_then(|switch| switch.value.0).unwrap_or(default.switch),
        coordination,
        hold_limit,
        fold: raw.fold.as_ref().map_or(default.fold, |fold| fold.value.0),
        queue: raw.queue.as_ref().map_or(default.queue, |queue| queue.value),
    })
}

/// Refuses a form that changes nothing in this scenario: whoever wrote it expects that it does. The repaired form is
/// what is in force anyway.
fn refuse_idle(
    rule: &At<String>,
    form: &At<String>,
    scheme: Scheme,
    rules: &Rules,
    around: Around,
    scheme_at: Option<Place>,
) -> Fallible<()> {
    let mut alone = Rules::REPAIRED;
    if alone.set(&rule.value, &form.value).is_err() {
        return Ok(()); // Said elsewhere.
    }
    let departures = alone.departures();
    let on_tape =
        |departure: &Departure| Numbering::ALL.iter().any(|numbering| numbering.is_changed_by(departure));
    let of_tape_alone = departures.iter().all(|departure| {
        on_tape(departure) && Scheme::ALL.iter().all(|scheme| !scheme.is_changed_by(departure, rules))
    });
    let acts = departures.iter().any(|departure| {
        around.has_tape && on_tape(departure)
            || around.has_disks && (around.varies_scheme || scheme.is_changed_by(departure, rules))
    });
    if departures.is_empty() || acts {
        return Ok(());
    }
    let name = &rule.value;
    let fault = |title: String| Fault::new("rule-without-effect", form.span, title).label("changes nothing");
    if of_tape_alone {
        return Err(fault(format!("rule `{name}` has no effect: it is of tape, and there is no tape job")));
    }
    if !around.has_disks {
        return Err(fault(format!("rule `{name}` has no effect: it is of disk systems, and there is none")));
    }
    let others: Vec<&str> = Scheme::ALL
        .into_iter()
        .filter(|other| departures.iter().any(|departure| other.is_changed_by(departure, rules)))
        .map(Scheme::name)
        .collect();
    let title = format!("rule `{name} = {}` has no effect under scheme `{scheme}`", form.value);
    let fault = fault(title)
        .help(format!("leave it out, or choose a scheme under which it acts: {}", others.join(", ")));
    Err(match scheme_at {
        Some(place) => fault.context(place, "the scheme"),
        None => fault,
    })
}

fn unknown_form(rule: &str, form: &At<String>) -> Box<Fault> {
    let mut forms = Rules::forms(rule).unwrap_or_default();
    forms.extend(["literal", "repaired"]);
    unknown_name(form, &format!("a form of the rule `{rule}`"), &forms)
}
