//! What measures and keys are called in the figures of a sweep.
//!
//! A column or key numbers a fault by its place; a figure names it by what it is, `the crash of R2`, if it is the same
//! in all of its runs. Of several that have one name the first to begin is the first.

use super::measure;
use super::sweep::{ScenarioOf, settings_of};
use super::table::{Runs, Table};
use super::value;
use crate::measures::Quantity;

/// Times that differ by less are the same.
const NANOSECOND: f64 = 1e-9;

/// The labels of one figure.
pub struct Labels<'a> {
    /// The table.
    pub table: &'a Table,
    /// The points that the figure shows.
    pub points: &'a [Runs],
    /// Makes the scenario of a point.
    pub scenario_of: ScenarioOf<'a>,
}

impl Labels<'_> {
    /// The name of a measure for a person, and in what it is measured.
    pub fn measure(&self, measure: &str) -> (String, Quantity) {
        let (label, quantity) = measure::describe(measure);
        let place = measure.strip_prefix("faults.").and_then(|rest| rest.split('.').next());
        let named = place.and_then(|place| Some((place, self.fault(place.parse().ok()?)?)));
        match named {
            Some((place, name)) => (label.replace(&format!("fault {place}"), &name), quantity),
            None => (label, quantity),
        }
    }

    /// A key as a person would call it: `wan.delay.mean` is the "Mean delay of the WAN".
    pub fn key(&self, key: &str) -> String {
        let label = key_label(key);
        let Some((place, of)) = key.strip_prefix("fault.").and_then(|rest| rest.split_once('.')) else {
            return label;
        };
        let name = self.fault_of_key(key, of).or_else(|| self.only_fault());
        name.map_or(label.clone(), |name| label.replace(&format!("fault {place}"), &name))
    }

    /// The fault of a key that says when it begins or how long it lasts. The file has its faults in any order, the table
    /// as they began: it is the one that did as the key says, in every run.
    fn fault_of_key(&self, key: &str, of: &str) -> Option<String> {
        let key = self.table.keys().iter().position(|known| known == key)?;
        let seconds = |rows: &[usize], column: &str| self.table.numbers(rows, column).ok()?.first().copied();
        let did = |row: usize, place: usize| {
            let began = seconds(&[row], &format!("faults.{place}.began_s"))?;
            match of {
                "at" => Some(began),
                "duration" => Some(seconds(&[row], &format!("faults.{place}.ended_s"))? - began),
                _ => None,
            }
        };
        let as_the_key_says = |&place: &usize| {
            let mut told = self.points.iter().flat_map(|point| {
                let said = value::numbers(&[point.values[key].clone()]).map(|(_, numbers)| numbers[0]);
                point.rows.iter().filter_map(move |&row| did(row, place)).map(move |did| (said, did))
            });
            let same =
                |(said, did): (Option<f64>, f64)| said.is_some_and(|said| (said - did).abs() < NANOSECOND);
            told.next().is_some_and(same) && told.all(same)
        };
        let has = |place: &usize| self.table.has(&format!("faults.{place}.began_s"));
        let mut faults = (0..).take_while(has).filter(as_the_key_says);
        match (faults.next(), faults.next()) {
            (Some(place), None) => self.fault(place),
            _ => None,
        }
    }

    /// The only fault of a scenario that has one.
    fn only_fault(&self) -> Option<String> {
        let settings: Vec<String> = settings_of(self.table, self.points.first()?).collect();
        let scenario = (self.scenario_of)(&settings)?;
        (scenario.faults().len() == 1).then(|| self.fault(0)).flatten()
    }

    /// The fault that begins as number `place` of a run, if it is the same in all runs in which there is one.
    fn fault(&self, place: usize) -> Option<String> {
        let rows = self.points.iter().flat_map(|point| &point.rows);
        let mut names = rows.filter_map(|&row| {
            let name = |place: usize| {
                let column = format!("faults.{place}.what");
                self.table.texts(&[row], &column).next().filter(|name| !name.is_empty()).map(str::to_owned)
            };
            let own = name(place)?;
            let all: Vec<usize> = (0..)
                .map_while(name)
                .enumerate()
                .filter(|(_, other)| *other == own)
                .map(|(at, _)| at)
                .collect();
            let nth = all.iter().filter(|&&at| at <= place).count();
            Some(if all.len() == 1 { format!("the {own}") } else { format!("the {} {own}", ordinal(nth)) })
        });
        let first = names.next()?;
        names.all(|other| other == first).then_some(first)
    }
}

