//! The least of several values that may be absent, kept up to date one at a time: O(log players) a change.
//!
//! Values stand in one place each, and the tree moves numbers of players: for values that are large.

/// A tournament: every node of a complete binary tree names the winner of the two below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tournament<T> {
    values: Vec<Option<T>>,
    /// Node i has the children 2i and 2i + 1; the last half are the players themselves.
    winners: Vec<u32>,
}

impl<T: Ord + Copy> Tournament<T> {
    /// Among `players`, none of whom has a value yet.
    pub fn new(players: usize) -> Self {
        let leaves = players.next_power_of_two();
        let mut winners: Vec<u32> =
            (0..2 * leaves as u32).map(|node| node.saturating_sub(leaves as u32)).collect();
        for node in (1..leaves).rev() {
            winners[node] = winners[2 * node];
        }
        Self { values: vec![None; leaves], winners }
    }

    /// Player `index` has this value now.
    pub fn set(&mut self, index: usize, value: Option<T>) {
        if self.values[index] == value {
            return;
        }
        self.values[index] = value;
        let mut node = self.values.len() + index;
        while node > 1 {
            node /= 2;
            let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
            let winner = if self.loses(left, right) { right } else { left };
            // From here on up nobody meets another value than before.
            if winner == self.winners[node] && winner as usize != index {
                return;
            }
            self.winners[node] = winner;
        }
    }

    /// The least value and its player; of equal values the one of the lowest player.
    pub fn least(&self) -> Option<(T, usize)> {
        let winner = self.winners[1] as usize;
        self.values[winner].map(|value| (value, winner))
    }

    /// Does the player on the left lose to the one on the right? A missing value always loses.
    fn loses(&self, left: u32, right: u32) -> bool {
        match (&self.values[left as usize], &self.values[right as usize]) {
            (Some(left), Some(right)) => right < left,
            (None, right) => right.is_some(),
            (Some(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The winner is the least of all players, and of equals the first, however many there are.
        #[test]
        fn the_least_wins(players in 0_usize..20, moves in prop::collection::vec((0_usize..20, prop::option::of(0_u8..9)), 0..80)) {
            let mut tournament = Tournament::new(players);
            let mut plain = vec![None; players];
            prop_assert_eq!(tournament.least(), None);
            for (player, value) in moves.into_iter().filter(|_| players > 0) {
                plain[player % players] = value;
                tournament.set(player % players, value);
                let least = plain.iter().zip(0_usize..).filter_map(|(value, at)| Some(((*value)?, at))).min();
                prop_assert_eq!(tournament.least(), least);
            }
        }
    }
}
