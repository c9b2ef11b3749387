//! Fig. 17 and 18: what an initiator issues, when again, and what it does with answers.

use super::*;
use crate::protocol::rules::Form;
use crate::protocol::transport::Transport;
use crate::units::SimDuration;

/// The requests that an initiator sends, by number, and their blocks.
fn requests(out: &[InitiatorOutput]) -> Vec<(u64, u64)> {
    let request = |output: &InitiatorOutput| match output {
        InitiatorOutput::Send { packet: TapePacket::Write { number, data, .. }, .. } => {
            Some((*number, data.index))
        }
        InitiatorOutput::Send { packet: TapePacket::Read { number, .. }, .. } => Some((*number, 0)),
        _ => None,
    };
    out.iter().filter_map(request).collect()
}

struct Issuer {
    rules: Rules,
    initiator: Initiator,
}

impl Issuer {
    fn new(rules: Rules, m: u64, crash_after: Option<u64>) -> Self {
        Self {
            rules,
            initiator: Initiator::new(JOB, m, 512, &Transport::fixed(SimDuration::from_ms(200)), crash_after),
        }
    }

    fn tell_at(&mut self, now: SimTime, input: InitiatorInput) -> Vec<InitiatorOutput> {
        let context = Context { rules: &self.rules, numbering: Numbering::SequenceNumber, now };
        let mut out = vec![];
        self.initiator.handle(&context, input, &mut out);
        out
    }

    fn tell(&mut self, input: InitiatorInput) -> Vec<InitiatorOutput> {
        self.tell_at(SimTime::ZERO, input)
    }

    fn hear(&mut self, packet: TapePacket) -> Vec<InitiatorOutput> {
        self.tell(InitiatorInput::Packet(packet))
    }

    fn writing(mut self, blocks: u64) -> (Self, Vec<InitiatorOutput>) {
        self.tell(InitiatorInput::Write { blocks });
        self.tell(InitiatorInput::Available(blocks));
        let out = self.hear(TapePacket::Opened { session: 1, epoch: 1, first_block: 0 });
        (self, out)
    }
}

#[test]
fn fig_18_up_to_m_requests_are_sent_before_the_first_completion() {
    let (mut issuer, out) = Issuer::new(Rules::REPAIRED, 3, None).writing(5);
    assert_eq!(requests(&out), [(0, 0), (1, 1), (2, 2)]);
    assert_eq!(issuer.initiator.blocks_held(), 5);
    let out = issuer.hear(TapePacket::Written { epoch: 1, number: 0 });
    assert_eq!(requests(&out), [(3, 3)]);
    assert_eq!(issuer.initiator.blocks_held(), 4);
    assert!(out.contains(&InitiatorOutput::Completed(block(0))));
}

/// Answers of another session, or of another epoch, are late copies.
#[test]
fn what_is_said_of_another_session_is_not_heard() {
    let mut issuer = Issuer::new(Rules::REPAIRED, 3, None);
    issuer.tell(InitiatorInput::Write { blocks: 1 });
    issuer.tell(InitiatorInput::Available(1));
    let opened = |session| TapePacket::Opened { session, epoch: 7, first_block: 0 };
    assert_eq!(issuer.hear(opened(2)), []);
    assert_eq!(requests(&issuer.hear(opened(1))), [(0, 0)]);
    assert_eq!(issuer.hear(TapePacket::Written { epoch: 6, number: 0 }), []);
    let close = InitiatorOutput::Send { packet: TapePacket::Close { session: 1 }, again: false };
    assert!(issuer.hear(TapePacket::Written { epoch: 7, number: 0 }).contains(&close));
    assert_eq!(issuer.hear(TapePacket::Closed { session: 0 }), []);
    let done = InitiatorOutput::Done { mode: Mode::Write, first_block: 0 };
    assert_eq!(issuer.hear(TapePacket::Closed { session: 1 }), [done]);

    issuer.tell(InitiatorInput::Read { first_block: 0, blocks: 1 });
    issuer.hear(TapePacket::Opened { session: 2, epoch: 8, first_block: 0 });
    let data = |epoch| TapePacket::Data { epoch, number: 1, data: Some(block(0)) };
    assert_eq!(issuer.hear(data(7)), []);
    assert!(issuer.hear(data(8)).contains(&InitiatorOutput::Deliver(Some(block(0)))));
}

