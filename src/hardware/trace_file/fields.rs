//! The fields of a line from left to right, and the numbers in them: nothing quoted, nothing allocated.

use super::error::{LineFault, quoted};

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// One such byte.
    Byte(u8),
    /// Any number of blanks and tabs.
    Blanks,
}

/// The fields of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'line> {
    line: &'line [u8],
    separator: Separator,
    /// What a whole line looks like, for messages.
    layout: &'static str,
    /// Where the next field begins: beyond the end of the line if there is none.
    next: usize,
    taken: usize,
}

/// A field, without the blanks around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'line> {
    /// What the format calls it.
    pub(super) name: &'static str,
    /// Where it begins in the line.
    pub(super) at: usize,
    pub(super) text: &'line [u8],
}

impl<'line> Fields<'line> {
    pub(super) fn new(line: &'line [u8], separator: Separator, layout: &'static str) -> Self {
        Self { line, separator, layout, next: 0, taken: 0 }
    }

    /// The next field; `None` if there is no further one.
    pub(super) fn next(&mut self, name: &'static str) -> Option<Field<'line>> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        if self.separator == Separator::Blanks {
            let rest = self.line.get(self.next..)?;
            self.next += rest.iter().position(|byte| !blank(byte))?;
        }
        let rest = self.line.get(self.next..)?;
        let ends = |byte: &u8| match self.separator {
            Separator::Byte(separator) => *byte == separator,
            Separator::Blanks => blank(byte),
        };
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let (field, before) = (&rest[..length], rest[..length].iter().take_while(|byte| blank(byte)).count());
        let at = self.next + before;
        self.next += length + 1;
        self.taken += 1;
        Some(Field { name, at, text: field[before..].trim_ascii_end() })
    }

    /// The next field, which must be there.
    pub(super) fn take(&mut self, name: &'static str) -> Result<Field<'line>, LineFault> {
        let taken = self.taken;
        self.next(name).ok_or_else(|| {
            let plural = if taken == 1 { "field" } else { "fields" };
            let message = format!("found {taken} {plural} and no {name}; expected {}", self.layout);
            LineFault::new("trace-fields", self.line.len(), message)
        })
    }

    /// Nothing may follow.
    pub(super) fn end(mut self) -> Result<(), LineFault> {
        let expected = self.taken;
        let Some(first) = self.next("") else { return Ok(()) };
        while self.next("").is_some() {}
        let message = format!("found {} fields; expected {expected}: {}", self.taken, self.layout);
        Err(LineFault::new("trace-fields", first.at, message))
    }
}

/// `text`, a number of units of `unit_ns`, in nanoseconds; what is wrong with it, if it is no time.
pub fn time_ns(text: &str, unit_ns: u64) -> Result<u64, String> {
    Field { name: "time", at: 0, text: text.trim().as_bytes() }
        .time_ns(unit_ns)
        .map_err(|fault| fault.message)
}

impl Field<'_> {
    /// The fault of this field: found this, expected that.
    pub(super) fn fault(&self, id: &'static str, expected: &str) -> LineFault {
        LineFault::new(id, self.at, self.found(expected))
    }

    fn found(&self, expected: &str) -> String {
        if self.text.is_empty() {
            return format!("found an empty {}; expected {expected}", self.name);
        }
        format!("found the {} {}; expected {expected}", self.name, quoted(self.text))
    }

    /// The field, which must hold something.
    pub(super) fn not_empty(self) -> Result<Self, LineFault> {
        if self.text.is_empty() { Err(self.fault("trace-fields", "a name")) } else { Ok(self) }
    }

