//! What a fault is called where people read of it: what goes wrong, and what it hits.
//!
//! Two faults that do the same to the same have one name. Nothing is counted here: who shows both tells them apart.

use super::validated::{ClockOwner, ControlUnit, FaultKind, Scenario};
use crate::units::{Direction, HostId, LocalId, PathId, RemoteId};

impl Scenario {
    /// What the fault `fault` is called: `crash of R2`; nothing where there is no such fault.
    pub fn fault_name(&self, fault: u32) -> String {
        self.faults.get(fault as usize).map_or_else(String::new, |fault| self.name_of(&fault.kind))
    }

    /// What a fault of this kind is called, with the names of this scenario.
    pub fn name_of(&self, kind: &FaultKind) -> String {
        let local = |id: LocalId| self.local_systems.get(id.index()).map_or("", |system| &system.name);
        let remote = |id: RemoteId| self.remote_systems.get(id.index()).map_or("", |system| &system.name);
        let host = |id: HostId| self.hosts.get(id.index()).map_or("", |host| &host.name);
        match *kind {
            FaultKind::LocalSiteLoss => "loss of the local site".to_owned(),
            FaultKind::WanOutage { path, direction, .. } => self.on_lines("outage", path, direction),
            FaultKind::BrownOut { path, direction, .. } => self.on_lines("brown-out", path, direction),
            FaultKind::Crash { system: ControlUnit::Local(id), .. } => format!("crash of {}", local(id)),
            FaultKind::Crash { system: ControlUnit::Remote(id), .. } => format!("crash of {}", remote(id)),
            FaultKind::SlaveStop { remote: id, .. } => format!("stop of the slave process of {}", remote(id)),
            FaultKind::MasterStop { .. } => "stop of the master process".to_owned(),
            FaultKind::ClockError { clock: ClockOwner::Local(id), .. } => {
                format!("clock error of {}", local(id))
            }
            FaultKind::ClockError { clock: ClockOwner::Host(id), .. } => {
                format!("clock error of {}", host(id))
            }
        }
    }

    /// `outage from L1 to R1`, or of all lines: `WAN outage`.
    fn on_lines(&self, what: &str, path: Option<PathId>, direction: Option<Direction>) -> String {
        let Some(path) = path.and_then(|path| self.all_paths().nth(path.index())) else {
            return format!("WAN {what}");
        };
        match direction {
            Some(Direction::Forward) => format!("{what} from {} to {}", path.near, path.far),
            Some(Direction::Reverse) => format!("{what} from {} to {}", path.far, path.near),
            None => format!("{what} between {} and {}", path.near, path.far),
        }
    }
}

#[cfg(test)]
mod tests {
    /// Every kind of fault, hitting one thing and another where it can.
    #[test]
    fn a_fault_is_called_what_it_is_and_what_it_hits() {
        for (keys, name) in [
            ("kind = 'wan-outage', duration = '1ms'", "WAN outage"),
            ("kind = 'wan-outage', duration = '1ms', from = 'L1', to = 'R2'", "outage from L1 to R2"),
            ("kind = 'wan-outage', duration = '1ms', from = 'R2', to = 'L1'", "outage from R2 to L1"),
            ("kind = 'brown-out', duration = '1ms', loss = 0.1", "WAN brown-out"),
            ("kind = 'crash', duration = '1ms', system = 'L1'", "crash of L1"),
            ("kind = 'crash', duration = '1ms', system = 'R2'", "crash of R2"),
            ("kind = 'slave-stop', duration = '1ms', system = 'R1'", "stop of the slave process of R1"),
            ("kind = 'master-stop', duration = '1ms'", "stop of the master process"),
            ("kind = 'clock', of = 'L1', skew = '1ms'", "clock error of L1"),
            ("kind = 'clock', of = 'H1', skew = '1ms'", "clock error of H1"),
            ("kind = 'local-site-loss'", "loss of the local site"),
        ] {
            let fault = format!("fault=[{{ at = '1ms', {keys} }}]");
            let text = include_str!("tests/design.toml");
            let scenario = crate::scenario::parse("design", text, ".".as_ref(), &[fault]).unwrap();
            assert_eq!(scenario.fault_name(0), name, "{keys}");
            assert_eq!(scenario.fault_name(1), "", "{keys}");
        }
    }
}
