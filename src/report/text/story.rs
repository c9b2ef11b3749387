//! A violation explained: its proof, a space-time picture of the writes, and what let it happen.

use std::fmt::Write as _;

use super::wrap::wrap;
use crate::explain::{Account, Detail, Explanation, Lane, Scene, account};

/// Width of a lane.
const LANE: usize = 6;
/// Width of the instants.
const INSTANT: usize = 14;
/// A brief story has at most this many lines: with proof and cause it fits a screen.
const BRIEF: usize = 16;

/// The proof of a violation, as lines.
pub fn proof_lines(explanation: &Explanation) -> Vec<String> {
    explanation.proof.iter().flat_map(|sentence| wrap(sentence, "    ", 6)).collect()
}

/// The story of a violation and its cause, as lines.
pub fn story_lines(explanation: &Explanation, detail: Detail) -> Vec<String> {
    let mut lines = vec![String::new()];
    if !explanation.story.is_empty() {
        let names = lanes(|_, name| name);
        lines.push(format!("  {:>INSTANT$}  {names}", "time").trim_end().to_owned());
        let scenes: Vec<Vec<String>> = explanation.story.iter().map(scene_lines).collect();
        lines.extend(told(&scenes, detail));
        lines.push(String::new());
    }
    let Account { cause, remedies, .. } = account(&explanation.cause);
    for (index, sentence) in cause.iter().enumerate() {
        lines.extend(wrap(sentence, if index == 0 { "  Cause: " } else { "         " }, 9));
    }
    for (index, sentence) in remedies.iter().enumerate() {
        lines.extend(wrap(sentence, if index == 0 { "  Tried: " } else { "         " }, 9));
    }
    lines
}

/// The lines of these scenes; of a long story that is to be brief, the middle is left out.
fn told(scenes: &[Vec<String>], detail: Detail) -> Vec<String> {
    let total: usize = scenes.iter().map(Vec::len).sum();
    if detail == Detail::Full || total <= BRIEF {
        return scenes.concat();
    }
    // What begins it, and what leads to the violation.
    let fits = |scenes: &mut dyn Iterator<Item = &Vec<String>>, room: usize| {
        let mut used = 0;
        scenes
            .take_while(|scene| {
                used += scene.len();
                used <= room
            })
            .count()
    };
    let first = fits(&mut scenes.iter(), BRIEF / 2 - 1);
    let last = fits(&mut scenes[first..].iter().rev(), BRIEF / 2);
    let left_out = scenes.len() - first - last;
    let mut lines = scenes[..first].concat();
    let place = " ".repeat(2 + INSTANT + 2 + LANE * Lane::ALL.len() + 1);
    lines.push(format!("{place}... {left_out} more (--explain=full)"));
    lines.extend(scenes[scenes.len() - last..].concat());
    lines
}

/// One line of the picture: what stands in each lane.
fn lanes<'a>(shown: impl Fn(Lane, &'a str) -> &'a str) -> String {
    let mut line = String::new();
    for lane in Lane::ALL {
        let shown = shown(lane, lane.name());
        let _ = write!(line, "{shown:^LANE$}"); // A string takes everything.
    }
    line
}

fn scene_lines(scene: &Scene) -> Vec<String> {
    let picture = lanes(|lane, _| if lane == scene.lane { "●" } else { "│" });
    let head = format!("  {:>INSTANT$}  {picture}", scene.at.to_string());
    let indent = 2 + INSTANT + 2 + LANE * Lane::ALL.len();
    // The picture's signs are one column wide, but more than one byte.
    wrap(&scene.what, &format!("{head} "), indent + 1)
}
