//! What a space-time picture of a violation shows: sites as lines, packets as arrows, the limit time as a front.

use crate::units::SimTime;

/// At most this many arrows: the first, and the last of all.
pub const ARROWS: usize = 16;
/// At most this many fronts.
pub const FRONTS: usize = 8;

/// What a picture shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The sites, from left to right: hosts, local systems, remote systems.
    pub lines: Vec<String>,
    /// What happens at a site.
    pub marks: Vec<Mark>,
    /// Requests, packets and completions.
    pub arrows: Vec<Arrow>,
    /// Limits stored, and up to when they permit what was accepted.
    pub fronts: Vec<Front>,
    /// The instant of the violation.
    pub until: SimTime,
    /// Arrows that were left out.
    pub left_out: u64,
}

/// A point on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Index of the line.
    pub line: usize,
    /// When.
    pub at: SimTime,
    /// The write: 0 for the one that is missing, 1 for the one that is present.
    pub write: usize,
    /// What stands beside it.
    pub label: String,
}

/// From one line to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Index of the line that it leaves.
    pub from: usize,
    /// Index of the line that it is for.
    pub to: usize,
    /// When it leaves.
    pub sent: SimTime,
    /// When it arrives; `None` if it is lost, or in flight at the end.
    pub arrived: Option<SimTime>,
    /// The network loses it.
    pub lost: bool,
    /// The write: 0 for the one that is missing, 1 for the one that is present.
    pub write: usize,
    /// What it is.
    pub label: String,
}

/// A limit time: the remote system stored it at `at`, and it permits what was stamped up to `limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Front {
    /// Index of the line of the remote system.
    pub line: usize,
    /// When it was stored.
    pub at: SimTime,
    /// The limit time.
    pub limit: SimTime,
}

impl Picture {
    /// The index of the line `name`, which is added if need be.
    pub fn line(&mut self, name: &str) -> usize {
        self.lines.iter().position(|known| known == name).unwrap_or_else(|| {
            self.lines.push(name.to_owned());
            self.lines.len() - 1
        })
    }

    /// Adds an arrow and says where it stands; once there are many, the one before the last makes room.
    pub fn arrow(&mut self, arrow: Arrow) -> usize {
        if self.arrows.len() >= ARROWS {
            self.left_out += 1;
            self.arrows.pop();
        }
        self.arrows.push(arrow);
        self.arrows.len() - 1
    }

    /// Adds a front; of many the first and the latest are kept.
    pub fn front(&mut self, front: Front) {
        if self.fronts.len() >= FRONTS {
            self.fronts.remove(1);
        }
        self.fronts.push(front);
    }
}