#[test]
fn rule_window_a_hole_holds_the_window_back_or_does_not() {
    for (window, next) in [("outstanding", vec![(2, 2)]), ("span", vec![])] {
        let mut rules = Rules::REPAIRED;
        rules.set("window", window).unwrap();
        let (mut issuer, _) = Issuer::new(rules, 2, None).writing(5);
        let out = issuer.hear(TapePacket::Written { epoch: 1, number: 1 });
        assert_eq!(requests(&out), next, "{window}");
    }
}

#[test]
fn fig_17_read_data_are_put_together_by_their_numbers() {
    for (assembly, delivered) in [("number", [0, 1]), ("arrival", [1, 0])] {
        let mut rules = Rules::REPAIRED;
        rules.set("assembly", assembly).unwrap();
        let mut issuer = Issuer::new(rules, 4, None);
        issuer.tell(InitiatorInput::Read { first_block: 0, blocks: 2 });
        let out = issuer.hear(TapePacket::Opened { session: 1, epoch: 1, first_block: 0 });
        assert_eq!(requests(&out).len(), 2);
        let mut out = issuer.hear(TapePacket::Data { epoch: 1, number: 1, data: Some(block(1)) });
        assert_eq!(issuer.initiator.blocks_held(), u64::from(assembly == "number"), "{assembly}");
        out.extend(issuer.hear(TapePacket::Data { epoch: 1, number: 0, data: Some(block(0)) }));
        let got: Vec<_> = out
            .iter()
            .filter_map(|output| match output {
                InitiatorOutput::Deliver(Some(data)) => Some(data.index),
                _ => None,
            })
            .collect();
        assert_eq!(got, delivered, "{assembly}");
        assert!(matches!(
            out.last(),
            Some(
                InitiatorOutput::ArmResend(_)
                    | InitiatorOutput::Send { packet: TapePacket::Close { .. }, .. }
            )
        ));
    }
}

/// A second copy of read data goes to the reader where its number is not looked at and duplicates are accepted.
#[test]
fn rule_duplicate_read_data_go_to_the_reader_once_or_twice() {
    for (assembly, duplicate, delivered) in
        [("number", "accept", 1), ("number", "drop", 1), ("arrival", "accept", 2), ("arrival", "drop", 1)]
    {
        let mut rules = Rules::REPAIRED;
        rules.set("assembly", assembly).unwrap();
        rules.set("duplicate", duplicate).unwrap();
        let mut issuer = Issuer::new(rules, 4, None);
        issuer.tell(InitiatorInput::Read { first_block: 0, blocks: 3 });
        issuer.hear(TapePacket::Opened { session: 1, epoch: 1, first_block: 0 });
        let data = TapePacket::Data { epoch: 1, number: 0, data: Some(block(0)) };
        let mut out = issuer.hear(data);
        out.extend(issuer.hear(data));
        let delivery = InitiatorOutput::Deliver(Some(block(0)));
        let count = out.iter().filter(|&&output| output == delivery).count();
        assert_eq!((count, issuer.initiator.blocks_held()), (delivered, 0), "{assembly}, {duplicate}");
    }
}

#[test]
fn rule_resend_a_request_is_sent_again_until_it_is_answered() {
    let (mut issuer, _) = Issuer::new(Rules::REPAIRED, 2, None).writing(2);
    issuer.hear(TapePacket::Written { epoch: 1, number: 0 });
    let due = SimTime::ZERO + SimDuration::from_ms(200);
    let out = issuer.tell_at(due, InitiatorInput::ResendDue);
    assert_eq!(requests(&out), [(1, 1)]);
    let (mut issuer, _) = Issuer::new(Rules { resend: Form::LITERAL, ..Rules::REPAIRED }, 2, None).writing(2);
    assert!(issuer.tell_at(due, InitiatorInput::ResendDue).is_empty());
}

