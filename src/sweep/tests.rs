//! Whole sweeps of a simulation that takes no time, killed, sharded and merged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::execute::{Watch, execute};
use super::merge::merge;
use super::*;

const SCENARIO: &str = "title = \"x\"\n";

/// As the folder of a sweep keeps it.
fn copies() -> [(String, &'static str); 1] {
    [(super::folder::SCENARIO_NAME.to_owned(), SCENARIO)]
}

fn manifest(shard: Shard, until_ci: Option<UntilCi>) -> Manifest {
    Manifest {
        format: manifest::FORMAT,
        rcsim: env!("CARGO_PKG_VERSION").into(),
        scenario: "x".into(),
        scenario_blake3: blake3::hash(SCENARIO.as_bytes()).to_hex().to_string(),
        scenarios: Vec::new(),
        files: Vec::new(),
        set: Vec::new(),
        warm_up_auto: false,
        vary: vec!["wan.loss=0..0.02:0.01".into(), "protocol.scheme=pair,group".into()],
        // A rule that stops early begins with five seeds at least.
        seeds: Seeds { first: 11, last: if until_ci.is_some() { 15 } else { 14 } },
        runs: until_ci.is_none().then_some(24),
        until_ci,
        shard,
        points: 6,
    }
}

/// Some numbers that depend on point and seed, one of them common to all points of a seed, and a group that
/// only odd points have.
fn result(run: RunKey) -> String {
    let hash = blake3::hash(format!("{run:?}").as_bytes());
    let noise = f64::from(hash.as_bytes()[0]) / 256.0;
    let fate = f64::from(blake3::hash(&run.seed.to_le_bytes()).as_bytes()[0]) / 16.0;
    let group = if run.point % 2 == 1 { r#"{"name":"odd","rpo":0.5}"# } else { "" };
    format!(
        "{{\"schema\":1,\"seed\":{},\"expected\":true,\"lag\":{},\"noise\":{},\"groups\":[{group}],\"events\":3}}\n",
        run.seed,
        flat::shortest(fate + run.point as f64),
        flat::shortest(10.0 + noise),
    )
}

#[derive(Default)]
struct Count(AtomicU64);

impl Watch for Count {
    fn on_due(&self, _runs: u64) {}
    fn on_finished(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Runs a sweep into `path` to its end; how many runs that took is given back.
fn sweep(path: &Path, manifest: &Manifest, threads: usize) -> Result<u64, SweepError> {
    sweep_of(path, manifest, threads, &result)
}

/// The same of runs that depend on the values of a point, and not on its number.
fn sweep_by_values(path: &Path, manifest: &Manifest, threads: usize) -> Result<u64, SweepError> {
    let plan = manifest.plan()?;
    sweep_of(path, manifest, threads, &|run| {
        let name = blake3::hash(plan.name(run.point).as_bytes());
        result(RunKey { point: u64::from(name.as_bytes()[0]), ..run })
    })
}

fn sweep_of(
    path: &Path,
    manifest: &Manifest,
    threads: usize,
    result: &(dyn Fn(RunKey) -> String + Sync),
) -> Result<u64, SweepError> {
    let (folder, mut journal) = Folder::begin(path, manifest, &copies(), true)?;
    let (plan, count) = (manifest.plan()?, Count::default());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| execute(&plan, &mut journal, &|run| Ok(result(run)), &count))?;
    table::write_all(&folder, &plan, &journal)?;
    Ok(count.0.into_inner())
}

/// Every file of a finished sweep but the journal, whose lines stand in the order of time.
fn files(path: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name != journal::FILE_NAME)
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn whole(root: &Path, until_ci: Option<UntilCi>) -> (PathBuf, BTreeMap<String, String>) {
    let path = root.join("whole");
    sweep(&path, &manifest(Shard::WHOLE, until_ci), 1).unwrap();
    let files = files(&path);
    (path, files)
}

#[test]
fn the_table_is_tidy() {
    let root = tempfile::tempdir().unwrap();
    let (_, files) = whole(root.path(), None);
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["paired.csv", "points.csv", "runs.csv", "runs.jsonl", "scenario.toml", "sweep.json"]
    );
    let csv: Vec<&str> = files["runs.csv"].lines().collect();
    assert_eq!(csv.len(), 25);
    assert_eq!(
        csv[0],
        "run,point,wan.loss,protocol.scheme,seed,schema,expected,lag,noise,groups,events,groups.odd.rpo"
    );
    assert!(csv[1].starts_with("0,0,0.0,pair,11,1,true,"), "{}", csv[1]);
    assert!(csv[24].starts_with("23,5,0.02,group,14,1,true,"), "{}", csv[24]);
    let first: serde_json::Value = serde_json::from_str(files["runs.jsonl"].lines().next().unwrap()).unwrap();
    assert_eq!(first["wan.loss"], 0.0);
    assert_eq!(first["groups.odd.rpo"], serde_json::Value::Null);
}

/// Common random numbers: what the seeds have in common cancels in the paired differences.
#[test]
fn points_have_intervals_and_paired_differences_are_narrower() {
    let root = tempfile::tempdir().unwrap();
    let (_, files) = whole(root.path(), None);
    let find = |file: &str, start: &str, measure: &str| -> Vec<f64> {
        let measure = format!(",{measure},");
        let found = files[file].lines().find(|line| line.starts_with(start) && line.contains(&measure));
        let figures = found.unwrap().split_once(&measure).unwrap().1;
        figures.split(',').take(5).map(|cell| cell.parse().unwrap()).collect()
    };
    let fates: Vec<f64> =
        (11_u64..=14).map(|seed| f64::from(blake3::hash(&seed.to_le_bytes()).as_bytes()[0]) / 16.0).collect();
    let point = find("points.csv", "3,0.01,group,", "lag");
    let interval = crate::metrics::Interval::of(&fates, 0.95).unwrap();
    assert_eq!((point[0], point[1]), (4.0, interval.mean + 3.0));
    assert!((point[2] - interval.half_width).abs() < 1e-9 && point[2] > 1.0);
    let paired = find("paired.csv", "wan.loss,0.01,0.0,3,1,0.01,group,", "lag");
    assert_eq!(paired, [4.0, 2.0, 0.0, 2.0, 2.0], "n, mean, half width, min, max");
    assert!(
        files["paired.csv"]
            .lines()
            .any(|line| line.starts_with("protocol.scheme,group,pair,5,4,0.02,group,lag"))
    );
}

/// Six of six is not certainty: a share has the interval of Clopper and Pearson, as the figures have, and no half width.
#[test]
fn shares_at_the_edge_have_an_interval() {
    let root = tempfile::tempdir().unwrap();
    let (_, files) = whole(root.path(), None);
    let lines = |file: &str| {
        files[file].lines().filter(|line| line.contains(",expected,")).map(str::to_owned).collect::<Vec<_>>()
    };
    let low = libm::pow(0.025, 1.0 / 4.0);
    for line in lines("points.csv") {
        let cells: Vec<&str> = line.split_once(",expected,").unwrap().1.split(',').collect();
        assert_eq!(
            (cells[..3].join(","), cells[6], cells[7]),
            ("4,1.0,".into(), "1.0", "clopper-pearson"),
            "{line}"
        );
        assert!((cells[5].parse::<f64>().unwrap() - low).abs() < 1e-9, "{line}");
    }
    for line in lines("paired.csv") {
        let cells: Vec<&str> = line.split_once(",expected,").unwrap().1.split(',').collect();
        let (low, high): (f64, f64) = (cells[5].parse().unwrap(), cells[6].parse().unwrap());
        assert!(
            cells[1] == "0.0" && low < -0.5 && high > 0.5,
            "four runs do not say that there is no difference: {line}"
        );
    }
    assert!(!lines("points.csv").is_empty() && !lines("paired.csv").is_empty());
}

#[test]
fn an_early_stop_begins_with_five_seeds_or_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let until = UntilCi { measure: "noise".into(), relative: 0.01, max_seeds: 60 };
    let few = Manifest { seeds: Seeds { first: 11, last: 14 }, ..manifest(Shard::WHOLE, Some(until)) };
    let error = sweep(root.path(), &few, 1).unwrap_err().to_string();
    assert!(error.contains("at least 5 seeds, and --seeds gives 4"), "{error}");
}

#[test]
fn threads_and_shards_change_no_byte() {
    let root = tempfile::tempdir().unwrap();
    for until in [None, Some(UntilCi { measure: "noise".into(), relative: 0.01, max_seeds: 60 })] {
        let root = root.path().join(format!("{}", until.is_some()));
        let (_, expected) = whole(&root, until.clone());
        let many = root.join("many");
        sweep(&many, &manifest(Shard::WHOLE, until.clone()), 4).unwrap();
        assert_eq!(files(&many), expected);
        let shards: Vec<PathBuf> = (1..=5).rev().map(|index| root.join(format!("shard-{index}"))).collect();
        for (path, index) in shards.iter().zip((1..=5).rev()) {
            sweep(path, &manifest(Shard { index, of: 5 }, until.clone()), 2).unwrap();
        }
        merge(&shards, &root.join("merged")).unwrap();
        assert_eq!(files(&root.join("merged")), expected);
        // A merged folder is a sweep like any other: finished, and good for merging.
        assert_eq!(sweep(&root.join("merged"), &manifest(Shard::WHOLE, until), 1).unwrap(), 0);
        merge(&[root.join("merged"), shards[0].clone()], &root.join("again")).unwrap();
        assert_eq!(files(&root.join("again")), expected);
    }
}

#[test]
fn replications_are_added_until_the_interval_is_narrow() {
    let root = tempfile::tempdir().unwrap();
    let until = UntilCi { measure: "noise".into(), relative: 0.01, max_seeds: 60 };
    let (path, files) = whole(root.path(), Some(until));
    let manifest = Manifest::read(&path).unwrap().unwrap();
    let journal = Journal::read(&path, manifest.identity().unwrap(), &manifest.plan().unwrap()).unwrap();
    let spent: Vec<usize> = (0..6).map(|point| journal.runs_of(point).count()).collect();
    assert!(spent.iter().all(|&n| (5..=60).contains(&n)), "{spent:?}");
    assert!(spent.iter().any(|&n| n != spent[0]), "{spent:?}");
    for line in files["points.csv"].lines().filter(|line| line.contains(",noise,")) {
        let cells: Vec<&str> = line.split(',').collect();
        let (n, mean, half) = (cells[4], cells[5].parse::<f64>().unwrap(), cells[6].parse::<f64>().unwrap());
        assert!(half <= 0.01 * mean || n == "60", "{line}");
    }
}

#[test]
fn a_measure_that_does_not_exist_is_named_and_others_are_proposed() {
    let root = tempfile::tempdir().unwrap();
    let until = UntilCi { measure: "groups.odd.rop".into(), relative: 0.01, max_seeds: 60 };
    let error = sweep(root.path(), &manifest(Shard::WHOLE, Some(until)), 1).unwrap_err().to_string();
    assert!(error.contains("--measure groups.odd.rop: no such measure; there are "), "{error}");
}

/// Cut the journal anywhere: going on gives the same tables, and runs only what was lost.
#[test]
fn a_sweep_goes_on_from_any_prefix_of_its_journal() {
    let root = tempfile::tempdir().unwrap();
    let (path, expected) = whole(root.path(), None);
    let journal = std::fs::read(path.join(journal::FILE_NAME)).unwrap();
    for cut in (0..journal.len()).step_by(97) {
        let again = root.path().join("again");
        std::fs::create_dir(&again).unwrap();
        std::fs::copy(path.join(manifest::FILE_NAME), again.join(manifest::FILE_NAME)).unwrap();
        std::fs::write(again.join(journal::FILE_NAME), &journal[..cut]).unwrap();
        std::fs::write(again.join(".rcsim-half"), "half a table").unwrap();
        let whole_lines = String::from_utf8_lossy(&journal[..cut]).matches('\n').count() as u64;
        assert_eq!(sweep(&again, &manifest(Shard::WHOLE, None), 2).unwrap(), 24 - whole_lines);
        assert_eq!(files(&again), expected);
        std::fs::remove_dir_all(&again).unwrap();
    }
}

/// Something done to a manifest.
type Change = fn(&mut Manifest);

#[test]
fn other_peoples_folders_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let begin = |path: &Path, manifest: &Manifest, resume| {
        Folder::begin(path, manifest, &copies(), resume).map(drop).unwrap_err().to_string()
    };
    let mine = manifest(Shard::WHOLE, None);
    std::fs::write(root.path().join("letter.txt"), "dear").unwrap();
    assert!(begin(root.path(), &mine, true).contains("is not empty and holds no sweep (letter.txt)"));
    assert!(begin(&root.path().join("letter.txt"), &mine, true).contains("is not a folder"));
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);

    let (path, before) = whole(root.path(), None);
    assert!(
        begin(&path, &mine, false).contains("this sweep already, with 24 of 24 runs finished; pass --resume")
    );
    let mut larger = mine.clone();
    larger.seeds.last = 15;
    assert!(begin(&path, &larger, false).contains("a part of this sweep, with 24 of 24 runs finished"));
    let changes: [(Change, &str); 5] = [
        (|manifest| manifest.set.push("a=1".into()), "--set: a=1 against none"),
        (|manifest| manifest.rcsim = "9.9.9".into(), "version of rcsim: 9.9.9 against "),
        (|manifest| manifest.scenario_blake3 = String::new(), "the text of the scenario"),
        (|manifest| drop(manifest.vary.pop()), "varied keys: wan.loss against wan.loss protocol.scheme"),
        (|manifest| manifest.vary.reverse(), "varied keys: protocol.scheme wan.loss against "),
    ];
    let smaller: [(Change, &str); 4] = [
        (|manifest| manifest.seeds.last = 13, "--seeds: 11..13 against 11..14"),
        (|manifest| manifest.seeds = Seeds { first: 12, last: 20 }, "--seeds: 12..20 against 11..14"),
        (|manifest| manifest.shard = Shard { index: 1, of: 2 }, "--shard: 1/2 against 1/1"),
        (
            |manifest| manifest.vary[1] = "protocol.scheme=none,pair".into(),
            "the folder has group, this command does not",
        ),
    ];
    for (change, expected) in changes {
        let mut other = mine.clone();
        change(&mut other);
        let error = begin(&path, &other, true);
        assert!(error.contains("holds another sweep") && error.contains(expected), "{error}");
    }
    for (change, expected) in smaller {
        let mut other = mine.clone();
        change(&mut other);
        let error = begin(&path, &other, true);
        assert!(error.contains("holds more of this sweep") && error.contains(expected), "{error}");
    }
    assert_eq!(files(&path), before);
    std::fs::write(path.join(manifest::FILE_NAME), "{\"format\":1}").unwrap();
    assert!(begin(&path, &mine, true).contains("has format 1; this rcsim reads format 2"));
}

