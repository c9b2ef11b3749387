//! Damaged bytes: an error or other writes, never a panic, whatever format they are taken for.

use std::path::Path;

use proptest::prelude::*;

use super::*;

const SAMPLES: [&str; 14] = [
    "msr.csv",
    "msr.csv.gz",
    "alibaba.csv",
    "alibaba.csv.zst",
    "tencent.csv",
    "spc.spc",
    "systor17.csv",
    "fio-2.iolog",
    "fio-3.iolog",
    "fio-3-recorded.iolog",
    "blkparse.txt",
    "table.txt",
    "vscsi1-disk0.bin",
    "vscsi2-disk1.bin",
];

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/traces/samples").join(name)).unwrap()
}

/// Reads all there is, in every way; says whether one of them found an error.
fn drain(path: &Path) -> bool {
    let formats = TraceFormat::NAMED.into_iter().chain([TraceFormat::Columns]).map(Some).chain([None]);
    let mut failed = false;
    for format in formats {
        let reading = Reading { format, columns: None };
        for sort in [false, true] {
            let plan = plan(&[path], &reading, &["app.0", "0", "/dev/v0", "8,0", "trace"], sort);
            let result = plan.and_then(|plan| {
                scan(&plan, true, SimDuration::from_ms(1))?;
                TraceReader::open(&plan)?.try_for_each(|write| write.map(|_| ()))
            });
            if let Err(error) = result {
                assert!(!error.id.is_empty() && !error.message.is_empty() && error.path == path);
                assert_eq!(error.line == 0, error.column == 0);
                failed = true;
            }
        }
    }
    failed
}

/// A place in the file, from 0 to 1, and what happens there.
#[derive(Clone, Debug)]
enum Damage {
    Change(f64, u8),
    Insert(f64, Vec<u8>),
    Remove(f64, usize),
    CutOff(f64),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || 0.0..1.0_f64;
    let telling =
        prop_oneof![any::<u8>(), proptest::sample::select(b",.\n\r -+eE0123456789\0\xff".to_vec()),];
    prop_oneof![
        (at(), telling.clone()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        (at(), proptest::collection::vec(telling, 1..30)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (at(), 1_usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        at().prop_map(Damage::CutOff),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: f64| (at * bytes.len() as f64) as usize;
        match self {
            Self::Change(at, byte) => {
                let at = place(*at);
                if let Some(changed) = bytes.get_mut(at) {
                    *changed = *byte;
                }
            }
            Self::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = place(*at);
                let end = (at + count).min(bytes.len());
                bytes.drain(at..end);
            }
            Self::CutOff(at) => bytes.truncate(place(*at)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files_are_never_the_end(sample in proptest::sample::select(SAMPLES.to_vec()), damages in proptest::collection::vec(damage(), 1..5)) {
        let mut bytes = self::sample(sample);
        for damage in &damages {
            damage.apply(&mut bytes);
        }
        let file = file(&bytes);
        drain(&file.path);
    }

    #[test]
    fn neither_is_noise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let file = file(&bytes);
        drain(&file.path);
    }
}

#[test]
fn a_packed_file_that_ends_too_early_is_damaged_and_says_so() {
    for (name, packer) in [("msr.csv.gz", "gzip"), ("alibaba.csv.zst", "zstd")] {
        let whole = sample(name);
        for length in 5..whole.len() {
            let file = file(&whole[..length]);
            let error = open(&file.path, &Reading::default(), true)
                .and_then(|_| plan(&[&file.path], &Reading::default(), &["app.0"], false))
                .and_then(|plan| scan(&plan, true, SimDuration::MAX));
            // Between two members of gzip the file is whole, but shorter.
            let Err(error) = error else {
                assert_eq!(name, "msr.csv.gz", "{length}");
                continue;
            };
            let known = ["trace-damaged", "trace-no-writes", "trace-fields", "trace-format"];
            assert!(known.contains(&error.id), "{length}: {error}");
            if error.id == "trace-damaged" {
                assert!(error.message.contains(packer), "{error}");
            }
        }
    }
    // A changed byte of the data is found by the checksum, though the format may still be good.
    let mut whole = sample("alibaba.csv.zst");
    let last = whole.len() - 1;
    whole[last] ^= 1;
    let error = writes_of(&whole, &["0"], false).unwrap_err();
    assert!(error.contains("checksum"), "{error}");
}
