//! What may happen next in a state, in a fixed order.

use super::{Asked, LOCAL, Machines, NET, Unknown};
use crate::explore::action::{Action, Kind};
use crate::explore::model::State;
use crate::explore::parts::REMOTE_BIT;
use crate::protocol::rules::Control;
use crate::units::GroupId;

/// Does time that has passed show in an action of this kind? Only in what is issued or sent next.
const fn shows(kind: Kind) -> bool {
    matches!(kind, Kind::Issue | Kind::Request | Kind::Marker | Kind::Cut | Kind::Complete)
}

impl Machines<'_> {
    pub(super) fn next_actions(&self, state: &State, out: &mut Vec<Action>) -> Asked<()> {
        let scope = self.scope;
        let front = *self.front(state);
        let mut add = |kind, what| {
            if shows(kind) || !front.rested {
                out.push(Action { kind, what });
            }
        };
        if let Some(write) = scope.writes.get(front.issued as usize)
            && write.after & !front.completed == 0
        {
            add(Kind::Issue, front.issued);
        }
        // Reports, limits that overtake nothing.
        let mut said = false;
        for number in self.memory.next(state[NET]) {
            let known = &self.memory.known[number as usize];
            // What reaches a system that is down is lost, and a lost packet is one that has not arrived yet; and who tries
            // again meanwhile waits again.
            if !front.is_up(known.receiver) {
                continue;
            }
            add(known.kind, number);
            match known.kind {
                Kind::ReceiveWrite | Kind::ReceiveMarker => {
                    if front.left.losses > 0 {
                        add(Kind::Lose, number);
                    }
                    if front.left.duplicates > 0 {
                        add(Kind::Duplicate, number);
                    }
                }
                // A completion that comes again is dropped: to lose it is all that may go wrong.
                Kind::ReceiveCompletion if front.left.losses > 0 => add(Kind::Lose, number),
                Kind::Report | Kind::Limit => {
                    said |= !scope.control_reorders || known.kind == Kind::Report;
                    if front.left.control_losses > 0 {
                        add(Kind::LoseControl, number);
                    }
                }
                _ => {}
            }
        }
        if front.left.markers > 0 {
            for (stream, known) in (0..).zip(&scope.settings.layout.streams) {
                if front.is_up(known.key.local.0) {
                    add(Kind::Marker, stream);
                }
            }
        }
        for group in (0..scope.settings.groups).map(GroupId::from) {
            match self.awaits_cut(state, group) {
                Some(begins) if !begins || front.left.cuts > 0 => add(Kind::Cut, group.0),
                _ => {}
            }
        }
        if front.left.crashes > 0 || front.down != 0 {
            let (locals, remotes) = (scope.settings.locals as u32, scope.settings.remotes as u32);
            for system in (0..locals).chain(REMOTE_BIT..REMOTE_BIT + remotes) {
                if !front.is_up(system) {
                    add(Kind::Restart, system);
                } else if front.left.crashes > 0 {
                    add(Kind::Crash, system);
                    if system < REMOTE_BIT && front.to_crash >> system & 1 == 0 {
                        add(Kind::CrashBeforeSend, system);
                    }
                }
            }
        }
        // Where nothing shows it, what comes first may as well come before time passes; to wait for it would be for ever.
        let to_come = (front.issued as usize) < scope.writes.len() || front.left.markers > 0;
        if front.may_pass && to_come && scope.allows(Kind::Pass) && out.iter().any(|next| shows(next.kind)) {
            out.push(Action { kind: Kind::Pass, what: 0 });
        }
        // Where none overtakes, a report while others are under way says what one says that leaves when they have arrived,
        // or are lost; else it may be one too many to be counted. A slave that waits reports nothing.
        let waits = scope.settings.rules.control == Control::Wait;
        if (waits || !said) && scope.allows(Kind::Activate) && !front.rested {
            out.push(Action { kind: Kind::Activate, what: 0 });
        }
        if front.left.resends > 0 && !front.rested {
            self.resendable(state, |what| out.push(Action { kind: Kind::Resend, what }))?;
        }
        Ok(())
    }

    /// Messages that are outstanding and not under way.
    pub(super) fn resendable(&self, state: &State, mut take: impl FnMut(u32)) -> Asked<()> {
        let Some(outstanding) = self.memory.resends.get(&state[LOCAL]) else {
            return Err(Box::new(Unknown::Resends(*state)));
        };
        let net = self.net(state);
        outstanding.iter().filter(|&&message| !net.has(message)).for_each(|&message| take(message));
        Ok(())
    }
}