#[test]
fn a_merge_says_what_is_wrong_and_writes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let shard = |index| root.path().join(format!("shard-{index}"));
    for index in 1..=3 {
        sweep(&shard(index), &manifest(Shard { index, of: 3 }, None), 1).unwrap();
    }
    let out = root.path().join("out");
    let failed = |parts: &[PathBuf]| {
        let error = merge(parts, &out).unwrap_err();
        assert!(!out.exists());
        error
    };
    let error = failed(&[shard(1), shard(3)]).to_string();
    assert!(
        error.contains("8 runs are missing")
            && error.contains("wan.loss=0.0, protocol.scheme=pair, seed 12: shard 2/3 was not given")
            && error.contains("and 3 more"),
        "{error}"
    );

    let path = shard(2).join(journal::FILE_NAME);
    let journal = std::fs::read(&path).unwrap();
    std::fs::write(&path, &journal[..journal.len() - 10]).unwrap();
    let error = failed(&[shard(1), shard(2), shard(3)]).to_string();
    assert!(error.contains("1 run is") && error.contains("shard-2 is not finished"), "{error}");

    let mut damaged = journal.clone();
    damaged[40] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    assert!(failed(&[shard(1), shard(2), shard(3)]).to_string().contains("jsonl:1: the line is damaged"));
    std::fs::write(&path, &journal).unwrap();

    // Another machine that computes something else.
    let other = root.path().join("other");
    let (_, mut other_journal) =
        Folder::begin(&other, &manifest(Shard { index: 2, of: 3 }, None), &copies(), true).unwrap();
    let run = RunKey { point: 0, seed: 12 };
    other_journal.append(run, &result(run).trim_end().replace("\"events\":3", "\"events\":4")).unwrap();
    drop(other_journal);
    let error = failed(&[shard(1), shard(2), shard(3), other.clone()]);
    assert!(
        matches!(&error, SweepError::Machine(text) if text.contains("events is 3 and 4") && text.contains("other")),
        "{error}"
    );

    let mut strange = manifest(Shard { index: 2, of: 3 }, None);
    strange.seeds.last = 20;
    std::fs::remove_dir_all(&other).unwrap();
    sweep(&other, &strange, 1).unwrap();
    let error = failed(&[shard(1), other]).to_string();
    assert!(error.contains("shard 3/3 was not given"), "{error}");
    assert!(failed(&[root.path().to_owned()]).to_string().contains("holds no sweep"));
    assert!(failed(&[]).to_string().contains("no folder was given"));

    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("letter.txt"), "dear").unwrap();
    let error = merge(&[shard(1), shard(2), shard(3)], &out).unwrap_err().to_string();
    assert!(error.contains("letter.txt"), "{error}");
    std::fs::remove_file(out.join("letter.txt")).unwrap();
    assert_eq!(merge(&[shard(1), shard(2), shard(3)], &out).unwrap(), 24);
    let error = merge(&[shard(1), shard(2), shard(3)], &out).unwrap_err().to_string();
    assert!(error.contains("holds a sweep already"), "{error}");
    let left: Vec<_> =
        std::fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".rcsim")), "{left:?}");
}

