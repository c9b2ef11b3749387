//! Watches a run for what happens to the blocks of a violation on tape: in the initiator's memory, on the line, in the
//! MT queue, on the medium, at the reader.

use super::scene::{Detail, Entry, Kind, Lane, Packets, Scene, Teller};
use crate::checker::{TapeFault, TapePlace, Violation};
use crate::scenario::Scenario;
use crate::trace::{Fate, Observer, PacketClass, Record, TapeRecord};
use crate::units::{Direction, JobId, PathId, SimTime, TapeBlock, TapeUnitId};

/// The life of one block, as far as it was seen.
#[derive(Clone, Debug, Default)]
struct Life {
    issued: Option<SimTime>,
    first_lost: bool,
    sent: Option<SimTime>,
    arrived: Option<SimTime>,
    queued: Option<SimTime>,
    refused: u64,
    written: Option<(SimTime, u64)>,
    completed: Option<SimTime>,
}

/// Collects the story of the blocks that prove a violation.
#[derive(Debug)]
pub struct TapeWitness<'a> {
    scenario: &'a Scenario,
    place: TapePlace,
    /// The block that is due first, then the one that was found.
    blocks: Vec<(TapeBlock, Life)>,
    path: PathId,
    until: SimTime,
    is_done: bool,
    /// Write data that were sent at an instant, whose block is not known yet.
    unclaimed: Option<(SimTime, u64, Fate)>,
    /// A block that was issued at an instant, whose packet is not known yet.
    issued: Option<(SimTime, usize)>,
    /// The first sending of a block: number and block.
    packets: Vec<(u64, usize)>,
    teller: Teller,
}

impl<'a> TapeWitness<'a> {
    /// For the blocks of `violation`.
    pub fn new(scenario: &'a Scenario, violation: &Violation, detail: Detail) -> Self {
        let unknown = TapePlace {
            fault: TapeFault::Unfinished,
            job: JobId(0),
            unit: None,
            position: None,
            found: None,
            due: None,
        };
        let place = violation.tape.unwrap_or(unknown);
        let mut blocks: Vec<TapeBlock> = [place.due, place.found].into_iter().flatten().collect();
        blocks.dedup();
        Self {
            scenario,
            place,
            blocks: blocks.into_iter().map(|block| (block, Life::default())).collect(),
            path: PathId::from(scenario.paths.len() + place.job.index()),
            until: violation.at,
            is_done: false,
            unclaimed: None,
            issued: None,
            packets: Vec::new(),
            teller: Teller::new(detail),
        }
    }

    /// The story, in the order of time, and the proof.
    pub fn into_story(self) -> (Vec<Scene>, Vec<String>) {
        let proof = self.proof();
        (self.teller.into_story(), proof)
    }

    fn proof(&self) -> Vec<String> {
        let mut proof = Vec::new();
        let unit = |unit: TapeUnitId| self.unit(unit);
        match (self.place.fault, self.place.unit, self.place.position) {
            (TapeFault::Medium, Some(at), Some(position)) => proof.push(match self.place.due {
                Some(due) => format!(
                    "Blocks of a job stand on the medium in the order of issue: {due} is due at position {} of {}.",
                    position + 1,
                    unit(at)
                ),
                None => format!(
                    "Each block stands on the medium once, after the one before it: position {} of {}.",
                    position + 1,
                    unit(at)
                ),
            }),
            (TapeFault::Reader, Some(at), Some(position)) => proof.push(format!(
                "The reader is given what the medium holds where it asked: position {} of {}.",
                position + 1,
                unit(at)
            )),
            _ => {}
        }
        proof.extend(self.blocks.iter().map(|(block, life)| self.way_of(*block, life)));
        proof
    }

