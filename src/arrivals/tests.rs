//! What users' logs look like, and every message.

use super::*;

fn read(text: &str) -> Result<Vec<(u64, u64, Option<u32>)>, String> {
    let log = Log::new("arrivals.csv", text.as_bytes());
    log.map(|arrival| arrival.map(|arrival| (arrival.at.as_ns(), arrival.number, arrival.bytes)))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

#[test]
fn with_and_without_header_mark_sizes_and_line_ends() {
    let plain = [(0, 1, None), (1_500_000_000, 3, None)];
    for text in [
        "0,1\n1.5,3\n",
        "0,1\r\n1.5,3",
        "\u{feff}time,seq\r\n0,1\r\n1.5,3\r\n",
        "# arrivals\n\n0 , 1\n1.5e0, \"3\"\n\n",
        "0ns,1\n1500ms,3\n",
        "seq,proto,timestamp\n1,udp,0.0\n3,udp,1.5\n",
        "when,which\n0,1\n1.5,3\n",
    ] {
        assert_eq!(read(text).unwrap(), plain, "{text:?}");
    }
    assert_eq!(
        read("0.1,7,1500\n0.2,8,40\n").unwrap(),
        [(100_000_000, 7, Some(1500)), (200_000_000, 8, Some(40))]
    );
    assert_eq!(read("size,time,sequence\n9,2us,1\n").unwrap(), [(2_000, 1, Some(9))]);
}

#[test]
fn times_are_exact() {
    // A float would have lost the last digits of a time since 1970.
    assert_eq!(read("1700000000.123456789,1\n").unwrap(), [(1_700_000_000_123_456_789, 1, None)]);
    assert_eq!(read("2.5e-05,1\n").unwrap(), [(25_000, 1, None)]);
    assert_eq!(read(".0000000019,1\n").unwrap(), [(1, 1, None)]);
}

#[test]
fn every_error_says_where_and_what() {
    for (text, message) in [
        ("", "arrivals.csv: found no arrival; expected lines of time,sequence[,size]"),
        ("time,seq\n", "arrivals.csv: found no arrival; expected lines of time,sequence[,size]"),
        ("0,1\n1\n", "arrivals.csv:2:2: found 1 field; expected time,sequence[,size]"),
        (
            "0;1\n",
            "arrivals.csv:1:4: found 1 field; expected time,sequence[,size], separated by commas and not semicolons",
        ),
        (
            "0,1\n1,-2\n",
            "arrivals.csv:2:3: found `-2` as sequence number; expected a whole number, 0 or more",
        ),
        (
            "0,1\n1,\n",
            "arrivals.csv:2:3: found nothing as sequence number; expected a whole number, 0 or more",
        ),
        (
            "0,1\nx1,2\n",
            "arrivals.csv:2:1: found `x1` as time; expected seconds (12.5), or a number with ns, us, ms or s",
        ),
        ("-1,2\n", "arrivals.csv:1:1: found `-1` as time; expected 0 or more"),
        ("1e30,2\n", "arrivals.csv:1:1: found `1e30` as time; expected at most 18446744073 s"),
        (
            "0,99999999999999999999\n",
            "arrivals.csv:1:3: found `99999999999999999999` as sequence number; expected at most 18446744073709551615",
        ),
        (
            "2,1\n1,2\n",
            "arrivals.csv:2:1: found the time 1 s after 2 s; expected lines in the order of arrival",
        ),
        (
            "\u{feff}2,1\n2,1,5\n1,2\n",
            "arrivals.csv:3:1: found the time 1 s after 2 s; expected lines in the order of arrival",
        ),
        (
            "when,seq\n0,1\n",
            "arrivals.csv:1:1: found the columns when, seq; expected a column for the time, called time, timestamp, t",
        ),
        ("0,1,-\n", "arrivals.csv:1:5: found `-` as size; expected a whole number, 0 or more"),
    ] {
        assert_eq!(read(text).unwrap_err(), message, "{text:?}");
    }
    let long = format!("0,1\n{}\n", "1".repeat(70_000));
    let message = "arrivals.csv:2:1: found a line of more than 65536 bytes; expected a CSV file";
    assert_eq!(read(&long).unwrap_err(), message);
    let log = Log::new("-", &b"0,1\n\xff\xfe,2\n"[..]);
    let error = log.last().unwrap().unwrap_err().to_string();
    assert_eq!(error, "-:2:1: found bytes that are not UTF-8; expected a CSV file");
}

#[test]
fn it_ends_after_the_first_error() {
    let log = Log::new("a", &b"0,1\nx,2\n3,4\n"[..]);
    assert_eq!(log.map(|arrival| arrival.is_ok()).collect::<Vec<_>>(), [true, false]);
}
