//! The facts of a story: what repeats is folded into one of them, unless all are wanted.

use std::collections::BTreeMap;

use crate::trace::Fate;
use crate::units::SimTime;

/// Where a fact happened, from the host to the remote site: the columns of a space-time picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// At the host, or the initiator of a tape job.
    Host,
    /// At the local disk system; of tape, in the initiator's memory.
    Local,
    /// On the communication path.
    Wan,
    /// At the remote site, or the MT system.
    Remote,
}

impl Lane {
    /// Every lane, from left to right.
    pub const ALL: [Self; 4] = [Self::Host, Self::Local, Self::Wan, Self::Remote];

    /// Its name in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Local => "local",
            Self::Wan => "WAN",
            Self::Remote => "remote",
        }
    }
}

/// How much of a story is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// A screen: repeats are folded, and the middle of a long story is left out.
    #[default]
    Brief,
    /// Every fact.
    Full,
}

/// One fact of the story, or several of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// When; of several, the first.
    pub at: SimTime,
    /// When the last of them happened.
    pub until: SimTime,
    /// How many facts it stands for.
    pub times: u64,
    /// Where.
    pub lane: Lane,
    /// A sentence without its full stop.
    pub what: String,
}

/// What the network did to the packets of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    /// Packets.
    pub sent: u64,
    /// Of these, lost.
    pub lost: u64,
    /// Of these, duplicated.
    pub duplicated: u64,
}

impl Packets {
    /// One packet of that fate.
    pub fn of(fate: Fate) -> Self {
        let lost = matches!(fate, Fate::Lost | Fate::Copies(0));
        Self { sent: 1, lost: u64::from(lost), duplicated: u64::from(matches!(fate, Fate::Copies(2..))) }
    }

    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
    }

    /// What became of them, as the end of a sentence; empty if all arrive once.
    pub fn fate(self) -> String {
        let lost = match (self.lost, self.sent) {
            (0, _) => String::new(),
            (1, 1) => ", and the network loses it".into(),
            (lost, sent) if lost == sent => ", and the network loses all of it".into(),
            (lost, sent) => format!(", and the network loses {lost} of {sent} packets"),
        };
        let duplicated = match (self.duplicated, self.sent) {
            (0, _) => String::new(),
            (1, 1) => ", and the network duplicates it".into(),
            (duplicated, sent) => format!(", and the network duplicates {duplicated} of {sent} packets"),
        };
        lost + &duplicated
    }
}

/// What facts of one kind have in common: two of one key are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// What it is about: a word for the kind, never shown.
    pub name: &'static str,
    /// The write, block or fault.
    pub of: u64,
    /// Facts of another phase are not folded with it.
    pub phase: u64,
}

/// Facts of one kind so far.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The first.
    pub at: SimTime,
    /// The last.
    pub until: SimTime,
    /// How many.
    pub times: u64,
    /// At how many instants: all packets of one sending have the same.
    pub instants: u64,
    /// The packets in it.
    pub packets: Packets,
    lane: Lane,
    tell: Tell,
}

/// How an entry is told.
#[derive(Clone, Debug)]
enum Tell {
    /// As it is.
    Said(String),
    /// By its counts.
    Counted(fn(&Entry, &str) -> String, String),
}

/// A story in the making.
#[derive(Clone, Debug)]
pub struct Teller {
    detail: Detail,
    entries: Vec<Entry>,
    folds: BTreeMap<Kind, usize>,
}

impl Teller {
    /// Nothing told yet.
    pub const fn new(detail: Detail) -> Self {
        Self { detail, entries: Vec::new(), folds: BTreeMap::new() }
    }

    /// Tells a fact that happens once.
    pub fn once(&mut self, at: SimTime, lane: Lane, what: String) {
        self.push(at, lane, Packets::default(), Tell::Said(what));
    }

