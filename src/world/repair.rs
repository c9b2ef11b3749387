//! Forward error correction at the ends of a path (`network-sync`): r packets and c that repair them form a group, and any
//! r of these r + c rebuild it. The gateway of the local site makes the groups, and says when one has left the line; that
//! of the remote site rebuilds what is missing. Which packets a code needs is all that is known of it: no byte is encoded.
//!
//! Groups are of the packets of a path in the order in which they are put on the line (each joins the next of the open
//! groups in turn), of whatever class: a marker that is missing holds up the limit as a write does. Memory is the groups that
//! are open or have a copy on the line.

use crate::collections::Window;
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::units::{PathId, SimTime};

/// A packet's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its group, counted by path.
    pub group: u64,
    /// Its place there: those that carry data come first.
    pub index: u32,
}

/// A packet that carries data.
#[derive(Clone, Copy, Debug)]
struct Member<T> {
    what: T,
    number: u64,
    arrived: bool,
    rebuilt: bool,
}

/// A group.
#[derive(Clone, Debug)]
struct Group<T> {
    members: Vec<Member<T>>,
    /// Of those that repair it: has a copy arrived?
    repairs: Vec<bool>,
    /// Packets of it, of either kind, of which a copy has arrived.
    arrived: u32,
    /// Copies on the line.
    copies: u32,
    /// Bytes of its largest packet.
    widest: u32,
    /// When the last of its packets has left the line.
    left: SimTime,
    is_closed: bool,
    has_left: bool,
}

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            repairs: Vec::new(),
            arrived: 0,
            copies: 0,
            widest: 0,
            left: SimTime::ZERO,
            is_closed: false,
            has_left: false,
        }
    }
}

/// The groups of one path.
#[derive(Clone, Debug)]
struct OfPath<T> {
    /// The groups that packets join in turn; none where it is yet to begin.
    open: Vec<Option<u64>>,
    /// Whose turn it is.
    turn: usize,
    /// Groups so far.
    next: u64,
    groups: Window<Group<T>>,
}

/// The groups of every path, of packets that carry `T`.
#[derive(Clone, Debug)]
pub struct Groups<T> {
    rule: NetworkSync,
    paths: Vec<OfPath<T>>,
}

/// What a group is to be told next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It has begun: it is to be closed when the time of [`NetworkSync::flush`] is over.
    First,
    /// It goes on.
    Next,
    /// It is full: it is to be closed now.
    Last,
}

/// What the arrival of a copy leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival<T> {
    /// The packet had been rebuilt before: it is not handed on.
    pub is_late: bool,
    /// Packets that are rebuilt now, and their numbers.
    pub rebuilt: Vec<(T, u64)>,
    /// What a group held that is over.
    pub freed: Vec<T>,
}

impl<T: Copy> Groups<T> {
    /// Of so many paths; nothing was sent.
    pub fn new(rule: NetworkSync, paths: usize) -> Self {
        let open = vec![None; rule.interleave.max(1) as usize];
        let of_path = || OfPath { open: open.clone(), turn: 0, next: 0, groups: Window::default() };
        Self { rule, paths: (0..paths).map(|_| of_path()).collect() }
    }

    /// The rule.
    pub const fn rule(&self) -> &NetworkSync {
        &self.rule
    }

    /// The place of the next packet with data.
    pub fn next_place(&self, path: PathId) -> Place {
        let OfPath { open, turn, next, groups } = &self.paths[path.index()];
        let group = open[*turn].unwrap_or(*next);
        let members = groups.get(group).map_or(0, |group| group.members.len());
        Place { group, index: members as u32 }
    }

    /// A packet was put on the line, at the place that [`Self::next_place`] said: it has left at `left`.
    pub fn join(
        &mut self,
        path: PathId,
        what: T,
        number: u64,
        (bytes, copies, left): (u32, u8, SimTime),
    ) -> Joined {
        let OfPath { open, turn, next, groups } = &mut self.paths[path.index()];
        let group = *open[*turn].get_or_insert_with(|| {
            groups.put(*next, Group::default());
            *next += 1;
            *next - 1
        });
        *turn = (*turn + 1) % open.len();
        let Some(group) = groups.get_mut(group) else { return Joined::Next };
        group.members.push(Member { what, number, arrived: false, rebuilt: false });
        group.copies += u32::from(copies);
        group.widest = group.widest.max(bytes);
        group.left = group.left.max(left);
        match group.members.len() as u32 {
            members if members >= self.rule.data => Joined::Last,
            1 => Joined::First,
            _ => Joined::Next,
        }
    }

