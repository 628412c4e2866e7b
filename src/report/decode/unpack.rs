//! Content encodings: compressed bytes made plain, with a bound on what comes out.

use std::borrow::Cow;
use std::io::Read;

use super::{DecodeError, Limits};

/// Bytes unpacked between two looks at the limit.
const STEP: usize = 64 << 10;
/// Most content encodings over one body; a sender that compresses compressed data means no good.
const MAX_CODINGS: usize = 4;
/// Largest window a zstd frame may ask for, as a power of two: 8 MiB, the bound for content encodings (RFC 9659).
/// The decoder allocates it ahead.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How many bytes may still be unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    left: usize,
    limit: usize,
}

impl Allowance {
    pub(super) fn new(limit: usize) -> Self {
        Self { left: limit, limit }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Undoes a content encoding: `gzip` (of several members), `deflate` (zlib or raw), `br`, `zstd`, `identity`, or several
/// joined by commas in the order they were applied, in any letter case. Bytes that start as gzip or zstd data are
/// unpacked although nobody declared it. At most `limits.unpacked_bytes` come out of any step.
///
/// # Errors
/// [`DecodeError::Unsupported`] for an unknown encoding and for zip archives, [`DecodeError::TooLarge`] beyond the limit,
/// [`DecodeError::Malformed`] for broken data.
pub fn unpack<'a>(
    body: &'a [u8],
    content_encoding: Option<&str>,
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let codings = codings(content_encoding.unwrap_or_default())?;
    let mut unpacked = Cow::Borrowed(body);
    for &coding in codings.iter().rev() {
        unpacked = Cow::Owned(run(coding, &unpacked, &mut Allowance::new(limits.unpacked_bytes))?);
    }
    match unpack_undeclared(&unpacked, &mut Allowance::new(limits.unpacked_bytes))? {
        Some(plain) => Ok(Cow::Owned(plain)),
        None => Ok(unpacked),
    }
}

/// Unpacks bytes that start as gzip or zstd data; `None` when they do not. A zip archive is refused.
pub(super) fn unpack_undeclared(bytes: &[u8], allowance: &mut Allowance) -> Result<Option<Vec<u8>>, DecodeError> {
    let coding = match bytes {
        // RFC 1952: identification and the only compression method there is.
        [0x1F, 0x8B, 8, ..] => Coding::Gzip,
        // RFC 8878: magic number of a frame.
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Coding::Zstd,
        [b'P', b'K', 3, 4, ..] => {
            return Err(DecodeError::Unsupported {
                what: "archive format",
                name: "zip".to_owned(),
                known: "gzip and zstd files",
            });
        }
        _ => return Ok(None),
    };
    run(coding, bytes, allowance).map(Some)
}

fn codings(header: &str) -> Result<Vec<Coding>, DecodeError> {
    let mut codings = Vec::new();
    for name in header.split(',').map(str::trim) {
        codings.push(match name.to_ascii_lowercase().as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            "br" => Coding::Brotli,
            "zstd" => Coding::Zstd,
            _ => {
                return Err(DecodeError::Unsupported {
                    what: "content encoding",
                    name: name.to_owned(),
                    known: "gzip, deflate, br, zstd and identity",
                });
            }
        });
        if codings.len() > MAX_CODINGS {
            return Err(DecodeError::Malformed {
                what: "packed content",
                message: format!("it has more than {MAX_CODINGS} content encodings"),
            });
        }
    }
    Ok(codings)
}

fn run(coding: Coding, packed: &[u8], allowance: &mut Allowance) -> Result<Vec<u8>, DecodeError> {
    match coding {
        Coding::Gzip => read_all(flate2::bufread::MultiGzDecoder::new(packed), "gzip data", allowance),
        Coding::Deflate => run_deflate(packed, allowance),
        Coding::Brotli => read_all(brotli::Decompressor::new(packed, STEP), "Brotli data", allowance),
        Coding::Zstd => {
            let broken = |error: std::io::Error| malformed("zstd data", &error);
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(broken)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
            read_all(decoder, "zstd data", allowance)
        }
    }
}

/// `deflate` means zlib data (RFC 9110), but some senders leave its header out.
fn run_deflate(packed: &[u8], allowance: &mut Allowance) -> Result<Vec<u8>, DecodeError> {
    // RFC 1950: method 8, and the first two bytes are a multiple of 31.
    let has_header =
        matches!(packed, [cmf, flg, ..] if cmf & 0x0F == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0);
    let mut tried = *allowance;
    if has_header {
        match read_all(flate2::bufread::ZlibDecoder::new(packed), "deflate data", &mut tried) {
            // Raw data can start like a header.
            Err(DecodeError::Malformed { .. }) => {}
            decided => {
                *allowance = tried;
                return decided;
            }
        }
    }
    read_all(flate2::bufread::DeflateDecoder::new(packed), "deflate data", allowance)
}

