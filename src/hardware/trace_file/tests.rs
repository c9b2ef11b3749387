//! Every format against one recording; random recordings, written and read again; damaged bytes.

mod damage;
mod formats;
mod random;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::hardware::workload::LocalUnit;
use crate::units::{LocalId, SimDuration};

/// A file that goes away with its folder.
struct File {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// A file of that content.
fn file(content: &[u8]) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.txt");
    fs::write(&path, content).unwrap();
    File { path, _folder: folder }
}

/// The unit of position `unit` of the only local system.
fn unit(unit: u32) -> LocalUnit {
    LocalUnit { system: LocalId::from(0_usize), unit }
}

/// Each of `volumes` on a unit of its own, in their order.
fn volumes(names: &[&str]) -> Vec<Volume> {
    let volume = |(index, name): (usize, &&str)| Volume {
        name: name.as_bytes().to_vec(),
        units: vec![unit(index as u32)],
        stripe: 1 << 40,
        base: 0,
    };
    let mut volumes: Vec<_> = names.iter().enumerate().map(volume).collect();
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    volumes
}

/// All of these files, with a common clock.
fn plan(paths: &[&Path], reading: &Reading, names: &[&str], sort: bool) -> Result<TracePlan, TraceError> {
    let openings =
        paths.iter().map(|path| open(path, reading, sort)).collect::<Result<Vec<_>, TraceError>>()?;
    let origin_ns = openings.iter().map(|opening| opening.first_ns).min().unwrap();
    let file = |(path, opening): (&&Path, &Opening)| TraceFile {
        path: path.to_path_buf(),
        reading: Reading { format: Some(opening.format), ..reading.clone() },
        nameless: path.file_stem().unwrap().to_string_lossy().into_owned(),
        origin_ns,
        disorder_ns: opening.disorder_ns,
    };
    Ok(TracePlan {
        files: paths.iter().zip(&openings).map(file).collect(),
        volumes: volumes(names),
        window: Window::default(),
    })
}

/// Scans and replays; the two must agree on how much is written.
fn replay(plan: &TracePlan) -> Result<(TraceScan, Vec<TraceWrite>), TraceError> {
    let scan = scan(plan, false, SimDuration::MAX)?;
    let writes = TraceReader::open(plan)?.collect::<Result<Vec<_>, _>>()?;
    assert_eq!(
        scan.files.iter().map(|file| file.bytes).sum::<u64>(),
        writes.iter().map(|w| u64::from(w.size)).sum::<u64>()
    );
    for file in &scan.files {
        let left_out = file.reads + file.others + file.unmapped + file.empty + file.before + file.after;
        assert_eq!(file.requests, file.writes + left_out, "every request is counted once");
    }
    assert!(writes.is_sorted_by_key(|write| write.at));
    Ok((scan, writes))
}

/// A write as (nanoseconds, unit, block, bytes).
fn told(writes: &[TraceWrite]) -> Vec<(u64, u32, u64, u32)> {
    writes.iter().map(|w| (w.at.as_ns(), w.unit.unit, w.position, w.size)).collect()
}

/// The writes of a file whose content is given.
fn writes_of(content: &[u8], names: &[&str], sort: bool) -> Result<Vec<(u64, u32, u64, u32)>, String> {
    let file = file(content);
    let plan = plan(&[&file.path], &Reading::default(), names, sort);
    let told = plan.and_then(|plan| replay(&plan)).map(|(_, writes)| told(&writes));
    told.map_err(|error| error.to_string().replace(&format!("{}:", file.path.display()), ""))
}