    fn way_of(&self, block: TapeBlock, life: &Life) -> String {
        let mut told = Vec::new();
        told.extend(life.issued.map(|at| format!("issued {at}")));
        told.extend(
            life.sent.map(|at| format!("sent {at}{}", if life.first_lost { " and lost" } else { "" })),
        );
        told.extend(life.arrived.map(|at| format!("arrived {at}")));
        if life.refused > 0 {
            told.push(format!("refused {} times because the queue was full", life.refused));
        }
        told.extend(life.queued.map(|at| format!("in the MT queue {at}")));
        told.extend(
            life.written.map(|(at, position)| format!("on the medium at position {} {at}", position + 1)),
        );
        told.extend(life.completed.map(|at| format!("completed {at}")));
        if life.written.is_none() && life.issued.is_some() {
            told.push(format!("not on the medium at {}", self.until));
        }
        if told.is_empty() {
            told.push("on the tape before the run, or not issued".into());
        }
        format!("{block}: {}.", told.join(", "))
    }

    fn unit(&self, unit: TapeUnitId) -> String {
        self.scenario.tape.unit_names().into_iter().nth(unit.index()).unwrap_or_default()
    }

    fn job(&self) -> &str {
        self.scenario.tape.jobs.get(self.place.job.index()).map_or("the initiator", |job| &job.name)
    }

    fn find(&self, block: TapeBlock) -> Option<usize> {
        self.blocks.iter().position(|&(known, _)| known == block)
    }

    fn of(&self, block: Option<TapeBlock>) -> Option<usize> {
        block.and_then(|block| self.find(block))
    }

    fn on_tape(&mut self, now: SimTime, record: &TapeRecord) {
        let job = self.job().to_owned();
        match *record {
            TapeRecord::Issued { block, .. } => {
                let Some(index) = self.find(block) else { return };
                self.blocks[index].1.issued = Some(now);
                self.teller.once(now, Lane::Host, format!("{job} issues {block} (step 1801)"));
                self.issued = Some((now, index));
                self.claim(now);
            }
            TapeRecord::Cached { unit, block } => {
                let Some(index) = self.find(block) else { return };
                self.blocks[index].1.queued = Some(now);
                let what = format!("{block} stands in the MT queue of {} (step 2000)", self.unit(unit));
                self.teller.once(now, Lane::Remote, what);
            }
            TapeRecord::Refused { unit, block } => {
                let Some(index) = self.find(block) else { return };
                self.blocks[index].1.refused += 1;
                let about = format!("{block}\t{}", self.unit(unit));
                let kind = Kind { name: "refused", of: index as u64, phase: 0 };
                self.teller.again(now, Lane::Remote, kind, (tell_refused, &about), Packets::default());
            }
            TapeRecord::Written { unit, position, block } => {
                let due = self.place.position == Some(position) && self.place.unit == Some(unit);
                let index = self.find(block);
                if let Some(index) = index {
                    self.blocks[index].1.written.get_or_insert((now, position));
                }
                if index.is_some() || due {
                    let unit = self.unit(unit);
                    let what = format!("{block} stands on the medium of {unit}, position {}", position + 1);
                    self.teller.once(now, Lane::Remote, what);
                }
            }
            TapeRecord::Completed { block } => {
                let Some(index) = self.find(block) else { return };
                self.blocks[index].1.completed = Some(now);
                self.teller.once(now, Lane::Host, format!("{job} has the completion of {block} (step 1805)"));
            }
            _ => self.on_read(now, record, &job),
        }
    }

    fn on_read(&mut self, now: SimTime, record: &TapeRecord, job: &str) {
        let is_reader = self.place.fault == TapeFault::Reader;
        let asked = |position: u64| is_reader && self.place.position == Some(position);
        match *record {
            TapeRecord::Asked { position, .. } if asked(position) => {
                self.teller.once(
                    now,
                    Lane::Host,
                    format!("{job} asks for position {} (step 1701)", position + 1),
                );
            }
            TapeRecord::GroupRead { unit, first, blocks }
                if is_reader && self.place.position.is_some_and(|at| at >= first && at < first + blocks) =>
            {
                let what = format!(
                    "positions {} to {} are read from the medium into the MT queue of {}",
                    first + 1,
                    first + blocks,
                    self.unit(unit)
                );
                self.teller.once(now, Lane::Remote, what);
            }
            TapeRecord::Left { position, .. } if asked(position) => {
                let what = format!("the block of position {} leaves the MT queue (step 1907)", position + 1);
                self.teller.once(now, Lane::Remote, what);
            }
            TapeRecord::Stored { job: of, block } if of == self.place.job && self.of(block).is_some() => {
                let name = name_of(block);
                self.teller.once(now, Lane::Local, format!("{name} is stored in memory (step 1705)"));
            }
            TapeRecord::Delivered { job: of, block } if of == self.place.job && self.of(block).is_some() => {
                self.teller.once(now, Lane::Host, format!("the reader is given {}", name_of(block)));
            }
            TapeRecord::VolumeLost { job: of } if of == self.place.job => {
                self.teller.once(now, Lane::Local, format!("the volume of {job} is lost"));
            }
            TapeRecord::Compared { job: of, blocks, differing } if of == self.place.job => {
                let what = format!("{differing} of {blocks} blocks differ from the volume that was lost");
                self.teller.once(now, Lane::Host, what);
            }
            _ => {}
        }
    }

