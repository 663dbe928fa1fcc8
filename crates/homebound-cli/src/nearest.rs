//! The known name that somebody who mistyped one most likely meant.

/// The candidate nearest to `typed`, if any is near enough to be worth saying.
pub(crate) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Swapped neighbours count once; a common beginning counts for more, as hands slip towards the end of a word.
fn likeness(typed: &str, candidate: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(typed, candidate).max(strsim::jaro_winkler(typed, candidate) - 0.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_find_their_word_and_noise_finds_none() {
        let known = ["select", "ignore", "extend-select", "ui-from-thread", "HB101", "HB202"];
        assert_eq!(nearest("selct", known), Some("select"));
        assert_eq!(nearest("extend_select", known), Some("extend-select"));
        assert_eq!(nearest("ui-from-tread", known), Some("ui-from-thread"));
        assert_eq!(nearest("hb1O1", known), Some("HB101"));
        assert_eq!(nearest("zzz", known), None);
    }
}
