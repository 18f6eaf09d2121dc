//! The texts of a column.

use std::collections::HashSet;

use bytes::Bytes;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

/// What a dictionary takes up while it is empty: the encoder's table has room for 4,096 values.
pub(super) const TABLE_BYTES: usize = 72 * 1024;
/// What a text takes up besides its own bytes in the dictionaries of the encoder and of `Texts`.
const ENTRY_BYTES: usize = 100;

/// Makes values of texts. Those that are equal share their bytes as long as the column has a dictionary.
#[derive(Debug)]
pub(super) struct Texts {
    /// The texts of the dictionary, or none once the encoder gives it up because it became too large.
    known: Option<HashSet<Bytes>>,
    known_bytes: usize,
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
            let bytes = Bytes::copy_from_slice(text.as_bytes());
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
            Some(known) => TABLE_BYTES + self.known_bytes + known.len() * ENTRY_BYTES,
            // More than this is in pages.
            None => self.plain_bytes.min(self.most_plain_bytes),
        }
    }
}
