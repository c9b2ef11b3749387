//! Judges tape from facts of the medium and of the reader: `tape-order`, and `complete` for tape.
//!
//! | fact | what must be true |
//! |---|---|
//! | a block stands on the medium | at the next position, after the block that was issued before it, each once |
//! | a reader is given a block | it is what the medium holds where the reader asked, in the order of asking, each once |
//! | a volume was read back | no block differs |
//! | several jobs write to one unit | each job's blocks stand in one piece: a reader asks for positions of the unit |
//! | the end of the run | every completed write is on the medium, every block asked for was given, every job is over |
//!
//! So order is judged per MT unit, not per job: where two initiators write to one unit at once (rule `initiators =
//! "independent"`) and their blocks stand mixed, each job's in its order, the k-th block that follows a job's first is
//! not that job's k-th, and `tape-order` is broken.
//!
//! It knows no numbers and no counters of the protocol. Memory is what the tapes hold, and what is in flight.

use std::collections::{BTreeSet, VecDeque};

use super::verdict::{CheckState, TapeFault, TapePlace};
use crate::trace::{End, TapeRecord};
use crate::units::{JobId, SimTime, TapeBlock, TapeUnitId};
use crate::words::Check;

/// An instant at which a check of tape broke.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TapeViolation {
    /// The check.
    pub check: Check,
    /// When.
    pub at: SimTime,
    /// Where.
    pub place: TapePlace,
    /// One sentence that says what is wrong.
    pub why: String,
}

/// The checker's word on the tapes of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapeVerdict {
    /// `tape-order`.
    pub order: CheckState,
    /// `complete`, as far as it is about tape.
    pub complete: CheckState,
    /// The first violation of each check, kind and job, the earliest first.
    pub violations: Vec<TapeViolation>,
}

/// What a job has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Job {
    issued: u64,
    /// Positions asked for and not yet given, in the order of asking.
    asked: VecDeque<(TapeUnitId, u64)>,
    is_finished: bool,
}

/// Judges the tapes of a run, record by record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TapeChecker {
    /// By unit: what stands on the medium.
    media: Vec<Vec<TapeBlock>>,
    jobs: Vec<Job>,
    /// Completed and not on the medium.
    completed: BTreeSet<TapeBlock>,
    /// On the medium and not completed.
    written: BTreeSet<TapeBlock>,
    violations: Vec<TapeViolation>,
}

impl TapeChecker {
    /// Nothing observed yet, of this many units and jobs.
    pub fn new(units: usize, jobs: usize) -> Self {
        Self {
            media: vec![Vec::new(); units],
            jobs: vec![Job::default(); jobs],
            completed: BTreeSet::new(),
            written: BTreeSet::new(),
            violations: Vec::new(),
        }
    }

    /// Judges one record.
    pub fn observe(&mut self, now: SimTime, record: &TapeRecord) {
        match *record {
            TapeRecord::Preloaded { unit, job, blocks } => {
                let preloaded = (0..blocks).map(|index| TapeBlock { job, index });
                self.media[unit.index()].extend(preloaded);
            }
            TapeRecord::Issued { block, .. } => {
                let job = &mut self.jobs[block.job.index()];
                if block.index == job.issued {
                    job.issued += 1;
                } else {
                    let due = Some(TapeBlock { index: job.issued, ..block });
                    let why = format!("{block} was issued out of turn");
                    let place = TapePlace { found: Some(block), due, ..place(TapeFault::Issue, block.job) };
                    self.break_check(Check::TapeOrder, now, place, why);
                }
            }
            TapeRecord::Written { unit, position, block } => self.on_written(now, unit, position, block),
            TapeRecord::Completed { block } => {
                if !self.written.remove(&block) {
                    self.completed.insert(block);
                }
            }
            TapeRecord::Asked { job, unit, position } => {
                self.jobs[job.index()].asked.push_back((unit, position));
            }
            TapeRecord::Delivered { job, block } => self.on_delivered(now, job, block),
            TapeRecord::Compared { job, blocks, differing } => {
                if differing > 0 {
                    let why = format!("{differing} of {blocks} blocks differ from the volume that was lost");
                    self.break_check(Check::TapeOrder, now, place(TapeFault::Volume, job), why);
                }
            }
            TapeRecord::Finished { job } => self.jobs[job.index()].is_finished = true,
            TapeRecord::Cached { .. }
            | TapeRecord::Refused { .. }
            | TapeRecord::GroupRead { .. }
            | TapeRecord::Left { .. }
            | TapeRecord::Stored { .. }
            | TapeRecord::BackHitch { .. }
            | TapeRecord::VolumeLost { .. } => {}
        }
    }

