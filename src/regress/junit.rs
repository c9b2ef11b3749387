//! The outcome as `JUnit` XML: a test case per scenario and seed, a failure where something changed.
//!
//! It is the one place where wall time stands: how long each run took.

use std::fmt::Write as _;

use super::Finding;
use super::golden::Name;

/// The outcome as XML. `details` says more of a finding with changes, on lines of its own; `seconds` how long its run
/// took, or nothing if it was not run.
pub fn xml(
    findings: &[Finding],
    details: impl Fn(&Finding) -> String,
    seconds: impl Fn(&Name) -> Option<f64>,
) -> String {
    let failures = findings.iter().filter(|finding| !finding.changes.is_empty()).count();
    let all_s: f64 = findings.iter().filter_map(|finding| seconds(&finding.name)).sum();
    let counts =
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{all_s:.3}\"", findings.len());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    let _ = writeln!(xml, "<testsuites {counts}>\n  <testsuite name=\"rcsim regress\" {counts}>");
    for finding in findings {
        let (scenario, seed) = &finding.name;
        let _ = write!(xml, "    <testcase classname=\"{}\" name=\"seed {seed}\"", escape(scenario));
        if let Some(took_s) = seconds(&finding.name) {
            let _ = write!(xml, " time=\"{took_s:.3}\"");
        }
        match finding.changes.first() {
            None => xml.push_str("/>\n"),
            Some(first) => {
                let text = escape(&details(finding));
                let _ = writeln!(
                    xml,
                    ">\n      <failure message=\"{}\">{text}</failure>\n    </testcase>",
                    escape(&first.tell())
                );
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
    use super::super::Change;
    use super::*;

    #[test]
    fn a_change_is_a_failure_and_names_are_escaped() {
        let finding =
            |name: &str, changes: &[Change]| Finding { name: (name.into(), 1), changes: changes.to_vec() };
        let findings = [finding("a<b>&\"c\".toml", &[]), finding("d.toml", &[Change::New])];
        let found = xml(
            &findings,
            |finding| format!("{} changes\n\u{1b}[1m", finding.changes.len()),
            |name| (name.0 != "d.toml").then_some(1.5),
        );
        insta::assert_snapshot!(found, @r#"
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
    }
}
