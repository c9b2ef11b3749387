//! Recorded workloads as users meet them: files as archives hand them out, run by the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces").join(name)
}

fn rcsim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rcsim")).args(arguments).current_dir(folder).output().unwrap()
}

/// Exit code and what was printed, on both ways.
fn said(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = rcsim(folder, arguments);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

fn result(folder: &Path, set: &[&str]) -> Value {
    let mut arguments = vec!["run", "scenario.toml", "--format", "json"];
    arguments.extend(set.iter().flat_map(|set| ["--set", set]));
    let output = rcsim(folder, &arguments);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Two volumes of one application, a file each. By their stamps the second write of the first volume (30 s) is held
/// back for six seconds, and the second of the other one (35 s) stands alone at the remote site.
#[test]
fn a_file_for_each_volume_keeps_the_common_clock() {
    let folder = folder("common-clock");
    let broken_at = |set: &[&str]| {
        let result = result(&folder, set);
        assert_eq!(result["writes"]["acknowledged"], 6);
        result["order"]["first_violation"]["at_ns"].as_u64()
    };
    assert_eq!(broken_at(&[]), Some(35_010_000_000), "as it stands: two hosts");
    // One host with both files.
    let both = ["host.H0.workload.file=['vol0.csv', 'vol1.csv']", "host.H0.workload.map={'*' = 'L1'}"];
    let off = "host.H1.workload={kind = 'scripted', writes = [{unit = 'L1:1', at = '59s'}]}";
    let result = result(&folder, &[both[0], both[1], off]);
    assert_eq!(result["order"]["first_violation"]["at_ns"], 35_010_000_000_u64);
    // Were they two recordings, the second one would begin with its first record, and the order would hold.
    assert_eq!(broken_at(&["host.H1.workload.origin=own"]), None);
    // The stamp of the first file's first record, said outright.
    assert_eq!(broken_at(&["host.H1.workload.origin=130000000000000000"]), Some(35_010_000_000));
}

#[test]
fn a_recording_of_another_year_is_not_taken_for_a_part_of_this_one() {
    let copy = tempfile::tempdir().unwrap();
    for name in ["scenario.toml", "vol0.csv"] {
        std::fs::copy(folder("common-clock").join(name), copy.path().join(name)).unwrap();
    }
    let later = "150000000000000000,app,1,Write,4096,4096,90\n";
    std::fs::write(copy.path().join("vol1.csv"), later).unwrap();
    let (code, text) = said(copy.path(), &["run", "scenario.toml"]);
    assert_eq!(code, 2);
    assert!(text.contains("error[trace-beyond-duration]"), "{text}");
    assert!(text.contains("vol0.csv") && text.contains("origin = \"own\""), "{text}");
    let (code, _) = said(copy.path(), &["run", "scenario.toml", "--set", "host.H1.workload.origin=own"]);
    assert_eq!(code, 1, "no write of it is near the brown-out: the order holds, where `broken` is expected");
}

#[test]
fn a_trace_out_of_order_is_an_error_or_put_in_order() {
    let folder = folder("not-sorted");
    let (code, text) = said(&folder, &["run", "scenario.toml"]);
    assert_eq!(code, 2);
    let expected = "found a write 40s earlier than one before it; expected writes in the order of time; 3 of 6 are \
                    not, by up to 40s: `sort = true` puts them in order";
    assert!(text.contains("error[trace-order]") && text.contains(expected), "{text}");
    assert!(text.contains("both.csv:4:1") && text.contains("scenario.toml:20:8"), "{text}");
    let result = result(&folder, &["host.H0.workload.sort=true", "run.duration=45s"]);
    let trace = &result["traces"][0];
    assert_eq!((&trace["sorted"], &trace["sorted_by_s"]), (&3.into(), &40.0.into()));
    assert_eq!(trace["cut_off_by_duration"], 1, "of 0, 10, 30, 35, 40 and 50 s");
    assert_eq!(result["writes"]["acknowledged"], 5);
}

#[test]
fn files_are_read_as_they_are_handed_out() {
    let folder = folder("as-handed-out");
    let writes = |file: &str, volume: &str| {
        let file = format!("host.H0.workload.file={file}");
        let map = format!("host.H0.workload.map={{ '{volume}' = 'L1:1' }}");
        let result = result(&folder, &[&file, &map]);
        let trace = &result["traces"][0];
        let count = |key: &str| trace[key].as_u64().unwrap();
        let format = trace["format"].as_str().unwrap().to_owned();
        (
            format,
            count("writes"),
            count("skipped_reads"),
            count("cut_off_by_duration"),
            count("skipped_unmapped"),
        )
    };
    // Of three writes at 0, 30 and 50 s the first is within the 6 s that hosts write.
    assert_eq!(writes("vol0.csv.gz", "app.0"), ("msr".into(), 3, 0, 2, 0));
    assert_eq!(writes("bom.csv", "app.0"), ("msr".into(), 3, 0, 2, 0));
    assert_eq!(writes("cloud.csv", "3"), ("alibaba".into(), 2, 1, 0, 0));
    assert_eq!(writes("asu.spc", "1"), ("spc".into(), 1, 0, 0, 1));
    assert_eq!(writes("vol.iolog", "vol"), ("fio-iolog".into(), 1, 0, 0, 0));
    assert_eq!(writes("blkparse.txt", "8,0"), ("blkparse".into(), 1, 0, 0, 0));
}

#[test]
fn page_and_validate_say_what_was_read_and_what_was_left_out() {
    let folder = folder("as-handed-out");
    let set = ["--set", "host.H0.workload.file=cloud.csv", "--set", "host.H0.workload.map={ '3' = 'L1:1' }"];
    let (code, page) = said(&folder, &[&["run", "scenario.toml"], &set[..]].concat());
    assert_eq!(code, 0, "{page}");
    assert!(page.contains("H0: cloud.csv (alibaba): 2 writes of 3 requests to replay"), "{page}");
    let (code, told) = said(&folder, &[&["validate", "scenario.toml"], &set[..]].concat());
    assert_eq!(code, 0);
    assert!(
        told.contains("H0: cloud.csv (alibaba): 2 writes of 3 requests to replay (8KiB); skipped: 1 read"),
        "{told}"
    );
    let (_, told) = said(&folder, &["validate", "scenario.toml"]);
    assert!(
        told.contains("(msr, gzip)") && told.contains("cut off: 2 due after the 6s that hosts write"),
        "{told}"
    );
}

#[test]
fn a_volume_that_the_trace_does_not_have_is_an_error() {
    let folder = folder("as-handed-out");
    let (code, text) =
        said(&folder, &["run", "scenario.toml", "--set", "host.H0.workload.map={'ap.0'='L1:1'}"]);
    assert_eq!(code, 2);
    assert!(text.contains("error[trace-volume]") && text.contains("did you mean \"app.0\"?"), "{text}");
    // Also where another volume of the map is there.
    let set = "host.H0.workload.map={'app.0'='L1:1', 'app.7'='L1:1'}";
    let (code, text) = said(&folder, &["run", "scenario.toml", "--set", set]);
    assert_eq!(code, 2);
    assert!(text.contains("found \"app.7\""), "{text}");
}

/// The bundled recording against figures that awk gives (`scenarios/traces/README.md`).
#[test]
fn trace_info_tells_the_figures_of_a_recording() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = rcsim(root, &["trace", "info", "scenarios/traces/pgbench.csv", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    let info: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(info["writes"]["requests"], 27_758);
    assert_eq!(info["writes"]["bytes"], 193_314_816 + 138_919_936);
    assert_eq!(info["reads"]["requests"], 0);
    assert_eq!(info["write_size"]["min"], 512);
    assert_eq!(info["write_size"]["max"], 73_728);
    assert!((info["span_s"].as_f64().unwrap() - 9.937).abs() < 0.001);
    let volumes: Vec<_> =
        info["volumes"].as_array().unwrap().iter().map(|v| v["writes"]["requests"].clone()).collect();
    let mut counts: Vec<_> = volumes.iter().map(|count| count.as_u64().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [10_725, 17_033]);
    let timeline = info["timeline"]["writes"].as_array().unwrap();
    assert_eq!(timeline.iter().map(|bin| bin.as_u64().unwrap()).sum::<u64>(), 27_758);
    assert_eq!(info["working_set"]["sampled_share"], 1.0);
}

/// The samples are one recording: whatever the format, the page says the same of it.
#[test]
fn trace_info_says_the_same_of_every_format() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/traces/samples");
    let page = |files: &[&str]| {
        let (code, text) = said(&folder, &[&["trace", "info"], files].concat());
        assert_eq!(code, 0, "{text}");
        let lines = text.lines().skip_while(|line| !line.starts_with("  requests"));
        lines.take_while(|line| !line.starts_with("Volumes")).collect::<Vec<_>>().join("\n")
    };
    let expected = page(&["msr.csv"]);
    assert!(expected.contains("8 requests in 9s: 6 writes (75%), 2 reads (25%)"), "{expected}");
    for file in ["msr.csv.gz", "alibaba.csv", "alibaba.csv.zst", "tencent.csv", "spc.spc", "systor17.csv"] {
        assert_eq!(page(&[file]), expected, "{file}");
    }
    assert_eq!(page(&["vscsi1-disk0.bin", "vscsi1-disk1.bin"]), expected);
    assert_eq!(page(&["vscsi2-disk1.bin", "vscsi2-disk0.bin"]), expected);
    let columns = "{ time = 'ms', time_unit = '1ms', volume = 'disk', op = 'kind', offset = 'sector', \
                   offset_unit = '512B', length = 'sectors', length_unit = '512B', separator = ' ' }";
    assert_eq!(page(&["table.txt", "--columns", columns]), expected);
}

#[test]
fn trace_info_draws_a_picture_or_says_why_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/traces/samples");
    let home = tempfile::tempdir().unwrap();
    let draw = |name: &str| {
        let path = home.path().join(name);
        let (code, text) = said(&folder, &["trace", "info", "msr.csv", "--out", path.to_str().unwrap()]);
        (code, text, std::fs::read(path).ok())
    };
    let (code, _, svg) = draw("trace.svg");
    assert!(code == 0 && svg.unwrap().starts_with(b"<svg"));
    let (code, _, png) = draw("trace.png");
    assert!(code == 0 && png.unwrap().starts_with(b"\x89PNG"));
    let (code, text, none) = draw("trace.pdf");
    assert!(code == 2 && text.contains(".svg or .png") && none.is_none(), "{text}");
    let (code, text, none) = draw("no/such/folder/trace.svg");
    assert!(code == 3 && none.is_none(), "{code}: {text}");
    let left: Vec<_> =
        std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing half made: {left:?}");
}

#[test]
fn trace_info_points_at_what_is_wrong() {
    let folder = folder("not-sorted");
    let (code, text) = said(&folder, &["trace", "info", "both.csv"]);
    assert_eq!(code, 0);
    assert!(text.contains("3 out of"), "{text}");
    let (code, text) = said(&folder, &["trace", "info", "no-such.csv"]);
    assert!(code == 2 && text.contains("no-such.csv: found no such file"), "{text}");
    let (code, text) = said(&folder, &["trace", "info", "both.csv", "--read-as", "mrs"]);
    assert!(code == 2 && text.contains("did you mean \"msr\"?"), "{text}");
    let (code, text) = said(&folder, &["trace", "info", "both.csv", "--columns", "{ time = 1, ofset = 2 }"]);
    assert!(code == 2 && text.contains("did you mean `offset`?"), "{text}");
    let (code, text) = said(&folder, &["trace", "info", "both.csv", "--read-as", "spc"]);
    assert!(code == 2 && text.contains("both.csv:1:") && text.contains("MSR Cambridge"), "{text}");
}

/// What one write, or none, says nothing of is a dash or null.
#[test]
fn trace_info_of_too_few_writes_has_no_figures_of_them() {
    let home = tempfile::tempdir().unwrap();
    let info = |text: &str| -> (String, Value) {
        std::fs::write(home.path().join("few.csv"), text).unwrap();
        let (_, page) = said(home.path(), &["trace", "info", "few.csv"]);
        let json = rcsim(home.path(), &["trace", "info", "few.csv", "--format", "json"]).stdout;
        (page, serde_json::from_slice(&json).unwrap())
    };
    let (page, one) = info("0,W,0,4096,1600000000000000\n");
    assert!(page.contains("10ms              1        4KiB          -              -"), "{page}");
    assert_eq!(one["write_size"]["p50"], 4096);
    assert!(one["write_gap"].is_null() && one["bursts"][0]["index_of_dispersion"].is_null(), "{one}");
    let (page, twice) = info("0,W,0,4096,1600000000000000\n0,W,0,4096,1600000000000000\n");
    assert!(!page.contains("squared"), "{page}");
    assert!(twice["write_gap"]["squared_coefficient_of_variation"].is_null(), "{twice}");
    let (_, read) = info("0,R,0,4096,1600000000000000\n");
    assert!(read["write_size"].is_null() && read["bursts"][2]["peak_to_mean"].is_null(), "{read}");
}