    fn on_written(&mut self, now: SimTime, unit: TapeUnitId, position: u64, block: TapeBlock) {
        let medium = &mut self.media[unit.index()];
        let (length, last) = (medium.len() as u64, medium.last().copied());
        medium.push(block);
        let follows = match block.index.checked_sub(1) {
            Some(before) => last == Some(TapeBlock { index: before, ..block }),
            // The first of a job: nothing of that job may stand before it.
            None => !medium[..length as usize].iter().rev().any(|other| other.job == block.job),
        };
        // What should stand there: the block after the one before it, if that is of this job.
        let due = match last.filter(|last| last.job == block.job) {
            Some(last) => TapeBlock { index: last.index + 1, ..block },
            None => TapeBlock { index: 0, ..block },
        };
        let place = TapePlace {
            unit: Some(unit),
            position: Some(position),
            found: Some(block),
            due: Some(due).filter(|&due| due != block),
            ..place(TapeFault::Medium, block.job)
        };
        if position != length {
            let why = format!("{block} landed at position {position}, where position {length} is next");
            self.break_check(Check::TapeOrder, now, place, why);
        } else if !follows {
            let after = last.map_or_else(|| "at the beginning".into(), |last| format!("after {last}"));
            let why = format!("position {} of the medium holds {block}, {after}", position + 1);
            self.break_check(Check::TapeOrder, now, place, why);
        }
        if !self.completed.remove(&block) {
            self.written.insert(block);
        }
    }

    fn on_delivered(&mut self, now: SimTime, job: JobId, given: Option<TapeBlock>) {
        let Some((unit, position)) = self.jobs[job.index()].asked.pop_front() else {
            let why = format!("the reader of job {} was given a block more than it asked for", job.0 + 1);
            let place = TapePlace { found: given, ..place(TapeFault::Reader, job) };
            self.break_check(Check::TapeOrder, now, place, why);
            return;
        };
        let holds = self.media[unit.index()].get(position as usize).copied();
        if given != holds {
            let name =
                |block: Option<TapeBlock>| block.map_or("the end of the data".into(), |b| b.to_string());
            let why = format!(
                "the reader asked for position {} and was given {} where the medium holds {}",
                position + 1,
                name(given),
                name(holds)
            );
            let place = TapePlace {
                unit: Some(unit),
                position: Some(position),
                found: given,
                due: holds,
                ..place(TapeFault::Reader, job)
            };
            self.break_check(Check::TapeOrder, now, place, why);
        }
    }

    /// The verdict on a run that ended.
    pub fn finish(mut self, end: &End) -> TapeVerdict {
        let complete = if end.local_site_lost { CheckState::NotChecked } else { self.judge_complete(end) };
        let order = if self.violations.iter().any(|violation| violation.check == Check::TapeOrder) {
            CheckState::Broken
        } else {
            CheckState::Holds
        };
        TapeVerdict { order, complete, violations: self.violations }
    }

    fn judge_complete(&mut self, end: &End) -> CheckState {
        let unread = |(job, state): (usize, &Job)| state.asked.front().map(|&asked| (job, asked));
        let unfinished = |job: usize| place(TapeFault::Unfinished, JobId::from(job));
        let (place, why) = if let Some(&block) = self.completed.first() {
            let place = TapePlace { due: Some(block), ..unfinished(block.job.index()) };
            (place, format!("the write of {block} was completed and is not on the medium at the end"))
        } else if let Some((job, (unit, position))) = self.jobs.iter().enumerate().find_map(unread) {
            let due = self.media[unit.index()].get(position as usize).copied();
            let place = TapePlace { unit: Some(unit), position: Some(position), due, ..unfinished(job) };
            (place, format!("the reader asked for position {} and was given nothing", position + 1))
        } else if let Some(job) = self.jobs.iter().position(|job| !job.is_finished) {
            (unfinished(job), format!("job {} was not over at the drain limit", job + 1))
        } else {
            return CheckState::Holds;
        };
        self.break_check(Check::Complete, end.at, place, why);
        CheckState::Broken
    }

    /// What has broken so far: the first of each check, kind and job.
    pub fn violations(&self) -> &[TapeViolation] {
        &self.violations
    }

    fn break_check(&mut self, check: Check, at: SimTime, place: TapePlace, why: String) {
        let like = |known: &TapeViolation| {
            (known.check, known.place.fault, known.place.job) == (check, place.fault, place.job)
        };
        if !self.violations.iter().any(like) {
            self.violations.push(TapeViolation { check, at, place, why });
        }
    }
}

