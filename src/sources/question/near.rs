//! Names that look like one that was not found.

/// Up to three of the candidates that a person may have meant, nearest first.
///
/// Near is: the candidate begins with the name (a workload's name given for its pod), or few letters differ.
pub fn near_names<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = match name.chars().count() {
        0..=2 => 1,
        3..=7 => 2,
        length => length / 4,
    };
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            if candidate
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['-', '.']))
            {
                return Some((0, candidate));
            }
            if candidate.len().abs_diff(name.len()) > allowed * 4 {
                return None;
            }
            let distance = strsim::damerau_levenshtein(name, candidate);
            (distance <= allowed).then_some((distance, candidate))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(3);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first() {
        let names = [
            "web-7d9f-abcde",
            "wbe",
            "api",
            "web",
            "webs",
            "very-long-name-of-something",
        ];
        assert_eq!(near_names("web", names), ["web-7d9f-abcde", "wbe", "webs"]);
        assert_eq!(near_names("apj", names), ["api"]);
        assert!(near_names("unrelated-thing", names).is_empty());
        assert!(near_names("x", []).is_empty());
    }
}
