//! Which bytes of a block are the few that matter to where a value of JSON ends: a bit for each byte.

/// How many bytes are looked at together: a bit of a word for each.
pub(super) const BLOCK: usize = 64;

/// Where the bytes stand that tell where a value ends; the lowest bit is the first byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// `"`.
    pub(super) quotes: u64,
    /// `\`.
    pub(super) backslashes: u64,
    /// `{` and `[`.
    pub(super) opens: u64,
    /// `}` and `]`.
    pub(super) closes: u64,
}

/// `{` and `[` are one bit apart, and so are `}` and `]`; no other byte becomes one of them by this bit.
const CASE: u8 = 0x20;

impl Masks {
    /// Looks at a block. The loops over single bytes are such as compilers make into a few instructions for many bytes at once.
    #[inline]
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        let quotes = each(block, |byte| byte == b'"');
        let backslashes = each(block, |byte| byte == b'\\');
        let opens = each(block, |byte| byte | CASE == b'{');
        let closes = each(block, |byte| byte | CASE == b'}');
        Self {
            quotes: gathered(&quotes),
            // Most blocks have none.
            backslashes: match any(&backslashes) {
                true => gathered(&backslashes),
                false => 0,
            },
            opens: gathered(&opens),
            closes: gathered(&closes),
        }
    }
}

/// 1 for each byte that is wanted. A plain loop, for `map` of arrays this long is called byte by byte.
#[inline]
fn each(block: &[u8; BLOCK], is_wanted: impl Fn(u8) -> bool) -> [u8; BLOCK] {
    let mut found = [0; BLOCK];
    for index in 0..BLOCK {
        found[index] = u8::from(is_wanted(block[index]));
    }
    found
}

/// Whether any of the bytes is set.
#[inline]
fn any(bytes: &[u8; BLOCK]) -> bool {
    let (quarters, _) = bytes.as_chunks::<16>();
    let mut all = 0;
    for quarter in quarters {
        all |= u128::from_le_bytes(*quarter);
    }
    all != 0
}

/// The lowest bits of the bytes, side by side: the multiplication brings those of eight bytes to the top.
#[inline]
fn gathered(bytes: &[u8; BLOCK]) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    let mut mask = 0;
    for (index, word) in words.iter().enumerate() {
        let eight = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= eight << (8 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_by_one(block: &[u8; BLOCK]) -> Masks {
        let mask = |wanted: &[u8]| {
            block
                .iter()
                .enumerate()
                .filter(|(_, byte)| wanted.contains(byte))
                .fold(0, |mask, (index, _)| mask | 1 << index)
        };
        Masks {
            quotes: mask(b"\""),
            backslashes: mask(b"\\"),
            opens: mask(b"{["),
            closes: mask(b"}]"),
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                assert_eq!(Masks::of(&block), one_by_one(&block), "{byte} at {place}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_block(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), BLOCK)) {
            let block: [u8; BLOCK] = bytes.try_into().expect("it is as long");
            assert_eq!(Masks::of(&block), one_by_one(&block));
        }

        #[test]
        fn any_block_of_json(text in "[\\[\\]{}\"\\\\,a;Z@]{64}") {
            let block: [u8; BLOCK] = text.into_bytes().try_into().expect("it is as long");
            assert_eq!(Masks::of(&block), one_by_one(&block));
        }
    }
}
