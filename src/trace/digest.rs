//! The digest of a run: BLAKE3 over every record, in an encoding of its own.
//!
//! Two runs with one digest saw the same facts at the same instants.

use super::{Fate, Key, Observer, Record};
use crate::units::{Direction, SimTime, WriteRef};

/// Records are hashed in batches of about this many bytes.
const BATCH: usize = 64 * 1024;

/// Hashes the records of a run.
#[derive(Clone, Debug)]
pub struct Digest {
    hasher: blake3::Hasher,
    batch: Vec<u8>,
}

impl Default for Digest {
    fn default() -> Self {
        Self { hasher: blake3::Hasher::new(), batch: Vec::with_capacity(BATCH + 128) }
    }
}

impl Digest {
    /// The digest, in hexadecimal.
    pub fn finish(mut self) -> String {
        self.hasher.update(&self.batch);
        self.hasher.finalize().to_hex().to_string()
    }

    /// Two bytes of the digest of everything so far; hashing goes on.
    pub fn mark(&mut self) -> [u8; 2] {
        self.hasher.update(&self.batch);
        self.batch.clear();
        let [high, low, ..] = *self.hasher.finalize().as_bytes();
        [high, low]
    }

    fn number(&mut self, number: u64) {
        self.batch.extend_from_slice(&number.to_le_bytes());
    }

    fn small(&mut self, number: u32) {
        self.batch.extend_from_slice(&number.to_le_bytes());
    }

    fn write(&mut self, write: WriteRef) {
        self.number(write.serial); // The slot says where it is kept, not what happened.
    }

    fn key(&mut self, key: Key) {
        self.number(key.stamp);
        self.small(key.local.0);
        self.number(key.number);
    }

    fn direction(&mut self, direction: Direction) {
        self.batch.push(u8::from(direction == Direction::Reverse));
    }
}

impl Observer for Digest {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.number(now.as_ns());
        match *record {
            Record::Issued { write, host, local, unit, pair, position, size } => {
                self.batch.push(1);
                self.write(write);
                self.small(host.0);
                self.small(local.0);
                self.small(unit);
                self.small(pair.map_or(u32::MAX, |pair| pair.0));
                self.number(position);
                self.small(size);
            }
            Record::Accepted { write } => {
                self.batch.push(2);
                self.write(write);
            }
            Record::Completed { write } => {
                self.batch.push(3);
                self.write(write);
            }
            Record::LocalDestaged { write } => {
                self.batch.push(4);
                self.write(write);
            }
            Record::RemoteCached { write, remote, key } => {
                self.batch.push(5);
                self.write(write);
                self.small(remote.0);
                self.key(key);
            }
            Record::RemoteCacheLost { write, remote } => {
                self.batch.push(6);
                self.write(write);
                self.small(remote.0);
            }
            Record::RemoteDestaged { write, remote, unit, position } => {
                self.batch.push(7);
                self.write(write);
                self.small(remote.0);
                self.small(unit);
                self.number(position);
            }
            Record::StampReceived { pair, key } => {
                self.batch.push(8);
                self.small(pair.0);
                self.key(key);
            }
            Record::LimitStored { remote, group, limit } => {
                self.batch.push(9);
                self.small(remote.0);
                self.small(group.map_or(u32::MAX, |group| group.0));
                self.batch.push(u8::from(limit.is_some()));
                self.key(limit.unwrap_or_default());
            }
            Record::PacketSent { path, direction, number, class, write, bytes, fate } => {
                self.batch.push(10);
                self.small(path.0);
                self.direction(direction);
                self.number(number);
                self.batch.push(class as u8);
                self.number(write.map_or(u64::MAX, |write| write.serial));
                self.small(bytes);
                self.batch.push(match fate {
                    Fate::Lost => 0,
                    Fate::Copies(copies) => copies,
                });
            }
            Record::PacketArrived { path, direction, number, sent } => {
                self.batch.push(11);
                self.small(path.0);
                self.direction(direction);
                self.number(number);
                self.number(sent.as_ns());
            }
            Record::FaultBegan { fault } => {
                self.batch.push(12);
                self.small(fault);
            }
            Record::FaultEnded { fault } => {
                self.batch.push(13);
                self.small(fault);
            }
            Record::LocalSiteLost => self.batch.push(14),
        }
        if self.batch.len() >= BATCH {
            self.hasher.update(&self.batch);
            self.batch.clear();
        }
    }
}
