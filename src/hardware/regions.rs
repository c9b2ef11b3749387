//! Measured round trips between regions of two cloud providers: the lines of `preset`.
//!
//! From pings that come with fantoch (github.com/vitorenesduarte/fantoch, MIT or Apache-2.0; `latency_aws`, `latency_gcp`):
//! those of AWS are of 5 June 2020, those of GCP have no date. A line between regions of one operator hardly jitters.

/// The round trip between two regions, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// `aws` or `gcp`.
    pub provider: &'static str,
    /// One region.
    pub from: &'static str,
    /// The other.
    pub to: &'static str,
    /// Mean.
    pub mean_us: u32,
    /// Standard deviation (ping's `mdev`).
    pub deviation_us: u32,
}

impl Region {
    /// Its name in a scenario.
    pub fn name(&self) -> String {
        format!("{}:{} -> {}", self.provider, self.from, self.to)
    }

    /// When it was measured.
    pub fn date(&self) -> &'static str {
        if self.provider == "aws" { "5 June 2020" } else { "no date given" }
    }

    /// The preset of that name, in either direction: a round trip has none.
    pub fn named(name: &str) -> Option<&'static Self> {
        let (provider, ends) = name.split_once(':')?;
        let (from, to) = ends.split_once("->")?;
        let (provider, from, to) = (provider.trim(), from.trim(), to.trim());
        REGIONS.iter().find(|known| {
            known.provider == provider
                && ((known.from, known.to) == (from, to) || (known.to, known.from) == (from, to))
        })
    }
}

const fn region(
    provider: &'static str,
    from: &'static str,
    to: &'static str,
    mean_us: u32,
    deviation_us: u32,
) -> Region {
    Region { provider, from, to, mean_us, deviation_us }
}

/// Every preset.
pub static REGIONS: [Region; 34] = [
    region("aws", "ap-northeast-1", "ap-east-1", 51_164, 347),
    region("aws", "ap-northeast-1", "ap-southeast-1", 77_029, 2_111),
    region("aws", "ap-northeast-1", "us-west-2", 100_869, 245),
    region("aws", "eu-west-1", "af-south-1", 150_624, 488),
    region("aws", "eu-west-1", "ap-northeast-1", 204_431, 5_546),
    region("aws", "eu-west-1", "eu-central-1", 23_759, 191),
    region("aws", "eu-west-1", "eu-north-1", 35_597, 733),
    region("aws", "eu-west-1", "eu-west-2", 10_476, 315),
    region("aws", "us-east-1", "ap-northeast-1", 152_425, 454),
    region("aws", "us-east-1", "ap-south-1", 181_766, 542),
    region("aws", "us-east-1", "ap-southeast-1", 235_767, 4_843),
    region("aws", "us-east-1", "ca-central-1", 15_118, 237),
    region("aws", "us-east-1", "eu-central-1", 85_629, 408),
    region("aws", "us-east-1", "eu-west-1", 70_508, 146),
    region("aws", "us-east-1", "sa-east-1", 113_022, 1_915),
    region("aws", "us-east-1", "us-east-2", 10_549, 117),
    region("aws", "us-east-1", "us-west-2", 72_501, 2_425),
    region("gcp", "asia-northeast1", "asia-east1", 33_141, 549),
    region("gcp", "asia-northeast1", "asia-northeast2", 8_605, 129),
    region("gcp", "asia-northeast1", "asia-southeast1", 67_617, 434),
    region("gcp", "asia-northeast1", "us-west1", 88_297, 300),
    region("gcp", "europe-west3", "asia-south1", 352_069, 870),
    region("gcp", "europe-west3", "europe-north1", 31_978, 263),
    region("gcp", "europe-west3", "europe-west2", 13_178, 181),
    region("gcp", "europe-west3", "europe-west4", 7_376, 182),
    region("gcp", "us-east1", "asia-northeast1", 155_309, 1_209),
    region("gcp", "us-east1", "asia-southeast1", 218_025, 1_273),
    region("gcp", "us-east1", "australia-southeast1", 197_799, 814),
    region("gcp", "us-east1", "europe-west1", 93_043, 434),
    region("gcp", "us-east1", "europe-west3", 97_996, 336),
    region("gcp", "us-east1", "southamerica-east1", 117_768, 281),
    region("gcp", "us-east1", "us-central1", 33_524, 2_997),
    region("gcp", "us-east1", "us-east4", 12_550, 214),
    region("gcp", "us-east1", "us-west1", 67_298, 1_567),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_direction_is_found_and_others_are_not() {
        let known = Region::named("aws:us-east-1 -> eu-west-1").unwrap();
        assert_eq!((known.mean_us, known.deviation_us), (70_508, 146));
        assert_eq!(Region::named("aws:eu-west-1->us-east-1"), Some(known));
        assert_eq!(Region::named("gcp:us-east-1 -> eu-west-1"), None);
        assert_eq!(Region::named("aws:us-east-1"), None);
        assert_eq!(known.name(), "aws:us-east-1 -> eu-west-1");
    }

    #[test]
    fn every_preset_is_plausible_and_stands_once() {
        for (index, region) in REGIONS.iter().enumerate() {
            assert!((7_000..420_000).contains(&region.mean_us), "{region:?}");
            assert!(region.deviation_us > 0 && region.deviation_us * 10 < region.mean_us, "{region:?}");
            assert!(REGIONS[..index].iter().all(|other| other.name() != region.name()));
        }
    }
}
