//! The published claims 29 to 32 and paragraphs 73 to 80, one test each, on the MT control unit as the text has it.
//!
//! Claim n of the published patent is claim n + 1 of the English text. Paragraphs are counted back from that on
//! Fig. 21, which is 80: 73 describes the queue, 74 to 76 the read request receive process (Fig. 19), 77 to 79 the
//! write request receive process (Fig. 20). Rules are literal unless a test says otherwise.

use rcsim::protocol::Rules;
use rcsim::protocol::tape::{
    Context, Mode, MtControlUnit, MtInput, MtOutput, MtSettings, Numbering, TapePacket,
};
use rcsim::scenario;
use rcsim::units::{JobId, SimTime, TapeBlock};

const JOB: JobId = JobId(0);

fn block(index: u64) -> TapeBlock {
    TapeBlock { job: JOB, index }
}

/// One MT control unit; its drive does what the test says. Numbers and block ids count from 0.
struct Unit {
    rules: Rules,
    numbering: Numbering,
    control: MtControlUnit,
}

impl Unit {
    fn open(rules: Rules, numbering: Numbering, mode: Mode) -> Self {
        let on_medium = if mode == Mode::Read { 8 } else { 0 };
        let control = MtControlUnit::new(MtSettings { capacity: 32, group: 8 }, on_medium);
        let mut unit = Self { rules, numbering, control };
        let open = TapePacket::Open { session: 1, mode, counter: 0, first_block: 0, window: 8 };
        unit.tell(MtInput::Packet(JOB, open));
        unit.tell(MtInput::Positioned);
        if mode == Mode::Read {
            let group: Vec<_> = (0..8).map(block).collect();
            unit.tell(MtInput::GroupRead(&group));
        }
        unit
    }

    fn tell(&mut self, input: MtInput) -> Vec<MtOutput> {
        let context = Context { rules: &self.rules, numbering: self.numbering, now: SimTime::ZERO };
        let mut out = Vec::new();
        self.control.handle(&context, input, &mut out);
        out
    }

    /// The write of block `number`; the numbers that are completed.
    fn write(&mut self, number: u64) -> Vec<u64> {
        let write = TapePacket::Write { epoch: 1, number, data: block(number) };
        let out = self.tell(MtInput::Packet(JOB, write));
        out.iter()
            .filter_map(|output| match output {
                MtOutput::Send(_, TapePacket::Written { number, .. }) => Some(*number),
                _ => None,
            })
            .collect()
    }

    /// The number and the block that a read request is answered with.
    fn read(&mut self, number: u64) -> Option<(u64, u64)> {
        let read = TapePacket::Read { epoch: 1, number, lowest: 0 };
        self.tell(MtInput::Packet(JOB, read)).iter().find_map(|output| match output {
            MtOutput::Send(_, TapePacket::Data { number, data: Some(data), .. }) => {
                Some((*number, data.index))
            }
            _ => None,
        })
    }

    fn queue(&self) -> Vec<u64> {
        self.control.queue().block_ids()
    }
}

fn literal(mode: Mode) -> Unit {
    Unit::open(Rules::LITERAL, Numbering::SequenceNumber, mode)
}

#[test]
fn claim_29_a_request_is_directed_to_an_end_of_the_queue_or_to_an_entry_as_far_as_the_numbers_differ() {
    let mut unit = literal(Mode::Read);
    assert_eq!(unit.read(3), Some((3, 3)), "3 - 0 entries from the head");
    assert_eq!(unit.queue(), [0, 1, 2, 4, 5, 6, 7]);
    assert_eq!(unit.read(0), Some((0, 0)), "equal to the counter: the head");
    // By entries, not by block ids: the claim's traversal is one off where an entry is gone.
    assert_eq!(unit.read(4), Some((4, 5)));
}

#[test]
fn claim_30_the_requests_are_reads_and_writes_to_a_magnetic_tape_system() {
    let text = include_str!("../../scenarios/figures/fig-16.toml");
    let fig_16 = scenario::parse("fig-16", text, std::path::Path::new(""), &[]).unwrap();
    assert_eq!(fig_16.tape().systems.len(), 1);
    let outcome = crate::tape::run(&fig_16, 1);
    for job in outcome.judgement.tape.unwrap().jobs {
        assert!(job.written_blocks > 0 && job.read_blocks == job.written_blocks);
        assert_eq!(job.differing_blocks, Some(0));
    }
}

#[test]
fn claim_31_a_read_request_is_satisfied_by_a_block_of_the_queue() {
    let mut unit = literal(Mode::Read);
    let before = unit.queue();
    assert_eq!(unit.read(0), Some((0, before[0])));
    assert_eq!(unit.queue(), before[1..]);
}

