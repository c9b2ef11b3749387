//! `rcsim reordering`: the program on logs of arrivals.

use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

fn rcsim() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("rcsim"))
}

/// Exit code, standard output and standard error.
fn run(arguments: &[&str], input: &str) -> (i32, String, String) {
    let output = rcsim().arg("reordering").args(arguments).write_stdin(input).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(arguments: &[&str], input: &str) -> serde_json::Value {
    let (code, stdout, stderr) = run(&[arguments, &["--format", "json"]].concat(), input);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn the_example_of_rfc_4737_section_7_1_as_a_file_and_by_standard_input() {
    let mut log = String::from("time,seq,size\r\n");
    for (place, number) in [1, 2, 3, 5, 6, 7, 8, 4, 9, 10].into_iter().enumerate() {
        log += &format!("{}ms,{number},100\r\n", 10 * place);
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("arrivals.csv");
    fs::write(&path, &log).unwrap();
    let path = path.to_str().unwrap();
    for found in [json(&[path], ""), json(&["-"], &log)] {
        assert_eq!(found["received"], 10);
        assert_eq!(found["reordered"], 1);
        assert_eq!(found["reordered_ratio"], 0.1);
        assert_eq!(found["reordering_extent"]["max"], 4);
        assert_eq!(found["late_time"]["max_s"], 0.04);
        assert_eq!(found["byte_offset"]["max"], 400);
        let steps = serde_json::json!([{"from": 1, "to": 4, "arrivals": 1, "degree": 0.1}]);
        assert_eq!(found["n_reordering"], steps);
        assert_eq!(found["free_runs"]["runs"], 1);
    }
    let (code, page, _) = run(&[path], "");
    assert_eq!(code, 0);
    for line in ["reordered   1 of 10: 10%", "1 to 4", "RFC 5236", "late time"] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[test]
fn duplicates_and_losses_have_no_receive_index() {
    // RFC 5236's running example: packet 2 is lost, packet 3 comes twice.
    let mut log = String::new();
    for (place, number) in [1, 4, 3, 5, 3, 8, 7, 6].iter().enumerate() {
        log += &format!("{place},{number}\n");
    }
    let found = json(&["-"], &log);
    assert_eq!((&found["lines"], &found["duplicates"], &found["missing"]), (&8.into(), &1.into(), &1.into()));
    assert_eq!(found["byte_offset"], serde_json::Value::Null);
    let displacements: Vec<_> = found["reorder_density"].as_array().unwrap().iter().collect();
    let shown: Vec<_> =
        displacements.iter().map(|bar| (bar["displacement"].as_i64(), bar["arrivals"].as_u64())).collect();
    let expected = [(-2, 1), (-1, 1), (0, 3), (1, 1), (2, 1)];
    assert_eq!(shown, expected.map(|(by, arrivals)| (Some(by), Some(arrivals))));
    let density: f64 = displacements.iter().map(|bar| bar["density"].as_f64().unwrap()).sum();
    assert!((density - 1.0).abs() < 1e-12);
    // With a threshold of one, packet 6 counts as lost, and what came before is forgotten so soon that the second
    // copy of packet 3 cannot be told from one that is too late.
    let found = json(&["-", "--threshold", "1"], &log);
    assert_eq!((&found["received"], &found["beyond_threshold"]), (&6.into(), &2.into()));
}

#[test]
fn a_bad_line_ends_with_2_and_says_where() {
    for (log, message) in [
        ("0,1\n1,x\n", "error: -:2:3: found `x` as sequence number; expected a whole number, 0 or more\n"),
        ("", "error: -: found no arrival; expected lines of time,sequence[,size]\n"),
    ] {
        assert_eq!(run(&["-"], log), (2, String::new(), message.to_owned()));
    }
    let (code, stdout, stderr) = run(&["no-such.csv"], "");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(stderr, "error: no-such.csv: found no such file; expected a CSV file of arrivals\n");
    assert_eq!(run(&["-", "--threshold", "0"], "0,1\n").0, 2);
}
