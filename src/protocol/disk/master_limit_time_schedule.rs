//! Master limit time schedule process 117 (Fig. 10): one per remote site. The limit time is the earliest of what
//! the slave processes report.

use super::settings::{DomainId, Settings};
use super::slave_limit_time_schedule::LEFT_OUT;
use crate::protocol::rules::Control;
use crate::trace::Key;
use crate::units::RemoteId;

/// One line of a slave's report.
pub type Report = (DomainId, End);

/// What a slave says of a domain: the earliest of its ends of runs; `None` while a stream has nothing to say.
type End = Option<Key>;

/// What the master knows of one domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Domain {
    /// The slaves that take part, and the latest that each reported.
    reports: Vec<(RemoteId, Option<End>)>,
    /// What was sent last.
    limit: Option<Key>,
    /// Something was reported since the master last ran.
    touched: bool,
    /// A slave that may have missed the limit was among those that reported.
    is_asked: bool,
}

/// The master process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Master {
    domains: Vec<Domain>,
}

impl Master {
    /// Nothing reported yet.
    pub fn new(settings: &Settings) -> Self {
        let takes_part = |remote: &usize, domain: usize| !settings.domain_streams[*remote][domain].is_empty();
        let reports = |domain| {
            let remotes = (0..settings.remotes).filter(move |remote| takes_part(remote, domain));
            remotes.map(|remote| (RemoteId::from(remote), None)).collect()
        };
        let domains = (0..settings.domains())
            .map(|domain| Domain { reports: reports(domain), limit: None, touched: false, is_asked: false })
            .collect();
        Self { domains }
    }

    /// A slave's report arrived.
    pub fn handle_report(&mut self, remote: RemoteId, report: &[Report]) {
        for &(domain, end) in report {
            let domain = &mut self.domains[domain.index()];
            if let Some((_, latest)) = domain.reports.iter_mut().find(|(slave, _)| *slave == remote) {
                *latest = Some(end);
                domain.touched = true;
            }
        }
    }

    /// The slave whose report of this domain arrived may have missed limits that were sent: it is told, whatever has changed.
    pub fn answer(&mut self, domain: DomainId) {
        self.domains[domain.index()].is_asked = true;
    }

    /// Fig. 10: the limits to send, in the order of remote systems.
    pub fn run(&mut self, settings: &Settings, out: &mut Vec<(RemoteId, DomainId, Option<Key>)>) {
        let waits = settings.rules.control == Control::Wait;
        for (index, domain) in self.domains.iter_mut().enumerate() {
            if !std::mem::replace(&mut domain.touched, false) {
                continue;
            }
            let is_asked = std::mem::take(&mut domain.is_asked);
            if domain.reports.iter().any(|(_, latest)| latest.is_none()) {
                continue; // "Activated when it receives time stamps from each of the slave processes".
            }
            // Step 1000.
            let earliest = domain.reports.iter().filter_map(|&(_, latest)| latest).min().flatten();
            let limit = earliest.filter(|&key| key != LEFT_OUT);
            let changed = limit.is_some() && limit != domain.limit;
            domain.limit = limit.or(domain.limit);
            if waits {
                domain.reports.iter_mut().for_each(|(_, latest)| *latest = None);
            } else if limit.is_none() || !changed && !is_asked && settings.repeats_every().is_none() {
                continue;
            }
            // Step 1001.
            out.extend(domain.reports.iter().map(|&(remote, _)| (remote, DomainId(index as u32), limit)));
        }
        out.sort_by_key(|&(remote, domain, _)| (remote, domain));
    }
}
