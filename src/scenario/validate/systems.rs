//! Disk systems, their units, and the pairs and groups that join them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{delay_or_zero, tape};
use crate::hardware::clock::Clock;
use crate::hardware::workload::LocalUnit;
use crate::protocol::Scheme;
use crate::protocol::disk::PairPlace;
use crate::protocol::disk::numbering::{Layout, Stream};
use crate::protocol::rules::Admission;
use crate::scenario::diagnostic::{Fallible, Fault};
use crate::scenario::document::quoted;
use crate::scenario::raw;
use crate::scenario::source::{At, Span};
use crate::scenario::suggest::{listed, nearest};
use crate::scenario::validated::{Group, LocalSystem, Pair, Protocol, RemoteSystem};
use crate::units::quantity::Size;
use crate::units::{GroupId, LocalId, PairId, PathId, RemoteId, SimTime};

/// Bytes of a disk unit unless the scenario says otherwise.
const UNIT_SIZE: u64 = 1 << 30;

/// The systems and what joins them.
#[derive(Debug)]
pub struct Systems {
    pub locals: Vec<LocalSystem>,
    pub remotes: Vec<RemoteSystem>,
    pub groups: Vec<Group>,
    pub pairs: Vec<Pair>,
    /// Every (local, remote) that shares a pair, sorted.
    pub paths: Vec<(LocalId, RemoteId)>,
    /// Job and tape system at the ends of each tape job's path; these paths come after the others.
    pub tape_paths: Vec<(String, String)>,
    /// Where the local caches, the remote caches and the unit sizes stand in the file, if they do.
    local_caches: Vec<Option<Span>>,
    remote_caches: Vec<Option<Span>>,
    unit_sizes: Vec<Option<Span>>,
}

/// One end of a direction of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Local(LocalId),
    Remote(RemoteId),
}

impl Systems {
    /// Systems, groups and pairs of the file.
    pub fn new(file: &raw::File, base: &Path) -> Fallible<Self> {
        let names = file.local_system.iter().map(|system| &system.value.name);
        // One name space for both sites, so that a name alone says which direction of a path is meant.
        unique(names.chain(file.remote_system.iter().map(|system| &system.value.name)), "disk system")?;
        unique(file.group.iter().map(|group| &group.value.name), "group")?;
        let local = |at: &At<raw::LocalSystem>| local_system(&at.value, base);
        let remote = |at: &At<raw::RemoteSystem>| remote_system(&at.value, base);
        let mut systems = Self {
            locals: file.local_system.iter().map(local).collect::<Fallible<_>>()?,
            remotes: file.remote_system.iter().map(remote).collect::<Fallible<_>>()?,
            groups: Vec::new(),
            pairs: Vec::new(),
            paths: Vec::new(),
            tape_paths: tape::paths(file),
            local_caches: file.local_system.iter().map(|at| span_of(at.value.cache.as_ref())).collect(),
            remote_caches: file.remote_system.iter().map(|at| span_of(at.value.cache.as_ref())).collect(),
            unit_sizes: file.local_system.iter().map(|at| span_of(at.value.unit_size.as_ref())).collect(),
        };
        systems.join(&file.group)?;
        Ok(systems)
    }

