//! Commands that are interrupted: really sent a signal, they leave nothing unfinished behind; what a kill leaves,
//! the next command into the same place clears away.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::desk::{Desk, one_pair};

const INT: (&str, i32) = ("INT", 2);
const TERM: (&str, i32) = ("TERM", 15);
const KILL: (&str, i32) = ("KILL", 9);

/// Some writes in a tenth of a second.
fn desk() -> Desk {
    let workload = "kind = \"poisson\"\nrate = \"500/s\"\non = [\"L1\"]";
    Desk::with(&one_pair("duration = \"100ms\"", workload, "delay = \"1ms\""))
}

impl Desk {
    /// The program, whose standard output nobody reads.
    fn quiet(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn succeeds(&self, arguments: &[&str]) {
        let output = self.quiet(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Begins a command and sends the signal once something unfinished stands in `folder`. Whether the signal came
    /// before the command was done is given back.
    fn interrupt(&self, arguments: &[&str], folder: &str, (name, number): (&str, i32)) -> bool {
        let mut child = self.quiet(arguments).spawn().unwrap();
        while unfinished(&self.path(folder)).is_empty() {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            sleep(Duration::from_micros(200));
        }
        send(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        match output.status.signal() {
            Some(signal) => {
                assert_eq!(signal, number);
                true
            }
            None => false,
        }
    }

    /// As [`Desk::interrupt`], until a signal does come before the end; `undo` makes the next attempt possible.
    fn interrupt_surely(&self, arguments: &[&str], folder: &str, signal: (&str, i32), undo: impl Fn()) {
        for _ in 0..50 {
            if self.interrupt(arguments, folder, signal) {
                return;
            }
            undo();
        }
        panic!("{arguments:?} was always done before the signal came");
    }

    fn names(&self) -> Vec<String> {
        names(&self.path(""))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Hidden names in a folder.
fn unfinished(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.starts_with(".rcsim-")).collect()
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

const LONG_RUN: [&str; 8] = ["run", "small.toml", "--seeds", "1..50000", "--threads", "2", "--out", "res"];

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    for signal in [INT, TERM] {
        let desk = desk();
        for _ in 0..10 {
            assert!(desk.interrupt(&LONG_RUN, ".", signal));
            assert_eq!(desk.names(), ["small.toml"], "{signal:?}");
        }
    }
}

#[test]
fn an_earlier_result_outlives_an_interrupted_run() {
    let desk = desk();
    desk.succeeds(&["run", "small.toml", "--out", "res"]);
    let before = fs::read(desk.path("res/result.json")).unwrap();
    assert!(desk.interrupt(&LONG_RUN, ".", TERM));
    assert_eq!(desk.names(), ["res", "small.toml"]);
    assert_eq!(fs::read(desk.path("res/result.json")).unwrap(), before);
}

#[test]
fn what_a_killed_run_left_is_cleared_by_the_next_into_the_same_place() {
    let desk = desk();
    for _ in 0..3 {
        assert!(desk.interrupt(&LONG_RUN, ".", KILL));
    }
    // The second and third runs cleared away what the one before had left.
    assert_eq!(unfinished(&desk.path("")).len(), 1);
    desk.succeeds(&["run", "small.toml", "--out", "elsewhere"]);
    assert_eq!(unfinished(&desk.path("")).len(), 1);
    desk.succeeds(&["run", "small.toml", "--out", "res"]);
    assert_eq!(desk.names(), ["elsewhere", "res", "small.toml"]);
}

#[test]
fn a_run_does_not_clear_away_what_another_is_making() {
    let desk = desk();
    let mut other = desk.quiet(&LONG_RUN).spawn().unwrap();
    while unfinished(&desk.path("")).is_empty() {
        sleep(Duration::from_millis(1));
    }
    desk.succeeds(&["run", "small.toml", "--out", "res"]);
    assert_eq!(unfinished(&desk.path("")).len(), 1);
    send(&other, "INT");
    other.wait().unwrap();
    assert_eq!(desk.names(), ["res", "small.toml"]);
}

#[test]
fn a_merge_or_plot_that_is_interrupted_leaves_nothing_and_a_kill_is_cleared_away() {
    let desk = desk();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..40", "--out"];
    desk.succeeds(&[&sweep[..], &["one", "--shard", "1/2"]].concat());
    desk.succeeds(&[&sweep[..], &["two", "--shard", "2/2"]].concat());
    let (merge, merged) = (["merge", "one", "two", "--out", "merged"], desk.path("merged"));
    let figures = desk.path("one/figures");
    let undo = |path: &Path| {
        let _ = fs::remove_dir_all(path);
    };
    for signal in [INT, TERM, KILL] {
        desk.interrupt_surely(&merge, ".", signal, || undo(&merged));
        let left = unfinished(&desk.path("")).len();
        assert_eq!(left, usize::from(signal == KILL), "{signal:?}");
        assert!(!merged.exists());
        desk.interrupt_surely(&["plot", "one"], "one", signal, || undo(&figures));
        assert_eq!(unfinished(&desk.path("one")).len(), left, "{signal:?}");
        assert!(!figures.exists());
    }
    desk.succeeds(&merge);
    desk.succeeds(&["plot", "one"]);
    assert_eq!(desk.names(), ["merged", "one", "small.toml", "two"]);
    assert_eq!(unfinished(&desk.path("one")), [""; 0]);
}

#[test]
fn a_sweep_that_is_interrupted_goes_on() {
    let desk = desk();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..2000", "--out", "out"];
    let kept = || fs::metadata(desk.path("out/journal.jsonl")).map_or(0, |data| data.len());
    for signal in [INT, TERM] {
        let before = kept();
        let child = desk.quiet(&[&sweep[..], &["--resume"]].concat()).spawn().unwrap();
        while kept() <= before {
            sleep(Duration::from_millis(1));
        }
        send(&child, signal.0);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(signal.1));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "interrupted: the runs that finished are kept in out; the same command goes on with the others\n"
        );
        assert_eq!(unfinished(&desk.path("out")), [""; 0]);
        assert_eq!(desk.names(), ["out", "small.toml"]);
    }
    desk.succeeds(&[&sweep[..], &["--resume"]].concat());
    let rows = fs::read_to_string(desk.path("out/runs.csv")).unwrap().lines().count();
    assert_eq!(rows, 1 + 2 * 2000);
}

#[test]
fn who_did_not_say_resume_is_told_to() {
    let desk = desk();
    let sweep = ["sweep", "small.toml", "--seeds", "1..4000", "--out", "out"];
    let hunt = ["hunt", "--for", "1h", "--out", "out"];
    for (command, begun, kept) in [
        (
            &sweep[..],
            "out/journal.jsonl",
            "the runs that finished are kept in out; the same command with --resume",
        ),
        (
            &hunt[..],
            "out/hunt.json",
            "the worlds that were tried are kept in out; the same command with --resume",
        ),
    ] {
        let child = desk.quiet(command).spawn().unwrap();
        while fs::metadata(desk.path(begun)).map_or(0, |data| data.len()) == 0 {
            sleep(Duration::from_millis(1));
        }
        send(&child, "TERM");
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.starts_with(&format!("interrupted: {kept} goes on ")), "{told}");
        fs::remove_dir_all(desk.path("out")).unwrap();
    }
}