/// Reads to the end in steps; a size that the data declares is never believed.
fn read_all(mut reader: impl Read, what: &'static str, allowance: &mut Allowance) -> Result<Vec<u8>, DecodeError> {
    let mut plain = Vec::new();
    let mut step = vec![0; STEP];
    loop {
        let read = reader.read(&mut step).map_err(|error| malformed(what, &error))?;
        if read == 0 {
            return Ok(plain);
        }
        if read > allowance.left {
            return Err(DecodeError::TooLarge { limit: allowance.limit });
        }
        allowance.left -= read;
        plain.extend_from_slice(&step[..read]);
    }
}

fn malformed(what: &'static str, error: &std::io::Error) -> DecodeError {
    DecodeError::Malformed { what, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;
    use crate::processor_time;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(plain: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &plain[..], &mut packed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
        packed
    }

    fn zstd(plain: &[u8]) -> Vec<u8> {
        zstd::encode_all(plain, 19).unwrap()
    }

    fn limits(unpacked_bytes: usize) -> Limits {
        Limits { unpacked_bytes, ..Limits::default() }
    }

    /// Each encoding's name with a packer for it.
    type Packer = (&'static str, fn(&[u8]) -> Vec<u8>);
    const PACKERS: [Packer; 6] =
        [("gzip", gzip), ("X-GZip", gzip), ("deflate", zlib), ("deflate", raw_deflate), ("BR", brotli), ("zstd", zstd)];

    #[test]
    fn each_encoding_gives_the_plain_bytes_back() {
        let plain = b"TypeError: Required member is undefined. ".repeat(5_000);
        for (name, pack) in PACKERS {
            let unpacked = unpack(&pack(&plain), Some(name), &Limits::default()).unwrap().into_owned();
            assert!(unpacked == plain, "{name}");
        }
        assert_eq!(unpack(b"plain", Some("identity"), &Limits::default()).unwrap(), &b"plain"[..]);
        assert_eq!(unpack(b"plain", None, &Limits::default()).unwrap(), &b"plain"[..]);
    }

    #[test]
    fn several_encodings_are_undone_last_first() {
        let packed = brotli(&gzip(b"plain"));
        assert_eq!(unpack(&packed, Some("gzip, identity , br"), &Limits::default()).unwrap(), &b"plain"[..]);
        assert!(unpack(&packed, Some("br, gzip"), &Limits::default()).is_err());
        let error = unpack(&packed, Some("br,br,br,br,br"), &Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Malformed { .. }));
    }

    #[test]
    fn a_gzip_body_of_several_members_is_read_to_its_end() {
        let packed = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(unpack(&packed, Some("gzip"), &Limits::default()).unwrap(), &b"one two"[..]);
    }

    #[test]
    fn gzip_and_zstd_data_that_nobody_declared_are_unpacked() {
        for pack in [gzip, zstd] {
            assert_eq!(unpack(&pack(b"plain"), None, &Limits::default()).unwrap(), &b"plain"[..]);
        }
    }

    #[test]
    fn an_unknown_encoding_and_a_zip_archive_are_refused_by_name() {
        let error = unpack(b"", Some("gzip, snappy"), &Limits::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "content encoding \"snappy\" is not supported; gzip, deflate, br, zstd and identity are"
        );
        let error = unpack(b"PK\x03\x04rest", None, &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "archive format \"zip\" is not supported; gzip and zstd files are");
    }

    #[test]
    fn broken_and_cut_data_is_malformed() {
        let plain: Vec<u8> = (0..20_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for (name, pack) in PACKERS {
            let packed = pack(&plain);
            for broken in [&packed[..packed.len() / 2], b"\xff\xff\xff\xff not packed at all"] {
                let error = unpack(broken, Some(name), &Limits::default()).unwrap_err();
                assert!(matches!(error, DecodeError::Malformed { .. }), "{name}: {error}");
            }
        }
    }

    #[test]
    fn what_unpacks_to_the_limit_passes_and_one_byte_more_does_not() {
        for (name, pack) in PACKERS {
            let packed = pack(&vec![b'a'; 100_000]);
            assert_eq!(unpack(&packed, Some(name), &limits(100_000)).unwrap().len(), 100_000, "{name}");
            let error = unpack(&packed, Some(name), &limits(99_999)).unwrap_err();
            assert_eq!(error, DecodeError::TooLarge { limit: 99_999 }, "{name}");
        }
    }

    #[test]
    fn a_small_bomb_is_refused_quickly() {
        let zeros = vec![0; 256 << 20];
        let packed = zstd::encode_all(&zeros[..], 1).unwrap();
        assert!(packed.len() < 32 << 10);
        let bomb = brotli(&zeros[..64 << 20]);
        assert!(bomb.len() < 1_000);
        for (name, bomb) in [("zstd", packed), ("br", bomb)] {
            let (unpacked, took) = processor_time::of(|| unpack(&bomb, Some(name), &Limits::default()));
            assert_eq!(unpacked.unwrap_err(), DecodeError::TooLarge { limit: 16 << 20 });
            assert!(took < Duration::from_secs(1), "{name} took {took:?}");
        }
    }
}
