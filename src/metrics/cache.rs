//! Bytes in the caches of the disk systems of one site: now, and at most in one system at any instant.
//!
//! Only write data count. Admission is the protocol's; here is only what the records say.

/// The caches of one site.
#[derive(Clone, Debug)]
pub struct CacheMeter {
    /// Bytes in use, indexed by disk system.
    used: Vec<u64>,
    total: u64,
    peak: u64,
}

impl CacheMeter {
    /// Of this many disk systems, all empty.
    pub fn new(systems: usize) -> Self {
        Self { used: vec![0; systems], total: 0, peak: 0 }
    }

    /// A write of `bytes` entered the cache of `system`.
    pub fn enter(&mut self, system: usize, bytes: u64) {
        if let Some(used) = self.used.get_mut(system) {
            *used += bytes;
            self.total += bytes;
            self.peak = self.peak.max(*used);
        }
    }

    /// It left it.
    pub fn leave(&mut self, system: usize, bytes: u64) {
        if let Some(used) = self.used.get_mut(system) {
            *used -= bytes;
            self.total -= bytes;
        }
    }

    /// The site is no more.
    pub fn destroy(&mut self) {
        self.used.fill(0);
        self.total = 0;
    }

    /// Bytes in use now, over all systems.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The most bytes that stood in one system at any instant.
    pub const fn peak(&self) -> u64 {
        self.peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_one_system_and_the_total_of_all() {
        let mut meter = CacheMeter::new(2);
        meter.enter(0, 10);
        meter.enter(1, 7);
        meter.enter(0, 5);
        assert_eq!((meter.total(), meter.peak()), (22, 15));
        meter.leave(0, 10);
        meter.enter(1, 1);
        assert_eq!((meter.total(), meter.peak()), (13, 15));
        meter.destroy();
        assert_eq!((meter.total(), meter.peak()), (0, 15));
    }
}