    /// A whole number of at most `largest`.
    pub(super) fn whole(&self, largest: u64) -> Result<u64, LineFault> {
        let mut value = Some(0_u64);
        for (index, &byte) in self.text.iter().enumerate() {
            if !byte.is_ascii_digit() {
                return Err(self.not_a_number(index, "a whole number"));
            }
            let digit = u64::from(byte - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        match value {
            _ if self.text.is_empty() => Err(self.not_a_number(0, "a whole number")),
            Some(value) if value <= largest => Ok(value),
            _ => Err(self.fault("trace-number", &format!("at most {largest}"))),
        }
    }

    /// A whole number of units of `unit` each; below 2^64 as a product.
    pub(super) fn whole_times(&self, unit: u64) -> Result<u64, LineFault> {
        Ok(self.whole(u64::MAX / unit)? * unit)
    }

    /// Nanoseconds: a number of units of `unit_ns`, with or without a fraction or an exponent; exact, and rounded
    /// to the nearest nanosecond where it has more places than that.
    pub(super) fn time_ns(&self, unit_ns: u64) -> Result<u64, LineFault> {
        const DIGITS: usize = 30;
        let fault = |index| self.not_a_number(index, "a number");
        let (mut mantissa, mut places, mut digits, mut point) = (0_u128, 0_i64, 0, false);
        let mut index = 0;
        while let Some(&byte) = self.text.get(index) {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    if mantissa == 0 || digits <= DIGITS {
                        mantissa = mantissa * 10 + u128::from(byte - b'0');
                        places += i64::from(point);
                    } else if !point {
                        return Err(self.beyond_time());
                    }
                }
                b'.' if !point => point = true,
                b'e' | b'E' if digits > 0 => break,
                _ => return Err(fault(index)),
            }
            index += 1;
        }
        if digits == 0 {
            return Err(fault(0));
        }
        if let Some(exponent) = self.text.get(index + 1..).filter(|_| index < self.text.len()) {
            let text = std::str::from_utf8(exponent).map_err(|_| fault(index + 1))?;
            let exponent: i64 = text.parse().map_err(|_| fault(index + 1))?;
            places = places.saturating_sub(exponent);
        }
        // Beyond these no bit of the result is left, or it is beyond any instant.
        if places < -25 && mantissa > 0 {
            return Err(self.beyond_time());
        }
        let places = places.clamp(-25, 60);
        let Some(ns) = mantissa.checked_mul(u128::from(unit_ns)) else { return Err(self.beyond_time()) };
        let ns = if places <= 0 {
            ns.checked_mul(10_u128.pow(places.unsigned_abs() as u32))
        } else {
            // 10^38 is the last power of ten below 2^128: what is divided by more is 0.
            let power = 10_u128.checked_pow(places as u32);
            Some(power.map_or(0, |power| ns / power + u128::from(ns % power >= power.div_ceil(2))))
        };
        ns.and_then(|ns| u64::try_from(ns).ok()).ok_or_else(|| self.beyond_time())
    }

    fn beyond_time(&self) -> LineFault {
        self.fault("trace-time", "a time below 2^64 ns (584 years)")
    }

    /// Why this is not a number: its byte `index` does not belong to one.
    fn not_a_number(&self, index: usize, expected: &str) -> LineFault {
        let digits_only = |digits: &[u8]| {
            !digits.is_empty() && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        };
        let expected = match self.text.strip_prefix(b"-") {
            Some(rest) if digits_only(rest) => "0 or more",
            _ => expected,
        };
        LineFault::new("trace-number", self.at + index, self.found(expected))
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Fields, Separator};

    fn ns(text: &str, unit_ns: u64) -> Result<u64, String> {
        let field = Field { name: "time", at: 0, text: text.as_bytes() };
        field.time_ns(unit_ns).map_err(|fault| fault.message)
    }

    #[test]
    fn times_are_exact_to_the_nanosecond_whatever_their_form() {
        const S: u64 = 1_000_000_000;
        assert_eq!(ns("0.500000", S), Ok(500_000_000));
        assert_eq!(ns("1456095145.133076000", S), Ok(1_456_095_145_133_076_000));
        // A double cannot hold this one: 19 digits.
        assert_eq!(ns("9007199254.740993001", S), Ok(9_007_199_254_740_993_001));
        assert_eq!(ns("1.5e-3", S), Ok(1_500_000));
        assert_eq!(ns("2E2", 1000), Ok(200_000));
        assert_eq!(ns(".25", 1000), Ok(250));
        assert_eq!(ns("7.", 1000), Ok(7_000));
        // Half a nanosecond is rounded up, less is not.
        assert_eq!((ns("0.0000000005", S), ns("0.00000000049999", S)), (Ok(1), Ok(0)));
        assert_eq!(ns("1e-400", S), Ok(0));
        assert_eq!(ns("0e99", S), Ok(0));
        assert_eq!(ns("18446744073.709551615", S), Ok(u64::MAX));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        const S: u64 = 1_000_000_000;
        for text in ["", ".", "e5", "1e", "1e+", "1.2.3", "-1", "0x10", "1 2", "nan", "inf", "\u{663}"] {
            assert!(ns(text, S).is_err(), "{text:?}");
        }
        for text in
            ["18446744073.709551616", "1e11", "1e99999999999", "99999999999999999999999999999999999999999"]
        {
            assert!(ns(text, S).is_err(), "{text:?}");
        }
    }

    #[test]
    fn fields_lose_the_blanks_around_them_and_keep_their_places() {
        let all = |line: &str, separator| {
            let mut fields = Fields::new(line.as_bytes(), separator, "");
            std::iter::from_fn(move || fields.next("x").map(|f| (f.at, f.text.to_vec()))).collect::<Vec<_>>()
        };
        let comma = all("a, bb ,,c", Separator::Byte(b','));
        let expected: [(usize, &[u8]); 4] = [(0, b"a"), (3, b"bb"), (7, b""), (8, b"c")];
        assert_eq!(comma, expected.map(|(at, text)| (at, text.to_vec())));
        let blanks = all("  8,0 \t 3   ", Separator::Blanks);
        let expected: [(usize, &[u8]); 2] = [(2, b"8,0"), (8, b"3")];
        assert_eq!(blanks, expected.map(|(at, text)| (at, text.to_vec())));
        assert_eq!(all("", Separator::Blanks), []);
        assert_eq!(all("", Separator::Byte(b',')), [(0, vec![])]);
    }
}
