//! Texts in UTF-16, which is what PowerShell's `>` writes, with a byte order mark or without.

use std::io::Read;

/// How a file's text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 after this many bytes of its mark.
    Utf8 { mark: usize },
    /// UTF-16, the low byte first or the high one, after this many bytes of its mark.
    Utf16 { is_little: bool, mark: usize },
    /// UTF-32, which no tool of ours writes.
    Utf32,
}

impl Encoding {
    /// Tells the encoding by a mark, or by where the zeros of the first two characters stand: these are plain in JSON and YAML.
    ///
    /// Source: YAML 1.2.2, section 5.2, which has this table; RFC 4627, section 3, for JSON.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Self::Utf32,
            [0, 0, 0, 1..=0xFF, ..] | [1..=0x7F, 0, 0, 0, ..] => Self::Utf32,
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8 { mark: 3 },
            [0xFF, 0xFE, ..] => Self::utf16(true, 2),
            [0xFE, 0xFF, ..] => Self::utf16(false, 2),
            [1..=0x7F, 0, 1..=0xFF, 0, ..] => Self::utf16(true, 0),
            [0, 1..=0x7F, 0, 1..=0xFF, ..] => Self::utf16(false, 0),
            _ => Self::Utf8 { mark: 0 },
        }
    }

    fn utf16(is_little: bool, mark: usize) -> Self {
        Self::Utf16 { is_little, mark }
    }
}

/// The text of a file in UTF-16, whole: such files were made by hand and are small.
///
/// Errors: those of the input; what is wrong with the text.
pub(super) fn from_utf16(
    head: &[u8],
    mut rest: impl Read,
    is_little: bool,
) -> Result<String, String> {
    const WRONG: &str = "it begins as text in UTF-16 and is not; save it as UTF-8";
    let unit = if is_little {
        u16::from_le_bytes
    } else {
        u16::from_be_bytes
    };
    let mut bytes = head.to_vec();
    rest.read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if !bytes.len().is_multiple_of(2) {
        return Err(WRONG.to_owned());
    }
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map_err(|_| WRONG.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_a_beginning() {
        let utf32: Vec<u8> = "{\""
            .chars()
            .flat_map(|c| (c as u32).to_le_bytes())
            .collect();
        for (head, wanted) in [
            (&b"{}"[..], Encoding::Utf8 { mark: 0 }),
            (b"", Encoding::Utf8 { mark: 0 }),
            (b"\xEF\xBB\xBF{}", Encoding::Utf8 { mark: 3 }),
            (b"\xFF\xFE{\0", Encoding::utf16(true, 2)),
            (b"\xFE\xFF\0{", Encoding::utf16(false, 2)),
            (b"{\0\"\0", Encoding::utf16(true, 0)),
            (b"\0{\0\"", Encoding::utf16(false, 0)),
            (&utf32, Encoding::Utf32),
            (b"\xFF\xFE\0\0", Encoding::Utf32),
            (b"\0\0\0\0", Encoding::Utf8 { mark: 0 }),
        ] {
            assert_eq!(Encoding::of(head), wanted, "{head:?}");
        }
    }

    #[test]
    fn half_a_character_is_no_text() {
        assert_eq!(from_utf16(b"{\0", &b"}\0"[..], true).as_deref(), Ok("{}"));
        assert!(from_utf16(b"{\0", &b"}"[..], true).is_err());
        assert!(from_utf16(b"\x00\xD8", &b"}\0"[..], true).is_err());
    }
}