    /// Brings together a block that was issued and the packet that was sent in the same instant.
    fn claim(&mut self, now: SimTime) {
        let (Some((issued, index)), Some((sent, number, fate))) = (self.issued, self.unclaimed) else {
            return;
        };
        if issued != now || sent != now {
            return;
        }
        (self.issued, self.unclaimed) = (None, None);
        let block = self.blocks[index].0;
        let packets = Packets::of(fate);
        self.blocks[index].1.sent = Some(now);
        self.blocks[index].1.first_lost = packets.lost > 0;
        self.packets.push((number, index));
        self.teller.once(now, Lane::Wan, format!("{block} is sent{}", packets.fate()));
    }

    fn on_packet(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::PacketSent { path, direction, number, class, fate, .. } if path == self.path => {
                if direction == Direction::Forward && class == PacketClass::WriteData {
                    self.unclaimed = Some((now, number, fate));
                    self.claim(now);
                }
                // Where nothing but the job itself is left undone, losses are the story.
                let packets = Packets::of(fate);
                if self.place.fault == TapeFault::Unfinished && packets.lost > 0 {
                    let (name, what) = match (direction, class) {
                        (Direction::Forward, PacketClass::WriteData) => ("lost 1", "requests with data"),
                        (Direction::Forward, PacketClass::Resend) => ("lost 2", "resent requests"),
                        (Direction::Forward, _) => ("lost 3", "requests without data"),
                        (Direction::Reverse, PacketClass::ReadData) => ("lost 4", "replies with read data"),
                        (Direction::Reverse, _) => ("lost 5", "completions and other answers"),
                    };
                    let kind = Kind { name, of: 0, phase: 0 };
                    self.teller.again(now, Lane::Wan, kind, (tell_lost, what), packets);
                }
            }
            Record::PacketArrived { path, direction: Direction::Forward, number, .. }
                if path == self.path =>
            {
                let known = self.packets.iter().find(|&&(known, _)| known == number);
                let Some(&(_, index)) = known else { return };
                self.blocks[index].1.arrived.get_or_insert(now);
                let what = format!("{} arrives", self.blocks[index].0);
                self.teller.once(now, Lane::Wan, what);
            }
            _ => {}
        }
    }
}

fn name_of(block: Option<TapeBlock>) -> String {
    block.map_or_else(|| "the end of the data".to_owned(), |block| block.to_string())
}

fn tell_refused(entry: &Entry, about: &str) -> String {
    let (block, unit) = about.split_once('\t').unwrap_or((about, ""));
    format!("{block} is refused{}: the MT queue of {unit} is full", entry.repeated())
}

fn tell_lost(entry: &Entry, what: &str) -> String {
    match entry.times {
        1 => format!("the network loses one of the {what}"),
        times => format!("the network loses {times} of the {what} until {}", entry.until),
    }
}

impl Observer for TapeWitness<'_> {
    fn observe(&mut self, now: SimTime, record: &Record) {
        if now > self.until {
            self.is_done = true;
            return;
        }
        match record {
            Record::Tape(record) => self.on_tape(now, record),
            Record::PacketSent { .. } | Record::PacketArrived { .. } => self.on_packet(now, record),
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
