//! The digest of a run: 128 bits over every record, in an encoding of its own.
//!
//! Two runs with one digest saw the same facts at the same instants. It tells runs apart that differ (another
//! machine, another number of threads, a change of the program); it is not cryptographic, and takes half the time of
//! BLAKE3.
//!
//! Records become words of 64 bits, two of which are taken in at a time by two lanes, each of which multiplies
//! 64 by 64 bits and folds the product (Wang Yi's wyhash; the lanes differ in which word meets the state).

use super::{Fate, Key, Observer, Record, TapeRecord};
use crate::units::{Direction, JobId, SimTime, TapeBlock, WriteRef};

/// Kinds of records above this one are of tape.
const TAPE: u8 = 64;

/// Odd constants without structure: the first 64-bit words of the fractional parts of the square roots of 2, 3, 5
/// and 7 (those of SHA-512).
const ROOTS: [u64; 4] =
    [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1];

/// The 128-bit product of two words, folded into one.
const fn fold(first: u64, second: u64) -> u64 {
    let product = first as u128 * second as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Digests the records of a run.
#[derive(Clone, Debug)]
pub struct Digest {
    lanes: [u64; 2],
    records: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { lanes: [ROOTS[2], ROOTS[3]], records: 0 }
    }
}

/// An optional index as 32 bits.
fn index_or_none(index: Option<u32>) -> u64 {
    u64::from(index.unwrap_or(u32::MAX))
}

impl Digest {
    /// The digest, in hexadecimal.
    pub fn finish(mut self) -> String {
        self.take(self.records, 0);
        self.take(0, self.records);
        let [first, second] = self.lanes;
        format!("{first:016x}{second:016x}")
    }

    /// Two bytes that depend on everything so far; what is a digest in the end does not change.
    pub const fn mark(&self) -> [u8; 2] {
        let [first, second] = self.lanes;
        let [high, low, ..] = fold(first ^ ROOTS[0], second ^ ROOTS[1]).to_be_bytes();
        [high, low]
    }

    /// Takes two words in. One word can cancel the state of one lane, never of both.
    fn take(&mut self, first: u64, second: u64) {
        let [a, b] = self.lanes;
        self.lanes = [fold(first ^ ROOTS[0], second ^ a), fold(first ^ b, second ^ ROOTS[1])];
    }

    /// The head of a record: when, what, and a number of at most 32 bits with a flag of at most 8.
    fn head(&mut self, now: SimTime, kind: u8, number: u64, flag: u8) {
        self.records += 1;
        self.take(now.as_ns(), number << 16 | u64::from(flag) << 8 | u64::from(kind));
    }

    /// A record that names a write only.
    fn about(&mut self, now: SimTime, kind: u8, write: WriteRef) {
        self.head(now, kind, 0, 0);
        self.take(write.serial, 0); // The slot says where it is kept, not what happened.
    }

    fn key(&mut self, key: Key, beside: u64) {
        self.take(key.stamp, key.number);
        self.take(u64::from(key.local.0), beside);
    }

    fn tape(&mut self, now: SimTime, record: &TapeRecord) {
        let mut fact = |kind: u8, of: u32, number: u64, block: Option<TapeBlock>| {
            let block = block.unwrap_or(TapeBlock { job: JobId(u32::MAX), index: u64::MAX });
            self.head(now, TAPE + kind, u64::from(of), 0);
            self.take(number, block.index);
            self.take(u64::from(block.job.0), 0);
        };
        match *record {
            TapeRecord::Preloaded { unit, job, blocks } => {
                fact(1, unit.0, blocks, Some(TapeBlock { job, index: 0 }));
            }
            TapeRecord::Issued { unit, block } => fact(2, unit.0, 0, Some(block)),
            TapeRecord::Cached { unit, block } => fact(3, unit.0, 0, Some(block)),
            TapeRecord::Refused { unit, block } => fact(4, unit.0, 0, Some(block)),
            TapeRecord::Written { unit, position, block } => fact(5, unit.0, position, Some(block)),
            TapeRecord::Completed { block } => fact(6, 0, 0, Some(block)),
            TapeRecord::Asked { job, unit, position } => {
                fact(7, unit.0, position, Some(TapeBlock { job, index: 0 }));
            }
            TapeRecord::GroupRead { unit, first, blocks } => {
                fact(8, unit.0, first, Some(TapeBlock { job: JobId(0), index: blocks }));
            }
            TapeRecord::Left { unit, position } => fact(9, unit.0, position, None),
            TapeRecord::Stored { job, block } => fact(10, job.0, 0, block),
            TapeRecord::Delivered { job, block } => fact(11, job.0, 0, block),
            TapeRecord::BackHitch { unit } => fact(12, unit.0, 0, None),
            TapeRecord::VolumeLost { job } => fact(13, job.0, 0, None),
            TapeRecord::Compared { job, blocks, differing } => {
                fact(14, job.0, blocks, Some(TapeBlock { job, index: differing }));
            }
            TapeRecord::Finished { job } => fact(15, job.0, 0, None),
        }
    }
}

