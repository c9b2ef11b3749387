//! "Did you mean": the known name that is nearest to what was written.

/// The candidate nearest to `found`, if it is near enough to have been meant.
pub fn nearest<'c>(found: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let found = normal(found);
    // One slip in a short name makes any other short name of it: "L2" is no misspelt "L1".
    let longest_distance = match found.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&found, &normal(candidate)), candidate))
        .filter(|(distance, _)| *distance <= longest_distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The candidates that begin with `found` or have it as one of their words: `loss` of `losses`, `delay` of `send_delay`.
pub fn akin<'c>(found: &str, candidates: impl IntoIterator<Item = &'c str>) -> Vec<&'c str> {
    let found = normal(found);
    if found.chars().count() < 3 {
        return Vec::new();
    }
    let is_akin = |candidate: &&str| {
        let candidate = normal(candidate);
        candidate.starts_with(&found) || candidate.split('_').any(|word| word == found)
    };
    candidates.into_iter().filter(is_akin).collect()
}

/// Names differ neither by case nor by what joins their words. A long text is no name: its start will do.
fn normal(name: &str) -> String {
    name.chars()
        .take(64)
        .map(|c| if c == '-' || c == ' ' { '_' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

/// `names` as a sentence lists them.
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{akin, nearest};

    #[test]
    fn names_are_akin_by_their_beginning_or_by_a_word() {
        let names = ["losses", "control_losses", "send_delay", "limit_delay", "delayed"];
        assert_eq!(akin("loss", names), ["losses"]);
        assert_eq!(akin("Losses", names), ["losses", "control_losses"]);
        assert_eq!(akin("delay", names), ["send_delay", "limit_delay", "delayed"]);
        assert_eq!((akin("lo", names), akin("elay", names)), (vec![], vec![]));
    }

    #[test]
    fn near_names_are_meant_and_others_are_not() {
        let names = ["group", "pair", "remote-system"];
        assert_eq!(nearest("gruop", names), Some("group"));
        assert_eq!(nearest("Remote_System", names), Some("remote-system"));
        assert_eq!(nearest("pairs", names), Some("pair"));
        assert_eq!(nearest("tape", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!((nearest("L2", ["L1"]), nearest("l1", ["L1"])), (None, Some("L1")));
    }
}
