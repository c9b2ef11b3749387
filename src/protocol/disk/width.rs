//! Sequence numbers on the wire (rule `width`): how many bits travel, and what the receiver makes of them.

use crate::protocol::rules::Width;

/// Bits of a number on the wire.
const fn bits(width: Width) -> u32 {
    match width {
        Width::Raw8 | Width::Serial8 => 8,
        Width::Raw16 | Width::Serial16 => 16,
        Width::Raw32 | Width::Serial32 => 32,
        Width::Bits64 => 64,
    }
}

const fn mask(width: Width) -> u64 {
    u64::MAX >> (64 - bits(width))
}

/// The bits of `number` that travel.
pub const fn to_wire(width: Width, number: u64) -> u64 {
    number & mask(width)
}

/// The number that the receiver takes `wire` for, given the next one it expects.
///
/// Raw comparison takes the bits for the number. RFC 1982, section 3.2, compares within half the space of the next
/// expected number and leaves a distance of exactly half undefined. Here it is behind: with at most half the space
/// outstanding ([`window`]), nothing that far ahead can have been sent, but the oldest outstanding write,
/// resent after its completion was lost, stands exactly half behind.
pub const fn from_wire(width: Width, wire: u64, next_expected: u64) -> u64 {
    match width {
        Width::Bits64 | Width::Raw8 | Width::Raw16 | Width::Raw32 => wire,
        Width::Serial8 | Width::Serial16 | Width::Serial32 => nearest(bits(width), wire, next_expected),
    }
}

/// The number with these bits from half the space behind `next_expected` to one less than half ahead of it; 0 where
/// that would be below the first.
const fn nearest(bits: u32, wire: u64, next_expected: u64) -> u64 {
    let space = 1 << bits;
    let ahead = wire.wrapping_sub(next_expected) & (space - 1);
    if ahead < space / 2 { next_expected + ahead } else { (next_expected + ahead).saturating_sub(space) }
}

/// The first number from `first` on with these bits.
const fn first_from(bits: u32, wire: u64, first: u64) -> u64 {
    first.wrapping_add(wire.wrapping_sub(first) & (u64::MAX >> (64 - bits)))
}

/// The number, at least `first` outstanding, that a completion of `wire` is for.
pub const fn outstanding(width: Width, wire: u64, first: u64) -> u64 {
    first_from(bits(width), wire, first)
}

