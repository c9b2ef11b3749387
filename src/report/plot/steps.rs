//! The page of `rcsim explain --html`: the picture of a violation step by step, with the same writes under repaired rules
//! beside it.
//!
//! One file without anything from elsewhere. Without JavaScript the whole picture is seen; with it, a slider goes through
//! the instants at which something happens, and what comes later is hidden.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::page::{Page, Section, escape};
use super::{Shown, space_time};
use crate::report::explanation::PictureResult;
use crate::units::SimTime;

/// Hides what comes after the chosen instant.
const SCRIPT: &str = "\
const slider=document.getElementById('step'),told=document.getElementById('instant'),\
beside=document.getElementById('beside'),\
times=JSON.parse(slider.dataset.times),names=JSON.parse(slider.dataset.names);\
function show(){const n=+slider.value,at=BigInt(times[n]);told.textContent=names[n];\
for(const e of document.querySelectorAll('#steps [data-at]'))\
e.style.visibility=BigInt(e.dataset.at)<=at?'visible':'hidden'}\
function step(by){slider.value=Math.min(times.length-1,Math.max(0,+slider.value+by));show()}\
document.getElementById('back').onclick=()=>step(-1);\
document.getElementById('on').onclick=()=>step(1);\
slider.oninput=show;\
if(beside)beside.onchange=()=>{document.getElementById('repaired').hidden=!beside.checked};\
document.getElementById('controls').hidden=false;show()";

/// A picture beside another, and what was repaired in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// As settings: `protocol.rule.run=repaired`.
    pub repaired: String,
    /// The same writes.
    pub picture: PictureResult,
}

/// The names of the missing and the present write.
fn writes(result: &Value) -> [Option<&str>; 2] {
    let violation = &result["order"]["first_violation"];
    ["missing", "present"].map(|key| violation[key]["write"].as_str())
}

fn picture_of(result: &Value) -> PictureResult {
    serde_json::from_value(result["explanation"]["picture"].clone()).unwrap_or_default()
}

/// The picture of a result that was explained, as a file of its own; `None` if there is nothing to draw.
pub fn picture(result: &Value) -> Option<String> {
    let svg = space_time::svg(&picture_of(result), writes(result));
    (!svg.is_empty()).then(|| space_time::standalone(&svg))
}

/// The instants at which something happens in either picture.
fn instants(pictures: &[&PictureResult]) -> BTreeSet<u64> {
    let mut instants = BTreeSet::new();
    for picture in pictures {
        instants.extend(picture.arrows.iter().map(|arrow| arrow.sent_ns));
        instants.extend(picture.marks.iter().map(|(_, at, ..)| *at));
        instants.extend(picture.fronts.iter().map(|(_, at, _)| *at));
        instants.insert(picture.until_ns);
    }
    instants
}

/// The page; `command` is the one that runs it again.
pub fn page(result: &Value, beside: Option<&Beside>, scenario: Option<&str>, command: &str) -> String {
    let shown = Shown::of_run(result, Vec::new(), scenario.map(str::to_owned), Some(command));
    let Shown { title, subtitle, facts, mut sections, scenario, commands, .. } = shown;
    if let Some(html) = steps(result, beside) {
        let place = sections.iter().position(|section| section.id == "cause").unwrap_or(sections.len());
        sections.insert(place, Section { id: "steps".into(), title: "Step by step".into(), html });
    }
    let (figures, verdicts) = (Vec::new(), None);
    Page { title, subtitle, facts, sections, figures, scenario, commands, verdicts }.html()
}

fn steps(result: &Value, beside: Option<&Beside>) -> Option<String> {
    let picture = picture_of(result);
    let names = writes(result);
    let svg = space_time::svg(&picture, names);
    if svg.is_empty() {
        return None;
    }
    let mut pictures = vec![&picture];
    pictures.extend(beside.map(|beside| &beside.picture));
    let instants = instants(&pictures);
    let list = |texts: Vec<String>| escape(&format!("[{}]", texts.join(",")));
    // Nanoseconds as text: a number of JavaScript is exact up to 2^53 only.
    let times = list(instants.iter().map(|at| format!("\"{at}\"")).collect());
    let told = list(instants.iter().map(|at| format!("\"{}\"", SimTime::from_ns(*at))).collect());
    let last = instants.len() - 1;
    let mut html = format!(
        "<div id=\"steps\">\n<p id=\"controls\" hidden><button id=\"back\">earlier</button> \
         <input id=\"step\" type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\" data-times=\"{times}\" \
         data-names=\"{told}\" aria-label=\"Instant\"> <button id=\"on\">later</button> \
         <output id=\"instant\"></output>"
    );
    if let Some(beside) = beside {
        let _ = write!(
            html,
            " <label><input id=\"beside\" type=\"checkbox\" checked> beside it: {}</label>",
            escape(&beside.repaired)
        );
    }
    let _ = write!(
        html,
        "</p>\n<div style=\"display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem\">\n\
         <figure id=\"broken\">{svg}<figcaption>This run. Point at a line to read it.</figcaption></figure>\n"
    );
    if let Some(beside) = beside {
        let svg = space_time::svg(&beside.picture, names);
        let _ = writeln!(
            html,
            "<figure id=\"repaired\">{svg}<figcaption>The same writes with {}, up to the same instant.</figcaption>\
             </figure>",
            escape(&beside.repaired)
        );
    }
    let _ = write!(html, "</div>\n</div>\n<script>{SCRIPT}</script>\n");
    Some(html)
}
