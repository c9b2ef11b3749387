//! What may happen next in a state, in a fixed order.

use super::answers::{to_local, to_remote};
use super::{Asked, LOCAL, Machines, NET, REMOTE, Unknown};
use crate::explore::action::{Action, Kind};
use crate::explore::model::State;
use crate::explore::parts::REMOTE_BIT;
use crate::protocol::disk::Packet;
use crate::protocol::rules::Control;
use crate::units::{GroupId, RemoteId};

/// Does time that has passed show in an action of this kind? Only in what is issued or sent next.
const fn shows(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Issue | Kind::Request | Kind::ReceiveRequest | Kind::Marker | Kind::Cut | Kind::Complete
    )
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
                Kind::ReceiveWrite | Kind::ReceiveMarker | Kind::ReceiveRequest => {
                    if front.left.losses > 0 {
                        add(Kind::Lose, number);
                    }
                    if front.left.duplicates > 0 {
                        add(Kind::Duplicate, number);
                    }
                }
                // A completion that comes again is dropped, and so is what ends an answer: to lose it is all that may go
                // wrong.
                Kind::ReceiveCompletion | Kind::ReceiveAnswer if front.left.losses > 0 => {
                    add(Kind::Lose, number);
                }
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
            self.resting(state)
                .filter(|&remote| front.is_up(remote))
                .for_each(|remote| add(Kind::Ask, remote));
        }
        if front.left.markers > 0 && scope.settings.sends_markers() {
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
        // A request that is given up is made again under another number: nothing hangs on that.
        for (stream, request) in self.memory.sites.get(state[REMOTE]).open_requests(&self.scope.settings) {
            let asked = self.memory.message(to_local(self.scope, Packet::Request { stream, request }))?;
            let answers = [true, false].map(|is_empty| Packet::Answer { stream, request, is_empty });
            let known = answers.map(|answer| self.memory.messages.find(&to_remote(self.scope, answer)));
            if !net.has(asked) && !known.into_iter().flatten().any(|answer| net.has(answer)) {
                take(asked);
            }
        }
        Ok(())
    }

    /// The bits of the remote systems that will ask again for what waits in their streams.
    pub(super) fn resting(&self, state: &State) -> impl Iterator<Item = u32> {
        let site = self.memory.sites.get(state[REMOTE]);
        let remotes = (0..self.scope.settings.remotes).map(RemoteId::from);
        remotes.filter(|&remote| site.will_ask(remote)).map(|remote| REMOTE_BIT + remote.0)
    }
}
