//! The ways to break the protocol, each where it is said or heard.

use super::super::seam::Memory;
use crate::protocol::disk::{LocalOutput, LocalSiteOutput, Packet, RemoteOutput, RemoteSiteOutput};
use crate::protocol::disk::{Report, Settings, StreamId, WriteData};
use crate::protocol::rules::{Duplicate, Recovery};
use crate::trace::Key;
use crate::units::{LocalId, RemoteId, WriteRef};
use crate::world::seam::RemoteLanding;

// Limits.

/// Streams of the two groups take turns.
pub fn note_stamp(memory: &mut Memory, data: &mut WriteData) {
    memory.sent.insert((data.stream.0 % 2, data.stamp));
}

/// The limit stored is the second write after that which should be. (The first would do no harm: nothing but that
/// write could be recovered too early.)
pub fn store_two_writes_late(memory: &mut Memory, _: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    for output in out {
        let RemoteSiteOutput::Of(_, RemoteOutput::LimitStored(domain, Some(limit))) = output else {
            continue;
        };
        let mut later = memory.sent.range((domain.0, limit.stamp + 1)..(domain.0 + 1, 0));
        if let Some(&(_, stamp)) = later.nth(1) {
            *limit = Key { stamp, local: LocalId(u32::MAX), number: 0 };
        }
    }
}

pub fn latest_report(memory: &mut Memory, limits: &mut [Report]) {
    for (domain, limit) in limits {
        let of_domain = memory.reports.iter().filter(|((_, of), _)| *of == domain.0);
        *limit = of_domain.map(|(_, &end)| end).max().flatten();
    }
}

pub fn note(memory: &mut Memory, remote: RemoteId, report: &mut [Report]) {
    memory.reports.extend(report.iter().map(|&(domain, end)| ((remote, domain.0), end)));
}

pub fn groups_mixed_up(_: &mut Memory, limits: &mut [Report]) {
    for (domain, _) in limits {
        domain.0 ^= 1;
    }
}

pub fn no_limit(_: &mut Memory, limits: &mut [Report]) {
    let everything = Key { stamp: u64::MAX, ..Key::default() };
    for (_, limit) in limits {
        *limit = Some(everything);
    }
}

pub fn leave_one_stream_out(settings: &mut Settings) {
    settings.domain_streams[0][0].pop();
}

/// The site recovers by the limit of each system; what was declared is the highest.
pub fn own_limits(settings: &mut Settings) {
    settings.rules.recovery = Recovery::Own;
}

pub fn store_nothing(_: &mut Memory, _: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    out.retain(|output| !matches!(output, RemoteSiteOutput::Of(_, RemoteOutput::LimitStored(..))));
}

pub fn store_the_one_before(memory: &mut Memory, _: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    for output in out {
        if let RemoteSiteOutput::Of(remote, RemoteOutput::LimitStored(domain, limit)) = output {
            *limit = memory.limits.insert((*remote, domain.0), *limit).flatten();
        }
    }
}

pub fn forget_the_limit(memory: &mut Memory, _: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    for output in out {
        if let RemoteSiteOutput::Of(_, RemoteOutput::LimitStored(_, limit)) = output {
            memory.count += 1;
            *limit = limit.filter(|_| memory.count < 12);
        }
    }
}

// Numbers.

/// Takes the first missing number for received when the next one is.
pub fn one_past_the_gap(memory: &mut Memory, data: WriteData) -> Vec<Packet> {
    let next = memory.numbers.entry(data.stream).or_default();
    let missing = Packet::Marker { stream: data.stream, number: *next, stamp: data.stamp - 1 };
    let is_past_gap = data.number == *next + 1;
    *next = (*next).max(data.number + 1);
    if is_past_gap { vec![missing, Packet::WriteData(data)] } else { vec![Packet::WriteData(data)] }
}

pub fn use_four_twice(_: &mut Memory, data: &mut WriteData) {
    data.number -= u64::from(data.number == 5);
}

pub fn skip_five(number: u64) -> u64 {
    number + u64::from(number >= 5)
}

pub fn hear_without_five(_: &mut Memory, _: StreamId, number: u64) -> u64 {
    number - u64::from(number > 5)
}

/// The counter starts again after the number 7.
pub fn forget_the_counter(number: u64) -> u64 {
    if number < 8 { number } else { number - 8 }
}

/// The first completion of a number is for its first use.
pub fn hear_after_seven(memory: &mut Memory, stream: StreamId, number: u64) -> u64 {
    let first = memory.numbers.entry(stream).or_default();
    *first += u64::from(*first == number);
    if *first < 8 { number } else { number + 8 }
}

// Stamps.

