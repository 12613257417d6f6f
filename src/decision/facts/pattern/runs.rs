//! Finding a run of plain characters and question marks in a text, without trying any place twice.

/// How many characters of a run are looked at in one step.
const AT_ONCE: usize = u64::BITS as usize;

/// Up to 64 characters of a run: for each place in it one bit, told by which characters it takes.
struct Block {
    /// The places that take any character.
    any: u64,
    /// The places of each plain character, sorted by it.
    plain: Vec<(char, u64)>,
}

impl Block {
    fn of(characters: &[char]) -> Self {
        let mut block = Self {
            any: 0,
            plain: Vec::new(),
        };
        let mut places: Vec<(char, u32)> = Vec::with_capacity(characters.len());
        for (place, character) in (0..u64::BITS).zip(characters) {
            match character {
                '?' => block.any |= 1 << place,
                plain => places.push((*plain, place)),
            }
        }
        places.sort_unstable();
        for (character, place) in places {
            match block.plain.last_mut() {
                Some((last, bits)) if *last == character => *bits |= 1 << place,
                _ => block.plain.push((character, 1 << place)),
            }
        }
        block
    }

    /// The places that take this character.
    fn taking(&self, character: char) -> u64 {
        let plain = match self.plain.binary_search_by_key(&character, |(one, _)| *one) {
            Ok(index) => self.plain.get(index).map_or(0, |(_, bits)| *bits),
            Err(_) => 0,
        };
        self.any | plain
    }
}

/// Returns where a run ends in a text, in bytes, at the first of all places where it stands there; `None` where it does not.
///
/// All beginnings of the run that the text may be in the middle of are kept at once, a bit for each, and moved on together with
/// each character (the method is known as Shift-And: R. Baeza-Yates and G. Gonnet, "A new approach to text searching", 1992).
/// So the number of steps is the number of characters times that of the run's blocks, whatever the two are.
pub(super) fn end_of_first(run: &str, text: &str) -> Option<usize> {
    let characters: Vec<char> = run.chars().collect();
    let mut blocks: Vec<(Block, u64)> = characters
        .chunks(AT_ONCE)
        .map(|some| (Block::of(some), 0))
        .collect();
    let last_place = characters.len().checked_sub(1)? % AT_ONCE;
    for (at, found) in text.char_indices() {
        // A run may begin at each character.
        let mut carried = 1;
        for (block, begun) in &mut blocks {
            let carries = *begun >> (AT_ONCE - 1);
            *begun = (*begun << 1 | carried) & block.taking(found);
            carried = carries;
        }
        let is_whole = blocks
            .last()
            .is_some_and(|(_, begun)| begun >> last_place & 1 == 1);
        if is_whole {
            return Some(at + found.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::end_of_first;

    /// Every place tried from its beginning.
    fn reference(run: &[char], text: &[char]) -> Option<usize> {
        let windows = &mut text.windows(run.len());
        let fits = |window: &[char]| {
            let mut pairs = run.iter().zip(window);
            pairs.all(|(wanted, found)| *wanted == '?' || wanted == found)
        };
        let start = windows.position(fits)?;
        let taken = text.iter().take(start + run.len());
        Some(taken.map(|one| one.len_utf8()).sum())
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_place(run in "[ab?ü]{1,5}", text in "[abü]{0,12}") {
            let (r, t): (Vec<char>, Vec<char>) = (run.chars().collect(), text.chars().collect());
            prop_assert_eq!(end_of_first(&run, &text), reference(&r, &t));
        }

        #[test]
        fn runs_of_several_blocks(run in "[ab?]{60,200}", before in "[ab]{0,80}", seed in "[ab]{200}") {
            let inside: String = run.chars().zip(seed.chars()).map(|(one, other)| if one == '?' { other } else { one }).collect();
            let text = format!("{before}{inside}b");
            let (r, t): (Vec<char>, Vec<char>) = (run.chars().collect(), text.chars().collect());
            prop_assert_eq!(end_of_first(&run, &text), reference(&r, &t));
        }
    }
}
