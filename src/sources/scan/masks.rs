//! Which bytes of a block are the few that matter to where a value of JSON ends: a bit for each byte.

use wide::u8x16;

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
const CASE: u8x16 = u8x16::splat(0x20);

/// How many bytes one instruction compares.
const LANES: usize = 16;

impl Masks {
    /// Looks at a block.
    #[inline]
    pub(super) fn of(block: &[u8; BLOCK]) -> Self {
        let (quarters, _) = block.as_chunks::<LANES>();
        let mut masks = Self::default();
        // The last quarter first: each pushes those after it up.
        for quarter in quarters.iter().rev() {
            let bytes = u8x16::new(*quarter);
            let lower = bytes | CASE;
            push(&mut masks.quotes, bytes, b'"');
            push(&mut masks.backslashes, bytes, b'\\');
            push(&mut masks.opens, lower, b'{');
            push(&mut masks.closes, lower, b'}');
        }
        masks
    }
}

/// Puts the bits of a quarter below those of the quarters after it.
#[inline]
fn push(mask: &mut u64, bytes: u8x16, wanted: u8) {
    let found = bytes.simd_eq(u8x16::splat(wanted)).to_bitmask();
    *mask = *mask << LANES | u64::from(found);
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