#[test]
fn rule_initiators_a_crash_between_1801_and_1802_uses_a_number_twice_or_does_not() {
    let (_, out) = Issuer::new(Rules::REPAIRED, 3, Some(2)).writing(5);
    assert_eq!(requests(&out), [(0, 0), (1, 1), (2, 2)]);
    let literal = Rules { initiators: Form::LITERAL, ..Rules::REPAIRED };
    let (_, out) = Issuer::new(literal, 3, Some(2)).writing(5);
    assert_eq!(requests(&out)[..3], [(0, 0), (1, 1), (1, 2)], "blocks 1 and 2 have one number");
}

/// What an initiator sends, and whether again.
fn sent(out: &[InitiatorOutput]) -> Vec<(TapePacket, bool)> {
    let packet = |output: &InitiatorOutput| match *output {
        InitiatorOutput::Send { packet, again } => Some((packet, again)),
        _ => None,
    };
    out.iter().filter_map(packet).collect()
}

/// Without time (`explore`), whatever has no answer is sent again when the timer runs out, as often as it does, if rule
/// `resend` says so. No timer is armed.
#[test]
fn without_time_all_that_has_no_answer_is_sent_again() {
    for (resend, again) in [(Form::REPAIRED, true), (Form::LITERAL, false)] {
        let initiator = Initiator::new(JOB, 2, 512, &Transport::UNTIMED, None);
        let mut issuer = Issuer { rules: Rules { resend, ..Rules::REPAIRED }, initiator };
        let expect = |issuer: &mut Issuer, waiting: &[TapePacket]| {
            let waiting: Vec<_> = waiting.iter().filter(|_| again).map(|&packet| (packet, true)).collect();
            for _ in 0..2 {
                let out = issuer.tell(InitiatorInput::ResendDue);
                assert_eq!((sent(&out), out.len()), (waiting.clone(), waiting.len()));
            }
        };
        let write = |number| TapePacket::Write { epoch: 1, number, data: block(number) };
        expect(&mut issuer, &[]);
        let open = sent(&issuer.tell(InitiatorInput::Write { blocks: 3 }));
        assert!(matches!(open[..], [(TapePacket::Open { .. }, false)]));
        expect(&mut issuer, &[open[0].0]);
        issuer.tell(InitiatorInput::Available(3));
        let out = issuer.hear(TapePacket::Opened { session: 1, epoch: 1, first_block: 0 });
        assert_eq!(sent(&out), [(write(0), false), (write(1), false)]);
        expect(&mut issuer, &[write(0), write(1)]);
        issuer.hear(TapePacket::Written { epoch: 1, number: 0 });
        expect(&mut issuer, &[write(1), write(2)]);
        issuer.hear(TapePacket::Written { epoch: 1, number: 2 });
        let out = issuer.hear(TapePacket::Written { epoch: 1, number: 1 });
        let close = TapePacket::Close { session: 1 };
        assert_eq!(sent(&out), [(close, false)]);
        expect(&mut issuer, &[close]);
        issuer.hear(TapePacket::Closed { session: 1 });
        expect(&mut issuer, &[]);
    }
}

/// A volume is read from the block that was asked for, whatever number is next; what is not answered is asked for again.
#[test]
fn fig_17_blocks_are_asked_for_from_the_first_on_and_again() {
    let mut issuer = Issuer::new(Rules::REPAIRED, 4, None);
    issuer.tell(InitiatorInput::Read { first_block: 3, blocks: 2 });
    let out = issuer.hear(TapePacket::Opened { session: 1, epoch: 1, first_block: 3 });
    let asked = out.iter().filter_map(|output| match output {
        InitiatorOutput::Asked { block_id } => Some(*block_id),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [3, 4]);
    let read = |number, lowest| TapePacket::Read { epoch: 1, number, lowest };
    assert_eq!(sent(&out), [(read(0, 0), false), (read(1, 0), false)]);
    issuer.hear(TapePacket::Data { epoch: 1, number: 0, data: Some(block(3)) });
    let due = SimTime::ZERO + SimDuration::from_ms(200);
    assert_eq!(sent(&issuer.tell_at(due, InitiatorInput::ResendDue)), [(read(1, 1), true)]);
}
