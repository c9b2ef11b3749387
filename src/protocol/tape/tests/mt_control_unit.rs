//! Fig. 19 and 20: what the MT control unit answers, what stands in its queue, and who may use it.

use super::*;
use crate::protocol::rules::{Initiators, Insert, Medium, NextCounter, Retain};

/// One MT control unit whose drive does what it is told when the test says so.
struct Unit {
    rules: Rules,
    numbering: Numbering,
    control: MtControlUnit,
    out: Vec<MtOutput>,
}

impl Unit {
    fn new(rules: Rules, numbering: Numbering, settings: MtSettings, on_medium: u64) -> Self {
        Self { rules, numbering, control: MtControlUnit::new(settings, on_medium), out: vec![] }
    }

    fn tell(&mut self, input: MtInput) -> Vec<MtOutput> {
        let context = Context { rules: &self.rules, numbering: self.numbering, now: SimTime::ZERO };
        self.out.clear();
        self.control.handle(&context, input, &mut self.out);
        self.out.clone()
    }

    fn open(&mut self, mode: Mode, window: u64) {
        let open = TapePacket::Open { session: 1, mode, counter: 0, first_block: 0, window };
        self.tell(MtInput::Packet(JOB, open));
        self.tell(MtInput::Positioned);
    }

    fn write(&mut self, number: u64) -> Vec<MtOutput> {
        self.tell(MtInput::Packet(JOB, TapePacket::Write { epoch: 1, number, data: block(number) }))
    }

    /// The block that a read request is answered with.
    fn read(&mut self, number: u64) -> Option<u64> {
        let out = self.tell(MtInput::Packet(JOB, TapePacket::Read { epoch: 1, number, lowest: 0 }));
        out.iter().find_map(|output| match output {
            MtOutput::Send(_, TapePacket::Data { data: Some(data), .. }) => Some(data.index),
            _ => None,
        })
    }

    /// The drive reads the blocks from `first` on.
    fn group(&mut self, first: u64, count: u64) -> Vec<MtOutput> {
        let blocks: Vec<_> = (first..first + count).map(block).collect();
        self.tell(MtInput::GroupRead(&blocks))
    }

    fn queue(&self) -> Vec<u64> {
        self.control.queue().block_ids()
    }
}

fn writing(rules: Rules) -> Unit {
    let settings = MtSettings { capacity: 16, group: 4 };
    let mut unit = Unit::new(rules, Numbering::SequenceNumber, settings, 0);
    unit.open(Mode::Write, 8);
    unit
}

fn reading(rules: Rules) -> Unit {
    let settings = MtSettings { capacity: 16, group: 4 };
    let mut unit = Unit::new(rules, Numbering::SequenceNumber, settings, 8);
    unit.open(Mode::Read, 8);
    unit
}

fn completions(out: &[MtOutput]) -> Vec<u64> {
    let number = |output: &MtOutput| match output {
        MtOutput::Send(_, TapePacket::Written { number, .. }) => Some(*number),
        _ => None,
    };
    out.iter().filter_map(number).collect()
}

#[test]
fn fig_20_a_number_at_or_above_the_counter_goes_to_the_tail_and_the_counter_on_by_d2_plus_1() {
    let mut unit = writing(Rules::LITERAL);
    unit.write(0);
    assert_eq!((unit.queue(), unit.control.next_number()), (vec![0], 1));
    let out = unit.write(3);
    assert_eq!((unit.queue(), unit.control.next_number()), (vec![0, 3], 4), "D2 = 2");
    assert_eq!(completions(&out), [3], "step 2009");
}

#[test]
fn fig_20_a_number_below_the_counter_is_inserted_at_its_place() {
    for rules in [Rules::LITERAL, Rules::REPAIRED] {
        let mut unit = writing(rules);
        for number in [0, 3, 2, 1] {
            unit.write(number);
        }
        assert_eq!(unit.queue(), [0, 1, 2, 3], "where numbers that are missing do not mislead the traversal");
    }
}

