//! Recorded workloads on the page of a run and in `validate`: what each file holds, and what becomes of it.

use super::human::{bytes, count, plural};
use crate::hardware::trace_file::FileScan;
use crate::report::recorded::recordings;
use crate::scenario::Scenario;

/// This many files of a host are told one by one.
const SHOWN: usize = 6;

/// A sentence for each file of each host.
pub fn phrases(scenario: &Scenario) -> Vec<String> {
    let mut phrases = Vec::new();
    for (host, recording) in recordings(scenario) {
        let files = &recording.scan.files;
        let duration = scenario.run.duration.to_string();
        phrases.extend(files.iter().take(SHOWN).map(|file| format!("{host}: {}", phrase(file, &duration))));
        if let Some(more) = files.get(SHOWN..).filter(|more| !more.is_empty()) {
            let sum = |of: fn(&FileScan) -> u64| more.iter().map(of).sum();
            phrases.push(format!(
                "{host}: {} more: {} of {} are writes to replay; {} come after the {duration} that hosts write",
                plural(more.len(), "file"),
                count(sum(|file| file.writes)),
                plural(sum(|file| file.requests) as usize, "request"),
                count(sum(|file| file.cut_off)),
            ));
        }
    }
    phrases
}

/// What a file holds, and what becomes of it.
fn phrase(file: &FileScan, duration: &str) -> String {
    let mut kind = vec![file.format.name().to_owned()];
    kind.extend(file.compression.map(|compression| compression.name().to_owned()));
    kind.extend(file.action.map(|action| format!("action {action}")));
    let mut told = vec![format!(
        "{} ({}): {} of {} to replay ({})",
        file.path.display(),
        kind.join(", "),
        plural(file.writes as usize, "write"),
        plural(file.requests as usize, "request"),
        bytes(file.bytes),
    )];
    let mut list = |title: &str, counts: &[(u64, &str, &str)]| {
        let counts = counts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| {
            let what = if *number == 1 { one } else { many };
            format!("{} {what}", count(*number))
        });
        let counts: Vec<_> = counts.collect();
        if !counts.is_empty() {
            told.push(format!("{title}{}", counts.join(", ")));
        }
    };
    list(
        "skipped: ",
        &[
            (file.reads, "read", "reads"),
            (file.unmapped, "write to a volume not in the map", "writes to volumes not in the map"),
            (file.others, "request that neither reads nor writes", "requests that neither read nor write"),
            (file.empty, "write of no bytes", "writes of no bytes"),
            (file.before, "write before `from`", "writes before `from`"),
            (file.after, "write after `to`", "writes after `to`"),
        ],
    );
    let widened = "widened to whole blocks of 512 bytes";
    list("", &[(file.widened, widened, widened)]);
    let sorted = format!("put in order, by up to {}", file.sorted_by);
    list("", &[(file.sorted, &sorted, &sorted)]);
    let cut_off = format!("due after the {duration} that hosts write");
    list("cut off: ", &[(file.cut_off, &cut_off, &cut_off)]);
    told.join("; ")
}
