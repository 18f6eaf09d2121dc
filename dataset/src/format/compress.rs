//! Compression of text.

use std::fmt;
use std::io::{self, Write};

use flate2::write::GzEncoder;
use zstd::Encoder;

use super::kind::Compression;

/// Compresses what is written. The same writes give the same bytes: no header has a time or a name.
pub(super) enum Compressed<W: Write> {
    Zstd(Encoder<'static, W>),
    Gzip(GzEncoder<W>),
    None(W),
}

impl<W: Write> Compressed<W> {
    pub(super) fn new(sink: W, compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::Zstd => {
                let mut encoder = Encoder::new(sink, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                // As in gzip: readers then notice a damaged file.
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
            Compression::Gzip => Self::Gzip(GzEncoder::new(sink, flate2::Compression::default())),
            Compression::None => Self::None(sink),
        })
    }

    pub(super) fn write_all(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Self::Zstd(encoder) => encoder.write_all(text),
            Self::Gzip(encoder) => encoder.write_all(text),
            Self::None(sink) => sink.write_all(text),
        }
    }

    pub(super) fn flush_uncompressed(&mut self) -> io::Result<()> {
        match self {
            Self::Zstd(_) | Self::Gzip(_) => Ok(()),
            Self::None(sink) => sink.flush(),
        }
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Gzip(encoder) => encoder.finish(),
            Self::None(sink) => Ok(sink),
        }
    }
}

impl<W: Write> fmt::Debug for Compressed<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zstd(_) => "Zstd",
            Self::Gzip(_) => "Gzip",
            Self::None(_) => "None",
        })
    }
}
