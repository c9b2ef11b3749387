//! Whole numbers among the arguments: what was expected is said in one way, whatever was found.

/// Reads a whole number from `least` to `most`, both included.
///
/// # Errors
/// A sentence that says what was expected.
pub(super) fn whole<T>(least: u64, most: u64) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: TryFrom<u64>,
{
    move |text| {
        let found = text.trim().parse::<u64>().ok();
        let number = found.filter(|number| (least..=most).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        let is_too_large = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        number.ok_or_else(|| match most {
            u64::MAX if is_too_large && found.is_none() => "expected a whole number below 2^64".to_owned(),
            u64::MAX => format!("expected a whole number; at least {least}"),
            most => format!("expected a whole number; at least {least}, at most {most}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn whatever_is_found_the_same_is_expected() {
        for text in ["", "x", "-1", "0", "1.5", "1e3", "101", "99999999999999999999999", "1 2"] {
            let said = whole::<u32>(1, 100)(text).unwrap_err();
            assert_eq!(said, "expected a whole number; at least 1, at most 100", "{text}");
        }
        assert_eq!(whole::<u64>(0, u64::MAX)("-1").unwrap_err(), "expected a whole number; at least 0");
        assert_eq!(
            whole::<u64>(0, u64::MAX)("18446744073709551616").unwrap_err(),
            "expected a whole number below 2^64"
        );
        let nonzero = whole::<NonZeroU64>(1, u64::MAX);
        assert_eq!(nonzero("0").unwrap_err(), "expected a whole number; at least 1");
        assert_eq!(nonzero("7"), Ok(NonZeroU64::new(7).unwrap()));
        assert_eq!(whole::<u32>(1, 100)("100"), Ok(100));
        assert_eq!(whole::<u64>(0, u64::MAX)("18446744073709551615"), Ok(u64::MAX));
    }
}
