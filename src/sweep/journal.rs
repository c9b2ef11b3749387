//! The journal of a sweep: one line per finished run, appended whole, with a checksum.
//!
//! A line is JSON: `{"at":[0.01,"group"],"seed":12,"result":{..},"check":".."}`. A run is named by the values of the
//! varied keys and its seed, so a line stays true when values or seeds are added. `check` is the keyed BLAKE3
//! (16 bytes) of what stands before it, the key being the sweep's identity: a line of another sweep is as wrong
//! as a damaged one. A process that is killed can leave a torn line at the end and nothing else; it is cut off when the
//! sweep goes on. Lines stand in the order in which runs ended, which means nothing.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::flat::flatten;
use super::observation::Observation;
use super::{Plan, RunKey, SweepError, UntilCi};

/// Name of the file.
pub const FILE_NAME: &str = "journal.jsonl";
/// No result is longer, in bytes.
const LONGEST_LINE: u64 = 64 << 20;
/// This many lines are made to outlive a loss of power at once.
const LINES_PER_SYNC: u32 = 32;

const CHECK_KEY: &str = ",\"check\":\"";
const CHECK_DIGITS: usize = 32;
const LINE_END: &str = "\"}";

/// Where a run's line stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    length: u64,
    /// The measure that decides on replications, if one does.
    measure: Option<Observation>,
}

/// The finished runs of a sweep.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    identity: [u8; 32],
    plan: Plan,
    runs: BTreeMap<RunKey, Place>,
    end: u64,
    unsynced: u32,
    dropped: u64,
}

impl Journal {
    /// Opens the journal of a folder to go on with it, and locks it until it is dropped. `plan` has all its
    /// points. If a measure decides on replications, each run's value of that is kept at hand.
    ///
    /// # Errors
    /// When it cannot be read or written, another process works on it, or a line before the end is damaged.
    pub fn open(folder: &Path, identity: [u8; 32], plan: &Plan) -> Result<Self, SweepError> {
        let (path, file) = Self::lock(folder)?;
        let mut journal = Self::load(path, file, identity, plan, true)?;
        let length = journal.file.metadata().map_err(|error| journal.failed("read", error))?.len();
        if length > journal.end {
            journal.dropped = length - journal.end;
            journal.file.set_len(journal.end).map_err(|error| journal.failed("write", error))?;
        }
        Ok(journal)
    }

    /// Reads the journal of a folder and changes nothing. A torn last line is passed over.
    ///
    /// # Errors
    /// When it cannot be read, or a whole line is damaged.
    pub fn read(folder: &Path, identity: [u8; 32], plan: &Plan) -> Result<Self, SweepError> {
        let path = folder.join(FILE_NAME);
        let file = File::open(&path).map_err(|error| SweepError::file("read", &path, error))?;
        Self::load(path, file, identity, plan, false)
    }

    /// Creates and locks the file, whatever it holds.
    pub(super) fn lock(folder: &Path) -> Result<(PathBuf, File), SweepError> {
        let path = folder.join(FILE_NAME);
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let file = opened.map_err(|error| SweepError::file("open", &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok((path, file)),
            Err(TryLockError::WouldBlock) => {
                Err(SweepError::Input(format!("another process is using {}", folder.display())))
            }
            Err(TryLockError::Error(error)) => Err(SweepError::file("lock", &path, error)),
        }
    }

    fn load(
        path: PathBuf,
        file: File,
        identity: [u8; 32],
        plan: &Plan,
        mend: bool,
    ) -> Result<Self, SweepError> {
        let (plan, runs) = (plan.clone(), BTreeMap::new());
        let mut journal = Self { path, file, identity, plan, runs, end: 0, unsynced: 0, dropped: 0 };
        let again = journal.file.try_clone().map_err(|error| journal.failed("read", error))?;
        let mut reader = BufReader::with_capacity(1 << 16, again);
        let (mut line, mut number, mut offset, mut damaged) = (Vec::new(), 0_u64, 0_u64, None);
        loop {
            line.clear();
            number += 1;
            let read = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line);
            let length = read.map_err(|error| journal.failed("read", error))? as u64;
            if length == 0 {
                break;
            }
            let whole = line.last() == Some(&b'\n');
            match whole.then(|| journal.parse(&line)).flatten() {
                Some((run, result)) if damaged.is_none() => {
                    let place = Place { offset, length, measure: journal.measure_of(result) };
                    if let Some(before) = journal.runs.insert(run, place) {
                        journal.same(run, before, result)?;
                    }
                    journal.end = offset + length;
                }
                // A damaged end is what a loss of power leaves; damage before whole lines is no such thing.
                Some(_) => return Err(journal.is_damaged(damaged.unwrap_or(number))),
                None if whole && !mend => return Err(journal.is_damaged(number)),
                None => damaged = damaged.or(Some(number)),
            }
            offset += length;
        }
        Ok(journal)
    }