    /// Pairs and groups, then the paths between systems with a common pair.
    fn join(&mut self, groups: &[At<raw::Group>]) -> Fallible<()> {
        let mut local_taken: BTreeMap<LocalUnit, Span> = BTreeMap::new();
        let mut remote_taken: BTreeMap<(RemoteId, u32), Span> = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            let group = &group.value;
            let first = self.pairs.len();
            for text in &group.pairs {
                let (local, (remote, remote_unit)) = self.pair(text)?;
                let place = text.span;
                let taken = |taken, what| in_two_pairs(text, taken, what);
                if let Some(before) = local_taken.insert(local, place) {
                    return Err(taken(before, "local"));
                }
                if let Some(before) = remote_taken.insert((remote, remote_unit), place) {
                    return Err(taken(before, "remote"));
                }
                let group = GroupId::from(index);
                self.pairs.push(Pair { local, remote, remote_unit, group, path: PathId(0) });
            }
            let pairs = (first..self.pairs.len()).map(PairId::from).collect();
            self.groups.push(Group { name: group.name.value.clone(), pairs });
        }
        let mut paths: Vec<_> = self.pairs.iter().map(|pair| (pair.local.system, pair.remote)).collect();
        paths.sort_unstable();
        paths.dedup();
        for pair in &mut self.pairs {
            let path = paths.binary_search(&(pair.local.system, pair.remote)).unwrap_or_default();
            pair.path = PathId::from(path);
        }
        self.paths = paths;
        Ok(())
    }

    /// The units of a pair: `L1:1 -> R1:1`.
    fn pair(&self, text: &At<String>) -> Fallible<(LocalUnit, (RemoteId, u32))> {
        let ends = text.value.split_once("->").filter(|(_, remote)| !remote.contains("->"));
        let Some((local, remote)) = ends else {
            let title = format!("expected a pair such as \"L1:1 -> R1:1\", found {}", quoted(&text.value));
            let fault = Fault::new("pair", text.span, title);
            return Err(if text.value.contains("->") {
                fault.help("each pair is a string of its own in the list")
            } else {
                fault.label("\"->\" is missing")
            });
        };
        let (local_end, remote_end) = (self.unit(text, local.trim())?, self.unit(text, remote.trim())?);
        match (local_end, remote_end) {
            ((System::Local(system), unit), (System::Remote(remote), remote_unit)) => {
                Ok((LocalUnit { system, unit }, (remote, remote_unit)))
            }
            ((System::Remote(_), _), (System::Local(_), _)) => {
                let title = format!("expected a local and a remote unit, found {}", quoted(&text.value));
                let meant = format!("\"{} -> {}\"", remote.trim(), local.trim());
                Err(Fault::new("pair", text.span, title)
                    .label("the remote unit comes first")
                    .did_you_mean(Some(meant)))
            }
            _ => {
                let title = format!("expected a local and a remote unit, found {}", quoted(&text.value));
                Err(Fault::new("pair", text.span, title).label("both units are of one site"))
            }
        }
    }

    /// The unit called `name`, a piece of `text`: `L1:3`, which counts from 1.
    fn unit(&self, text: &At<String>, name: &str) -> Fallible<(System, u32)> {
        let place = text.place_of(name);
        let Some((system, number)) = name.rsplit_once(':') else {
            let title = format!("expected a unit such as \"L1:1\", found {}", quoted(name));
            let fault = Fault::new("unit", place, title);
            return Err(match self.find(name) {
                Some(_) => fault.label("the number of the unit is missing"),
                None => fault,
            });
        };
        let id = self.system(text, system.trim())?;
        let (units, name) = match id {
            System::Local(id) => (self.locals[id.index()].units, &self.locals[id.index()].name),
            System::Remote(id) => (self.remotes[id.index()].units, &self.remotes[id.index()].name),
        };
        match number.trim().parse::<u32>() {
            Ok(number) if (1..=units).contains(&number) => Ok((id, number - 1)),
            _ => {
                let title = format!("expected a unit of {name} from 1 to {units}, found {}", quoted(number));
                let fault = Fault::new("unit", text.place_of(number), title);
                Err(if number.trim() == "0" { fault.label("units count from 1") } else { fault })
            }
        }
    }

    /// The local unit that `text` names.
    pub fn local_unit(&self, text: &At<String>) -> Fallible<LocalUnit> {
        match self.unit(text, text.value.trim())? {
            (System::Local(system), unit) => Ok(LocalUnit { system, unit }),
            (System::Remote(_), _) => {
                let title = format!("expected a unit of a local system, found {}", quoted(&text.value));
                Err(Fault::new("unit", text.span, title)
                    .label("this system is at the remote site")
                    .note(format!("local systems: {}", self.local_names())))
            }
        }
    }

    /// The system called `name`, a piece of `text`.
    pub fn system(&self, text: &At<String>, name: &str) -> Fallible<System> {
        self.find(name).ok_or_else(|| {
            let title = format!("expected the name of a disk system, found {}", quoted(name));
            let locals = self.locals.iter().map(|system| system.name.as_str());
            let all = locals.chain(self.remotes.iter().map(|system| system.name.as_str()));
            Fault::new("unknown-name", text.place_of(name), title)
                .label("there is no such system")
                .did_you_mean(nearest(name, all).map(quoted))
                .note(format!("local systems: {}", self.local_names()))
                .note(format!(
                    "remote systems: {}",
                    listed(self.remotes.iter().map(|system| system.name.as_str()))
                ))
        })
    }

    fn find(&self, name: &str) -> Option<System> {
        let local = self.locals.iter().position(|system| system.name == name);
        let remote = || self.remotes.iter().position(|system| system.name == name);
        let local = local.map(|index| System::Local(LocalId::from(index)));
        local.or_else(|| remote().map(|index| System::Remote(RemoteId::from(index))))
    }

    /// Names of the local systems, as a sentence lists them.
    pub fn local_names(&self) -> String {
        listed(self.locals.iter().map(|system| system.name.as_str()))
    }

    /// The name of a unit: `L1:3`.
    pub fn unit_name(&self, unit: LocalUnit) -> String {
        format!("{}:{}", self.locals[unit.system.index()].name, unit.unit + 1)
    }

    /// Bytes of the units of a system, and where the file says so.
    pub fn unit_size(&self, system: LocalId) -> (u64, Option<Span>) {
        (self.locals[system.index()].unit_size, self.unit_sizes[system.index()])
    }

    /// Refuses a cache that could not hold what it must: the run would stand still for ever.
    pub fn check_caches(&self, protocol: &Protocol, largest: &At<u32>) -> Fallible<()> {
        let size = u64::from(largest.value);
        for (system, place) in self.locals.iter().zip(&self.local_caches) {
            if let (Some(cache), Some(place)) = (system.cache, *place)
                && cache < size
            {
                return Err(
                    small_cache(&system.name, cache, place, size).context(largest.span, "the largest write")
                );
            }
        }
        let streams = self.streams(protocol.scheme);
        let places_of = |stream: &Stream| self.places(protocol, stream);
        let reserves = protocol.rules_in_force().admission == Admission::Reserve;
        let limits = protocol.scheme.goes_by_limits(&protocol.rules);
        for (index, (system, place)) in self.remotes.iter().zip(&self.remote_caches).enumerate() {
            let of_remote = || streams.of_remote(RemoteId::from(index)).map(|(_, stream)| stream);
            let whole_sets = of_remote().map(places_of).max().unwrap_or(1);
            let places: u64 =
                if reserves && limits { of_remote().map(places_of).sum::<u64>().max(1) } else { 1 };
            if let (Some(cache), Some(place)) = (system.cache, *place)
                && cache < places.saturating_mul(size)
            {
                let fault = small_cache(&system.name, cache, place, places.saturating_mul(size))
                    .context(largest.span, "the largest write");
                return Err(match places {
                    1 => fault,
                    _ if whole_sets > 1 => fault.note(format!(
                        "a group of several local systems is destaged by whole epochs, and each stream that {} receives \
                         keeps room for one of {whole_sets} writes (protocol.epoch.max_size)",
                        system.name
                    )),
                    _ => fault.note(format!(
                        "each of the {places} streams that {} receives keeps a place of the largest write \
                         (rule `admission`)",
                        system.name
                    )),
                });
            }
        }
        Ok(())
    }

    /// The most writes that a stream keeps a place for in the remote cache.
    fn places(&self, protocol: &Protocol, stream: &Stream) -> u64 {
        let locals = |group: &GroupId| {
            let of_group = self.pairs.iter().filter(|pair| pair.group == *group);
            of_group.map(|pair| pair.local.system).collect::<BTreeSet<_>>().len()
        };
        let is_shared =
            protocol.scheme == Scheme::Epoch && stream.groups.iter().any(|group| locals(group) > 1);
        if is_shared { u64::from(protocol.epoch.max_size) } else { 1 }
    }

    fn streams(&self, scheme: Scheme) -> Layout {
        let place = |(index, pair): (usize, &Pair)| PairPlace {
            pair: PairId::from(index),
            local: pair.local.system,
            remote: pair.remote,
            group: pair.group,
        };
        Layout::new(scheme, &self.pairs.iter().enumerate().map(place).collect::<Vec<_>>())
    }
}

