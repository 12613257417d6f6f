//! Where a value of JSON ends that comes in pieces. Only that: whether it is well-formed is for the parser to say.

use super::masks::{BLOCK, Masks};

/// A value or a key whose end is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token {
    /// An object or an array.
    Nested(Nesting),
    /// A text in quotes.
    Text(Text),
    /// A number, or what should be one.
    Number,
    /// `true`, `false`, `null`, or what should be one of these; so many letters are missing.
    Word(u8),
}

impl Token {
    /// The token that begins with this byte; `None` where no value does.
    pub(super) fn beginning_with(byte: u8) -> Option<Self> {
        match byte {
            b'{' | b'[' => Some(Self::Nested(Nesting::default())),
            b'"' => Some(Self::Text(Text::default())),
            b'-' | b'0'..=b'9' => Some(Self::Number),
            b't' | b'n' => Some(Self::Word(4)),
            b'f' => Some(Self::Word(5)),
            _ => None,
        }
    }

    /// Whether it ends where another byte stands that cannot be of it, and so perhaps with the text.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Self::Number | Self::Word(_))
    }

    /// Goes on in the next bytes; how many of them belong to the token, where it ends in them.
    #[inline]
    pub(super) fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Nested(nesting) => nesting.end_in(bytes),
            Self::Text(text) => text.end_in(bytes),
            Self::Number => bytes.iter().position(|byte| {
                let is_of_it = matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                !is_of_it
            }),
            Self::Word(missing) => bytes.iter().position(|byte| {
                let is_end = *missing == 0 || !byte.is_ascii_lowercase();
                *missing = missing.saturating_sub(1);
                is_end
            }),
        }
    }
}

/// How many bytes the value takes that these begin with; `None` where it does not end in them, or where they begin none.
pub fn end_of(bytes: &[u8]) -> Option<usize> {
    Token::beginning_with(*bytes.first()?)?.end_in(bytes)
}

/// How far within an object or an array the last byte was. Brackets are counted, not matched, so any depth takes the same memory.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nesting {
    depth: u64,
    is_in_text: bool,
    is_escaped: bool,
}

impl Nesting {
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for (index, block) in blocks.iter().enumerate() {
            if let Some(end) = self.end_in_block(Masks::of(block)) {
                return Some(index * BLOCK + end);
            }
        }
        let end = rest.iter().position(|byte| self.is_end(*byte))?;
        Some(blocks.len() * BLOCK + end + 1)
    }

    #[inline]
    fn end_in_block(&mut self, masks: Masks) -> Option<usize> {
        let quotes = masks.quotes & !self.escaped(masks.backslashes);
        let inside = odd_before(quotes) ^ if self.is_in_text { u64::MAX } else { 0 };
        let opens = masks.opens & !inside;
        let closes = masks.closes & !inside;
        let (opened, closed) = (opens.count_ones(), closes.count_ones());
        if u64::from(closed) < self.depth {
            self.depth = self.depth + u64::from(opened) - u64::from(closed);
        } else {
            let mut both = opens | closes;
            while both != 0 {
                let place = both.trailing_zeros();
                if opens >> place & 1 == 1 {
                    self.depth += 1;
                } else {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(place as usize + 1);
                    }
                }
                both &= both - 1;
            }
        }
        self.is_in_text = inside >> (BLOCK - 1) == 1;
        None
    }

    /// The bytes that a backslash takes its own meaning from. Of a row of backslashes every second one is such a byte itself.
    ///
    /// Source: simdjson, `json_escape_scanner`, for the subtraction that finds where rows of odd length end.
    #[inline]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        let carried = u64::from(self.is_escaped);
        if backslashes == 0 {
            self.is_escaped = false;
            return carried;
        }
        let may_escape = backslashes & !carried;
        let rows = ((may_escape << 1) | ODD).wrapping_sub(may_escape);
        let escaping_or_ending = rows ^ ODD;
        self.is_escaped = (escaping_or_ending & backslashes) >> (BLOCK - 1) == 1;
        escaping_or_ending ^ (backslashes | carried)
    }

    /// The same, byte by byte: whether this byte is the last.
    #[inline]
    fn is_end(&mut self, byte: u8) -> bool {
        let is_escaped = std::mem::take(&mut self.is_escaped);
        match byte {
            b'\\' => self.is_escaped = !is_escaped,
            b'"' => self.is_in_text ^= !is_escaped,
            _ if self.is_in_text => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

/// The places before which, themselves counted, an odd number of bits is set: from each opening quote to before the closing one.
#[inline]
fn odd_before(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// How far within a text in quotes the last byte was.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Text {
    is_begun: bool,
    is_escaped: bool,
}

impl Text {
    fn end_in(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            if std::mem::take(&mut self.is_escaped) {
                from += 1;
            }
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(place) = memchr::memchr2(b'"', b'\\', rest) else {
                // The escaped byte may be the first of the next piece.
                self.is_escaped = from > bytes.len();
                return None;
            };
            from += place + 1;
            if rest.get(place) == Some(&b'\\') {
                self.is_escaped = true;
            } else if std::mem::replace(&mut self.is_begun, true) {
                return Some(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the token ends, fed piece by piece.
    fn end(text: &[u8], piece: usize) -> Option<usize> {
        let mut token = Token::beginning_with(text[0]).expect("a value begins so");
        let mut before = 0;
        for bytes in text.chunks(piece) {
            if let Some(end) = token.end_in(bytes) {
                return Some(before + end);
            }
            before += bytes.len();
        }
        None
    }

    /// Byte by byte, as one would write it down.
    fn wanted(text: &[u8]) -> Option<usize> {
        let (mut depth, mut is_in_text, mut is_escaped) = (0, false, false);
        for (index, byte) in text.iter().enumerate() {
            let was_escaped = std::mem::take(&mut is_escaped);
            match byte {
                b'\\' => is_escaped = !was_escaped,
                b'"' if !was_escaped => is_in_text = !is_in_text,
                b'{' | b'[' if !is_in_text => depth += 1,
                b'}' | b']' if !is_in_text => depth -= 1,
                _ => {}
            }
            if depth == 0 && !is_in_text && !is_escaped {
                return Some(index + 1);
            }
        }
        None
    }

    #[test]
    fn rows_of_backslashes_over_the_edges_of_blocks() {
        for before in 0..130 {
            for backslashes in 0..10 {
                let text = format!(
                    "[\"{}{}\"]\"],[",
                    "x".repeat(before),
                    "\\".repeat(backslashes)
                );
                for piece in [1, 63, 64, 65, 1000] {
                    assert_eq!(
                        end(text.as_bytes(), piece),
                        wanted(text.as_bytes()),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_text_ends_at_its_own_quote() {
        for (text, wanted) in [
            (r#""a","b""#, Some(3)),
            (r#""a\"b"c"#, Some(6)),
            (r#""a\\"b"#, Some(5)),
            (r#""a\\\""#, None),
            (r#"""x"#, Some(2)),
            (r#"""#, None),
        ] {
            for piece in 1..10 {
                assert_eq!(end(text.as_bytes(), piece), wanted, "{text} by {piece}");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_levels() {
        let text = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(end(text.as_bytes(), 4096), Some(200_000));
        assert_eq!(end(&text.as_bytes()[..199_999], 4096), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text(text in "[{\\[][\\[\\]{}\"\\\\a]{0,300}", piece in 1_usize..200) {
            assert_eq!(end(text.as_bytes(), piece), wanted(text.as_bytes()));
        }
    }
}