    /// A group is closed, full or not: the packets that repair it, and the bytes of each; nothing if it was closed before.
    pub fn close(&mut self, path: PathId, group: u64) -> Option<(u32, u32)> {
        let of_path = &mut self.paths[path.index()];
        let found = of_path.groups.get_mut(group).filter(|found| !found.is_closed)?;
        found.is_closed = true;
        of_path.open.iter_mut().filter(|open| **open == Some(group)).for_each(|open| *open = None);
        Some((self.rule.repair, found.widest))
    }

    /// The place of the next packet that repairs a group.
    pub fn next_repair(&self, path: PathId, group: u64) -> Place {
        let found = self.paths[path.index()].groups.get(group);
        Place { group, index: found.map_or(0, |found| found.members.len() + found.repairs.len()) as u32 }
    }

    /// That packet was put on the line.
    pub fn repair_sent(&mut self, path: PathId, group: u64, (copies, left): (u8, SimTime)) {
        if let Some(group) = self.paths[path.index()].groups.get_mut(group) {
            group.repairs.push(false);
            group.copies += u32::from(copies);
            group.left = group.left.max(left);
        }
    }

    /// When all packets of a group have left the line.
    pub fn left_at(&self, path: PathId, group: u64) -> SimTime {
        self.paths[path.index()].groups.get(group).map_or(SimTime::ZERO, |group| group.left)
    }

    /// They have: what its packets carry, and what is held no longer.
    pub fn on_left(&mut self, path: PathId, group: u64) -> (Vec<T>, Vec<T>) {
        let Some(found) = self.paths[path.index()].groups.get_mut(group) else { return Default::default() };
        found.has_left = true;
        let carried = found.members.iter().map(|member| member.what).collect();
        (carried, self.free(path, group))
    }

    /// A copy of a packet of a group arrives.
    pub fn on_copy(&mut self, path: PathId, Place { group, index }: Place) -> Arrival<T> {
        let mut arrival = Arrival { is_late: false, rebuilt: Vec::new(), freed: Vec::new() };
        let Some(found) = self.paths[path.index()].groups.get_mut(group) else { return arrival };
        found.copies = found.copies.saturating_sub(1);
        let index = index as usize;
        let members = found.members.len();
        let had_arrived = match found.members.get_mut(index) {
            Some(member) => {
                arrival.is_late = member.rebuilt;
                std::mem::replace(&mut member.arrived, true)
            }
            None => {
                found.repairs.get_mut(index - members).is_none_or(|repair| std::mem::replace(repair, true))
            }
        };
        found.arrived += u32::from(!had_arrived);
        if found.is_closed && found.arrived as usize >= members {
            for member in found.members.iter_mut().filter(|member| !member.arrived && !member.rebuilt) {
                member.rebuilt = true;
                arrival.rebuilt.push((member.what, member.number));
            }
        }
        arrival.freed = self.free(path, group);
        arrival
    }