/// The most numbers that may be outstanding at once: RFC 1982 compares rightly within half the space.
pub const fn window(width: Width) -> u64 {
    match width {
        Width::Serial8 | Width::Serial16 | Width::Serial32 => 1 << (bits(width) - 1),
        Width::Raw8 | Width::Raw16 | Width::Raw32 | Width::Bits64 => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERIAL: [(Width, u32); 3] = [(Width::Serial8, 8), (Width::Serial16, 16), (Width::Serial32, 32)];
    const RAW: [(Width, u32); 4] =
        [(Width::Raw8, 8), (Width::Raw16, 16), (Width::Raw32, 32), (Width::Bits64, 64)];

    #[test]
    fn a_raw_number_that_wraps_looks_old() {
        for (width, bits) in RAW.into_iter().filter(|&(_, bits)| bits < 64) {
            let next = 1 << bits;
            assert_eq!(to_wire(width, next - 1), next - 1);
            assert_eq!(to_wire(width, next), 0);
            assert_eq!(from_wire(width, 0, next), 0);
        }
        assert_eq!(to_wire(Width::Bits64, u64::MAX), u64::MAX);
    }

    /// RFC 1982 compares rightly within half the space; raw comparison knows no bound.
    #[test]
    fn a_window_is_half_the_space() {
        for (width, bits) in SERIAL {
            assert_eq!(window(width), 1 << (bits - 1));
        }
        for (width, _) in RAW {
            assert_eq!(window(width), u64::MAX);
        }
    }

    /// Small widths can be tried whole: 3 bits behave as 8, 16 and 32 do.
    const SMALL_BITS: std::ops::RangeInclusive<u32> = 1..=9;

    /// The definition, with numbers without bound: of all numbers with these bits on the wire, the one from half the
    /// space behind the next expected one to one less than half ahead; 0 where that is below the first.
    fn by_definition(bits: u32, wire: u64, next: u64) -> u64 {
        let (space, half) = (1_i128 << bits, 1_i128 << (bits - 1));
        let next = i128::from(next);
        let mut meant =
            (next - half..next + half).filter(|number| number.rem_euclid(space) == i128::from(wire));
        let number = meant.next().unwrap();
        assert_eq!(meant.next(), None);
        u64::try_from(number).unwrap_or(0)
    }

    /// Every comparison of every small width, at every place of three turns of the number space.
    #[test]
    fn serial_comparison_is_its_definition_on_small_widths() {
        for bits in SMALL_BITS {
            let space = 1_u64 << bits;
            for next in 0..3 * space {
                for wire in 0..space {
                    assert_eq!(
                        nearest(bits, wire, next),
                        by_definition(bits, wire, next),
                        "{bits} bits, {wire} on the wire, {next} expected next"
                    );
                }
            }
        }
    }

    /// What the window lets be outstanding is told apart at the receiver, whatever it expects next: the sender's
    /// oldest outstanding number is at most half the space behind it, the newest less than half ahead.
    #[test]
    fn whatever_the_window_allows_is_recovered() {
        for bits in SMALL_BITS {
            let (space, half) = (1_u64 << bits, 1_u64 << (bits - 1));
            for oldest in 0..3 * space {
                for next_expected in oldest..=oldest + half {
                    for number in oldest..oldest + half {
                        assert_eq!(nearest(bits, number % space, next_expected), number, "{bits} bits");
                        assert_eq!(first_from(bits, number % space, oldest), number, "{bits} bits");
                    }
                }
            }
        }
    }

    /// The window is no smaller than it must be: with one more outstanding, two numbers look alike.
    #[test]
    fn one_more_than_half_outstanding_is_mistaken() {
        for bits in SMALL_BITS {
            let (space, half) = (1_u64 << bits, 1_u64 << (bits - 1));
            let (oldest, next_expected) = (space, space + half + 1);
            assert_ne!(nearest(bits, oldest % space, next_expected), oldest, "{bits} bits");
        }
    }

    proptest! {
        /// The widths that scenarios know follow the definition too.
        #[test]
        fn serial_numbers_are_recovered_within_half_the_space(next in 1u64 << 31..1 << 40, part in any::<u32>()) {
            for (width, bits) in SERIAL {
                let half = 1u64 << (bits - 1);
                for above in [u64::from(part) & (2 * half - 1), 0, 2 * half - 1] {
                    let number = next + above - half; // From half the space below to half above, without it.
                    prop_assert_eq!(from_wire(width, to_wire(width, number), next), number);
                }
            }
        }

        /// At the beginning there is nothing below 0 to be taken for.
        #[test]
        fn no_number_is_below_0(wire in 128u64..256, next in 0u64..128) {
            prop_assume!(wire - next >= 128);
            prop_assert_eq!(from_wire(Width::Serial8, wire, next), 0);
        }

        /// A late duplicate from more than half the space ago is taken for a number to come.
        #[test]
        fn a_late_duplicate_is_taken_for_new(next in 256u64..1 << 40, age in 129u64..=255) {
            prop_assert!(from_wire(Width::Serial8, to_wire(Width::Serial8, next - age), next) > next);
        }

        /// Completions name any number of the window.
        #[test]
        fn completions_name_the_window(first: u32, offset in 0..256u64) {
            let number = u64::from(first) + offset;
            prop_assert_eq!(outstanding(Width::Raw8, to_wire(Width::Raw8, number), u64::from(first)), number);
        }
    }
}
