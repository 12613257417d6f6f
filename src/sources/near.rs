//! Names that a mistyped one may stand for.

use strsim::damerau_levenshtein;

/// How many names are offered at most.
const MOST: usize = 3;

/// The names nearest to `wanted`, best first: those within a third of its length in edits, and those that contain it or are contained in it.
pub fn near_names<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let edits = damerau_levenshtein(wanted, name);
            let is_part = wanted.len() >= 3
                && name.len() >= 3
                && (name.contains(wanted) || wanted.contains(name));
            (edits <= allowed || is_part).then_some((edits, name))
        })
        .collect();
    near.sort();
    near.dedup();
    near.into_iter()
        .take(MOST)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = ["web", "web-7d9f4c-abcde", "api", "worker", "wbe"];
        assert_eq!(
            near_names("web", names),
            ["web", "wbe", "web-7d9f4c-abcde"],
            "few edits first, then what contains it"
        );
        assert_eq!(near_names("cart", names), Vec::<String>::new());
    }
}
