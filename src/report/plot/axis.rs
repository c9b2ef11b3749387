//! Ranges and ticks: where an axis begins and ends, what stands at it, and in which unit.

use libm::{ceil, floor, log10, pow};

use super::figure::{Axis, Quantity, Scale};

/// An axis that has been fitted to its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    low: f64,
    high: f64,
    log: bool,
    /// Values and labels of the ticks.
    pub ticks: Vec<(f64, String)>,
    /// Values of the lines between, on a logarithmic axis.
    pub minor: Vec<f64>,
    /// What the axis is called, with its unit.
    pub label: String,
}

/// Values that span more than this factor are drawn on a logarithmic axis.
const WIDE: f64 = 30.0;

impl Fitted {
    /// Fits an x axis to `values`: it ends where they do.
    pub fn across(axis: &Axis, values: impl Iterator<Item = f64> + Clone) -> Self {
        let (least, most) = values
            .clone()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
                (least.min(value), most.max(value))
            });
        // Zero is near: it is shown.
        let mut fitted = Self::new(axis, values, least > 0.0 && least < 0.2 * most);
        if !fitted.log && axis.names.is_empty() && most > least && axis.limits == (None, None) {
            let end = most + 0.01 * (most - fitted.low);
            fitted.high = fitted.high.min(end);
            fitted.ticks.retain(|(value, _)| *value <= end);
        }
        fitted
    }

    /// Fits a y axis to `values`, from tick to tick; `from_zero` keeps 0 on a linear axis.
    pub fn new(axis: &Axis, values: impl Iterator<Item = f64> + Clone, from_zero: bool) -> Self {
        if !axis.names.is_empty() {
            return Self::of_names(axis);
        }
        let finite = values.filter(|value| value.is_finite());
        let positive = finite.clone().filter(|&value| value > 0.0);
        let least = positive.clone().fold(f64::INFINITY, f64::min);
        let most = finite.clone().fold(f64::NEG_INFINITY, f64::max);
        let chosen_positive = |end: Option<f64>| end.is_none_or(|end| end > 0.0);
        let can_be_log =
            least.is_finite() && chosen_positive(axis.limits.0) && chosen_positive(axis.limits.1);
        let log = match axis.scale {
            Scale::Linear => false,
            Scale::Log => can_be_log,
            Scale::Auto => can_be_log && finite.clone().all(|value| value > 0.0) && most > WIDE * least,
        };
        if axis.limits != (None, None) {
            let low = finite.clone().fold(if from_zero { 0.0 } else { f64::INFINITY }, f64::min);
            return Self::chosen(axis, log, if log { least } else { low }, most);
        }
        let (low, high) = if log {
            (least, most)
        } else {
            let low = finite.fold(f64::INFINITY, f64::min);
            (if from_zero { low.min(0.0) } else { low }, most)
        };
        let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
        if log { Self::logarithmic(axis, low, high) } else { Self::linear(axis, low, high) }
    }

    /// Between the limits that were chosen, to the last digit; where one was not, from `least` or to `most`.
    fn chosen(axis: &Axis, log: bool, least: f64, most: f64) -> Self {
        let fitted = |low: f64, high: f64| {
            if log { Self::logarithmic(axis, low, high) } else { Self::linear(axis, low, high) }
        };
        let (low, high) = (axis.limits.0.unwrap_or(least), axis.limits.1.unwrap_or(most));
        let mut fitted = if low < high { fitted(low, high) } else { fitted(low, low + low.abs().max(1.0)) };
        fitted.low = axis.limits.0.unwrap_or(fitted.low);
        fitted.high = axis.limits.1.unwrap_or(fitted.high).max(fitted.low * (1.0 + 1e-9) + 1e-300);
        let (from, to) = (fitted.low, fitted.high);
        let slack = (to - from) * 1e-9;
        fitted.ticks.retain(|(value, _)| *value >= from - slack && *value <= to + slack);
        fitted.minor.retain(|value| *value >= from && *value <= to);
        fitted
    }

    /// Is it divided by factors?
    pub const fn is_log(&self) -> bool {
        self.log
    }

    /// Is `value` between its ends?
    pub fn holds(&self, value: f64) -> bool {
        self.place(value).is_some_and(|place| (-1e-9..=1.0 + 1e-9).contains(&place))
    }

    fn of_names(axis: &Axis) -> Self {
        let ticks = axis.names.iter().enumerate().map(|(index, name)| (index as f64, name.clone())).collect();
        let high = axis.names.len() as f64 - 0.5;
        Self { low: -0.5, high, log: false, ticks, minor: Vec::new(), label: axis.label.clone() }
    }

    fn linear(axis: &Axis, low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + if low == 0.0 { 1.0 } else { low.abs() } };
        let (unit, factor) = unit_of(axis.quantity, high.abs().max(low.abs()));
        let (low, high) = (low / factor, high / factor);
        let step = nice_step((high - low) / 6.0);
        let first = floor(low / step + 1e-9);
        let last = ceil(high / step - 1e-9);
        let decimals = (-floor(log10(step) + 1e-9)).max(0.0) as usize;
        let count = (last - first) as u32;
        let ticks = (0..=count).map(|index| {
            let value = (first + f64::from(index)) * step;
            // Not "-0".
            (value * factor, format!("{:.decimals$}", value + 0.0))
        });
        Self {
            low: first * step * factor,
            high: last * step * factor,
            log: false,
            ticks: ticks.collect(),
            minor: Vec::new(),
            label: with_unit(&axis.label, unit),
        }
    }

    fn logarithmic(axis: &Axis, low: f64, high: f64) -> Self {
        // The unit of the geometric middle.
        let (unit, factor) = unit_of(axis.quantity, (low * high).sqrt());
        let (low, high) = (low / factor, high / factor);
        // A little air, so that no marker stands on the frame.
        let (low, high) = (low / 1.15, high * 1.15);
        let decades = (floor(log10(low)) as i32)..=(ceil(log10(high)) as i32);
        let labelled: &[f64] = if high / low > 300.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        // This many decades at most have a label: others overlap.
        let every = (decades.end() - decades.start()) / 8 + 1;
        let (mut ticks, mut minor) = (Vec::new(), Vec::new());
        for decade in decades {
            for digit in 1..10 {
                let value = f64::from(digit) * pow(10.0, f64::from(decade));
                if value < low || value > high {
                    continue;
                }
                if labelled.contains(&f64::from(digit)) && decade % every == 0 {
                    ticks.push((value * factor, power_label(digit, decade)));
                } else {
                    minor.push(value * factor);
                }
            }
        }
        Self {
            low: low * factor,
            high: high * factor,
            log: true,
            ticks,
            minor,
            label: with_unit(&axis.label, unit),
        }
    }

    /// Where `value` stands: 0 at the low end, 1 at the high end; `None` if a logarithmic axis cannot show it.
    pub fn place(&self, value: f64) -> Option<f64> {
        if !value.is_finite() || (self.log && value <= 0.0) {
            return None;
        }
        let place = if self.log {
            log10(value / self.low) / log10(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        Some(place)
    }

    /// The same, kept within the axis; what a logarithmic axis cannot show stands at its low end.
    pub fn place_within(&self, value: f64) -> f64 {
        self.place(value).unwrap_or(if value > 0.0 { 1.0 } else { 0.0 }).clamp(0.0, 1.0)
    }
}

/// 1, 2 or 5 times a power of ten, at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = pow(10.0, floor(log10(rough)));
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| nice * power >= rough * 0.999_999);
    nice.unwrap_or(10.0) * power
}

