//! A machine that fails: full disks, closed pipes, folders that cannot be made.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::desk::{Desk, NONE, text};

fn to_full_disk(desk: &Desk, arguments: &[&str]) -> Output {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = desk.command(arguments).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_full_disk_under_standard_output_is_exit_code_3() {
    let desk = Desk::new();
    for arguments in [
        &["run", "small.toml"] as &[&str],
        &["run", "small.toml", "--format", "json", "--seeds", "1..4"],
        &["run", "small.toml", "--seeds", "1..4"],
        &["validate", "small.toml"],
        &["init"],
        &["schema"],
        &["completions", "bash"],
    ] {
        let output = to_full_disk(&desk, arguments);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(error.starts_with("error: cannot write to standard output: No space left"), "{error}");
    }
    assert_eq!(desk.files(), [""; 0]);
}

/// The reader leaves before the first line.
#[test]
fn a_closed_pipe_ends_every_command_without_a_word() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder")).unwrap();
    fs::copy(desk.path("small.toml"), desk.path("folder/small.toml")).unwrap();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..2", "--out"];
    for shard in ["one", "two"] {
        let shard_number = if shard == "one" { "1/2" } else { "2/2" };
        assert_eq!(desk.code(&[&sweep[..], &[shard, "--shard", shard_number]].concat()), 0);
    }
    assert_eq!(desk.code(&["run", "small.toml", "--out", "run"]), 0);
    assert_eq!(desk.code(&["regress", "folder", "--golden", "golden.jsonl", "--bless"]), 0);
    for (arguments, code) in [
        (&["run", "small.toml"] as &[&str], 0),
        (&["run", "small.toml", "--set", NONE], 1),
        (&["run", "small.toml", "--seeds", "1..3"], 0),
        (&["run", "small.toml", "--seeds", "1..3", "--format", "json"], 0),
        (&["run", "small.toml", "--out", "again"], 0),
        (&[&sweep[..], &["three"]].concat(), 0),
        (&["merge", "one", "two", "--out", "merged"], 0),
        (&["regress", "folder", "--golden", "golden.jsonl"], 0),
        (&["plot", "run"], 0),
        (&["validate", "small.toml"], 0),
        (&["init"], 0),
        (&["schema"], 0),
        (&["completions", "bash"], 0),
        (&["--help"], 0),
        (&["run", "--help"], 0),
        (&["--version"], 0),
    ] {
        let mut command = desk.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
    assert!(desk.files().iter().all(|name| !name.contains(".rcsim-")), "{:?}", desk.files());
}

/// No file can grow beyond 4 KiB: the result fits, the time series does not.
#[test]
fn a_disk_that_fills_up_leaves_no_half_folder() {
    let desk = Desk::new();
    let program = assert_cmd::cargo::cargo_bin!("rcsim");
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    for seeds in ["1..1", "1..3"] {
        let arguments = ["run", "small.toml", "--out", "out", "--seeds", seeds];
        let mut command = Command::new("sh");
        command.args(["-c", limited]).arg(program).args(arguments);
        let output = command.current_dir(desk.path("")).output().unwrap();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.starts_with("error: cannot write ") && error.contains("File too large"), "{error}");
        assert_eq!(desk.files(), [""; 0]);
    }
}

/// The figures do not fit: what the system says of it is told, not the drawing library's insides.
#[test]
fn a_disk_too_small_for_figures_is_told_plainly() {
    let desk = Desk::new();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..2", "--out", "swept"];
    assert_eq!(desk.code(&sweep), 0);
    for (format, told) in [("svg", "cannot write out/"), ("png", "drawing failed: ")] {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
        command.arg(assert_cmd::cargo::cargo_bin!("rcsim"));
        command.args(["plot", "swept", "--out", "out", "--format", format]);
        let output = command.current_dir(desk.path("")).output().unwrap();
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.starts_with(&format!("error: {told}")) && error.contains("File too large"), "{error}");
        assert!(!error.contains(".rcsim-") && !error.contains("IoError"), "{error}");
        assert!(!desk.path("out").exists());
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_exit_code_3_before_any_run() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "").unwrap();
    // Nobody, not even root, makes a folder in /proc.
    for out in ["file/out", "/proc/out"] {
        let output = desk.output(&["run", "small.toml", "--out", out]);
        assert_eq!(output.status.code(), Some(3), "{out}");
        assert_eq!(text(&output.stdout), "");
        let error = text(&output.stderr);
        assert!(error.starts_with(&format!("error: cannot write {out}: ")), "{error}");
        // Where it would have stood until it is whole is nobody's affair.
        assert!(!error.contains(".rcsim-"), "{error}");
    }
    assert_eq!(desk.code(&["run", "small.toml", "--out", "file"]), 2);
    assert_eq!(desk.code(&["run", "small.toml", "--out", "small.toml"]), 2);
    assert_eq!(desk.files(), ["file"]);
}

#[test]
fn init_on_a_full_disk_is_exit_code_3() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["init", "/dev/full"]), 2);
    assert_eq!(desk.code(&["init", "--force", "/dev/full"]), 3);
    assert_eq!(desk.code(&["init", "nowhere/new.toml"]), 3);
}
