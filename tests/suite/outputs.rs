//! Files that commands write at their end: told before the work if they cannot be, and never over what is in use.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use crate::desk::{Desk, NONE, TWO_ARRAYS, text};

const STUDY: &str = "scenario = \"small.toml\"\nseeds = \"1..2\"\n[vary]\n\"wan.loss\" = [0, 0.1]\n";

fn desk() -> Desk {
    let desk = Desk::new();
    fs::write(desk.path("study.toml"), STUDY).unwrap();
    desk
}

#[test]
fn no_file_is_written_over_one_that_is_read_or_over_another() {
    let desk = desk();
    fs::create_dir(desk.path("folder")).unwrap();
    symlink("small.toml", desk.path("link.toml")).unwrap();
    let reads = "the command reads this file; choose another file\n";
    for (arguments, error) in [
        (
            &["run", "small.toml", "--events", "small.toml"] as &[&str],
            format!("--events small.toml: {reads}"),
        ),
        (
            &["run", "small.toml", "--junit", "folder/../small.toml"],
            format!("--junit folder/../small.toml: {reads}"),
        ),
        (&["run", "link.toml", "--pcap", "small.toml"], format!("--pcap small.toml: {reads}")),
        (
            &["run", "small.toml", "--events", "new", "--pcap", "folder/../new"],
            "--pcap folder/../new: --events writes this file; choose another file\n".to_owned(),
        ),
        (
            &["explain", "small.toml", "--set", NONE, "--html", "small.toml"],
            format!("--html small.toml: {reads}"),
        ),
        (
            &["shrink", "small.toml", "--set", NONE, "--out", "small.toml"],
            format!("--out small.toml: {reads}"),
        ),
        (&["study", "study.toml", "--junit", "study.toml"], format!("--junit study.toml: {reads}")),
    ] {
        let (_, told) = desk.ends(arguments, 2);
        assert_eq!(told, format!("error: {error}"), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(desk.path("small.toml")).unwrap(), TWO_ARRAYS);
    assert_eq!(desk.files(), ["link.toml", "study.toml"]);
    // Devices serve more than one purpose.
    desk.ends(&["run", "small.toml", "--events", "/dev/null", "--pcap", "/dev/null"], 0);
}

#[test]
fn what_cannot_be_written_is_told_before_the_work() {
    let desk = desk();
    for arguments in [
        &["run", "small.toml", "--junit", "none/file"] as &[&str],
        &["run", "small.toml", "--events", "none/file"],
        &["explain", "small.toml", "--set", NONE, "--svg", "none/file"],
        &["shrink", "small.toml", "--set", NONE, "--out", "none/file"],
        &["study", "study.toml", "--junit", "none/file"],
        &["regress", "small.toml", "--golden", "golden.jsonl", "--junit", "none/file"],
        &["init", "none/file"],
    ] {
        let (out, told) = desk.ends(arguments, 3);
        assert_eq!(told, "error: cannot write none/file: No such file or directory (os error 2)\n");
        assert_eq!(out, "", "{arguments:?}");
    }
    desk.ends(&["run", "small.toml", "--junit", "."], 2);
    assert_eq!(desk.files(), ["study.toml"]);
}

/// The name of a run is that of a folder: it does not lead out of `--out`.
#[test]
fn the_name_of_a_run_leads_nowhere_else() {
    let desk = Desk::new();
    for name in ["../elsewhere", "a/b", ""] {
        let (_, told) =
            desk.ends(&["run", "small.toml", "--seeds", "1..2", "--out", "out", "--name", name], 2);
        assert!(told.contains("expected a name that a folder can have, without `/`"), "{told}");
    }
    assert_eq!(desk.files(), [""; 0]);
    desk.ends(&["run", "small.toml", "--seeds", "1..2", "--out", "out", "--name", ".. 'x\" \u{fc}"], 0);
}

/// What is said to do a run again does it, whatever the file is called.
#[test]
fn the_command_that_does_it_again_is_one_that_works() {
    let desk = Desk::new();
    for name in ["-x", "it's a \"b\" \u{fc}"] {
        let file = format!("{name}.toml");
        fs::rename(desk.path("small.toml"), desk.path(&file)).unwrap();
        let (page, _) = desk.ends(&["explain", "--set", NONE, "--", &file], 1);
        let (_, rest) = page.split_once("replay ").expect(&page);
        let again = rest.split_once("\n\n").expect(rest).0.replace('\n', " ");
        desk.ends(&["run", "--out", "out", "--", &file], 0);
        let in_folder = fs::read_to_string(desk.path("out/replay.txt")).unwrap();
        for (command, folder, code) in [(again, "", 1), (in_folder, "out", 0)] {
            let program = assert_cmd::cargo::cargo_bin!("rcsim").to_str().unwrap();
            let command = command.trim().replacen("rcsim", program, 1);
            let output = std::process::Command::new("sh")
                .args(["-c", &command])
                .current_dir(desk.path(folder))
                .output();
            let output = output.unwrap();
            assert_eq!(output.status.code(), Some(code), "{command}: {}", text(&output.stderr));
        }
        fs::rename(desk.path(&file), desk.path("small.toml")).unwrap();
    }
}

#[test]
fn a_link_stays_a_link_and_standard_output_may_be_a_file() {
    let desk = Desk::new();
    fs::write(desk.path("facts"), "old").unwrap();
    symlink("facts", desk.path("link")).unwrap();
    desk.ends(&["run", "small.toml", "--events", "link"], 0);
    assert!(fs::symlink_metadata(desk.path("link")).unwrap().is_symlink());
    let facts = fs::read_to_string(desk.path("facts")).unwrap();
    assert!(facts.starts_with("{\"event\":\"run\""));

    // The facts, and then the result.
    let both = fs::File::create(desk.path("both")).unwrap();
    let mut command = desk.command(&["run", "small.toml", "--events", "/dev/stdout", "--format", "json"]);
    let output = command.stdout(both).output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let both = fs::read_to_string(desk.path("both")).unwrap();
    let result = both.strip_prefix(&facts).expect("the facts come first");
    assert!(result.starts_with("{\"schema\":1,") && result.lines().count() == 1, "{result}");
}

#[test]
fn a_file_where_a_folder_should_be_is_told() {
    let desk = desk();
    fs::write(desk.path("file"), "").unwrap();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.1", "--seeds", "1..2", "--out", "swept"];
    desk.ends(&sweep, 0);
    for (arguments, error) in [
        (&["plot", "swept", "--out", "file"] as &[&str], "--out file: it is not a folder"),
        (&["merge", "file", "--out", "merged"], "file is not a folder"),
        (&["merge", "swept", "--out", "file"], "file is not a folder"),
        (&["sweep", "small.toml", "--seeds", "1..2", "--out", "file"], "file is not a folder"),
    ] {
        let (_, told) = desk.ends(arguments, 2);
        assert_eq!(told, format!("error: {error}\n"), "{arguments:?}");
    }
}

#[test]
fn a_folder_where_a_file_should_be_is_told() {
    let desk = desk();
    fs::create_dir(desk.path("folder")).unwrap();
    for option in ["--events", "--perfetto", "--pcap", "--junit"] {
        let (_, told) = desk.ends(&["run", "small.toml", option, "folder"], 2);
        assert_eq!(told, "error: folder is not a file\n", "{option}");
    }
}

/// However the value is written in the command that plots, it is the one that was swept.
#[test]
fn points_are_chosen_by_the_number_not_by_how_it_is_written() {
    let desk = desk();
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0..0.2:0.1", "--seeds", "1..2", "--out", "swept"];
    desk.ends(&sweep, 0);
    let plot = ["plot", "swept", "--x", "wan.loss", "--y", "wan.lost", "--where", "wan.loss=0", "--where"];
    desk.ends(&[&plot[..], &["wan.loss=1e-1"]].concat(), 0);
    let drawn = fs::read_to_string(desk.path("swept/figures/wan-lost.csv")).unwrap();
    assert_eq!(drawn.lines().count(), 3, "{drawn}");
    let (_, told) = desk.ends(&[&plot[..], &["wan.loss=0.3"]].concat(), 2);
    assert_eq!(told, "error: --where wan.loss=0.3: no such value; there are 0.0, 0.1, 0.2\n");
}
