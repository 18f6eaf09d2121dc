//! The texts of a column.

use std::collections::HashSet;

use bytes::{Bytes, BytesMut};
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

/// What a text counts besides its own bytes. It takes up about 75 here and in the encoder, whose table has 72 KiB
/// from the start; this is what arrow's writer counts, so that row groups are as large as in files of earlier
/// versions.
const ENTRY_BYTES: usize = 30;
/// Texts of a dictionary that are in one allocation.
const BLOCK_BYTES: usize = 4 * 1024;

/// Makes values of texts. Those that are equal share their bytes as long as the column has a dictionary.
#[derive(Debug)]
pub(super) struct Texts {
    /// The texts of the dictionary, or none once the encoder gives it up because it became too large.
    known: Option<HashSet<Bytes>>,
    known_bytes: usize,
    /// Room for more of them.
    block: BytesMut,
    most_known_bytes: usize,
    last: ByteArray,
    /// Of texts without a dictionary.
    plain_bytes: usize,
    most_plain_bytes: usize,
}

impl Texts {
    pub(super) fn new(properties: &WriterProperties, column: &ColumnPath) -> Self {
        let has_dictionary = properties.dictionary_enabled(column);
        Self {
            known: has_dictionary.then(HashSet::new),
            known_bytes: 0,
            block: BytesMut::new(),
            most_known_bytes: properties.column_dictionary_page_size_limit(column),
            last: ByteArray::from(""),
            plain_bytes: 0,
            most_plain_bytes: properties.column_data_page_size_limit(column),
        }
    }

    pub(super) fn value(&mut self, text: &str) -> ByteArray {
        let Some(known) = &mut self.known else {
            self.plain_bytes += text.len();
            return ByteArray::from(text);
        };
        // Most columns say the same of every event of a session.
        if self.last.data() == text.as_bytes() {
            return self.last.clone();
        }
        let bytes = known.get(text.as_bytes()).cloned().unwrap_or_else(|| {
            if self.block.capacity() < text.len() {
                self.block = BytesMut::with_capacity(text.len().max(BLOCK_BYTES));
            }
            self.block.extend_from_slice(text.as_bytes());
            let bytes = self.block.split().freeze();
            known.insert(bytes.clone());
            self.known_bytes += bytes.len();
            bytes
        });
        self.last = ByteArray::from(bytes);
        if self.known_bytes > self.most_known_bytes {
            self.known = None;
        }
        self.last.clone()
    }

    /// Returns about how many bytes the encoder and this hold.
    pub(super) fn bytes(&self) -> usize {
        match &self.known {
            Some(known) => self.known_bytes + known.len() * ENTRY_BYTES,
            // The rest is in pages.
            None => self.plain_bytes % self.most_plain_bytes,
        }
    }
}