    /// Tells a fact that may happen again and again; `tell` makes a sentence of all of its kind, about `name`.
    pub fn again(
        &mut self,
        at: SimTime,
        lane: Lane,
        kind: Kind,
        (tell, name): (fn(&Entry, &str) -> String, &str),
        packets: Packets,
    ) {
        let open = self.folds.get(&kind).and_then(|&index| self.entries.get_mut(index));
        match open {
            // Packets of one sending are one fact in any case.
            Some(entry) if self.detail == Detail::Brief || entry.until == at => {
                entry.times += 1;
                entry.instants += u64::from(entry.until != at);
                entry.until = at;
                entry.packets.add(packets);
            }
            _ => {
                self.folds.insert(kind, self.entries.len());
                self.push(at, lane, packets, Tell::Counted(tell, name.to_owned()));
            }
        }
    }

    fn push(&mut self, at: SimTime, lane: Lane, packets: Packets, tell: Tell) {
        self.entries.push(Entry { at, until: at, times: 1, instants: 1, packets, lane, tell });
    }

    /// The story, in the order of time.
    pub fn into_story(self) -> Vec<Scene> {
        let mut story: Vec<Scene> = self.entries.iter().map(Entry::scene).collect();
        story.sort_by_key(|scene| scene.at);
        story
    }
}

impl Entry {
    fn scene(&self) -> Scene {
        let what = match &self.tell {
            Tell::Said(what) => what.clone(),
            Tell::Counted(tell, name) => tell(self, name),
        };
        Scene { at: self.at, until: self.until, times: self.instants, lane: self.lane, what }
    }

    /// How often, and until when: `348 times until 69.8s`; empty if it happened at one instant.
    pub fn repeated(&self) -> String {
        if self.instants == 1 {
            String::new()
        } else {
            format!(" {} times until {}", self.instants, self.until)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind { name: "resent", of: 7, phase: 0 };

    fn at(ns: u64) -> SimTime {
        SimTime::from_ns(ns)
    }

    fn resent(entry: &Entry, name: &str) -> String {
        format!("{name} is resent{}{}", entry.repeated(), entry.packets.fate())
    }

    fn story(detail: Detail, facts: &[(u64, Fate)]) -> Vec<String> {
        let mut teller = Teller::new(detail);
        for &(ns, fate) in facts {
            teller.again(at(ns), Lane::Wan, KIND, (resent, "w7"), Packets::of(fate));
        }
        teller.into_story().into_iter().map(|scene| scene.what).collect()
    }

    #[test]
    fn what_repeats_is_one_line_with_its_count_and_its_losses() {
        let facts = [(10, Fate::Lost), (20, Fate::Copies(1)), (30, Fate::Copies(2))];
        let told = "w7 is resent 3 times until 30ns, and the network loses 1 of 3 packets, and the network \
                    duplicates 1 of 3 packets";
        assert_eq!(story(Detail::Brief, &facts), [told]);
        assert_eq!(
            story(Detail::Full, &facts),
            [
                "w7 is resent, and the network loses it",
                "w7 is resent",
                "w7 is resent, and the network duplicates it"
            ]
        );
    }

    /// The packets of one sending are one fact, however much is told.
    #[test]
    fn fragments_are_one_line() {
        let facts = [(10, Fate::Lost), (10, Fate::Lost), (20, Fate::Copies(1))];
        assert_eq!(
            story(Detail::Full, &facts),
            ["w7 is resent, and the network loses all of it", "w7 is resent"]
        );
    }

    #[test]
    fn a_story_is_in_the_order_of_time() {
        let mut teller = Teller::new(Detail::Brief);
        teller.once(at(20), Lane::Remote, "b".into());
        teller.once(at(10), Lane::Host, "a".into());
        teller.once(at(20), Lane::Remote, "c".into());
        let told: Vec<_> = teller.into_story().into_iter().map(|scene| scene.what).collect();
        assert_eq!(told, ["a", "b", "c"]);
    }
}
