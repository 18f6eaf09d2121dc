//! Text files that may be compressed.

use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Returns the text of a file: decompressed if it begins as gzip or zstd files do, or else as it is.
///
/// # Errors
///
/// If its beginning can't be read. Damaged data is an error of the returned reader.
///
/// ```no_run
/// use std::fs::File;
/// use std::io::{BufRead, BufReader};
/// use journey_events_dataset::format::decompressed;
///
/// for line in decompressed(BufReader::new(File::open("events.ndjson.zst")?))?.lines() {
///     println!("{}", line?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decompressed<R: BufRead + 'static>(mut source: R) -> io::Result<Box<dyn BufRead>> {
    let begin = source.fill_buf()?;
    if begin.starts_with(GZIP) {
        Ok(Box::new(BufReader::new(MultiGzDecoder::new(source))))
    } else if begin.starts_with(ZSTD) {
        let decoder = zstd::Decoder::with_buffer(source)?;
        Ok(Box::new(BufReader::new(decoder)))
    } else {
        Ok(Box::new(source))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::format::{Compression, FileWriter, Format, Layout, Row};

    #[test]
    fn a_file_is_read_whatever_its_compression() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let layout = Layout::new(Format::Ndjson);
            let layout = layout.with_compression(compression).unwrap();
            let mut writer = FileWriter::new(Vec::new(), &layout).unwrap();
            let row = Row {
                session: "s",
                synced_at: None,
                json: r#"{"eventType":"x"}"#,
            };
            writer.write(&row).unwrap();
            let bytes = io::Cursor::new(writer.finish().unwrap());
            let mut text = String::new();
            decompressed(bytes)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, "{\"eventType\":\"x\"}\n", "{compression:?}");
        }
    }
}