#[test]
fn rule_insert_the_traversal_is_misled_by_a_gap() {
    for (insert, queue) in [(Insert::Traverse, [1, 0, 3]), (Insert::BlockId, [0, 1, 3])] {
        let mut unit = writing(Rules { insert, ..Rules::REPAIRED });
        for number in [0, 3, 1] {
            unit.write(number);
        }
        assert_eq!(unit.queue(), queue);
    }
}

#[test]
fn rule_medium_only_the_contiguous_prefix_goes_to_the_medium() {
    for (medium, first) in [(Medium::AsQueued, Some(1)), (Medium::Contiguous, None)] {
        let mut unit = writing(Rules { medium, ..Rules::REPAIRED });
        let written = unit.write(1).iter().find_map(|output| match output {
            MtOutput::Write(data) => Some(data.index),
            _ => None,
        });
        assert_eq!(written, first);
    }
}

#[test]
fn rule_duplicate_a_second_copy_is_completed_and_not_cached() {
    let mut unit = writing(Rules::REPAIRED);
    unit.write(0);
    let again = unit.write(0);
    assert_eq!((unit.queue(), completions(&again)), (vec![0], vec![0]));
    unit.tell(MtInput::Written);
    assert!(unit.queue().is_empty() && completions(&unit.out).is_empty());
    let on_medium = unit.write(0);
    assert_eq!((unit.queue().len(), completions(&on_medium)), (0, vec![0]));

    let mut unit = writing(Rules::LITERAL);
    unit.write(0);
    unit.write(0);
    assert_eq!(unit.queue(), [0, 0]);
}

#[test]
fn rule_window_a_hole_fills_the_queue_only_where_m_counts_what_is_outstanding() {
    // Hole at 0, a queue of 2, m = 2: with 1 completed at once, 1 and 2 fill it, and 0 finds no place.
    let settings = MtSettings { capacity: 2, group: 1 };
    let mut unit = Unit::new(Rules::LITERAL, Numbering::SequenceNumber, settings, 0);
    unit.rules.set("medium", "contiguous").unwrap();
    unit.open(Mode::Write, 2);
    assert_eq!(completions(&unit.write(1)), [1]);
    assert_eq!(completions(&unit.write(2)), [2]);
    assert_eq!(unit.write(0), [MtOutput::Refused(block(0))]);
    // Repaired, 1 is not completed before there is room for what its completion allows.
    let mut unit = Unit::new(Rules::REPAIRED, Numbering::SequenceNumber, settings, 0);
    unit.open(Mode::Write, 2);
    assert!(completions(&unit.write(1)).is_empty());
    assert!(completions(&unit.write(1)).is_empty(), "nor is a second copy");
    assert!(completions(&unit.write(0)).is_empty());
    assert_eq!(completions(&unit.tell(MtInput::Written)), [0]);
    assert_eq!(completions(&unit.tell(MtInput::Written)), [1]);
}

#[test]
fn fig_19_requests_in_sequence_are_served_from_the_head() {
    for rules in [Rules::LITERAL, Rules::REPAIRED] {
        let mut unit = reading(rules);
        unit.group(0, 4);
        assert_eq!((0..4).map(|number| unit.read(number)).collect::<Vec<_>>(), [0, 1, 2, 3].map(Some));
        assert!(unit.queue().is_empty());
    }
}

#[test]
fn fig_19_a_request_out_of_sequence_gets_block_b_plus_d() {
    let mut unit = reading(Rules { insert: Insert::BlockId, ..Rules::LITERAL });
    unit.group(0, 4);
    assert_eq!(unit.read(2), Some(2), "B = 0, D = 2");
    assert_eq!(unit.queue(), [0, 1, 3], "step 1907");
    assert_eq!(unit.read(1), Some(1));
    assert_eq!(unit.read(0), Some(0));
    assert_eq!(unit.control.next_number(), 3, "step 1903 refers to the next read data, block 3");
    assert_eq!(unit.read(3), Some(3));
}