    /// A line's run and result; `None` if it is no whole line of this sweep.
    fn parse<'a>(&self, line: &'a [u8]) -> Option<(RunKey, &'a str)> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?.strip_suffix(LINE_END)?;
        let (rest, check) = line.split_at_checked(line.len().checked_sub(CHECK_DIGITS)?)?;
        let body = rest.strip_suffix(CHECK_KEY)?;
        if self.check(body) != check {
            return None;
        }
        // In a string of JSON its quotes would be escaped.
        let (name, rest) = body.strip_prefix("{\"at\":")?.split_once(",\"seed\":")?;
        let (seed, result) = rest.split_once(",\"result\":")?;
        Some((RunKey { point: self.plan.point_of(name)?, seed: seed.parse().ok()? }, result))
    }

    fn check(&self, body: &str) -> String {
        let mut check = blake3::keyed_hash(&self.identity, body.as_bytes()).to_hex().to_string();
        check.truncate(CHECK_DIGITS);
        check
    }

    /// Appends a finished run. After an error the journal is as it was before, as far as the machine lets us.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, run: RunKey, result: &str) -> Result<(), SweepError> {
        let name = self.plan.name(run.point);
        let body = format!("{{\"at\":{name},\"seed\":{},\"result\":{result}", run.seed);
        let line = format!("{body}{CHECK_KEY}{}{LINE_END}\n", self.check(&body));
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // A part of the line may stand there: what comes after it must not be taken for its rest.
            let _ = self.file.set_len(self.end);
            return Err(self.failed("write", error));
        }
        let length = line.len() as u64;
        self.runs.insert(run, Place { offset: self.end, length, measure: self.measure_of(result) });
        self.end += length;
        self.unsynced += 1;
        if self.unsynced >= LINES_PER_SYNC { self.sync() } else { Ok(()) }
    }

    /// Makes every line outlive a loss of power.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sync(&mut self) -> Result<(), SweepError> {
        self.unsynced = 0;
        self.file.sync_data().map_err(|error| self.failed("write", error))
    }

    /// Is the run finished?
    pub fn holds(&self, run: RunKey) -> bool {
        self.runs.contains_key(&run)
    }

    /// The finished runs, in order.
    pub fn runs(&self) -> impl Iterator<Item = RunKey> + '_ {
        self.runs.keys().copied()
    }

    /// The finished runs of a point, in order.
    pub fn runs_of(&self, point: u64) -> impl Iterator<Item = RunKey> + '_ {
        let all = RunKey { point, seed: 0 }..=RunKey { point, seed: u64::MAX };
        self.runs.range(all).map(|(run, _)| *run)
    }

    /// How many runs are finished.
    pub fn len(&self) -> u64 {
        self.runs.len() as u64
    }

    /// Is no run finished?
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes of the journal.
    pub const fn bytes(&self) -> u64 {
        self.end
    }

    /// Bytes of a torn line that were cut off.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What was observed of the measure over seeds without a gap, from `first` on.
    pub fn measured(&self, point: u64, first: u64) -> Vec<Observation> {
        let from = RunKey { point, seed: first }..=RunKey { point, seed: u64::MAX };
        let runs = self.runs.range(from).zip(first..);
        let unbroken = runs.take_while(|((run, _), seed)| run.seed == *seed);
        unbroken.map_while(|((_, place), _)| place.measure).collect()
    }

    /// Has a run a value of the measure?
    pub fn is_measured(&self, run: RunKey) -> bool {
        self.runs.get(&run).is_some_and(|place| place.measure.is_some())
    }

    /// The result of a finished run, as it was.
    ///
    /// # Errors
    /// When it cannot be read, or is no longer what was written.
    pub fn result(&self, run: RunKey) -> Result<String, SweepError> {
        let place = self.runs.get(&run).copied();
        let place = place.ok_or_else(|| SweepError::Machine(format!("{run:?} is not in the journal")))?;
        self.at(place)?.ok_or_else(|| {
            SweepError::Input(format!("{} has changed while it was read", self.path.display()))
        })
    }

    fn at(&self, place: Place) -> Result<Option<String>, SweepError> {
        let mut file = &self.file;
        let mut line = vec![0; place.length as usize];
        file.seek(SeekFrom::Start(place.offset)).map_err(|error| self.failed("read", error))?;
        file.read_exact(&mut line).map_err(|error| self.failed("read", error))?;
        Ok(self.parse(&line).map(|(_, result)| result.to_owned()))
    }

    /// A run that stands there twice must have had the same result twice.
    fn same(&self, run: RunKey, before: Place, result: &str) -> Result<(), SweepError> {
        // `load` reads through a handle of its own buffer, but of the same place in the file.
        let mut file = &self.file;
        let here = file.stream_position().map_err(|error| self.failed("read", error))?;
        let earlier = self.at(before)?;
        file.seek(SeekFrom::Start(here)).map_err(|error| self.failed("read", error))?;
        if earlier.as_deref() == Some(result) {
            return Ok(());
        }
        Err(SweepError::Machine(format!(
            "{} holds two different results of point {}, seed {}: the run was not deterministic",
            self.path.display(),
            run.point,
            run.seed
        )))
    }

    fn measure_of(&self, result: &str) -> Option<Observation> {
        let UntilCi { measure, .. } = self.plan.until()?;
        let row = flatten(result).ok()?;
        Observation::of(&row, measure)
    }

    fn failed(&self, doing: &str, error: std::io::Error) -> SweepError {
        SweepError::file(doing, &self.path, error)
    }

    fn is_damaged(&self, line: u64) -> SweepError {
        SweepError::Input(format!(
            "{}:{line}: the line is damaged or belongs to another sweep; delete the line and --resume reruns it",
            self.path.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWEEP: [u8; 32] = [7; 32];

    fn plan() -> Plan {
        let until = UntilCi { measure: "x".into(), relative: 0.1, max_seeds: 10 };
        let axis = crate::sweep::Axis::parse("a=\"],\\\"seed\\\":3\",2").unwrap();
        let (seeds, shard) = (crate::sweep::Seeds { first: 1, last: 5 }, crate::sweep::Shard::WHOLE);
        Plan::new(vec![axis], seeds, shard, Some(until)).unwrap()
    }

    fn run(point: u64, seed: u64) -> RunKey {
        RunKey { point, seed }
    }

    fn filled() -> (tempfile::TempDir, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
        for seed in 1..=3 {
            journal.append(run(0, seed), &format!("{{\"x\":{seed}}}")).unwrap();
        }
        let bytes = std::fs::read(folder.path().join(FILE_NAME)).unwrap();
        (folder, bytes)
    }

    #[test]
    fn what_was_appended_is_read_back() {
        let (folder, bytes) = filled();
        let line: serde_json::Value =
            serde_json::from_slice(bytes.split(|&byte| byte == b'\n').next().unwrap()).unwrap();
        assert_eq!((&line["seed"], &line["result"]["x"]), (&1.into(), &1.into()));
        let journal = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
        assert_eq!(journal.runs().collect::<Vec<_>>(), [run(0, 1), run(0, 2), run(0, 3)]);
        assert_eq!(journal.result(run(0, 2)).unwrap(), "{\"x\":2}");
        let values = |first| journal.measured(0, first).iter().map(|found| found.value).collect::<Vec<_>>();
        assert_eq!(values(1), [1.0, 2.0, 3.0]);
        assert_eq!(values(2), [2.0, 3.0]);
        assert!(journal.measured(1, 1).is_empty());
    }

    /// A kill can tear the last line anywhere: what was whole stays, and the run is due again.
    #[test]
    fn a_line_torn_at_any_byte_is_cut_off() {
        let (folder, bytes) = filled();
        let path = folder.path().join(FILE_NAME);
        let second_end = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
        for cut in second_end..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let mut journal = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
            assert_eq!((journal.len(), journal.dropped()), (2, (cut - second_end) as u64));
            journal.append(run(0, 3), "{\"x\":3}").unwrap();
            drop(journal);
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn any_changed_byte_is_seen() {
        let (folder, bytes) = filled();
        let path = folder.path().join(FILE_NAME);
        let first_end = bytes.iter().position(|&byte| byte == b'\n').unwrap();
        for at in 0..first_end {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            for error in [
                Journal::open(folder.path(), SWEEP, &plan()).unwrap_err(),
                Journal::read(folder.path(), SWEEP, &plan()).unwrap_err(),
            ] {
                assert!(error.to_string().contains("jsonl:1: the line is damaged"), "byte {at}: {error}");
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        assert!(Journal::read(folder.path(), [8; 32], &plan()).is_err(), "the journal of another sweep");
        assert!(Journal::read(folder.path(), SWEEP, &plan()).is_ok());
    }

    /// A loss of power can leave zeros, with or without line ends.
    #[test]
    fn rubbish_at_the_end_is_cut_off_when_going_on_and_refused_when_merging() {
        let (folder, bytes) = filled();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, [&bytes[..], b"\0\0\n\0\0\n"].concat()).unwrap();
        assert!(Journal::read(folder.path(), SWEEP, &plan()).unwrap_err().to_string().contains("jsonl:4:"));
        assert_eq!(Journal::open(folder.path(), SWEEP, &plan()).unwrap().dropped(), 6);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn two_results_of_one_run_are_no_journal() {
        let (folder, _) = filled();
        let mut journal = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
        journal.append(run(0, 2), "{\"x\":2}").unwrap();
        drop(journal);
        assert_eq!(Journal::read(folder.path(), SWEEP, &plan()).unwrap().len(), 3);
        let mut journal = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
        journal.append(run(0, 2), "{\"x\":9}").unwrap();
        drop(journal);
        let error = Journal::read(folder.path(), SWEEP, &plan()).unwrap_err();
        assert!(matches!(&error, SweepError::Machine(text) if text.contains("point 0, seed 2")), "{error}");
    }

    #[test]
    fn two_processes_do_not_write_to_one_journal() {
        let (folder, _) = filled();
        let held = Journal::open(folder.path(), SWEEP, &plan()).unwrap();
        let error = Journal::open(folder.path(), SWEEP, &plan()).unwrap_err();
        assert!(error.to_string().contains("another process is using"), "{error}");
        drop(held);
        assert!(Journal::open(folder.path(), SWEEP, &plan()).is_ok());
    }
}