#[test]
fn claim_32_write_data_are_inserted_as_a_new_entry_before_or_after_the_target_entry() {
    let mut unit = literal(Mode::Write);
    for number in [0, 2, 3, 1] {
        unit.write(number);
    }
    assert_eq!(
        unit.queue(),
        [0, 1, 2, 3],
        "1 differs from the counter, 4, by 3: after the entry 2 before the tail"
    );
}

#[test]
fn paragraph_73_the_queue_is_linked_both_ways_in_the_order_of_block_ids_between_head_and_tail() {
    let unit = literal(Mode::Read);
    let queue = unit.control.queue();
    let (head, tail) = (queue.head().unwrap(), queue.tail().unwrap());
    assert_eq!((queue.get(head).unwrap().block_id, queue.get(tail).unwrap().block_id), (0, 7));
    let mut place = head;
    for block_id in 1..8 {
        place = queue.next(place).unwrap();
        assert_eq!(queue.get(place).unwrap().block_id, block_id, "forward");
        assert_eq!(queue.back_from_tail(7 - block_id), Some(place), "backward");
    }
    assert_eq!(unit.control.next_number(), 0, "the counter corresponds to the block at the head");
}

#[test]
fn paragraph_74_a_number_equal_to_the_counter_gets_the_head_and_the_counter_refers_to_the_next_block() {
    let mut unit = literal(Mode::Read);
    assert_eq!(unit.read(0), Some((0, 0)), "with the received number");
    assert_eq!(unit.control.next_number(), 1);
}

#[test]
fn paragraph_75_a_number_unequal_to_the_counter_gets_block_b_plus_d() {
    let mut unit = literal(Mode::Read);
    unit.rules.set("insert", "block-id").unwrap(); // "Searches the queue entry whose block id is B+D".
    unit.read(0);
    assert_eq!(unit.read(4), Some((4, 4)), "B = 1, D = 4 - 1");
    assert_eq!(unit.read(5), Some((5, 5)), "B = 1, D = 5 - 1");
    assert_eq!(unit.control.next_number(), 1, "the counter stays");
}

#[test]
fn paragraph_76_the_entry_is_deleted_and_requests_out_of_sequence_are_served_without_mistake() {
    let mut unit = literal(Mode::Read);
    unit.rules.set("insert", "block-id").unwrap();
    for number in [2, 0, 3, 1, 5, 4, 7, 6] {
        assert_eq!(unit.read(number), Some((number, number)));
    }
    assert!(unit.queue().is_empty());
}

#[test]
fn paragraph_77_the_counter_is_greater_by_one_than_the_number_at_the_tail() {
    let mut unit = literal(Mode::Write);
    for number in [0, 1, 4, 3, 6] {
        unit.write(number);
        let queue = unit.control.queue();
        let tail = queue.get(queue.tail().unwrap()).unwrap();
        assert_eq!(unit.control.next_number(), tail.data.index + 1);
    }
}

#[test]
fn paragraph_78_a_number_equal_or_more_goes_to_the_tail_and_the_counter_on_by_d2_plus_1() {
    let mut unit = literal(Mode::Write);
    unit.write(0);
    assert_eq!((unit.queue(), unit.control.next_number()), (vec![0], 1), "D2 = 0");
    unit.write(4);
    assert_eq!((unit.queue(), unit.control.next_number()), (vec![0, 4], 5), "D2 = 3");
}

#[test]
fn paragraph_79_a_number_less_is_inserted_at_its_place_and_every_request_is_completed_with_its_number() {
    for rules in [Rules::LITERAL, Rules::REPAIRED] {
        let mut unit = Unit::open(rules, Numbering::SequenceNumber, Mode::Write);
        for number in [0, 1, 4, 3, 2] {
            assert_eq!(unit.write(number), [number]);
        }
        assert_eq!((unit.queue(), unit.control.next_number()), (vec![0, 1, 2, 3, 4], 5));
    }
}

#[test]
fn paragraph_80_block_ids_in_place_of_sequence_numbers_do_the_same() {
    for rules in [Rules::LITERAL, Rules::REPAIRED] {
        let mut unit = Unit::open(rules, Numbering::BlockId, Mode::Write);
        for number in [0, 1, 4, 3, 2] {
            assert_eq!(unit.write(number), [number]);
        }
        assert_eq!(unit.queue(), [0, 1, 2, 3, 4]);
        let mut unit = Unit::open(rules, Numbering::BlockId, Mode::Read);
        unit.rules.set("insert", "block-id").unwrap();
        for number in [2, 0, 3, 1] {
            assert_eq!(unit.read(number), Some((number, number)));
        }
    }
}