/// A place of which no more is known.
const fn place(fault: TapeFault, job: JobId) -> TapePlace {
    TapePlace { fault, job, unit: None, position: None, found: None, due: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: TapeUnitId = TapeUnitId(0);
    const JOB: JobId = JobId(0);

    fn block(index: u64) -> TapeBlock {
        TapeBlock { job: JOB, index }
    }

    fn written(position: u64, index: u64) -> TapeRecord {
        TapeRecord::Written { unit: UNIT, position, block: block(index) }
    }

    fn issued(index: u64) -> TapeRecord {
        TapeRecord::Issued { unit: UNIT, block: block(index) }
    }

    fn asked(position: u64) -> TapeRecord {
        TapeRecord::Asked { job: JOB, unit: UNIT, position }
    }

    fn given(index: u64) -> TapeRecord {
        TapeRecord::Delivered { job: JOB, block: Some(block(index)) }
    }

    const PRELOADED: TapeRecord = TapeRecord::Preloaded { unit: UNIT, job: JOB, blocks: 3 };
    const FINISHED: TapeRecord = TapeRecord::Finished { job: JOB };

    fn judge(records: &[TapeRecord]) -> (CheckState, CheckState) {
        let mut checker = TapeChecker::new(1, 1);
        for record in records {
            checker.observe(SimTime::ZERO, record);
        }
        let end = End { at: SimTime::ZERO, local_site_lost: false, drained: true };
        let verdict = checker.finish(&end);
        (verdict.order, verdict.complete)
    }

    const FINE: (CheckState, CheckState) = (CheckState::Holds, CheckState::Holds);
    const OUT_OF_ORDER: (CheckState, CheckState) = (CheckState::Broken, CheckState::Holds);
    const INCOMPLETE: (CheckState, CheckState) = (CheckState::Holds, CheckState::Broken);

    #[test]
    fn writes_and_reads_in_order_are_fine() {
        let completed = |index| TapeRecord::Completed { block: block(index) };
        let mut records =
            vec![issued(0), issued(1), completed(0), written(0, 0), written(1, 1), completed(1)];
        records.extend([asked(0), asked(1), given(0), given(1), FINISHED]);
        assert_eq!(judge(&records), FINE);
    }

    #[test]
    fn a_block_at_the_wrong_position_twice_or_left_out_is_seen() {
        for order in [&[1, 0][..], &[0, 0], &[0, 2], &[0, 1, 0], &[1]] {
            let mut records = vec![issued(0), issued(1), issued(2)];
            records.extend((0..).zip(order).map(|(position, &index)| written(position, index)));
            records.push(FINISHED);
            assert_eq!(judge(&records), OUT_OF_ORDER, "{order:?}");
        }
        assert_eq!(judge(&[issued(0), written(1, 0), FINISHED]), OUT_OF_ORDER);
        assert_eq!(judge(&[issued(1), FINISHED]), OUT_OF_ORDER);
    }

    /// Order is judged per unit: blocks of another job in between break it, even where each job keeps its own order.
    #[test]
    fn jobs_that_stand_mixed_on_one_unit_are_seen() {
        let other = |index| TapeBlock { job: JobId(1), index };
        let judge_blocks = |blocks: &[TapeBlock]| {
            let mut checker = TapeChecker::new(1, 2);
            let of_job = |job, index| TapeRecord::Issued { unit: UNIT, block: TapeBlock { job, index } };
            for record in [of_job(JOB, 0), of_job(JOB, 1), of_job(JobId(1), 0), of_job(JobId(1), 1)] {
                checker.observe(SimTime::ZERO, &record);
            }
            for (position, &block) in (0..).zip(blocks) {
                checker.observe(SimTime::ZERO, &TapeRecord::Written { unit: UNIT, position, block });
            }
            checker.finish(&End { at: SimTime::ZERO, local_site_lost: true, drained: true }).order
        };
        assert_eq!(judge_blocks(&[block(0), block(1), other(0), other(1)]), CheckState::Holds);
        assert_eq!(judge_blocks(&[other(0), other(1), block(0), block(1)]), CheckState::Holds);
        assert_eq!(judge_blocks(&[block(0), other(0), block(1), other(1)]), CheckState::Broken);
        assert_eq!(judge_blocks(&[block(0), other(0), other(1), block(1)]), CheckState::Broken);
    }

    #[test]
    fn a_reader_that_is_given_another_block_or_one_too_many_is_seen() {
        for deliveries in [&[1, 0, 2][..], &[0, 0, 2], &[0, 1, 2, 2]] {
            let mut records = vec![PRELOADED, asked(0), asked(1), asked(2)];
            records.extend(deliveries.iter().map(|&index| given(index)));
            records.push(FINISHED);
            assert_eq!(judge(&records), OUT_OF_ORDER, "{deliveries:?}");
        }
    }

    #[test]
    fn past_the_end_the_reader_is_told_so_and_only_there() {
        let end = TapeRecord::Delivered { job: JOB, block: None };
        assert_eq!(judge(&[PRELOADED, asked(3), end, FINISHED]), FINE);
        assert_eq!(judge(&[PRELOADED, asked(2), end, FINISHED]), OUT_OF_ORDER);
    }

    #[test]
    fn a_volume_that_differs_is_seen() {
        let compared = |differing| TapeRecord::Compared { job: JOB, blocks: 3, differing };
        assert_eq!(judge(&[compared(0), FINISHED]), FINE);
        assert_eq!(judge(&[compared(1), FINISHED]), OUT_OF_ORDER);
    }

    #[test]
    fn what_is_completed_and_not_written_asked_and_not_given_or_not_over_is_seen() {
        let completed = TapeRecord::Completed { block: block(0) };
        assert_eq!(judge(&[issued(0), completed, FINISHED]), INCOMPLETE);
        assert_eq!(judge(&[PRELOADED, asked(0), FINISHED]), INCOMPLETE);
        assert_eq!(judge(&[]), INCOMPLETE);
    }

    /// A violation names the unit and position, what is there, and what should be.
    #[test]
    fn a_violation_says_where_and_what() {
        let unit = TapeUnitId(1);
        let other = TapeBlock { job: JobId(1), index: 4 };
        let written = |position, index| TapeRecord::Written { unit, position, block: block(index) };
        let asked = |position| TapeRecord::Asked { job: JOB, unit, position };
        let delivered = |block| TapeRecord::Delivered { job: JOB, block };
        let place = |records: &[TapeRecord]| {
            let mut checker = TapeChecker::new(2, 2);
            for record in records {
                checker.observe(SimTime::ZERO, record);
            }
            let end = End { at: SimTime::ZERO, local_site_lost: false, drained: true };
            checker.finish(&end).violations[0].place
        };
        let medium = |position, found, due| TapePlace {
            fault: TapeFault::Medium,
            job: JOB,
            unit: Some(unit),
            position: Some(position),
            found: Some(block(found)),
            due,
        };
        assert_eq!(place(&[written(0, 0), written(1, 1), written(2, 3)]), medium(2, 3, Some(block(2))));
        assert_eq!(place(&[written(0, 1)]), medium(0, 1, Some(block(0))));
        assert_eq!(place(&[written(0, 0), written(2, 1)]), medium(2, 1, None), "the block itself is due");
        let preloaded = TapeRecord::Preloaded { unit, job: JobId(1), blocks: 5 };
        assert_eq!(
            place(&[preloaded, written(5, 1)]),
            medium(5, 1, Some(block(0))),
            "of another job before it"
        );

        let reader =
            TapePlace { fault: TapeFault::Reader, found: Some(block(3)), ..medium(4, 3, Some(other)) };
        assert_eq!(place(&[preloaded, asked(4), delivered(Some(block(3)))]), reader);
        let too_many = TapePlace { unit: None, position: None, due: None, ..reader };
        assert_eq!(place(&[preloaded, delivered(Some(block(3)))]), too_many);
        let unread = TapePlace { fault: TapeFault::Unfinished, found: None, ..reader };
        assert_eq!(place(&[preloaded, asked(4)]), unread);
    }

    /// Of each check, kind and job the first violation is kept.
    #[test]
    fn the_first_violation_of_each_kind_is_told() {
        let mut checker = TapeChecker::new(1, 1);
        let completed = TapeRecord::Completed { block: block(5) };
        for (at, record) in [(1, issued(7)), (2, written(3, 0)), (3, completed), (4, issued(9))] {
            checker.observe(SimTime::from_ns(at), &record);
        }
        let end = End { at: SimTime::from_ns(9), local_site_lost: false, drained: true };
        let violations = checker.finish(&end).violations;
        let told: Vec<_> =
            violations.iter().map(|told| (told.check, told.place.fault, told.at.as_ns())).collect();
        assert_eq!(
            told,
            [
                (Check::TapeOrder, TapeFault::Issue, 1),
                (Check::TapeOrder, TapeFault::Medium, 2),
                (Check::Complete, TapeFault::Unfinished, 9)
            ]
        );
        let due: Vec<_> = violations.iter().map(|told| (told.place.found, told.place.due)).collect();
        assert_eq!(due, [(Some(block(7)), Some(block(0))), (Some(block(0)), None), (None, Some(block(5)))]);
    }
}