#[test]
fn rule_insert_the_traversal_of_a_queue_with_a_block_gone_reads_a_wrong_one() {
    for (insert, third) in [(Insert::Traverse, Some(3)), (Insert::BlockId, Some(2))] {
        let mut unit = reading(Rules { insert, ..Rules::REPAIRED });
        unit.group(0, 4);
        assert_eq!((unit.read(1), unit.read(2)), (Some(1), third));
    }
}

#[test]
fn rule_next_counter_a_queue_empty_between_two_groups_leaves_the_counter_behind() {
    for (next_counter, numbering, fifth) in [
        (NextCounter::NextEntry, Numbering::SequenceNumber, Some(5)),
        (NextCounter::Mapping, Numbering::SequenceNumber, Some(4)),
        (NextCounter::NextEntry, Numbering::BlockId, Some(4)),
    ] {
        let settings = MtSettings { capacity: 16, group: 4 };
        let mut unit = Unit::new(Rules { next_counter, ..Rules::REPAIRED }, numbering, settings, 8);
        unit.open(Mode::Read, 8);
        unit.group(0, 4);
        (0..4).for_each(|number| assert_eq!(unit.read(number), Some(number)));
        assert!(unit.queue().is_empty());
        unit.group(4, 4);
        assert_eq!(unit.read(4), fifth, "{next_counter}, {numbering}");
    }
}

#[test]
fn rule_retain_a_lost_answer_is_given_again_until_the_initiator_has_it() {
    let mut unit = reading(Rules::REPAIRED);
    unit.group(0, 4);
    assert_eq!(unit.read(0), Some(0));
    assert_eq!(unit.read(0), Some(0), "again");
    unit.tell(MtInput::Packet(JOB, TapePacket::Read { epoch: 1, number: 1, lowest: 1 }));
    assert_eq!(unit.read(0), None, "a late copy: the initiator has asked for more since");

    let mut unit = reading(Rules { retain: Retain::Delete, ..Rules::REPAIRED });
    unit.group(0, 4);
    assert_eq!((unit.read(0), unit.read(0)), (Some(0), None));
}

/// Requests of another epoch are late copies, and so are reads of a unit that is written to, and writes of one that
/// is read.
#[test]
fn what_is_not_of_the_session_is_not_served() {
    let read = |epoch| MtInput::Packet(JOB, TapePacket::Read { epoch, number: 0, lowest: 0 });
    let write = |epoch| MtInput::Packet(JOB, TapePacket::Write { epoch, number: 0, data: block(0) });
    let mut unit = reading(Rules::REPAIRED);
    unit.group(0, 4);
    assert_eq!((unit.tell(read(0)), unit.tell(write(1))), (vec![], vec![]));
    assert_eq!(unit.read(0), Some(0));
    let mut unit = writing(Rules::REPAIRED);
    unit.write(1);
    assert_eq!((unit.tell(write(0)), unit.tell(read(1)), unit.queue()), (vec![], vec![], vec![1]));
}

/// A session ends when what it wrote is on the medium and the drive is at rest.
#[test]
fn a_unit_is_given_back_when_its_work_is_done() {
    let close = |session| MtInput::Packet(JOB, TapePacket::Close { session });
    let closed = MtOutput::Send(JOB, TapePacket::Closed { session: 1 });
    let mut unit = writing(Rules::REPAIRED);
    unit.write(1);
    assert_eq!(unit.tell(close(1)), [], "block 1 waits for block 0");
    unit.write(0);
    assert_eq!(unit.tell(MtInput::Written), [MtOutput::Write(block(1))]);
    assert_eq!(unit.tell(MtInput::Written), [closed]);
    assert_eq!(unit.tell(close(1)), [closed], "the answer was lost");

    let mut unit = reading(Rules::REPAIRED);
    assert_eq!(unit.tell(close(1)), [], "the drive reads a group");
    assert_eq!(unit.group(0, 4), [closed]);
    let mut unit = reading(Rules::REPAIRED);
    unit.group(0, 8);
    assert_eq!(unit.tell(close(2)), [], "of another session");
    assert_eq!(unit.read(0), Some(0));
    assert_eq!(unit.tell(close(1)).first(), Some(&closed));
    assert!(unit.queue().is_empty(), "what was read ahead is dropped");
}