fn small_cache(system: &str, cache: u64, place: Span, needed: u64) -> Box<Fault> {
    let title = format!("expected a cache of at least {} for {system}, found {}", Size(needed), Size(cache));
    Fault::new("small-cache", place, title).label("the run would stand still")
}

fn span_of<T>(value: Option<&At<T>>) -> Option<Span> {
    value.map(|value| value.span)
}

fn in_two_pairs(text: &At<String>, before: Span, what: &str) -> Box<Fault> {
    let end = text.value.split_once("->").map_or(text.value.as_str(), |(local, remote)| match what {
        "local" => local.trim(),
        _ => remote.trim(),
    });
    let title = format!("expected each {what} unit in one pair at most, found {} in two", quoted(end));
    Fault::new("unit-in-two-pairs", text.place_of(end), title).context(before, "its first pair")
}

/// Refuses a name that occurs twice, or that could not be told apart from what stands around it.
pub fn unique<'n>(names: impl Iterator<Item = &'n At<String>>, what: &str) -> Fallible<()> {
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let number = name.value.chars().all(|c| c.is_ascii_digit());
        if name.value.is_empty() || number || !name.value.chars().all(allowed) {
            let title = format!("expected the name of a {what}, found {}", quoted(&name.value));
            return Err(Fault::new("name", name.span, title)
                .note("a name holds letters, digits, `_` and `-`, and is not a number"));
        }
        if let Some(before) = known.insert(&name.value, name.span) {
            let title =
                format!("expected a name of its own for each {what}, found {} twice", quoted(&name.value));
            return Err(
                Fault::new("duplicate-name", name.span, title).context(before, "the first of that name")
            );
        }
    }
    Ok(())
}

