//! Outcomes as `JUnit` XML: a suite of test cases, a failure where something is not as expected.

use std::fmt::Write as _;

use super::result::RunResult;

/// One test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// What it is about: a scenario, a point.
    pub class: String,
    /// Which of its tests.
    pub name: String,
    /// How long it took, where that was measured: the one place where wall time stands.
    pub seconds: Option<f64>,
    /// In one line, what is not as expected; then all there is to say of it.
    pub failure: Option<(String, String)>,
}

/// The cases of a run: the order and what else `[expect]` says, and each figure that it bounds. `replay` is the command
/// that does the run again.
pub fn cases_of(result: &RunResult, replay: &str) -> Vec<Case> {
    let class = format!("{}, seed {}", result.scenario, result.seed);
    let told_of = |name: &str| result.unmet.iter().find(|told| told.starts_with(&format!("{name}: ")));
    let failure = |first: &String, all: &[String]| {
        let lines: Vec<&str> = all.iter().map(String::as_str).chain([replay]).collect();
        (first.clone(), format!("{}\n", lines.join("\n")))
    };
    let is_figure = |told: &&String| {
        let of = |name: &String| told.starts_with(&format!("{name}: "));
        result.expected_figures.iter().any(|figure| of(&figure.name))
    };
    let others: Vec<String> = result.unmet.iter().filter(|told| !is_figure(told)).cloned().collect();
    let order = Case {
        class: class.clone(),
        name: "order".into(),
        failure: others.first().map(|first| failure(first, &others)),
        ..Case::default()
    };
    let figures = result.expected_figures.iter().map(|figure| {
        let told = told_of(&figure.name).filter(|_| !figure.met);
        Case {
            class: class.clone(),
            name: format!("{} {}", figure.name, figure.limit),
            failure: told.map(|told| failure(told, std::slice::from_ref(told))),
            ..Case::default()
        }
    });
    std::iter::once(order).chain(figures).collect()
}

/// A suite as XML.
pub fn xml(suite: &str, cases: &[Case]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let times: Vec<f64> = cases.iter().filter_map(|case| case.seconds).collect();
    let time = |seconds: f64| format!(" time=\"{seconds:.3}\"");
    let all = if times.is_empty() { String::new() } else { time(times.iter().sum()) };
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"{all}", cases.len());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    let _ = writeln!(xml, "<testsuites {counts}>\n  <testsuite name=\"{}\" {counts}>", escape(suite));
    for case in cases {
        let (class, name) = (escape(&case.class), escape(&case.name));
        let took = case.seconds.map(time).unwrap_or_default();
        let _ = write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\"{took}");
        match &case.failure {
            None => xml.push_str("/>\n"),
            Some((first, all)) => {
                let (first, all) = (escape(first), escape(all));
                let _ =
                    writeln!(xml, ">\n      <failure message=\"{first}\">{all}</failure>\n    </testcase>");
            }
        }
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// What XML 1.0 allows in text and attributes; control characters that it does not know become `?`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            _ if character.is_control() => escaped.push('?'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_expected_is_a_failure_and_names_are_escaped() {
        let case = |class: &str, seconds, failure: Option<(&str, &str)>| Case {
            class: class.into(),
            name: "seed 1".into(),
            seconds,
            failure: failure.map(|(first, all)| (first.into(), all.into())),
        };
        let cases = [
            case("a<b>&\"c\".toml", Some(1.5), None),
            case("d.toml", None, Some(("is new: the golden file does not know it", "1 changes\n\u{1b}[1m"))),
        ];
        insta::assert_snapshot!(xml("rcsim regress", &cases), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="2" failures="1" errors="0" time="1.500">
          <testsuite name="rcsim regress" tests="2" failures="1" errors="0" time="1.500">
            <testcase classname="a&lt;b&gt;&amp;&quot;c&quot;.toml" name="seed 1" time="1.500"/>
            <testcase classname="d.toml" name="seed 1">
              <failure message="is new: the golden file does not know it">1 changes
        ?[1m</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
        // Where no time was measured none is told.
        assert!(!xml("x", &cases[1..]).contains("time="));
    }
}