pub fn stamp_of_the_write_before(memory: &mut Memory, data: &mut WriteData) {
    let last = memory.stamps.insert(data.stream, data.stamp).unwrap_or(data.stamp);
    data.stamp = *memory.given.entry(data.write).or_insert(last);
}

/// The streams of the first local system come first.
pub fn first_system_ahead(_: &mut Memory, data: &mut WriteData) {
    data.stamp += if data.stream.0 < 4 { 40 } else { 0 };
}

pub fn marker_ahead(stamp: &mut u64) {
    *stamp += 40;
}

// Resends, completions, duplicates.

pub fn never_resend(_: &mut Memory, out: &mut Vec<LocalSiteOutput>) {
    out.retain(|output| !matches!(output, LocalSiteOutput::Of(_, LocalOutput::Send { again: true, .. })));
}

pub fn ask_a_dozen_times(memory: &mut Memory, _: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    out.retain(|output| {
        let asks = matches!(output, RemoteSiteOutput::Of(_, RemoteOutput::Ask(_)));
        memory.count += u64::from(asks);
        !asks || memory.count <= 12
    });
}

pub fn complete_the_refused(_: &mut Memory, heard: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
    let refuses = |output: &RemoteSiteOutput| match output {
        RemoteSiteOutput::Of(remote, RemoteOutput::Refused(_)) => Some(*remote),
        _ => None,
    };
    if let Some(Packet::WriteData(WriteData { stream, number, write, .. })) = heard.copied()
        && let Some(remote) = out.iter().find_map(refuses)
    {
        let packet = Packet::Completion { stream, number };
        out.push(RemoteSiteOutput::Of(remote, RemoteOutput::Complete { packet, write: Some(write) }));
    }
}

pub fn accept_duplicates(settings: &mut Settings) {
    settings.rules.duplicate = Duplicate::Accept;
}

/// The host of a write that waits for room is told that it is done, and not told again.
pub fn complete_before_the_fix(memory: &mut Memory, out: &mut Vec<LocalSiteOutput>) {
    let told = &mut memory.writes;
    out.retain(|output| {
        !matches!(output, LocalSiteOutput::Of(_, LocalOutput::Complete(write, _)) if told.contains(write))
    });
    for index in 0..out.len() {
        if let LocalSiteOutput::Of(local, LocalOutput::CacheFull(write)) = out[index] {
            told.push(write);
            out.push(LocalSiteOutput::Of(local, LocalOutput::Complete(write, 0)));
        }
    }
}

// Landings.

/// The ninth destage is like this.
fn once(memory: &mut Memory, usual: RemoteLanding, wrong: &[RemoteLanding]) -> Vec<RemoteLanding> {
    memory.count += 1;
    if memory.count == 9 { wrong.to_vec() } else { vec![usual] }
}

pub fn one_block_further(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    once(memory, landing, &[RemoteLanding { position: landing.position + 1, ..landing }])
}

pub fn on_another_unit(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    once(memory, landing, &[RemoteLanding { unit: landing.unit ^ 2, ..landing }])
}

pub fn twice(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    once(memory, landing, &[landing, landing])
}

/// Once, a destage is kept back until that which follows it in its group has been destaged, if the two make a
/// pair.
fn swap(
    memory: &mut Memory,
    landing: RemoteLanding,
    is_pair: fn(RemoteLanding, RemoteLanding) -> bool,
) -> Vec<RemoteLanding> {
    memory.count += 1;
    let Some(held) = memory.landing.take() else {
        if memory.count < 9 || memory.swapped {
            return vec![landing];
        }
        memory.landing = Some(landing);
        return vec![];
    };
    if held.unit % 2 != landing.unit % 2 {
        memory.landing = Some(held);
        vec![landing] // Of another group.
    } else if is_pair(held, landing) {
        memory.swapped = true;
        vec![landing, held]
    } else {
        memory.landing = Some(landing);
        vec![held]
    }
}

pub fn later_first(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    swap(memory, landing, |held, landing| (held.remote, held.unit) == (landing.remote, landing.unit))
}

pub fn other_system_first(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    swap(memory, landing, |held, landing| held.remote != landing.remote)
}

pub fn in_each_others_place(memory: &mut Memory, landing: RemoteLanding) -> Vec<RemoteLanding> {
    let mut landings =
        swap(memory, landing, |held, landing| held.remote == landing.remote && held.unit != landing.unit);
    if let [first, second] = &mut landings[..] {
        std::mem::swap(&mut first.write, &mut second.write);
    }
    landings
}

pub fn newer_first(memory: &mut Memory, write: WriteRef) -> Vec<WriteRef> {
    if let Some(older) = memory.write.take() {
        return vec![write, older];
    }
    memory.write = Some(write);
    vec![]
}