impl Observer for Digest {
    #[inline(always)]
    fn observe(&mut self, now: SimTime, record: &Record) {
        let flag = |direction: Direction| u8::from(direction == Direction::Reverse);
        match *record {
            Record::Issued { write, host, local, unit, pair, position, size } => {
                self.head(now, 1, u64::from(host.0), 0);
                self.take(write.serial, position);
                self.take(
                    u64::from(local.0) << 32 | u64::from(unit),
                    index_or_none(pair.map(|pair| pair.0)) << 32 | u64::from(size),
                );
            }
            Record::Accepted { write } => self.about(now, 2, write),
            Record::Completed { write } => self.about(now, 3, write),
            Record::LocalDestaged { write } => self.about(now, 4, write),
            Record::RemoteCached { write, remote, key } => {
                self.head(now, 5, u64::from(remote.0), 0);
                self.key(key, write.serial);
            }
            Record::RemoteCacheLost { write, remote } => {
                self.head(now, 6, u64::from(remote.0), 0);
                self.take(write.serial, 0);
            }
            Record::RemoteDestaged { write, remote, unit, position } => {
                self.head(now, 7, u64::from(remote.0), 0);
                self.take(write.serial, position);
                self.take(u64::from(unit), 0);
            }
            Record::StampReceived { pair, key } => {
                self.head(now, 8, u64::from(pair.0), 0);
                self.key(key, 0);
            }
            Record::LimitStored { remote, group, limit } => {
                self.head(now, 9, u64::from(remote.0), u8::from(limit.is_some()));
                self.key(limit.unwrap_or_default(), index_or_none(group.map(|group| group.0)));
            }
            Record::PacketSent { path, direction, number, class, write, bytes, fate } => {
                let copies = match fate {
                    Fate::Lost => 0,
                    Fate::Copies(copies) => copies,
                };
                self.head(now, 10, u64::from(path.0), flag(direction));
                self.take(number, write.map_or(u64::MAX, |write| write.serial));
                self.take(u64::from(bytes), u64::from(copies) << 8 | class as u64);
            }
            Record::PacketArrived { path, direction, number, sent } => {
                self.head(now, 11, u64::from(path.0), flag(direction));
                self.take(number, sent.as_ns());
            }
            Record::FaultBegan { fault } => self.head(now, 12, u64::from(fault), 0),
            Record::FaultEnded { fault } => self.head(now, 13, u64::from(fault), 0),
            Record::LocalSiteLost => self.head(now, 14, 0, 0),
            Record::Abandoned { write } => self.about(now, 15, write),
            Record::LocalCacheLost { write } => self.about(now, 16, write),
            Record::Folded { write, into } => {
                self.head(now, 17, 0, 0);
                self.take(write.serial, into.serial);
            }
            Record::PacketRebuilt { path, number } => {
                self.head(now, 18, u64::from(path.0), 0);
                self.take(number, 0);
            }
            Record::Tape(ref record) => self.tape(now, record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::PacketClass;
    use crate::units::{GroupId, HostId, LocalId, PairId, PathId, RemoteId};

    /// Every field of every record, twice: as it is, and changed in nothing but that field.
    #[expect(clippy::too_many_lines, reason = "a list: one entry for each field of each record")]
    fn records() -> Vec<[Record; 2]> {
        let write = WriteRef { serial: 7, slot: 3 };
        let other = WriteRef { serial: 8, slot: 3 };
        let key = Key { stamp: 100, local: LocalId(1), number: 5 };
        let keys = [Key { stamp: 101, ..key }, Key { local: LocalId(2), ..key }, Key { number: 6, ..key }];
        let issued = Record::Issued {
            write,
            host: HostId(1),
            local: LocalId(2),
            unit: 3,
            pair: Some(PairId(4)),
            position: 5,
            size: 6,
        };
        let mut changed = Vec::new();
        macro_rules! vary {
            ($from:expr, $kind:ident { $($field:ident: $value:expr),+ $(,)? }) => {
                $({
                    let mut one = $from;
                    if let Record::$kind { $field, .. } = &mut one {
                        *$field = $value;
                    }
                    changed.push([$from, one]);
                })+
            };
        }
        vary!(
            issued,
            Issued {
                write: other,
                host: HostId(9),
                local: LocalId(9),
                unit: 9,
                pair: None,
                position: 9,
                size: 9
            }
        );
        vary!(Record::Accepted { write }, Accepted { write: other });
        vary!(Record::Completed { write }, Completed { write: other });
        vary!(Record::LocalDestaged { write }, LocalDestaged { write: other });
        let cached = Record::RemoteCached { write, remote: RemoteId(1), key };
        vary!(
            cached,
            RemoteCached { write: other, remote: RemoteId(2), key: keys[0], key: keys[1], key: keys[2] }
        );
        let lost = Record::RemoteCacheLost { write, remote: RemoteId(1) };
        vary!(lost, RemoteCacheLost { write: other, remote: RemoteId(2) });
        let landed = Record::RemoteDestaged { write, remote: RemoteId(1), unit: 2, position: 3 };
        vary!(landed, RemoteDestaged { write: other, remote: RemoteId(2), unit: 9, position: 9 });
        let stamp = Record::StampReceived { pair: PairId(1), key };
        vary!(stamp, StampReceived { pair: PairId(2), key: keys[0], key: keys[1], key: keys[2] });
        let limit = Record::LimitStored { remote: RemoteId(1), group: Some(GroupId(2)), limit: Some(key) };
        vary!(
            limit,
            LimitStored {
                remote: RemoteId(2),
                group: None,
                group: Some(GroupId(3)),
                limit: None,
                limit: Some(Key::default()),
            }
        );
        let sent = Record::PacketSent {
            path: PathId(1),
            direction: Direction::Forward,
            number: 2,
            class: PacketClass::WriteData,
            write: Some(write),
            bytes: 3,
            fate: Fate::Copies(1),
        };
        vary!(
            sent,
            PacketSent {
                path: PathId(2),
                direction: Direction::Reverse,
                number: 9,
                class: PacketClass::Resend,
                write: None,
                write: Some(other),
                bytes: 9,
                fate: Fate::Lost,
                fate: Fate::Copies(2),
            }
        );
        let arrived = Record::PacketArrived {
            path: PathId(1),
            direction: Direction::Forward,
            number: 2,
            sent: SimTime::ZERO,
        };
        vary!(
            arrived,
            PacketArrived {
                path: PathId(2),
                direction: Direction::Reverse,
                number: 9,
                sent: SimTime::from_ns(1),
            }
        );
        vary!(Record::FaultBegan { fault: 0 }, FaultBegan { fault: 1 });
        vary!(Record::FaultEnded { fault: 0 }, FaultEnded { fault: 1 });
        changed.push([Record::LocalSiteLost, Record::FaultBegan { fault: 0 }]);
        // Later ones come last: what stood here before has the digest that it had.
        vary!(
            Record::PacketRebuilt { path: PathId(1), number: 2 },
            PacketRebuilt { path: PathId(2), number: 9 }
        );
        changed
    }

    fn digest(records: impl IntoIterator<Item = (u64, Record)>) -> String {
        let mut digest = Digest::default();
        records.into_iter().for_each(|(ns, record)| digest.observe(SimTime::from_ns(ns), &record));
        digest.finish()
    }

    #[test]
    fn every_field_and_the_instant_count() {
        for [record, changed] in records() {
            assert_ne!(digest([(1, record)]), digest([(1, changed)]), "{record:?}, {changed:?}");
            assert_ne!(digest([(1, record)]), digest([(2, record)]), "{record:?}");
            assert_ne!(digest([(1, record)]), digest([(1, record), (1, record)]), "{record:?}");
            assert_ne!(digest([(1, record), (1, changed)]), digest([(1, changed), (1, record)]));
        }
    }

    /// The place where a write is kept is no fact.
    #[test]
    fn slots_do_not_count() {
        let at = |slot| Record::Accepted { write: WriteRef { serial: 7, slot } };
        assert_eq!(digest([(1, at(3))]), digest([(1, at(4))]));
    }

    /// For good: a change here changes the digest of every run ever published.
    #[test]
    fn golden_digests() {
        assert_eq!(digest([]), "6e66450350a0660dbd800a658fafa7f9");
        let all: Vec<(u64, Record)> =
            records().into_iter().flatten().zip(0..).map(|(record, ns)| (ns, record)).collect();
        let rebuilt = |(_, record): &&(u64, Record)| matches!(record, Record::PacketRebuilt { .. });
        let before = all.len() - all.iter().filter(rebuilt).count();
        assert_eq!(digest(all[..before].iter().copied()), "6e1f201756cf94e917fbe79781b6f657");
        assert_eq!(digest(all), "adcb8127c31c371cb08a6dca6a956930");
    }
}
