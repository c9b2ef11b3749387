//! The digest of a run: BLAKE3 over every record, in an encoding of its own.
//!
//! Two runs with one digest saw the same facts at the same instants.

use super::{Fate, Key, Observer, Record, TapeRecord};
use crate::units::{Direction, JobId, SimTime, TapeBlock, WriteRef};

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

    fn block(&mut self, block: TapeBlock) {
        self.small(block.job.0);
        self.number(block.index);
    }

    fn tape(&mut self, record: &TapeRecord) {
        let mut fact = |kind: u8, of: u32, number: u64, block: Option<TapeBlock>| {
            self.batch.push(kind);
            self.small(of);
            self.number(number);
            self.block(block.unwrap_or(TapeBlock { job: JobId(u32::MAX), index: u64::MAX }));
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
            Record::Tape(ref record) => {
                self.batch.push(15);
                self.tape(record);
            }
        }
        if self.batch.len() >= BATCH {
            self.hasher.update(&self.batch);
            self.batch.clear();
        }
    }
}
