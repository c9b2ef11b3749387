//! Who rides with whom: members that wait for another one, and go on with it to a third if that one comes to wait
//! itself.

use std::collections::BTreeMap;

/// By carrier, those who ride with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Riders<M: Ord + Copy>(BTreeMap<M, Vec<M>>);

impl<M: Ord + Copy> Default for Riders<M> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<M: Ord + Copy> Riders<M> {
    /// Nobody rides.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `rider` rides with `carrier` from now on, and so do those who rode with it.
    pub fn ride(&mut self, rider: M, carrier: M) {
        let mut with = self.0.remove(&rider).unwrap_or_default();
        with.push(rider);
        self.0.entry(carrier).or_default().append(&mut with);
    }

    /// Those who ride with `carrier`, in the order in which they came.
    pub fn of(&self, carrier: M) -> &[M] {
        self.0.get(&carrier).map_or(&[], Vec::as_slice)
    }

    /// The ride is over: those who rode with `carrier`.
    pub fn alight(&mut self, carrier: M) -> Vec<M> {
        self.0.remove(&carrier).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is overtaken twice rides with the last.
    #[test]
    fn riders_change_with_their_carrier() {
        let mut riders = Riders::default();
        riders.ride(1, 2);
        riders.ride(5, 6);
        riders.ride(2, 3);
        assert_eq!((riders.of(3), riders.of(2), riders.of(6)), (&[1, 2][..], &[][..], &[5][..]));
        assert_eq!(riders.alight(3), [1, 2]);
        assert_eq!(riders.alight(6), [5]);
        assert!(riders.is_empty() && riders.alight(3).is_empty());
    }
}