/// A request for a block that was not yet read from the medium is answered when it is.
#[test]
fn a_request_waits_for_its_block() {
    let mut unit = reading(Rules::REPAIRED);
    unit.group(0, 4);
    assert_eq!(unit.read(5), None);
    let out = unit.group(4, 4);
    let answer = TapePacket::Data { epoch: 1, number: 5, data: Some(block(5)) };
    assert!(out.contains(&MtOutput::Send(JOB, answer)));
}

/// Without numbers a second copy of a request that waits takes a block of its own, if duplicates are accepted.
#[test]
fn rule_duplicate_a_request_that_waits_waits_once_or_twice() {
    for (duplicate, left) in [("drop", vec![1, 2, 3]), ("accept", vec![2, 3])] {
        let mut rules = Rules::REPAIRED;
        rules.set("duplicate", duplicate).unwrap();
        let settings = MtSettings { capacity: 16, group: 4 };
        let mut unit = Unit::new(rules, Numbering::None, settings, 8);
        unit.open(Mode::Read, 8);
        assert_eq!((unit.read(0), unit.read(0)), (None, None));
        unit.group(0, 4);
        assert_eq!(unit.queue(), left, "{duplicate}");
    }
}

/// Without numbers a late copy of an answered request would take another block.
#[test]
fn a_late_copy_of_an_answered_request_takes_no_block() {
    let settings = MtSettings { capacity: 16, group: 4 };
    let mut unit = Unit::new(Rules::REPAIRED, Numbering::None, settings, 8);
    unit.open(Mode::Read, 8);
    unit.group(0, 4);
    assert_eq!(unit.read(0), Some(0));
    unit.tell(MtInput::Packet(JOB, TapePacket::Read { epoch: 1, number: 1, lowest: 1 }));
    assert_eq!(unit.read(0), None);
    assert_eq!(unit.queue(), [2, 3]);
}

#[test]
fn a_read_past_the_end_of_the_data_is_answered_so() {
    let mut unit = reading(Rules::REPAIRED);
    unit.group(0, 4);
    unit.group(4, 4);
    let read = TapePacket::Read { epoch: 1, number: 8, lowest: 0 };
    let out = unit.tell(MtInput::Packet(JOB, read));
    assert_eq!(out[0], MtOutput::Send(JOB, TapePacket::Data { epoch: 1, number: 8, data: None }));
}

#[test]
fn reading_ahead_stops_where_the_queue_and_what_is_retained_fill_the_cache() {
    let settings = MtSettings { capacity: 6, group: 4 };
    let mut unit = Unit::new(Rules::REPAIRED, Numbering::SequenceNumber, settings, 100);
    unit.open(Mode::Read, 4);
    assert_eq!(unit.out.last(), Some(&MtOutput::ReadGroup { first: 0, count: 4 }));
    let out = unit.group(0, 4);
    assert_eq!(out.last(), Some(&MtOutput::ReadGroup { first: 4, count: 2 }));
    assert_eq!(unit.group(4, 2), [MtOutput::Queued { first: 4, blocks: 2 }]);
    unit.read(0);
    assert!(!unit.out.iter().any(|output| matches!(output, MtOutput::ReadGroup { .. })), "0 is retained");
    let out = unit.tell(MtInput::Packet(JOB, TapePacket::Read { epoch: 1, number: 1, lowest: 1 }));
    assert_eq!(out.last(), Some(&MtOutput::ReadGroup { first: 6, count: 1 }));
}