/// A key as a person would call it: `wan.delay.mean` is the "Mean delay of the WAN".
fn key_label(key: &str) -> String {
    let segments: Vec<&str> = key.split('.').collect();
    let (rest, of): (&[&str], String) = match segments.as_slice() {
        ["protocol", "rule", rule] => return format!("Rule {rule}"),
        ["protocol" | "run" | "topology", rest @ ..] if !rest.is_empty() => (rest, String::new()),
        ["wan", rest @ ..] if !rest.is_empty() => (rest, " of the WAN".to_owned()),
        ["control", rest @ ..] if !rest.is_empty() => (rest, " of the control network".to_owned()),
        ["host", name, "workload", rest @ ..] | ["host", name, rest @ ..] if !rest.is_empty() => {
            (rest, format!(" of host {name}"))
        }
        ["fault", place, "at"] => return format!("Begin of fault {place}"),
        // An item without a name goes by its place.
        [list, place, rest @ ..] if !rest.is_empty() && place.parse::<u32>().is_ok() => {
            (rest, format!(" of {} {place}", list.replace('_', " ")))
        }
        [_, name, rest @ ..] if !rest.is_empty() => (rest, format!(" of {name}")),
        all => (all, String::new()),
    };
    let words = |segment: &str| segment.replace(['_', '-'], " ");
    let mut phrase = match rest {
        [outer @ .., what, which @ ("mean" | "minimum" | "maximum" | "median")] => outer
            .iter()
            .rev()
            .fold(format!("{which} {}", words(what)), |inner, outer| format!("{inner} of {}", words(outer))),
        rest => rest.iter().rev().map(|segment| words(segment)).collect::<Vec<_>>().join(" of "),
    };
    phrase.push_str(&of);
    // A symbol stays as it is: m is not M.
    if rest.last().is_some_and(|last| last.chars().count() == 1) {
        return phrase;
    }
    let mut letters = phrase.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// 1st, 2nd, 3rd, 4th.
fn ordinal(number: usize) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels are what a person would write: no dotted key.
    #[test]
    fn keys_have_names_that_people_read() {
        for (key, name) in [
            ("wan.loss", "Loss of the WAN"),
            ("wan.delay.mean", "Mean delay of the WAN"),
            ("protocol.retransmit_timeout", "Retransmit timeout"),
            ("protocol.rule.destage", "Rule destage"),
            ("host.H1.workload.rate", "Rate of host H1"),
            ("remote_system.R1.destage_time.minimum", "Minimum destage time of R1"),
            ("control.delay", "Delay of the control network"),
            ("topology.pairs", "Pairs"),
            ("run.duration", "Duration"),
            ("fault.0.duration", "Duration of fault 0"),
            ("fault.1.at", "Begin of fault 1"),
        ] {
            assert_eq!(key_label(key), name, "{key}");
        }
    }

    #[test]
    fn numbers_are_said_as_people_count() {
        let said: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].into_iter().map(ordinal).collect();
        assert_eq!(said, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]);
    }

    const ONE: &str = "run,point,fault.0.duration,seed,faults.0.what,faults.1.what\n";

    /// What `measure` and `key` are called over a table of these rows, in a scenario with so many faults.
    fn called(rows: &str, faults: usize, measure: &str, key: &str) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("runs.csv"), format!("{ONE}{rows}")).unwrap();
        let table = Table::read(folder.path()).unwrap().unwrap();
        let points = table.points();
        let scenario_of = |_: &[String]| {
            let fault = "{kind='crash',system='R1',at='1ms',duration='1ms'}";
            let set = format!("fault=[{}]", vec![fault; faults].join(","));
            let text = include_str!("../../scenario/tests/design.toml");
            crate::scenario::parse("design", text, ".".as_ref(), &[set]).ok()
        };
        let labels = Labels { table: &table, points: &points, scenario_of: &scenario_of };
        (labels.measure(measure).0, labels.key(key))
    }

    #[test]
    fn a_fault_goes_by_what_it_is() {
        let (measure, key) = ("faults.0.rpo_max_s", "fault.0.duration");
        let of = |name: &str| (format!("Greatest recovery point of {name}"), format!("Duration of {name}"));
        // A run that ended before the fault began says nothing of it.
        let one = "0,0,1s,1,crash of R1,\n1,1,2s,1,crash of R1,\n2,1,2s,2,,\n";
        assert_eq!(called(one, 1, measure, key), of("the crash of R1"));
        let caught_up = called(one, 1, "faults.0.caught_up_s", "fault.0.at");
        assert_eq!(caught_up.0, "When the crash of R1 was caught up");
        assert_eq!(caught_up.1, "Begin of the crash of R1");
        // Not the same in all runs, and not known: by its place.
        assert_eq!(called("0,0,1s,1,crash of R1,\n1,1,2s,1,crash of R2,\n", 1, measure, key), of("fault 0"));
        assert_eq!(called("0,0,1s,1,,\n", 1, measure, key), of("fault 0"));
    }

    #[test]
    fn faults_of_one_name_are_counted_and_no_others() {
        let rows = "0,0,1s,1,crash of R1,crash of R1\n1,1,2s,1,crash of R1,crash of R1\n";
        let second = called(rows, 2, "faults.1.hits", "fault.1.at");
        assert_eq!(second.0, "Hits of the 2nd crash of R1");
        let rows = "0,0,1s,1,crash of R1,crash of R2\n";
        let second = called(rows, 2, "faults.1.hits", "fault.0.at");
        assert_eq!(second.0, "Hits of the crash of R2");
        // Which of the two stands first in the file, the table does not say.
        assert_eq!(second.1, "Begin of fault 0");
    }

    /// The file may have its faults in any order, and a scenario made of other files cannot be read here.
    #[test]
    fn a_key_is_of_the_fault_that_did_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let header = "run,point,fault.0.duration,fault.1.at,seed,faults.0.what,faults.0.began_s,faults.0.ended_s,\
                      faults.1.what,faults.1.began_s,faults.1.ended_s";
        let rows = "0,0,1s,2s,1,crash of R1,2.0,3.0,WAN outage,2.0,3.0\n\
                    1,1,2s,1s,1,crash of R1,1.0,1.5,WAN outage,3.0,5.0\n";
        std::fs::write(folder.path().join("runs.csv"), format!("{header}\n{rows}")).unwrap();
        let table = Table::read(folder.path()).unwrap().unwrap();
        let points = table.points();
        let labels = Labels { table: &table, points: &points, scenario_of: &|_| None };
        assert_eq!(labels.key("fault.0.duration"), "Duration of the WAN outage");
        assert_eq!(labels.key("fault.1.at"), "Begin of the crash of R1");
        assert_eq!(labels.key("fault.0.loss"), "Loss of fault 0");
    }
}
