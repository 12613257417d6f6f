//! A quick look at whether two words may be close, before they are compared letter by letter.

/// What of a word tells most others from it.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// Which characters it has, in lower case, each as one of 64 bits; `None` for words with others than ASCII.
    characters: Option<u64>,
    /// How many.
    length: usize,
}

impl Signature {
    /// That of a word.
    pub fn of(word: &str) -> Self {
        let bits = word.bytes().fold(0, |bits, byte| {
            bits | 1_u64 << (byte.to_ascii_lowercase() % 64)
        });
        Self {
            characters: word.is_ascii().then_some(bits),
            length: word.len(),
        }
    }

    /// Whether the words may be told apart by case alone, or by two slips of the keyboard at the most. A slip puts in one
    /// character, takes one away, changes one for another or swaps two.
    pub fn may_be_close(self, other: Self) -> bool {
        let (Some(one_bits), Some(other_bits)) = (self.characters, other.characters) else {
            return true;
        };
        self.length.abs_diff(other.length) <= 2 && (one_bits ^ other_bits).count_ones() <= 4
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Signature;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn close_words_may_be_close(one in "[a-dA-C0-2ü./-]{0,8}", other in "[a-dA-C0-2ü./-]{0,8}") {
            let is_same_but_case = one.to_lowercase() == other.to_lowercase();
            if is_same_but_case || strsim::osa_distance(&one, &other) <= 2 {
                prop_assert!(Signature::of(&one).may_be_close(Signature::of(&other)));
            }
        }

        #[test]
        fn a_word_with_slips_may_be_close(word in "[a-z0-9-]{1,12}", at in 0_usize..12, letter in "[a-z]", twice in any::<bool>()) {
            let mut slipped = word.clone();
            for _ in 0..=usize::from(twice) {
                let place = at % (slipped.len() + 1);
                slipped.insert_str(place, &letter);
            }
            prop_assert!(Signature::of(&word).may_be_close(Signature::of(&slipped)));
        }
    }
}