#[test]
fn rule_initiators_a_second_one_waits_for_the_unit() {
    let other = TapePacket::Open { session: 1, mode: Mode::Write, counter: 0, first_block: 0, window: 8 };
    let mut unit = writing(Rules::REPAIRED);
    assert!(unit.tell(MtInput::Packet(JobId(1), other)).is_empty());
    let out = unit.tell(MtInput::Packet(JOB, TapePacket::Close { session: 1 }));
    assert_eq!(out, [MtOutput::Send(JOB, TapePacket::Closed { session: 1 })]);
    assert_eq!(unit.tell(MtInput::Packet(JobId(1), other)), [MtOutput::Position(0)]);
    let out = unit.tell(MtInput::Positioned);
    let opened = TapePacket::Opened { session: 1, epoch: 2, first_block: 0 };
    assert_eq!(out, [MtOutput::Send(JobId(1), opened)]);
    assert!(unit.write(0).is_empty(), "of epoch 1: a late copy");

    let mut unit = writing(Rules { initiators: Initiators::Independent, ..Rules::REPAIRED });
    let opened = TapePacket::Opened { session: 1, epoch: 1, first_block: 0 };
    assert_eq!(unit.tell(MtInput::Packet(JobId(1), other)), [MtOutput::Send(JobId(1), opened)]);
}

/// Who asks again while the tape is moved is answered when it is in position, and from then on at once.
#[test]
fn a_session_is_confirmed_when_the_tape_is_in_position() {
    let (mode, other) = (Mode::Write, JobId(1));
    let open = TapePacket::Open { session: 1, mode, counter: 0, first_block: 0, window: 8 };
    let open = |job| MtInput::Packet(job, open);
    let opened = |job| MtOutput::Send(job, TapePacket::Opened { session: 1, epoch: 1, first_block: 0 });
    let rules = Rules { initiators: Initiators::Independent, ..Rules::REPAIRED };
    let settings = MtSettings { capacity: 16, group: 4 };
    let mut unit = Unit::new(rules, Numbering::SequenceNumber, settings, 0);
    assert_eq!(unit.tell(open(JOB)), [MtOutput::Position(0)]);
    for job in [JOB, other, JOB, other] {
        assert_eq!(unit.tell(open(job)), []);
    }
    assert_eq!(unit.tell(MtInput::Positioned), [JOB, other].map(opened));
    for job in [JOB, other] {
        assert_eq!(unit.tell(open(job)), [opened(job)], "the answer was lost");
    }
}

/// Where places are named, a state does not tell which block came first.
#[test]
fn a_queue_with_named_places_is_known_by_what_it_holds() {
    let after = |is_named: bool, order: [u64; 3]| {
        let mut unit = writing(Rules::REPAIRED);
        if is_named {
            unit.control = unit.control.with_named_places();
        }
        for number in order {
            unit.write(number);
        }
        unit.control
    };
    let (sorted, mixed) = ([0, 1, 2], [2, 0, 1]);
    assert_eq!(after(true, sorted), after(true, mixed));
    assert_ne!(after(false, sorted), after(false, mixed));
}

/// A late copy of what opened a session that is over opens nothing; the next session does.
#[test]
fn a_session_that_is_over_is_not_opened_again() {
    let open = |session| {
        let open = TapePacket::Open { session, mode: Mode::Write, counter: 0, first_block: 0, window: 8 };
        MtInput::Packet(JOB, open)
    };
    let mut unit = writing(Rules::REPAIRED);
    let out = unit.tell(MtInput::Packet(JOB, TapePacket::Close { session: 1 }));
    assert_eq!(out, [MtOutput::Send(JOB, TapePacket::Closed { session: 1 })]);
    assert_eq!(unit.tell(open(1)), []);
    assert_eq!(unit.tell(open(2)), [MtOutput::Position(0)]);
}

/// Without numbers a block gets the next block id, whichever comes.
#[test]
fn without_numbers_blocks_stand_in_the_order_of_arrival() {
    let settings = MtSettings { capacity: 16, group: 4 };
    let mut unit = Unit::new(Rules::REPAIRED, Numbering::None, settings, 3);
    unit.open(Mode::Write, 8);
    for number in [2, 0, 1] {
        unit.write(number);
    }
    assert_eq!(unit.queue(), [3, 4, 5]);
    let written = [(); 3].map(|()| unit.tell(MtInput::Written));
    assert_eq!(written[..2], [vec![MtOutput::Write(block(0))], vec![MtOutput::Write(block(1))]]);
    assert!(unit.queue().is_empty() && written[2].is_empty());
}