fn local_system(raw: &raw::LocalSystem, base: &Path) -> Fallible<LocalSystem> {
    Ok(LocalSystem {
        name: raw.name.value.clone(),
        units: raw.units.value.narrow(),
        cache: raw.cache.as_ref().and_then(|cache| cache.value.0),
        unit_size: raw.unit_size.as_ref().map_or(UNIT_SIZE, |size| size.value.0),
        destage_time: delay_or_zero(raw.destage_time.as_ref(), base)?,
        clock: clock(raw.clock.as_ref()),
    })
}

fn remote_system(raw: &raw::RemoteSystem, base: &Path) -> Fallible<RemoteSystem> {
    Ok(RemoteSystem {
        name: raw.name.value.clone(),
        units: raw.units.value.narrow(),
        cache: raw.cache.as_ref().and_then(|cache| cache.value.0),
        destage_time: delay_or_zero(raw.destage_time.as_ref(), base)?,
    })
}

/// The clock. Default: perfect.
pub fn clock(raw: Option<&At<raw::Clock>>) -> Clock {
    raw.map_or_else(Clock::default, |raw| Clock {
        skew_ns: raw.value.skew.as_ref().map_or(0, |skew| skew.value.0),
        drift_ns_per_s: raw.value.drift.as_ref().map_or(0, |drift| drift.value.0),
        granularity_ns: raw.value.granularity.as_ref().map_or(1, |granularity| granularity.value.0.as_ns()),
        drifts_since: SimTime::ZERO,
    })
}