/// Case 14: runs are named by values and seed, so that what was given later is as if given at once.
#[test]
fn more_seeds_and_values_go_on_byte_for_byte() {
    let root = tempfile::tempdir().unwrap();
    let of = |loss: &str, scheme: &str, first: u64, last: u64, shard: Shard| {
        let mut manifest = manifest(shard, None);
        manifest.vary = vec![format!("wan.loss={loss}"), format!("protocol.scheme={scheme}")];
        manifest.seeds = Seeds { first, last };
        let plan = Manifest { shard: Shard::WHOLE, ..manifest.clone() }.plan().unwrap();
        (manifest.points, manifest.runs) = (plan.points(), plan.runs());
        manifest
    };
    let whole = Shard::WHOLE;
    let all = of("0,0.01,0.5", "pair,none,group", 3, 8, whole);
    let expected = root.path().join("expected");
    assert_eq!(sweep_by_values(&expected, &all, 1).unwrap(), 54);
    let expected = files(&expected);

    // Goes on, with values and seeds added before, between and behind.
    let grown = root.path().join("grown");
    assert_eq!(sweep_by_values(&grown, &of("0.01", "group", 5, 6, whole), 2).unwrap(), 2);
    assert_eq!(sweep_by_values(&grown, &of("0.0,0.01", "group", 5, 6, whole), 2).unwrap(), 2);
    assert_eq!(sweep_by_values(&grown, &of("0.01,0", "pair,group", 3, 7, whole), 2).unwrap(), 16);
    // Not while it is being killed: until the larger sweep is finished there is no table.
    let (_, journal) = Folder::begin(&grown, &all, &copies(), true).unwrap();
    assert!(table::NAMES.iter().all(|name| !grown.join(name).exists()));
    drop(journal);
    assert_eq!(
        folder::unfinished(&grown).unwrap().unwrap(),
        format!(
            "{} holds an unfinished sweep: 20 of 54 runs are finished. The same `rcsim sweep` command with --resume \
             goes on",
            grown.display()
        )
    );
    assert_eq!(sweep_by_values(&grown, &all, 2).unwrap(), 34);
    assert_eq!(files(&grown), expected);
    assert_eq!(folder::unfinished(&grown).unwrap(), None);

    // Merged: in any part of the plane, shards of parts too.
    let part = |name: &str, manifest: &Manifest| {
        let path = root.path().join(name);
        sweep_by_values(&path, manifest, 1).unwrap();
        path
    };
    let parts = [
        part("a", &of("0,0.01", "pair,none", 3, 5, whole)),
        part("b1", &of("0,0.01", "pair,none", 6, 8, Shard { index: 1, of: 2 })),
        part("b2", &of("0,0.01", "pair,none", 6, 8, Shard { index: 2, of: 2 })),
        part("c", &of("0.5", "none,pair", 3, 8, whole)),
        part("d", &of("0,0.01,0.5", "group", 3, 8, whole)),
    ];
    assert_eq!(merge(&parts, &root.path().join("merged")).unwrap(), 54);
    assert_eq!(files(&root.path().join("merged")), expected);

    let missing = |left_out: usize| {
        let mut parts = parts.to_vec();
        parts.remove(left_out);
        merge(&parts, &root.path().join("none")).unwrap_err().to_string()
    };
    assert!(missing(0).contains("wan.loss=0, protocol.scheme=pair, seed 3: no folder has these values"));
    assert!(missing(1).contains("seed 6: shard 1/2 was not given"), "{}", missing(1));
    // The loss of 0.5 is then known from the last folder only, and so is its place.
    assert!(missing(3).contains("wan.loss=0.5, protocol.scheme=pair, seed 3: no folder"), "{}", missing(3));

    // A shard goes on too; runs that were its own before stay in its journal, and in no table.
    let shard = root.path().join("shard");
    assert_eq!(
        sweep_by_values(&shard, &of("0", "pair,none", 3, 4, Shard { index: 1, of: 2 }), 1).unwrap(),
        2
    );
    sweep_by_values(&shard, &of("0", "pair,none", 3, 5, Shard { index: 1, of: 2 }), 1).unwrap();
    let at_once = part("at-once", &of("0", "pair,none", 3, 5, Shard { index: 1, of: 2 }));
    assert_eq!(files(&shard), files(&at_once));
}

