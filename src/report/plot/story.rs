//! What the page of a run says of its order: the verdict, the table of checks and, where it is broken, the proof, the
//! picture, the story and the cause. Reads the result as it was written.

use std::fmt::Write as _;

use serde_json::Value;

use super::axis::tell;
use super::figure::Quantity;
use super::page::{Section, escape};
use super::space_time;
use crate::checker::{Check, CheckState};
use crate::report::explanation::PictureResult;
use crate::units::SimTime;

/// The sections of the page about the order; of one that holds, the table of checks.
pub fn sections(result: &Value) -> Vec<Section> {
    let order = &result["order"];
    let mut sections = vec![section("order", "Order", order_html(result, order))];
    if result["groups"].as_array().is_some_and(|groups| !groups.is_empty()) {
        sections.push(section("groups", "Groups", groups_html(result)));
    }
    let explanation = &result["explanation"];
    if explanation.is_object() {
        sections.push(section("why", "Why the order broke", why_html(result, explanation)));
        sections.push(section("cause", "Cause", cause_html(&explanation["cause"])));
    }
    sections
}

fn section(id: &str, title: &str, html: String) -> Section {
    Section { id: id.to_owned(), title: title.to_owned(), html }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn instant(ns: &Value) -> SimTime {
    SimTime::from_ns(ns.as_u64().unwrap_or(0))
}

fn order_html(result: &Value, order: &Value) -> String {
    let verdict = text(order, "verdict");
    let expected = if result["expected"] == true { "as expected" } else { "not as expected" };
    let mut html = format!(
        "<p>The order <b class=\"{}\">{}</b>, {expected}.</p>\n",
        escape(verdict),
        escape(&told(verdict))
    );
    for unmet in items(&result["unmet"]) {
        let _ = writeln!(html, "<p>{}</p>", escape(unmet.as_str().unwrap_or("")));
    }
    let violation = &order["first_violation"];
    if violation.is_object() {
        let group =
            violation["group"].as_str().map_or_else(String::new, |group| format!(" in group {group}"));
        let sentence = format!(
            "{} breaks{group} at {}: {}.",
            text(violation, "check"),
            instant(&violation["at_ns"]),
            text(violation, "why")
        );
        let _ = writeln!(html, "<p>{}</p>", escape(&sentence));
    }
    html.push_str(&checks_html(result, order));
    html
}

fn told(verdict: &str) -> String {
    match verdict {
        "broken" => "is broken".into(),
        other => other.to_owned(),
    }
}

/// A column per check, a row per group and one over all.
fn checks_html(result: &Value, order: &Value) -> String {
    let checks = &order["checks"];
    let mut html = String::from("<table class=\"checks\">\n<thead><tr><th>Check</th>");
    let groups: Vec<&Value> = items(&result["groups"]).collect();
    let several = groups.len() > 1;
    for group in &groups {
        let _ = write!(html, "<th>{}</th>", escape(text(group, "name")));
    }
    if several || groups.is_empty() {
        html.push_str("<th>all</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    let cell = |html: &mut String, state: &str| {
        let _ = write!(html, "<td class=\"{0}\">{0}</td>", escape(state));
    };
    for check in Check::ALL.map(Check::name) {
        // Disk schemes have no tape.
        if check == Check::TapeOrder.name() && text(checks, check) == CheckState::NotChecked.name() {
            continue;
        }
        let _ = write!(html, "<tr><td>{}</td>", escape(check));
        for group in &groups {
            cell(&mut html, text(&group["checks"], check));
        }
        if several || groups.is_empty() {
            cell(&mut html, text(checks, check));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

/// A row per group, and one over all: what its writes suffered.
fn groups_html(result: &Value) -> String {
    let columns = [
        ("response_time", "mean_s", "Response time, mean"),
        ("received_lag", "mean_s", "Received lag, mean"),
        ("received_lag", "p99_s", "Received lag, p99"),
        ("applied_lag", "p99_s", "Applied lag, p99"),
        ("rpo", "mean_s", "Recovery point, mean"),
        ("rpo", "max_s", "Recovery point, greatest"),
    ];
    let mut html = String::from("<table class=\"groups\">\n<thead><tr><th>Group</th><th>Writes</th>");
    for (_, _, heading) in columns {
        let _ = write!(html, "<th>{heading}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    let mut row = |name: &str, of: &Value| {
        let writes = of["response_time"]["count"].as_u64().unwrap_or(0);
        let _ = write!(html, "<tr><td>{}</td><td>{writes}</td>", escape(name));
        for (family, figure, _) in columns {
            let cell =
                of[family][figure].as_f64().map_or_else(|| "–".to_owned(), |s| tell(Quantity::Time, s));
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>\n");
    };
    let groups: Vec<&Value> = items(&result["groups"]).collect();
    for group in &groups {
        row(text(group, "name"), group);
    }
    if groups.len() > 1 {
        row("all groups", result);
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

fn why_html(result: &Value, explanation: &Value) -> String {
    let mut html = String::new();
    let proof: Vec<&str> = items(&explanation["proof"]).filter_map(Value::as_str).collect();
    if !proof.is_empty() {
        html.push_str("<ul>\n");
        for sentence in proof {
            let _ = writeln!(html, "<li>{}</li>", escape(sentence));
        }
        html.push_str("</ul>\n");
    }
    let picture: PictureResult = serde_json::from_value(explanation["picture"].clone()).unwrap_or_default();
    let violation = &result["order"]["first_violation"];
    let write = |key: &str| violation[key]["write"].as_str();
    let svg = space_time::svg(&picture, [write("missing"), write("present")]);
    if !svg.is_empty() {
        let left_out = match picture.left_out {
            0 => String::new(),
            some => format!(" {some} more are left out."),
        };
        let _ = writeln!(
            html,
            "<figure>\n{svg}<figcaption>Time runs down, in order but not to scale. Arrows are requests, \
             packets and completions. A lost one is crossed out; one without a head was still on its \
             way.{left_out}</figcaption>\n</figure>"
        );
    }
    let story: Vec<&Value> = items(&explanation["story"]).collect();
    if !story.is_empty() {
        html.push_str("<table class=\"story\">\n<thead><tr><th>Time</th><th>Where</th><th>What</th></tr></thead>\n<tbody>\n");
        for scene in story {
            let _ = writeln!(
                html,
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                instant(&scene["at_ns"]),
                escape(text(scene, "lane")),
                escape(text(scene, "what"))
            );
        }
        html.push_str("</tbody>\n</table>\n");
    }
    html
}

fn cause_html(cause: &Value) -> String {
    let mut html = String::new();
    for (index, sentence) in items(&cause["told"]).filter_map(Value::as_str).enumerate() {
        // On the page it begins a paragraph.
        let sentence = if index == 0 { capital(sentence) } else { sentence.to_owned() };
        let _ = writeln!(html, "<p>{}</p>", escape(&sentence));
    }
    let remedies: Vec<&Value> = items(&cause["remedies"]).collect();
    if !remedies.is_empty() {
        html.push_str("<p>Tried, each in a run of its own:</p>\n<ul>\n");
        for remedy in remedies {
            let _ = writeln!(html, "<li>{}</li>", escape(text(remedy, "told")));
        }
        html.push_str("</ul>\n");
    }
    html
}

fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