    /// Forgets a group that is over.
    fn free(&mut self, path: PathId, group: u64) -> Vec<T> {
        let groups = &mut self.paths[path.index()].groups;
        let is_over = |group: &Group<T>| group.is_closed && group.has_left && group.copies == 0;
        if !groups.get(group).is_some_and(is_over) {
            return Vec::new();
        }
        let over = groups.remove(group).map(|group| group.members).unwrap_or_default();
        over.into_iter().map(|member| member.what).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    const PATH: PathId = PathId(0);

    fn at(ns: u64) -> SimTime {
        SimTime::from_ns(ns)
    }

    fn groups(data: u32, repair: u32) -> Groups<char> {
        Groups::new(NetworkSync { data, repair, flush: SimDuration::from_ns(10), interleave: 1 }, 1)
    }

    /// Sends these packets, of one copy each, and closes the group if it is not full.
    fn send(groups: &mut Groups<char>, packets: &str) -> (Vec<Place>, Vec<Place>) {
        let mut places = Vec::new();
        for (number, what) in packets.chars().enumerate() {
            places.push(groups.next_place(PATH));
            let joined = groups.join(PATH, what, number as u64, (100 + number as u32, 1, at(5)));
            assert_eq!(joined == Joined::Last, places.len() as u32 == groups.rule().data);
        }
        let group = places[0].group;
        let (count, bytes) = groups.close(PATH, group).unwrap();
        assert_eq!(bytes, 99 + packets.len() as u32, "as long as the longest");
        let mut repairs = Vec::new();
        for _ in 0..count {
            repairs.push(groups.next_repair(PATH, group));
            groups.repair_sent(PATH, group, (1, at(7)));
        }
        assert_eq!(groups.close(PATH, group), None, "it is closed once");
        assert_eq!(groups.left_at(PATH, group), at(7));
        (places, repairs)
    }

    /// Which of the three data and two repair packets arrive does not matter, nor their order: any three rebuild all.
    #[test]
    fn any_r_of_r_and_c_rebuild_the_rest() {
        for arrives in 0_u32..32 {
            for backwards in [false, true] {
                let mut groups = groups(3, 2);
                let (data, repairs) = send(&mut groups, "abc");
                let all: Vec<Place> = data.iter().chain(&repairs).copied().collect();
                let mut arriving: Vec<usize> = (0..5).filter(|bit| arrives >> bit & 1 == 1).collect();
                if backwards {
                    arriving.reverse();
                }
                let mut there: Vec<char> = Vec::new();
                for index in arriving {
                    let arrival = groups.on_copy(PATH, all[index]);
                    if index < 3 && !arrival.is_late {
                        there.push(['a', 'b', 'c'][index]);
                    }
                    there.extend(arrival.rebuilt.iter().map(|&(what, _)| what));
                }
                there.sort_unstable();
                let came: Vec<char> = ['a', 'b', 'c']
                    .into_iter()
                    .zip(0..)
                    .filter(|(_, bit)| arrives >> bit & 1 == 1)
                    .map(|(what, _)| what)
                    .collect();
                let expected = if arrives.count_ones() >= 3 { vec!['a', 'b', 'c'] } else { came };
                assert_eq!(there, expected, "{arrives:05b}");
            }
        }
    }

    /// A line that loses `c` times `interleave` packets in a row loses at most c of each group: all are rebuilt, wherever the
    /// burst begins. One more is too many for one of them.
    #[test]
    fn a_burst_is_spread_over_the_groups_that_are_open() {
        for (data, repair, interleave) in [(2, 1, 4), (3, 2, 3), (8, 3, 5), (4, 1, 1)] {
            let rule = NetworkSync { data, repair, flush: SimDuration::from_ns(10), interleave };
            let (round, most) = ((data * interleave) as usize, (repair * interleave) as usize);
            for (burst, is_too_long) in [(most, false), (most + 1, true)] {
                for first in 0..=round.saturating_sub(burst) {
                    let mut groups = Groups::new(rule, 1);
                    let mut line = Vec::new();
                    for number in 0..round as u64 {
                        let place = groups.next_place(PATH);
                        line.push(place);
                        if groups.join(PATH, number, number, (100, 1, at(5))) == Joined::Last {
                            groups.close(PATH, place.group).unwrap();
                        }
                    }
                    let of_group = |group: u64| (0..repair).map(move |_| group);
                    for group in (0..u64::from(interleave)).flat_map(of_group) {
                        line.push(groups.next_repair(PATH, group));
                        groups.repair_sent(PATH, group, (1, at(7)));
                    }
                    let is_lost = |index: usize| (first..first + burst).contains(&index);
                    let arrives = line.iter().enumerate().filter(|&(index, _)| !is_lost(index));
                    let rebuilt: usize =
                        arrives.map(|(_, &place)| groups.on_copy(PATH, place).rebuilt.len()).sum();
                    let lost = burst.min(round - first);
                    let what = format!("({data}, {repair}) in {interleave}: {burst} from {first}");
                    if is_too_long && lost == burst {
                        assert!(rebuilt < lost, "{what}");
                    } else {
                        assert_eq!(rebuilt, lost, "{what}");
                    }
                }
            }
        }
    }

    /// A group that was closed early needs as many as it has, and the network's second copy of a packet is no other packet.
    #[test]
    fn a_short_group_needs_as_many_as_it_has_and_a_copy_is_no_packet() {
        let mut groups = groups(8, 1);
        let (data, repairs) = send(&mut groups, "ab");
        assert_eq!(groups.on_copy(PATH, repairs[0]).rebuilt, []);
        assert_eq!(groups.on_copy(PATH, repairs[0]).rebuilt, [], "the same packet again");
        assert_eq!(groups.on_copy(PATH, data[1]).rebuilt, [('a', 0)]);
        assert!(groups.on_copy(PATH, data[0]).is_late);
        assert_eq!(groups.next_place(PATH), Place { group: 1, index: 0 });
    }

    /// What is kept is what is open or on the line.
    #[test]
    fn a_group_is_forgotten_when_it_has_left_and_nothing_of_it_is_under_way() {
        let mut groups = groups(2, 1);
        let (data, repairs) = send(&mut groups, "ab");
        assert_eq!(groups.on_left(PATH, 0), (vec!['a', 'b'], vec![]));
        groups.on_copy(PATH, data[0]);
        groups.on_copy(PATH, data[1]);
        assert_eq!(groups.on_copy(PATH, repairs[0]).freed, ['a', 'b']);
        assert!(groups.paths[0].groups.is_empty());
    }
}