#[test]
fn a_narrower_interval_goes_on_and_a_wider_one_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let until = |relative| Some(UntilCi { measure: "noise".into(), relative, max_seeds: 60 });
    let path = root.path().join("a");
    let wide = sweep(&path, &manifest(Shard::WHOLE, until(0.03)), 1).unwrap();
    let more = sweep(&path, &manifest(Shard::WHOLE, until(0.01)), 1).unwrap();
    assert!(wide >= 24 && more > 0, "{wide}, then {more}");
    let at_once = root.path().join("b");
    assert_eq!(sweep(&at_once, &manifest(Shard::WHOLE, until(0.01)), 1).unwrap(), wide + more);
    assert_eq!(files(&path), files(&at_once));
    let error = sweep(&path, &manifest(Shard::WHOLE, until(0.03)), 1).unwrap_err().to_string();
    assert!(error.contains("--until-ci: 0.03 of noise (60) against 0.01 of noise (60)"), "{error}");
    let error = sweep(&path, &manifest(Shard::WHOLE, None), 1).unwrap_err().to_string();
    assert!(error.contains("--until-ci: none against 0.01"), "{error}");
}

#[test]
fn quantities_in_words_have_a_column_of_numbers() {
    let root = tempfile::tempdir().unwrap();
    let mut manifest = manifest(Shard::WHOLE, None);
    manifest.vary = vec![
        "wan.delay=20ms,1s".into(),
        "wan.bandwidth,local_system.0.units=(1Gbit/s,3),(unlimited,2)".into(),
    ];
    sweep(root.path(), &manifest, 1).unwrap();
    let files = files(root.path());
    let runs: Vec<&str> = files["runs.csv"].lines().collect();
    assert!(
        runs[0].starts_with(
            "run,point,wan.delay,wan.bandwidth,local_system.0.units,seed,wan.delay_s,wan.bandwidth_bit_per_s,schema"
        ),
        "{}",
        runs[0]
    );
    assert!(runs[1].starts_with("0,0,20ms,1Gbit/s,3,11,0.02,1000000000.0,1,"), "{}", runs[1]);
    assert!(runs[16].starts_with("15,3,1s,unlimited,2,14,1.0,,1,"), "{}", runs[16]);
    let last: serde_json::Value = serde_json::from_str(files["runs.jsonl"].lines().last().unwrap()).unwrap();
    assert_eq!((&last["wan.delay_s"], &last["local_system.0.units"]), (&1.0.into(), &2.into()));
    assert_eq!(last["wan.bandwidth_bit_per_s"], serde_json::Value::Null);
    assert!(
        files["points.csv"].contains("\n1,20ms,unlimited,2,0.02,,expected,4,"),
        "{}",
        files["points.csv"]
    );
    let paired = &files["paired.csv"];
    assert!(
        paired.contains("\n\"wan.bandwidth,local_system.0.units\",\"unlimited,2\",\"1Gbit/s,3\",1,0,20ms,unlimited,2,0.02,,"),
        "{paired}"
    );
}

