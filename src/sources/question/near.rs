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

/// All of the names that a person may have meant who has to choose: those that begin with the name, those that hold it, and those
/// of which few letters differ, in this order.
pub fn likely_names<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let names: Vec<&str> = names.into_iter().filter(|other| *other != name).collect();
    let near = near_names(name, names.iter().copied());
    let rank = |other: &str| {
        if name.is_empty() {
            None
        } else if other.starts_with(name) {
            Some(0)
        } else if other.contains(name) {
            Some(1)
        } else {
            near.contains(&other).then_some(2)
        }
    };
    let ranked = names
        .iter()
        .filter_map(|other| Some((rank(other)?, *other)));
    let mut ranked: Vec<(u8, &str)> = ranked.collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_to_choose_from_hold_the_name_or_look_like_it() {
        let names = ["api-web-1", "wbe", "cart", "web-2", "web-1", "web"];
        assert_eq!(
            likely_names("web", names),
            ["web-1", "web-2", "api-web-1", "wbe"]
        );
        assert!(likely_names("", names).is_empty());
    }

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
