//! Files that are compressed: gzip is unpacked on the way, of anything else is said what it is.

use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How gzip begins. Source: RFC 1952, section 2.3.1.
const GZIP: [u8; 2] = [0x1F, 0x8B];
/// Where a tar archive has its magic word, and the word. Source: POSIX, `pax` interchange format.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// How other compressed files and archives begin, what they are, and how they are unpacked.
///
/// Sources: APPNOTE.TXT of PKWARE, RFC 8878 (zstd), and the format pages of bzip2, xz, lz4, compress and 7-Zip.
const OTHERS: [(&[u8], &str, &str); 9] = [
    (b"PK\x03\x04", "a zip archive", "unzip FILE -d FOLDER"),
    (
        b"PK\x05\x06",
        "an empty zip archive",
        "unzip FILE -d FOLDER",
    ),
    (b"\x28\xB5\x2F\xFD", "compressed with zstd", "zstd -d FILE"),
    (b"BZh", "compressed with bzip2", "bunzip2 -k FILE"),
    (b"\xFD7zXZ\0", "compressed with xz", "unxz -k FILE"),
    (b"\x04\x22\x4D\x18", "compressed with lz4", "lz4 -d FILE"),
    (
        b"\x1F\x9D",
        "compressed with compress",
        "uncompress -k FILE",
    ),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", "7z x FILE"),
    (b"\x89LZO\0", "compressed with lzop", "lzop -d FILE"),
];

/// Bytes as they come, or out of gzip, one member after another.
pub(in crate::sources) enum Unpacked<R> {
    /// Not gzip.
    Plain(Whole<R>),
    /// Gzip.
    Gzip(Box<MultiGzDecoder<BufReader<Whole<R>>>>),
}

/// The bytes that were looked at, and the rest.
type Whole<R> = io::Chain<Cursor<Vec<u8>>, R>;

impl<R: Read> Unpacked<R> {
    /// Looks at the first bytes, whatever the file is called.
    ///
    /// Errors: those of the input.
    pub(in crate::sources) fn new(mut input: R) -> io::Result<Self> {
        let mut magic = Vec::with_capacity(GZIP.len());
        input
            .by_ref()
            .take(GZIP.len() as u64)
            .read_to_end(&mut magic)?;
        let is_gzip = magic == GZIP;
        let whole = Cursor::new(magic).chain(input);
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(whole))))
        } else {
            Self::Plain(whole)
        })
    }

    /// Whether the bytes come out of gzip.
    pub(super) fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let gzip = match self {
            Self::Plain(plain) => return plain.read(buffer),
            Self::Gzip(gzip) => gzip,
        };
        gzip.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(
                error.kind(),
                "it is compressed (gzip) and breaks off before its end; get it anew, whole",
            ),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => io::Error::new(
                error.kind(),
                "it is compressed (gzip) and damaged, `gzip -t FILE` says so too; get it anew",
            ),
            _ => error,
        })
    }
}

/// What a file is that begins so, where that is an archive or compressed in a way that is not unpacked here, and what to do.
pub(super) fn name_of_archive(head: &[u8], is_unpacked: bool) -> Option<String> {
    if head.starts_with(&GZIP) && is_unpacked {
        return Some("it is gzip within gzip; unpack it first: gunzip -k FILE".to_owned());
    }
    let is_tar = head
        .get(TAR.0..)
        .is_some_and(|rest| rest.starts_with(TAR.1));
    if is_tar {
        let command = if is_unpacked { "-xzf" } else { "-xf" };
        return Some(format!(
            "it is a tar archive; unpack it with `tar {command} FILE -C FOLDER` and give the folder"
        ));
    }
    OTHERS
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .filter(|(magic, ..)| *magic != b"BZh" || head.get(3).is_some_and(u8::is_ascii_digit))
        .map(|(_, what, command)| {
            format!("it is {what}; unpack it with `{command}` and give what comes of it")
        })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text).expect("memory takes it");
        packed.finish().expect("memory takes it")
    }

    fn unpack(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        Unpacked::new(bytes)
            .and_then(|mut unpacked| unpacked.read_to_string(&mut text))
            .map(|_| text)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn gzip_is_unpacked_member_by_member() {
        assert_eq!(unpack(b"plain").as_deref(), Ok("plain"));
        assert_eq!(unpack(b"").as_deref(), Ok(""));
        assert_eq!(unpack(b"\x1F").as_deref(), Ok("\x1F"));
        assert_eq!(unpack(&gzip(b"text")).as_deref(), Ok("text"));
        let members = [gzip(b"one,"), gzip(b""), gzip(b"two")].concat();
        assert_eq!(unpack(&members).as_deref(), Ok("one,two"));
    }

    #[test]
    fn gzip_that_is_broken_says_so() {
        let whole = gzip(&b"some text that is long enough".repeat(50));
        for end in 2..whole.len() {
            let problem = unpack(&whole[..end]).expect_err("it breaks off");
            assert!(problem.contains("breaks off"), "{end}: {problem}");
        }
        let mut damaged = whole.clone();
        let last = damaged.len() - 5;
        damaged[last] ^= 1;
        let problem = unpack(&damaged).expect_err("its checksum is wrong");
        assert!(problem.contains("damaged"), "{problem}");
        let problem = unpack(&[whole, b"odd bytes".to_vec()].concat()).expect_err("odd bytes");
        assert!(problem.contains("gzip"), "{problem}");
    }

    #[test]
    fn other_archives_are_named() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (head, words) in [
            (&b"PK\x03\x04\x14\0"[..], "zip archive"),
            (b"\x28\xB5\x2F\xFD\x04", "zstd"),
            (b"BZh91AY", "bzip2"),
            (b"\xFD7zXZ\0\0", "xz"),
            (&tar, "tar -xf"),
        ] {
            let said = name_of_archive(head, false).expect("it is an archive");
            assert!(said.contains(words), "{said}");
        }
        assert!(name_of_archive(&tar, true).is_some_and(|said| said.contains("tar -xzf")));
        assert!(name_of_archive(&GZIP, true).is_some_and(|said| said.contains("within gzip")));
        for text in [&b"{}"[..], b"a: b", b"", b"BZhang: 1"] {
            assert_eq!(name_of_archive(text, false), None);
        }
    }
}