/// `compare`: runs are paired by values and seed, whatever their numbers; the differences are those of the pairs.
#[test]
fn two_sweeps_are_compared_run_by_run() {
    let root = tempfile::tempdir().unwrap();
    let of = |loss: &str, first: u64, last: u64| {
        let mut manifest = manifest(Shard::WHOLE, None);
        manifest.vary = vec![format!("wan.loss={loss}")];
        manifest.seeds = Seeds { first, last };
        manifest
    };
    let (a, b) = (root.path().join("a"), root.path().join("b"));
    let lag = |extra: f64| {
        move |run: RunKey| {
            let lag = run.seed as f64 + extra * (1.0 + (run.seed % 2) as f64);
            format!("{{\"schema\":1,\"digest\":\"{}\",\"lag\":{}}}", run.seed, flat::shortest(lag))
        }
    };
    sweep_of(&a, &of("0,0.5", 1, 4), 1, &lag(0.0)).unwrap();
    sweep_of(&b, &of("0.9,0.5", 3, 6), 1, &lag(2.0)).unwrap();
    let found = compare::compare(&a, &b, &["lag".to_owned()]).unwrap();
    assert_eq!((found.alone, found.same_digest), ((6, 6), (2, 2)));
    assert_eq!(found.rows.len(), 1);
    let row = &found.rows[0];
    assert_eq!((row.point.as_str(), row.measure.as_str()), ("wan.loss=0.5", "lag"));
    // Seeds 3 and 4: 3 and 4 there, 7 and 6 here.
    assert_eq!((row.difference.from, row.difference.to, row.difference.estimate.mean), (3.5, 6.5, 3.0));
    let expected = crate::metrics::Interval::of(&[4.0, 2.0], 0.95).unwrap().half_width;
    let (low, high) = row.difference.estimate.interval.unwrap();
    assert!((high - 3.0 - expected).abs() < 1e-9 && (3.0 - low - expected).abs() < 1e-9);
    let failed = |one: &Path, other: &Path, measure: &str| {
        compare::compare(one, other, &[measure.to_owned()]).unwrap_err().to_string()
    };
    assert!(failed(&a, &b, "lags").contains("--measure lags: no number of that name in both"));
    let c = root.path().join("c");
    sweep_of(&c, &of("0.7", 1, 4), 1, &lag(0.0)).unwrap();
    assert!(failed(&a, &c, "lag").contains("has a partner in"));
    assert!(failed(&a, root.path(), "lag").contains("holds nothing to compare: expected the folder of"));
    assert!(failed(&a, &root.path().join("no"), "lag").contains("no is not there: expected the folder of"));
}
