//! What people write is read exactly, and what is wrong with the rest is said.

use proptest::prelude::*;

use super::*;

fn ns(text: &str) -> u64 {
    parse_duration(text).unwrap_or_else(|error| panic!("{error}")).as_ns()
}

fn message<T: fmt::Debug>(result: Result<T, QuantityError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn durations_in_every_unit() {
    assert_eq!(ns("20ms"), 20_000_000);
    assert_eq!(ns("1.5s"), 1_500_000_000);
    assert_eq!(ns("100us"), 100_000);
    assert_eq!(ns("100\u{b5}s"), 100_000);
    assert_eq!(ns("100\u{3bc}s"), 100_000);
    assert_eq!(ns("0s"), 0);
    assert_eq!(ns("10ns"), 10);
    assert_eq!(ns("2min"), 120 * NANOS_PER_SEC);
    assert_eq!(ns("1h"), 3_600 * NANOS_PER_SEC);
    assert_eq!(ns(" 20 ms "), 20_000_000);
}

/// In binary floating point 0.1 us is not 100 ns and 4.35 s not 4,350,000,000 ns.
#[test]
fn decimals_are_exact() {
    assert_eq!(ns("0.1us"), 100);
    assert_eq!(ns("4.35s"), 4_350_000_000);
    assert_eq!(ns("0.000000001s"), 1);
    assert_eq!(ns("1.10000000000000000000000000000s"), 1_100_000_000);
    assert_eq!(ns("18446744073.709551615s"), u64::MAX);
}

#[test]
fn a_bad_duration_is_told_what_is_wrong() {
    let told = |text| message(parse_duration(text));
    let said = "expected a duration such as \"20ms\", found ";
    assert_eq!(told("20"), format!("{said}\"20\": the unit is missing"));
    assert_eq!(told("-20ms"), format!("{said}\"-20ms\": it is negative"));
    assert_eq!(told("5sec"), format!("{said}\"5sec\": there is no unit \"sec\"; did you mean \"s\"?"));
    assert_eq!(told("5MS"), format!("{said}\"5MS\": there is no unit \"MS\"; did you mean \"ms\"?"));
    assert_eq!(told("2m"), format!("{said}\"2m\": there is no unit \"m\"; did you mean \"min\"?"));
    assert_eq!(told("5parsec"), format!("{said}\"5parsec\": there is no unit \"parsec\""));
    assert_eq!(told("0.5ns"), format!("{said}\"0.5ns\": it is not a whole number of nanoseconds"));
    assert_eq!(told("18446744073.709551616s"), format!("{said}\"18446744073.709551616s\": it is too large"));
    assert_eq!(told("99999999999999999999h"), format!("{said}\"99999999999999999999h\": it is too large"));
    assert!(told("0.1234567890123456789s").ends_with("it has too many decimals"));
    for text in ["", "fast", "ms", ".5s", "5.s", "1.2.3s", "+5s", "."] {
        assert!(told(text).contains("does not begin with a decimal number"), "{text}: {}", told(text));
    }
}

#[test]
fn a_misspelt_unit_gives_the_whole_quantity_that_was_meant() {
    assert_eq!(parse_duration("20 msec").unwrap_err().did_you_mean().as_deref(), Some("20 ms"));
    assert_eq!(parse_bandwidth("1Gbps").unwrap_err().did_you_mean().as_deref(), Some("1Gbit/s"));
    assert_eq!(parse_duration("20").unwrap_err().did_you_mean(), None);
}

#[test]
fn a_long_text_is_quoted_in_part() {
    let told = message(parse_duration(&"z".repeat(1_000_000)));
    assert!(told.len() < 150, "{}", told.len());
    let told = message(parse_duration(&format!("1{}", "\u{b5}".repeat(1_000_000))));
    assert!(told.len() < 400, "{}", told.len());
}

#[test]
fn sizes_are_binary_or_decimal_as_written() {
    assert_eq!(parse_size("4KiB"), Ok(4_096));
    assert_eq!(parse_size("1GiB"), Ok(1 << 30));
    assert_eq!(parse_size("256MiB"), Ok(256 << 20));
    assert_eq!(parse_size("1.5TiB"), Ok(3 << 39));
    assert_eq!(parse_size("4096B"), Ok(4_096));
    assert_eq!(parse_size("4KB"), Ok(4_000));
    assert_eq!(parse_size("4kB"), Ok(4_000));
    assert_eq!(parse_size_or_unlimited("unlimited"), Ok(None));
    assert_eq!(parse_size_or_unlimited("1MB"), Ok(Some(1_000_000)));
    assert!(message(parse_size("0B")).ends_with("it is zero"));
    assert!(message(parse_size("0.3KiB")).ends_with("it is not a whole number of bytes"));
    assert!(message(parse_size("4K")).ends_with("did you mean \"KiB\"?"));
    assert!(message(parse_size("4kib")).ends_with("did you mean \"KiB\"?"));
    assert!(message(parse_size("99999999TiB")).ends_with("it is too large"));
}

#[test]
fn rates_become_gaps_and_numbers() {
    assert_eq!(parse_rate("200/s"), Ok(200.0));
    assert_eq!(parse_rate("5/ms"), Ok(5_000.0));
    assert_eq!(parse_rate("6/min"), Ok(0.1));
    assert_eq!(parse_mean_gap("200/s"), Ok(SimDuration::from_ms(5)));
    assert_eq!(parse_mean_gap("3/s"), Ok(SimDuration::from_ns(333_333_333)));
    assert_eq!(parse_mean_gap("0.5/min"), Ok(SimDuration::from_ms(120_000)));
    assert_eq!(parse_mean_gap("1/ns"), Ok(SimDuration::NANOSECOND));
    assert_eq!(parse_mean_gap("0.000000000000001/h"), Ok(SimDuration::MAX));
    assert!(message(parse_mean_gap("2/ns")).ends_with("it is too large"));
    assert!(message(parse_rate("0/s")).ends_with("it is zero"));
    assert!(message(parse_rate("200")).ends_with("the unit is missing"));
    assert!(message(parse_rate("200/")).ends_with("the unit is missing"));
    assert!(message(parse_rate("200Hz")).ends_with("did you mean \"/s\"?"));
    assert!(message(parse_rate("200/sec")).ends_with("did you mean \"s\"?"));
    assert!(message(parse_rate("-1/s")).ends_with("it is negative"));
}

#[test]
fn bandwidths_are_bits_per_second() {
    assert_eq!(parse_bandwidth("1Gbit/s"), Ok(Some(1_000_000_000)));
    assert_eq!(parse_bandwidth("10Mbit/s"), Ok(Some(10_000_000)));
    assert_eq!(parse_bandwidth("100kbit/s"), Ok(Some(100_000)));
    assert_eq!(parse_bandwidth("1MiB/s"), Ok(Some(8 << 20)));
    assert_eq!(parse_bandwidth("unlimited"), Ok(None));
    assert!(message(parse_bandwidth("1gbit/s")).ends_with("did you mean \"Gbit/s\"?"));
    assert!(message(parse_bandwidth("1Gbps")).ends_with("did you mean \"Gbit/s\"?"));
    assert!(message(parse_bandwidth("0bit/s")).ends_with("it is zero"));
    assert!(message(parse_bandwidth("fast")).contains("or \"unlimited\", found \"fast\""));
}

#[test]
fn sizes_and_bandwidths_are_shown_as_people_write_them() {
    for text in ["4KiB", "256MiB", "1.5GiB", "1TiB", "4KB", "513B", "1.5KB"] {
        assert_eq!(Size(parse_size(text).unwrap()).to_string(), text);
    }
    assert_eq!(Size(0).to_string(), "0B");
    for text in ["1Gbit/s", "1.5Mbit/s", "100kbit/s", "7bit/s", "unlimited"] {
        assert_eq!(Bandwidth(parse_bandwidth(text).unwrap()).to_string(), text);
    }
    assert_eq!(format!("{:>6}|", Size(4_096)), "  4KiB|");
}

proptest! {
    /// What is shown is read back as the same number.
    #[test]
    fn shown_and_read_again(value in 1_u64.., shift in 0_u32..64) {
        let value = (value >> shift).max(1);
        prop_assert_eq!(parse_size(&Size(value).to_string()), Ok(value));
        prop_assert_eq!(parse_bandwidth(&Bandwidth(Some(value)).to_string()), Ok(Some(value)));
        let duration = SimDuration::from_ns(value);
        prop_assert_eq!(parse_duration(&duration.to_string()), Ok(duration));
    }

    /// No text whatever makes a parser panic.
    #[test]
    fn any_text_is_answered(text in "[-0-9.]{0,30}[ /a-zA-Z\u{b5}]{0,12}|.{0,50}") {
        let _ = (parse_duration(&text), parse_size(&text), parse_rate(&text));
        let _ = (parse_mean_gap(&text), parse_bandwidth(&text), parse_size_or_unlimited(&text));
    }
}