fn with_unit(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.to_owned() } else { format!("{label} ({unit})") }
}

/// `digit` times ten to the `decade`, as people write it.
fn power_label(digit: i32, decade: i32) -> String {
    if (0..=4).contains(&decade) {
        return format!("{}", f64::from(digit) * pow(10.0, f64::from(decade)));
    }
    if (-3..0).contains(&decade) {
        return format!(
            "{:.*}",
            decade.unsigned_abs() as usize,
            f64::from(digit) * pow(10.0, f64::from(decade))
        );
    }
    let raised: String = decade
        .to_string()
        .chars()
        .map(|character| match character {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
        })
        .collect();
    if digit == 1 { format!("10{raised}") } else { format!("{digit}·10{raised}") }
}

/// The unit in which a value is read best, and how much of the bare unit it is.
pub fn unit_of(quantity: Quantity, value: f64) -> (&'static str, f64) {
    let units: &[(&str, f64)] = match quantity {
        Quantity::Time => &[("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)],
        Quantity::Bytes => &[("B", 1.0), ("KiB", 1024.0), ("MiB", 1_048_576.0), ("GiB", 1_073_741_824.0)],
        Quantity::BytesPerSecond => &[("B/s", 1.0), ("kB/s", 1e3), ("MB/s", 1e6), ("GB/s", 1e9)],
        Quantity::BitsPerSecond => &[("bit/s", 1.0), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9)],
        Quantity::Rate => &[("per second", 1.0)],
        Quantity::Instant => &[("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)],
        Quantity::Share | Quantity::Number | Quantity::Count | Quantity::Flag | Quantity::Text => {
            &[("", 1.0)]
        }
    };
    units
        .iter()
        .rev()
        .find(|(_, factor)| value.abs() >= *factor)
        .or(units.first())
        .copied()
        .unwrap_or(("", 1.0))
}

/// A value with its unit, to three digits.
pub fn tell(quantity: Quantity, value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let (unit, factor) = unit_of(quantity, value);
    let number = three_digits(value / factor);
    match (quantity, unit) {
        (Quantity::Rate, _) => format!("{number}/s"),
        (_, "") => number,
        (_, unit) => format!("{number} {unit}"),
    }
}

fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = floor(log10(value.abs()) + 1e-12) as i32;
    if !(-4..6).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    format!("{:.*}", (2 - magnitude).max(0) as usize, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, values: &[f64]) -> (Vec<String>, String) {
        let fitted = Fitted::new(axis, values.iter().copied(), true);
        (fitted.ticks.into_iter().map(|(_, label)| label).collect(), fitted.label)
    }

    #[test]
    fn a_linear_axis_has_round_ticks_in_a_unit_that_fits() {
        let axis = Axis::new("Applied lag", Quantity::Time);
        let (ticks, label) = labels(&axis, &[0.0213, 0.0471]);
        assert_eq!(ticks, ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(label, "Applied lag (ms)");
        let (ticks, label) = labels(&Axis::new("Share", Quantity::Share), &[0.0, 1.0]);
        assert_eq!(ticks, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(label, "Share");
    }

    #[test]
    fn a_wide_span_is_logarithmic_and_zero_keeps_it_linear() {
        let axis = Axis::new("Loss", Quantity::Share);
        assert_eq!(labels(&axis, &[1e-5, 1e-1]).0, ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1"]);
        assert_eq!(labels(&axis, &[0.0, 1e-1]).0.first().unwrap(), "0.00");
        assert_eq!(labels(&axis, &[0.02, 0.9]).0, ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
    }

    #[test]
    fn an_x_axis_ends_where_its_values_do() {
        let axis = Axis { scale: Scale::Linear, ..Axis::new("t", Quantity::Time) };
        let fitted = Fitted::across(&axis, [0.02, 10.04].into_iter());
        assert_eq!(fitted.ticks.last().unwrap().1, "10");
        assert!((fitted.place(10.04).unwrap() - 0.99).abs() < 0.005, "{fitted:?}");
        assert!(fitted.place(0.0).unwrap().abs() < 1e-12);
    }

    #[test]
    fn places_are_shares_of_the_axis() {
        let fitted = Fitted::new(&Axis::new("x", Quantity::Number), [1.0, 1e4].into_iter(), true);
        let (low, high) = (fitted.place(1.0).unwrap(), fitted.place(1e4).unwrap());
        assert!(low > 0.0 && low < 0.05 && high > 0.95 && high < 1.0);
        assert!((fitted.place(100.0).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(fitted.place(0.0), None);
        assert!(fitted.place_within(0.0).abs() < 1e-15);
    }

    #[test]
    fn one_value_and_none_have_an_axis_too() {
        assert_eq!(labels(&Axis::new("x", Quantity::Number), &[]).0.len(), 6);
        assert!(labels(&Axis::new("x", Quantity::Number), &[7.0]).0.contains(&"8".to_owned()));
        assert!(!labels(&Axis::new("x", Quantity::Time), &[0.0, 0.0]).0.is_empty());
    }

    #[test]
    fn values_are_told_with_three_digits() {
        assert_eq!(tell(Quantity::Time, 0.012_345), "12.3 ms");
        assert_eq!(tell(Quantity::Time, 12.0), "12.0 s");
        assert_eq!(tell(Quantity::Share, 0.000_5), "0.000500");
        assert_eq!(tell(Quantity::Bytes, 4096.0), "4.00 KiB");
        assert_eq!(tell(Quantity::Rate, 250.0), "250/s");
        assert_eq!(tell(Quantity::Time, f64::INFINITY), "–");
    }
}
